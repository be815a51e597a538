"""How much of a conversation fits what a model can look at: estimates, what is left out, and what to do; asks nobody.

A service alone can count tokens as its model does. What is counted here is "about", and corrected by the service's
own counts wherever a reply brought some.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pizzagpt_desktop.domain.faults import Full
from pizzagpt_desktop.domain.preferences import CONTEXTS
from pizzagpt_desktop.domain.usage import tokens_of

EACH = 4
"""Tokens that a message takes beside its text."""
_LOOKED_AT = 12_000
"""Characters of a long text that are looked at, in so many pieces."""
_PIECES = 6
_WIDE = re.compile(
    "[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\U0001f000-\U0003ffff]+"
)
_SIGNS = re.compile(r"[^\w\s.,;:!?'\"’-]")
_PER_TOKEN, _PER_TOKEN_OF_CODE, _PER_TOKEN_ELSEWHERE = 4.0, 3.0, 2.0
_CODE_SHARE = 0.06
"""A text with more signs than that is rather code."""
_NUMBER = r"(\d[\d,]{2,11})"
_TOLD = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"maximum context length (?:is|of) {_NUMBER}",
        rf"> {_NUMBER} maximum",
        rf"(?:maximum )?context (?:length|size|window)[^\d]{{0,40}}{_NUMBER}",
    )
)
_NEEDED = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"resulted in {_NUMBER} tokens",
        rf"requested {_NUMBER} tokens",
        rf"request \({_NUMBER} tokens\)",
        rf"prompt is too long: {_NUMBER} tokens",
    )
)


def estimated(text: str) -> int:
    """About how many tokens a text is; the cost does not go with its length."""
    length = len(text)
    if not length:
        return 0
    seen = text
    if length > _LOOKED_AT:
        part = _LOOKED_AT // _PIECES
        step = (length - part) / (_PIECES - 1)
        seen = "".join(text[round(n * step) : round(n * step) + part] for n in range(_PIECES))
    tokens = _tokens(seen)
    return max(1, round(tokens * length / len(seen)))


def _tokens(text: str) -> float:
    wide = sum(map(len, _WIDE.findall(text)))
    plain = len(text) - wide
    foreign = 0 if text.isascii() else sum(char > "\u024f" for char in text) - wide
    latin = plain - max(0, foreign)
    per_token = _PER_TOKEN
    if len(_SIGNS.findall(text)) - wide > _CODE_SHARE * len(text):
        per_token = _PER_TOKEN_OF_CODE
    return wide + max(0, foreign) / _PER_TOKEN_ELSEWHERE + latin / per_token


def weight(message: Mapping[str, Any]) -> int:
    """About how many tokens one message takes, as it is sent."""
    content = message.get("content")
    return EACH + estimated(content if isinstance(content, str) else str(content or ""))


def held_after(usage: Mapping[str, int] | None) -> int | None:
    """The tokens of what a reply answered and of itself, as its service counted; None where it did not.

    Thoughts are not sent again.
    """
    tokens = tokens_of(usage)
    if tokens.input is None or tokens.output is None:
        return None
    return max(0, tokens.input + tokens.output - (tokens.reasoning or 0))


def room_of(context: int, max_tokens: int | None = None) -> int:
    """How many tokens may be sent, so that there is room for the answer: what it may take, or a quarter."""
    answer = min(max_tokens or context // 4, context // 2)
    return max(1, context - answer)


def cut(weights: Sequence[float], room: float, kept: int = 1) -> int:
    """How many of the oldest to leave out, at least, so that the rest fits; the last `kept` always stay."""
    most = max(0, len(weights) - max(1, kept))
    total, first = 0.0, len(weights)
    while first and (first > most or total + weights[first - 1] <= room):
        first -= 1
        total += weights[first]
    return first


def corrected(
    weights: Sequence[int], counted: int | None, first: int, last: int, beside: int = 0
) -> list[float]:
    """Estimates made true by a count of those from `first` to `last` with `beside` more; within reason."""
    if counted is None:
        return [float(weight) for weight in weights]
    guessed = sum(weights[first : last + 1]) + beside
    factor = min(4.0, max(0.25, counted / guessed)) if guessed else 1.0
    return [weight * factor for weight in weights]


def full_told(error: Any, words: str) -> Full | None:
    """The numbers in a service's refusal of a conversation that is too long; None where it tells no context length.

    error: its JSON. Sources: llama.cpp's `n_ctx`; the sentences of OpenAI and vLLM, of Anthropic, and of LM Studio.
    """
    inner = error.get("error") if isinstance(error, Mapping) else None
    sizes = [_whole(place, "n_ctx") for place in (inner, error)] + [_found(p, words) for p in _TOLD]
    size = next((size for size in sizes if size and CONTEXTS[0] <= size <= CONTEXTS[1]), None)
    if size is None:
        return None
    needs = [_whole(place, "n_prompt_tokens") for place in (inner, error)] + [
        _found(p, words) for p in _NEEDED
    ]
    return Full(size, next((needed for needed in needs if needed and needed > size // 2), None))


def _whole(place: Any, name: str) -> int | None:
    value = place.get(name) if isinstance(place, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _found(pattern: re.Pattern[str], words: str) -> int | None:
    found = pattern.search(words)
    return int(found[1].replace(",", "")) if found else None
