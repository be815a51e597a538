"""The commands for the chat file as a whole: backup, restore, recover; knows no conversation and no service.

A backup is made beside an open window. Putting another file in the chat file's place is not: the words say so.
"""

import argparse
import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pizzagpt_desktop.console import Out, complain
from pizzagpt_desktop.domain.faults import Fault, FaultKind

if TYPE_CHECKING:
    from pizzagpt_desktop.storage.paths import Folders

COMMANDS = ("backup", "restore", "recover")


def add_parsers(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line's."""
    parents = list(parents)
    save = commands.add_parser(
        "backup", parents=parents, allow_abbrev=False, help="copy all chats, checked, and print where"
    )
    save.add_argument(
        "file", metavar="FILE", type=Path, nargs="?", help="instead of a dated one among the backups"
    )
    back = commands.add_parser(
        "restore", parents=parents, allow_abbrev=False, help="put a backup in the place of the chats"
    )
    back.epilog = "The chats as they are now are kept beside, under the name that is printed."
    back.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        nargs="?",
        help="a backup, by its path or its name; without: which there are",
    )
    commands.add_parser(
        "recover",
        parents=parents,
        allow_abbrev=False,
        help="save what can be read of a damaged chat file",
    ).epilog = "The damaged file is kept beside, under the name that is printed."


def run(options: argparse.Namespace, places: "Folders", out: Out) -> None:
    """Do one of `COMMANDS`. Raises `Fault` with words where it cannot be done."""
    match options.command:
        case "backup":
            _back_up(options, places.chats, out)
        case "restore" if options.file is None:
            _list(options, places.chats, out)
        case "restore":
            with _alone(places.data):
                _restore(options, places.chats, out)
        case "recover":
            with _alone(places.data):
                _recover(options, places.chats, out)


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    """No window has the chats open, nor is any opened meanwhile."""
    from pizzagpt_desktop.storage.instance import take

    seat = take(data)
    if seat is None:
        raise Fault(
            FaultKind.STORAGE,
            "The chats are open in a window.",
            hint="Close the window first, or use the commands in its menu.",
        )
    try:
        yield
    finally:
        seat.close()


def _back_up(options: argparse.Namespace, chats: Path, out: Out) -> None:
    from pizzagpt_desktop.storage.backups import back_up, copy_checked, look_at

    if not chats.exists():
        raise _no_chats(chats)
    today = datetime.now().astimezone().date()
    if options.file is None:
        made = back_up(chats, today)
    else:
        made = options.file.absolute()
        with contextlib.suppress(OSError):  # the copy itself finds words for it
            made = made / f"chats-{today.isoformat()}.db" if made.is_dir() else made
        _refuse_other_files(made, chats)
        copy_checked(chats, made)
    if options.json:
        found = look_at(made)
        out.json({"backup": str(made), "conversations": found.conversations, "messages": found.messages})
    else:
        out.line(str(made))


def _no_chats(chats: Path) -> Fault:
    return Fault(
        FaultKind.STORAGE,
        f"There are no chats in {str(chats.parent)!r} yet.",
        hint="Another folder is named with --data-dir.",
    )


def _refuse_other_files(target: Path, chats: Path) -> None:
    """An older backup may be replaced, when the new one is whole; nothing else may."""
    try:
        if target.exists() and target.samefile(chats):
            raise Fault(
                FaultKind.STORAGE, f"{str(target)!r} is the chat file itself.", hint="Name another file."
            )
        with target.open("rb") as file:
            head = file.read(16)
    except (OSError, ValueError):
        return
    if head not in (b"", b"SQLite format 3\0"):
        raise Fault(
            FaultKind.STORAGE, f"{str(target)!r} is another file, and no backup.", hint="Name another file."
        )


def _list(options: argparse.Namespace, chats: Path, out: Out) -> None:
    """The backups there are, the newest first."""
    from pizzagpt_desktop.storage.backups import backups, look_at

    found = [look_at(path) for path in backups(chats)]
    if options.json:
        out.json(
            [
                {"backup": str(one.path), "conversations": one.conversations, "messages": one.messages}
                for one in found
            ]
        )
        return
    for one in found:
        held = f"{one.conversations} conversations, {one.messages} messages"
        out.line(f"{one.path.name}  {held if one.messages >= 0 else 'cannot be read'}")
    if not found:
        complain("There are no backups yet. `backup` makes one.")


def _restore(options: argparse.Namespace, chats: Path, out: Out) -> None:
    from pizzagpt_desktop.storage.backups import backups_folder, look_at, put_in_place, ready_copy

    chosen = options.file
    with contextlib.suppress(OSError):  # `ready_copy` finds words for it
        named = backups_folder(chats) / chosen.name
        if chosen.name == str(chosen) and not chosen.exists() and named.is_file():
            chosen = named
    ready = ready_copy(chosen, chats)
    kept = put_in_place(ready, chats, "before-restore", datetime.now().astimezone().date())
    found = look_at(chats)
    if options.json:
        out.json(
            {
                "restored": str(chosen),
                "conversations": found.conversations,
                "messages": found.messages,
                "kept": None if kept is None else str(kept),
            }
        )
        return
    out.line(f"Restored: {found.conversations} conversations, {found.messages} messages.")
    if kept is not None:
        out.line(f"The chats as they were are kept at {kept}")


def _recover(options: argparse.Namespace, chats: Path, out: Out) -> None:
    from pizzagpt_desktop.storage.recovery import recover

    if not chats.exists():
        raise _no_chats(chats)
    found = recover(chats, datetime.now().astimezone().date())
    if options.json:
        out.json(found.facts())
    else:
        out.line(found.words())
