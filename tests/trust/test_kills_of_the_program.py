"""Chapter "kill -9, program": the whole program dies while words stream in, and each next start has what was shown.

A scripted service streams numbered words at a known pace. Every life begins with the judgement of the one before.
"""

import random
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from pizzagpt_desktop.domain.conversation import Message, Role
from pizzagpt_desktop.storage.store import SqliteSessionStore
from tests.helpers.scripted_service import Script, ScriptedService, numbered
from tests.helpers.trust.diary import integrity
from tests.helpers.trust.driven import lost_for, stamps
from tests.helpers.trust.lives import Life
from tests.journeys.hands import write_preferences

PACE_S = 0.005
PROMISE_S = 0.5
WORDS = numbered(2000)
WAYS = {"stream": 60, "send": 15, "start": 10, "stop": 8, "ended": 7}


class Exchange(NamedTuple):
    """One question of one life and what was shown of its reply. sent: whether it stood on the page."""

    question: str
    sent: bool
    shown: list[tuple[float, float, int]]
    killed_at: float
    ended: str | None
    stopping: bool


class User:
    """Somebody whose program dies again and again, with one data folder."""

    def __init__(self, folder: Path, service: ScriptedService, rnd: random.Random, planted: str) -> None:
        self.data = folder / "data"
        self._folder, self._service, self._rnd, self._planted = folder, service, rnd, planted
        self._life: Life | None = None
        self.past: list[Exchange] = []
        self.worst_s = 0.0
        self.worst_words = 0
        self.interrupted = 0
        write_preferences(self.data, service.base_url, "steady")

    def live_and_die(self, number: int) -> None:
        rnd = self._rnd
        way = rnd.choices(list(WAYS), list(WAYS.values()))[0]
        life = self._start(number)
        if way == "start":
            time.sleep(rnd.uniform(0.0, 0.8))  # not waiting for anything: the moment of the kill
            life.kill()
            return
        life.hear("ready")
        self._judge(life)
        if not self.past or not self.past[-1].sent or rnd.random() < 0.7:
            life.do("new")
        self._service.script("steady", Script(words=WORDS[:20] if way == "ended" else WORDS, pace_s=PACE_S))
        question = f"question {number} of {self._folder.name}"
        done = sum("done" in fact for fact in life.said)
        life.tell("send", text=question)
        if way != "send":
            life.hear("done")
        if way == "ended":
            life.hear("ended")
        else:
            time.sleep(rnd.uniform(0.0, 0.08 if way == "send" else 1.6))  # the moment of the kill
        if way == "stop":
            life.tell("stop")
            time.sleep(rnd.uniform(0.0, 0.03))
        killed_at = life.kill()
        ended = [fact["text"] for fact in life.said if "ended" in fact]
        sent = sum("done" in fact for fact in life.said) > done
        self.past.append(
            Exchange(
                question, sent, stamps(life.shown), killed_at, ended[0] if ended else None, way == "stop"
            )
        )

    def finish(self, number: int) -> None:
        """A last start, which judges the last kill, and an orderly end."""
        life = self._start(number)
        life.hear("ready")
        self._judge(life)
        life.tell("quit")
        life.end()
        assert life.process.returncode == 0, life.errors()
        assert integrity(self.data / "data" / "chats.db") == "ok"

    def _start(self, number: int) -> Life:
        self._life = Life(self.data, self._folder / f"shown-{number}", self._planted)
        return self._life

    def leave(self) -> None:
        """No program is left running, whatever was found."""
        if self._life is not None and self._life.process.poll() is None:
            self._life.kill()

    def _judge(self, life: Life) -> None:
        """What the store has of all lives, and what the window shows of the last one."""
        store = SqliteSessionStore(self.data / "data" / "chats.db")
        try:
            messages = [m for c in store.conversations() for m in store.messages(c.id)]
        finally:
            store.close()
        for exchange in self.past:
            self._judge_one(exchange, messages)
        if self.past and self.past[-1].sent:
            self._judge_page(life, self.past[-1], messages)

    def _judge_one(self, exchange: Exchange, messages: list[Message]) -> None:
        asked = [m for m in messages if m.role is Role.USER and m.text == exchange.question]
        assert len(asked) <= 1, f"{exchange.question!r} is doubled"
        if exchange.sent:
            assert asked, f"{exchange.question!r} is lost"
        replies = [m for m in messages if asked and m.parent_id == asked[0].id]
        assert len(replies) <= 1, f"the reply to {exchange.question!r} is doubled"
        text = replies[0].text if replies else ""
        words = text.split(" ")[:-1]
        assert text == "".join(WORDS[: len(words)]), f"the reply to {exchange.question!r} has gaps"
        if exchange.ended is not None:
            assert text == exchange.ended, f"the ended reply to {exchange.question!r} is not as it was shown"
        elif replies:
            status = replies[0].status
            assert status == "interrupted" or (exchange.stopping and status == "stopped"), status
        lost_s = lost_for(exchange.shown, exchange.killed_at, len(text))
        assert lost_s <= PROMISE_S, (
            f"the reply to {exchange.question!r} lost what had been shown for {lost_s * 1000:.0f} ms"
        )
        if lost_s >= self.worst_s:
            self.worst_s = lost_s
            self.worst_words = (max(shown for *_, shown in exchange.shown) if exchange.shown else 0) - len(
                text
            )

    def _judge_page(self, life: Life, exchange: Exchange, messages: list[Message]) -> None:
        """The window offers what was cut off."""
        (asked,) = [m for m in messages if m.role is Role.USER and m.text == exchange.question]
        first = next(m for m in messages if m.conversation_id == asked.conversation_id)
        life.wait("open", bool, f"{first.text!r} in the list", title=first.text)
        page = life.wait(
            "page",
            lambda rows: any(exchange.question in row["text"] for row in rows),
            f"{exchange.question!r} on the page",
        )
        at = next(number for number, row in enumerate(page) if exchange.question in row["text"])
        replies = [m for m in messages if m.parent_id == asked.id]
        if replies and replies[0].status == "interrupted":
            self.interrupted += 1
            assert "cut off" in page[at + 1]["status"].lower(), page[at + 1]
            last = replies[0].text.split(" ")[-2:-1]
            assert all(word in page[at + 1]["text"] for word in last), "the page lacks the last words"


def die_again_and_again(folder: Path, seed: int, lives: int, planted: str = "") -> User:
    with ScriptedService() as service:
        user = User(folder, service, random.Random(seed), planted)
        try:
            for number in range(lives):
                user.live_and_die(number)
            user.finish(lives)
        finally:
            user.leave()
    return user


@pytest.mark.parametrize("part", range(4))
def test_while_words_stream_in(folder, seed, long, figures, part):
    lives = 80 if long else 2
    user = die_again_and_again(folder, seed + part, lives)
    figures(
        f"kill -9, program {part + 1} of 4", kills=lives, lost=0, doubled=0, cut_off_shown=user.interrupted,
        worst_ms=round(user.worst_s * 1000), pace_ms=PACE_S * 1000,
    )  # fmt: skip


def test_the_harness_sees_rare_checkpoints(folder, seed):
    with pytest.raises(AssertionError, match="lost what had been shown for"):
        die_again_and_again(folder, seed, 20, "checkpoints rare")
