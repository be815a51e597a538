"""What is known about a message besides its text, in words: when, who, how much, how fast; knows no widget.

Only what is known is said: a cost only where the user entered a price.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from pizzagpt_desktop.domain.conversation import Message, Role, Status
from pizzagpt_desktop.domain.prices import COST, money
from pizzagpt_desktop.domain.usage import COMMON, tokens_of
from pizzagpt_desktop.domain.window_notes import CONTEXT, LEFT_OUT, NEEDED, NOTES, SUMMARISED, UNSUMMARISED
from pizzagpt_desktop.ui import strings

CURRENCY = "currency of the costs"
"""Under this the labels say it; no service has such an id."""
FIRST_TOKEN, ANSWER_MS, PROMPT_MS = "first_token_ms", "answer_ms", "prompt_ms"
_OWN_COUNTS = frozenset({FIRST_TOKEN, COST, ANSWER_MS, PROMPT_MS}) | NOTES
"""What the program itself notes of a reply, and says in words of its own."""
LONGEST_S, SHORTEST_S = 30 * 86_400.0, 0.05
"""A reply that took longer was timed by a clock that was set; of a shorter one no speed can be told."""
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
_AUTHORS: Mapping[Role, str] = {
    Role.USER: "You",
    Role.ASSISTANT: "The model",
    Role.SYSTEM: strings.IMPORTED_SYSTEM,
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
    """A tool that the model asked for. arguments: exactly as the service sent them. by_service: who ran it."""

    name: str
    arguments: str
    by_service: bool = False


def facts_of(
    message: Message, labels: Mapping[str, str], zone: tzinfo | None = None, answer: Message | None = None
) -> list[Fact]:
    """All that is known, the most asked for first. labels: what to call services. zone: None is this computer's.

    answer: what came back for it, where it is a message of the user's; it went where that came from.
    """
    facts = [Fact("From", _AUTHORS[message.role])]

    def add(name: str, value: str) -> None:
        if value:
            facts.append(Fact(name, value))

    add("Begun" if message.role is Role.ASSISTANT else "Written", _date(message.created_at, zone))
    if (way := message if message.role is Role.ASSISTANT else answer) is not None:
        add("Service" if way is message else "Sent to", labels.get(way.provider, way.provider))
        add("Model", way.model)
        add("Route", way.route)
        if way.bytes_sent or way.bytes_received:
            add("Bytes", f"{way.bytes_sent:,} sent, {way.bytes_received:,} received")
    if message.role is Role.ASSISTANT:
        add("State", _STATES[message.status])
        add("End", _ENDS.get(message.finish_reason or "", message.finish_reason or ""))
        if (taken := seconds_taken(message)) is not None:
            add("Time taken", _seconds(taken))
        for name, count in _counts(message.usage or {}):
            add(name, f"{count:,}")
        usage = message.usage or {}
        if (speed := tokens_per_second(message)) is not None:
            add("Speed", f"{_rate(speed)} tokens per second")
        if FIRST_TOKEN in usage:
            add("First words after", _seconds(usage[FIRST_TOKEN] / 1000))
        if usage.get(CONTEXT) and (total := tokens_of(usage).total) is not None:
            add("Context used", f"{total:,} of {usage[CONTEXT]:,} tokens")
        if usage.get(NEEDED):
            add("Context needed", f"About {usage[NEEDED]:,} of {usage.get(CONTEXT, 0):,} tokens")
        if unsent := usage.get(LEFT_OUT, 0) + usage.get(UNSUMMARISED, 0):
            add("Messages left out", f"{unsent:,}")
        if usage.get(SUMMARISED):
            add("Messages sent as a summary", f"{usage[SUMMARISED]:,}")
        if COST in usage:
            add("Cost", money(usage[COST], labels.get(CURRENCY, "")).strip())
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
        when = strings.moment(message.created_at, datetime.now(zone).astimezone(zone))
        parts.append(when.removeprefix("at ").removeprefix("on "))
    if (count := tokens_written(message)) is not None:
        parts.append(f"{count:,} tokens" if count != 1 else "1 token")
    if (speed := tokens_per_second(message)) is not None:
        parts.append(f"{_rate(speed)} tokens/s")
    if message.role is Role.ASSISTANT and (taken := seconds_taken(message)) is not None:
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
                call.get("by_service") is True,
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
    return tokens_of(message.usage).output


def tokens_per_second(message: Message) -> float | None:
    """Tokens of the reply by the time it took: the engine's own, or the whole with the wait for the first one."""
    engine_ms = (message.usage or {}).get(ANSWER_MS)
    if engine_ms and (written := tokens_written(message)):
        return written * 1000 / engine_ms
    count, taken = tokens_written(message), seconds_taken(message)
    return count / taken if count and taken and taken >= SHORTEST_S else None


def _counts(usage: Mapping[str, int]) -> list[tuple[str, int]]:
    """Counts by the names that all services have in common, then what only this one counts."""
    tokens = tokens_of(usage)
    both = tokens.total if tokens.input is not None and tokens.output is not None else None
    common = (
        ("Tokens read", tokens.input),
        ("Tokens read from a cache", tokens.cached),
        ("Tokens put into a cache", tokens.cache_written),
        ("Tokens written", tokens.output),
        ("Tokens of thought", tokens.reasoning),
        ("Tokens in all", both),
    )
    own = [
        (name, count) for name, count in usage.items() if name not in COMMON | _OWN_COUNTS and "." not in name
    ]
    return [*((name, count) for name, count in common if count is not None), *own]


def _rate(speed: float) -> str:
    return f"{speed:,.0f}" if speed >= 10 else f"{speed:.1f}"


def _seconds(seconds: float) -> str:
    if seconds < 0.095:
        return f"{max(1, round(seconds * 1000))} ms"
    return f"{seconds:.1f} s" if seconds < 60 else strings.duration(seconds)


def _date(seconds: float, zone: tzinfo | None) -> str:
    if seconds <= 0:
        return ""
    try:
        then = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    except (OverflowError, ValueError, OSError):  # no clock ever said that
        return ""
    return f"{then.day} {strings.MONTHS[then.month - 1]} {then.year}, {then:%H:%M:%S}"
