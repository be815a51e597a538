"""What a service's refusals and odd answers mean, as faults with words; knows no transport and no dialect's stream.

Sources of the kinds: the error codes documented by OpenAI, OpenRouter, vLLM and Azure, and rules R4, R14 of the corpus.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.own_words import LOADING, OWN_WORDS
from pizzagpt_desktop.domain.prices import COST
from pizzagpt_desktop.domain.text import shown
from pizzagpt_desktop.domain.window import full_told
from pizzagpt_desktop.domain.window_notes import KNOWN_NOW, NOTES
from pizzagpt_desktop.providers.pages import ERROR_BODY, looks_like_page, page_title, text_of

_LONG = 1024 * 1024
_PARTS = 500_000
_MARKS = ("[", "{", '","', '", "')
"""In a long text they are counted before it is read: sixteen megabytes of [] would take half a gigabyte."""
COUNTS = 100
"""No service counts more things than that."""
_OURS = NOTES | {COST, "first_token_ms", "answer_ms", "prompt_ms"}
"""Names under which the program itself notes something beside a reply's counts; a service's word for it is none."""
_NAME = 100
"""Characters of the name of a count."""
_DEPTH = 12
"""So deep an error is looked into for its words."""
_WORDS = 20_000
"""Characters of an error's words that are looked at."""
EMPTY_REPLY = "The service sent an empty reply."

_BY_STATUS = {
    401: FaultKind.AUTH,
    402: FaultKind.QUOTA,
    403: FaultKind.FORBIDDEN,
    404: FaultKind.NOT_FOUND,
    405: FaultKind.NOT_FOUND,
    407: FaultKind.PROXY,
    408: FaultKind.TIME_OUT,
    410: FaultKind.NOT_FOUND,
    413: FaultKind.TOO_LARGE,
    429: FaultKind.RATE_LIMIT,
    451: FaultKind.SERVER,
    504: FaultKind.SERVER,
}
_BY_CODE = {
    "insufficient_quota": FaultKind.QUOTA,
    "billing_error": FaultKind.QUOTA,
    "billing_hard_limit_reached": FaultKind.QUOTA,
    "billing_not_active": FaultKind.QUOTA,
    "invalid_api_key": FaultKind.AUTH,
    "authentication_error": FaultKind.AUTH,
    "authenticationerror": FaultKind.AUTH,
    "invalid_authentication": FaultKind.AUTH,
    "permission_error": FaultKind.FORBIDDEN,
    "permission_denied": FaultKind.FORBIDDEN,
    "model_not_found": FaultKind.NOT_FOUND,
    "not_found_error": FaultKind.NOT_FOUND,
    "notfounderror": FaultKind.NOT_FOUND,
    "rate_limit_exceeded": FaultKind.RATE_LIMIT,
    "rate_limit_error": FaultKind.RATE_LIMIT,
    "ratelimiterror": FaultKind.RATE_LIMIT,
    "request_too_large": FaultKind.TOO_LARGE,
    "content_filter": FaultKind.CONTENT_FILTER,
    "content_policy_violation": FaultKind.CONTENT_FILTER,
    "context_length_exceeded": FaultKind.BAD_REQUEST,
    "exceed_context_size_error": FaultKind.BAD_REQUEST,
    "invalid_request_error": FaultKind.BAD_REQUEST,
    "badrequesterror": FaultKind.BAD_REQUEST,
    "overloaded_error": FaultKind.SERVER,
    "server_error": FaultKind.SERVER,
    "api_error": FaultKind.SERVER,
    # Google's
    "resource_exhausted": FaultKind.RATE_LIMIT,
    "unauthenticated": FaultKind.AUTH,
    "not_found": FaultKind.NOT_FOUND,
    "invalid_argument": FaultKind.BAD_REQUEST,
    "failed_precondition": FaultKind.BAD_REQUEST,
    # Moonshot's
    "exceeded_current_quota_error": FaultKind.QUOTA,
    "rate_limit_reached_error": FaultKind.RATE_LIMIT,
    "invalid_authentication_error": FaultKind.AUTH,
}
_WEAK_CODES = frozenset(
    {
        "invalid_request_error", "badrequesterror", "server_error", "api_error", "resource_exhausted", "not_found",
        "invalid_argument", "failed_precondition",
    }
)  # fmt: skip
"""These say less than the status beside them, or the words."""
_BY_WORDS = (
    (re.compile(r"(incorrect|invalid) api key|api key not valid|no api key", re.I), FaultKind.AUTH),
    (
        re.compile(
            r"exceeded your current quota|insufficient (credits|balance|funds)|credit balance is too low",
            re.I,
        ),
        FaultKind.QUOTA,
    ),
    (re.compile(r"maximum context length|context (length|size|window)", re.I), FaultKind.BAD_REQUEST),
    (re.compile(r"rate limit", re.I), FaultKind.RATE_LIMIT),
)
_HINTS = {
    FaultKind.AUTH: "Check the key in the preferences.",
    FaultKind.QUOTA: "Look at your account with the service.",
    FaultKind.NOT_FOUND: "Check the address and the model in the preferences.",
    FaultKind.RATE_LIMIT: "Wait a little, then retry.",
    FaultKind.SERVER: "Retry in a while.",
    FaultKind.PROXY: "Check the proxy in the preferences.",
}
_TOO_LONG = frozenset({FaultKind.BAD_REQUEST, FaultKind.TOO_LARGE})
_WORDED = (
    "message", "msg", "error", "errors", "detail", "error_description", "error_msg", "statusMessage", "title",
)  # fmt: skip
"""The fields that hold words, or something that holds them."""
_IS_LOADING = re.compile(r"loading model|model is (still )?(being )?load", re.I)
_UNTAKEN = frozenset({429, 503, 529})
"""By these a service says that it did not take the request; by any other with `Retry-After` that it may come again."""
_MAY_BE_UNTAKEN = frozenset({FaultKind.RATE_LIMIT, FaultKind.SERVER})
_UNTAKEN_CODES = frozenset({"overloaded_error"})


