"""A virtual X display, the real program on it, real keys and clicks; knows no journey.

What is on the screen is read from the program through `inside/sitecustomize.py`, which only reads. Keys and
clicks are X events of xdotool. Everything waits on facts.
"""

import ctypes.util
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
INSIDE = ROOT / "tests" / "helpers" / "inside"
X_CLOSE = str(ROOT / "tests" / "helpers" / "x_close.py")
LIBRARIES = {
    "glib-2.0": "libglib2.0-0",
    "EGL": "libegl1",
    "fontconfig": "libfontconfig1",
    "dbus-1": "libdbus-1-3",
    "xkbcommon-x11": "libxkbcommon-x11-0",
    "xcb-icccm": "libxcb-icccm4",
    "xcb-keysyms": "libxcb-keysyms1",
    "xcb-cursor": "libxcb-cursor0",
    "xcb-shape": "libxcb-shape0",
}
GRAB = (
    "import sys; from PySide6.QtGui import QGuiApplication; app = QGuiApplication([]);"
    "ok = app.primaryScreen().grabWindow(0).save(sys.argv[1]); sys.exit(not ok)"
)
WAIT = 20.0


def what_is_missing() -> str:
    """In words, what to install before a window can be shown here; "" if nothing is missing."""
    packages = [
        package for library, package in LIBRARIES.items() if ctypes.util.find_library(library) is None
    ]
    packages += [
        package for tool, package in (("Xvfb", "xvfb"), ("xdotool", "xdotool")) if shutil.which(tool) is None
    ]
    return f"the journeys need: apt-get install {' '.join(packages)}" if packages else ""


@dataclass(frozen=True)
class Widget:
    """One visible widget as it stood when asked. at: x, y, width, height on the screen."""

    name: str
    kind: str
    at: tuple[int, int, int, int]
    text: str
    accessible: str
    tip: str
    title: str
    shown: bool
    enabled: bool
    focused: bool
    window: bool
    icon: bool
    parts: Sequence[dict[str, Any]] = ()
    messages: Sequence[dict[str, str]] = ()

    def __str__(self) -> str:
        marks = "".join(mark for mark, on in (("*", self.focused), ("-", not self.enabled)) if on)
        return f"{self.kind} {self.name!r}{marks} {self.text or self.accessible!r}"

    def called(self, words: str) -> bool:
        """Whether a user or a journey would call it so: object name, text, or accessible name."""
        return words in (self.name, self.text.replace("&", ""), self.accessible)


