"""Pins and fingerprints as values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.trust import (
    Pin,
    Trust,
    checked_fingerprint,
    place_of,
    shown_fingerprint,
)

ONE, TWO = shown_fingerprint(bytes(range(32))), shown_fingerprint(bytes(32))


def test_a_pin_is_bound_to_host_and_port() -> None:
    trust = Trust().with_pin("https://llm.home:8443/v1", ONE)
    assert trust.pins == (Pin(place="llm.home:8443", fingerprint=ONE),)
    assert trust.pinned("https://llm.home:8443/other") == ONE
    for other in ("https://llm.home", "https://llm.home:8444", "https://x.llm.home:8443"):
        assert trust.pinned(other) == ""


def test_a_place_has_one_pin_and_can_lose_it() -> None:
    trust = Trust().with_pin("https://a", ONE).with_pin("https://b", TWO).with_pin("https://a", TWO)
    assert trust.pinned("https://a") == TWO
    assert len(trust.pins) == 2
    assert trust.without_pin("a:443") == Trust().with_pin("https://b", TWO)
    assert trust.without_pin("nosuch:1") == trust


def test_places() -> None:
    assert place_of("https://[::1]:8443/v1") == "[::1]:8443"
    assert place_of("https://llm.home") == "llm.home:443"


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["", ":", " "]), st.booleans())
def test_a_fingerprint_is_read_as_other_programs_write_it(digest: bytes, between: str, lower: bool) -> None:
    pairs = [f"{byte:02X}" for byte in digest]
    text = between.join(pairs)
    assert (
        checked_fingerprint(text.lower() if lower else text) == ":".join(pairs) == shown_fingerprint(digest)
    )


@pytest.mark.parametrize("text", ["", "AB", ONE[:-1], ONE + "0", ONE.replace("0", "G"), ONE + ":00"])
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="64 digits"):
        checked_fingerprint(text)
