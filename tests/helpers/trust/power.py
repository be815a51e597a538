"""A power cut, from a log of all changes: what a disk may hold when the current goes at any moment.

What was synced is there. Of what was not, each write may have arrived or not, in any order, and of the sectors of one
write some may be missing. A new name, a removed or changed one is sure only when its folder was synced; names change
in their order. Knows no database.
"""

import random
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HEAD = struct.Struct("<cIQQ")
SECTOR = 512


class Change(NamedTuple):
    """One line of the log. op: W write, T truncate, S sync, C create, U unlink, R rename, M words in between."""

    op: str
    path: str
    at: int
    data: bytes


def changes(log: Path) -> Iterator[Change]:
    """The log of `Trouble.log`, in order."""
    data = log.read_bytes()
    position = 0
    while position < len(data):
        op, path_length, at, length = HEAD.unpack_from(data, position)
        position += HEAD.size
        path = data[position : position + path_length].decode()
        position += path_length
        held = length if op in b"WR" else 0
        yield Change(op.decode(), path, at, data[position : position + held])
        position += held


class _File:
    """synced: what is sure. waiting: writes and truncations since the last sync."""

    def __init__(self) -> None:
        self.synced = bytearray()
        self.waiting: list[tuple[int, bytes | None]] = []

    def sync(self) -> None:
        for change in self.waiting:
            _apply(self.synced, change)
        self.waiting.clear()

    def survived(self, rnd: random.Random, luck: float) -> bytes:
        content = bytearray(self.synced)
        for at, data in self.waiting:
            if data is None or luck in (0.0, 1.0):
                if rnd.random() < luck:
                    _apply(content, (at, data))
                continue
            for sector in range(0, len(data), SECTOR):
                if rnd.random() < luck:
                    _apply(content, (at + sector, data[sector : sector + SECTOR]))
        return bytes(content)


def _apply(content: bytearray, change: tuple[int, bytes | None]) -> None:
    at, data = change
    if data is None:
        del content[at:]
        at, data = at, b""
    if len(content) < at:
        content.extend(bytes(at - len(content)))
    content[at : at + len(data)] = data


class Disk:
    """The files below one folder as they may be after a cut."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, _File] = {}
        self._sure: dict[str, _File] = {}
        self._renamed: list[tuple[str, str, _File | None]] = []

    def take(self, change: Change) -> None:
        """One more change of the log."""
        path = change.path
        if change.op == "S":
            if path in self._names:
                self._names[path].sync()
            else:
                self._sync_names(path)
        elif change.op == "C":
            self._name(path, _File())
        elif change.op == "U":
            self._name(path, None)
        elif change.op == "R":
            moved = self._names[path]
            self._name(change.data.decode(), moved)
            self._name(path, None)
        elif change.op in "WT":
            file = self._names.get(path)
            if file is not None:  # a file without a name is lost in any case
                file.waiting.append((change.at, change.data if change.op == "W" else None))

    def _name(self, path: str, file: _File | None) -> None:
        if file is None:
            self._names.pop(path, None)
        else:
            self._names[path] = file
        self._renamed.append((str(Path(path).parent), path, file))

    def _sync_names(self, folder: str) -> None:
        for entry in self._renamed:
            if entry[0] == folder:
                _rename(self._sure, entry)
        self._renamed = [entry for entry in self._renamed if entry[0] != folder]

    def after_a_cut(self, rnd: random.Random, luck: float, target: Path) -> None:
        """Write what is left into a new folder. luck: how likely an unsynced sector has arrived; 0, 1 or between."""
        names = dict(self._sure)
        arrived = round(luck) if luck in (0.0, 1.0) else rnd.random()
        for entry in self._renamed[: round(arrived * len(self._renamed))]:
            _rename(names, entry)
        target.mkdir()
        for path, file in names.items():
            place = target / Path(path).relative_to(self._folder)
            if place.suffix == ".lock" or place.name.endswith("-shm"):
                continue  # locks and shared memory end with the machine
            place.parent.mkdir(exist_ok=True, parents=True)
            place.write_bytes(file.survived(rnd, luck))


def _rename(names: dict[str, _File], entry: tuple[str, str, _File | None]) -> None:
    _, path, file = entry
    if file is None:
        names.pop(path, None)
    else:
        names[path] = file
