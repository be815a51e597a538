"""The desktop program as a process of its own, offscreen, doing what a test tells it once everything is loaded."""

import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]

DRIVER = """
import sys
from pathlib import Path
from pizzagpt_desktop import app
from pizzagpt_desktop.chat.events import ReplyGrew

def say(*words):
    print(*words, flush=True)

def begun(program):
{begun}

def driven(program):
{steps}

loaded = app.Program._on_loaded
def on_loaded(program):
    loaded(program)
    driven(program)
app.Program._on_loaded = on_loaded
run = app.Program.run
async def run_driven(program):
    begun(program)
    return await run(program)
app.Program.run = run_driven
sys.exit(app.run(Path(sys.argv[1])))
"""


class Running:
    """The program, doing `steps` with `program` once everything is loaded, and `begun` before its window is shown."""

    def __init__(self, folder, steps="    say('loaded')", begun="    pass"):
        self._process = subprocess.Popen(
            [sys.executable, "-c", DRIVER.format(steps=steps, begun=begun), str(folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate()

    def line(self):
        return self._process.stdout.readline().rstrip("\n")

    def complaint(self):
        return self._process.stderr.readline().rstrip("\n")

    def end(self, number=signal.SIGTERM):
        """Ask it to end: exit status, standard error, seconds."""
        began = time.monotonic()
        self._process.send_signal(number)
        _, err = self._process.communicate(timeout=20)
        return self._process.returncode, err, time.monotonic() - began
