"""The composition root of the desktop program: builds everything, runs the loop, shuts down in order."""

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QEvent,
    QMessageLogContext,
    QObject,
    QSocketNotifier,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop  # after PySide6, so that it takes it

from pizzagpt_desktop import __version__
from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.chat.probes import Probes
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.console import DEBIAN_PACKAGES
from pizzagpt_desktop.diagnostics import Diagnostics
from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.preferences import Live, Preferences, ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxySettings
from pizzagpt_desktop.storage.files import write_whole
from pizzagpt_desktop.storage.paths import Folders, folders
from pizzagpt_desktop.storage.preferences import load, save
from pizzagpt_desktop.storage.secrets import Secrets
from pizzagpt_desktop.storage.store import SqliteSessionStore
from pizzagpt_desktop.ui.icons import icons_folder
from pizzagpt_desktop.ui.main_window import MainWindow
from pizzagpt_desktop.ui.place import place_of, put_back
from pizzagpt_desktop.ui.strings import PROGRAM, fault_words

if TYPE_CHECKING:
    from pizzagpt_desktop.chat.ports import ReplySource
    from pizzagpt_desktop.providers.registry import ProviderEntry, Registry
    from pizzagpt_desktop.providers.sources import Sources

REST_MS = 40
"""How long the window is left alone with its first keys before anything is loaded beside it."""
DAY_S = 86_400.0

log = logging.getLogger(__name__)


class LateProviders:
    """The providers and what they need of the network: a third of a second to load, so not before the first paint.

    `load` may run in a thread of its own; whoever asks earlier waits for it.
    """

    def __init__(self, preferences: Live[Preferences], secrets: Secrets) -> None:
        self._preferences = preferences
        self._secrets = secrets
        self._lock = threading.Lock()
        self._loaded: tuple[Registry, Sources] | None = None

    def load(self) -> "tuple[Registry, Sources]":
        """The registry and the sources, loaded by whoever asks first."""
        with self._lock:
            if self._loaded is None:
                from pizzagpt_desktop.providers.registry import Registry
                from pizzagpt_desktop.providers.sources import Sources

                registry = Registry.load()
                self._loaded = registry, Sources(registry, self._preferences, self._secrets.read)
            return self._loaded

    def entries(self) -> "Sequence[ProviderEntry]":
        return self.load()[0].entries()

    def route_words(self, service_name: str = "") -> str:
        """Where a message goes; "" until the providers are loaded, so that nobody waits for words."""
        return self._loaded[1].route_words(service_name) if self._loaded else ""

    def choose(self, conversation: Conversation) -> "ReplySource":
        return self.load()[1].choose(conversation)

    async def list_models(
        self, service: ServiceSettings, key: str | None, proxy: ProxySettings, proxy_password: str | None
    ) -> list[str]:
        return await self.load()[1].list_models(service, key, proxy, proxy_password)

    async def test(
        self, service: ServiceSettings, key: str | None, proxy: ProxySettings, proxy_password: str | None
    ) -> Any:
        return await self.load()[1].test(service, key, proxy, proxy_password)


