"""Keys, mouse, wheel, streams and settings in any order: whatever was done, the page that is painted holds together."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.domain.query import Query
from pizzagpt_desktop.ui.transcript.hits import Hits
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.ui.transcript.conftest import message, sized

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

STEPS = 800
TEXTS = (
    "Word after word goes on in a paragraph that is longer than the screen is high. " * 40,
    "```python\n" + "".join(f"x{n} = {n}  # line {n}\n" for n in range(90)) + "```\n\nThe end.",
    "|a|b|\n|-|-|\n" + "".join(f"|cell {n}|some longer words {n}|\n" for n in range(40)),
    "# Head\n\n- one\n- two [link](https://a.example)\n\n$$x^2$$\n\n> quoted $y$\n\n`code`",
)
K, M, E = Qt.Key, Qt.KeyboardModifier, QEvent.Type
KEYS = (
    *(K.Key_Up, K.Key_Down, K.Key_PageUp, K.Key_PageDown, K.Key_Home, K.Key_End, K.Key_Left, K.Key_Right),
    *(K.Key_Space, K.Key_Escape, K.Key_Tab, K.Key_A, K.Key_C),
)
HELD = (M.NoModifier, M.ShiftModifier, M.ControlModifier, M.ShiftModifier | M.ControlModifier)
OPENS_MORE = ("More", "Save code as a file", "Sort table")
"""Buttons that open a menu or a dialog."""


class Hands:
    """Someone who does anything, with one view."""

    def __init__(self, view: TranscriptView, chance: Random) -> None:
        self.view, self.chance = view, chance
        self.talk: list[Message] = []
        for number in range(40):
            role = Role.ASSISTANT if number % 2 else Role.USER
            text = (
                TEXTS[number // 2 % len(TEXTS)] if number % 2 else f"Question {number}. " * (1 + number % 9)
            )
            self.talk.append(message(number, role, text, reasoning="Think. \n" * (number % 5) * (number % 2)))
        self.growing: Message | None = None
        self.show(self.talk)

    def show(self, talk: list[Message]) -> None:
        self.view.show_path("c", talk, lambda _: Siblings())

    def any_message(self) -> int:
        return self.chance.randrange(len(self.view.rows))

    def mouse(self, kind: QEvent.Type, held: Qt.KeyboardModifier = M.NoModifier) -> None:
        room = self.view.viewport().rect()
        at = QPoint(self.chance.randint(-20, room.width() + 20), self.chance.randint(-30, room.height() + 30))
        button = Qt.MouseButton.NoButton if kind is E.MouseMove else Qt.MouseButton.LeftButton
        down = Qt.MouseButton.NoButton if kind is E.MouseButtonRelease else Qt.MouseButton.LeftButton
        there = self.view.viewport().mapToGlobal(at).toPointF()
        self.view.viewportEvent(QMouseEvent(kind, QPointF(at), there, button, down, held))

    # --- what is done

    def press_key(self) -> None:
        QTest.keyClick(self.view, self.chance.choice(KEYS), self.chance.choice(HELD))

    def drag(self) -> None:
        self.mouse(
            self.chance.choice((E.MouseButtonPress, E.MouseButtonDblClick)), self.chance.choice(HELD[:2])
        )
        for _ in range(self.chance.randint(0, 4)):
            self.mouse(E.MouseMove)
            QApplication.processEvents()
        self.mouse(E.MouseButtonRelease)

    def wheel(self) -> None:
        at = QPointF(self.view.viewport().rect().center())
        turn = QPoint(self.chance.choice((0, 0, 120)), self.chance.choice((-120, 120, -360, 360)))
        none = Qt.MouseButton.NoButton
        phase = Qt.ScrollPhase.NoScrollPhase
        self.view.viewportEvent(QWheelEvent(at, at, QPoint(), turn, none, M.NoModifier, phase, False))

    def grow(self) -> None:
        if self.growing is None:
            last = self.view.rows.messages[-1].id
            self.growing = message(f"{last}+", Role.ASSISTANT, status=Status.STREAMING)
            self.view.add_message(self.growing)
        piece = self.chance.choice(TEXTS)[: self.chance.randint(1, 900)] + "\n\n"
        self.growing = replace(self.growing, text=self.growing.text + piece)
        self.view.grow(self.growing.id, piece, "thinks ")

    def end(self) -> None:
        if self.growing is not None:
            self.view.end(replace(self.growing, status=Status.COMPLETE))
            self.growing = None

    def another_path(self) -> None:
        self.end()
        shown = list(self.view.rows.messages)
        kept = shown[: self.chance.randint(len(shown) - 4, len(shown))] if len(shown) > 10 else self.talk
        self.show(kept)

    def resize(self) -> None:
        self.view.resize(self.chance.randint(340, 1100), self.chance.randint(200, 900))

    def other_letters(self) -> None:
        self.view.set_body_font(sized(self.chance.choice((7, 9, 9, 12, 16))))

    def fold(self) -> None:
        if self.view.rows.messages[index := self.any_message()].reasoning:
            self.view.toggle_reasoning(index)

    def find(self) -> None:
        self.view.hits = Hits(Query(self.chance.choice(("word", "line", "cell 3"))))
        self.view.hits.show(
            self.view, self.view.rows.messages[self.any_message()].id, self.chance.randint(0, 50)
        )

    def jump(self) -> None:
        self.view.jump_to(self.view.rows.messages[self.any_message()].id)

    def copy(self) -> None:
        self.view.copy()

    def press_button(self) -> None:
        buttons = [b for b in self.view.findChildren(QToolButton) if b.isVisible() and b.isEnabled()]
        fit = [button for button in buttons if button.accessibleName() not in OPENS_MORE]
        if fit:
            self.chance.choice(fit).click()


ACTS: tuple[Callable[[Hands], None], ...] = (
    *([Hands.press_key] * 6), *([Hands.drag] * 4), *([Hands.wheel] * 2), *([Hands.grow] * 2), Hands.end,
    Hands.another_path, Hands.resize, Hands.other_letters, Hands.fold, Hands.find, Hands.jump, Hands.copy,
    *([Hands.press_button] * 2),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_the_page_holds_together(qtbot: QtBot, seed: int) -> None:
    view = TranscriptView()
    qtbot.addWidget(view)
    view.set_reduced_motion(True)
    view.resize(800, 600)
    view.show()
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    hands = Hands(view, chance := Random(seed))
    for number in range(STEPS):
        act = chance.choice(ACTS)
        act(hands)
        if chance.random() < 0.5:
            QApplication.processEvents()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # as the loop of the program does
        view.viewport().repaint()
        for index, _ in view.visible():
            row = view.rows.live(index)
            assert row is not None, (number, act, "nothing in a row that is seen")
            assert row.height == view.rows.heights[index], (number, act, "it lies over the next one")
        bar = view.verticalScrollBar()
        assert not view.follows_end or bar.value() == bar.maximum(), (number, act, "the end is followed")
