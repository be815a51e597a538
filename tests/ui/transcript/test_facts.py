"""What is known about a message: said where it is known, left out where not, whatever a service called it."""

import math
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QCursor, QHelpEvent
from PySide6.QtWidgets import QApplication, QLabel, QToolTip

from pizzagpt_desktop.domain.conversation import FaultNote, Message, Role, Status
from pizzagpt_desktop.domain.faults import FaultKind
from pizzagpt_desktop.ui.transcript.facts import (
    CURRENCY,
    Fact,
    brief,
    facts_of,
    in_lines,
    tokens_per_second,
    tokens_written,
    tools_of,
)
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.helpers.transcripts import SiblingsOf, button, place_on_screen, reply

THEN = 1_772_540_000.0


def known(message: Message) -> dict[str, str]:
    return dict(facts_of(message, {"openai": "OpenAI-compatible"}, UTC))


def test_a_full_reply_says_all_of_it() -> None:
    message = reply(
        "Hello.",
        created_at=THEN,
        ended_at=THEN + 2.5,
        provider="openai",
        model="kitchen-1",
        route="api.example.com via proxy corp:8080",
        finish_reason="length",
        usage={"prompt_tokens": 1200, "completion_tokens": 50, "total_tokens": 1250},
        skipped_events=2,
        bytes_sent=1234,
        bytes_received=56789,
        fault=FaultNote(FaultKind.NETWORK),
        status=Status.INTERRUPTED,
    )
    facts = known(message)
    assert facts == {
        "From": "The model",
        "Begun": "3 March 2026, 12:13:20",
        "Service": "OpenAI-compatible",
        "Model": "kitchen-1",
        "Route": "api.example.com via proxy corp:8080",
        "Bytes": "1,234 sent, 56,789 received",
        "State": "Cut off",
        "End": "Cut at the token limit",
        "Time taken": "2.5 s",
        "Tokens read": "1,200",
        "Tokens written": "50",
        "Tokens in all": "1,250",
        "Speed": "20 tokens per second",
        "What went wrong": "The service could not be reached. Check the network and the address.",
        "Unreadable parts": "2",
        "Characters": "6",
    }


def test_a_reply_of_this_computer_says_how_fast_the_engine_was_and_how_full_its_context_is() -> None:
    usage = {
        "prompt_tokens": 1000, "completion_tokens": 90, "first_token_ms": 340, "prompt_ms": 300, "answer_ms": 1500,
        "context_size": 2048,
    }  # fmt: skip
    facts = known(reply("Hello.", created_at=THEN, ended_at=THEN + 9, provider="local", usage=usage))
    assert facts["Speed"] == "60 tokens per second"
    assert facts["First words after"] == "0.3 s"
    assert facts["Context used"] == "1,090 of 2,048 tokens"
    assert not [name for name in facts if "_" in name]


def test_a_cost_is_said_where_a_price_was_entered() -> None:
    message = reply("Hello.", usage={"prompt_tokens": 10, "completion_tokens": 5, "cost_nano": 12_300_000})
    facts = dict(facts_of(message, {CURRENCY: "EUR"}, UTC))
    assert facts["Cost"] == "0.0123 EUR"
    assert "Cost" not in known(reply("Hello.", usage={"prompt_tokens": 10}))


def test_what_is_not_known_is_left_out() -> None:
    assert known(reply("")) == {"From": "The model", "State": "Complete", "Characters": "0"}
    mine = Message(id="u", conversation_id="c", parent_id=None, role=Role.USER, text="four", created_at=THEN)
    assert known(mine) == {"From": "You", "Written": "3 March 2026, 12:13:20", "Characters": "4"}
    assert brief(reply("")) == ""


@pytest.mark.parametrize("name", ["completion_tokens", "output_tokens", "eval_count"])
def test_every_dialects_count_is_a_count(name: str) -> None:
    message = reply("x", usage={name: 90}, created_at=THEN, ended_at=THEN + 60)
    assert tokens_written(message) == 90
    assert tokens_per_second(message) == 1.5
    assert known(message)["Tokens written"] == "90"
    assert brief(message).endswith("90 tokens · 1.5 tokens/s · 60 s")


def test_parts_of_a_count_and_what_only_one_service_counts() -> None:
    usage = {
        "input_tokens": 6, "cache_read_input_tokens": 4, "output_tokens": 9, "output_tokens_details.reasoning_tokens": 5,
        "prompt_tokens_details.audio_tokens": 0, "num_sources_used": 2,
    }  # fmt: skip
    facts = {name: value for name, value in known(reply("x", usage=usage)).items() if value.isdecimal()}
    assert facts == {
        "Tokens read": "10", "Tokens read from a cache": "4", "Tokens written": "9", "Tokens of thought": "5",
        "Tokens in all": "19", "num_sources_used": "2", "Characters": "1",
    }  # fmt: skip


