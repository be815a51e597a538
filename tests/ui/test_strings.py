"""Words for every fault and state."""

from datetime import datetime, timedelta, timezone

import pytest

from pizzagpt_desktop.domain.conversation import FaultNote, Message, Role, Status
from pizzagpt_desktop.domain.faults import NO_KEY_SENT, Fault, FaultKind
from pizzagpt_desktop.network.decode import too_large
from pizzagpt_desktop.providers.answers import fault_from_status
from pizzagpt_desktop.ui import strings


def _reply(status: Status, text: str = "Some text", **facts: object) -> Message:
    return Message(
        id="r",
        conversation_id="c",
        parent_id="u",
        role=Role.ASSISTANT,
        text=text,
        status=status,
        **facts,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("kind", list(FaultKind))
def test_every_fault_has_words_that_say_what_happened_and_what_to_do(kind: FaultKind) -> None:
    words = strings.fault_words(Fault(kind))
    assert words.title[0].isupper()
    assert words.title.endswith(".")
    assert words.hint[0].isupper()
    assert words.hint.endswith(".")
    assert "!" not in words.title + words.hint
    assert words == strings.fault_words(FaultNote(kind))


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("text", ["", "Some text"])
def test_every_status_has_words_and_a_complete_reply_needs_none(status: Status, text: str) -> None:
    words = strings.status_words(_reply(status, text))
    assert (words == "") == (status is Status.COMPLETE)


def test_a_services_own_words_are_quoted_and_never_take_our_place() -> None:
    words = strings.fault_words(Fault(FaultKind.AUTH, "Incorrect API key provided"))
    assert words.title == "The service did not accept the key."
    assert words.hint == "It said: “Incorrect API key provided”. Check the key in the preferences."
    assert words.action == "preferences"


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"", "The service has a fault (500 Internal Server Error)."),
        (
            b'{"error": "the cheese is out"}',
            "The service has a fault (500 Internal Server Error): the cheese is out.",
        ),
    ],
)
def test_what_we_say_of_a_service_is_not_put_into_its_mouth(body: bytes, title: str) -> None:
    words = strings.fault_words(fault_from_status(500, body, {}))
    assert words == strings.FaultWords(title, "Retry in a while.", "retry")


def test_a_key_that_was_not_sent_is_asked_for() -> None:
    words = strings.fault_words(
        Fault(FaultKind.AUTH, "The service did not accept the key (401).", hint=NO_KEY_SENT)
    )
    assert words.title == "The service asks for a key."
    assert words.hint == NO_KEY_SENT


def test_an_answer_over_our_limit_is_not_a_conversation_that_is_too_long() -> None:
    words = strings.fault_words(too_large("The reply", 32 * 1024 * 1024))
    assert words.title == "The reply is too large (over 32 MiB)."
    assert words.hint == "What had come is kept. Ask for less at once."


def test_our_more_exact_sentence_takes_the_title() -> None:
    fault = Fault(FaultKind.NETWORK, "Nothing answers at 127.0.0.1:11434", hint="Is Ollama running?")
    assert strings.fault_words(fault) == strings.FaultWords(
        "Nothing answers at 127.0.0.1:11434.", "Is Ollama running?", "retry"
    )


def test_a_rate_limit_says_how_long() -> None:
    words = strings.fault_words(Fault(FaultKind.RATE_LIMIT, retry_after_s=7))
    assert words.hint == "Try again in 7 s."
    assert words.action == "retry"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (90, "90 s"), (120, "2 min"), (7300, "2 h"), (31536000, "365 days")],
)
def test_durations(seconds: float, words: str) -> None:
    assert strings.duration(seconds) == words


def test_how_a_complete_reply_ended_is_said() -> None:
    assert strings.status_words(_reply(Status.COMPLETE, finish_reason="stop")) == ""
    assert strings.status_words(_reply(Status.COMPLETE, finish_reason="length")) == "Cut at the token limit."
    tool = _reply(Status.COMPLETE, tool_calls=({"function": {"name": "look_up"}},))
    assert strings.status_words(tool) == "The model asked for look_up; tools are not run."
    search = {"name": "web_search", "by_service": True}
    used = _reply(Status.COMPLETE, tool_calls=(search, search))
    assert strings.status_words(used) == "The service used web_search."
    both = _reply(Status.COMPLETE, tool_calls=(search, {"name": "f"}))
    assert (
        strings.status_words(both) == "The service used web_search. The model asked for f; tools are not run."
    )
    assert "missing" in strings.status_words(_reply(Status.COMPLETE, skipped_events=2))


def test_a_failed_reply_says_its_fault() -> None:
    failed = _reply(Status.FAILED, fault=FaultNote(FaultKind.EMPTY))
    assert strings.status_words(failed) == "The service sent an empty reply."


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("2026-03-20T14:32:59", "at 14:32"),
        ("2026-03-20T00:00:00", "at 00:00"),
        ("2026-03-19T23:59:00", "yesterday at 23:59"),
        ("2026-03-16T09:05:00", "on Monday at 09:05"),
        ("2026-03-13T09:05:00", "on 13 March at 09:05"),
        ("2025-12-24T18:00:00", "on 24 December 2025 at 18:00"),
        ("2026-03-21T08:00:00", "on 21 March at 08:00"),
    ],
)
def test_a_moment_is_said_as_people_say_it(then: str, words: str) -> None:
    zone = timezone(timedelta(hours=2))
    now = datetime(2026, 3, 20, 20, 0, tzinfo=zone)
    seconds = datetime.fromisoformat(then).replace(tzinfo=zone).timestamp()
    assert strings.moment(seconds, now) == words


def test_a_moment_that_no_clock_ever_said_is_left_out() -> None:
    assert strings.moment(1e30) == ""
    cut = _reply(Status.INTERRUPTED, ended_at=1e30)
    assert strings.status_words(cut) == "Cut off. The text so far is kept."


def test_a_cut_off_reply_says_when_and_what_became_of_it() -> None:
    cut = _reply(Status.INTERRUPTED, ended_at=1_000_000_000.0)
    assert strings.status_words(cut).startswith("Cut off on 9 September 2001 at ")
    assert strings.status_words(cut).endswith(" The text so far is kept.")
    assert strings.status_words(_reply(Status.INTERRUPTED, "")).endswith("No text had come.")
    assert strings.status_words(_reply(Status.INTERRUPTED, kept=True)) == "Cut off, and kept as it is."


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (0, "Reasoning"), (-5, "Reasoning"), (300, "Thought for a moment"), (12_400, "Thought for 12 s"),
        (200_000, "Thought for 3 min"),
    ],
)  # fmt: skip
def test_how_long_a_model_thought(milliseconds: int, words: str) -> None:
    assert strings.thought_words(milliseconds) == words
