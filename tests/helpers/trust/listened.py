"""A real window with two questions answered, to be looked at from outside; does what it is told on its input, line by line.

`choose N` gives the keyboard to message N, `say WORDS` asks one more question, `new` opens another conversation,
`end` ends. Each is answered with a line.
"""

import asyncio
import sys
from collections.abc import Callable

import qasync
from PySide6.QtWidgets import QApplication

from tests.helpers.ui_parts import Rig


async def main() -> None:
    rig = Rig()

    async def until(fact: Callable[[], object]) -> None:
        while not fact():  # noqa: ASYNC110  (a fact of the chat; nobody tells of it, and Qt turns by itself)
            await asyncio.sleep(0.005)

    rig.until = until  # type: ignore[method-assign]  # under qasync nobody may turn them besides
    rig.show()
    await rig.say("What is a pizza?", "A **dish** of dough.\n\n```py\nx = 1\n```")
    await rig.say("And a calzone?", "A folded pizza.")
    loop = asyncio.get_running_loop()
    print("ready", flush=True)
    while True:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        command, _, words = line.strip().partition(" ")
        match command:
            case "choose":
                rig.window.page.transcript.setFocus()
                rig.window.page.transcript.choose(int(words))
            case "say":
                await rig.say(words)
            case "new":
                rig.window.desk.open_new()
            case _:
                break
        await asyncio.sleep(0)
        print("done", flush=True)
    await rig.close()
    print("ended", flush=True)


if __name__ == "__main__":
    application = QApplication([])
    with qasync.QEventLoop(application) as loop:
        loop.run_until_complete(main())
