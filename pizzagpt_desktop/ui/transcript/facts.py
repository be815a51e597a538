"""What is known about a message besides its text, in words: when, who, how much, how fast; knows no widget.

Only what is known is said. Services report no prices, so nothing is said about cost.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from pizzagpt_desktop.domain.conversation import Message, Role, Status
from pizzagpt_desktop.ui import strings

_SENT = ("prompt_tokens", "input_tokens", "prompt_eval_count")
_RECEIVED = ("completion_tokens", "output_tokens", "eval_count")
"""What services call the same counts."""
LONGEST_S, SHORTEST_S = 30 * 86_400.0, 0.05
"""A reply that took longer was timed by a clock that was set; of a shorter one no speed can be told."""
_COUNTS: Mapping[str, str] = {
    **dict.fromkeys(_SENT, "Tokens read"),
    **dict.fromkeys(_RECEIVED, "Tokens written"),
    "total_tokens": "Tokens in all",
    "cache_read_input_tokens": "Tokens read from a cache",
    "cache_creation_input_tokens": "Tokens put into a cache",
}
_ENDS: Mapping[str, str] = {
    "stop": "Complete",
    "end_turn": "Complete",
    "eos": "Complete",
    "length": "Cut at the token limit",
    "max_tokens": "Cut at the token limit",
    "content_filter": "Stopped by the service's filter",
    "tool_calls": "Asked for a tool",
    "tool_use": "Asked for a tool",
}
_STATES: Mapping[Status, str] = {
    Status.STREAMING: "Being written",
    Status.COMPLETE: "Complete",
    Status.STOPPED: "Stopped by you",
    Status.FAILED: "Failed",
    Status.INTERRUPTED: "Cut off",
}


class Fact(NamedTuple):
    """A name of one or two words, and what is known; both plain text."""

    name: str
    value: str


class Tool(NamedTuple):
    """A tool that the model asked for. arguments: exactly as the service sent them."""

    name: str
    arguments: str


def facts_of(message: Message, labels: Mapping[str, str], zone: tzinfo | None = None) -> list[Fact]:
    """All that is known, the most asked for first. labels: what to call services. zone: None is this computer's."""
    facts = [Fact("From", "You" if message.role is Role.USER else "The model")]

    def add(name: str, value: str) -> None:
        if value:
            facts.append(Fact(name, value))

    add("Written" if message.role is Role.USER else "Begun", _date(message.created_at, zone))
    if message.role is not Role.USER:
        add("Service", labels.get(message.provider, message.provider))
        add("Model", message.model)
        add("Route", message.route)
        add("State", _STATES[message.status])
        add("End", _ENDS.get(message.finish_reason or "", message.finish_reason or ""))
        if (taken := seconds_taken(message)) is not None:
            add("Time taken", _seconds(taken))
        for name, count in (message.usage or {}).items():
            add(_COUNTS.get(name, name), f"{count:,}")
        if (speed := tokens_per_second(message)) is not None:
            add("Speed", f"{_rate(speed)} tokens per second")
        if message.fault is not None:
            words = strings.fault_words(message.fault)
            add("What went wrong", f"{words.title} {words.hint}".strip())
        if message.skipped_events:
            add("Unreadable parts", f"{message.skipped_events:,}")
    add("Characters", f"{len(message.text):,}")
    return facts


def brief(message: Message, zone: tzinfo | None = None) -> str:
    """The few facts that stand in one quiet line: time, tokens, speed, how long it took."""
    parts = []
    if message.created_at > 0:
        parts.append(
            strings.moment(message.created_at, datetime.now(zone).astimezone(zone)).removeprefix("at ")
        )
    if (count := tokens_written(message)) is not None:
        parts.append(f"{count:,} tokens" if count != 1 else "1 token")
    if (speed := tokens_per_second(message)) is not None:
        parts.append(f"{_rate(speed)}/s")
    if message.role is not Role.USER and (taken := seconds_taken(message)) is not None:
        parts.append(_seconds(taken))
    return " · ".join(part for part in parts if part)


def in_lines(facts: list[Fact]) -> str:
    """Facts as text to copy or to show in a tool tip."""
    return "\n".join(f"{fact.name}: {fact.value}" for fact in facts)


def tools_of(message: Message) -> list[Tool]:
    """What the model asked for, in order; a call in a shape that nobody knows has what can be read of it."""
    found = []
    for call in message.tool_calls:
        function = call.get("function")
        shape = function if isinstance(function, Mapping) else call
        name, arguments = shape.get("name"), shape.get("arguments")
        found.append(
            Tool(
                name if isinstance(name, str) and name else "without a name",
                arguments if isinstance(arguments, str) else "" if arguments is None else str(arguments),
            )
        )
    return found


def seconds_taken(message: Message) -> float | None:
    """From the question to the end of the reply, where both times are known and can be true of one clock."""
    if message.ended_at is None or message.created_at <= 0:
        return None
    taken = message.ended_at - message.created_at
    return taken if 0 <= taken <= LONGEST_S else None


def tokens_written(message: Message) -> int | None:
    """The tokens of a reply as its service counted them."""
    usage = message.usage or {}
    return next((usage[name] for name in _RECEIVED if name in usage), None)


def tokens_per_second(message: Message) -> float | None:
    """Tokens of the reply by the whole time it took, the wait for the first one included."""
    count, taken = tokens_written(message), seconds_taken(message)
    return count / taken if count and taken and taken >= SHORTEST_S else None


def _rate(speed: float) -> str:
    return f"{speed:,.0f}" if speed >= 10 else f"{speed:.1f}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else strings.duration(seconds)


def _date(seconds: float, zone: tzinfo | None) -> str:
    if seconds <= 0:
        return ""
    try:
        then = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    except (OverflowError, ValueError, OSError):  # no clock ever said that
        return ""
    return f"{then.day} {strings.MONTHS[then.month - 1]} {then.year}, {then:%H:%M:%S}"
