"""Every command and every picture in the README exists: targets in the Makefile, command lines in the real parsers."""

import re
import shlex
from pathlib import Path

import pytest

from pizzagpt_desktop import __main__ as window_program
from pizzagpt_desktop import cli
from pizzagpt_desktop.console import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
LINES = [
    line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines() if line
]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
HEADLESS = COMMANDS


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("make ")])
def test_a_make_target_exists(line: str) -> None:
    assert line.split()[1] in TARGETS


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([a-z]+)`", README))))
def test_a_target_named_in_the_text_exists(target: str) -> None:
    assert target in TARGETS


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("pizzagpt-desktop")])
def test_a_command_line_parses(line: str) -> None:
    words = shlex.split(line)[1:]
    parse = cli._parser() if words[:1] and words[0] in HEADLESS else window_program._parser()
    parse.parse_args(words)


def test_every_other_command_is_one_that_is_known_here() -> None:
    others = {line for line in LINES if not line.startswith(("make ", "pizzagpt-desktop"))}
    assert others == {
        "pipx install .",
        "uv venv",
        "uv pip install -c constraints.txt -e . --group dev",
        "uv run --no-sync python -m pizzagpt_desktop",
        'uv run --no-sync pytest -m "not journey and not package and not counterpart"',
    }


@pytest.mark.parametrize("path", re.findall(r"\]\((?!https?:)([^)]+)\)", README))
def test_a_linked_file_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_there_is_something_to_check() -> None:
    assert len(LINES) > 15
    assert {"run", "test"} <= TARGETS
