"""Chapter "trouble in the window": the whole program on a disk that fails for a while says so, goes on, and saves again."""

import random
from pathlib import Path

import pytest

from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.scripted_service import Script, ScriptedService, numbered
from tests.helpers.trust.diary import integrity
from tests.helpers.trust.lives import Life
from tests.helpers.trust.trouble import CHANGES, Call, Outcome, environment
from tests.journeys.hands import write_preferences

TROUBLES = [
    (CHANGES, Outcome.ENOSPC, "disk is full"),
    (CHANGES, Outcome.EIO, "disk reported an error"),
    (Call.SYNC, Outcome.EIO, "disk reported an error"),
]


def texts(data: Path) -> list[str]:
    store = SqliteSessionStore(data / "data" / "chats.db")
    try:
        return [message.text for c in store.conversations() for message in store.messages(c.id)]
    finally:
        store.close()


@pytest.mark.parametrize(("kinds", "outcome", "words"), TROUBLES)
def test_it_says_so_and_saves_again(folder, seed, kinds, outcome, words):
    data = folder / "data"
    reply = "".join(numbered(40))
    during = random.Random(seed).randint(3, 12)
    with ScriptedService() as service:
        write_preferences(data, service.base_url, "steady")
        service.script("steady", Script(words=numbered(40), paced=True))
        life = Life(data, folder / "shown", environment=environment())
        try:
            life.hear("ready")
            life.do("send", text="before")
            service.permit(40)
            life.hear("ended")
            life.do("send", text="in the middle")
            service.permit(during)
            life.wait("page", lambda rows: f"word{during}" in rows[-1]["text"], "some words on the page")
            life.do("trouble", kinds=kinds, outcome=outcome)
            service.permit(40 - during)
            life.hear("ended")
            life.wait(
                "notices",
                lambda told: any(words in text.lower() for text in told),
                f"{words!r} in the window",
            )
            assert any("word40" in row["text"] for row in life.do("page")), "the chat did not go on"
            life.do("trouble", kinds=0, outcome=0)
            life.do("send", text="after")
            service.permit(40)
            life.hear("ended")
            life.wait(
                "notices",
                lambda told: not any(words in text.lower() for text in told),
                f"{words!r} to be taken away",
            )
            life.kill()
        finally:
            if life.process.poll() is None:
                life.kill()
    assert texts(data) == ["before", reply, "in the middle", reply, "after", reply]
    assert integrity(data / "data" / "chats.db") == "ok"
