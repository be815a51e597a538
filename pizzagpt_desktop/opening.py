"""Opens the chats for a window, whatever state they are in; with words and ways on where they cannot be used as they are.

Knows the store and the plain dialogs, not the window.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.storage.faults import SchemaTooNew, StoreDamaged
from pizzagpt_desktop.storage.store import SqliteSessionStore
from pizzagpt_desktop.ui.strings import fault_words

if TYPE_CHECKING:
    from pizzagpt_desktop.storage.backups import Goes
    from pizzagpt_desktop.storage.instance import Seat
    from pizzagpt_desktop.storage.paths import Folders

T = TypeVar("T")

FIRST_STARTS_S = 15.0
"""How long a second program waits for the first, which may be starting or ending, to answer or to go."""
_LOOK_S = 0.1
_SUSPICIOUS_BYTES = 100_000
"""An empty list in a file larger than this is not believed before the file is checked."""

log = logging.getLogger(__name__)


class Opened(NamedTuple):
    """words: what the window has to say of it, once. restorable: whether a backup should be offered with that.

    saves: whether what is said is kept.
    """

    store: SqliteSessionStore
    words: str = ""
    restorable: bool = False
    saves: bool = True


class Elsewhere(NamedTuple):
    """The user chose another data folder."""

    folder: Path


class AlreadyOpen(Exception):
    """The window of this folder is another program's; it was called. answered: whether it came."""

    def __init__(self, answered: bool) -> None:
        super().__init__()
        self.answered = answered


Job = Callable[["Folders", "Goes"], str]
"""What is to be done with the chat file between two windows, in a thread; the words to say then."""


def today() -> date:
    """The day, where the user is."""
    return datetime.now().astimezone().date()


async def take_seat(places: Folders) -> Seat:
    """The place as the only window of a data folder. Raises `AlreadyOpen` when another program has it."""
    from pizzagpt_desktop.storage import instance

    until = time.monotonic() + FIRST_STARTS_S
    while (seat := instance.take(places.data)) is None:
        call = instance.call_of(places.data)
        if call:
            from pizzagpt_desktop.ui.raising import ring  # the network of Qt, for a second program only

            if ring(call):
                raise AlreadyOpen(True)
        if time.monotonic() > until:
            raise AlreadyOpen(False)
        await asyncio.sleep(_LOOK_S)
    return seat


async def open_store(places: Folders, job: Job | None = None) -> Opened | Elsewhere | None:
    """The chats of `places`, after `job` was done; another folder; or None where the user wants to end."""
    words, restorable = "", False
    if job is not None:
        words = await _done(job, places, "The chats are put in order…")
    elif not places.chats.exists() and _has_backups(places):
        words = f"There was no chat file in {places.data}, so a new one was begun. There are backups of the old one."
        restorable = True
    while True:
        try:
            store = _opened(places.chats)
            if (aside := store.database.log_aside) is not None:
                words += f" A log of another file lay beside your chat file. It was not used, and is kept at {aside}"
                restorable = restorable or _has_backups(places)
            return Opened(store, words.strip(), restorable)
        except StoreDamaged as fault:
            log.info("the chat file is damaged: %s", fault.detail)
            choice = await _ask_about_damage(places, words)
            if choice == "quit":
                return None
            if choice == "recover":
                words = await _done(recover_job, places, "What can be read is being recovered…")
            elif path := await choose_backup(places):
                words = await _done(restore_job(Path(path)), places, "The backup is being restored…")
            restorable = False
        except SchemaTooNew as fault:
            log.info("cannot open: %s", fault.detail)
            choice = await _ask(
                "Your chats were made by a newer version.",
                f"{fault.detail} You can read them here, without anything being kept, or choose another folder.",
                (("read_only", "Open read-only"), ("elsewhere", "Choose another folder…"), ("quit", "Quit")),
            )
            if choice == "quit":
                return None
            if choice == "read_only":
                return _unsaved(places, "A newer version made this chat file.")
            if folder := await _choose_folder():
                return Elsewhere(Path(folder))
        except Fault as fault:
            log.info("cannot open: %s", fault.detail)
            if "Another program" not in fault.detail:
                return _unsaved(places, f"{fault.detail} {fault.hint}")
            choice = await _ask(fault.detail, fault.hint, (("again", "Try again"), ("quit", "Quit")))
            if choice == "quit":
                return None


def recover_job(places: Folders, goes: Goes) -> str:
    """Recover what can be read of the damaged chat file."""
    from pizzagpt_desktop.storage.recovery import recover

    return recover(places.chats, today(), goes).words()


def restore_job(chosen: Path) -> Job:
    """Put a backup in the place of the chat file."""

    def restore(places: Folders, goes: Goes) -> str:
        from pizzagpt_desktop.storage.backups import look_at, put_in_place, ready_copy

        ready = ready_copy(chosen, places.chats, goes)
        kept = put_in_place(ready, places.chats, "before-restore", today())
        count = look_at(places.chats).conversations
        words = f"The backup was restored: {count} conversation{'' if count == 1 else 's'}."
        return words if kept is None else f"{words} Your chats as they were are kept at {kept}"

    return restore


