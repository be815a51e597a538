"""Fetching a model file: by the user's route, resumed where it broke off, and used only if every byte is the right one.

Knows no window and no catalogue. What is not whole yet is called `NAME.part`, and `NAME.part.json` beside it says of
what it is a part; both outlive the program. No key and no word of a conversation is ever in these requests.
"""

import asyncio
import contextlib
import errno
import hashlib
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin

from pizzagpt_desktop import __version__
from pizzagpt_desktop.domain.addresses import shown_host_words
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.engine.catalogue import Wanted, checked_url
from pizzagpt_desktop.engine.gguf import NotAModel, read_head
from pizzagpt_desktop.engine.words import amount
from pizzagpt_desktop.network.http import Answer, Limits, open_http
from pizzagpt_desktop.network.route import Proxy
from pizzagpt_desktop.network.tls import Terms

PART = ".part"
MOST_DETOURS = 5
TRIES = 5
"""So often in a row a broken line is taken up again without a byte having come in between."""
ROOM_LEFT = 64 * 1024 * 1024
"""Bytes that stay free on the disk."""
WRITE_BYTES = 1024 * 1024
TELL_S = 0.2
_HASH_BYTES = 4 * 1024 * 1024
_AGAIN_S = 1.0
_LIMITS = Limits(connect_s=15.0, first_byte_s=60.0, silence_s=60.0)
_AGENT = f"PizzaGPT-Desktop/{__version__}"

Way = Callable[[str], "tuple[Proxy | None, Terms | None]"]
"""The proxy and the terms for a request to an address; raises Fault where it may not be asked."""


@dataclass(frozen=True, slots=True)
class Progress:
    """done, total: bytes; total 0 where it is not known. rate: bytes a second lately. checking: it is being verified."""

    done: int
    total: int
    rate: float = 0.0
    checking: bool = False

    @property
    def left_s(self) -> float | None:
        """Seconds left at this rate, None where that cannot be told."""
        return (self.total - self.done) / self.rate if self.rate > 0 and self.total else None


@dataclass(frozen=True, slots=True)
class Part:
    """A file that is not whole yet. done: bytes. tag: what the server called this version of it."""

    wanted: Wanted
    done: int
    tag: str = ""


def parts_in(folder: Path) -> list[Part]:
    """What was begun in `folder` and is not whole, by name."""
    found = []
    with contextlib.suppress(OSError):
        for path in sorted(folder.glob(f"*{PART}.json")):
            part = _read_part(path.with_suffix(""))
            if part is not None:
                found.append(part)
    return found


def drop(folder: Path, file: str) -> None:
    """Forget what was begun of `file`."""
    part = folder / (file + PART)
    for path in (part, _note(part)):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


async def fetch(
    wanted: Wanted, folder: Path, way: Way, tell: Callable[[Progress], None], wait_s: float = _AGAIN_S
) -> Path:
    """Fetch `wanted` into `folder`, going on with what is there of it; the whole, verified file.

    Raises Fault; what has come is kept but where it is wrong. Cancel it to pause. wait_s: before a broken line is
    taken up again.
    """
    target, part = folder / wanted.file, folder / (wanted.file + PART)
    _make(folder, wanted)
    tries = 0
    while True:
        before = _size(part)
        try:
            wanted = await _some_more(wanted, part, way, tell)
            break
        except Fault as fault:
            if fault.kind not in (FaultKind.NETWORK, FaultKind.TIME_OUT, FaultKind.SERVER):
                raise
            tries = 0 if _size(part) > before else tries + 1
            if tries >= TRIES:
                raise
            await asyncio.sleep(wait_s)
    await _verify(wanted, part, tell)
    try:
        part.replace(target)
        _note(part).replace(target.with_name(target.name + ".json"))  # the hash stays pinned beside the file
    except OSError as error:
        raise _disk_fault(error, wanted) from error
    return target


def _make(folder: Path, wanted: Wanted) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _disk_fault(error, wanted) from error


