"""What the chapters share: their size, their seed, a fast folder, and the figures they write down.

`make test` runs every chapter short, `make trust` runs them in full (`--long`). Each leaves one line of figures in
build/trust/<chapter>.json when run in full; all are printed at the end.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FIGURES = Path(__file__).resolve().parents[2] / "build" / "trust"
SEED = 20261122


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Those marked `long` belong to `make trust` alone."""
    if config.getoption("--long"):
        for item in items:
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(3000))
        return
    later = [item for item in items if item.get_closest_marker("long")]
    if later:
        items[:] = [item for item in items if item not in later]
        config.hook.pytest_deselected(items=later)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for report in terminalreporter.stats.get("passed", []):
        for name, words in report.user_properties:
            if name == "not tested here":
                terminalreporter.section("NOT TESTED HERE", sep="!")
                terminalreporter.write_line(words)
    if config.getoption("--long") and FIGURES.is_dir():
        terminalreporter.section("what was tried, and what was lost")
        for path in sorted(FIGURES.glob("*.json")):
            terminalreporter.write_line(path.read_text("utf-8").strip())


@pytest.fixture
def long(pytestconfig: pytest.Config) -> bool:
    """Whether the chapter runs in full."""
    return bool(pytestconfig.getoption("--long"))


@pytest.fixture
def seed() -> int:
    """What all chance comes from; TRUST_SEED names another one. Printed, so that a failure tells it."""
    value = int(os.environ.get("TRUST_SEED", SEED))
    print(f"TRUST_SEED={value}")
    return value


@pytest.fixture
def figures(long: bool, seed: int) -> Callable[..., None]:
    """Writes one chapter's figures down."""

    def write(chapter: str, **facts: Any) -> None:
        line = json.dumps({"chapter": chapter, **facts, "seed": seed})
        print(line)
        if long:
            FIGURES.mkdir(parents=True, exist_ok=True)
            (FIGURES / f"{chapter.replace(' ', '-')}.json").write_text(line + "\n", "utf-8")

    return write


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: what is killed, not the machine, decides; and a disk would only be slow."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK | os.X_OK):
        yield tmp_path
        return
    made = Path(tempfile.mkdtemp(prefix="trust-", dir=memory))
    yield made
    shutil.rmtree(made)