class Program:
    """Everything of one run with a window. `ended` is set when the window was closed or a signal asks to end.

    Raises `Fault` where the store cannot be used; the file is untouched then.
    """

    def __init__(self, places: Folders, diagnostics: Diagnostics, secrets: Secrets) -> None:
        self._places = places
        self._diagnostics = diagnostics
        self._secrets = secrets
        self._loading: list[threading.Thread] = []
        self._forget_session: Callable[[], None] = lambda: None
        self.ended = asyncio.Event()
        self.all_loaded = asyncio.Event()
        loaded = load(places.preferences)
        self.preferences = Live(loaded.preferences)
        self.store = SqliteSessionStore(places.chats)
        try:
            self.store.interrupt_abandoned()
        except Fault:
            self.store.close()
            raise
        self.announcer = Announcer()
        self.scope = TaskScope(diagnostics.crashed)
        self.library = Library(self.store, self.announcer)
        self._providers = LateProviders(self.preferences, secrets)
        self.service = ChatService(
            self.store,
            self._providers.choose,
            self.scope,
            self.announcer,
            unsaved=self.library.unsaved,
            wants_titles=lambda: self.preferences.value.titles_by_model,
        )
        self.window = MainWindow(
            self.service,
            self.library,
            self.announcer,
            self.preferences,
            self._providers,
            Probes(self.scope, self._providers),
            secrets,
            version=__version__,
        )
        with suppress(OSError):  # the first run, or a place that cannot be read: the window's own is fine
            put_back(self.window, places.window.read_bytes())
        self.window.closed.connect(self._on_closed)
        self.window.writing_began.connect(self._on_writing_began)
        self.preferences.subscribe(self._on_preferences_changed)
        if loaded.problem:
            self.window.notify("preferences", loaded.problem, icon="warning")
        diagnostics.install_hooks(lambda report: self._show_crash(report))

    async def run(self) -> bool:
        """Show the window until it is closed; then stop and save everything. Whether every task has ended."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._diagnostics.on_loop_exception)
        stop_listening = listen_to_signals(self.window.close)
        painted = FirstPaint(self.window, self._on_first_paint)
        self.window.show()
        try:
            await self.ended.wait()
        finally:
            painted.forget()
            self._forget_session()
            self.window.hide()
            all_ended = await self.service.close()
            stop_listening()
        return all_ended

    def close(self) -> None:
        """Empty the trash of what is long in it, and let go of the disk. The last thing of a run."""
        try:
            days = self.preferences.value.trash_days  # 0 for ever
            self.store.purge(time.time() - days * DAY_S if days else 0.0)
        except Fault as fault:
            log.warning("the trash could not be emptied: %s", fault.detail)
        self.store.close()
        for thread in self._loading:
            thread.join(timeout=1.0)  # an import that the interpreter's end cuts off may crash it

    def _on_first_paint(self) -> None:
        """What the first picture did not need and the window does."""
        from pizzagpt_desktop.ui.session_end import save_at_session_end

        self._forget_session = save_at_session_end(self.window.keep_all)

        def load_more() -> None:
            self._providers.load()
            import markdown_it  # noqa: F401  (the first reply needs it)

            import pizzagpt_desktop.chat.answering
            import pizzagpt_desktop.chat.events
            import pizzagpt_desktop.ui.transcript.view  # noqa: F401  (so does the first message)

        self._load_beside(load_more, self._on_loaded)

    def _on_writing_began(self) -> None:
        """What the first request needs: a window that only lies open does without its memory."""

        def load_network() -> None:
            import aiohttp  # noqa: F401  (the request itself)

            _ = self._secrets.available  # its key: the backends of the key store are loaded

        self._load_beside(load_network, lambda: None)

    def _load_beside(self, work: Callable[[], None], then: Callable[[], None]) -> None:
        """Import in a thread; the window answers all the while."""
        loop = asyncio.get_running_loop()

        def run() -> None:
            work()
            with suppress(RuntimeError):  # the loop is closed: the window was too, in the meantime
                loop.call_soon_threadsafe(then)

        thread = threading.Thread(target=run, name="loading", daemon=True)
        self._loading.append(thread)
        thread.start()

    def _on_loaded(self) -> None:
        if not self.ended.is_set():  # it may have been closed while the thread was loading
            self.window.where.refresh()
            self.all_loaded.set()

    def _on_closed(self) -> None:
        try:
            write_whole(self._places.window, place_of(self.window))
        except OSError as error:
            log.info("the window's place was not kept: %s", error.strerror)
        self.ended.set()

    def _on_preferences_changed(self, preferences: Preferences) -> None:
        try:
            save(self._places.preferences, preferences)
        except Fault as fault:
            words = fault_words(fault)
            self.window.notify("preferences", f"{words.title} {words.hint}", icon="warning")

    def _show_crash(self, report: str) -> None:
        """Widgets belong to the main thread, and a crash may come from any."""
        QTimer.singleShot(0, self.window, lambda: self.window.show_crash(report))


class FirstPaint(QObject):
    """Calls `then` once, a moment after the window `widget` was painted for the first time.

    A window that its children cover gets no paint event of its own, but every window is asked to update.
    """

    def __init__(self, widget: QObject, then: Callable[[], None]) -> None:
        super().__init__(widget)
        self._then: Callable[[], None] | None = then
        self._widget = widget
        widget.installEventFilter(self)

    def forget(self) -> None:
        """Call nothing any more."""
        self._then = None

    def _on_turn(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Paint, QEvent.Type.UpdateRequest):
            self._widget.removeEventFilter(self)
            QTimer.singleShot(REST_MS, self, self._on_turn)
        return False


def make_application() -> QApplication:
    """The one QApplication, with its names, its messages in our log, and words instead of an abort."""
    qInstallMessageHandler(_on_qt_message)
    # By its option: any look at `QApplication.style()` makes the many enums of `QStyle`.
    application = QApplication([*sys.argv[:1], "-style", "fusion"])
    application.setApplicationName("pizzagpt-desktop")
    application.setApplicationDisplayName(PROGRAM)
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("pizzagpt-desktop")
    application.setWindowIcon(QIcon(str(icons_folder().parent / "app.png")))
    application.setQuitOnLastWindowClosed(False)
    return application


def run(data_dir: Path | None = None, temp: bool = False, debug: bool = False) -> int:
    """Run the desktop program until its window is closed; the exit status."""
    application = make_application()
    secrets = Secrets()
    diagnostics = Diagnostics(secrets.all_known)
    places: Folders | None = None
    program: Program | None = None
    all_ended = True
    with asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner:
        try:
            places = folders(data_dir, temp)
            diagnostics.start(places.log, debug)
            program = Program(places, diagnostics, secrets)
        except Fault as fault:
            log.info("cannot start: %s", fault.detail)
            runner.run(_refuse(fault))
        else:
            all_ended = runner.run(program.run())
        finally:
            if program is not None:
                program.close()
            diagnostics.close()
            if places is not None:
                places.close()
        if not all_ended:
            os._exit(
                0
            )  # a plug-in clings to its task; all is saved, and the runner would wait for it for ever
    return 0 if program is not None else 1


async def _refuse(fault: Fault) -> None:
    """Say in a plain dialog why there is no window."""
    from PySide6.QtWidgets import QMessageBox

    words = fault_words(fault)
    closed = asyncio.Event()
    box = QMessageBox(QMessageBox.Icon.Critical, PROGRAM, "")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(words.title)
    box.setInformativeText(words.hint)
    box.finished.connect(closed.set)
    stop_listening = listen_to_signals(box.close)
    if sys.stderr is not None:
        sys.stderr.write(f"pizzagpt-desktop: {words.title} {words.hint}\n")
    box.open()
    await closed.wait()
    stop_listening()


def listen_to_signals(end: Callable[[], object]) -> Callable[[], None]:
    """Call `end` when the system or Ctrl-C asks the program to end; the returned call ends that.

    Qt waits outside Python, where a signal's handler does not run: a socket wakes it up.
    """
    ours, woken = socket.socketpair()
    for end_of_pair in (ours, woken):
        end_of_pair.setblocking(False)
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: ours.recv(64))
    before_fd = signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
    numbers = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, n)]
    before = {number: signal.signal(number, lambda *_: QTimer.singleShot(0, end)) for number in numbers}

    def stop() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before_fd)
        notifier.setEnabled(False)
        ours.close()
        woken.close()

    return stop


def _on_qt_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    if kind == QtMsgType.QtFatalMsg:
        if QApplication.instance() is None or not QApplication.topLevelWidgets():
            words = f"no window can be opened: {' '.join(text.split())}"
            if sys.platform.startswith("linux"):
                words += f" On Debian or Ubuntu this may help: apt install {DEBIAN_PACKAGES}"
            if sys.stderr is not None:
                sys.stderr.write(f"pizzagpt-desktop: {words}\n")
                sys.stderr.flush()
            os._exit(2)  # otherwise Qt aborts the process
        log.critical("Qt: %s", text)
    elif kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtWarningMsg):
        log.warning("Qt: %s", text)
    else:
        log.debug("Qt: %s", text)
