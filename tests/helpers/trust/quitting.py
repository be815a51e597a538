"""The desktop program that quits by itself, a while after it was brought into some situation; knows no test.

python -m tests.helpers.trust.quitting SITUATION MILLISECONDS CHANCE [options of the program]
"""

import faulthandler
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

DIALOGS = (
    "preferences", "help", "palette", "asking", "models", "proxy", "tags", "move", "choose_model", "service", "attach",
    "import", "export", "export_all", "restore", "details", "source", "compare", "show_tag", "rename",
)  # fmt: skip

STUCK_S = 40


class Situations:
    """Each brings a program into one."""

    def __init__(self, program: Any, chance: random.Random) -> None:
        self._program = program
        self._window = program.window
        self._chance = chance

    def loading(self) -> None:
        """Only started."""

    def reply(self) -> None:
        self._open()
        self._window.desk.send("Go on")

    def dialog(self) -> None:
        """Some dialog above a reply, or none."""
        if self._chance.random() < 0.5:
            self.reply()
        else:
            self._open()
        self._window.actions_by_id.run(self._chance.choice(DIALOGS))

    def search(self) -> None:
        self._open()
        self._window._seeking.search_everything("word")
        self._window.actions_by_id.run("find")

    def carrying(self) -> None:
        """An export of everything, or an import of what was exported."""
        path = self._program.store.file.parent / "exported.json"
        exchanging = self._window.exchanging
        if path.exists():
            exchanging.import_chosen.emit(str(path))
        else:
            exchanging.export_chosen.emit([one.id for one in self._program.store.conversations()], str(path))

    def backup(self) -> None:
        self._window.actions_by_id.run("backup")

    def erasing(self) -> None:
        self._open()
        self._window.actions_by_id.run("delete")
        self._program.store.purge(time.time() + 1)

    def anew(self) -> None:
        """The window closes, the chats are recovered, and another window opens."""
        self._program.keeper.recover()

    def _open(self) -> None:
        self._program.open(self._chance.choice(self._program.store.conversations()).id)


EARLY = frozenset({"loading"})
SITUATIONS = ("loading", "reply", "dialog", "search", "carrying", "backup", "erasing", "anew")


def main() -> int:
    """Run the program as its `__main__` does; its exit status."""
    from PySide6.QtCore import QTimer

    from pizzagpt_desktop import __main__ as entry
    from pizzagpt_desktop import app

    faulthandler.dump_traceback_later(
        STUCK_S, exit=True
    )  # whoever waits for the end learns what it waits for
    situation, milliseconds, chance, *options = sys.argv[1:]
    really_run, really_loaded = app.Program.run, app.Program._on_loaded
    begun: list[Path] = []

    def begin(program: Any) -> None:
        if not begun:
            begun.append(program.store.file)
            getattr(Situations(program, random.Random(chance)), situation)()
            if situation == "anew":
                return
        quit_: Callable[[], object] = program.window.close
        QTimer.singleShot(int(milliseconds), program.window, quit_)

    async def run(program: Any) -> bool:
        if situation in EARLY:
            begin(program)
        return await really_run(program)

    def on_loaded(program: Any) -> None:
        really_loaded(program)
        if situation not in EARLY:
            begin(program)

    app.Program.run = run  # type: ignore[method-assign]
    app.Program._on_loaded = on_loaded  # type: ignore[method-assign]
    return entry.main(options)


if __name__ == "__main__":
    sys.exit(main())
