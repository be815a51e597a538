"""The main window: puts sidebar and page together, runs commands, hears events; knows no wire, disk or loop."""

from __future__ import annotations

import gc
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.preferences import Live, Preferences
from pizzagpt_desktop.ui import icons, strings, theme
from pizzagpt_desktop.ui.actions import Actions
from pizzagpt_desktop.ui.acts import Acts
from pizzagpt_desktop.ui.choosing import Choosing
from pizzagpt_desktop.ui.conversation_commands import ConversationCommands
from pizzagpt_desktop.ui.desk import Desk
from pizzagpt_desktop.ui.doors import Doors
from pizzagpt_desktop.ui.exchanging import Exchanging
from pizzagpt_desktop.ui.hearing import Hearing
from pizzagpt_desktop.ui.menus import Menus, offer_first_steps
from pizzagpt_desktop.ui.message_acts import MessageActs
from pizzagpt_desktop.ui.page import Page
from pizzagpt_desktop.ui.seeking import Seeking
from pizzagpt_desktop.ui.shell import Shell
from pizzagpt_desktop.ui.shelves import Shelves
from pizzagpt_desktop.ui.sidebar import Sidebar
from pizzagpt_desktop.ui.stillness import Stillness
from pizzagpt_desktop.ui.system_wishes import on_wishes_changed
from pizzagpt_desktop.ui.undoing import Undoing
from pizzagpt_desktop.ui.where import Where
from pizzagpt_desktop.ui.zooming import Zooming

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pizzagpt_desktop.chat.events import Announcer
    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.chat.probes import Probes
    from pizzagpt_desktop.chat.searching import Searcher
    from pizzagpt_desktop.chat.service import ChatService
    from pizzagpt_desktop.ui.notices import Offer
    from pizzagpt_desktop.ui.ports import SecretsPort, ServiceDirectory

FIRST_ROWS = 100


