"""A query in the words of SQLite's full-text index; knows no table but the names of its columns."""

import re
from collections.abc import Iterable
from datetime import date, timedelta

from pizzagpt_desktop.domain.query import Query, Term
from pizzagpt_desktop.storage.index import fact

_FIRST_YEAR = 1970


def words_match(query: Query, column: str, *, adjoining: bool = False) -> str:
    """An FTS5 expression for all words of `query` in `column`, "" where there are none.

    adjoining: as one phrase, in the order of the query.
    """
    terms = [term for term in query.terms if term.words]
    if not terms:
        return ""
    if adjoining:
        words = tuple(word for term in terms for word in term.words)
        return f"{column} : {_phrase(words, terms[-1].prefix)}"
    return f"{column} : ({' AND '.join(_of_term(term) for term in terms)})"


def facts_match(query: Query) -> str:
    """The same for the facts that must hold, as far as the index has them: role and model."""
    parts = []
    if query.roles:
        parts.append(_any(_phrase((fact("role", role.value),), False) for role in sorted(query.roles)))
    if query.models:
        parts.append(_any(_phrase(tuple(model.split()), True) for model in query.models))
    return f"facts : ({' AND '.join(parts)})" if parts else ""


def years_apart(query: Query, today: date) -> str:
    """The same for the years that no hit can be of, "" for none; the days themselves the index does not know."""
    years: list[int] = []
    day = timedelta(days=1)  # the index counts in UTC
    if query.after is not None and query.after > date(_FIRST_YEAR, 1, 2):
        years += range(_FIRST_YEAR, min((query.after - day).year, today.year + 1))
    if query.before is not None and query.before < date(today.year, 12, 30):
        years += range(max(_FIRST_YEAR, (query.before + day).year + 1), today.year + 1)
    return f"facts : {_any(_phrase((fact('year', str(year)),), False) for year in years)}" if years else ""


def like(literal: str) -> str:
    r"""A pattern for `LIKE … ESCAPE '\'` that finds `literal` anywhere."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", literal) + "%"


def _of_term(term: Term) -> str:
    return _phrase(term.words, term.prefix)


def _phrase(words: tuple[str, ...], prefix: bool) -> str:
    return '"' + " ".join(words) + '"' + ("*" if prefix else "")


def _any(parts: Iterable[str]) -> str:
    return "(" + " OR ".join(parts) + ")"
