"""What a search query means, and where in a text it is found; knows no table.

Words are found through the full-text index where SQLite's tokenizer cuts text into words as people do. Scripts
written without spaces, and terms of signs (`C++`, emoji), are looked for letter by letter.
"""

import re
import unicodedata
from dataclasses import dataclass

from pizzagpt_desktop.domain.text import storable

EXCERPT_LENGTH = 120
_BEFORE_HIT = 40
_MOST_TERMS = 32
_MOST_LETTERS = 200
_FOLDED_LENGTH = 100_000
_TERM = re.compile(r'"([^"]*)"?|([^\s"]+)')
# Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic with their marks; Latin and Greek additions; spacing punctuation.
_CUT_BY_SPACES = re.compile("^[\u0000-\u07ff\u1e00-\u1fff\u2010-\u2027]*$")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Query:
    """match: an FTS5 expression, "" for none. literals: texts that must occur as they stand. terms: all of them."""

    match: str
    literals: tuple[str, ...]
    terms: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.match or self.literals)


def parse(text: str) -> Query:
    """What `text` asks for: every word, the last one perhaps unfinished, and phrases in quotes.

    At most 32 terms of 200 characters are heeded. Any text is legal.
    """
    found = []
    for hit in _TERM.finditer(storable(text[: _MOST_TERMS * _MOST_LETTERS])):
        phrase, word = hit.groups()
        term = " ".join((word if phrase is None else phrase).split())[:_MOST_LETTERS]
        if term:
            found.append((term, phrase is not None))
    del found[_MOST_TERMS:]
    match, literals = [], []
    for place, (term, is_phrase) in enumerate(found, 1):
        if _is_literal(term):
            literals.append(term)
        else:
            prefix = "*" if place == len(found) and not is_phrase else ""
            match.append(f'"{term}"{prefix}')
    return Query(" AND ".join(match), tuple(literals), tuple(term for term, _ in found))


def like(literal: str) -> str:
    r"""A pattern for `LIKE … ESCAPE '\'` that finds `literal` anywhere."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", literal) + "%"


def excerpt(text: str, query: Query) -> tuple[str, tuple[tuple[int, int], ...]]:
    """About 120 characters of `text` round the first hit, on one line, and where the hits are in it (start, end)."""
    patterns = [pattern for term in query.terms if (pattern := _pattern(term))]
    first = min((place for pattern in patterns for place in _first(pattern, text)), default=0)
    start = max(0, first - _BEFORE_HIT)
    if start and (partial_word := re.match(r"\S{0,12}\s+", text[start:first])):
        start += partial_word.end()
    end = min(len(text), start + EXCERPT_LENGTH)
    if end < len(text):
        cut = re.search(r"\s+\S{0,12}$", text[start:end])
        if cut is not None and start + cut.start() > first:
            end = start + cut.start()
    shown = _BLANKS.sub(" ", text[start:end])
    shown = ("…" if start else "") + shown + ("…" if end < len(text) else "")
    spans = sorted(span for pattern in patterns for span in _spans(pattern, shown))
    return shown, _merged(spans)


def _is_literal(term: str) -> bool:
    if not _CUT_BY_SPACES.match(term):
        return True
    if any(unicodedata.category(char) in ("Sc", "Sm", "So") for char in term):
        return True
    letters = sum(char.isalnum() for char in term)
    return letters == 0 or (letters <= 2 and letters < len(term))


def _pattern(term: str) -> re.Pattern[str] | None:
    if _is_literal(term):
        return re.compile(re.escape(_folded(term)[0]), re.IGNORECASE)
    tokens = re.findall(r"[^\W_]+", _folded(term)[0])
    if not tokens:
        return None
    return re.compile(r"(?<![^\W_])" + r"[\W_]+".join(map(re.escape, tokens)), re.IGNORECASE)


def _first(pattern: re.Pattern[str], text: str) -> list[int]:
    """Where `pattern` first is, in the text as it stands or else without its accents; at most one place."""
    if hit := pattern.search(text):
        return [hit.start()]
    if text.isascii():
        return []
    folded, places = _folded(text[:_FOLDED_LENGTH])
    hit = pattern.search(folded)
    return [places[hit.start()]] if hit else []


def _spans(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Everywhere `pattern` is in a short text, accents or not (start, end)."""
    folded, places = _folded(text)
    hits = [hit.span() for hit in pattern.finditer(folded)]
    return [(places[start], places[end - 1] + 1) for start, end in hits if end > start]


def _folded(text: str) -> tuple[str, list[int]]:
    """`text` without accents and case, and for each of its characters the place it came from."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    letters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for part in unicodedata.normalize("NFD", char):
            if not unicodedata.combining(part):
                folded = part.lower()
                letters.append(folded)
                places += [place] * len(folded)
    return "".join(letters), places


def _merged(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
