"""The conversation as assistive technology meets it: a list whose items are the messages; knows no speech.

Measured with PySide6 6.11.3 over AT-SPI: interfaces made in Python work for role, name, state, place, children and
focus. Two gaps: `interface_cast` cannot be overridden (it ends the process), so a message has no actions and no text
of its own to go through by character. What stands in for them: Enter opens the menu of the message, with everything
that can be done with it, and "Show source" shows its text in a field where a screen reader goes by character, word and
line.
"""

from functools import cache
from typing import TYPE_CHECKING
from weakref import finalize, ref

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QWindow
from PySide6.QtWidgets import QAccessibleWidget, QWidget
from shiboken6 import isValid

from pizzagpt_desktop.domain.conversation import Message, Status
from pizzagpt_desktop.ui import strings
from pizzagpt_desktop.ui.transcript.aloud import words_of
from pizzagpt_desktop.ui.transcript.facts import brief

if TYPE_CHECKING:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

VIEW = "TranscriptView"


class MessageNode(QAccessibleInterface):
    """One message; it is asked for by id, so that it stays itself whatever is put above it."""

    def __init__(self, of: "ConversationNode", message_id: str) -> None:
        super().__init__()
        self._of = of
        self.message_id = message_id

    @property
    def _index(self) -> int | None:
        return self._of.view.rows.index_of(self.message_id) if self._of.isValid() else None

    def isValid(self) -> bool:
        return self._index is not None

    def object(self) -> QObject | None:  # type: ignore[override]  # the stub knows no null
        return None

    def window(self) -> QWindow | None:  # type: ignore[override]  # the stub knows no null
        return self._of.window() if self._of.isValid() else None

    def parent(self) -> QAccessibleInterface:
        return self._of

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # the stub knows no null
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # as above
        return None

    def childCount(self) -> int:
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def rect(self) -> QRect:
        index = self._index
        if index is None:
            return QRect()
        view = self._of.view
        row, top = view.rows.live(index), view.rows.heights.top(index) - view.scroll_y
        frame = (
            row.frame() if row is not None else QRect(0, 0, view.viewport().width(), view.rows.heights[index])
        )
        return QRect(view.viewport().mapToGlobal(frame.topLeft() + QPoint(0, top)), frame.size())

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        index = self._index
        if index is None:
            state.invalid = True
            return state
        view = self._of.view
        top = view.rows.heights.top(index) - view.scroll_y
        state.focusable = state.selectable = state.readOnly = True
        state.focused = state.selected = view.current == index and view.hasFocus()
        state.active = state.focused
        state.offscreen = top >= view.viewport().height() or top + view.rows.heights[index] <= 0
        state.busy = view.rows.messages[index].status is Status.STREAMING
        return state

    def text(self, kind: QAccessible.Text) -> str:
        index = self._index
        if index is None:
            return ""
        message = self._of.view.rows.messages[index]
        if kind is QAccessible.Text.Name:
            return words_of(message)
        return _about(message) if kind is QAccessible.Text.Description else ""

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Messages are read, not written."""


class ConversationNode(QAccessibleWidget):
    """The view: the messages of the path in order, then the widgets that lie over them."""

    def __init__(self, view: "TranscriptView") -> None:
        super().__init__(view, QAccessible.Role.List)
        self._view = ref(view)
        self._nodes: dict[str, MessageNode] = {}

    @property
    def view(self) -> "TranscriptView":
        """The view; to be asked for only while this is valid."""
        view = self._view()
        assert view is not None  # noqa: S101  (a bug here, not a state of the world)
        return view

    def isValid(self) -> bool:
        view = self._view()
        return view is not None and isValid(view)

    def node(self, message_id: str) -> MessageNode:
        """What stands for a message, always the same."""
        node = self._nodes.get(message_id)
        if node is None:
            node = self._nodes[message_id] = MessageNode(self, message_id)
        return node

    def forget(self) -> None:
        """Let go of what stands for messages; whoever asks for it hears that it is gone."""
        nodes, self._nodes = self._nodes, {}
        for node in nodes.values():
            QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(node))

    def childCount(self) -> int:
        return len(self.view.rows) + len(self._widgets())

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # the stub knows no null
        rows = self.view.rows
        if 0 <= index < len(rows):
            return self.node(rows.messages[index].id)
        widgets = self._widgets()
        at = index - len(rows)
        return QAccessible.queryAccessibleInterface(widgets[at]) if 0 <= at < len(widgets) else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        if isinstance(child, MessageNode):
            index = self.view.rows.index_of(child.message_id)
            return -1 if index is None else index
        widgets = self._widgets()
        child_object = child.object()
        return len(self.view.rows) + widgets.index(child_object) if child_object in widgets else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # as above
        viewport = self.view.viewport()
        point = viewport.mapFromGlobal(QPoint(x, y))
        if viewport.childAt(point) is not None:
            return QAccessible.queryAccessibleInterface(viewport)
        found = self.view.row_at(point) if viewport.rect().contains(point) else None
        return self.node(self.view.rows.messages[found[0]].id) if found is not None else None

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]  # as above
        view = self.view
        if view.hasFocus() and view.current is not None:
            return self.node(view.rows.messages[view.current].id)
        focus = view.focusWidget()
        if focus is None or focus is view or not view.isAncestorOf(focus):
            return None
        return QAccessible.queryAccessibleInterface(focus)

    def _widgets(self) -> list[QWidget]:
        bar = self.view.verticalScrollBar()
        return [self.view.viewport(), *([bar] if bar.isVisible() else [])]


@cache
def install() -> None:
    """Have Qt ask here for what stands for a transcript; once in the life of the program."""
    QAccessible.installFactory(_made)


_nodes: dict[int, ConversationNode] = {}
"""By the identity of the view: Qt holds no reference to what is made here."""
_gone_with_their_views: list[ConversationNode] = []
"""Qt lets go of an interface only after the view is gone, and looks at it then: Python must not have been first."""


def _made(key: str, widget: QObject) -> QAccessibleInterface | None:
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

    if key != VIEW or not isinstance(widget, TranscriptView):
        return None
    node = ConversationNode(widget)
    identity = id(widget)
    _nodes[identity] = node
    widget.destroyed.connect(lambda: _gone(identity))
    finalize(
        widget, _gone, identity
    ).atexit = False  # as `destroyed` is not heard of a widget that Python lets go of
    return node


def _gone(identity: int) -> None:
    if (node := _nodes.pop(identity, None)) is not None:
        node.forget()
        _gone_with_their_views.append(node)


def tell_focus(view: "TranscriptView", message_id: str) -> None:
    """Say that a message has the keyboard now."""
    if (node := _node_of(view)) is not None:
        QAccessible.updateAccessibility(QAccessibleEvent(node.node(message_id), QAccessible.Event.Focus))


def tell_added(view: "TranscriptView", message_id: str) -> None:
    """Say that there is one message more."""
    if (node := _node_of(view)) is not None:
        QAccessible.updateAccessibility(
            QAccessibleEvent(node.node(message_id), QAccessible.Event.ObjectCreated)
        )


def tell_changed(view: "TranscriptView", message_id: str) -> None:
    """Say that a message has other words now."""
    if (node := _node_of(view)) is not None:
        QAccessible.updateAccessibility(
            QAccessibleEvent(node.node(message_id), QAccessible.Event.NameChanged)
        )


def tell_others(view: "TranscriptView") -> None:
    """Say that the messages are others."""
    if (node := _node_of(view)) is not None:
        node.forget()
        QAccessible.updateAccessibility(QAccessibleEvent(view, QAccessible.Event.ObjectReorder))


def _node_of(view: "TranscriptView") -> ConversationNode | None:
    """What stands for the view, where somebody listens."""
    if not QAccessible.isActive():
        return None
    node = QAccessible.queryAccessibleInterface(view)
    return node if isinstance(node, ConversationNode) else None


def _about(message: Message) -> str:
    facts = brief(message).replace(" · ", ", ")  # said, not shown
    return ". ".join(part for part in (strings.status_words(message).rstrip("."), facts) if part)
