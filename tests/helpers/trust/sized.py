"""A window with messages in it, as this process's environment has Qt draw it; says in one line what can be seen of it."""

import asyncio
import json

import qasync
from PySide6.QtWidgets import QApplication

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings
from tests.helpers.ui_parts import Rig


async def main() -> None:
    rig = Rig()
    rig.show(800, 700)
    window, page = rig.window, rig.window.page
    page.show_empty(False)
    text = "# Head\n\nWords \N{SLICE OF PIZZA} and שלום.\n\n```py\nx = 1\n```\n\n|a|b|\n|-|-|\n|1|2|\n"
    messages = [
        Message(id=str(at), conversation_id="c", parent_id=None, role=Role.ASSISTANT if at % 2 else Role.USER, text=text)
        for at in range(8)
    ]  # fmt: skip
    page.transcript.show_path("c", messages, lambda identity: Siblings((identity,)))
    await asyncio.sleep(0)
    QApplication.processEvents()
    image = window.grab().toImage()
    colours = {
        image.pixelColor(x, y).name() for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)
    }
    print(
        json.dumps(
            {
                "scale": round(image.width() / window.width(), 2),
                "composer": page.composer.width(),
                "column": page.transcript.rows.row(7).column[1],
                "row": page.transcript.rows.heights[7],
                "colours": len(colours),
                "follows": page.transcript.follows_end,
            }
        )
    )
    await rig.close()


if __name__ == "__main__":
    application = QApplication([])
    with qasync.QEventLoop(application) as loop:
        loop.run_until_complete(main())