async def choose_backup(places: Folders, parent: Any = None) -> str:
    """The path of a backup that the user chooses, or ""."""
    from pizzagpt_desktop.storage.backups import backups, look_at
    from pizzagpt_desktop.ui.backups_dialog import BackupRow, BackupsDialog

    found = await in_thread(lambda: [look_at(path) for path in backups(places.chats)])
    rows = [BackupRow(str(one.path), one.day, one.conversations, _time_of(one.path)) for one in found]
    return await _answer(BackupsDialog(rows, parent))


def _time_of(path: Path) -> str:
    try:
        return f"{datetime.fromtimestamp(path.stat().st_mtime).astimezone():%H:%M}"
    except OSError:
        return ""


async def in_thread(work: Callable[[], T]) -> T:
    """What `work` returns or raises, done in a thread of its own while the loop turns."""
    from concurrent.futures import ThreadPoolExecutor

    executor = ThreadPoolExecutor(1, "storage")
    try:
        return await asyncio.wrap_future(executor.submit(work))
    finally:
        executor.shutdown(wait=False)


async def _done(job: Job, places: Folders, doing: str) -> str:
    """Do the job while a dialog says so; what to say then, also where it failed."""
    from pizzagpt_desktop.storage.backups import Cancelled
    from pizzagpt_desktop.ui.trouble_dialog import WorkDialog

    given_up = threading.Event()
    dialog = WorkDialog(doing)
    dialog.given_up.connect(given_up.set)
    dialog.open()
    try:
        return await in_thread(lambda: job(places, lambda: not given_up.is_set()))
    except Cancelled:
        return "Nothing was changed."
    except Fault as fault:
        log.info("%s %s", doing, fault.detail)
        words = fault_words(fault)
        return f"{words.title} {words.hint}"
    finally:
        dialog.end()
        dialog.deleteLater()


def _opened(chats: Path) -> SqliteSessionStore:
    store = SqliteSessionStore(chats)
    try:
        store.interrupt_abandoned()
        store.revision()  # the window's first question
        if not store.conversations(1) and store.database.size() > _SUSPICIOUS_BYTES:
            store.database.verify()
    except Fault:
        store.close()
        raise
    return store


def _unsaved(places: Folders, why: str) -> Opened | None:
    from pizzagpt_desktop.storage.unsaved import UnsavedStore

    store = UnsavedStore(places.chats)
    shown = "" if store.shows_file or not places.chats.exists() else " Those of the file cannot be shown."
    words = (
        f"Chats cannot be saved here ({places.data}). {why}{shown}"
        " What is said in this window is gone when it is closed."
    )
    return Opened(store, " ".join(words.split()), saves=False)


def _has_backups(places: Folders) -> bool:
    if not (places.data / "backups").is_dir():
        return False
    from pizzagpt_desktop.storage.backups import backups

    return bool(backups(places.chats))


async def _ask_about_damage(places: Folders, before: str) -> str:
    """before: what came of the last attempt."""
    return await _ask(
        "Your chat file is damaged.",
        f"{before} {places.chats} cannot be read as it is. Nothing in it has been changed. What can be read can be"
        " saved into a new file; the damaged one is kept beside it.".strip(),
        (
            ("recover", "Recover what can be read"),
            ("restore", "Restore a backup…"),
            ("quit", "Quit"),
        ),
    )


async def _ask(title: str, words: str, ways: tuple[tuple[str, str], ...]) -> str:
    from pizzagpt_desktop.ui.trouble_dialog import TroubleDialog

    return await _answer(TroubleDialog(title, words, ways), f"{title} {words}")


async def tell(fault: Fault) -> None:
    """Say in a plain dialog why there is no window."""
    words = fault_words(fault)
    await _ask(words.title, words.hint, (("quit", "Quit"),))


async def _choose_folder() -> str:
    from pizzagpt_desktop.ui.folder_dialog import FolderDialog

    return await _answer(FolderDialog())


async def _answer(dialog: Any, said: str = "") -> str:
    """Open a dialog and wait for what it says was `chosen`; a request to end closes it.

    said: its words, for whoever started the program from a terminal.
    """
    from pizzagpt_desktop.ui.application import listen_to_signals

    answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def on_chosen(choice: str) -> None:
        if not answered.done():
            answered.set_result(choice)

    dialog.chosen.connect(on_chosen)
    stop_listening = listen_to_signals(dialog.reject)
    if said and sys.stderr is not None:
        sys.stderr.write(f"pizzagpt-desktop: {' '.join(said.split())}\n")
        sys.stderr.flush()
    dialog.open()
    try:
        return await answered
    finally:
        stop_listening()
        dialog.deleteLater()
