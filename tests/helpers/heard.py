"""What a screen reader is given of a window: the tree of accessible interfaces, as lines; knows no single test."""

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleInterface
from PySide6.QtWidgets import QWidget

Role = QAccessible.Role
OPERABLE = {
    Role.Button, Role.ButtonMenu, Role.ButtonDropDown, Role.CheckBox, Role.RadioButton, Role.EditableText,
    Role.ComboBox, Role.SpinBox, Role.Slider, Role.List, Role.Tree, Role.Table, Role.PageTabList, Role.PageTab,
    Role.ListItem, Role.TreeItem, Role.MenuItem, Role.Dialog, Role.Window,
}  # fmt: skip
"""What one does something with, or goes to: it must say what it is."""


class Heard(NamedTuple):
    """One thing that is said: its role and name, and where it stands in the tree."""

    role: QAccessible.Role
    name: str
    path: str


class Listener:
    """In the place of Qt's way out to screen readers: keeps what would be said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def isActive(self) -> bool:
        return True

    def updateAccessibility(self, event: QAccessibleAnnouncementEvent) -> None:
        self.said.append(event.message())


def children(node: QAccessibleInterface) -> Iterator[QAccessibleInterface]:
    for index in range(node.childCount()):
        child = node.child(index)
        if child is not None and child.isValid():
            yield child


def heard(window: QWidget) -> list[Heard]:
    """Everything in a window that can be met: what is hidden is not."""
    found: list[Heard] = []

    def walk(node: QAccessibleInterface, path: str) -> None:
        widget = node.object()
        if node.state().invisible and not (isinstance(widget, QWidget) and widget.isVisible()):
            return
        name = node.text(QAccessible.Text.Name)
        what = widget.objectName() if widget is not None else ""
        here = f"{path}/{node.role().name}:{what or name[:20]}"
        found.append(Heard(node.role(), name, here))
        for child in children(node):
            walk(child, here)

    walk(QAccessible.queryAccessibleInterface(window), "")
    return found


def nameless(window: QWidget) -> list[str]:
    """Where something that one operates does not say what it is."""
    return [
        one.path
        for one in heard(window)
        if one.role in OPERABLE and not one.name.strip() and "qt_" not in one.path
    ]
