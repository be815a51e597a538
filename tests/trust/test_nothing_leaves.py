"""No text makes the program connect, read a file or start another program: seen by Python's audit hook and by strace."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOW = [sys.executable, str(ROOT / "tests" / "helpers" / "show_hostile.py")]
SHORT = "1500"
CALLS = "%file,%network,%process"
_HARMLESS = re.compile(
    r"clone3?\(.*CLONE_THREAD"  # a thread of Qt's own
    r"|\b(?:exit|exit_group|futex|wait4)\("
    r"|(?:BEGIN|END)-OF-SHOWING"
    r"|\"[^\"]*(?:/fonts?/|/fontconfig/|\.py\"|\.pyc\"|/__pycache__|site-packages|/resources/icons/)"
)


def touched(*arguments: str) -> list[str]:
    """What the audit hook saw."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*SHOW, *arguments], env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def traced(folder: Path, *arguments: str) -> list[str]:
    """The calls to the system that strace saw, without those that every program makes."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    log = folder / "trace"
    command = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={CALLS}", *SHOW, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    lines = log.read_text("utf-8", "replace").splitlines()
    (begin,) = (at for at, line in enumerate(lines) if "BEGIN-OF-SHOWING" in line)
    (end,) = (at for at, line in enumerate(lines) if "END-OF-SHOWING" in line)
    return [line for line in lines[begin : end + 1] if not _HARMLESS.search(line)]


def test_no_text_touches_anything() -> None:
    assert touched(SHORT) == []


@pytest.mark.parametrize(
    ("planted", "event"), [("file", "open"), ("socket", "socket.connect"), ("process", "subprocess.Popen")]
)
def test_the_hook_sees_what_is_planted(planted: str, event: str) -> None:
    found = touched("1", planted)
    assert any(line.startswith(event + " ") for line in found), found


@pytest.mark.long
def test_no_text_makes_a_call_to_the_system(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    if shutil.which("strace") is None:
        record_property(
            "not tested here", "strace is not there: only Python's own audit events were looked at"
        )
        assert touched("0") == []
        return
    assert traced(tmp_path, "0") == []
    for planted, call in (
        ("file by Qt", "/etc/hostname"),
        ("process by Qt", "exec"),
        ("socket by Qt", "socket("),
    ):
        found = traced(tmp_path, "1", planted)
        assert any(call in line for line in found), found
