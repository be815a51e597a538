"""Dragging in the sidebar: conversations onto folders and out, folders among each other, as Qt hands drops over."""

from collections.abc import Callable

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from tests.helpers.shelf_parts import Hands

Button, Mod, Action = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.MoveAction


def taken(hands: Hands, *words: str) -> QMimeData:
    """What a drag of these rows carries."""
    model, rows = hands.shown.conversations, hands.rows()
    return model.mimeData([model.index(rows.index(word)) for word in words])


def drag(hands: Hands, data: QMimeData, to: QPoint) -> bool:
    """The drag comes in and over `to` and is let go; whether it was taken."""
    viewport = hands.shown.viewport()
    QApplication.sendEvent(viewport, QDragEnterEvent(to, Action, data, Button, Mod))
    move = QDragMoveEvent(to, Action, data, Button, Mod)
    QApplication.sendEvent(viewport, move)
    if not move.isAccepted():
        QApplication.sendEvent(viewport, QDragLeaveEvent())
        return False
    drop = QDropEvent(QPointF(to), Action, data, Button, Mod)
    QApplication.sendEvent(viewport, drop)
    QApplication.processEvents()
    return drop.isAccepted()


async def test_several_are_dropped_on_a_folder_and_dragged_out_again(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", "c", folders=("Work", "Home"))
    assert drag(hands, taken(hands, "A", "B"), hands.place("Home").center())
    assert hands.rows() == ["Work", "Home", "A", "B", "Today", "C"]
    assert hands.notice() == "2 conversations moved to “Home”."
    assert drag(hands, taken(hands, "A"), hands.place("C").center())
    assert hands.rows() == ["Work", "Home", "B", "Today", "A", "C"]
    assert drag(hands, taken(hands, "A"), hands.place("B").center()), "a row of the folder stands for it"
    hands.rig.window.actions_by_id.run("undo_library")
    hands.rig.window.actions_by_id.run("undo_library")
    assert hands.rows() == ["Work", "Home", "A", "B", "Today", "C"]


async def test_below_the_rows_is_outside_any_folder(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", folders=("Work",), folder_id="work")
    hands.rig.library.move("b", None)
    below = QPoint(40, hands.shown.viewport().height() - 4)
    assert not hands.shown.indexAt(below).isValid()
    assert drag(hands, taken(hands, "A"), below)
    assert hands.rows() == ["Work", "Today", "A", "B"]


async def test_with_nothing_but_folders_below_the_rows_is_outside_too(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", folders=("Work",), folder_id="work")
    assert drag(hands, taken(hands, "A"), QPoint(40, hands.shown.viewport().height() - 4))
    assert hands.rows() == ["Work", "Today", "A"]


async def test_dropping_among_the_pinned_pins_and_elsewhere_unpins(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", "b", folders=("Work",))
    hands.rig.library.pin("a", True)
    assert drag(hands, taken(hands, "B"), hands.place("A").center())
    assert hands.rows() == ["Pinned", "A", "B", "Work"]
    assert drag(hands, taken(hands, "A"), hands.place("Work").center())
    assert hands.rows() == ["Pinned", "B", "Work", "A"]


async def test_a_folder_is_dropped_before_and_after_others(shelf: Callable[..., Hands]) -> None:
    hands = shelf("a", folders=("One", "Two", "Three"))
    top = QPoint(0, 6)
    assert drag(hands, taken(hands, "Three"), hands.place("One").topLeft() + top)
    assert hands.rows()[:3] == ["Three", "One", "Two"]
    assert drag(hands, taken(hands, "Three"), hands.place("One").bottomLeft() - top)
    assert hands.rows()[:3] == ["One", "Three", "Two"]
    assert drag(hands, taken(hands, "One"), hands.place("Two").bottomLeft() - top)
    assert hands.rows()[:3] == ["Three", "Two", "One"]
    assert [f.name for f in hands.rig.store.folders()] == ["Three", "Two", "One"]
    assert not drag(hands, taken(hands, "One"), hands.place("A").center())


async def test_a_temporary_conversation_and_foreign_things_stay_where_they_are(
    shelf: Callable[..., Hands],
) -> None:
    hands = shelf("a", folders=("Work",))
    made = hands.rig.library.create(temporary=True)
    hands.rig.library.save_draft(made.id, "Secret")
    assert hands.rows() == ["Temporary", "Secret", "Work", "Today", "A"]
    drag(hands, taken(hands, "Secret"), hands.place("Work").center())
    assert hands.rows() == ["Temporary", "Secret", "Work", "Today", "A"]
    assert not drag(hands, taken(hands, "A"), hands.place("Secret").center())
    foreign = QMimeData()
    foreign.setText("from elsewhere")
    assert not drag(hands, foreign, hands.place("Work").center())


async def test_a_view_that_takes_out_what_was_dragged_away_changes_nothing(
    shelf: Callable[..., Hands],
) -> None:
    hands = shelf("a", "b")
    assert not hands.shown.conversations.removeRows(0, 2)
    assert hands.rows() == ["Today", "A", "B"]
