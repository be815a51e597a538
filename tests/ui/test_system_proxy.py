"""What the desktop says of proxies, as Qt tells it: on Linux the variables of the environment."""

import pytest
from PySide6.QtNetwork import QNetworkProxy, QNetworkProxyFactory

from pizzagpt_desktop.domain.proxy import ProxyScheme, ProxySettings
from pizzagpt_desktop.network.route import proxy_for
from pizzagpt_desktop.ui import system_proxy

URL = "https://api.example.com:443/"


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_proxy, "_kept", {})


def test_variables_are_read_and_kept_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    assert system_proxy.system_proxy(URL) == ""
    monkeypatch.setenv("https_proxy", "http://corp.example:3128")
    assert system_proxy.system_proxy(URL) == "", "an answer is kept, as a script may take its time"
    other = "https://other.example:443/"
    assert system_proxy.system_proxy(other) == "http://corp.example:3128"


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (QNetworkProxy.ProxyType.HttpProxy, "http://me:p%40ss:@corp.example:8080"),
        (QNetworkProxy.ProxyType.HttpCachingProxy, "http://me:p%40ss:@corp.example:8080"),
        (QNetworkProxy.ProxyType.Socks5Proxy, "socks5h://me:p%40ss:@corp.example:8080"),
        (QNetworkProxy.ProxyType.NoProxy, ""),
        (QNetworkProxy.ProxyType.FtpCachingProxy, ""),
    ],
)
def test_every_kind_that_qt_names(
    monkeypatch: pytest.MonkeyPatch, kind: QNetworkProxy.ProxyType, address: str
) -> None:
    proxy = QNetworkProxy(kind, "corp.example", 8080, "me", "p@ss:")
    monkeypatch.setattr(QNetworkProxyFactory, "systemProxyForQuery", staticmethod(lambda _query: [proxy]))
    assert system_proxy.system_proxy(URL) == address
    way = proxy_for("https://api.example.com", ProxySettings(), "", system_proxy.system_proxy)
    assert (way is not None) == bool(address)
    if way is not None:
        assert (way.name, way.settings.username, way.password) == ("corp.example:8080", "me", "p@ss:")
        names_there = way.settings.scheme in (ProxyScheme.SOCKS5H, ProxyScheme.HTTP)
        assert names_there, "names are looked up by the proxy"
