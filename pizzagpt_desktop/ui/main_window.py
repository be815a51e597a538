"""The main window: puts sidebar and page together, runs commands, hears events; knows no wire, disk or loop."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Live, Preferences
from pizzagpt_desktop.ui import icons, strings, theme
from pizzagpt_desktop.ui.actions import Actions
from pizzagpt_desktop.ui.desk import Desk
from pizzagpt_desktop.ui.hearing import Hearing
from pizzagpt_desktop.ui.menus import Menus, offer_first_steps
from pizzagpt_desktop.ui.page import Page
from pizzagpt_desktop.ui.shell import Shell
from pizzagpt_desktop.ui.sidebar import Sidebar
from pizzagpt_desktop.ui.where import Where

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pizzagpt_desktop.chat.events import Announcer
    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.chat.probes import Probes
    from pizzagpt_desktop.chat.service import ChatService
    from pizzagpt_desktop.ui.notices import Offer
    from pizzagpt_desktop.ui.ports import SecretsPort, ServiceDirectory
    from pizzagpt_desktop.ui.preferences.dialog import PreferencesDialog
    from pizzagpt_desktop.ui.transcript.view import TranscriptView

FIRST_ROWS = 100
UNDO_S = 10.0


class MainWindow(QMainWindow):
    """The window. `closed` comes when it was closed, with everything in it kept."""

    closed = Signal()
    writing_began = Signal()
    """The first character of this run stands in the composer: a request will follow."""

    def __init__(
        self,
        service: ChatService,
        library: Library,
        announcer: Announcer,
        preferences: Live[Preferences],
        services: ServiceDirectory,
        probes: Probes,
        secrets: SecretsPort,
        *,
        version: str,
    ) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self._service = service
        self._library = library
        self._preferences = preferences
        self._services = services
        self._probes = probes
        self._secrets = secrets
        self._version = version
        self._alt_alone = False
        self._dialog: PreferencesDialog | None = None
        self._system_font = QApplication.font()
        # Before there are widgets, each of which would look at itself again.
        self._palette, _ = theme.dress(self, preferences.value.appearance, self._system_font)

        self.sidebar = Sidebar()
        self.page = Page()
        self.shell = Shell(self.sidebar, self.page)
        self.desk = Desk(self.page, service, library, self._has_service)
        self.where = Where(self.page, self.desk, preferences, services)
        self.setCentralWidget(self.shell)
        self.setMinimumSize(360, 480)
        self.resize(1000, 720)
        self.actions_by_id = self._make_actions()
        self._menus = Menus(self, self.actions_by_id)
        self._hearing = Hearing(self, self.sidebar, self.page, self.desk, self.where, service, library)
        self._connect()
        self._apply_appearance()
        self._load(FIRST_ROWS)
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

    def show_crash(self, report: str) -> None:
        """Say that something in the program went wrong; the chat goes on. report: plain text, without secrets."""
        from pizzagpt_desktop.ui.crash_dialog import crash_offers

        self.notify("crash", "Something went wrong.", crash_offers(self, report), icon="warning")

    def show_preferences(self, page: str = "service", field: str = "") -> None:
        """Open the preferences. page: "service", "proxy" or "appearance". field: the one to put the cursor in."""
        from pizzagpt_desktop.ui.preferences.dialog import PreferencesDialog

        name = self.desk.conversation.service if page == "service" else ""
        dialog = PreferencesDialog(
            self,
            self._preferences,
            self._services,
            self._probes,
            self._secrets,
            palette=self._palette,
            service=name,
        )
        self._dialog = dialog
        dialog.finished.connect(self._on_preferences_finished)
        dialog.show_page(page, field)
        dialog.open()

    # building

    def _make_actions(self) -> Actions:
        desk = self.desk
        slots = {
            "new": desk.open_new,
            "rename": lambda: self._rename(),
            "pin": lambda: self._pin(desk.conversation.id, not desk.conversation.pinned),
            "delete": lambda: self._delete(desk.conversation.id),
            "next": lambda: self._step(1),
            "previous": lambda: self._step(-1),
            "newest": lambda: self._open_recent(0),
            "quit": self._quit,
            "edit_last": desk.edit_last,
            "copy_reply": desk.copy_last_reply,
            "retry": desk.retry_last,
            "stop": desk.stop,
            "find": self._search_everything,
            "search": self._search_everything,
            "palette": self._show_palette,
            "sidebar": lambda: self.shell.set_sidebar(not self.shell.sidebar_visible),
            "end": lambda: self.page.transcript.jump_to_end(),
            "service": self.show_preferences,
            "proxy": lambda: self.show_preferences("proxy"),
            "preferences": self.show_preferences,
            "help": self._show_help,
        }
        return Actions(self, slots, self._open_recent)

    def _connect(self) -> None:
        sidebar, page = self.sidebar, self.page
        sidebar.chosen.connect(self._on_chosen)
        sidebar.hit_chosen.connect(self._on_hit_chosen)
        sidebar.new_asked.connect(self._on_new_asked)
        sidebar.rename_asked.connect(
            lambda i, title: self.try_command(lambda: self._library.rename(i, title))
        )
        sidebar.pin_asked.connect(self._pin)
        sidebar.delete_asked.connect(self._delete)
        sidebar.search_asked.connect(self._on_search_asked)
        sidebar.collapse_button.clicked.connect(lambda: self.shell.set_sidebar(False))
        page.first_painted.connect(self._after_first_paint)
        page.show_sidebar.clicked.connect(lambda: self.shell.set_sidebar(True))
        page.menu_button.clicked.connect(lambda: self._menus.pop_up(page.menu_button))
        page.composer.service_asked.connect(self.show_preferences)
        once = Qt.ConnectionType.SingleShotConnection
        page.composer.text_edit.textChanged.connect(self.writing_began, once)
        page.wire_transcript(self._wire_transcript)
        self.shell.sidebar_shown.connect(self._show_sidebar_state)
        self.desk.opened.connect(self.show_opened)
        self.desk.service_missing.connect(self._on_service_missing)
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._apply_appearance)

    def _wire_transcript(self, transcript: TranscriptView) -> None:
        from pizzagpt_desktop.ui.links import LinkGate

        self._links = links = LinkGate(self, lambda text: self.notify("link", text, seconds=10))
        transcript.preferences_requested.connect(self._on_preferences_requested)
        transcript.link_opened.connect(links.open)
        transcript.link_doubted.connect(links.ask)

    def _load(self, limit: int | None) -> None:
        try:
            conversations = self._library.conversations(limit)
        except Fault as fault:
            self._say(fault)
            return
        self.sidebar.load(conversations, datetime.now().astimezone().date())
        self.sidebar.set_answering(self._service.answering)
        self.sidebar.show_chosen(self.desk.conversation.id)

    def _apply_appearance(self) -> None:
        appearance = self._preferences.value.appearance
        self._palette, font = theme.dress(self, appearance, self._system_font)
        palette = self._palette
        self.sidebar.set_palette(palette)
        self.page.set_palette(palette)
        self.page.set_body_font(font)
        self.page.set_reduced_motion(appearance.reduced_motion)
        self.shell.set_palette(palette)
        icons.tint_all(self, palette.muted, palette.on_accent)
        self.page.composer.set_palette(palette)
        if self._dialog is not None:
            self._dialog.set_palette(palette)

    def _after_first_paint(self) -> None:
        """What the first picture does not need: the commands' shortcuts, and the rest of a long list."""
        self.actions_by_id.prepare()
        if self.sidebar.model.rowCount() >= FIRST_ROWS:
            self._load(None)

    def enable_commands(self) -> None:
        identity = self.desk.conversation.id
        self.actions_by_id.enable(
            conversation=self.sidebar.model.row_of(identity) >= 0,
            answering=self._service.is_answering(identity),
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
        self.where.on_answering_changed(self._service.is_answering(conversation.id))

    # commands

    def _has_service(self, name: str) -> bool:
        return self._preferences.value.service_settings(name) is not None

    def _on_chosen(self, conversation_id: str) -> None:
        self.desk.open(conversation_id)
        self.shell.end_overlay()

    def _on_hit_chosen(self, conversation_id: str, message_id: str) -> None:
        self.desk.open(conversation_id)
        if message_id not in {m.id for m in self._library.path(conversation_id)}:
            self.try_command(lambda: self._service.activate(message_id))
        self.page.transcript.jump_to(message_id)
        self.shell.end_overlay()

    def _on_new_asked(self) -> None:
        self.desk.open_new()
        self.shell.end_overlay()

    def _on_search_asked(self, query: str) -> None:
        try:
            hits = self._library.search(query)
        except Fault as fault:
            self._say(fault)
            return
        self.sidebar.show_hits(query, hits)

    def _search_everything(self) -> None:
        self.shell.set_sidebar(True)
        self.sidebar.focus_search()

    def _rename(self) -> None:
        self.shell.set_sidebar(True)
        self.sidebar.end_search()
        self.sidebar.rename(self.desk.conversation.id)

    def _quit(self) -> None:
        self.close()

    def _pin(self, conversation_id: str, pinned: bool) -> None:
        self.try_command(lambda: self._library.pin(conversation_id, pinned))

    def _delete(self, conversation_id: str) -> None:
        self._service.stop(conversation_id)
        if not self.try_command(lambda: self._library.delete(conversation_id)):
            return
        if conversation_id == self.desk.conversation.id:
            self.desk.open_new()
        undo = ("Undo", lambda: self._undo_delete(conversation_id))
        self.notify("deleted", "Conversation deleted.", [undo], seconds=UNDO_S, icon="trash")

    def _undo_delete(self, conversation_id: str) -> None:
        if self.try_command(lambda: self._library.undo_delete(conversation_id)):
            self.desk.open(conversation_id)

    def _step(self, by: int) -> None:
        ids = self.sidebar.model.ids()
        identity = self.desk.conversation.id
        place = ids.index(identity) + by if identity in ids else (0 if by > 0 else -1)
        if 0 <= place < len(ids):
            self.desk.open(ids[place])

    def _open_recent(self, number: int) -> None:
        ids = self.sidebar.model.ids()
        if number < len(ids):
            self.desk.open(ids[number])

    def _show_palette(self) -> None:
        from pizzagpt_desktop.ui.palette import CommandPalette

        CommandPalette(self, self.actions_by_id, self.sidebar.model.conversations(), self._on_chosen).open()

    def _show_help(self) -> None:
        from pizzagpt_desktop.ui.help_page import HelpPage

        HelpPage(self, self._version).open()

    def try_command(self, command: Callable[[], object]) -> bool:
        """Run a command of the chat; where the disk refuses, say so."""
        try:
            command()
        except Fault as fault:
            self._say(fault)
            return False
        return True

    def _say(self, fault: Fault) -> None:
        words = strings.fault_words(fault)
        self.notify("storage", f"{words.title} {words.hint}", icon="warning")

    # what the user's other doings bring

    def _on_preferences_changed(self, _preferences: Preferences) -> None:
        self._apply_appearance()
        self.show_opened()

    def _on_preferences_finished(self, _result: int) -> None:
        self._dialog = None
        self.page.focus_composer()

    def _on_preferences_requested(self) -> None:
        """The button beside a failed reply leads to the field that is at fault."""
        fault = self.desk.last_fault()
        kind = fault.kind if fault is not None else FaultKind.SETTINGS
        page, field = strings.FIELD_AT_FAULT.get(kind, ("service", ""))
        self.show_preferences(page, field)

    def _on_service_missing(self) -> None:
        self.notify("service", "Your message is kept here. Choose a service first, then send it.", seconds=20)
        self.show_preferences()

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
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self.where.end()
        event.accept()
        self.closed.emit()
