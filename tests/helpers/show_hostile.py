"""Shows every hostile text in the real view and says what the process touched meanwhile; one process, run by a test.

    show_hostile.py LENGTH [PLANTED]      one JSON list on standard output: what was touched, as Python's audit events say

LENGTH is how many characters of a text are shown, 0 for all.

Before and after the part that counts, the paths `/BEGIN-OF-SHOWING` and `/END-OF-SHOWING` are asked for, which a trace of
the system's calls shows. PLANTED is a violation that is done on purpose: file, socket, process, or one of them by Qt.
"""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings, Status
from pizzagpt_desktop.domain.inspection import inspection_of
from pizzagpt_desktop.domain.markdown import MarkdownStream, inspect
from pizzagpt_desktop.ui.transcript.view import TranscriptView

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "corpus" / "markdown"
WARM = "# a\n\n**b** *c* `d` ~~e~~ [f](https://a.example)\n\n```python\nx = 1\n```\n\n|a|b|\n|-|-|\n|$x^2$|d|\n\n$$\\frac{1}{2}$$\n\n- [ ] x\n\n![i](file:///no)"
PIECES = 8_000
OWN = (
    *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    str(ROOT / "pizzagpt_desktop"),
    str(ROOT / "resources" / "icons"),
)
WATCHED = ("open", "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile", "webbrowser.",
           "urllib.", "http.", "ftplib.", "smtplib.", "os.remove", "os.rename", "os.mkdir", "shutil.", "sqlite3.", "glob.", "os.listdir", "os.scandir")  # fmt: skip
touched: list[str] = []
counting = False


def note(event: str, arguments: tuple[object, ...]) -> None:
    if not counting or not event.startswith(WATCHED):
        return
    place = arguments[0] if arguments else ""
    if event in ("open", "os.listdir", "os.scandir") and isinstance(place, str) and place.startswith(OWN):
        return  # a module of the program or of what it is made of, imported late
    touched.append(f"{event} {arguments!r:.200}")


def message(text: str, number: int, status: Status = Status.COMPLETE) -> Message:
    return Message(
        id=f"m{number}", conversation_id="c", parent_id=None, role=Role.ASSISTANT, text=text, status=status
    )


def settle(application: QApplication, view: TranscriptView) -> None:
    application.processEvents()
    for _ in range(4):
        if view._frame.isActive():
            view._on_frame()
    view.grab()


def show_all(application: QApplication, view: TranscriptView, texts: list[str]) -> None:
    """Every text whole, in both ways there are, and again as it arrives."""
    for number, text in enumerate(texts):
        shown = inspect(text)
        stream = MarkdownStream()
        for at in range(0, len(text), 997):
            stream.feed(text[at : at + 997])
            stream.advance()
        stream.end()
        assert inspection_of(stream.blocks) == shown
        view.show_path(f"c{number}", [message(text, number)], lambda _: Siblings())
        settle(application, view)
        view.jump_to_start()
        settle(application, view)
        growing = message("", number, Status.STREAMING)
        view.show_path(f"d{number}", [growing], lambda _: Siblings())
        for at in range(0, min(len(text), 3 * PIECES), PIECES):
            view.grow(growing.id, text[at : at + PIECES])
            settle(application, view)


def plant(kind: str) -> None:
    """Do on purpose what no text may bring about."""
    match kind:
        case "file":
            Path("/etc/hostname").read_bytes()
        case "socket":
            import socket

            with socket.socket() as one:
                one.connect_ex(("127.0.0.1", 9))
        case "process":
            subprocess.run(["true"], check=True)
        case "file by Qt":
            QImage("/etc/hostname")
        case "process by Qt":
            from PySide6.QtCore import QProcess

            QProcess.execute("true")
        case "socket by Qt":
            import ctypes

            ctypes.CDLL(None).socket(2, 1, 0)


def main() -> None:
    global counting
    sys.addaudithook(note)
    application = QApplication(["show", "-style", "fusion"])
    view = TranscriptView()
    view.resize(760, 900)
    view.show()
    length = int(sys.argv[1]) or None
    planted = sys.argv[2] if len(sys.argv) > 2 else ""
    texts = [path.read_bytes().decode("utf-8", "replace")[:length] for path in sorted(CORPUS.glob("*.md"))]
    assert len(texts) >= 77
    if planted:
        texts = texts[:1]
    show_all(
        application, view, [WARM, *(text[:300] for text in texts if not text.isascii())]
    )  # fonts are read once
    counting = True
    Path("/BEGIN-OF-SHOWING").exists()
    show_all(application, view, texts)
    plant(planted)
    Path("/END-OF-SHOWING").exists()
    counting = False
    print(json.dumps(touched), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
