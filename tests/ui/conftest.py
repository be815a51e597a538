"""A window on a chat that the test prompts."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.helpers.shelf_parts import Hands, filled
from tests.helpers.ui_parts import READY, Rig

PATIENCE_MS = 60_000
"""What is waited for comes, however busy the machine is; its own five seconds were too few beside other work."""
for _wait in (QtBot.waitUntil, QtBot.waitExposed, QtBot.waitActive, QtBot.waitSignal, QtBot.waitSignals):
    _wait.__kwdefaults__["timeout"] = PATIENCE_MS


@pytest.fixture(autouse=True)
def _own_looks(qapp: QApplication) -> Iterator[None]:
    """What a test does to the whole application's font and colours ends with it."""
    font, palette = qapp.font(), qapp.palette()
    yield
    qapp.setFont(font)
    qapp.setPalette(palette)


@pytest.fixture
async def make_rig(qtbot: QtBot, _no_leaked_task: None) -> AsyncIterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(*args: object, **named: object) -> Rig:
        made.append(Rig(*args, **named))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for rig in made:
        await rig.close()


@pytest.fixture
async def rig(make_rig: Callable[..., Rig]) -> Rig:
    made = make_rig()
    made.show()
    return made


@pytest.fixture
def shelf(make_rig: Callable[..., Rig]) -> Callable[..., Hands]:
    """A window over a library with these conversations and folders."""

    def make(*names: str, folders: tuple[str, ...] = (), **facts: object) -> Hands:
        rig = make_rig(READY, filled(*names, folders=folders, **facts))
        rig.show()
        return Hands(rig)

    return make
