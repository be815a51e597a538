"""The rules of routes to their last branch: bypasses, settings that cannot work, and systems that are not this one."""

import urllib.request

import pytest

from pizzagpt_desktop.domain.addresses import host_name, is_nearby
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxyScheme, ProxySettings, bypasses, validate
from pizzagpt_desktop.network import route
from pizzagpt_desktop.network.route import Proxy, proxy_for, refuse_beyond


def manual(**fields: object) -> ProxySettings:
    return ProxySettings(**{"mode": ProxyMode.MANUAL, "host": "corp", "port": 8080, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (manual(host=""), "host is missing"),
        (manual(port=0), "port"),
        (manual(username="a\tb"), "cannot be typed"),
        (manual(username="a:b"), "no colon"),
        (manual(bypass=("a b",)), "a b"),
    ],
)
def test_settings_that_cannot_work(settings: ProxySettings, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        validate(settings)
    with pytest.raises(Fault) as caught:
        proxy_for("https://api.example", settings)
    assert caught.value.kind is FaultKind.SETTINGS


def test_a_name_with_a_colon_is_fine_for_socks() -> None:
    validate(manual(username="a:b", scheme=ProxyScheme.SOCKS5))
    validate(ProxySettings(mode=ProxyMode.NONE, host=""))


@pytest.mark.parametrize(
    ("bypass", "host", "port", "straight"),
    [
        (("10.0.0.0/8",), "10.1.2.3", 443, True),
        (("10.0.0.0/8",), "11.1.2.3", 443, False),
        (("example.com",), "10.1.2.3", 443, False),
        (("a.example",), "a.example", 443, True),
        ((".example",), "a.example", 443, True),
        (("a.example:8080",), "a.example", 443, False),
        (("fd00::/8",), "fd00::1", 443, True),
    ],
)
def test_what_goes_straight(bypass: tuple[str, ...], host: str, port: int, straight: bool) -> None:
    assert bypasses(manual(bypass=bypass), host, port) is straight


def test_a_proxy_without_a_login_sends_none() -> None:
    plain = Proxy(manual())
    assert (plain.authorization, plain.secrets, plain.has_login) == ("", (), False)
    assert Proxy(manual(username="me"), "pw").authorization.startswith("Basic ")


@pytest.mark.parametrize(
    ("known", "bypassed", "name"),
    [
        ({"https": "http://corp:3128"}, False, "corp:3128"),
        ({"https": "http://corp:3128"}, True, None),
        ({"socks": "corp:1080"}, False, "corp:1080"),
        ({"socks": "socks4://corp:1080"}, False, "corp:1080"),
        ({}, False, None),
    ],
)
def test_the_settings_of_windows_and_macos(
    known: dict[str, str], bypassed: bool, name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "_HAS_SETTINGS", True)
    monkeypatch.setattr(urllib.request, "getproxies", lambda: known)
    monkeypatch.setattr(urllib.request, "proxy_bypass", lambda host: bypassed, raising=False)
    way = proxy_for("https://api.example", ProxySettings(mode=ProxyMode.SYSTEM))
    assert (way and way.name) == name


def test_names_and_numbers_of_computers() -> None:
    assert host_name("[::1]") == "::1"
    for text in ("[::g]", "a_b..c", "x" * 64):
        with pytest.raises(ValueError, match="computer"):
            host_name(text)
    assert [is_nearby(host) for host in ("", "box", "api.example", "169.254.1.1", "8.8.8.8")] == [
        False,
        True,
        False,
        True,
        False,
    ]


def test_local_only_lets_nothing_beyond_this_computer() -> None:
    refuse_beyond("http://127.0.0.1:1/v1", Proxy(manual(host="127.0.0.1")))
    for url, proxy, words in (
        ("https://api.example", None, "api.example is another computer"),
        ("mailto:x", None, "does not say where"),
        ("http://127.0.0.1:1", Proxy(manual()), "The proxy corp:8080 is another computer"),
    ):
        with pytest.raises(Fault, match=words):
            refuse_beyond(url, proxy)