class Program:
    """One running copy of the program on a display."""

    def __init__(
        self, process: subprocess.Popen[bytes], display: str, facts: Path, refused: Path, log: Path
    ) -> None:
        self.process = process
        self.display = display
        self._facts = facts
        self._refused = refused
        self._log = log

    # --- what is on the screen

    def widgets(self) -> list[Widget]:
        """All visible widgets now; empty while the program is starting."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(10)
                connection.connect(str(self._facts))
                answer = b"".join(iter(lambda: connection.recv(1 << 20), b""))
        except (FileNotFoundError, ConnectionError):
            return []
        return [
            Widget(
                name=fact["name"],
                kind=fact["class"],
                at=tuple(fact["at"]),
                text=fact["text"],
                accessible=fact["accessible"],
                tip=fact["tip"],
                title=fact["title"],
                shown=fact["shown"],
                enabled=fact["enabled"],
                focused=fact["focused"],
                window=fact["window"],
                icon=fact["icon"],
                parts=fact["parts"],
                messages=fact["messages"],
            )
            for fact in json.loads(answer or b"[]")
        ]

    def wait(self, fact: Callable[[], Any], words: str, timeout: float = WAIT) -> Any:
        """Until `fact()` is true; its value. `words` says what was waited for."""
        until = time.monotonic() + timeout
        while True:
            value = fact()
            if value:
                return value
            if self.process.poll() is not None:
                raise AssertionError(
                    f"the program ended ({self.process.returncode}) before {words}\n{self.said()}"
                )
            if time.monotonic() > until:
                seen = "\n".join(f"  {w}" for w in self.widgets() if w.shown and (w.text or w.accessible))
                raise AssertionError(f"waited {timeout} s for {words}; on the screen:\n{seen}\n{self.said()}")
            time.sleep(0.02)  # between two looks; nothing depends on its length

    def find(self, words: str, kind: str = "") -> Widget | None:
        """The shown widget called so, if there is one now."""
        for widget in self.widgets():
            if widget.shown and widget.called(words) and kind in ("", widget.kind):
                return widget
        return None

    def widget(self, words: str, kind: str = "") -> Widget:
        """The shown widget called so, once there is one."""
        found = self.wait(lambda: self.find(words, kind), f"a widget called {words!r}")
        assert isinstance(found, Widget)
        return found

    def title(self) -> str:
        """The title of the main window."""
        return next((widget.title for widget in self.widgets() if widget.kind == "MainWindow"), "")

    # --- hands

    def xdotool(self, *arguments: object, check: bool = True) -> str:
        """One xdotool command on this display."""
        command = ["xdotool", *(str(argument) for argument in arguments)]
        environment = os.environ | {"DISPLAY": self.display}
        return subprocess.run(
            command, env=environment, check=check, capture_output=True, text=True, timeout=60
        ).stdout

    def key(self, *keys: str) -> None:
        """Press keys one after another, in X names: "Return", "ctrl+comma"."""
        self.take_keyboard()
        self.xdotool("key", "--clearmodifiers", *keys)

    def type(self, text: str) -> None:
        """Type ASCII text into whatever has the keyboard."""
        self.take_keyboard()
        self.xdotool("type", "--delay", "8", text)

    def click_at(self, x: int, y: int, button: int = 1) -> None:
        self.xdotool("mousemove", x, y, "click", button)

    def click(self, words: str, kind: str = "", *, button: int = 1) -> Widget:
        """Click in the middle of the enabled widget called so."""

        def ready() -> Widget | None:
            found = self.find(words, kind)
            return found if found is not None and found.enabled else None

        widget = self.wait(ready, f"an enabled widget called {words!r}")
        assert isinstance(widget, Widget)
        x, y, width, height = widget.at
        self.click_at(x + width // 2, y + height // 2, button)
        return widget

    def click_part(self, words: str, text: str, *, button: int = 1) -> None:
        """Click the row or entry whose text begins with `text` in the widget called so."""

        def part() -> list[int] | None:
            found = self.find(words)
            return next((p["at"] for p in found.parts if p["text"].startswith(text)), None) if found else None

        x, y, width, height = self.wait(part, f"{text!r} in {words!r}")
        self.click_at(x + width // 2, y + height // 2, button)

    def click_row(self, text: str) -> None:
        """Click the row or entry whose text begins with `text` in whatever list or menu shows it."""

        def row() -> list[int] | None:
            parts = (part for widget in self.widgets() if widget.shown for part in widget.parts)
            return next((part["at"] for part in parts if part["text"].startswith(text)), None)

        x, y, width, height = self.wait(row, f"a row {text!r}")
        self.click_at(x + width // 2, y + height // 2)

    def has_keyboard(self, words: str) -> bool:
        """Whether what is typed goes to the widget called so."""
        found = self.find(words)
        return found is not None and found.focused

    def take_keyboard(self) -> None:
        """Give the keyboard to the topmost window, as a window manager would; menus take it themselves."""

        def focused() -> bool:
            windows = self.xdotool("search", "--onlyvisible", "--name", ".", check=False).split()
            if windows and self.xdotool("getwindowfocus", check=False).strip() != windows[-1]:
                try:
                    self.xdotool("windowfocus", "--sync", windows[-1])
                except subprocess.CalledProcessError:
                    return False  # a dialog that was closing: it is gone by now
            return bool(windows)

        self.wait(focused, "a window to give the keyboard to")

    # --- ends

    def close_window(self, title: str) -> None:
        """Ask the window to close, as its close button does."""
        window = self.xdotool("search", "--onlyvisible", "--name", title).split()[-1]
        environment = os.environ | {"DISPLAY": self.display}
        subprocess.run([sys.executable, X_CLOSE, window], env=environment, check=True, timeout=20)

    def wait_end(self, timeout: float = WAIT) -> int:
        """The exit status, once the program has ended by itself."""
        return self.process.wait(timeout=timeout)

    def kill(self) -> None:
        """kill -9: nothing of the program runs any more."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=WAIT)

    def said(self) -> str:
        """What it wrote to standard output and error."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def refused(self) -> str:
        """Addresses beyond loopback that it tried to reach; "" is right."""
        return self._refused.read_text() if self._refused.exists() else ""


class Desktop:
    """One X display and the programs started on it."""

    def __init__(self, display: str, folder: Path) -> None:
        self.display = display
        self.folder = folder
        self.programs: list[Program] = []

    def start(self, *arguments: object, plugins: Path | None = None, **variables: str) -> Program:
        """Start the program; `PIZZAGPT_EXECUTABLE` in our own environment names a packaged one instead.

        plugins: a folder with an installed-looking provider (module and .dist-info) to put on its path.
        """
        number = len(self.programs)
        facts, refused = self.folder / f"facts{number}", self.folder / f"refused{number}"
        log = self.folder / f"said{number}.txt"
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "DISPLAY": self.display,
            "QT_QPA_PLATFORM": "xcb",
            "XDG_RUNTIME_DIR": str(home),
            "PYTHONFAULTHANDLER": "1",
            "PYTHONPATH": os.pathsep.join(str(p) for p in (INSIDE, plugins, ROOT) if p),
            "PYTHONDONTWRITEBYTECODE": "1",
            "JOURNEY_FACTS": str(facts),
            "JOURNEY_NETWORK": str(refused),
        } | variables
        packaged = os.environ.get("PIZZAGPT_EXECUTABLE")
        command = shlex.split(packaged) if packaged else [sys.executable, "-m", "pizzagpt_desktop"]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, *(str(argument) for argument in arguments)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=home,
            )
        program = Program(process, self.display, facts, refused, log)
        self.programs.append(program)
        return program

    def shoot(self, path: Path) -> None:
        """Write a picture of the whole display."""
        path.parent.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}
        subprocess.run([sys.executable, "-c", GRAB, str(path)], env=environment, check=True, timeout=60)

    def end(self) -> None:
        """End whatever still runs."""
        for program in self.programs:
            if program.process.poll() is None:
                program.process.kill()
                program.process.wait()


@contextmanager
def display(width: int = 1280, height: int = 900) -> Iterator[str]:
    """An own X server while the block runs; yields its name for DISPLAY."""
    missing = what_is_missing()
    if missing:
        raise RuntimeError(missing)
    read, write = os.pipe()
    server = subprocess.Popen(
        [
            "Xvfb",
            "-displayfd",
            str(write),
            "-screen",
            "0",
            f"{width}x{height}x24",
            "-nolisten",
            "tcp",
            "-noreset",
        ],
        pass_fds=(write,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise RuntimeError(f"Xvfb ended with {server.wait()}")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(timeout=10)
