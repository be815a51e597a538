"""Headers and fields that a service's requests have besides, as people type them in JSON; sends nothing.

They never take the place of what the program itself sets: the key, the host, the messages. Settings are a readable
file, so a header that names a secret holds `{key}` in its place, which is put in when the request is made.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEY_MARK = "{key}"
MOST_HEADERS = 50
MOST_CHARACTERS = 20_000
DEEPEST = 20

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_OURS = frozenset(
    {
        "authorization", "api-key", "x-api-key", "x-goog-api-key", "proxy-authorization", "cookie", "host",
        "content-length", "content-type", "content-encoding", "transfer-encoding", "connection", "upgrade", "te",
        "trailer", "expect", "accept", "accept-encoding", "keep-alive", "proxy-connection", "origin",
    }
)  # fmt: skip
_SECRET = re.compile(r"key|token|secret|passw|auth|credential|cookie|signature", re.I)
_OUR_FIELDS = frozenset({"messages", "model", "stream", "input", "system", "instructions", "contents"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """headers: by name, in order. fields: a JSON object as text, put into the body of every question; "" for none."""

    headers: tuple[tuple[str, str], ...] = ()
    fields: str = ""

    def headers_with(self, key: str | None) -> dict[str, str]:
        """The headers of a request. key: what `{key}` stands for; a header that needs one is left out without."""
        return {
            name: value.replace(KEY_MARK, key or "")
            for name, value in self.headers
            if key or KEY_MARK not in value
        }

    def body(self) -> dict[str, Any]:
        """The fields of the body; {} where the text is none that can be used."""
        try:
            return parse_fields(self.fields)
        except ValueError:
            return {}


NO_EXTRAS = Extras()


def parse_headers(text: str) -> tuple[tuple[str, str], ...]:
    """Headers from a JSON object of texts; ValueError with words for people."""
    found = _object(text, "headers", '{"X-Title": "My chat"}')
    if len(found) > MOST_HEADERS:
        raise ValueError(f"At most {MOST_HEADERS} headers can be set.")
    return checked_headers(tuple(found.items()))


def checked_headers(headers: tuple[tuple[Any, Any], ...]) -> tuple[tuple[str, str], ...]:
    """The same headers, if all can be sent; ValueError with words for people."""
    seen: set[str] = set()
    for name, value in headers:
        if not isinstance(name, str) or not _TOKEN.fullmatch(name):
            raise ValueError(f"“{str(name)[:40]}” is no name of a header: letters, digits and hyphens only.")
        if name.lower() in _OURS:
            raise ValueError(f"The header {name} is set by the program itself and cannot be replaced here.")
        if not isinstance(value, str):
            raise ValueError(f'The value of {name} is a text, in quotation marks: {{"{name}": "…"}}.')
        if not value.isascii() or any(not char.isprintable() for char in value) or value != value.strip():
            raise ValueError(f"The value of {name} has characters that no header has.")
        if len(value) > MOST_CHARACTERS:
            raise ValueError(f"The value of {name} is too long.")
        if _SECRET.search(name) and KEY_MARK not in value:
            raise ValueError(
                f"{name} looks like a secret, and these settings are a readable file. Type the secret as the key "
                f"above, and write {KEY_MARK} here in its place."
            )
        if name.lower() in seen:
            raise ValueError(f"The header {name} is there twice.")
        seen.add(name.lower())
    return headers


def parse_fields(text: str) -> dict[str, Any]:
    """Fields of the body from a JSON object; ValueError with words for people."""
    found = _object(text, "fields", '{"top_k": 40}')
    for name in found:
        if name in _OUR_FIELDS:
            raise ValueError(f"The field “{name}” is set by the program itself and cannot be replaced here.")
        if _SECRET.search(name) and isinstance(found[name], str):
            raise ValueError(f"“{name}” looks like a secret, and these settings are a readable file.")
    return found


def headers_text(headers: tuple[tuple[str, str], ...]) -> str:
    """As it is typed; "" for none."""
    return json.dumps(dict(headers), indent=2, ensure_ascii=False) if headers else ""


def put_into(body: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """`body` with further fields; one that both have is taken from `more`.

    Objects are put together, so that {"options": {"num_ctx": 8192}} leaves the other options.
    """
    whole = dict(body)
    for name, value in more.items():
        there = whole.get(name)
        if isinstance(there, Mapping) and isinstance(value, Mapping):
            whole[name] = {**there, **value}
        else:
            whole[name] = value
    return whole


def _object(text: str, what: str, example: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"The {what} are too long: at most {MOST_CHARACTERS} characters.")
    try:
        found = json.loads(text, object_pairs_hook=_once)
        if not isinstance(found, dict):
            raise TypeError
        _check(found, 0)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"This is no JSON: look at line {error.lineno}, column {error.colno}. An example: {example}"
        ) from None
    except KeyError as error:
        raise ValueError(f"“{str(error.args[0])[:40]}” is there twice.") from None
    except (TypeError, RecursionError, ValueError):
        raise ValueError(f"The {what} are one JSON object, for example {example}") from None
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise KeyError(name)
        made[name] = value
    return made


def _check(value: Any, depth: int) -> None:
    """Raise ValueError for what no request can hold."""
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no number")
    if isinstance(value, str):
        value.encode()  # a lone half of a surrogate pair is a UnicodeError, a kind of ValueError
    if isinstance(value, dict):
        for name, part in value.items():
            _check(name, depth + 1)
            _check(part, depth + 1)
    if isinstance(value, list):
        for part in value:
            _check(part, depth + 1)
