"""Chapter "kill -9, drafts": files attached to a message that was not sent are in the composer after the next start."""

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.helpers.scripted_service import Script, ScriptedService
from tests.helpers.trust.diary import integrity
from tests.helpers.trust.lives import Life
from tests.journeys.hands import write_preferences

SMALL = "Grüße, and a line\n" * 20
LARGE = "".join(f"{number:,} large\n" for number in range(150_000))
"""Some 2 MB, which are written in many turns of the loop."""


class Desk:
    """A data folder with a service, and the lives of a program on it."""

    def __init__(self, folder: Path, service: ScriptedService) -> None:
        self.folder, self.service = folder, service
        self.data = folder / "data"
        self.chats = self.data / "data" / "chats.db"
        self.lives: list[Life] = []
        write_preferences(self.data, service.base_url, "steady")
        service.script("steady", Script(words=["Fine."]))
        for name, text in (("small.txt", SMALL), ("large.txt", LARGE)):
            (folder / name).write_text(text)

    def start(self) -> Life:
        life = Life(self.data, self.folder / f"shown-{len(self.lives)}")
        self.lives.append(life)
        life.hear("ready")
        return life

    def attach(self, life: Life, *names: str) -> None:
        life.do("attach", paths=[str(self.folder / name) for name in names])

    def asked(self) -> str:
        """The words that the service was asked with last."""
        return str(self.service.chats()[-1].json["messages"][-1]["content"])

    def parts(self) -> int:
        with closing(sqlite3.connect(self.chats)) as connection:
            return int(connection.execute("SELECT count(*) FROM draft_parts").fetchone()[0])


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    with ScriptedService() as service:
        desk = Desk(folder, service)
        yield desk
        for life in desk.lives:
            if life.process.poll() is None:
                life.kill()


def sent(text: str, *files: tuple[str, str]) -> str:
    return "\n\n".join([text, *(f"{name}:\n\n```\n{words.rstrip()}\n```" for name, words in files)])


def test_they_are_there_again_and_are_sent(desk: Desk) -> None:
    life = desk.start()
    desk.attach(life, "small.txt", "large.txt")
    life.wait("files", lambda rows: len(rows) == 2, "both rows")
    life.do("type", text="Look at these")
    wanted = {"Look at these": ["small.txt", "large.txt"]}
    life.wait("kept", lambda kept: kept == wanted, "both files on the disk")
    rows = life.do("files")
    life.kill()

    life = desk.start()
    assert life.do("files") == []
    life.wait("open", bool, "the draft in the list", title="Look at these")
    assert life.do("files") == rows
    life.do("new")
    assert life.do("files") == []
    life.do("open", title="Look at these")
    assert life.do("files") == rows
    life.do("send", text=", please")
    life.hear("ended")
    assert life.do("files") == []
    assert desk.asked() == sent("Look at these, please", ("small.txt", SMALL), ("large.txt", LARGE))
    life.kill()

    life = desk.start()
    life.wait("open", bool, "the conversation in the list", title="Look at these, please")
    assert life.do("files") == []
    for _ in range(2):  # what the kill left of their texts goes with the first end, or the second
        life.tell("quit")
        life.end()
        assert life.process.returncode == 0, life.errors()
        assert integrity(desk.chats) == "ok"
        life = desk.start()
    assert desk.parts() == 0


def test_a_quit_waits_for_what_is_written(desk: Desk) -> None:
    life = desk.start()
    desk.attach(life, "large.txt")
    life.wait("files", bool, "the row")
    life.tell("quit")
    life.end()
    life = desk.start()
    assert life.do("kept") == {"": ["large.txt"]}
    life.wait("open", bool, "the draft in the list", title="large.txt")
    life.do("send", text="Here")
    life.hear("ended")
    assert desk.asked() == sent("Here", ("large.txt", LARGE))


def test_killed_while_they_are_written_none_comes_back_by_halves(desk: Desk, seed, long, figures) -> None:
    rnd = random.Random(seed)
    kills, there = 40 if long else 2, 0
    for _ in range(kills):
        life = desk.start()
        desk.attach(life, "large.txt")
        time.sleep(rnd.uniform(0.0, 0.4))  # not waiting for anything: the moment of the kill
        life.kill()
        life = desk.start()
        kept = [files for files in life.do("kept").values() if files]
        there += len(kept)
        if kept:
            assert kept == [["large.txt"]]
            life.wait("open", bool, "the draft in the list", title="large.txt")
            life.do("send", text="Here")
            life.hear("ended")
            assert desk.asked() == sent("Here", ("large.txt", LARGE))
        life.kill()
        assert integrity(desk.chats) == "ok"
    figures("kill -9, drafts", kills=kills, whole=there, by_halves=0)
