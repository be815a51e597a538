"""How long a model reasoned is measured where its chunks arrive, and stays with the message."""

from pizzagpt_desktop.chat.reply import Growth
from pizzagpt_desktop.domain.chunks import Reasoning
from pizzagpt_desktop.domain.conversation import Message, Role, Status


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def reply(**facts: object) -> Message:
    return Message(id="r", conversation_id="c", parent_id=None, role=Role.ASSISTANT, text="", **facts)  # type: ignore[arg-type]


def test_from_the_first_thought_to_the_first_word_and_again() -> None:
    clock = Clock()
    growth = Growth(reply(), clock)
    clock.now += 5  # waiting is not thinking
    for _ in range(3):
        growth.take(Reasoning("hm"))
        clock.now += 4
    growth.take("So")
    clock.now += 60
    growth.take(Reasoning("but"))
    clock.now += 1.5
    growth.take(" then")
    clock.now += 30
    assert growth.grown(Status.COMPLETE, 1.0).thought_ms == 13_500


def test_a_reply_that_is_stopped_while_it_thinks_has_thought_until_then() -> None:
    clock = Clock()
    growth = Growth(reply(thought_ms=2_000), clock)
    growth.take(Reasoning("hm"))
    clock.now += 3
    assert growth.grown(Status.STOPPED, 1.0).thought_ms == 5_000, "a continued reply goes on counting"


def test_a_reply_without_reasoning_has_no_such_time() -> None:
    growth = Growth(reply(), Clock())
    growth.take("words")
    assert growth.grown(Status.COMPLETE, 1.0).thought_ms == 0
