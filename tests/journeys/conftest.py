"""What journeys share: a display, a desktop that tells everything when it fails, and a scripted service."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.desktop import ROOT, Desktop, display
from tests.helpers.scripted_service import ScriptedService
from tests.journeys.hands import User

OUTPUT = ROOT / "test-output" / "journeys"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Keep what was on the screen, and what the programs said, when a journey fails."""
    report = yield
    desktop = item.funcargs.get("desktop") if isinstance(item, pytest.Function) else None
    if report.when == "call" and report.failed and isinstance(desktop, Desktop):
        kept = OUTPUT / item.name
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        desktop.shoot(kept / "screen.png")
        for path in [*desktop.folder.glob("said*.txt"), *desktop.folder.rglob("*.log")]:
            shutil.copy(path, kept / path.name)
        report.sections.append(("kept", str(kept)))
    return report


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    with display(1100, 800) as name:
        yield name


@pytest.fixture
def desktop(screen: str, tmp_path: Path) -> Iterator[Desktop]:
    """A desktop for one journey; at its end nothing may have crashed and nobody beyond loopback been called."""
    folder = tmp_path / "desktop"
    folder.mkdir()
    result = Desktop(screen, folder)
    yield result
    result.end()
    for program in result.programs:
        assert not program.refused(), f"it called beyond loopback: {program.refused()}"
        assert not program.said(), f"it had something to say: {program.said()}"
    loud = [
        line
        for log in folder.rglob("*.log")
        for line in log.read_text("utf-8").splitlines()
        if any(level in line for level in (" WARNING ", " ERROR ", " CRITICAL ", "Traceback"))
    ]
    assert not loud, "the log complains:\n" + "\n".join(loud)


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    with ScriptedService() as result:
        yield result


@pytest.fixture
def user(desktop: Desktop, tmp_path: Path) -> User:
    """Someone at the desktop, with an own data folder that outlives each start of the program."""
    return User(desktop, tmp_path / "data")
