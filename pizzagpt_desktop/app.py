"""The composition root of the desktop program: builds everything, runs the loop, shuts down in order."""

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from qasync import QEventLoop  # after PySide6, so that it takes it

from pizzagpt_desktop import __version__
from pizzagpt_desktop.chat.announcer import Announcer
from pizzagpt_desktop.chat.library import Library
from pizzagpt_desktop.chat.probes import Probes
from pizzagpt_desktop.chat.searching import Searcher
from pizzagpt_desktop.chat.service import ChatService
from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.console import DEBIAN_PACKAGES
from pizzagpt_desktop.diagnostics import Diagnostics
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Live, Preferences
from pizzagpt_desktop.late_providers import LateProviders
from pizzagpt_desktop.opening import (
    AlreadyOpen,
    Elsewhere,
    Opened,
    open_store,
    take_seat,
    tell,
    without_folders,
)
from pizzagpt_desktop.storage.files import write_whole
from pizzagpt_desktop.storage.paths import Folders, folders
from pizzagpt_desktop.storage.preferences import load, save
from pizzagpt_desktop.storage.secrets import LOCKED, Secrets
from pizzagpt_desktop.storage.store import SqliteSessionStore
from pizzagpt_desktop.ui.application import FirstPaint, listen_to_signals, make_application
from pizzagpt_desktop.ui.main_window import MainWindow
from pizzagpt_desktop.ui.parts import TRANSCRIPT, Parts, importing
from pizzagpt_desktop.ui.place import place_of, put_back
from pizzagpt_desktop.ui.strings import fault_words

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from pizzagpt_desktop.carrying import Carrier
    from pizzagpt_desktop.chat.searching import SearchReader
    from pizzagpt_desktop.keeping import Keeper
    from pizzagpt_desktop.storage.instance import Seat

DAY_S = 86_400.0
THREADS = 8

log = logging.getLogger(__name__)


