"""The query language: what is a word, a phrase, a filter; any text is legal; where hits stand in a text."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.conversation import Role
from pizzagpt_desktop.domain.folding import folded, folded_with_places
from pizzagpt_desktop.domain.query import Query


def test_filters_are_taken_out_of_the_words() -> None:
    query = Query(
        'pizza "thin crust" from:me in:"My food" in:work before:2026-01-31 after:2025 model:gpt-4o tag:Käse is:archived'
    )
    assert [term.text for term in query.terms] == ["pizza", "thin crust"]
    assert query.roles == {Role.USER}
    assert query.places == ["my food", "work"]
    assert (query.before, query.after) == (date(2026, 1, 31), date(2025, 1, 1))
    assert query.models == ["gpt 4o"]
    assert query.tags == ["kase"]
    assert query.states == {"archived"}


@pytest.mark.parametrize(
    "text",
    [
        "from:bob",
        "before:yesterday",
        "after:2026-13-01",
        "is:green",
        "from:",
        'in:""',
        "http://x.example",
        "note:this",
        "before:2026-02-30",
    ],
)
def test_a_filter_that_is_not_understood_is_taken_as_words(text: str) -> None:
    query = Query(text)
    assert not query.has_filters
    assert query.terms
    assert query.holds(f"so {text} it is")


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("creme", "Crème de la CRÈME", ["Crème", "CRÈME"]),
        ("елка", "Ёлка и ёлки", ["Ёлка"]),
        ("мои", "мой и мои", ["мои"]),
        ("ειναι", "ΕΊΝΑΙ είναι", ["ΕΊΝΑΙ", "είναι"]),
        ("cafe", "cafe\u0301 au lait", ["cafe\u0301"]),
        ("披", "吃披萨披", ["披", "披"]),
        ("か", "がか", ["か"]),
        ("c++", "C++ or c ++, not c+", ["C++", "c ++"]),
        ("🍕", "a 🍕🍕", ["🍕", "🍕"]),
        ("👍", "👍🏽!", ["👍🏽"]),
        ("strasse", "Straße", ["Straße"]),
        ("lukasz", "Łukasz", ["Łukasz"]),
        ('"a b"', "a, b; a c b", ["a, b"]),
        ("pi", "pizza spi", ["pi"]),
        ("pizza", "pizza’s", ["pizza"]),
    ],
)
def test_hits_are_marked_where_they_stand(query: str, text: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in Query(query).spans(text)] == marked


any_text = st.text(st.characters(), max_size=80) | st.text(
    st.sampled_from('aé\u0301ёйが\u3099ﬁ½İ🍕\u200d👍🏽 披ก่"C+-:'), max_size=40
)


@given(text=any_text)
@example(text="İ\u0301ﬁ")
@example(text="\u1100\u1161\u11a8 e\u0301")
def test_places_lead_back_into_the_text(text: str) -> None:
    letters, places = folded_with_places(text)
    assert letters == folded(text)
    assert len(places) == len(letters)
    assert list(places) == sorted(places)
    assert all(0 <= place < len(text) for place in places)


@given(query=any_text, text=any_text)
def test_any_text_is_a_query_for_any_text(query: str, text: str) -> None:
    asked = Query(query)
    shown, spans = asked.excerpt(text)
    assert all(0 <= start < end <= len(shown) for start, end in spans)
    assert asked.count(text) >= 0
    asked.first(text)
