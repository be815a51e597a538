"""The text field: input methods, plain paste, exact text."""

import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QRect, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.ui.composer import Composer

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


def shown(qtbot: QtBot) -> tuple[Composer, list[str]]:
    composer = Composer()
    qtbot.addWidget(composer)
    composer.resize(500, 200)
    composer.show()
    composer.activateWindow()
    composer.text_edit.setFocus()
    sent: list[str] = []
    composer.submitted.connect(sent.append)
    return composer, sent


def test_enter_during_composition_does_not_send(qtbot: QtBot) -> None:
    composer, sent = shown(qtbot)
    QTest.keyClicks(composer.text_edit, "In ")
    QApplication.sendEvent(composer.text_edit, QInputMethodEvent("にほん", []))
    QTest.keyClick(composer.text_edit, Qt.Key.Key_Return)
    assert sent == []
    done = QInputMethodEvent("", [])
    done.setCommitString("日本")
    QApplication.sendEvent(composer.text_edit, done)
    QTest.keyClick(composer.text_edit, Qt.Key.Key_Return)
    assert sent == ["In 日本"]


def test_a_paste_is_plain_text_only(qtbot: QtBot) -> None:
    composer, _ = shown(qtbot)
    mime = QMimeData()
    mime.setHtml("<img src='file:///etc/hostname'><b>bold</b>")
    mime.setText("bold")
    QGuiApplication.clipboard().setMimeData(mime)
    composer.text_edit.paste()
    assert composer.text() == "bold"
    only_html = QMimeData()
    only_html.setHtml("<b>bold</b>")
    assert composer.text_edit.canInsertFromMimeData(mime)
    picture = QMimeData()
    picture.setImageData(composer.grab().toImage())
    assert not composer.text_edit.canInsertFromMimeData(picture)


def test_what_is_shown_is_what_is_sent(qtbot: QtBot) -> None:
    composer, sent = shown(qtbot)
    text = "no-break\u00a0space, tab\t, line\nline, 👩‍👩‍👧, e\u0301, \u05d0\u05d1"
    mime = QMimeData()
    mime.setText(text)
    QGuiApplication.clipboard().setMimeData(mime)
    composer.text_edit.paste()
    QTest.keyClick(composer.text_edit, Qt.Key.Key_Return)
    assert sent == [text]
    composer.text_edit.selectAll()
    composer.text_edit.copy()
    assert QGuiApplication.clipboard().text() == text
    assert not QGuiApplication.clipboard().mimeData().hasHtml()


def test_the_draft_is_announced_once_after_the_keys(qtbot: QtBot) -> None:
    composer, _ = shown(qtbot)
    drafts: list[str] = []
    composer.draft_changed.connect(drafts.append)
    QTest.keyClicks(composer.text_edit, "abc")
    assert drafts == []
    qtbot.waitUntil(lambda: drafts == ["abc"])
    composer.flush_draft()
    assert drafts == ["abc"]
    composer.set_text("set from outside")
    composer.flush_draft()
    assert drafts == ["abc"]


def test_tab_leaves_the_text(qtbot: QtBot) -> None:
    composer, _ = shown(qtbot)
    composer.set_where("model", "→ host")
    QTest.keyClicks(composer.text_edit, "x")
    QTest.keyClick(composer.text_edit, Qt.Key.Key_Tab)
    assert composer.focusWidget().objectName() == "attach"
    assert composer.text() == "x"


def test_a_long_name_is_cut_on_the_chip_and_whole_in_its_tip(qtbot: QtBot) -> None:
    composer, _ = shown(qtbot)
    name = "a&very<b>-" * 20
    composer.set_where(name, "")
    QApplication.processEvents()
    assert composer.model_chip.width() < 320
    assert composer.model_chip.text().endswith("…")
    assert "a&amp;very&lt;b&gt;" in composer.model_chip.toolTip()
    assert composer.model_chip.full_text() == name


def test_the_border_follows_the_focus(qtbot: QtBot) -> None:
    """On the screen, not only when asked for: a border that stays would show two places to type in."""
    composer, _ = shown(qtbot)
    beside = QLineEdit(composer)
    beside.show()
    qtbot.waitUntil(composer.text_edit.hasFocus)
    regions: list[QRect] = []

    class Painted(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if isinstance(event, QPaintEvent):
                regions.append(event.region().boundingRect())
            return False

    watcher = Painted(composer)
    composer.repaint()
    composer.installEventFilter(watcher)
    beside.setFocus()
    qtbot.waitUntil(lambda: any(region.contains(composer.rect()) for region in regions))