async def _some_more(wanted: Wanted, part: Path, way: Way, tell: Callable[[Progress], None]) -> Wanted:
    """One request, written to the end; `wanted` with its size, now that it is known."""
    known = _read_part(part)
    if known is not None and (known.wanted.url, known.wanted.sha256) != (wanted.url, wanted.sha256):
        known = None  # of another file that was called the same
    tag = known.tag if known is not None else ""
    # Without a name for the version and without a check sum, two versions could end up in one file.
    have = known.done if known is not None and (tag or wanted.sha256) else 0
    total = wanted.size or (known.wanted.size if known is not None else 0)
    if total and have == total:
        return replace(wanted, size=total)
    headers = {"User-Agent": _AGENT, "Accept": "*/*"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if tag:
            headers["If-Range"] = tag
    async with _asked(wanted.url, headers, way) as answer:
        if answer.status == 416 and have:
            drop(part.parent, wanted.file)  # the file there is shorter than what we have: it is another one
            raise Fault(FaultKind.SERVER, "The file on the server is another one now.")
        begins = _begins_at(answer, have)
        size = begins + _length(answer)
        if wanted.size and size > begins and size != wanted.size:
            raise _does_not_match(
                wanted, f"it has {amount(size)} there, and {amount(wanted.size)} were expected"
            )
        total = wanted.size or (size if size > begins else 0)
        begun = replace(wanted, size=total)
        _check_room(part.parent, total - begins, wanted)
        await _write(begun, part, begins, answer, tell)
    if total and _size(part) != total:
        raise Fault(FaultKind.NETWORK, "The line broke off before the file was whole.")
    return replace(begun, size=total or _size(part))


async def _write(
    wanted: Wanted, part: Path, begins: int, answer: Answer, tell: Callable[[Progress], None]
) -> None:
    clock = asyncio.get_running_loop().time
    rate, told, at, done = 0.0, clock(), begins, begins
    held: list[bytes] = []
    held_bytes = 0
    tell(Progress(done, wanted.size))
    try:
        _write_note(part, wanted, _version(answer))
        with part.open("r+b" if begins else "wb") as file:
            file.truncate(begins)
            file.seek(begins)
            try:
                while piece := await answer.read():
                    answer.progressed()
                    held.append(piece)
                    held_bytes += len(piece)
                    done += len(piece)
                    if wanted.size and done > wanted.size:
                        held.clear()
                        raise _does_not_match(wanted, "more comes than was said")
                    if held_bytes >= WRITE_BYTES:
                        lump, held, held_bytes = b"".join(held), [], 0
                        await _written(file, lump)
                        tell(Progress(done, wanted.size, rate))
                        if not wanted.size:
                            _check_room(part.parent, 0, wanted)
                    now = clock()
                    if now - told >= TELL_S:
                        lately = (done - at) / (now - told)
                        rate = lately if not rate else 0.8 * rate + 0.2 * lately
                        told, at = now, done
                        tell(Progress(done, wanted.size, rate))
            finally:
                file.write(b"".join(held))  # at most WRITE_BYTES, also where the line broke or it was paused
    except OSError as error:
        raise _disk_fault(error, wanted) from error
    tell(Progress(done, wanted.size or done, rate))


async def _written(file: BinaryIO, lump: bytes) -> None:
    """Write beside the loop: a busy disk may take its time. What was begun is written, also when this is cancelled."""
    writing = asyncio.get_running_loop().run_in_executor(None, file.write, lump)
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait({writing})
        raise


@asynccontextmanager
async def _asked(url: str, headers: dict[str, str], way: Way) -> AsyncIterator[Answer]:
    """The answer of a file's server, and of those it sends on to: only https, or this computer, all the way."""
    for _ in range(MOST_DETOURS + 1):
        proxy, terms = way(url)
        async with open_http(
            "GET", url, headers=headers, proxy=proxy, terms=terms, limits=_LIMITS, detours=True
        ) as answer:
            if answer.status in (301, 302, 303, 307, 308):
                url = _detour(url, answer)
                continue
            if answer.status not in (200, 206, 416):
                raise _refused(url, answer)
            yield answer
            return
    raise Fault(
        FaultKind.REDIRECT, f"{shown_host_words(url)} sends from one address to the next without end."
    )


def _version(answer: Answer) -> str:
    """What tells one version of a file from the next, as `If-Range` takes it: a strong ETag, or a date."""
    tag = answer.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", "")


def _detour(url: str, answer: Answer) -> str:
    try:
        target = checked_url(urljoin(url, answer.headers.get("Location", "").strip()))
    except ValueError as error:
        raise Fault(
            FaultKind.REDIRECT, f"{shown_host_words(url)} sends on to an address that is not used. {error}"
        ) from None
    if url.startswith("https:") and not target.startswith("https:"):
        raise Fault(FaultKind.REDIRECT, f"{shown_host_words(url)} sends on to an address without https.")
    return target


def _refused(url: str, answer: Answer) -> Fault:
    host, status = shown_host_words(url), f"{answer.status} {answer.reason}".strip()
    if answer.status in (404, 410):
        return Fault(FaultKind.NOT_FOUND, f"{host} does not have this file any more ({status}).")
    if answer.status in (401, 403):
        return Fault(
            FaultKind.FORBIDDEN, f"{host} gives this file only to people who are signed in ({status})."
        )
    if answer.status == 429 or answer.status >= 500:
        return Fault(FaultKind.SERVER, f"{host} cannot send the file just now ({status}).")
    return Fault(FaultKind.UNEXPECTED_ANSWER, f"{host} answered {status} in place of the file.")


def _begins_at(answer: Answer, have: int) -> int:
    """From which byte on the answer goes: 0 where the server sends all of it, as it does for a file that changed."""
    if answer.status != 206:
        return 0
    span = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    if span != str(have):
        raise Fault(FaultKind.UNEXPECTED_ANSWER, "The server sent another piece than was asked for.")
    return have


def _length(answer: Answer) -> int:
    text = answer.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


async def _verify(wanted: Wanted, part: Path, tell: Callable[[Progress], None]) -> None:
    """Every byte, and the head: nothing is used before. A file that is wrong is removed."""
    loop = asyncio.get_running_loop()
    expected = wanted.sha256 or _pinned(part, wanted.url)

    def show(done: int) -> None:
        loop.call_soon_threadsafe(tell, Progress(done, wanted.size, checking=True))

    try:
        found = await asyncio.to_thread(_sha256, part, show)
    except OSError as error:
        raise _disk_fault(error, wanted) from error
    if expected and found != expected:
        drop(part.parent, wanted.file)
        raise _does_not_match(wanted, "its check sum is another one")
    try:
        await asyncio.to_thread(read_head, part)
    except NotAModel as refusal:
        drop(part.parent, wanted.file)
        raise Fault(FaultKind.UNEXPECTED_ANSWER, f"{refusal} It was not kept.") from None
    try:
        _write_note(part, replace(wanted, sha256=found), "")
    except OSError as error:
        raise _disk_fault(error, wanted) from error


def _sha256(path: Path, show: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as file:
        while piece := file.read(_HASH_BYTES):
            digest.update(piece)
            done += len(piece)
            show(done)
    return digest.hexdigest()


def _does_not_match(wanted: Wanted, why: str) -> Fault:
    return Fault(
        FaultKind.DAMAGED,
        f"The file does not match what was expected of {wanted.file}: {why}. It was not used.",
        hint="Fetch it again. If it stays so, the file on the server was changed.",
    )


def _check_room(folder: Path, more: int, wanted: Wanted) -> None:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise _disk_fault(error, wanted) from error
    if free < max(0, more) + ROOM_LEFT:
        raise Fault(
            FaultKind.STORAGE,
            f"There is not enough room for {wanted.file}: {amount(max(0, more) + ROOM_LEFT)} are needed,"
            f" {amount(free)} are free.",
            hint="Make room, then resume.",
        )


def _disk_fault(error: OSError, wanted: Wanted) -> Fault:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Fault(
            FaultKind.STORAGE,
            f"The disk is full. What came of {wanted.file} is kept.",
            hint="Make room, then resume.",
        )
    return Fault(FaultKind.STORAGE, f"{wanted.file} could not be written: {error.strerror}.")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _note(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _write_note(part: Path, wanted: Wanted, tag: str) -> None:
    said = {"url": wanted.url, "size": wanted.size, "sha256": wanted.sha256, "tag": tag}
    fresh = part.with_name(part.name + ".new")
    fresh.write_text(json.dumps(said), "utf-8")
    fresh.replace(_note(part))


def _read_part(part: Path) -> Part | None:
    said = _read_note(_note(part))
    try:
        wanted = Wanted(
            url=checked_url(str(said["url"])),
            file=part.name.removesuffix(PART),
            size=max(0, int(said["size"])),
            sha256=str(said["sha256"]),
        )
    except (KeyError, ValueError, TypeError):
        return None
    return Part(wanted, _size(part), str(said.get("tag", "")))


def _pinned(part: Path, url: str) -> str:
    """The SHA-256 that a file of this name and address had when it was fetched before."""
    said = _read_note(part.with_name(part.name.removesuffix(PART) + ".json"))
    return str(said.get("sha256", "")) if said.get("url") == url else ""


def _read_note(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
