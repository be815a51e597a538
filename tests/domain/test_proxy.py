"""Proxy settings as people type them: read, refused with words, redacted, bypassed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.proxy import (
    ProxyMode,
    ProxyScheme,
    ProxySettings,
    bypasses,
    environment_proxy,
    parse_proxy_url,
    proxy_url,
    redacted,
    validate,
)


@pytest.mark.parametrize(
    ("text", "scheme", "host", "port", "username", "password"),
    [
        ("corp:8080", ProxyScheme.HTTP, "corp", 8080, "", ""),
        ("http://corp:8080/", ProxyScheme.HTTP, "corp", 8080, "", ""),
        (" HTTPS://me:pw@corp:8443 ", ProxyScheme.HTTPS, "corp", 8443, "me", "pw"),
        ("socks4://ident@10.0.0.1:1080", ProxyScheme.SOCKS4, "10.0.0.1", 1080, "ident", ""),
        ("socks4a://h:1", ProxyScheme.SOCKS4A, "h", 1, "", ""),
        ("socks5://a%40b:p%3A%2Fw@[::1]:1080", ProxyScheme.SOCKS5, "::1", 1080, "a@b", "p:/w"),
        ("socks5h://u:p@ss@h:9", ProxyScheme.SOCKS5H, "h", 9, "u", "p@ss"),
        ("socks://h:9", ProxyScheme.SOCKS5, "h", 9, "", ""),
    ],
)
def test_reads_what_people_type(
    text: str, scheme: ProxyScheme, host: str, port: int, username: str, password: str
) -> None:
    settings, secret = parse_proxy_url(text)
    assert settings == ProxySettings(
        mode=ProxyMode.MANUAL, scheme=scheme, host=host, port=port, username=username
    )
    assert secret == password


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Type"),
        ("corp", "port is missing"),
        ("http://corp", "port is missing"),
        ("corp:port", "number from 1 to 65535"),
        ("corp:0", "1 to 65535"),
        ("corp:70000", "1 to 65535"),
        ("ftp://corp:21", "no kind of proxy"),
        ("file:///etc/passwd", "no kind of proxy"),
        ("http://me:CANARY@corp:80/path", "only a host and a port"),
        ("a b:80", "no spaces"),
        ("a\nb:80", "no spaces"),
        ("http://:8080", "host is missing"),
        ("http://me:CANARY@:8080", "host is missing"),
        ("http://ex ample:CANARY@x:8080", "no spaces"),
        ("http://no_host!:8080", "no name of a computer"),
        ("http://[::zz]:1", "number from 1|no address|port"),
    ],
)
def test_refuses_with_words_that_hold_no_password(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        parse_proxy_url(text)
    assert "CANARY" not in str(caught.value)


def test_a_missing_port_can_be_guessed_as_the_environment_means_it() -> None:
    assert parse_proxy_url("http://corp", guess_port=True)[0].port == 80
    assert parse_proxy_url("socks5h://corp", guess_port=True)[0].port == 1080


NAMES = st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters=":"), max_size=12)


@given(st.sampled_from(ProxyScheme), st.integers(1, 65535), NAMES, NAMES)
def test_an_address_made_is_read_back(scheme: ProxyScheme, port: int, username: str, password: str) -> None:
    settings = ProxySettings(mode=ProxyMode.MANUAL, scheme=scheme, host="corp", port=port, username=username)
    assert parse_proxy_url(proxy_url(settings, password)) == (settings, password)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_words(text: str) -> None:
    try:
        settings, _ = parse_proxy_url(text)
    except ValueError as error:
        assert str(error).endswith(".")
    else:
        validate(settings)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("http://me:pw@corp:80/x", "http://…@corp:80/x"),
        ("Cannot connect to socks5://me:p@ss@corp:80!", "Cannot connect to socks5://…@corp:80!"),
        ("me@example.org", "me@example.org"),
        ("http://corp:80/a@b", "http://corp:80/a@b"),
    ],
)
def test_redacted_has_no_login(text: str, clean: str) -> None:
    assert redacted(text) == clean


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "api.localhost",
        "127.0.0.1",
        "127.9.8.7",
        "::1",
        "[::1]",
        "::ffff:127.0.0.1",
    ],
)
def test_this_computer_is_bypassed_unless_the_user_says_otherwise(host: str) -> None:
    settings = ProxySettings(mode=ProxyMode.MANUAL, host="corp", port=1)
    assert bypasses(settings, host, 80)
    over = ProxySettings(mode=ProxyMode.MANUAL, host="corp", port=1, for_loopback=True)
    assert not bypasses(over, host, 80)


@pytest.mark.parametrize(
    ("entry", "goes_straight", "goes_through"),
    [
        (
            "api.example",
            ["api.example:80", "API.example.:80"],
            ["x.api.example:80", "example:80", "xapi.example:80"],
        ),
        (".example", ["a.example:1", "b.a.example:1", "example:1"], ["anexample:1"]),
        ("*.example", ["a.example:1", "example:1"], ["anexample:1"]),
        ("api.example:443", ["api.example:443"], ["api.example:80"]),
        ("10.0.0.0/8", ["10.1.2.3:80"], ["11.1.2.3:80", "10.example:80"]),
        ("10.0.0.0/8:443", ["10.1.2.3:443"], ["10.1.2.3:80"]),
        ("192.168.0.7", ["192.168.0.7:80"], ["192.168.0.8:80"]),
        ("fd00::/8", ["fd00::1#80"], ["fe00::1#80"]),
        ("[fd00::7]:8080", ["fd00::7#8080"], ["fd00::7#80"]),
        ("*", ["anything:1", "8.8.8.8:1"], []),
        ("*:8080", ["anything:8080"], ["anything:80"]),
    ],
)
def test_the_bypass_list(entry: str, goes_straight: list[str], goes_through: list[str]) -> None:
    settings = ProxySettings(mode=ProxyMode.MANUAL, host="corp", port=1, bypass=(entry,))
    validate(settings)
    for targets, expected in ((goes_straight, True), (goes_through, False)):
        for target in targets:
            host, _, port = target.rpartition("#" if "#" in target else ":")
            assert bypasses(settings, host, int(port)) is expected, target


@pytest.mark.parametrize(
    "entry", ["", " ", "a b", "http://x", "a:b", "a:99999", "10.0.0.0/99", "*foo*", "a:b:c/9"]
)
def test_a_bypass_entry_that_cannot_be_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in the list"):
        validate(ProxySettings(bypass=(entry,)))


@given(st.text(max_size=20), st.text(max_size=20), st.integers(0, 65535))
def test_no_entry_and_no_host_breaks_the_list(entry: str, host: str, port: int) -> None:
    assert bypasses(ProxySettings(bypass=(entry,)), host, port) in (True, False)


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, None),
        ({"PATH": "/bin", "ftp_proxy": "x:1"}, None),
        ({"https_proxy": "a:1"}, "a:1"),
        ({"HTTPS_PROXY": " a:1 "}, "a:1"),
        ({"https_proxy": "a:1", "HTTPS_PROXY": "b:1"}, "a:1"),
        ({"https_proxy": "", "HTTPS_PROXY": "b:1", "all_proxy": "c:1"}, ""),
        ({"http_proxy": "a:1"}, None),
        ({"all_proxy": "c:1"}, "c:1"),
        ({"socks_proxy": "d:1"}, "socks5://d:1"),
        ({"SOCKS_PROXY": "socks5h://d:1"}, "socks5h://d:1"),
        ({"https_proxy": "a:1", "socks_proxy": "d:1"}, "a:1"),
        ({"https_proxy": "a:1", "no_proxy": "*"}, ""),
        ({"https_proxy": "a:1", "NO_PROXY": "other.org, example.com"}, ""),
        ({"https_proxy": "a:1", "no_proxy": "other.org .example.com"}, ""),
        ({"https_proxy": "a:1", "no_proxy": "api.example.com:443"}, ""),
        ({"https_proxy": "a:1", "no_proxy": "api.example.com:444"}, "a:1"),
        ({"https_proxy": "a:1", "no_proxy": "ample.com,10.0.0.0/8,:,,x:y"}, "a:1"),
        ({"https_proxy": "a:1", "no_proxy": ""}, "a:1"),
    ],
)
def test_the_variables_of_the_environment(variables: dict[str, str], found: str | None) -> None:
    assert environment_proxy(variables, "https", "api.example.com", 443) == found


@pytest.mark.parametrize(
    ("entry", "host", "round_it"),
    [
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("fd00::/8", "[fd00::7]", True),
        ("[fd00::7]:443", "fd00::7", True),
        ("[fd00::7]:80", "fd00::7", False),
        ("example.com.", "a.EXAMPLE.com.", True),
    ],
)
def test_no_proxy_knows_networks_and_ports(entry: str, host: str, round_it: bool) -> None:
    variables = {"https_proxy": "a:1", "no_proxy": entry}
    assert (environment_proxy(variables, "https", host, 443) == "") is round_it


@given(
    st.dictionaries(st.sampled_from(["https_proxy", "no_proxy", "ALL_PROXY"]), st.text(max_size=12)),
    st.text(),
)
def test_no_variable_breaks_the_reading(variables: dict[str, str], host: str) -> None:
    assert isinstance(environment_proxy(variables, "https", host, 443), str | None)
