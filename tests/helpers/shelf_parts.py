"""A window over a library that was filled before, worked by keys; for tests of the sidebar."""

import time
from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QWidget

from pizzagpt_desktop.domain.conversation import Conversation, Folder, Message, Role
from pizzagpt_desktop.ui.sidebar_list import ConversationList
from tests.helpers.memory_store import MemoryStore
from tests.helpers.ui_parts import Rig

Key, Mod = Qt.Key, Qt.KeyboardModifier


def filled(*names: str, folders: tuple[str, ...] = (), **facts: object) -> MemoryStore:
    """A store with a conversation of one message for each name, the first the newest; and folders.

    All are from today, also when another day begins: what lies ahead counts as today.
    """
    store, now = MemoryStore(), time.time()
    for place, folder in enumerate(folders):
        store.put_folder(Folder(folder.lower(), folder, place))
    for age, name in enumerate(names):
        at = now + 5000 - age
        store.add_conversation(
            Conversation(id=name, title=name.title(), created_at=at, updated_at=at, **facts)  # type: ignore[arg-type]
        )
        store.add_message(
            Message(
                id=f"{name}0", conversation_id=name, parent_id=None, role=Role.USER, text=name, created_at=at
            )
        )
    return store


class Hands:
    """Keys into whatever has the keyboard, and what the list then shows."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.sidebar = rig.window.sidebar

    @property
    def shown(self) -> ConversationList:
        return self.sidebar.current_list

    def press(self, key: Key, modifiers: Mod = Mod.NoModifier) -> None:
        QTest.keyClick(self.keyboard(), key, modifiers)
        QApplication.processEvents()

    def type(self, text: str) -> None:
        QTest.keyClicks(self.keyboard(), text)
        QApplication.processEvents()

    def keyboard(self) -> QWidget:
        """The widget that the next key goes to: an open menu before all others."""
        return QApplication.activePopupWidget() or QApplication.focusWidget() or self.rig.window

    def rows(self) -> list[str]:
        """What the rows of the shown list say."""
        model = self.shown.conversations
        return [str(model.index(row).data()) for row in range(model.rowCount())]

    def selected(self) -> list[str]:
        return self.shown.selected_ids()

    def notice(self) -> str:
        return self.rig.window.page.notices.text("deleted")

    def opened(self) -> str:
        return self.rig.window.desk.conversation.id

    def place(self, words: str) -> QRect:
        """Where the row that says `words` is."""
        model = self.shown.conversations
        return self.shown.visualRect(model.index(self.rows().index(words)))

    def click(self, words: str, modifiers: Mod = Mod.NoModifier, at: QPoint | None = None) -> None:
        point = at or self.place(words).center()
        QTest.mouseClick(self.shown.viewport(), Qt.MouseButton.LeftButton, modifiers, point)
        QApplication.processEvents()

    def choose(self, words: str) -> None:
        """Choose from the open menu with the keyboard, as its arrow keys go."""
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu), "no menu is open"
        actions = [a for a in menu.actions() if not a.isSeparator() and a.isEnabled()]
        texts = [action.text().partition("\t")[0] for action in actions]
        for _ in range(texts.index(words) + 1):
            self.press(Key.Key_Down)
        self.press(Key.Key_Return)

    def enter_list(self) -> None:
        """The keyboard goes into the list, onto its first conversation."""
        self.press(Key.Key_L, Mod.ControlModifier)
        assert self.shown.hasFocus()
        self.press(Key.Key_Home)
        self.press(Key.Key_Down)
        self.press(Key.Key_Up)

    def open_menu(self) -> None:
        """The menu key on the row that the keyboard stands on, as the system tells a widget of it."""
        self.shown.setFocus()
        reason = QContextMenuEvent.Reason.Keyboard
        QApplication.sendEvent(self.shown, QContextMenuEvent(reason, QPoint(), QPoint()))
        QApplication.processEvents()

    async def palette(self, words: str) -> None:
        """Run a command by its words in the palette."""
        self.press(Key.Key_K, Mod.ControlModifier)
        field = self.rig.find(QLineEdit, "palette_field")
        QTest.keyClicks(field, words)
        QTest.keyClick(field, Key.Key_Return)
        await self.gone("palette")

    async def gone(self, name: str) -> None:
        """Until the dialog of that name is closed and done with."""
        await self.rig.until(lambda: not self.visible(name))
        (QApplication.activeModalWidget() or self.rig.window).activateWindow()  # as a desktop does
        await self.rig.until(lambda: QApplication.focusWidget() is not None)

    def visible(self, name: str) -> bool:
        return any(w.objectName() == name and w.isVisible() for w in QApplication.topLevelWidgets())


Shelf = Callable[..., Hands]
