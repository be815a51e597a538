"""The PyInstaller folder runs by itself: its self-test passes, nothing big and unneeded came along."""

import subprocess
from pathlib import Path

import pytest

from pizzagpt_desktop import __version__

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "dist" / "pizzagpt-desktop"
PROGRAM = FOLDER / "pizzagpt-desktop"
MIB = 1 << 20

pytestmark = [pytest.mark.package, pytest.mark.timeout(120)]


@pytest.fixture(autouse=True)
def _built() -> None:
    assert PROGRAM.exists(), "the package is not built; run: make package"


def run(*arguments: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    command = [str(PROGRAM), *arguments]
    return subprocess.run(
        command,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        cwd=environment["HOME"],
    )


def test_the_package_passes_its_self_test(bare_environment: dict[str, str]) -> None:
    result = run("--self-test", environment=bare_environment)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.strip(), "the self-test said no figures"


def test_the_package_knows_its_version(bare_environment: dict[str, str]) -> None:
    result = run("--version", environment=bare_environment)
    assert result.returncode == 0, result.stderr
    assert __version__ in result.stdout


def test_the_package_is_also_the_command_line_twin(bare_environment: dict[str, str], tmp_path: Path) -> None:
    result = run("list", "--json", "--data-dir", str(tmp_path / "data"), environment=bare_environment)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"


def test_the_package_carries_resources_and_no_unused_qt() -> None:
    names = [str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()]
    assert any(name.endswith("pizzagpt_desktop/resources/app.svg") for name in names)
    assert any("/resources/icons/" in name for name in names)
    unused = [
        n
        for n in names
        if any(
            part in n for part in ("Qt6Qml", "Qt6Quick", "Qt6Pdf", "Qt6Sql", "WebEngine", "/translations/")
        )
    ]
    assert not unused
    size = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file() and not path.is_symlink())
    assert size < 200 * MIB, f"{size / MIB:.0f} MiB"
