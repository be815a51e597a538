"""What a search asks for, in the one language of the program, and where a text holds it; knows no index.

`pizza "thin crust" from:me after:2026-01-31` asks for messages with all these words, the phrase as it stands, and the
facts. The last word may be unfinished. Any text is legal: a filter that is not understood is taken as words.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple

from pizzagpt_desktop.domain.conversation import Role, SearchHit
from pizzagpt_desktop.domain.folding import SIGNS, folded, folded_with_places, is_single, pieces, place_of
from pizzagpt_desktop.domain.text import storable

Order = Literal["newest", "best"]

EXCERPT_LENGTH = 120
_BEFORE_HIT = 40
_MOST_TERMS = 32
_MOST_LETTERS = 200
_TRIES = 8
_TERM = re.compile(r'([a-z]+):(?:"([^"]*)"?|([^\s"]+))|"([^"]*)"?|([^\s"]+)', re.IGNORECASE)
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_ROLES = {
    "me": Role.USER, "user": Role.USER, "you": Role.USER,
    "assistant": Role.ASSISTANT, "reply": Role.ASSISTANT, "model": Role.ASSISTANT, "system": Role.SYSTEM,
}  # fmt: skip
_STATES = ("archived", "pinned")
_BETWEEN = f"[^a-z0-9{re.escape(SIGNS)}]*"


class SearchRequest(NamedTuple):
    """text: in the language above. conversation_id: search only in this one."""

    text: str
    order: Order = "newest"
    limit: int = 100
    conversation_id: str | None = None


class Found(NamedTuple):
    """more: there are hits beyond these. indexed: the share of all messages that the search knows, 0 to 1."""

    hits: tuple[SearchHit, ...] = ()
    more: bool = False
    indexed: float = 1.0


class Place(NamedTuple):
    """A message of one conversation that holds what was asked for, and how often.

    seq: its number in the store. in_reasoning: how many of the times in its reasoning, which comes before its text.
    """

    message_id: str
    times: int
    seq: int = 0
    in_reasoning: int = 0


def with_reasoning(place: Place, query: "Query", reasoning: str) -> Place:
    """`place`, which tells of the text, with the hits in the reasoning; of facts that are asked for only texts tell."""
    if not reasoning or query.of_messages or not query.holds(reasoning):
        return place
    times = query.count(reasoning)
    return place._replace(times=place.times + times, in_reasoning=times)


class Term(NamedTuple):
    """One word or phrase. words: as `folding` makes them. literal: what of signs alone must stand as it is, or ""."""

    text: str
    words: tuple[str, ...]
    prefix: bool
    literal: str = ""


class Query:
    """A query taken apart. Several filters of one kind: any of them may hold; different kinds: all must."""

    def __init__(self, text: str) -> None:
        self.terms: list[Term] = []
        self.roles: set[Role] = set()
        self.models: list[str] = []
        self.places: list[str] = []
        """Titles of conversations or names of folders, as `folding` makes them."""
        self.tags: list[str] = []
        self.states: set[str] = set()
        self.before: date | None = None
        """Messages of earlier days only."""
        self.after: date | None = None
        """Messages of this day and later ones only."""
        found = list(_TERM.finditer(storable(text[: _MOST_TERMS * _MOST_LETTERS])))
        for place, hit in enumerate(found[:_MOST_TERMS], 1):
            name, quoted, plain, phrase, word = hit.groups()
            if name is not None and self._filter(name.lower(), plain if quoted is None else quoted):
                continue
            if name is None:
                closed = phrase is not None and hit.group() != f'"{phrase}'
                self._add(word if phrase is None else phrase, not closed and place == len(found))
            else:
                self._add(hit.group().replace('"', " "), quoted is None and place == len(found))
        if not self:
            self._add(storable(text[:_MOST_LETTERS]), False)  # nothing but quotation marks: what has those

    def __bool__(self) -> bool:
        return bool(self.terms) or self.has_filters

    @property
    def has_filters(self) -> bool:
        """Whether anything but words is asked for."""
        return bool(self.places or self.tags or self.states) or self.of_messages

    @property
    def of_messages(self) -> bool:
        """Whether facts are asked for that only messages have, so that no title can answer."""
        return bool(self.roles or self.models or self.before or self.after)

    def _add(self, text: str, unfinished: bool) -> None:
        text = " ".join(text.split())
        cut = len(text) > _MOST_LETTERS
        text = text[:_MOST_LETTERS]
        words = tuple(folded(text).split())
        if not any(word[0].isalnum() or ord(word[0]) > 127 for word in words):
            if text:
                self.terms.append(Term(text, words, False, text))
        elif words:
            # A word that a query ends in the midst of may go on; a character that stands for itself does not.
            prefix = (unfinished or cut) and not is_single(words[-1]) and folded(text)[-1:] != " "
            self.terms.append(Term(text, words, prefix))

    def _filter(self, name: str, value: str) -> bool:
        """Take `name:value` as a filter; whether it is one."""
        wanted = " ".join(folded(value).split())
        match name:
            case "from" if wanted in _ROLES:
                self.roles.add(_ROLES[wanted])
            case "model" if wanted:
                self.models.append(wanted)
            case "in" if wanted:
                self.places.append(wanted)
            case "tag" if wanted:
                self.tags.append(wanted)
            case "is" if wanted in _STATES:
                self.states.add(wanted)
            case "before" | "after" if (day := _day(value)) is not None:
                if name == "before":
                    self.before = day if self.before is None else min(day, self.before)
                else:
                    self.after = day if self.after is None else max(day, self.after)
            case _:
                return False
        return True

    # where a text holds it

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
        """For ASCII text in lower case as it stands (None: it cannot hold a hit), and for any text folded."""
        plain, any_text = [], []
        for term in sorted(self.terms, key=lambda term: len(term.text), reverse=True):
            if term.literal:
                plain.append(re.escape(term.literal.lower()))
                any_text.append(r"\s*".join(re.escape(sign) for sign in term.words) or r"(?!)")
                continue
            if all(word.isascii() for word in term.words):
                head = "(?<![a-z0-9])" if term.words[0].isalnum() else ""
                tail = "(?![a-z0-9])" if not term.prefix and term.words[-1].isalnum() else ""
                plain.append(head + _BETWEEN.join(map(re.escape, term.words)) + tail)
            any_text.append(
                "(?<![^ ])" + " +".join(map(re.escape, term.words)) + ("" if term.prefix else "(?![^ ])")
            )
        return (
            re.compile("|".join(plain)) if plain else None,
            re.compile("|".join(any_text)) if any_text else None,
        )

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Everywhere that a term stands in `text` (start, end), in order, none within another."""
        plain, any_text = self._patterns
        if text.isascii():
            hits = plain.finditer(text.lower()) if plain is not None else ()
            return [hit.span() for hit in hits if hit.end() > hit.start()]
        if any_text is None:
            return []
        letters, places = folded_with_places(text)
        spans = []
        for hit in any_text.finditer(letters):
            if hit.end() > hit.start():
                end = places[hit.end() - 1] + 1
                while end < len(text) and not folded(text[end]):  # marks of the last letter
                    end += 1
                spans.append((places[hit.start()], end))
        return spans

    def hits(self, text: str) -> list[tuple[int, int]]:
        """Like `spans`, but the places are those in the folded text: good for comparing, and fast."""
        plain, any_text = self._patterns
        if text.isascii():
            return [hit.span() for hit in plain.finditer(text.lower())] if plain is not None else []
        return [hit.span() for hit in any_text.finditer(folded(text))] if any_text is not None else []

    def count(self, text: str) -> int:
        """How many `spans` there are."""
        plain, any_text = self._patterns
        if text.isascii():
            return sum(1 for _ in plain.finditer(text.lower())) if plain is not None else 0
        if any_text is None:
            return 0
        return sum(1 for piece in pieces(text) for _ in any_text.finditer(folded(piece)))

    def holds(self, text: str) -> bool:
        """Whether `text` has all the terms; filters are not looked at."""
        return all(self._alone(term).count(text) for term in self.terms)

    def _alone(self, term: Term) -> "Query":
        query = Query("")
        query.terms = [term]
        return query

    def first(self, text: str) -> int:
        """Where the first hit in `text` begins; 0 where there is none."""
        plain, any_text = self._patterns
        if text.isascii():
            hit = plain.search(text.lower()) if plain is not None else None
            return hit.start() if hit else 0
        if any_text is not None:
            if (place := self._first_as_written(text)) is not None:
                return place
            for start, piece in _parts(text):
                if hit := any_text.search(folded(piece)):
                    return start + place_of(piece, hit.start())
        return 0

    def _first_as_written(self, text: str) -> int | None:
        """Where a term first stands in `text` but for case, None where it does not: folding a long text takes longer."""
        lowered = text.lower()
        if len(lowered) != len(text):
            return None
        places = []
        for term in self.terms:
            if not term.words:
                continue
            needle = "".join(term.words) if all(map(is_single, term.words)) else term.words[0]
            at = -1
            for _ in range(_TRIES):
                at = lowered.find(needle, at + 1)
                if at < 0:
                    break
                start = max(0, at - 1)  # what stands before it tells whether a word begins here
                if spans := self.spans(text[start : at + len(term.text) + _BEFORE_HIT]):
                    places.append(start + spans[0][0])
                    break
        return min(places, default=None)

    def excerpt(self, text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
        """About 120 characters of `text` round the first hit, on one line, and the hits in it (start, end)."""
        first = self.first(text)
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
        return shown, tuple(self.spans(shown))


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """`text` in parts of some hundred characters, cut at a space where there is one, and where each begins."""
    start = 0
    while start < len(text):
        end = start + 250
        if end < len(text):
            end = max(text.rfind(" ", start + 1, end), text.rfind("\n", start + 1, end)) + 1 or end
        yield start, text[start:end]
        start = end


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) if part else 1 for part in match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None
