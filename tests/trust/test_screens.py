"""Screens of every scale, and computers without a font: the window is there and its parts are of use."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.desktop import ROOT

pytestmark = pytest.mark.long

FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>{folder}<cachedir>{cache}</cachedir></fontconfig>"""


def seen(**facts: str) -> dict[str, float]:
    """What a window says of itself, drawn with these in its environment; it ends well and without a word."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)} | facts
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-m", "tests.helpers.trust.sized"],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5])
def test_every_scale_shows_the_same_places_sharper(scale: float) -> None:
    plain, scaled = seen(), seen(QT_SCALE_FACTOR=str(scale))
    assert scaled["scale"] == pytest.approx(scale, abs=0.01)
    assert scaled["follows"]
    for what in ("composer", "column", "row"):
        assert scaled[what] == pytest.approx(plain[what], rel=0.1), what
    assert scaled["colours"] >= 8


def test_without_any_font_boxes_stand_where_letters_would(tmp_path: Path) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text(FONTS.format(folder="", cache=tmp_path / "cache"))
    found = seen(FONTCONFIG_FILE=str(config))
    plain = seen()
    assert found["composer"] >= 0.6 * plain["composer"]
    assert found["column"] >= 0.6 * plain["column"]
    assert found["row"] >= 0.5 * plain["row"]
    assert found["colours"] >= 6