def read_json(text: str | bytes) -> Any:
    """JSON, or ValueError for whatever the reader cannot take (rule R12), or would need many times its size for."""
    if len(text) > _LONG and _parts(text) > _PARTS:
        raise ValueError("of too many parts")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _parts(text: str | bytes) -> int:
    """How many lists, objects and texts in a row a JSON text holds, at most."""
    if isinstance(text, str):
        return sum(map(text.count, _MARKS))
    return sum(text.count(mark.encode()) for mark in _MARKS)


def message_of(error: Any, depth: int = 0) -> str:
    """The words in an error of any of the known forms (rule R4), "" where there are none."""
    if isinstance(error, str):
        return error[:_WORDS].strip()
    if depth > _DEPTH:
        return ""
    if isinstance(error, list):
        return "; ".join(filter(None, (message_of(item, depth + 1) for item in error[:5])))
    if not isinstance(error, dict):
        return ""
    for key in _WORDED:
        words = message_of(error.get(key), depth + 1)
        if words:
            return words
    return ""


def error_in(value: Any, name: str = "message") -> Any:
    """What of an event's JSON, or of a body's, is an error by rule R4, None where it is none. name: of the event."""
    if name != "error" and isinstance(value, list) and value:
        value = value[0]  # Gemini's compatible endpoint wraps its errors so
    if not isinstance(value, dict):
        return value if name == "error" else None
    error = value.get("error")
    if error not in (None, False):
        return value if isinstance(error, str) else error
    return value if name == "error" or value.get("object") == "error" or "detail" in value else None


def error_of_type(value: dict[str, Any], name: str) -> Any:
    """The same where events have types: of a type that is not known, only what says that it is an error."""
    kind = value.get("type")
    if kind == "error":
        name = kind
    error = error_in(value, name)
    if kind and name != "error" and error is value and not value.get("error"):
        return None
    return error


def _codes(error: Any) -> list[Any]:
    found: list[Any] = []
    while isinstance(error, dict) and len(found) < _DEPTH:
        found[:0] = [error.get("code"), error.get("type"), error.get("status")]
        error = error.get("error")
    return found


def _names(error: Any) -> list[str]:
    return [code.lower() for code in _codes(error) if isinstance(code, str)]


def _kind(error: Any, status: int, words: str) -> FaultKind:
    names = _names(error)
    strong = [_BY_CODE[name] for name in names if name in _BY_CODE and name not in _WEAK_CODES]
    if strong:
        return strong[0]
    for pattern, kind in _BY_WORDS[:2]:
        if pattern.search(words) and (status < 400 or status in (400, 401, 403, 429)):
            return kind
    if status < 400:
        status = _numeric_code(error)
    if status >= 400:
        if status in _BY_STATUS:
            return _BY_STATUS[status]
        return FaultKind.BAD_REQUEST if status < 500 else FaultKind.SERVER
    weak = [_BY_CODE[name] for name in names if name in _BY_CODE]
    if weak:
        return weak[0]
    return next((kind for pattern, kind in _BY_WORDS if pattern.search(words)), FaultKind.SERVER)


def _numeric_code(error: Any) -> int:
    for code in _codes(error):
        if isinstance(code, str) and re.fullmatch(r"[45]\d\d", code):
            return int(code)
        if isinstance(code, int) and not isinstance(code, bool) and 400 <= code <= 599:
            return code
    return 0


