"""Copies of a long conversation: the window says that they take a while, and shows them when they are whole."""

import pytest

from pizzagpt_desktop.domain.conversation import Conversation, Message, Role, Status
from pizzagpt_desktop.ui import strings
from tests.helpers.memory_store import MemoryStore
from tests.helpers.ui_parts import Rig

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


@pytest.fixture
async def long(qapp: object):  # type: ignore[no-untyped-def]
    store = MemoryStore()
    store.add_conversation(Conversation(id="old", title="Old"))
    for number in range(250):
        store.add_message(
            Message(
                id=f"m{number}",
                conversation_id="old",
                parent_id=f"m{number - 1}" if number else None,
                role=(Role.USER, Role.ASSISTANT)[number % 2],
                text=f"text {number}",
                status=Status.COMPLETE,
                created_at=1.0,
            )
        )
    rig = Rig(store=store)
    rig.show()
    rig.window.desk.open("old")
    yield rig
    await rig.close()


@pytest.mark.parametrize(("command", "notice"), [("duplicate", "copying"), ("branch_off", "branch")])
async def test_the_copy_comes_to_the_list_and_what_lies_open_stays(
    long: Rig, command: str, notice: str
) -> None:
    if command == "duplicate":
        long.window.actions_by_id.run("duplicate")
    else:
        long.window.desk.branching.branch_off("m249")
    assert long.window.page.notices.text(notice) == strings.COPYING
    assert long.store.count() == 1
    await long.until(lambda: len(long.library.conversations()) == 2)
    assert long.window.desk.conversation.id == "old"


async def test_a_copy_that_could_not_be_made_is_told(long: Rig) -> None:
    long.window.actions_by_id.run("duplicate")
    long.store.refuse = {"copy_conversation"}
    await long.until(lambda: "was not copied" in long.window.page.notices.text("copying"))
    assert long.store.count() == 1
