"""The way along the order of Tab: who stands in it outlives those that were asked for it."""

import ast
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Siblings
from pizzagpt_desktop.ui.tab_order import put_before
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import reply

PACKAGE = Path(__file__).parents[2] / "pizzagpt_desktop"
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


def remove(widget: QWidget) -> None:
    widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_what_is_put_before_another_may_go_again(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    first, below = QLineEdit(), QLineEdit()
    chips = [QToolButton() for _ in range(2)]
    for widget in (first, below, *chips):
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        layout.addWidget(widget)
    put_before(below, chips)
    put_before(below, chips)
    window.show()
    window.activateWindow()
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    seen: list[QWidget | None] = []
    for _ in range(3):
        QTest.keyClick(window, Qt.Key.Key_Tab)
        seen.append(QApplication.focusWidget())
    assert seen == [*chips, below]
    for chip in chips:
        remove(chip)
    assert shiboken6.isValid(first)
    assert shiboken6.isValid(below)


def test_a_transcript_lives_on_when_tab_found_nothing_behind_it(qtbot: QtBot) -> None:
    view = TranscriptView()
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show()
    view.activateWindow()
    view.show_path("c", [reply("```\ncode\n```")], lambda _: Siblings())
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    for _ in range(9):
        view.focusNextPrevChild(True)
    viewport = view.viewport()
    view.show_path("d", [reply("No code. " * 900, "d")], lambda _: Siblings())
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert shiboken6.isValid(viewport)
    view.jump_to_end()
    view.show_path("e", [reply("```\ncode\n```", "e")], lambda _: Siblings())


def test_nobody_asks_for_the_next_in_the_order() -> None:
    asking = {"nextInFocusChain", "previousInFocusChain"}
    found = {
        path.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in asking
    }
    assert not found
