"""Texts and files that are pasted or dropped into the composer: what is asked, what is shown, what is sent."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog, QPlainTextEdit, QPushButton, QToolButton

from pizzagpt_desktop.domain.attached import Attached
from pizzagpt_desktop.domain.marks import hidden, without_hidden
from pizzagpt_desktop.ui.sidebar_groups import shown_title
from tests.helpers.ui_parts import Rig

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
TAGGED = "look" + "".join(chr(0xE0000 + ord(c)) for c in "evil")


def mime(text: str = "", html: str = "", paths: tuple[str, ...] = ()) -> QMimeData:
    data = QMimeData()
    if text:
        data.setText(text)
    if html:
        data.setHtml(html)
    if paths:
        data.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return data


def press(rig: Rig, name: str) -> None:
    (button,) = (found for found in rig.window.findChildren(QPushButton, name) if found.isVisible())
    button.click()


@pytest.fixture
def paste(rig: Rig) -> Callable[[QMimeData], None]:
    return rig.window.page.composer.text_edit.insertFromMimeData


async def test_of_a_page_only_the_text_is_pasted(rig: Rig, paste: Callable[[QMimeData], None]) -> None:
    paste(mime("a b", "<b>a</b><img src='file:///etc/passwd'> b"))
    assert rig.window.page.composer.text() == "a b"
    rig.window.page.composer.set_text("")
    paste(mime(html="<b>only</b>"))  # Qt makes no text of it that somebody chose
    assert "<" not in rig.window.page.composer.text()


async def test_a_long_text_is_asked_about_at_once_and_nothing_is_cut(
    rig: Rig, paste: Callable[[QMimeData], None]
) -> None:
    composer, text = rig.window.page.composer, "word " * 2_000_000
    composer.set_text("before")
    paste(mime(text))
    assert (
        rig.window.page.notices.text("pasted")
        == "The pasted text has 10,000,000 characters. Attach it as a file?"
    )
    assert not [b for b in rig.window.findChildren(QPushButton, "pasted_insert") if b.isVisible()]
    press(rig, "pasted_attach_as_a_file")
    assert composer.text() == "before"
    sent: list[str] = []
    composer.submitted.connect(sent.append)
    composer.submitted.disconnect(rig.window.desk.send)
    composer.text_edit.send_asked.emit()
    assert sent == ["before\n\nPasted text:\n\n```\n" + text.rstrip() + "\n```"]


async def test_a_text_of_some_length_can_be_put_in_after_the_question(
    rig: Rig, paste: Callable[[QMimeData], None]
) -> None:
    text = "line\n" * 15_000
    paste(mime(text))
    assert rig.window.page.composer.text() == ""
    press(rig, "pasted_insert")
    assert rig.window.page.composer.text() == text
    rig.window.page.composer.set_text("")
    paste(mime("x" * (17 * 1024 * 1024)))
    assert "At most 16 MB" in rig.window.page.notices.text("pasted")


@pytest.mark.parametrize(
    ("text", "count", "clean"),
    [
        ("plain\ntext\t", 0, "plain\ntext\t"),
        ("zero\u200bwidth", 1, "zerowidth"),
        (TAGGED, 4, "look"),
        ("pay\u202eexe.txt", 1, "payexe.txt"),
        ("a\u2060\ufeffb\xad", 3, "ab"),
        ("bell\a", 1, "bell"),
        (f"{FAMILY} ok", 0, f"{FAMILY} ok"),
        ("شب\u200cبخیر", 0, "شب\u200cبخیر"),
        ("שלום \u200fok", 0, "שלום \u200fok"),
        ("a\r\nb", 0, "a\nb"),
    ],
)
def test_what_is_hidden_is_told_from_what_a_language_needs(text: str, count: int, clean: str) -> None:
    assert (hidden(text), without_hidden(text)) == (count, clean)


@pytest.mark.qt_log_ignore("^This plugin does not support")  # a dialog with a field, on the offscreen plugin
async def test_hidden_characters_are_said_shown_and_removed(
    rig: Rig, paste: Callable[[QMimeData], None]
) -> None:
    paste(mime(TAGGED))
    assert rig.window.page.notices.text("pasted") == "The pasted text has 4 hidden characters."
    press(rig, "pasted_show")
    dialog = rig.find(QDialog, "attached_dialog")
    assert "▯e▯v▯i▯l" in rig.find(QPlainTextEdit, "attached_text").toPlainText()
    dialog.accept()
    assert (
        rig.window.page.composer.text() == TAGGED
    )  # what is shown is what is sent, until the user says otherwise
    press(rig, "pasted_remove")
    assert rig.window.page.composer.text() == "look"
    rig.window.page.composer.text_edit.undo()
    assert rig.window.page.composer.text() == TAGGED
    paste(mime("nothing hidden"))
    assert rig.window.page.notices.text("pasted") == ""


async def test_files_that_are_dropped_are_given_on_and_not_written_as_addresses(
    rig: Rig, paste: Callable[[QMimeData], None], tmp_path: Path
) -> None:
    given: list[list[str]] = []
    rig.window.exchanging.attach_chosen.connect(given.append)
    paste(mime(paths=(str(tmp_path / "a.txt"), str(tmp_path / "b.txt"))))
    assert given == [[str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]]
    assert rig.window.page.composer.text() == ""


async def test_what_is_attached_is_shown_sent_once_and_can_be_taken_away(rig: Rig) -> None:
    composer = rig.window.page.composer
    send = rig.find(QToolButton, "send")
    for name in ("a.txt", "b.txt"):
        composer.attach(Attached(name, 2048, f"text of {name}"))
    assert send.isEnabled()
    assert composer._attachments is not None
    rows = [row.accessibleName() for row in composer._attachments._rows]
    assert rows[0] == "a.txt · 2.0 KB · 13 characters will be sent"
    rig.find(QToolButton, "remove_attached").click()
    identity = rig.window.desk.conversation.id
    send.click()
    assert rig.store.path(identity)[0].text == "b.txt:\n\n```\ntext of b.txt\n```"
    assert composer._attachments.attached == []
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(identity))


async def test_the_keyboard_comes_by_everything_in_the_composer_in_the_order_it_stands(rig: Rig) -> None:
    composer = rig.window.page.composer
    for name in ("a.txt", "b.txt"):
        composer.attach(Attached(name, 1, "x"))
    composer.set_text("words")
    attachments = composer._attachments
    assert attachments is not None
    await rig.until(lambda: all(control.isVisible() for control in attachments.controls))
    came = []
    for _ in range(7):
        came.append(rig.window.focusWidget().objectName())
        QTest.keyClick(rig.window.focusWidget(), Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert came[:5] == ["composer_text", *["remove_attached", "show_attached"] * 2]
    composer.text_edit.setFocus()
    came = []
    for _ in range(4):
        QTest.keyClick(rig.window.focusWidget(), Qt.Key.Key_Tab)
        came.append(rig.window.focusWidget().objectName())
    assert came == ["attach", "model_chip", "route_chip", "send"]


async def test_a_message_that_is_edited_does_not_take_the_files_along(rig: Rig) -> None:
    composer = rig.window.page.composer
    composer.attach(Attached("a.txt", 1, "A"))
    sent: list[str] = []
    composer.submitted.disconnect(rig.window.desk.send)
    composer.submitted.connect(sent.append)
    composer.begin_edit("old words", "Editing")
    composer.text_edit.send_asked.emit()
    assert sent == ["old words"]


@pytest.mark.qt_log_ignore(
    "^This plugin does not support"
)  # Qt's dialog of files, and only on the offscreen plugin
async def test_the_button_lets_files_be_chosen(rig: Rig) -> None:
    given: list[list[str]] = []
    rig.window.exchanging.attach_chosen.connect(given.append)
    rig.find(QToolButton, "attach").click()
    dialog = rig.find(QFileDialog, "attach_dialog")
    dialog.filesSelected.emit(["/a", "/b"])
    dialog.close()
    assert given == [["/a", "/b"]]


async def test_files_stay_with_the_conversation_that_they_were_attached_in(rig: Rig) -> None:
    composer, desk = rig.window.page.composer, rig.window.desk
    first = await rig.say("One")
    desk.open_new()
    second = await rig.say("Two")
    composer.attach(Attached("a.txt", 1, "A"))
    desk.open(first)
    assert composer._attachments is not None
    assert composer._attachments.attached == []
    assert not composer._attachments.isVisible()
    await rig.say("Nothing goes with this.")
    assert rig.store.path(first)[-2].text == "Nothing goes with this."
    desk.open_new()
    third = desk.conversation.id
    composer.attach(Attached("b.txt", 1, "B"))
    desk.open(second)
    assert [one.name for one in composer._attachments.attached] == ["a.txt"]
    desk.open_new()
    assert composer._attachments.attached == []
    listed = rig.window.sidebar.model.conversation(third)
    assert listed is not None
    assert shown_title(listed) == "b.txt"
    desk.open(third)
    assert [one.name for one in composer._attachments.attached] == ["b.txt"], "a draft without a word"
    desk.open(second)
    rig.find(QToolButton, "send").click()
    assert rig.store.path(second)[-2].text == "a.txt:\n\n```\nA\n```"
    rig.prompter.end()
    await rig.until(lambda: not rig.service.is_answering(second))
    desk.open(first)
    desk.open(second)
    assert composer._attachments.attached == [], "they are sent once"
