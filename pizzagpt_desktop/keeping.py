"""What the program does for the chat file beside the chat: daily backups, other programs' writes, trouble with the disk.

Begins when the window has been painted and everything is loaded. Knows the store, the chat and the window's notices.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.chat import events
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.opening import Job, choose_backup, in_thread, recover_job, restore_job, today
from pizzagpt_desktop.storage import backups
from pizzagpt_desktop.storage.faults import StoreDamaged
from pizzagpt_desktop.ui.raising import Bell, raise_window
from pizzagpt_desktop.ui.strings import fault_words

if TYPE_CHECKING:
    from datetime import date

    from pizzagpt_desktop.chat.announcer import Announcer
    from pizzagpt_desktop.chat.library import Library
    from pizzagpt_desktop.chat.service import ChatService
    from pizzagpt_desktop.chat.tasks import TaskScope
    from pizzagpt_desktop.domain.preferences import Live, Preferences
    from pizzagpt_desktop.opening import Opened
    from pizzagpt_desktop.storage.instance import Seat
    from pizzagpt_desktop.storage.paths import Folders
    from pizzagpt_desktop.ui.main_window import MainWindow

LOOK_S = 1.0
"""How often it is looked whether another program wrote, and whether the file is still there."""
SOON_S = 0.02
"""How soon again while there is more to show of what it wrote."""
FIRST_BACKUP_S = 20.0
"""How long after the start the first daily backup is made, at the earliest."""
BACKUP_LOOK_S = 600.0

log = logging.getLogger(__name__)


class Keeper:
    """One for each window; `end` when it is closed."""

    def __init__(
        self,
        opened: Opened,
        places: Folders,
        seat: Seat,
        window: MainWindow,
        library: Library,
        service: ChatService,
        announcer: Announcer,
        preferences: Live[Preferences],
        scope: TaskScope,
        clock: Callable[[], date] = today,
    ) -> None:
        """clock: which day it is; the timers do not believe it, so it may be set or the computer sleep meanwhile."""
        self._clock = clock
        self._opened = opened
        self._store = opened.store
        self._places = places
        self._seat = seat
        self._window = window
        self._library = library
        self._service = service
        self._preferences = preferences
        self._scope = scope
        self._goes = True
        self._busy = False
        self._saving_fails = False
        self._told_damage = False
        self._job: Job | None = None
        self._loop = asyncio.get_running_loop()
        self._unsubscribe = announcer.subscribe(self._on_event)
        window.backup_asked.connect(self.back_up_now)
        window.restore_asked.connect(self.restore)
        self._bell = Bell(_server_name(places.data), window)
        self._bell.rung.connect(lambda token: raise_window(window, token))
        seat.say(self._bell.call)
        self._timers = {"look": self._loop.call_later(LOOK_S, self._look)}
        if opened.saves and not places.temporary:
            self._timers["backup"] = self._loop.call_later(FIRST_BACKUP_S, self._back_up_daily)
        self._say_first()

    @property
    def job(self) -> Job | None:
        """What is to be done with the chat file now that the window is closed; then a window opens again."""
        return self._job

    def end(self) -> Job | None:
        """Look after nothing any more; the `job`."""
        self._goes = False
        self._seat.say("")
        self._bell.end()
        self._unsubscribe()
        for timer in self._timers.values():
            timer.cancel()
        return self._job

    # Commands

    def back_up_now(self) -> None:
        """Make a backup, and say where it is."""
        self._spawn(self._back_up(told=True), "backup")

    def restore(self) -> None:
        """Let the user choose a backup; the window comes back with it."""
        self._spawn(self._restore(), "restore")

    def recover(self) -> None:
        """Close the window, recover, and open it again."""
        self._close_for(recover_job)

    # What is looked after

    def _look(self) -> None:
        self._timers["look"] = self._loop.call_later(LOOK_S, self._look)
        database = self._store.database
        if not database.in_place():
            self._spawn(self._save_anew(), "saving anew")
        elif self._saving_fails:
            try:
                database.try_write()
            except Fault as fault:
                log.debug("still not saving: %s", fault.detail)
            else:
                self._service.save_rest()
        if self._window.isVisible() and not self._window.isMinimized():
            try:
                if self._library.refresh():
                    self._timers["look"].cancel()
                    self._timers["look"] = self._loop.call_later(SOON_S, self._look)
            except Fault as fault:
                log.info("cannot look for changes: %s", fault.detail)
        if database.damage is not None and not self._told_damage:
            self._tell_damage()

    def _on_event(self, event: events.Event) -> None:
        if isinstance(event, events.SavingFailed):
            self._saving_fails = True
        elif isinstance(event, events.SavingResumed):
            self._saving_fails = False

    def _say_first(self) -> None:
        if self._opened.words:
            offers = [("Restore backup…", self.restore)] if self._opened.restorable else []
            icon = "info" if self._opened.saves else "warning"
            self._window.notify("chats", self._opened.words, offers, icon=icon)
        elif words := _hint(self._places, self._store.database.has_log or not self._opened.saves):
            self._window.notify("folder", words)

    def _tell_damage(self) -> None:
        self._told_damage = True
        self._window.page.notices.withdraw("storage")
        self._window.notify(
            "damaged",
            "Your chat file is damaged. Nothing in it was changed; what can be read can be saved into a new file.",
            [("Recover", self.recover), ("Restore backup…", self.restore)],
            icon="warning",
        )

    # Work beside the window

    def _back_up_daily(self) -> None:
        self._timers["backup"] = self._loop.call_later(BACKUP_LOOK_S, self._back_up_daily)
        if self._preferences.value.backups_kept:
            self._spawn(self._back_up(told=False), "daily backup")

    async def _back_up(self, told: bool) -> None:
        chats, kept = self._places.chats, self._preferences.value.backups_kept
        if told and not self._opened.saves:
            self._window.notify(
                "backup", "These chats are not saved, so there is nothing to back up.", seconds=10
            )
            return

        day = self._clock()

        def work() -> Path | None:
            # An empty store needs no backup; its backups would in time replace those of a full one.
            if not told and not (backups.is_due(chats, day) and backups.look_at(chats).messages):
                return None
            made = backups.back_up(chats, day, lambda: self._goes)
            if not told:
                backups.prune(chats, kept, day)
            return made

        try:
            made = await in_thread(work)
        except backups.Cancelled:
            return
        except StoreDamaged as fault:
            self._store.database.damage = fault
            return
        except Fault as fault:
            words = fault_words(fault)
            log.info("no backup was made: %s", fault.detail)
            self._window.notify("backup", f"No backup was made. {words.title} {words.hint}", icon="warning")
            return
        if told and made is not None:
            self._window.notify("backup", f"Backed up to {made}", icon="check")

    async def _restore(self) -> None:
        if path := await choose_backup(self._places, self._window):
            self._close_for(restore_job(Path(path)))

    async def _save_anew(self) -> None:
        database = self._store.database
        self._window.notify("gone", "The chat file is gone. Saving to a new one.", icon="warning")
        try:
            whole, aside = await in_thread(lambda: database.save_anew(self._clock()))
            database.begin_anew()
            self._seat.renew(self._places.data)
            self._seat.say(self._bell.call)
        except Fault as fault:
            words = fault_words(fault)
            self._window.notify("gone", f"The chat file is gone. {words.title} {words.hint}", icon="warning")
            return
        text = f"The chat file was gone. Everything was saved to a new one at {database.path}"
        if not whole:
            text = f"The chat file was gone. A new one was begun at {database.path}"
        if aside is not None:
            text = f"Another file was in the place of the chat file; it is kept at {aside} Your chats are saved again."
        self._window.notify("gone", text, [("Restore backup…", self.restore)], icon="warning")
        self._service.save_rest()

    def _close_for(self, job: Job) -> None:
        self._job = job
        self._window.close()

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """One thing at a time: the second is dropped."""
        if self._busy or not self._goes:
            work.close()
            return
        self._busy = True

        async def alone() -> None:
            try:
                await work
            finally:
                self._busy = False

        self._scope.spawn(alone(), name)


def _server_name(data: Path) -> str:
    """One for each data folder and user."""
    user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    told = f"{os.path.realpath(data)}\0{user}".encode("utf-8", "surrogateescape")
    return f"pizzagpt-desktop-{hashlib.sha256(told).hexdigest()[:24]}"


_SYNCHRONISED = (
    "dropbox",
    "onedrive",
    "icloud",
    "nextcloud",
    "owncloud",
    "google drive",
    "syncthing",
    "mobile documents",
)


def _hint(places: Folders, has_log: bool) -> str:
    """What to know of the folder, once for each; "" where there is nothing, or it was said."""
    synchronised = any(name in part.lower() for part in places.data.parts for name in _SYNCHRONISED)
    if has_log and not synchronised:
        return ""
    mark = places.data / "hint-was-given"
    if mark.exists():
        return ""
    try:
        mark.touch(0o600)
    except OSError:
        return ""
    return "This folder is synchronised or shared; keep the program closed on the other computer."