class MainWindow(QMainWindow):
    """The window. `closed` comes when it was closed, with everything in it kept."""

    closed = Signal()
    writing_began = Signal()
    """The first character of this run stands in the composer: a request will follow."""
    backup_asked = Signal()
    restore_asked = Signal()

    def __init__(
        self,
        service: ChatService,
        library: Library,
        announcer: Announcer,
        preferences: Live[Preferences],
        services: ServiceDirectory,
        probes: Probes,
        secrets: SecretsPort,
        searcher: Searcher,
        *,
        version: str,
    ) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self._service = service
        self._library = library
        self._announcer = announcer
        self._preferences = preferences
        self._alt_alone = False
        self._listed_to: str | None = None
        """The last conversation of the list that was loaded before the first paint, if there may be more."""
        self._system_font = QApplication.font()
        # Before there are widgets, each of which would look at itself again.
        self._palette, _ = theme.dress(self, preferences.value.appearance, self._system_font)

        self.sidebar = Sidebar()
        self.page = Page()
        self.shell = Shell(self.sidebar, self.page)
        self.desk = Desk(self.page, service, library, self._has_service)
        self.where = Where(self.page, self.desk, preferences, services)
        self._choosing = Choosing(self, self.page, self.desk, preferences, services, probes)
        self._zooming = Zooming(self, preferences)
        self._stillness = Stillness()
        self._doors = Doors(self, preferences, services, probes, secrets, version)
        self._undoing = Undoing(self)
        acts = Acts(self, self.sidebar, self._undoing)
        self.shelves = Shelves(self, self.shell, self.sidebar, library, self._undoing, acts, preferences)
        self._commands = ConversationCommands(
            self,
            self.shell,
            self.sidebar,
            self.desk,
            service,
            library,
            Acts(self, self.sidebar, self._undoing),
        )
        self.exchanging = Exchanging(self, library, self._commands, self._undoing)
        self._seeking = Seeking(self, self.shell, self.sidebar, self.page, self.desk, searcher, announcer)
        self.setCentralWidget(self.shell)
        self.setMinimumSize(360, 480)
        self.resize(1000, 720)
        self.actions_by_id = self._make_actions()
        self._menus = Menus(self, self.actions_by_id)
        self._hearing = Hearing(self, self.sidebar, self.page, self.desk, self.where, service, library)
        self._connect()
        self._apply_appearance()
        self.shelves.load_folders()
        self.shelves.show_order()
        self._load_first()
        self._unsubscribe = (
            announcer.subscribe(self._hearing.on_event),
            preferences.subscribe(self._on_preferences_changed),
        )
        self.show_opened()
        self._show_sidebar_state(True)
        self.page.focus_composer()

    def notify(
        self, key: str, text: str, offers: Sequence[Offer] = (), *, seconds: float = 0.0, icon: str = "info"
    ) -> None:
        """Say something above the composer; a notice with the same key is replaced. seconds: 0 stays until closed."""
        self.page.notices.say(key, text, offers, seconds=seconds, icon=icon)

    def keep_all(self) -> None:
        """Store what is only on the screen so far: the program may be ended at any moment now."""
        self.desk.flush()
        self.desk.finish()
        self._service.save()

    def rest(self) -> None:
        """Do nothing more by itself: the chats that it shows are about to be closed."""
        for timer in self.findChildren(QTimer):
            timer.stop()

    def show_crash(self, report: str) -> None:
        """Say that something in the program went wrong; the chat goes on. report: plain text, without secrets."""
        self._doors.show_crash(report)

    def show_preferences(self, page: str = "service", field: str = "") -> None:
        """Open the preferences. page: "service", "proxy" or "appearance". field: the one to put the cursor in."""
        self._doors.show_preferences(page, field)

    # building

    def _make_actions(self) -> Actions:
        desk, commands, doors, shelves = self.desk, self._commands, self._doors, self.shelves
        slots = {
            "new": desk.open_new,
            "new_temporary": commands.begin_temporary,
            "keep_temporary": lambda: commands.do("keep_temporary", [desk.conversation.id]),
            "rename": commands.rename_here,
            "pin": commands.do_here("toggle_pin"),
            "archive": commands.do_here("toggle_archive"),
            **{
                command: commands.do_here(command)
                for command in ("move", "tags", "duplicate", "export", "delete")
            },
            "next": lambda: commands.step(1),
            "previous": lambda: commands.step(-1),
            "newest": lambda: commands.open_recent(0),
            "quit": self._quit,
            **desk.slots,
            **MessageActs(self.page).slots,
            "list": shelves.show_list,
            "undo_library": self._undoing.undo_last,
            "new_folder": shelves.make_folder,
            **{f"sort_{order}": shelves.sort_by(order) for order in ("activity", "created", "title")},
            "show_tag": shelves.ask_for_tag,
            "show_archive": shelves.show_archive,
            "show_trash": shelves.show_trash,
            "empty_trash": shelves.empty_trash,
            "find": self._seeking.find,
            "find_next": lambda: self._seeking.step(1),
            "find_previous": lambda: self._seeking.step(-1),
            "search": self._seeking.search_everything,
            "palette": lambda: doors.show_palette(commands.go_to),
            "sidebar": lambda: self.shell.set_sidebar(not self.shell.sidebar_visible),
            **self._zooming.slots,
            "service": doors.show_preferences,
            **self._choosing.slots,
            "models": lambda: doors.show_preferences("models"),
            "proxy": lambda: doors.show_preferences("proxy"),
            "preferences": doors.show_preferences,
            **self.exchanging.slots,
            "backup": self.backup_asked.emit,
            "restore": self.restore_asked.emit,
            "help": doors.show_help,
        }
        return Actions(self, slots, commands.open_recent)

    def _connect(self) -> None:
        sidebar, page = self.sidebar, self.page
        sidebar.options_button.clicked.connect(
            lambda: self._menus.pop_up_part("Library", sidebar.options_button)
        )
        sidebar.selected.connect(self.enable_commands)
        sidebar.file_dropped.connect(self.exchanging.import_chosen)
        sidebar.collapse_button.clicked.connect(lambda: self.shell.set_sidebar(False))
        page.first_painted.connect(self._after_first_paint)
        page.show_sidebar.clicked.connect(lambda: self.shell.set_sidebar(True))
        page.menu_button.clicked.connect(lambda: self._menus.pop_up(page.menu_button))
        page.composer.service_asked.connect(self._doors.show_preferences)
        page.composer.attach_asked.connect(self.exchanging.ask_for_attachment)
        page.composer.text_edit.files_given.connect(self.exchanging.attach_chosen)
        page.composer.text_edit.pasted.connect(self._on_pasted)
        page.composer.text_edit.long_pasted.connect(self._on_long_pasted)
        once = Qt.ConnectionType.SingleShotConnection
        page.composer.text_edit.textChanged.connect(self.writing_began, once)
        page.wire_transcript(self._doors.wire_transcript)
        self.shell.sidebar_shown.connect(self._show_sidebar_state)
        self.desk.opened.connect(self.show_opened)
        self.desk.undoable.connect(lambda words, undo: self._undoing.did(words, undo))
        self.desk.service_missing.connect(self._doors.ask_for_service)
        page.wire_transcript(self._zooming.watch)
        on_wishes_changed(self._apply_appearance)

    def _load_first(self) -> None:
        """Show the head of the list; the rest comes after the first paint."""
        try:
            conversations = self._library.conversations(FIRST_ROWS)
        except Fault as fault:
            self.say(fault)
            return
        self.sidebar.load(conversations, datetime.now().astimezone().date())
        self.sidebar.set_answering(self._service.answering)
        self.sidebar.show_chosen(self.desk.conversation.id)
        if len(conversations) == FIRST_ROWS:
            self._listed_to = conversations[-1].id

    def _apply_appearance(self) -> None:
        appearance = self._preferences.value.appearance
        self._palette, font = theme.dress(self, appearance, self._system_font)
        palette, compact = self._palette, theme.is_compact(appearance)
        self.sidebar.set_compact(compact)
        self.page.set_measures(appearance.line_width, compact)
        self._seeking.set_palette(palette)
        self.sidebar.set_palette(palette)
        self.page.set_palette(palette)
        self.page.set_body_font(font)
        self.page.set_reduced_motion(self._stillness.follow(appearance))
        self.shell.set_palette(palette)
        icons.tint_all(self, palette.muted, palette.on_accent)
        self.page.composer.set_palette(palette)
        self._doors.set_palette(palette)

    def _after_first_paint(self) -> None:
        """What the first picture does not need: the commands' shortcuts, and the rest of a long list."""
        self.actions_by_id.prepare()
        gc.freeze()  # what a start makes stays: a look through all of it for garbage takes some frames
        if self._listed_to is not None:
            from pizzagpt_desktop.ui.list_loading import RestOfList

            self._rest = RestOfList(self, self.sidebar, self._library, self._announcer, self._listed_to)
            self._rest.loaded.connect(self._on_list_loaded)

    def _on_list_loaded(self) -> None:
        self.sidebar.show_chosen(self.desk.conversation.id)
        self.enable_commands()

    def enable_commands(self) -> None:
        identity = self.desk.conversation.id
        self.actions_by_id.enable(
            conversation=identity not in self._library.unsaved
            or self.sidebar.current_list.selectionModel().hasSelection(),
            answering=self._service.is_answering(identity),
            temporary=self.desk.conversation.temporary,
            undo=self._undoing.can_undo,
        )

    def show_opened(self) -> None:
        conversation = self.desk.conversation
        title = conversation.title.replace("[*]", "[*][*]")
        self.setWindowTitle(f"{title} — {strings.PROGRAM}" if title else strings.PROGRAM)
        self.sidebar.show_chosen(conversation.id)
        if self.page.is_empty:
            has_service = self._has_service(conversation.service)
            offer_first_steps(
                self.page.empty, self.actions_by_id, self.sidebar.model.conversations(), has_service
            )
        self.enable_commands()
        self.where.show()
        self.where.on_answering_changed(self._service.answering)

    def _has_service(self, name: str) -> bool:
        return self._preferences.value.service_settings(name) is not None

    def _quit(self) -> None:
        self.close()

    def try_command(self, command: Callable[[], object]) -> bool:
        """Run a command of the chat; where the disk refuses, say so."""
        try:
            command()
        except Fault as fault:
            self.say(fault, "Nothing was changed.")
            return False
        return True

    def say(self, fault: Fault, besides: str = "") -> None:
        """Say what the disk refused and what can be done. besides: what became of what the user wanted."""
        words = strings.fault_words(fault)
        text = " ".join(part for part in (words.title, besides, words.hint) if part)
        self.notify("storage", text, icon="warning")

    # what the user's other doings bring

    def _on_preferences_changed(self, _preferences: Preferences) -> None:
        self._apply_appearance()
        self.shelves.show_order()
        self.show_opened()

    def _on_pasted(self, text: str) -> None:
        if not (text.isascii() and text.isprintable()):
            from pizzagpt_desktop.ui import pasting  # seldom needed

            pasting.on_pasted(self, text)

    def _on_long_pasted(self, text: str) -> None:
        from pizzagpt_desktop.ui import pasting

        pasting.on_long(self, text)

    def _show_sidebar_state(self, shown: bool) -> None:
        self.page.show_sidebar.setVisible(not shown or self.shell.narrow)
        if shown and self.shell.narrow:
            self.sidebar.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        if event.key() == Qt.Key.Key_Escape:
            if self._service.is_answering(self.desk.conversation.id):
                self.desk.stop()
            self.shell.end_overlay()
            self.page.focus_composer()
        elif event.text() and event.text().isprintable() and not event.modifiers() & held:
            # Typing anywhere lands in the composer, this key included.
            self.page.focus_composer()
            QApplication.sendEvent(self.page.composer.text_edit, event)
        elif event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) and not self.page.is_empty:
            QApplication.sendEvent(self.page.transcript, event)  # who writes reads on
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Alt and self._alt_alone:
            self._alt_alone = False
            self._menus.toggle_bar()
        else:
            super().keyReleaseEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            # Every key comes by here first, also those that a shortcut then takes: Alt+Down is not Alt alone.
            self.actions_by_id.prepare()
            self._alt_alone = event.key() == Qt.Key.Key_Alt
        elif event.type() == QEvent.Type.WindowDeactivate:
            self._alt_alone = False
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.sidebar.model.note_day(datetime.now().astimezone().date())

    def closeEvent(self, event: QCloseEvent) -> None:
        self.desk.leave()
        self.desk.finish()
        self.shelves.end()
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self.where.end()
        event.accept()
        self.closed.emit()
