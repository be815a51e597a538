"""Five hundred ways to damage a chat file and what lies beside it, all from one seed; knows no way to mend it."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path

PAGE = 4096
Random = random.Random


def flip(rnd: Random, data: bytearray) -> str:
    """A few bits are others."""
    count = rnd.choice((1, 1, 2, 8, 64, 512))
    for _ in range(count):
        data[rnd.randrange(len(data))] ^= 1 << rnd.randrange(8)
    return f"{count} bits flipped"


def flip_head(rnd: Random, data: bytearray) -> str:
    """A bit in the first hundred bytes is another."""
    at = rnd.randrange(min(100, len(data)))
    data[at] ^= 1 << rnd.randrange(8)
    return f"a bit of byte {at} flipped"


def flip_structure(rnd: Random, data: bytearray) -> str:
    """A byte at the beginning of a page, where its order is written."""
    at = rnd.randrange(max(1, len(data) // PAGE)) * PAGE + rnd.randrange(12)
    data[at % len(data)] = rnd.randrange(256)
    return f"byte {at} overwritten"


def cut(rnd: Random, data: bytearray) -> str:
    """The end is missing."""
    size = rnd.choice(
        (0, 1, 99, 100, 512, PAGE, rnd.randrange(len(data)), rnd.randrange(len(data)) // PAGE * PAGE)
    )
    del data[size:]
    return f"cut to {size} bytes"


def blank(rnd: Random, data: bytearray) -> str:
    """A stretch of zeros."""
    at, length = rnd.randrange(len(data)), rnd.choice((16, 512, PAGE, 16 * PAGE))
    length = min(length, len(data) - at)
    data[at : at + length] = bytes(length)
    return f"{length} zeros at {at}"


def blank_page(rnd: Random, data: bytearray) -> str:
    """A page, the first included, is lost."""
    at = rnd.randrange(max(1, len(data) // PAGE)) * PAGE
    length = min(PAGE, len(data) - at)
    data[at : at + length] = bytes(length)
    return f"zeros in place of page {at // PAGE + 1}"


def wrong_page(rnd: Random, data: bytearray) -> str:
    """One page stands in another's place."""
    pages = max(1, len(data) // PAGE)
    here, there = rnd.randrange(pages) * PAGE, rnd.randrange(pages) * PAGE
    data[here : here + PAGE] = data[there : there + PAGE]
    return f"page {there // PAGE + 1} in place of page {here // PAGE + 1}"


def noise(rnd: Random, data: bytearray) -> str:
    """A stretch of something else."""
    at, length = rnd.randrange(len(data)), rnd.choice((100, PAGE, 8 * PAGE))
    length = min(length, len(data) - at)
    data[at : at + length] = rnd.randbytes(length)
    return f"{length} bytes of noise at {at}"


def other_file(rnd: Random, data: bytearray) -> str:
    """The whole file is another one."""
    size = rnd.randrange(1, 20_000)
    data[:] = b"<!doctype html>" * (size // 15) if rnd.random() < 0.5 else rnd.randbytes(size)
    return f"{size} bytes of another kind"


def longer(rnd: Random, data: bytearray) -> str:
    """Something stands behind the end."""
    data += rnd.randbytes(rnd.choice((1, 100, PAGE, 5 * PAGE)))
    return "longer than it was"


BYTES: Sequence[Callable[[Random, bytearray], str]] = (
    flip, flip, flip_head, flip_structure, flip_structure, cut, blank, blank_page, blank_page, wrong_page, noise,
    other_file, longer,
)  # fmt: skip


def damage(rnd: Random, file: Path, foreign: Path) -> str:
    """Damage one of the files of a chat file, in words. foreign: another chat file, whose log is taken."""
    end = rnd.choice(("", "", "", "", "", "-wal", "-wal", "-shm"))
    path = file.with_name(file.name + end)
    if end and (rnd.random() < 0.4 or not path.exists() or not path.stat().st_size):
        if rnd.random() < 0.5:
            path.unlink(missing_ok=True)
            return f"{end} missing"
        path.write_bytes(foreign.with_name(foreign.name + end).read_bytes())
        return f"{end} of another file"
    data = bytearray(path.read_bytes())
    words = rnd.choice(BYTES)(rnd, data)
    path.write_bytes(data)
    return f"{end or 'file'}: {words}"
