"""The words for states and faults, and the sentences of the window, in one place; knows no widget.

Sentence case; what happened first, then what to do; a service's own words are quoted, never taken over as ours.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from pizzagpt_desktop.domain.conversation import FaultNote, Message, Status
from pizzagpt_desktop.domain.faults import NO_KEY_SENT, Fault, FaultKind
from pizzagpt_desktop.domain.own_words import is_ours
from pizzagpt_desktop.domain.window_notes import LEFT_OUT, SUMMARISED, UNSUMMARISED

PROGRAM = "PizzaGPT Desktop"
IMPORTED_SYSTEM = "Instructions from an imported file · shown only, never sent"
COPYING = "The conversation is long. Its copy will stand in the list when it is whole."

FaultAction = Literal["retry", "preferences", "restart", ""]


class FaultWords(NamedTuple):
    """title: what happened. hint: what was said about it and what to do. action: the button to offer, "" for none."""

    title: str
    hint: str
    action: FaultAction


class _Words(NamedTuple):
    title: str
    hint: str
    action: FaultAction
    ours: bool = False
    """Whether `detail` of this kind is our own more exact sentence (it takes the title's place) or a service's."""


_FAULTS: Mapping[FaultKind, _Words] = {
    FaultKind.AUTH: _Words(
        "The service did not accept the key.", "Check the key in the preferences.", "preferences"
    ),
    FaultKind.QUOTA: _Words(
        "The account at the service is used up.",
        "Look at the account at the service, or choose another service.",
        "preferences",
    ),
    FaultKind.FORBIDDEN: _Words(
        "The service does not allow this with your key.",
        "Choose another model, or look at the account at the service.",
        "preferences",
    ),
    FaultKind.NOT_FOUND: _Words(
        "The service does not have this model or address.",
        "Choose another model, or check the address.",
        "preferences",
    ),
    FaultKind.PROXY: _Words(
        "The proxy did not let the request through.",
        "Check the proxy's address, name and password.",
        "preferences",
        ours=True,
    ),
    FaultKind.TOO_LARGE: _Words(
        "The conversation is too long for this model.",
        "Start a new conversation, shorten the message, or choose a model that takes more text.",
        "",
    ),
    FaultKind.RATE_LIMIT: _Words("The service asks to slow down.", "Try again in a little while.", "retry"),
    FaultKind.BAD_REQUEST: _Words(
        "The service could not use the request.",
        "Check the model and its settings in the preferences.",
        "preferences",
    ),
    FaultKind.REDIRECT: _Words(
        "The service wanted to send the request to another address. It was not followed.",
        "Check the address in the preferences.",
        "preferences",
        ours=True,
    ),
    FaultKind.SERVER: _Words("The service has a fault of its own.", "Try again in a little while.", "retry"),
    FaultKind.CONTENT_FILTER: _Words(
        "The service's filter held the reply back.", "Put the question another way.", ""
    ),
    FaultKind.REFUSED_BY_SERVICE: _Words(
        "The service refuses automatic use for now.",
        "Use its own page in a browser, wait for some hours, or choose another service.",
        "preferences",
    ),
    FaultKind.UNEXPECTED_ANSWER: _Words(
        "The answer could not be read.",
        "Try again; if it stays so, check the address and the kind of service.",
        "retry",
        ours=True,
    ),
    FaultKind.DAMAGED: _Words(
        "Parts of the answer could not be read, so text is missing.", "Try again.", "retry", ours=True
    ),
    FaultKind.NOT_THE_API: _Words(
        "A web page answered instead of the service.",
        "Sign in to the network, or check the address.",
        "preferences",
        ours=True,
    ),
    FaultKind.EMPTY: _Words("The service sent an empty reply.", "Try again.", "retry", ours=True),
    FaultKind.NETWORK: _Words(
        "The service could not be reached.", "Check the network and the address.", "retry", ours=True
    ),
    FaultKind.TLS: _Words(
        "The connection to the service is not private.",
        "Nothing was sent. Check the address and this computer's clock.",
        "preferences",
        ours=True,
    ),
    FaultKind.TIME_OUT: _Words("The service took too long.", "Try again.", "retry", ours=True),
    FaultKind.SETTINGS: _Words(
        "No service is set up for this conversation.",
        "Choose a service in the preferences.",
        "preferences",
        ours=True,
    ),
    FaultKind.BUDGET: _Words(
        "Nothing was sent: the budget is spent.",
        "Raise it in the preferences, under Costs, or wait.",
        "preferences",
        ours=True,
    ),
    FaultKind.ENGINE: _Words(
        "The model on this computer could not answer.", "Start it again.", "restart", ours=True
    ),
    FaultKind.STORAGE: _Words(
        "The conversation could not be saved.",
        "Make room on the disk, or check that its folder can be written to.",
        "",
        ours=True,
    ),
}

FIELD_AT_FAULT: Mapping[FaultKind, tuple[str, str]] = {
    FaultKind.AUTH: ("service", "key"),
    FaultKind.FORBIDDEN: ("service", "key"),
    FaultKind.NOT_FOUND: ("service", "model"),
    FaultKind.BAD_REQUEST: ("service", "model"),
    FaultKind.REDIRECT: ("service", "address"),
    FaultKind.NOT_THE_API: ("service", "address"),
    FaultKind.TLS: ("service", "address"),
    FaultKind.PROXY: ("proxy", "proxy_host"),
    FaultKind.BUDGET: ("costs", ""),
}
"""Where the preferences open for a fault of this kind: page and field."""

_STATUS: Mapping[Status, str] = {
    Status.STREAMING: "Answering…",
    Status.COMPLETE: "",
    Status.STOPPED: "Stopped. The text so far is kept.",
    Status.FAILED: "The reply failed.",
    Status.INTERRUPTED: "Cut off.",
}

_UNSENT: Mapping[str, str] = {
    LEFT_OUT: "left out, to fit what the model can look at.",
    SUMMARISED: "sent as a summary, to fit what the model can look at.",
    UNSUMMARISED: "left out, as no summary came.",
}

_FINISHED: Mapping[str, str] = {
    "length": "Cut at the token limit.",
    "content_filter": "Stopped by the service's filter.",
}


def fault_words(fault: FaultNote | Fault) -> FaultWords:
    """What to say about a fault and which button to offer; the service's own words stand in quotation marks."""
    words = _FAULTS[fault.kind]
    detail = fault.detail.strip()
    title, hint = words.title, fault.hint.strip() or words.hint
    ours = words.ours or is_ours(detail)
    if words.action == "retry" and fault.retry_after_s is not None and not fault.hint.strip():
        hint = f"Try again in {duration(fault.retry_after_s)}."
    if fault.kind is FaultKind.AUTH and hint == NO_KEY_SENT:
        title = "The service asks for a key."
    elif detail and ours:
        title = sentence(detail)
    if detail and not ours and sentence(detail) != title:
        stop = "" if detail.endswith((".", "!", "?", "…")) else "."
        hint = f"It said: “{detail}”{stop} {hint}"
    return FaultWords(title, hint, words.action)


def status_words(message: Message) -> str:
    """The muted line under a message: what became of it, "" where nothing needs saying."""
    if message.status is Status.COMPLETE:
        words = []
        if message.tool_calls or message.finish_reason == "tool_calls":
            words.append(_tool_words(message))
        elif ended := _FINISHED.get(message.finish_reason or ""):
            words.append(ended)
        if message.damaged:
            words.append("Parts of the answer could not be read, so text may be missing.")
        words.append(unsent_words(message.usage or {}))
        return " ".join(filter(None, words))
    if message.status is Status.STREAMING:
        return _STATUS[message.status] if message.text or message.reasoning else "Waiting for the answer…"
    if message.status is Status.FAILED and message.fault is not None:
        return fault_words(message.fault).title
    if message.status is Status.INTERRUPTED:
        when = f" {moment(message.ended_at)}".rstrip() if message.ended_at else ""
        if message.kept:
            return f"Cut off{when}, and kept as it is."
        return f"Cut off{when}. " + (
            "The text so far is kept." if message.text.strip() else "No text had come."
        )
    if message.status is Status.STOPPED and not message.text.strip():
        return "Stopped before any text came."
    return _STATUS[message.status]


def unsent_words(usage: Mapping[str, int]) -> str:
    """What of the conversation a reply was not given, as more does not fit its model; "" where it had all."""
    for name, what in _UNSENT.items():
        if count := usage.get(name, 0):
            which = f"The {count:,} oldest messages were" if count > 1 else "The oldest message was"
            return f"{which} {what}"
    return ""


def _tool_words(message: Message) -> str:
    used = _names_of(call for call in message.tool_calls if call.get("by_service"))
    asked = _names_of(call for call in message.tool_calls if not call.get("by_service"))
    words = [tool_words(used, by_service=True)] if used else []
    return " ".join([*words, tool_words(asked)] if asked or not used else words)


def _names_of(calls: Iterable[Mapping[str, Any]]) -> list[str]:
    names: dict[str, None] = {}
    for call in calls:
        function = call.get("function")
        name = function.get("name") if isinstance(function, Mapping) else call.get("name")
        if isinstance(name, str) and name:
            names[name] = None
    return list(names)


def tool_words(names: Sequence[str], by_service: bool = False) -> str:
    """That a model asked for these tools, and what came of it. by_service: the service itself ran them."""
    if by_service:
        return f"The service used {', '.join(names)}."
    if not names:
        return "The model asked for a tool; tools are not run."
    return f"The model asked for {', '.join(names)}; tools are not run."


def sentence(text: str) -> str:
    """`text` with a full stop if it ends without a mark."""
    text = text.strip()
    return text if not text or text[-1] in ".!?…:)”\"'" else text + "."


def thought_words(milliseconds: int) -> str:
    """What stands on a reply's folded reasoning. milliseconds: 0 where that is not known."""
    if milliseconds <= 0:
        return "Reasoning"
    if milliseconds < 1_000:
        return "Thought for a moment"
    return f"Thought for {duration(milliseconds / 1_000)}"


def duration(seconds: float) -> str:
    """A length of time in words: "7 s", "3 min", "2 h", "5 days"."""
    whole = max(1, round(seconds))
    for size, name in ((86400, " days"), (3600, " h"), (60, " min")):
        if whole >= 2 * size:
            return f"{round(whole / size)}{name}"
    return f"{whole} s"


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def moment(seconds: float, now: datetime | None = None) -> str:
    """When something was, by this computer's clock: "at 14:32", "yesterday at 14:32", "on 3 March at 14:32".

    seconds: since the epoch. now: with its time zone.
    """
    try:
        then = datetime.fromtimestamp(seconds, UTC).astimezone(now.tzinfo if now else None)
    except (OverflowError, ValueError, OSError):  # no clock ever said that
        return ""
    now = now or datetime.now().astimezone()
    time = f"at {then:%H:%M}"
    days = (now.date() - then.date()).days
    if days == 0:
        return time
    if days == 1:
        return f"yesterday {time}"
    if 1 < days < 7:
        return f"on {_DAYS[then.weekday()]} {time}"
    year = f" {then.year}" if then.year != now.year else ""
    return f"on {then.day} {MONTHS[then.month - 1]}{year} {time}"
