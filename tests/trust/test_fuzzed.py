"""Ten minutes of the fuzzer for each reader, where it is installed: no exception but the one in words, no input that takes a second."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.corpus import CORPUS

ROOT = Path(__file__).parents[2]
SECONDS = 600


def seeds(folder: Path) -> Path:
    """The small bodies of the corpus, each behind the byte that says how it is cut."""
    folder.mkdir()
    for path in [*CORPUS.glob("sse/*.bin"), *CORPUS.glob("ndjson/*.bin")]:
        if path.stat().st_size < 4000:
            (folder / path.name).write_bytes(b"\x07" + path.read_bytes())
    return folder


def heads(folder: Path) -> Path:
    """The model heads of the corpus."""
    folder.mkdir()
    for path in CORPUS.glob("gguf/*.gguf"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.mark.long
@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.parametrize(("program", "make"), [("fuzz_decoder", seeds), ("fuzz_gguf", heads)])
def test_nothing_the_fuzzer_thinks_of_breaks_a_reader(
    tmp_path: Path,
    figures: Callable[..., None],
    record_property: Callable[[str, object], None],
    program: str,
    make: Callable[[Path], Path],
) -> None:
    if importlib.util.find_spec("atheris") is None:
        words = f"{program} did not run: `make fuzz` installs what it needs and runs it."
        record_property("not tested here", words)
        return
    kept = tmp_path / "kept"
    kept.mkdir()
    done = subprocess.run(
        [sys.executable, f"tests/trust/{program}.py", str(SECONDS), str(kept), str(make(tmp_path / "seeds"))],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": "."}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    runs = re.search(r"Done (\d+) runs", done.stderr)
    slowest = re.search(r"slowest_unit_time_sec:\s+(\d+)", done.stderr)
    assert runs is not None
    assert slowest is not None
    assert int(slowest[1]) <= 1
    figures(program.replace("_", " "), runs=int(runs[1]), slowest_s=int(slowest[1]))
