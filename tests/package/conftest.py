"""What the tests of built artefacts share: a clean environment for their child processes."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def bare_environment(tmp_path: Path) -> dict[str, str]:
    """What a program gets on a fresh account without a display: a home and a path, and nothing of this one's."""
    home = tmp_path / "fresh-home"
    home.mkdir()
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}