class Program:
    """Everything of one run with a window. `ended` is set when the window was closed or a signal asks to end.

    opened: the chats; those of `places` without. seat: the place as the only window of the data folder, which is kept
    up from when everything is loaded. Raises `Fault` where the store cannot be used; the file is untouched then.
    """

    def __init__(
        self,
        places: Folders,
        diagnostics: Diagnostics,
        secrets: Secrets,
        opened: Opened | None = None,
        seat: "Seat | None" = None,
    ) -> None:
        self._places = places
        self._diagnostics = diagnostics
        self._secrets = secrets
        self._threads: ThreadPoolExecutor | None = None
        self._forget_session: Callable[[], None] = lambda: None
        self.ended = asyncio.Event()
        self.all_loaded = asyncio.Event()
        loaded = load(places.preferences)
        self.preferences = Live(loaded.preferences)
        self._opened = opened or Opened(SqliteSessionStore(places.chats))
        self._seat = seat
        self.keeper: Keeper | None = None
        self.store = self._opened.store
        self.announcer = Announcer()
        self.scope = TaskScope(diagnostics.crashed)
        self.library = Library(self.store, self.announcer, scope=self.scope)
        self._providers = LateProviders(self.preferences, secrets, self.scope, places)
        self.service = ChatService(
            self.store,
            self._providers.choose,
            self.scope,
            self.announcer,
            unsaved=self.library.unsaved,
            wants_titles=lambda: self.preferences.value.titles_by_model,
            priced=self._providers.priced,
            when_full=lambda: self.preferences.value.when_full,
        )
        self.searcher = Searcher(self.store, self._open_reader)
        self.announcer.subscribe(self.searcher.on_event)
        self.window = MainWindow(
            self.service,
            self.library,
            self.announcer,
            self.preferences,
            self._providers,
            Probes(self.scope, self._providers.prober),
            secrets,
            self.searcher,
            version=__version__,
        )
        with suppress(OSError):  # the first run, or a place that cannot be read: the window's own is fine
            put_back(self.window, places.window.read_bytes())
        self.window.closed.connect(self._on_closed)
        self.window.writing_began.connect(self._on_writing_began)
        self.window.exchanging.import_chosen.connect(lambda path: self.carrier.bring_in(path))
        self.window.exchanging.attach_chosen.connect(lambda paths: self.carrier.attach(paths))
        self.window.exchanging.export_chosen.connect(lambda ids, path: self.carrier.write_out(ids, path))
        self.preferences.subscribe(self._on_preferences_changed)
        if loaded.problem:
            self.window.notify("preferences", loaded.problem, icon="warning")
        diagnostics.install_hooks(lambda report: self._show_crash(report))

    @cached_property
    def carrier(self) -> "Carrier":
        """Imports and exports; few runs need it."""
        from pizzagpt_desktop.carrying import Carrier

        return Carrier(self._opened, self.window.exchanging, self.library, self.scope)

    def _open_reader(self) -> "SearchReader":
        from pizzagpt_desktop.storage.search_reader import SearchReader

        return SearchReader(self._places.chats)

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
            if self.keeper is not None:
                self.keeper.end()
            self._forget_session()
            self.window.hide()
            self.searcher.close()
            all_ended = await self.service.close()
            if self._providers.computer is not None:
                await self._providers.computer.close()
            stop_listening()
            self.window.rest()
        return all_ended

    def open(self, conversation_id: str) -> None:
        """Lay a conversation open, if there is such a one."""
        if conversation_id:
            self.window.desk.open(conversation_id)

    def close(self) -> None:
        """Empty the trash of what is long in it, and let go of the disk; the last thing of a run."""
        try:
            days = self.preferences.value.trash_days  # 0 for ever
            self.store.purge(time.time() - days * DAY_S if days else 0.0)
        except Fault as fault:
            log.warning("the trash could not be emptied: %s", fault.detail)
        self.store.close()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _on_first_paint(self) -> None:
        """What the first picture did not need and the window does."""
        from pizzagpt_desktop.ui.session_end import save_at_session_end

        self._forget_session = save_at_session_end(self.window.keep_all)

        can_open, providers = bool(self.window.sidebar.model.rowCount()), self._providers

        def load_more() -> None:
            providers.load()
            import pizzagpt_desktop.chat.events
            import pizzagpt_desktop.storage.backups  # noqa: F401  (loaded while nothing else is to be done)

            if can_open:
                _load_reading()

        parts = ("PySide6.QtNetwork", "pizzagpt_desktop.keeping", *(TRANSCRIPT if can_open else ()))
        self._load_beside(load_more, self._on_loaded, parts)

    def _on_writing_began(self) -> None:
        """What the first request needs: a window that only lies open does without its memory."""
        secrets = self._secrets

        def load_network() -> None:
            _load_reading()
            import aiohttp  # noqa: F401  (the request itself)

            _ = secrets.available  # its key: the backends of the key store are loaded

        self._load_beside(load_network, lambda: None, TRANSCRIPT)

    def _load_beside(self, work: Callable[[], None], then: Callable[[], None], parts: Parts = ()) -> None:
        """Import in a thread, then `parts` here, one a turn. work: must not hold or import anything of Qt's."""
        if self._threads is None:  # somebody may write, or open a chat, before the first picture
            from concurrent.futures import ThreadPoolExecutor

            # The loop's own threads are Qt's, all ten of them at once, and its end waits for what they do.
            self._threads = ThreadPoolExecutor(THREADS, "beside")
            asyncio.get_running_loop().set_default_executor(self._threads)

        async def load() -> None:
            await asyncio.to_thread(work)
            for _ in importing(parts):
                await asyncio.sleep(0)
            then()

        self.scope.spawn(load(), "loading")

    def _on_loaded(self) -> None:
        if not self.ended.is_set():  # it may have been closed while the thread was loading
            self.window.where.refresh()
            self._begin_watching()
            if self._seat is not None:
                self._begin_keeping(self._seat)
            self.all_loaded.set()
            self.searcher.note_change()  # an index that is new, or late, is made up for beside the window

    def _begin_watching(self) -> None:
        from pizzagpt_desktop.chat.weighing import Weigher
        from pizzagpt_desktop.ui.context_meter import ContextMeter
        from pizzagpt_desktop.ui.cost_words import CostWords
        from pizzagpt_desktop.ui.engine_words import EngineWords
        from pizzagpt_desktop.ui.fetch_words import FetchWords

        computer = self._providers.computer
        if computer is not None:
            EngineWords(self.window, computer.engine)
            FetchWords(self.window, computer.fetches, self.preferences)
        CostWords(self.window, self._providers.spending, self.announcer)
        weigher = Weigher(self.store, self.scope)
        ContextMeter(self.window, weigher, self._providers.sight_of, self.announcer, self.preferences)
        if self._secrets.has_file and self._secrets.is_locked:
            self._offer_to_unlock()

    def _offer_to_unlock(self) -> None:
        from pizzagpt_desktop.ui.key_file_dialog import KeyFileDialog

        def show() -> None:
            dialog = KeyFileDialog(self.window, self._secrets)
            dialog.opened.connect(lambda: self.window.page.notices.withdraw("keys"))
            dialog.open()

        self.window.notify("keys", LOCKED, (("Unlock", show),), icon="info")

    def _begin_keeping(self, seat: "Seat") -> None:
        from pizzagpt_desktop.keeping import Keeper

        self.keeper = Keeper(
            self._opened,
            self._places,
            seat,
            self.window,
            self.library,
            self.service,
            self.announcer,
            self.preferences,
            self.scope,
        )

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


