"""The window while the program ends: its chats are closed before it goes."""

from pathlib import Path

from PySide6.QtCore import QTimer

from pizzagpt_desktop.domain.conversation import Siblings
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.ui_parts import Rig

CODE = "```python\n" + "def pizza():\n    return 'tomato'\n" * 400 + "```\n"


def at_work(rig: Rig) -> list[QTimer]:
    return [timer for timer in rig.window.findChildren(QTimer) if timer.isActive()]


async def test_a_window_at_rest_does_nothing_by_itself(rig: Rig) -> None:
    rig.window.desk.send("Some code?")
    rig.prompter.say(CODE)
    await rig.until(lambda: rig.window.page.transcript._highlighter.busy)
    assert rig.window.page.transcript._highlighter._turn in at_work(rig)
    await rig.service.close()
    rig.window.hide()
    rig.window.rest()
    assert at_work(rig) == []


async def test_a_view_that_is_drawn_once_more_asks_a_closed_store_for_nothing(
    make_rig, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    store = SqliteSessionStore(tmp_path / "chats.db")
    rig = make_rig(store=store)
    rig.show()
    identity = await rig.say("A question", CODE)
    view = rig.window.page.transcript
    reply = rig.library.path(identity)[-1]
    await rig.service.close()
    store.close()
    view.arrange()
    view.viewport().repaint()
    assert view.siblings_of(reply.id) == Siblings()
