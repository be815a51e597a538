"""What is selected in the conversation is there for other programs: X11's primary selection, and a drag."""

import json
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


TARGET = """
import json, sys
from PySide6.QtWidgets import QApplication, QWidget

class Target(QWidget):
    def dragEnterEvent(self, event):
        event.acceptProposedAction()

    def dropEvent(self, event):
        data = event.mimeData()
        event.acceptProposedAction()
        sys.stdout.write(json.dumps({"text": data.text(), "html": data.html(), "action": event.dropAction().name}))
        sys.stdout.flush()
        application.quit()

application = QApplication([])
target = Target()
target.setWindowTitle("Target")
target.setAcceptDrops(True)
target.setGeometry(0, 0, 160, 120)
target.show()
application.exec()
"""


def primary(user: User) -> str:
    """What another program would paste with the middle button."""
    done = subprocess.run(
        [sys.executable, "-c", OTHER],
        env={**os.environ, "DISPLAY": user.desktop.display, "QT_QPA_PLATFORM": "xcb"},
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout


def talk(user: User, service: ScriptedService) -> Program:
    """The program with a question and its answer on the page."""
    service.script("steady", Script(words=["Alpha **beta** gamma."]))
    write_preferences(user.data, service.base_url, "steady")
    user.start()
    user.send("A question")
    user.wait_reply("complete")
    user.wait_page("Alpha")
    return user.program


def test_another_program_pastes_what_is_selected(user: User, service: ScriptedService) -> None:
    program = talk(user, service)
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


def test_what_is_selected_is_dragged_into_another_program(user: User, service: ScriptedService) -> None:
    program = talk(user, service)
    target = subprocess.Popen(
        [sys.executable, "-c", TARGET],
        env={**os.environ, "DISPLAY": user.desktop.display, "QT_QPA_PLATFORM": "xcb"},
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        program.wait(
            lambda: program.xdotool("search", "--onlyvisible", "--name", "^Target$", check=False),
            "the target",
        )
        button = program.widget("copy_message").at
        left, line = button[0] + 20, button[1] - 16  # the reply's one line stands above its buttons
        program.xdotool("mousemove", left, line, "click", "--repeat", 3, "--delay", 60, 1)
        program.wait(lambda: "gamma." in primary(user), "the paragraph selected")
        program.xdotool("mousemove", left + 10, line, "mousedown", 1)
        for step in range(1, 11):
            program.xdotool("mousemove", left + (80 - left) * step // 10, line + (60 - line) * step // 10)
        program.xdotool("mouseup", 1)
        said, _ = target.communicate(timeout=20)
    finally:
        target.kill()
    dropped = json.loads(said)
    assert dropped["text"] == "Alpha **beta** gamma."
    assert "<strong>beta</strong>" in dropped["html"]
    assert dropped["action"] == "CopyAction"
    user.quit()
