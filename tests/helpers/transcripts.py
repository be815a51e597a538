"""What tests ask of a transcript on an offscreen display; knows no single test."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.blocks import Table, plain
from pizzagpt_desktop.domain.conversation import Message, Outline, Role, Siblings
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.view import TranscriptView

LONG, OPENED_WITH = 800, 40
"""Messages in a long conversation, and those that it opens with."""
Talk = Callable[[int], list[Message]]
SiblingsOf = Callable[[str], Siblings]


def reply(text: str, identity: str = "r", **facts: object) -> Message:
    return Message(id=identity, conversation_id="c", parent_id=None, role=Role.ASSISTANT, text=text, **facts)  # type: ignore[arg-type]


def button(view: TranscriptView, name: str) -> QToolButton:
    found = [b for b in view.findChildren(QToolButton) if b.accessibleName() == name and b.isVisible()]
    assert found, f"no button {name!r}"
    return found[0]


def names(view: TranscriptView) -> list[str]:
    return [b.accessibleName() for b in view.findChildren(QToolButton) if b.isVisible()]


def place_on_screen(view: TranscriptView, identity: str) -> int:
    """The y in the viewport at which a message begins."""
    index = view.rows.index_of(identity)
    assert index is not None
    return view.rows.heights.top(index) - view.scroll_y


def frames(view: TranscriptView, qtbot: QtBot) -> None:
    """Until the view has drawn all it was given."""
    qtbot.waitUntil(lambda: not view._frame.isActive())


def shown_text(view: TranscriptView, index: int) -> str:
    row = view.rows.row(index)
    return "\n".join(leaf.text_between(0, None) for leaf in row.views)


def shown_leaves(view: TranscriptView, text: str) -> list[LeafView]:
    """The leaves of a reply that says `text`, seen from its beginning."""
    view.show_path("c", [reply(text)], lambda identity: Siblings((identity,), 0))
    view.jump_to_start()
    return view.rows.row(0).views


def first_column(leaves: list[LeafView]) -> list[str]:
    """What the rows of a table begin with, in the order that they are shown in."""
    tables = [leaf.leaf.content for leaf in leaves if isinstance(leaf.leaf.content, Table)]
    return [plain(row[0]) for table in tables for row in table.rows]


def click(view: TranscriptView, point: QPoint) -> None:
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point)


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def on_screen(view: TranscriptView) -> dict[str, int]:
    """Where each message begins that can be seen."""
    room = view.viewport().height()
    seen = view.rows.between(view.scroll_y, view.scroll_y + room)
    return {view.rows.messages[index].id: top - view.scroll_y for index, top in seen}


class Tree:
    """Messages by id, and the path to a leaf; counts what is asked of it."""

    def __init__(self, count: int = LONG) -> None:
        self.messages: dict[str, Message] = {}
        self.by_seq: dict[int, Message] = {}
        self.asked: list[int] = []
        self.read_seqs: list[int] = []
        self.refuses = False
        self.leaf = self.grow("", None, count)

    def grow(self, name: str, parent: str | None, count: int) -> str:
        """A branch of `count` messages below `parent`; its last id."""
        for number in range(count):
            role = Role.ASSISTANT if number % 2 else Role.USER
            text = f"Text {name}{number} with **words**. " * (1 + (number * 7) % 11)
            message = Message(
                id=f"{name}{number}", conversation_id="c", parent_id=parent, role=role, text=text
            )
            parent = self.put(message)
        assert parent is not None
        return parent

    def put(self, message: Message) -> str:
        """Keep a message, as a store does; its id."""
        message = replace(message, seq=len(self.by_seq) + 1)
        self.messages[message.id] = self.by_seq[message.seq] = message
        return message.id

    def path(self, leaf: str | None, limit: int) -> list[Message]:
        found: list[Message] = []
        while leaf is not None and len(found) < limit:
            found.append(self.messages[leaf])
            leaf = found[-1].parent_id
        return found[::-1]

    def older(self, message_id: str, limit: int) -> Sequence[Message] | None:
        self.asked.append(limit)
        return None if self.refuses else self.path(self.messages[message_id].parent_id, limit)

    def outline(self, before: int, limit: int) -> Sequence[Outline] | None:
        self.asked.append(limit)
        if self.refuses:
            return None
        found = self.path(self.by_seq[before].parent_id, limit)
        return [Outline(m.seq, m.role is Role.USER, len(m.text)) for m in found]

    def read(self, seqs: Sequence[int]) -> Sequence[Message] | None:
        self.read_seqs += seqs
        return None if self.refuses else [self.by_seq[seq] for seq in seqs if seq in self.by_seq]

    def seq_of(self, message_id: str) -> int | None:
        message = self.messages.get(message_id)
        return None if message is None else message.seq

    def show(self, view: TranscriptView, conversation: str = "c") -> None:
        view.show_path(conversation, self.path(self.leaf, OPENED_WITH), lambda _: Siblings(), self)
        QApplication.sendPostedEvents()  # the scroll bar takes its room
