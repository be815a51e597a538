"""What a drag out of the transcript carries, and what it begins at."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.copied import Part
from pizzagpt_desktop.domain.markdown import parse
from pizzagpt_desktop.ui.transcript.clipboard import copied
from pizzagpt_desktop.ui.transcript.dragging import Dragged
from pizzagpt_desktop.ui.transcript.selection import BEYOND, Position, Selection
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.copies import MIXED, TABLE, markdown, on_clipboard, select
from tests.helpers.transcripts import SiblingsOf, place_on_screen, reply


def test_a_drag_carries_the_same_as_a_copy(view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot) -> None:
    view.show_path("c", [reply(MIXED)], one_of)
    select(view, (0, 1, 0), (0, 3, BEYOND))
    assert view.selection is not None
    dragged = Dragged(view.viewport())
    dragged.take(view.selection.copied(view.rows))
    view.copy()
    carried = dragged.model().mimeData(dragged.selectedIndexes())
    for form in ("text/plain", "text/html", "text/markdown"):
        assert carried.data(form) == on_clipboard().data(form)
        assert carried.data(form).size() > 0
    assert dragged.model().supportedDragActions() == Qt.DropAction.CopyAction


def test_a_drag_does_not_wait_for_the_markdown_of_a_long_table(view: TranscriptView) -> None:
    dragged = Dragged(view.viewport())
    dragged.take(copied([Part(parse("| n |\n|---|\n" + "| =n |\n" * 2_000))]))
    carried = dragged.model().mimeData(dragged.selectedIndexes())
    assert carried.html().count("<tr>") == 2_001
    assert carried.text().count("=n") == 2_000
    assert not carried.hasFormat("text/markdown")


@pytest.fixture
def drags(monkeypatch: pytest.MonkeyPatch) -> list[QMimeData]:
    """What was dragged; the loop that Qt runs for a drag waits for a mouse that is not there."""
    found: list[QMimeData] = []

    def start(self: Dragged, actions: Qt.DropAction) -> None:
        assert actions == Qt.DropAction.CopyAction
        found.append(self.model().mimeData(self.selectedIndexes()))

    monkeypatch.setattr(Dragged, "startDrag", start)
    return found


def test_the_selection_is_dragged_and_a_click_in_it_clears_it(
    view: TranscriptView, one_of: SiblingsOf, qtbot: QtBot, drags: list[QMimeData]
) -> None:
    view.show_path("c", [reply("Some *words* here.\n\nMore.")], one_of)
    select(view, (0, 0, 0), (0, 0, 10))
    row = view.rows.row(0)
    inside = QPoint(row.body_left() + 20, place_on_screen(view, "r") + row.views[0].top + 8)
    _press_and_move(view, inside, inside + QPoint(40, 30))
    assert [data.text() for data in drags] == ["Some words"]
    assert markdown(drags[0]) == "Some _words_"
    assert view.selection == Selection(Position(0, 0, 0), Position(0, 0, 10))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=inside)
    assert view.selection.is_empty
    _press_and_move(view, inside, inside + QPoint(40, 0))
    assert len(drags) == 1
    assert not view.selection.is_empty


def test_a_code_block_is_dragged_by_its_head(
    view: TranscriptView, one_of: SiblingsOf, drags: list[QMimeData]
) -> None:
    view.show_path("c", [reply("Look:\n\n```py\nx = 1\n```\n")], one_of)
    row = view.rows.row(0)
    ((_, head),) = row.code_heads()
    place = QPoint(head.left() + 20, place_on_screen(view, "r") + head.top() + 10)
    _press_and_move(view, place, place + QPoint(0, 40))
    assert [data.text() for data in drags] == ["x = 1\n"]
    assert "<pre>" in drags[0].html()
    assert view.selection is None or view.selection.is_empty


def test_a_table_is_dragged_by_the_room_below_it(
    view: TranscriptView, one_of: SiblingsOf, drags: list[QMimeData], qtbot: QtBot
) -> None:
    view.show_path("c", [reply("Look:\n\n" + TABLE + "\nAfter.")], one_of)
    row = view.rows.row(0)
    table = row.views[1]
    place = QPoint(row.frame().right() - 20, place_on_screen(view, "r") + table.top + table.height - 8)
    _press_and_move(view, place, place + QPoint(0, 40))
    assert [data.text() for data in drags] == ["a\tb\n1\t2\nx | y\tz"]
    assert "<table " in drags[0].html()
    qtbot.mouseMove(view.viewport(), place)
    assert view.viewport().cursor().shape() == Qt.CursorShape.OpenHandCursor
    qtbot.mouseMove(view.viewport(), QPoint(place.x(), place_on_screen(view, "r") + row.views[0].top + 8))
    assert view.viewport().cursor().shape() == Qt.CursorShape.IBeamCursor


def _press_and_move(view: TranscriptView, start: QPoint, end: QPoint) -> None:
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent

    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    where = view.viewport().mapToGlobal(start).toPointF()
    view.viewportEvent(QMouseEvent(QEvent.Type.MouseButtonPress, start.toPointF(), where, left, left, none))
    view.viewportEvent(QMouseEvent(QEvent.Type.MouseMove, QPointF(end), where, left, left, none))
    view.viewportEvent(
        QMouseEvent(QEvent.Type.MouseButtonRelease, QPointF(end), where, left, Qt.MouseButton.NoButton, none)
    )


def test_what_hangs_at_the_mouse_are_whole_words_as_they_are_read(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    view.show_path("c", [reply("Some **bold** words that are a good deal too long to hang there")], one_of)
    select(view, (0, 0, 5), (0, 0, BEYOND))
    assert view.selection is not None
    dragged = Dragged(view.viewport())
    dragged.take(view.selection.copied(view.rows))
    index = dragged.model().index(0, 0)
    assert index.data() == "bold words that are a good deal too lon…"
    assert dragged.viewport().rect().contains(dragged.visualRect(index)), "nothing of them is cut off"
    assert dragged.viewport().width() >= dragged.sizeHintForIndex(index).width()