def _load_reading() -> None:
    """What reads messages, without what shows them; where there are none, not before somebody writes."""
    import markdown_it  # noqa: F401  (the first reply needs it)

    import pizzagpt_desktop.chat.answering
    import pizzagpt_desktop.domain.copied  # noqa: F401  (so does the first message)


def run(data_dir: Path | None = None, temp: bool = False, debug: bool = False) -> int:
    """Run the desktop program until its window is closed; the exit status."""
    advice = ""
    if sys.platform.startswith("linux"):
        advice = f" On Debian or Ubuntu this may help: apt install {DEBIAN_PACKAGES}"
    application = make_application(advice)
    secrets = Secrets()
    diagnostics = Diagnostics(secrets.all_known)
    with asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner:
        life = Life(diagnostics, secrets)
        try:
            status = runner.run(life.run(data_dir, temp, debug))
        finally:
            diagnostics.close()
            life.close()
        from pizzagpt_desktop.ui.beside import all_ended

        if not (life.all_ended and all_ended()):
            # A plug-in clings to its task, or a thread takes long; all is saved, and neither is to be waited for.
            os._exit(0)
    return status


class Life:
    """One run of the program: a window, and another one after the chat file was put in order or is another one."""

    def __init__(self, diagnostics: Diagnostics, secrets: Secrets) -> None:
        self._diagnostics = diagnostics
        self._secrets = secrets
        self._places: Folders | None = None
        self._seat: Seat | None = None
        self.all_ended = True

    async def run(self, data_dir: Path | None, temp: bool, debug: bool) -> int:
        """Open windows until one is closed for good; the exit status."""
        try:
            unmade: Fault | None = None
            try:
                self._places = places = folders(data_dir, temp)
            except Fault as fault:
                if temp:
                    raise
                unmade = fault  # the window opens all the same, and says that nothing is kept
                self._places = places = folders(None, temp=True)
            self._diagnostics.start(places.log, debug)
            self._secrets.seal_in(places.keys)
            self._seat = await take_seat(places)
        except AlreadyOpen as other:
            return 0 if other.answered else await self._refuse(_already_open(places))
        except Fault as fault:
            return await self._refuse(fault)
        opened: Opened | Elsewhere | None
        if unmade is not None:
            log.info("nothing is saved: %s", unmade.detail)
            opened = without_folders(places, unmade)
        else:
            opened = await open_store(places)
        lies_open = ""
        while isinstance(opened, Opened):
            program = Program(places, self._diagnostics, self._secrets, opened, self._seat)
            program.open(lies_open)
            self.all_ended = await program.run()
            program.close()
            job = program.keeper.job if program.keeper is not None else None
            if job is None:
                return 0
            lies_open = program.window.desk.conversation.id
            opened = await open_store(places, job)
        if isinstance(opened, Elsewhere):
            self._diagnostics.close()
            self.close()
            return await self.run(opened.folder, False, debug)
        return 1

    async def _refuse(self, fault: Fault) -> int:
        log.info("cannot start: %s", fault.detail)
        await tell(fault)
        return 1

    def close(self) -> None:
        """Let go of the folders and of the place as their window."""
        if self._seat is not None:
            self._seat.close()
        if self._places is not None:
            self._places.close()
        self._seat = self._places = None


def _already_open(places: Folders) -> Fault:
    return Fault(
        FaultKind.STORAGE,
        f"The program is open already with the chats in {places.data}, and does not answer.",
        hint="Look for its window, or end it, and start again.",
    )
