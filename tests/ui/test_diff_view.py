"""Two versions beside each other: what is marked, what is copied, by keyboard, and long ones in slices."""

import threading
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QPlainTextEdit, QPushButton

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role
from pizzagpt_desktop.ui import diff_view
from pizzagpt_desktop.ui.diff_view import NOT_COMPARED, DiffView
from tests.helpers.memory_store import MemoryStore
from tests.helpers.ui_parts import Rig, names_of_unlabelled

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

LEFT = "The sky is blue because of the scattering of light."
RIGHT = "The sky is blue because of the Rayleigh scattering of <b>blue</b> light."

Open = Callable[..., DiffView]


@pytest.fixture
def open_diff(make_rig: Callable[..., Rig]) -> Callable[..., object]:
    async def open_with(*texts: str, width: int = 1000) -> tuple[Rig, DiffView]:
        store = MemoryStore()
        store.add_conversation(Conversation(id="c", title="Sky"))
        store.add_message(Message(id="q", conversation_id="c", parent_id=None, role=Role.USER, text="Why"))
        for number, text in enumerate(texts):
            store.add_message(
                Message(
                    id=f"r{number}", conversation_id="c", parent_id="q", role=Role.ASSISTANT, text=text,
                    model=f"model-{number}", created_at=1_000_000_000.0,
                )
            )  # fmt: skip
        rig = make_rig(store=store)
        rig.show(width, 700)
        rig.window.desk.open("c")
        rig.window.actions_by_id.run("compare")
        view = rig.find(DiffView, "diff_view")
        view.activateWindow()
        await rig.until(lambda: view.pieces and view.is_filled)
        return rig, view

    return open_with


def marked(text: QPlainTextEdit, what: str) -> str:
    """All characters of a text with that mark: "struck" or "underlined"."""
    found = []
    block = text.document().begin()
    while block.isValid():
        at = block.begin()
        while not at.atEnd():
            fragment = at.fragment()
            form = fragment.charFormat()
            if form.fontStrikeOut() if what == "struck" else form.fontUnderline():
                found.append(fragment.text())
            at += 1
        block = block.next()
    return "".join(found)


async def test_side_by_side_marks_words_by_more_than_colour(open_diff: Open) -> None:
    _, view = await open_diff(LEFT, RIGHT)
    assert view.side_by_side.isChecked()
    assert view.left.toPlainText() == LEFT
    assert view.right.toPlainText() == RIGHT, "markup is shown as it is"
    assert marked(view.left, "struck") == ""
    assert marked(view.right, "underlined").split() == ["Rayleigh", "<b>blue</b>"]
    assert view.summary.text() == "0 words only in the first, 2 words only in the second."
    assert "Struck out: only in version 1." in view.legend.text()


async def test_one_below_the_other_in_a_narrow_window(open_diff: Open) -> None:
    rig, view = await open_diff("Take the red pill now.", "Take the blue pill now.", width=420)
    assert not view.side_by_side.isChecked()
    assert not view.right.isVisible()
    assert view.left.toPlainText() == "Take the redblue pill now."
    assert marked(view.left, "struck") == "red"
    assert marked(view.left, "underlined") == "blue"
    view.side_by_side.click()
    await rig.until(lambda: view.is_filled)
    assert view.left.toPlainText() == "Take the red pill now."
    assert view.right.isVisible()


async def test_which_versions_are_compared_is_chosen(open_diff: Open) -> None:
    rig, view = await open_diff("one", "two", "one and a half")
    assert (view.left_picker.currentIndex(), view.right_picker.currentIndex()) == (1, 2)
    assert view.left_picker.itemText(0).startswith("Version 1 · model-0 · on 9 September 2001 at ")
    view.left_picker.setFocus()
    QTest.keyClick(view.left_picker, Qt.Key.Key_Up)
    await rig.until(lambda: view.is_filled and view.left.toPlainText() == "one")
    assert marked(view.right, "underlined") == " and a half"
    view.right_picker.setCurrentIndex(0)
    await rig.until(lambda: view.summary.text() == "The two versions are the same.")