@given(
    created=st.floats(allow_nan=False),
    ended=st.none() | st.floats(allow_nan=False),
    usage=st.none() | st.dictionaries(st.text(max_size=20), st.integers(0, 2**63 - 1), max_size=4),
)
def test_no_clock_and_no_count_is_too_strange(
    created: float, ended: float | None, usage: dict | None
) -> None:
    message = reply("x", created_at=created, ended_at=ended, usage=usage)
    text = in_lines(facts_of(message, {}, UTC)) + brief(message, UTC)
    assert "nan" not in text
    speed = tokens_per_second(message)
    assert speed is None or math.isfinite(speed)


def test_tools_are_read_in_every_shape() -> None:
    calls = (
        {"id": "1", "name": "f", "arguments": '{"a": 1}'},
        {"function": {"name": "g", "arguments": '{"b"'}},
        {"function": {"name": 3}},
        {},
        {"name": "h", "arguments": {"c": 2}, "by_service": True},
    )
    tools = tools_of(reply("", tool_calls=calls))
    assert [tool.name for tool in tools] == ["f", "g", "without a name", "without a name", "h"]
    assert [tool.by_service for tool in tools] == [False] * 4 + [True]
    assert [tool.arguments for tool in tools] == ['{"a": 1}', '{"b"', "", "", "{'c': 2}"]


def test_facts_are_lines_of_text() -> None:
    assert in_lines([Fact("Model", "x"), Fact("Route", "y")]) == "Model: x\nRoute: y"


def last_pixel(view: TranscriptView) -> int:
    """How far right the last button of the actions goes."""
    more = button(view, "More")
    return more.mapTo(view.viewport(), more.rect().bottomRight()).x()


def test_a_few_facts_stand_beside_the_actions_where_there_is_room(
    view: TranscriptView, one_of: SiblingsOf
) -> None:
    message = reply("words", created_at=THEN, ended_at=THEN + 2, usage={"output_tokens": 30})
    view.show_path("c", [message], one_of)
    words = brief(message)
    assert words.endswith("30 tokens · 15 tokens/s · 2.0 s")
    assert [found.text() for found in view.findChildren(QLabel) if found.isVisible()] == [words]
    said = set()
    for width in range(460, 240, -10):
        view.resize(width, 600)
        said |= {found.text() for found in view.findChildren(QLabel) if found.isVisible()}
        assert last_pixel(view) < view.viewport().width()
    parts = words.split(" · ")
    assert said == {" · ".join(parts[:count]) for count in range(1, len(parts) + 1)}
    view.resize(150, 600)
    assert [found.text() for found in view.findChildren(QLabel) if found.isVisible()] == []
    assert last_pixel(view) < view.viewport().width()


def test_over_the_small_line_a_tool_tip_says_all_as_plain_text(
    view: TranscriptView, one_of: SiblingsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    tips: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda at, words, widget: tips.append(words))
    view.show_path("c", [reply("words", model="<b>&amp;")], one_of)
    at = QPoint(view.rows.row(0).body_left() + 4, place_on_screen(view, "r") + 4)
    QApplication.sendEvent(view.viewport(), QHelpEvent(QEvent.Type.ToolTip, at, QCursor.pos()))
    assert tips == [
        "<p style='white-space: pre; margin: 0'>From: The model\nModel: &lt;b&gt;&amp;amp;\n"
        "State: Complete\nCharacters: 5</p>"
    ]


def test_no_tool_tip_lies_over_the_text_that_is_read(view: TranscriptView, one_of: SiblingsOf) -> None:
    view.setToolTip("Messages")
    view.show_path("c", [reply("words " * 200)], one_of)
    at = view.viewport().rect().center()
    QApplication.sendEvent(
        view.viewport(), QHelpEvent(QEvent.Type.ToolTip, at, view.viewport().mapToGlobal(at))
    )
    assert not QToolTip.isVisible()


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.0, "1 ms"), (0.042, "42 ms"), (0.1, "0.1 s"), (2.5, "2.5 s")]
)
def test_a_short_time_is_not_none(seconds: float, words: str) -> None:
    message = reply("Hi", created_at=THEN, ended_at=THEN + seconds)
    assert known(message)["Time taken"] == words
