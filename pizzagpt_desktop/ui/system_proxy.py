"""What the desktop says of proxies, by Qt: Windows and macOS with their script (PAC); opens no connection itself.

On Linux Qt knows the variables of the environment alone, which `network.route` has read before it asks here: the wheels
of PySide6 are built without libproxy, so a script in the settings of a desktop is read by nobody.
"""

import time

_KEEP_S = 30.0
_kept: dict[str, tuple[float, str]] = {}


def system_proxy(url: str) -> str:
    """The address of the proxy that the system wants for a URL, "" for none.

    A script may take its time, so an answer is kept for half a minute.
    """
    now = time.monotonic()
    known = _kept.get(url)
    if known is not None and now - known[0] < _KEEP_S:
        return known[1]
    if len(_kept) > 100:
        _kept.clear()
    found = _asked(url)
    _kept[url] = now, found
    return found


def _asked(url: str) -> str:
    from PySide6.QtCore import QUrl
    from PySide6.QtNetwork import QNetworkProxy, QNetworkProxyFactory, QNetworkProxyQuery

    kinds = {
        QNetworkProxy.ProxyType.HttpProxy: "http",
        QNetworkProxy.ProxyType.HttpCachingProxy: "http",
        QNetworkProxy.ProxyType.Socks5Proxy: "socks5h",
    }
    for proxy in QNetworkProxyFactory.systemProxyForQuery(QNetworkProxyQuery(QUrl(url))):
        if proxy.type() == QNetworkProxy.ProxyType.NoProxy:
            return ""
        scheme = kinds.get(proxy.type())
        if scheme and proxy.hostName():
            found = QUrl()
            found.setScheme(scheme)
            found.setHost(proxy.hostName())
            if 1 <= proxy.port() <= 65535:
                found.setPort(proxy.port())
            if proxy.user():
                found.setUserName(proxy.user())
                found.setPassword(proxy.password())
            return found.toString(QUrl.ComponentFormattingOption.FullyEncoded)
    return ""
