"""A window on a chat that the test prompts."""

from collections.abc import AsyncIterator, Callable

import pytest
from pytestqt.qtbot import QtBot

from tests.helpers.ui_parts import Rig


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
