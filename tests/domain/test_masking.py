"""No shape of a secret stays in a text that is shown, logged or kept."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.text import masked, shown

KEY = "sk-mCANARY+7/Qx=9vKp2Lw8Zt"
RAW = KEY.encode()
secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=16, max_size=80)
around = st.binary(max_size=7)


def pieces(text: str, size: int) -> set[str]:
    return {text[at : at + size] for at in range(len(text) - size + 1)}


@pytest.mark.parametrize(
    "said",
    [
        KEY,
        KEY[: len(KEY) // 2],
        KEY[len(KEY) // 2 :],
        quote(KEY, safe=""),
        quote(KEY),
        RAW.hex(),
        RAW.hex().upper(),
        json.dumps('"' + KEY),
        KEY.encode("utf-16-le").decode("latin-1"),
        KEY.encode("utf-16-be").decode("latin-1"),
    ],
)
def test_a_service_that_repeats_a_key_in_any_shape_shows_none_of_it(said: str) -> None:
    seen = shown(f"Not accepted: {said}. Ask for another.", (KEY,))
    assert not pieces(KEY, 5) & pieces(seen, 5)
    assert not pieces(RAW.hex(), 10) & pieces(seen.lower(), 10)
    assert seen.startswith("Not accepted: ")
    assert seen.endswith(". Ask for another.")


@given(secret=secrets, before=around, after=around)
def test_in_base64_it_is_found_at_any_place(secret: str, before: bytes, after: bytes) -> None:
    for code in (base64.b64encode, base64.urlsafe_b64encode):
        coded = code(before + secret.encode() + after).decode()
        seen = masked(f"Basic {coded}", [secret])
        assert "…" in seen
        whole = len(secret.encode()) * 8 // 6
        assert len(seen) <= len("Basic …") + len(coded) - whole + 3


@given(
    secret=st.text(st.characters(exclude_characters="…"), min_size=4, max_size=60), text=st.text(max_size=60)
)
@example(secret="0" * 15 + "\ud800", text="")
def test_a_secret_is_gone_whatever_it_is_made_of(secret: str, text: str) -> None:
    seen = masked(text + secret + text, [secret])
    assert secret not in seen


def test_short_words_are_not_taken_for_secrets() -> None:
    assert masked("a password is pass", ["abc", ""]) == "a password is pass"
    assert masked("pass the word", ["password"]) == "pass the word", "half of a short one is any word"
