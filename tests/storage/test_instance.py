"""One window for a data folder: the place ends with its process, however it ends."""

import subprocess
import sys
from pathlib import Path

from pizzagpt_desktop.storage.instance import call_of, take

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from pizzagpt_desktop.storage.instance import take
seat = take(Path(sys.argv[1]))
print("taken" if seat else "kept out", flush=True)
if seat:
    seat.say("call me here")
    print("said", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_a_killed_program_leaves_the_place_and_no_call(tmp_path: Path) -> None:
    with holder(tmp_path) as first:
        assert first.stdout is not None
        assert [first.stdout.readline(), first.stdout.readline()] == ["taken\n", "said\n"]
        assert take(tmp_path) is None
        assert call_of(tmp_path) == "call me here"
        first.kill()
    seat = take(tmp_path)
    assert seat is not None
    assert call_of(tmp_path) == "", "the call of a dead program is not answered"
    seat.close()


def test_of_many_at_once_one_gets_the_place(tmp_path: Path) -> None:
    programs = [holder(tmp_path) for _ in range(8)]
    try:
        said = [program.stdout.readline() for program in programs if program.stdout is not None]
        assert sorted(said) == ["kept out\n"] * 7 + ["taken\n"]
    finally:
        for program in programs:
            program.kill()
            program.communicate()
    assert (tmp_path / "window.lock").stat().st_mode & 0o777 == 0o600


def test_a_folder_without_locks_keeps_nobody_out(tmp_path: Path) -> None:
    for _ in range(2):
        seat = take(tmp_path / "not there")
        assert seat is not None
        seat.say("nothing")
        seat.close()


def test_a_place_can_be_held_again_where_the_folder_was_removed(tmp_path: Path) -> None:
    seat = take(tmp_path)
    assert seat is not None
    (tmp_path / "window.lock").unlink()
    seat.renew(tmp_path)
    assert take(tmp_path) is None
    seat.close()
