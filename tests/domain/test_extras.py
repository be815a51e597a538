"""Headers and fields by hand: nothing of the program's own is replaced, no secret lies in the settings."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.extras import (
    DEEPEST,
    NO_EXTRAS,
    Extras,
    headers_text,
    parse_fields,
    parse_headers,
    put_into,
)


def test_what_can_be_sent_is_kept_in_order() -> None:
    text = (
        '{"X-Title": "My chat", "HTTP-Referer": "https://me.example/", "Ocp-Apim-Subscription-Key": "{key}"}'
    )
    headers = parse_headers(text)
    assert [name for name, _ in headers] == ["X-Title", "HTTP-Referer", "Ocp-Apim-Subscription-Key"]
    assert parse_headers(headers_text(headers)) == headers
    extras = Extras(headers=headers)
    assert extras.headers_with("sk-1")["Ocp-Apim-Subscription-Key"] == "sk-1"
    assert "Ocp-Apim-Subscription-Key" not in extras.headers_with(None)
    assert parse_headers(" \n") == ()
    assert headers_text(()) == ""
    assert NO_EXTRAS.headers_with("sk-1") == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"X-Title": }', "line 1, column 13"),
        ('["X-Title"]', "one JSON object"),
        ("5", "one JSON object"),
        ('{"X-Title": 5}', "is a text, in quotation marks"),
        ('{"Authorization": "Bearer {key}"}', "set by the program itself"),
        ('{"aUTHORIZATION": "x"}', "set by the program itself"),
        ('{"Host": "evil.example"}', "set by the program itself"),
        ('{"x-api-key": "{key}"}', "set by the program itself"),
        ('{"Content-Length": "5"}', "set by the program itself"),
        ('{"Cookie": "a=b"}', "set by the program itself"),
        ('{"X-Gateway-Token": "abc"}', "looks like a secret"),
        ('{"X Title": "x"}', "no name of a header"),
        ('{"": "x"}', "no name of a header"),
        ('{"X-Title:": "x"}', "no name of a header"),
        ('{"X-Title": "a\\r\\nHost: evil"}', "characters that no header has"),
        ('{"X-Title": "Käse"}', "characters that no header has"),
        ('{"X-Title": " x"}', "characters that no header has"),
        ('{"X-Title": "a", "x-title": "b"}', "is there twice"),
        ('{"X-Title": "a", "X-Title": "b"}', "is there twice"),
        ('{"X-Title": "' + "a" * 30_000 + '"}', "too long"),
        (json.dumps({f"X-{n}": "a" for n in range(51)}), "At most 50"),
    ],
)
def test_headers_that_cannot_be_sent_say_why(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        parse_headers(text)
    assert str(caught.value).endswith((".", "}"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"messages": []}', "set by the program itself"),
        ('{"model": "x"}', "set by the program itself"),
        ('{"stream": false}', "set by the program itself"),
        ('{"api_key": "sk-1"}', "looks like a secret"),
        ('{"a": NaN}', "one JSON object"),
        ('{"a": 1e999}', "one JSON object"),
        ('{"a": "\\ud800"}', "one JSON object"),
        ("[" * 15_000, "one JSON object"),
        ('{"a": ' + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1) + "}", "one JSON object"),
        ('{"a": ' + "1" * 5000 + "}", "one JSON object"),
        ("{a: 1}", "line 1, column 2"),
    ],
)
def test_fields_that_cannot_be_sent_say_why(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_fields(text)
    assert Extras(fields=text).body() == {}


def test_fields_join_the_body_and_leave_the_rest_of_it() -> None:
    body = {"model": "m", "messages": [1], "stream": True, "options": {"temperature": 1}, "seed": 1}
    more = {"options": {"num_ctx": 8192}, "seed": 2, "provider": {"order": ["x"]}}
    assert put_into(body, more) == {
        "model": "m",
        "messages": [1],
        "stream": True,
        "options": {"temperature": 1, "num_ctx": 8192},
        "seed": 2,
        "provider": {"order": ["x"]},
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(json_values | st.text())
def test_whatever_is_typed_is_taken_or_refused_with_words(value: Any) -> None:
    text = value if isinstance(value, str) else json.dumps(value)
    for read in (parse_headers, parse_fields):
        try:
            read(text)
        except ValueError as error:
            assert type(error) is ValueError
