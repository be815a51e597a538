"""The whole program, driven from inside because an offscreen window has no X keys: typing, clicking, reading the page.

python -m tests.helpers.trust.driven SHOWN [options of the program]

Lines of JSON come on standard input and are answered on standard output, in order. SHOWN is a file in memory shared
with whoever reads it after this process was killed: when how much of a reply was shown (see `lost_for`).
"""

import json
import mmap
import struct
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

STAMP = struct.Struct("<ddq")
STAMPS = 60_000
TICK_MS = 5
LONGEST_GAP_S = 0.05
"""Between two ticks this much counts as time in any case; more only as far as the program used the processor."""


class Shown:
    """Stamps (time, processor time, characters shown of all replies so far), written by a program that may be killed."""

    def __init__(self, path: Path) -> None:
        with path.open("w+b") as file:
            file.truncate(STAMP.size * STAMPS)
            self._map = mmap.mmap(file.fileno(), STAMP.size * STAMPS)
        self._number = 0

    def stamp(self, shown: int) -> None:
        if self._number < STAMPS:
            STAMP.pack_into(
                self._map, self._number * STAMP.size, time.monotonic(), time.process_time(), shown
            )
            self._number += 1


def stamps(path: Path) -> list[tuple[float, float, int]]:
    """What a program stamped before it was killed."""
    data = path.read_bytes()
    found = [STAMP.unpack_from(data, at) for at in range(0, len(data), STAMP.size)]
    return [stamp for stamp in found if stamp[0]]


def lost_for(found: Sequence[tuple[float, float, int]], killed_at: float, kept: int) -> float:
    """For how many seconds before the kill the first character that was not kept had been shown; 0 if all was kept.

    A machine that does not let the program run lets it not save either: of a gap between two stamps only
    `LONGEST_GAP_S` counts, or the processor time that the program used in it, whichever is more.
    """
    seconds, later, used_later = 0.0, killed_at, None
    for moment, used, shown in reversed(found):
        if moment > killed_at:
            continue
        if shown <= kept:
            break
        worked = used_later - used if used_later is not None else 0.0
        seconds += min(later - moment, max(LONGEST_GAP_S, worked))
        later, used_later = moment, used
    return seconds


class Driver:
    """Hands and eyes inside a running `Program`."""

    def __init__(self, program: Any, shown: Shown) -> None:
        from PySide6.QtCore import QTimer

        self._program = program
        self._shown = shown
        self._length = 0
        self._ticker = QTimer()
        self._ticker.timeout.connect(self._tick)
        self._ticker.start(TICK_MS)
        program.announcer.subscribe(self._hear)

    def _tick(self) -> None:
        self._shown.stamp(self._length)

    def _hear(self, event: Any) -> None:
        kind = type(event).__name__
        if kind == "ReplyGrew":
            self._length += len(event.text)
            self._shown.stamp(self._length)
        elif kind == "ReplyEnded":
            say({"ended": event.message.id, "text": event.message.text, "status": event.message.status})
        elif kind in ("SavingFailed", "SavingResumed"):
            say({"event": kind})

    def do(self, order: dict[str, Any]) -> None:
        """One command; its answer is said."""
        answer = getattr(self, f"do_{order.pop('do')}")(**order)
        say({"done": answer})

    def do_new(self) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        QTest.keyClick(self._program.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)

    def do_send(self, text: str) -> None:
        """Type and press Enter; when this is answered, the message stands on the page."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        composer = self._find("composer_text")
        composer.setFocus()
        QTest.keyClicks(composer, text)
        QTest.keyClick(composer, Qt.Key.Key_Return)

    def do_stop(self) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        QTest.keyClick(self._find("composer_text"), Qt.Key.Key_Escape)

    def do_open(self, title: str) -> bool:
        """Click the conversation of that title; False where the list does not have it."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        view = self._find("conversations")
        model = view.model()
        for row in range(model.rowCount()):
            index = model.index(row, 0)
            if str(index.data() or "").startswith(title):
                view.scrollTo(index)
                QTest.mouseClick(
                    view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
                    view.visualRect(index).center(),
                )  # fmt: skip
                return True
        return False

    def do_page(self) -> list[dict[str, str]]:
        """The messages that are loaded: a question stands above the screen where its reply is taller than that."""
        view = self._find("transcript")
        rows = (view.rows.row(index) for index in range(len(view.rows)))
        return [
            {
                "who": "user" if row.is_user else "assistant",
                "text": "\n".join(part.text_between(0, None) for part in row.views),
                "status": row.status.words if row.status is not None else "",
            }
            for row in rows
        ]

    def do_attach(self, paths: list[str]) -> None:
        """As files that were chosen, or dropped."""
        self._program.window.exchanging.attach_chosen.emit(paths)

    def do_type(self, text: str) -> None:
        from PySide6.QtTest import QTest

        QTest.keyClicks(self._find("composer_text"), text)

    def do_files(self) -> list[str]:
        """What the rows of attached files tell a screen reader."""
        from PySide6.QtWidgets import QWidget

        attachments = self._program.window.page.composer.findChild(QWidget, "attachments")
        if attachments is None or not attachments.isVisible():
            return []
        return [row.accessibleName() for row in attachments._rows]

    def do_kept(self) -> dict[str, list[str]]:
        """Of each conversation in the file, which files its draft has there."""
        return {c.draft: [file.name for file in c.files] for c in self._program.store.conversations()}

    def do_trouble(self, kinds: int, outcome: int) -> None:
        """From now on all these calls below the data folder fail; with kinds 0 none."""
        from tests.helpers.trust.trouble import Call, Trouble

        trouble = Trouble(self._program.store.file.parent)
        if kinds:
            trouble.plan(Call(kinds), 1, outcome, for_ever=True)
        else:
            trouble.stop()

    def do_notices(self) -> list[str]:
        """The words of all bars and boxes that are shown."""
        from PySide6.QtWidgets import QLabel

        labels = [*self._program.window.findChildren(QLabel)]
        return [label.text() for label in labels if label.isVisible() and label.text()]

    def do_quit(self) -> None:
        self._program.window.close()

    def _find(self, name: str) -> Any:
        from PySide6.QtWidgets import QWidget

        found = self._program.window.findChild(QWidget, name)
        assert found is not None, name
        return found


def say(fact: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Start the program as its `__main__` does, with hands and eyes in it."""
    import asyncio

    from pizzagpt_desktop import __main__ as entry
    from pizzagpt_desktop import app
    from tests.helpers.trust.planted import plant

    shown, planted, *options = sys.argv[1:]
    plant(planted)
    really_run = app.Program.run

    async def run(self: Any) -> bool:
        loop = asyncio.get_running_loop()
        driver = Driver(self, Shown(Path(shown)))

        def listen() -> None:
            for line in sys.stdin:
                loop.call_soon_threadsafe(driver.do, json.loads(line))

        threading.Thread(target=listen, name="driver", daemon=True).start()
        say({"ready": True})
        return await really_run(self)

    app.Program.run = run  # type: ignore[method-assign]
    return entry.main(options)


if __name__ == "__main__":
    sys.exit(main())