def fault_from_error(error: Any, secrets: Iterable[str] = ()) -> Fault:
    """The fault for an error that came in a stream or in a body with status 200."""
    words = message_of(error)
    kind = _kind(error, 200, words)
    text = shown(words, secrets) or f"{OWN_WORDS[kind]}, and did not say which."
    untaken = kind is FaultKind.RATE_LIMIT or not _UNTAKEN_CODES.isdisjoint(_names(error))
    full = full_told(error, words) if kind in _TOO_LONG else None
    hint = KNOWN_NOW if full else _HINTS.get(kind, "")
    return Fault(kind, text, hint=hint, untaken=untaken, full=full)


def fault_from_status(
    status: int, body: bytes, headers: Mapping[str, str], secrets: Iterable[str] = (), charset: str = ""
) -> Fault:
    """The fault for an answer with a status that is no success. body: its beginning. charset: as it is labelled."""
    text = text_of(body, charset)
    error: Any = None
    try:
        error = read_json(text.lstrip("\ufeff"))
        words = message_of(error)
    except ValueError:
        words = page_title(text) if looks_like_page(text) else text.strip()[:200]
        words = "" if words.count("\ufffd") * 4 > len(words) else words
    kind = _kind(error, status, words)
    full = full_told(error, words) if kind in _TOO_LONG else None
    phrase = _status_words(status)
    words = shown(words, secrets)
    if words.startswith(str(status)):
        phrase, words = words, ""
    own = LOADING if status == 503 and _IS_LOADING.search(words) else OWN_WORDS[kind]
    if kind is FaultKind.NOT_FOUND and not isinstance(error, dict):
        words = ""  # a web server's own page: it says nothing that helps
    if kind is FaultKind.SERVER or not words:
        detail = f"{own} ({phrase})" + (f": {words}" if words else ".")
    else:
        detail = words
    later = retry_after(headers)
    said_when = later is not None and kind in (FaultKind.RATE_LIMIT, FaultKind.SERVER)
    return Fault(
        kind,
        shown(detail, secrets),
        hint=KNOWN_NOW if full else "" if said_when else _HINTS.get(kind, ""),
        retry_after_s=later,
        untaken=kind in _MAY_BE_UNTAKEN and (status in _UNTAKEN or later is not None),
        full=full,
    )


def _status_words(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `Retry-After` (RFC 9110, 10.2.3), counted from the answer's own `Date`; None for junk."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", text):
        return float(text)
    until = _date(text)
    if until is None:
        return None
    now = _date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _date(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def not_the_api(body: bytes, secrets: Iterable[str] = (), charset: str = "") -> Fault:
    """The fault for an answer that is something else: a page's title, or its first characters, as plain text.

    charset: what the answer says of its encoding.
    """
    text = text_of(body[:ERROR_BODY], charset)
    if looks_like_page(text):
        title = shown(page_title(text)[:200], secrets)
        named = f" ({title})" if title else ""
        return Fault(
            FaultKind.NOT_THE_API,
            f"This network answered with a web page{named} instead of the service.",
            hint="Sign in to the network, or check the address.",
        )
    start = text.strip()[:200]
    if not start or (start.count("\ufffd") + start.count("\0")) * 8 > len(start):
        return Fault(
            FaultKind.NOT_THE_API,
            "The address answered with something that is no text.",
            hint="Check the address in the preferences.",
        )
    return Fault(
        FaultKind.NOT_THE_API,
        f"The address answered with something else than this service does: {shown(start, secrets)}",
        hint="Check the address in the preferences.",
    )


def objects_of(data: str) -> tuple[list[dict[str, Any]], int]:
    """The JSON objects in an event's data, and how many parts could not be read (rules R2, R13)."""
    try:
        value = read_json(data)
    except ValueError:
        lines = [line for line in data.split("\n") if line.strip()] if "\n" in data.strip() else []
    else:
        return ([value], 0) if isinstance(value, dict) else ([], 1)
    found: list[dict[str, Any]] = []
    for line in lines:
        try:
            value = read_json(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found, len(lines) - len(found) if found else 1


def counts_of(usage: Any) -> dict[str, int]:
    """The token counts of a `usage` object that are whole numbers a database can hold, see `domain.chunks.Usage`."""
    counts: dict[str, int] = {}
    if isinstance(usage, dict):
        for key, value in usage.items():
            if isinstance(value, dict):
                within = {f"{key}.{name}": count for name, count in value.items() if _is_count(count)}
                counts.update(list(within.items())[:COUNTS])
            elif _is_count(value):
                counts[str(key)] = value
    for name in _OURS & counts.keys():
        del counts[name]
    return {name: count for name, count in list(counts.items())[:COUNTS] if len(name) <= _NAME}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def compact_json(value: Any) -> str:
    """A value as the one line of JSON that a tool's arguments are shown as."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:  # what could just be read may be too deep to be written
        return ""
