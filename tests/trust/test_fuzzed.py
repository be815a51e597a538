"""Ten minutes of the fuzzer, where it is installed: no other exception than a fault, no input that takes a second."""

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


@pytest.mark.long
@pytest.mark.timeout(2 * SECONDS)
def test_nothing_the_fuzzer_thinks_of_breaks_the_decoder(
    tmp_path: Path, figures: Callable[..., None], record_property: Callable[[str, object], None]
) -> None:
    if importlib.util.find_spec("atheris") is None:
        record_property(
            "not tested here", "The decoder was not fuzzed: `make fuzz` installs what it needs and does."
        )
        return
    kept = tmp_path / "kept"
    kept.mkdir()
    done = subprocess.run(
        [sys.executable, "tests/trust/fuzz_decoder.py", str(SECONDS), str(kept), str(seeds(tmp_path / "seeds"))],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": "."}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    runs = re.search(r"Done (\d+) runs", done.stderr)
    slowest = re.search(r"slowest_unit_time_sec:\s+(\d+)", done.stderr)
    assert runs is not None
    assert slowest is not None
    assert int(slowest[1]) <= 1
    figures("fuzzed decoder", runs=int(runs[1]), slowest_s=int(slowest[1]))
