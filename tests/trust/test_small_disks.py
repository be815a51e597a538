"""Chapter "small disks": 200 sizes of a disk that fills up while somebody chats; nothing is lost but what was told.

On the disk are chats from earlier days and so many pages of room. On every other one room is made when it is full:
saving goes on by itself. On the others the program is ended, and started, on the full disk.
"""

import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.trust.before import Before, judge
from tests.helpers.trust.small_disk import wrapper
from tests.helpers.trust.stage import End, Stage

SIZES = 200
PAGE = 4096
AMPLE = 64 * 1024 * 1024
IMPOSSIBLE = (
    "This machine lets nobody mount a disk, not even in a namespace of their own: the small disks were the shim's, "
    "which counts bytes and is no file system. Run it where `unshare --map-root-user --mount` works."
)


def fill(stage: Stage, before: Before, folder: Path, pages: int, planted: str, on_tmpfs: bool) -> None:
    """Chat until the disk is full and some more, and judge."""
    gets_room = pages % 2 == 0
    life: dict[str, Any] = {"room": pages * PAGE, "gets_room": gets_room, "planted": planted}
    if not on_tmpfs:
        file, diary = before.copy_to(folder / "now")
        end = stage.play("chat", file=file, **life)
        told_in_time(end, gets_room)
        judge(stage, file, diary, end)
        return
    disk = folder / "disk"
    disk.mkdir(exist_ok=True)
    _, diary = before.copy_to(folder / "now")
    used = sum(
        -(-path.stat().st_size // PAGE) * PAGE for path in before.file.parent.iterdir() if path.is_file()
    )
    played(stage, "mount", folder=disk, size=used + pages * PAGE)
    try:
        played(stage, "copy", source=before.file.parent, target=disk)
        end = stage.play("chat", file=disk / "chats.db", disk=disk, **life)
        told_in_time(end, gets_room)
        if not gets_room:
            played(stage, "start", file=disk / "chats.db", may_refuse=True)
        played(stage, "mount", folder=disk, size=AMPLE)
        played(stage, "start", file=disk / "chats.db")
        played(stage, "copy", source=disk, target=folder / "now")
    finally:
        stage.play("unmount", folder=disk)
    judge(stage, folder / "now" / "chats.db", diary, end)


def played(stage: Stage, part: str, **arguments: Any) -> None:
    end = stage.play(part, **arguments)
    assert not end.crashed, f"{part}: {end.crashed}"


def told_in_time(end: End, gets_room: bool) -> None:
    assert not end.crashed, end.crashed
    told = [word[0] for word in end.said if word[0] in ("refused", "failing", "resumed", "quit")]
    assert set(told) - {"quit"}, "the disk filled up and nobody was told"
    assert not gets_room or told[-1] != "failing", "there is room again, and saving did not go on"
    words = [word[-1] for word in end.said if word[0] in ("refused", "failing")]
    assert any("disk is full" in text for text in words), f"it was not called full: {set(words)}"


def fill_all(way: tuple[str, ...] | None, folder: Path, sizes: list[int], planted: str = "") -> None:
    with Stage(way or ()) as stage:
        before = Before(stage, folder)
        for pages in sizes:
            try:
                fill(stage, before, folder, pages, planted, on_tmpfs=way is not None)
            except AssertionError as error:
                raise AssertionError(f"{pages} pages of room: {error}") from error


@pytest.fixture
def sizes(seed: int, long: bool) -> list[int]:
    return list(range(SIZES)) if long else sorted(random.Random(seed).sample(range(SIZES), 14))


def test_a_small_disk(
    folder: Path,
    sizes: list[int],
    figures: Callable[..., None],
    record_property: Callable[[str, object], None],
) -> None:
    (folder / "try").mkdir()
    way = wrapper(sys.executable, str(folder / "try"))
    if way is None:
        record_property("not tested here", IMPOSSIBLE)
    fill_all(way, folder, sizes)
    figures("small disks", sizes=len(sizes), way=" ".join(way or ["shim"]), crashes=0, lost=0)


def test_an_account_that_may_add_so_many_bytes(
    folder: Path, sizes: list[int], figures: Callable[..., None]
) -> None:
    """The same without a file system: the shim refuses what goes beyond. This works everywhere."""
    fill_all(None, folder, sizes)
    figures("small quotas", sizes=len(sizes), crashes=0, lost=0)


@pytest.mark.parametrize(
    ("planted", "seen"),
    [
        ("start over", "is lost"),
        ("failure unsaid", "is lost|is interrupted|nobody was told"),
        ("rest forgotten", "has another|is lost|is inter"),
    ],
)
def test_the_harness_sees_a_planted_fault(folder: Path, planted: str, seen: str) -> None:
    with pytest.raises(AssertionError, match=seen):
        fill_all(None, folder, list(range(SIZES)), planted)
