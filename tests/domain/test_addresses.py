"""Addresses and keys as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.addresses import (
    check_key,
    host_name,
    host_words,
    is_loopback,
    parse_base_url,
    sends_in_clear,
    shown_host,
    shown_host_words,
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://api.example.com/v1", "https://api.example.com/v1"),
        (" https://api.example.com/v1// ", "https://api.example.com/v1"),
        ("HTTPS://API.Example.com:443/V1/", "https://api.example.com/V1"),
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("https://пример.example/v1", "https://xn--e1afmkfd.example/v1"),
        ("http://localhost", "http://localhost"),
        ("http://my_box:80", "http://my_box"),
    ],
)
def test_keeps_addresses_in_one_form(text: str, kept: str) -> None:
    assert parse_base_url(text) == kept
    assert parse_base_url(kept) == kept


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Type"),
        ("   ", "Type"),
        ("api.example.com/v1", "https://api.example.com/v1"),
        ("127.0.0.1:8080", "lacks its beginning"),
        ("localhost:8080/v1", "lacks its beginning"),
        ("file:///etc/passwd", "https:// or http://"),
        ("ftp://x/", "https:// or http://"),
        ("javascript:alert(1)", "https:// or http://"),
        ("https://", "no host"),
        ("https:///v1", "no host|no name"),
        ("https://api example.com", "no spaces"),
        ("https://api.example.com/v 1", "no spaces"),
        ("https://a\nb.com", "no spaces"),
        ("https://a\u202eb.com", "no address has"),
        ("https://me:CANARY@api.example.com", "Leave name and password out"),
        ("me:CANARY@api.example.com", "lacks its beginning"),
        ("https://api.example.com/v1?key=1", "ends before"),
        ("https://api.example.com/#x", "ends before"),
        ("https://api.example.com:0", "port"),
        ("https://api.example.com:x", "port"),
        ("https://api.example.com:99999", "port"),
        ("https://api..example.com", "no name of a computer"),
        ("https://exa$mple.com", "no name of a computer"),
        ("https://a\\b.com", "no address has"),
        ("https://" + "a" * 64 + ".com", "no name of a computer"),
    ],
)
def test_refuses_with_words_that_hold_no_password(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        parse_base_url(text)
    assert "CANARY" not in str(caught.value)


@given(st.text(max_size=40), st.sampled_from(["", "http://", "https://", "https://a.example"]))
def test_any_text_is_kept_or_refused(text: str, start: str) -> None:
    try:
        kept = parse_base_url(start + text)
    except ValueError as error:
        assert str(error)
    else:
        assert kept.isprintable()
        assert parse_base_url(kept) == kept


def test_names_hosts_for_people() -> None:
    assert host_words("https://api.example.com/v1") == "api.example.com"
    assert host_words("http://127.0.0.1:8080/v1") == "127.0.0.1:8080"
    assert host_words("http://[::1]:8080") == "[::1]:8080"


def test_knows_when_a_key_would_cross_a_network_in_clear() -> None:
    assert sends_in_clear("http://api.example.com")
    assert not sends_in_clear("https://api.example.com")
    assert not sends_in_clear("http://127.0.0.1:8080")


def test_keys() -> None:
    assert check_key(" sk-abc \n") == "sk-abc"
    for key in (
        "sk-\nCANARY",
        "sk-\r\nCANARY",
        "sk-\x00CANARY",
        "sk CANARY",
        "sk-\u200bCANARY",
        "sk-éCANARY",
    ):
        with pytest.raises(ValueError, match="Copy it again") as caught:
            check_key(key)
        assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "wire", "shown"),
    [
        ("bücher.example", "xn--bcher-kva.example", "bücher.example (xn--bcher-kva.example)"),
        ("straße.example", "xn--strae-oqa.example", "straße.example (xn--strae-oqa.example)"),
        ("аpple.com", "xn--pple-43d.com", "аpple.com (xn--pple-43d.com)"),  # its first letter is Cyrillic
        ("ＡＰＩ.example", "api.example", "api.example"),
        ("xn--.example", "xn--.example", "xn--.example"),
        ("xn--a-ecp.example", "xn--a-ecp.example", None),
        ("api.example", "api.example", "api.example"),
    ],
)
def test_a_name_of_another_script_is_never_shown_alone(typed: str, wire: str, shown: str | None) -> None:
    assert host_name(typed) == wire
    assert wire in shown_host(wire)
    if shown is not None:
        assert shown_host(wire) == shown
        assert shown_host_words(f"https://{wire}:8443/v1") == f"{shown}:8443"
        assert shown_host_words(f"https://{wire}/v1") == shown


@pytest.mark.parametrize("typed", ["bü cher", "a\u0300b..c", "💩\u202e.example", "ü" * 70, "-ü-.example"])
def test_a_name_that_cannot_be_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="no name of a computer"):
        host_name(typed)


@given(st.text(max_size=30))
def test_any_host_is_shown_with_its_form_on_the_wire(host: str) -> None:
    assert host in shown_host(host)


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("a.LOCALHOST.", True),
        ("127.255.0.1", True),
        ("::1%lo", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        ("127.1", False),
        ("0.0.0.0", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_what_is_this_computer(host: str, here: bool) -> None:
    assert is_loopback(host) is here
