"""Chapter "damage": 500 random damages to the chat file and its log. Never a crash, never a list that is silently empty.

Either every chat that the sound files held is there, or the program says that the file is damaged. Then it is
recovered as the user may have it done: the damaged file is kept as it was, and what a backup holds is all there again.
"""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers.trust.damage import damage
from tests.helpers.trust.stage import End, Stage
from tests.helpers.trust.trouble import CHANGES, Outcome


class Seen(NamedTuple):
    """What a start showed."""

    chats: frozenset[str]
    messages: dict[str, str]
    told: tuple[str, ...]
    damaged: bool


def look(stage: Stage, file: Path, planted: str = "") -> Seen:
    end = stage.play("look", file=file, planted=planted)
    assert not end.crashed, end.crashed
    return seen(end)


def seen(end: End) -> Seen:
    return Seen(
        frozenset(word[1] for word in end.said if word[0] == "chat"),
        {word[1]: word[2] for word in end.said if word[0] == "read"},
        tuple(word[-1] for word in end.said if word[0] == "refused"),
        ["damaged"] in end.said,
    )


class Sound:
    """A chat file, folded or with a log full of what is not in it yet; what it holds, and what without its log."""

    def __init__(self, stage: Stage, folder: Path, name: str, seed: int, with_log: bool) -> None:
        self.file = folder / name / "chats.db"
        self.file.parent.mkdir()
        stage.play("write", file=self.file, seed=seed, turns=40, size=30)
        self.folded = self._look(stage, folder)
        self.has_backup = not with_log
        if self.has_backup:
            end = stage.play("back up", file=self.file)
            assert end.said, end.crashed
        if with_log:
            end = stage.play(
                "write", file=self.file, seed=seed + 1, size=30, plan=[CHANGES, 600, Outcome.KILL_BEFORE]
            )
            assert end.killed
        self.whole = self._look(stage, folder)

    def copy_to(self, folder: Path) -> Path:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.file.parent, folder)
        return folder / self.file.name

    def _look(self, stage: Stage, folder: Path) -> Seen:
        found = look(stage, self.copy_to(folder / "copy"))
        assert found.chats
        assert not found.told
        return found


def judge(sound: Sound, words: str, found: Seen, verify: Callable[[], bool]) -> str:
    """What came of one damage. Raises `AssertionError` where chats are missing and nobody was told."""
    if found.told:
        return "told"
    beside = words.startswith(("-wal", "-shm"))
    wanted = sound.folded if beside else sound.whole
    missing = wanted.chats - found.chats
    assert not missing, f"{len(missing)} of {len(wanted.chats)} chats are missing, and nobody was told"
    missing_messages = wanted.messages.keys() - found.messages.keys()
    if missing_messages:
        told = verify()
        assert told, f"{len(missing_messages)} messages are missing, and nobody was told"
        return "told at the next backup"
    if any(found.messages[id_] != text for id_, text in wanted.messages.items() if not beside):
        return "letters changed"
    return "all there"


def verified(stage: Stage, file: Path) -> bool:
    """Whether the next daily backup, which is checked wholly, finds the file damaged."""
    end = stage.play("back up", file=file)
    return any("is damaged" in str(word[1]) for word in end.said if word[0] == "crash")


def recover(stage: Stage, file: Path, sound: Sound) -> tuple[int, int]:
    """Let the program save what can be read; how many chats there are then, and how many there were."""
    before = file.read_bytes() if file.exists() else b""
    end = stage.play("recover", file=file)
    assert not end.crashed, f"recovering: {end.crashed}"
    _, chats, _messages, kept = end.said[0]
    found = look(stage, file)
    assert not found.told, f"after recovering: {found.told}"
    assert len(found.chats) == chats, "another number was said"
    assert kept is None or Path(kept).read_bytes() == before, "the damaged file was changed"
    assert kept is not None or not before, "the damaged file was not kept"
    if sound.has_backup:
        assert sound.whole.chats <= found.chats, "the backup has chats that were not recovered"
        assert sound.whole.messages.keys() <= found.messages.keys(), (
            "the backup has messages that were not recovered"
        )
    return len(found.chats & sound.whole.chats), len(sound.whole.chats)


def damage_all(folder: Path, seed: int, times: int, planted: str = "") -> Counter[str]:
    rnd = random.Random(seed)
    outcomes: Counter[str] = Counter()
    with Stage() as stage:
        foreign = Sound(stage, folder, "foreign", 31, with_log=True)
        sounds = [
            Sound(stage, folder, "folded", 41, with_log=False),
            Sound(stage, folder, "logged", 51, with_log=True),
        ]
        for number in range(times):
            sound = sounds[number % 2]
            file = sound.copy_to(folder / "now")
            words = damage(rnd, file, foreign.file)
            try:
                found = look(stage, file, planted)
                outcomes[judge(sound, words, found, lambda file=file: verified(stage, file))] += 1
                if found.damaged:
                    outcomes["recovered"] += 1
                    there, of = recover(stage, file, sound)
                    if not sound.has_backup:
                        outcomes["chats saved without a backup"] += there
                        outcomes["of"] += of
            except AssertionError as error:
                raise AssertionError(
                    f"damage {number} to the {sound.file.parent.name} file, {words}: {error}"
                ) from error
    return outcomes


def test_any_damage(folder, seed, long, figures):
    times = 500 if long else 40
    outcomes = damage_all(folder, seed, times)
    assert outcomes["told"] > times / 20
    assert outcomes["all there"] > times / 20
    figures("damage", damages=times, outcomes=dict(outcomes), crashes=0, silently_missing=0)


@pytest.mark.parametrize("planted", ["damage unsaid", "start over"])
def test_the_harness_sees_a_planted_fault(folder, seed, planted):
    with pytest.raises(AssertionError, match="are missing, and nobody was told"):
        damage_all(folder, seed, 200, planted)