async def test_copy_gives_the_marks_as_text(open_diff: Open) -> None:
    rig, view = await open_diff("Take the red pill now.", "Take the blue pill now.")
    QTest.mouseClick(rig.find(QPushButton, "copy_comparison"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "Take the [-red-]{+blue+} pill now."
    assert view.summary.text() == "Copied."


async def test_f3_goes_from_difference_to_difference(open_diff: Open) -> None:
    same = "This line is the same.\n" * 40
    _, view = await open_diff(
        f"{same}Take the red pill.\n{same}The end is near.\n",
        f"{same}Take the 🙂 blue pill.\n{same}The end is far.\n",
    )
    for expected in ("blue", "far", "blue"):
        QTest.keyClick(view.left, Qt.Key.Key_F3)
        assert expected in view.right.textCursor().selectedText()
    assert view.left.textCursor().selectedText() == "red"
    QTest.keyClick(view.left, Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert view.left.textCursor().selectedText() == "near"


async def test_the_two_texts_scroll_together(open_diff: Open) -> None:
    lines = [f"Line {number} of the text" for number in range(300)]
    longer = [*lines[:20], *(f"Inserted {number}" for number in range(100)), *lines[20:]]
    _, view = await open_diff("\n".join(lines), "\n".join(longer))
    view.left.verticalScrollBar().setValue(100)
    QApplication.processEvents()
    top = view.right.cursorForPosition(view.right.viewport().rect().topLeft()).block().text()
    assert top == "Line 100 of the text"


async def test_esc_closes_and_the_keyboard_is_back_in_the_text(open_diff: Open) -> None:
    rig, view = await open_diff(LEFT, RIGHT)
    QTest.keyClick(view.left, Qt.Key.Key_Escape)
    await rig.until(lambda: rig.window.findChild(DiffView, "diff_view") is None)


async def test_long_versions_are_filled_in_slices_and_a_closed_view_stops(
    open_diff: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diff_view, "SLICE_S", 0.0)
    long = "".join(f"Sentence number {n} of a long reply.\n" for n in range(1_000))
    other = long.replace("7", "seven")
    rig, view = await open_diff(long, other)
    assert view.left.toPlainText() == long
    assert view.right.toPlainText() == other
    turns: list[int] = []
    view._fill_timer.timeout.connect(lambda: turns.append(1))
    view.side_by_side.click()
    assert not view.is_filled
    await rig.until(lambda: len(turns) > 3)
    view.reject()
    assert view.is_filled


async def test_every_control_is_named(open_diff: Open) -> None:
    _, view = await open_diff(LEFT, RIGHT)
    assert names_of_unlabelled(view, (QPushButton, QComboBox, QPlainTextEdit)) == []
    assert view.left.accessibleName().startswith("Version 1")


async def test_all_of_it_is_reached_by_tab_and_left_by_escape(open_diff: Open) -> None:
    rig, view = await open_diff("Take the red pill now.", "Take the blue pill now.")
    wanted = {
        widget.objectName()
        for kind in (QAbstractButton, QComboBox, QPlainTextEdit)
        for widget in view.findChildren(kind)
        if widget.isVisible() and widget.isEnabled() and widget.objectName()
    }
    reached = set()
    for _ in range(2 * len(wanted)):
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.add(focused.objectName())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert wanted <= reached
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert not view.isVisible()
    await rig.until(lambda: rig.window.findChild(DiffView) is None)


async def test_a_comparison_that_fails_is_said_and_the_next_is_shown(
    open_diff: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, view = await open_diff(LEFT, RIGHT, "Another.")
    crashes: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", crashes.append)
    with monkeypatch.context() as broken:
        broken.setattr(diff_view, "differences", lambda *_: [][0])
        view.left_picker.setCurrentIndex(0 if view.left_picker.currentIndex() else 1)
        await rig.until(lambda: view.summary.text() == NOT_COMPARED and crashes)
    assert not view.left.toPlainText()
    view.compare()
    await rig.until(lambda: view.pieces and view.is_filled)
    assert view.summary.text() != NOT_COMPARED
