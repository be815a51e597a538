"""Pins what is imported before the first window is painted: what is not needed for it comes after it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "tests" / "helpers" / "modules_at_first_paint.py"

# Everything that is neither the standard library's nor ours. `__feature__`, `shibokensupport` and
# `signature_bootstrap` are PySide6's own.
THIRD_PARTY = {
    "PySide6",
    "shiboken6",
    "shibokensupport",
    "signature_bootstrap",
    "__feature__",
    "qasync",
    "platformdirs",
}
QT = {"PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets", "PySide6.QtSvg"}
# Whole parts of ours that the first window does without.
LATE_OURS = (
    "pizzagpt_desktop.network",
    "pizzagpt_desktop.providers",
    "pizzagpt_desktop.exchange",
    "pizzagpt_desktop.engine",
    "pizzagpt_desktop.ui.preferences.",
    "pizzagpt_desktop.ui.crash_dialog",
    "pizzagpt_desktop.ui.transcript.",
    "pizzagpt_desktop.chat.events",
    "pizzagpt_desktop.chat.reply",
    "pizzagpt_desktop.chat.answering",
    "pizzagpt_desktop.chat.branches",
    "pizzagpt_desktop.chat.queue",
    "pizzagpt_desktop.chat.titles",
    "pizzagpt_desktop.chat.words",
    "pizzagpt_desktop.domain.differences",
    "pizzagpt_desktop.ui.branching",
    "pizzagpt_desktop.ui.diff_view",
    "pizzagpt_desktop.ui.queue_chips",
    "pizzagpt_desktop.ui.session_end",
    "pizzagpt_desktop.ui.waiting",
    "pizzagpt_desktop.domain.chunks",
    "pizzagpt_desktop.domain.markdown",
    "pizzagpt_desktop.storage.search",
    "pizzagpt_desktop.cli",
    "pizzagpt_desktop.ask",
    "pizzagpt_desktop.self_test",
)
LATE_STANDARD = {
    "html",
    "http.client",
    "logging.handlers",
    "pickle",
    "email.message",
    "importlib.metadata",
    "multiprocessing",
    "unittest",
    "tkinter",
    "xml.etree",
}


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("first-start")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(ROOT),
    }
    result = subprocess.run(
        [sys.executable, str(SCRIPT)], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    return dict(json.loads(result.stdout))


@pytest.fixture(scope="module")
def loaded(start: dict[str, Any]) -> set[str]:
    return set(start["modules"])


def test_of_other_projects_only_qt_and_the_loop_are_loaded(loaded: set[str]) -> None:
    others = (
        {name.partition(".")[0] for name in loaded}
        - set(sys.stdlib_module_names)
        - {"pizzagpt_desktop", "__main__"}
    )
    surplus = {
        name
        for name in others - THIRD_PARTY
        if not name.startswith(("_distutils", "_virtualenv", "_editable"))
    }
    assert not surplus
    assert {name for name in loaded if name.startswith("PySide6.Qt")} == QT


def test_the_parts_that_the_first_window_does_without_are_not_loaded(loaded: set[str]) -> None:
    assert "pizzagpt_desktop.ui.main_window" in loaded, "it is the real window that was painted"
    assert not [name for name in loaded if name.startswith(LATE_OURS)]
    assert not loaded & LATE_STANDARD


def test_what_a_start_makes_is_not_looked_through_for_garbage(start: dict[str, Any]) -> None:
    assert start["looks"] == 0


def test_no_source_of_the_program_is_read(start: dict[str, Any]) -> None:
    """Of `__main__` and what it imports the script itself has them read, as it has Qt before the program."""
    early = {"__init__.py", "__main__.py", "console.py"}
    ours = {
        Path(name).relative_to(ROOT / "pizzagpt_desktop").as_posix()
        for name in start["sources"]
        if "pizzagpt_desktop" in name
    }
    assert ours <= early
    assert not [name for name in start["sources"] if "asyncio" in name]


def test_the_many_enums_of_qstyle_are_not_made_for_a_start() -> None:
    """PySide makes a class, and all its enums, when its name is first looked up."""
    said = "import pizzagpt_desktop.app; from PySide6 import QtWidgets; print(*vars(QtWidgets))"
    result = subprocess.run(
        [sys.executable, "-c", said], capture_output=True, text=True, timeout=60, check=True
    )
    made = result.stdout.split()
    assert "QMainWindow" in made
    assert "QStyle" not in made
