"""A chat file from earlier days, and the judgement after any trouble with it; knows no trouble by name."""

import copy
import shutil
from pathlib import Path

from tests.helpers.trust.diary import Diary
from tests.helpers.trust.stage import End, Stage


class Before:
    """A chat file from earlier days, and what is in it."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.file = folder / "before" / "chats.db"
        self.file.parent.mkdir()
        end = stage.play("write", file=self.file, seed=3, turns=4, size=40)
        assert not end.crashed, end.crashed
        self._diary = Diary()
        self._diary.hear(end.said)
        self._diary.check(self.file)

    def copy_to(self, folder: Path) -> tuple[Path, Diary]:
        """A copy in a new folder of that name, and what must be in it."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.file.parent, folder)
        return folder / self.file.name, copy.deepcopy(self._diary)


def judge(stage: Stage, file: Path, diary: Diary, end: End) -> None:
    """After any trouble: no crash, and a start on a sound disk finds all that was acknowledged."""
    assert not end.crashed, end.crashed
    diary.hear(end.said)
    start = stage.play("start", file=file)
    assert not start.crashed, f"the next start: {start.crashed}"
    diary.check(file)
