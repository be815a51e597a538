"""The wheel works where nothing else is installed: it carries its resources, its commands and its providers."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.package, pytest.mark.timeout(300)]


def run(*command: object, **options: object) -> str:
    result = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=280, check=False, **options
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_maps_the_resources_into_the_package(wheel: Path) -> None:
    carried = {name.removeprefix("pizzagpt_desktop/resources/") for name in zipfile.ZipFile(wheel).namelist()}
    wanted = {
        str(path.relative_to(ROOT / "resources"))
        for path in (ROOT / "resources").rglob("*")
        if path.is_file()
    }
    assert wanted, "there are resources"
    assert wanted <= carried


def test_the_wheel_carries_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert all(name.startswith(("pizzagpt_desktop/", "pizzagpt_desktop-")) for name in names)


def test_the_wheel_runs_in_an_empty_environment(
    wheel: Path, tmp_path: Path, bare_environment: dict[str, str]
) -> None:
    place = tmp_path / "empty"
    run(sys.executable, "-m", "venv", place)
    install = [place / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*install, "-c", ROOT / "constraints.txt", wheel)
    program = place / "bin" / "pizzagpt-desktop"
    said = run(program, "--self-test", env=bare_environment, cwd=tmp_path)
    assert said.strip(), "the self-test said no figures"
    asked = "from importlib.metadata import entry_points; print(sorted(e.name for e in entry_points(group='pizzagpt_desktop.providers')))"
    assert {"openai", "pizzagpt"} <= set(
        eval(run(place / "bin/python", "-c", asked, env=bare_environment, cwd=tmp_path))
    )
