"""What is selected in the conversation is there for other programs: X11's primary selection, and a drag."""

import os
import subprocess
import sys

import pytest

from tests.helpers.desktop import ROOT, Program
from tests.helpers.scripted_service import Script, ScriptedService
from tests.journeys.hands import User, write_preferences

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]

OTHER = """
import sys
from PySide6.QtGui import QGuiApplication
application = QGuiApplication([])
clipboard = application.clipboard()
sys.stdout.write(clipboard.text(clipboard.Mode.Selection))
"""


def primary(user: User) -> str:
    """What another program would paste with the middle button."""
    done = subprocess.run(
        [sys.executable, "-c", OTHER],
        env={**os.environ, "DISPLAY": user.desktop.display, "QT_QPA_PLATFORM": "xcb"},
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout


def test_another_program_pastes_what_is_selected(user: User, service: ScriptedService) -> None:
    service.script("steady", Script(words=["Alpha **beta** gamma."]))
    write_preferences(user.data, service.base_url, "steady")
    user.start()
    user.send("A question")
    user.wait_reply("complete")
    user.wait_page("Alpha")
    program: Program = user.program
    x, y, wide, high = program.widget("transcript").at
    program.xdotool("mousemove", x + wide // 2, y + 12, "mousedown", 1)
    for part in (3, 2):
        program.xdotool("mousemove", x + wide * 2 // part - wide // 2, y + high // part)
    program.xdotool("mousemove", x + wide - 30, y + high - 4, "mouseup", 1)
    program.wait(lambda: "Alpha" in primary(user), "what is selected in the primary selection")
    assert "A question" in primary(user)
    program.click("composer_text", button=2)
    program.wait(lambda: "Alpha" in program.widget("composer_text").text, "it is pasted by the middle button")
    user.quit()
