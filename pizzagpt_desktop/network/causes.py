"""Exceptions of aiohttp, aiohttp-socks, ssl and the system as faults by cause; knows no service.

No text here repeats an exception's own text: those may hold addresses with logins in them.
"""

import asyncio
import errno
import socket
import ssl
import time
from collections.abc import Iterator

from pizzagpt_desktop.domain.addresses import host_and_port, host_words, is_loopback
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.proxy import ProxyScheme
from pizzagpt_desktop.network.route import Proxy
from pizzagpt_desktop.network.tls import CertificateChanged

CHECK_PROXY = "Check the proxy in the preferences."
_NOT_OURS = "The answer could not be read."
_X509_EXPIRED, _X509_NOT_YET = 10, 9
_X509_ITSELF = 18
_X509_SELF_SIGNED = frozenset({_X509_ITSELF, 19})
_X509_WRONG_HOST = frozenset({62, 64})
_OFFLINE = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL})
_SPEAKS_PLAIN = frozenset(
    {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL"}
)


def fault_of(
    error: BaseException, *, url: str, proxy: Proxy | None = None, connecting: bool = False
) -> Fault:
    """The fault that `error` means for a request to `url`. connecting: it came before the request was sent."""
    if isinstance(error, Fault):
        return error
    for cause in _chain(error):
        fault = (
            _of_tls(cause, url, proxy)
            or _of_proxy(cause, url, proxy)
            or _of_name_or_port(cause, error, url, proxy)
        )
        if fault is not None:
            return fault
    return _of_http(error, url, proxy, connecting)


def library_errors(proxy: Proxy | None = None) -> tuple[type[Exception], ...]:
    """The exceptions that a request may end with, for one `except`; more than aiohttp documents."""
    import aiohttp

    errors: tuple[type[Exception], ...] = (
        aiohttp.ClientError,
        aiohttp.http_exceptions.HttpProcessingError,
        OSError,
        EOFError,
        ValueError,
        RuntimeError,
    )
    if proxy is not None and not proxy.speaks_http:
        import aiohttp_socks
        import python_socks

        errors += (
            aiohttp_socks.ProxyError,
            aiohttp_socks.ProxyConnectionError,
            aiohttp_socks.ProxyTimeoutError,
            python_socks.ProxyError,
            python_socks.ProxyConnectionError,
            python_socks.ProxyTimeoutError,
        )
    return errors


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The innermost cause first."""
    chain: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        item = waiting.pop()
        if item is None or any(item is known for known in chain):
            continue
        chain.append(item)
        waiting += [
            item.__cause__,
            getattr(item, "_os_error", None),
            getattr(item, "_certificate_error", None),
        ]
        if not item.__suppress_context__:
            waiting.append(item.__context__)
    return reversed(chain)


def _of_tls(cause: BaseException, url: str, proxy: Proxy | None) -> Fault | None:
    where = host_words(url)
    if isinstance(cause, CertificateChanged):
        return Fault(
            FaultKind.TLS,
            f"The certificate of {where} is not the one you trusted. Nothing was sent.",
            hint="If it was renewed, test the route: the new one is shown there and can be trusted instead.",
        )
    if isinstance(cause, ssl.SSLCertVerificationError):
        own = getattr(cause, "verify_code", 0) == _X509_ITSELF
        return Fault(
            FaultKind.TLS,
            f"The connection to {where} is not private: {_certificate_words(cause)}",
            hint="If it is your own server, test the route: its certificate is shown there." if own else "",
        )
    if not isinstance(cause, ssl.SSLError):
        return None
    if getattr(cause, "reason", None) in _SPEAKS_PLAIN:
        if proxy is not None and proxy.settings.scheme.value == "https":
            return Fault(
                FaultKind.PROXY,
                f"The proxy {proxy.name} or the service does not speak https.",
                hint=CHECK_PROXY,
            )
        return Fault(
            FaultKind.TLS,
            f"The service at {where} does not speak https.",
            hint="If this is a computer you trust, try the address with http://.",
        )
    if getattr(cause, "reason", None) == "TLSV13_ALERT_CERTIFICATE_REQUIRED":
        return Fault(
            FaultKind.TLS,
            f"The service at {where} wants a certificate of yours.",
            hint="Choose its file in the preferences of the service.",
        )
    return Fault(FaultKind.TLS, f"The service at {where} does not offer a secure connection.")


def _certificate_words(cause: ssl.SSLCertVerificationError) -> str:
    code = cause.verify_code if hasattr(cause, "verify_code") else 0
    clock = time.strftime("This computer's clock says %Y-%m-%d.", time.localtime())
    if code == _X509_EXPIRED:
        return f"its certificate has expired. {clock}"
    if code == _X509_NOT_YET:
        return f"its certificate is not valid yet. {clock}"
    if code in _X509_WRONG_HOST:
        return "its certificate belongs to another name."
    if code in _X509_SELF_SIGNED:
        return "its certificate is signed by itself or by nobody this computer knows."
    return "its certificate is signed by nobody this computer knows."


def _of_proxy(cause: BaseException, url: str, proxy: Proxy | None) -> Fault | None:
    """What the proxy itself said or did, by the names of the classes so that no library is imported for it."""
    name = type(cause).__name__
    home = type(cause).__module__.partition(".")[0]
    who = f"The proxy {proxy.name}" if proxy else "The proxy"
    if name == "ClientHttpProxyError":
        return proxy_refusal(getattr(cause, "status", 0), proxy)
    if home == "python_socks" and name == "ReplyError":
        return _socks_reply(str(cause), getattr(cause, "error_code", None), who, proxy)
    if home in ("python_socks", "aiohttp_socks"):
        if name == "ProxyTimeoutError":
            return Fault(
                FaultKind.PROXY, f"{who} did not answer in time. Is it a SOCKS proxy?", hint=CHECK_PROXY
            )
        if name == "ProxyConnectionError":
            return Fault(FaultKind.PROXY, f"{who} does not answer.", hint=CHECK_PROXY)
        if name == "ProxyError" and cause.__cause__ is None:
            return _socks_reply(str(cause), getattr(cause, "error_code", None), who, proxy)
    if name == "IncompleteReadError" and proxy is not None and not proxy.speaks_http:
        # asyncio's: python-socks lets it through. `ssh -D` ends so what it cannot reach.
        return Fault(
            FaultKind.PROXY,
            f"{who} ended the connection before it had reached {host_words(url)}.",
            hint="Check the address, and whether this is a SOCKS proxy.",
        )
    return None


def _socks_reply(text: str, code: int | None, who: str, proxy: Proxy | None) -> Fault:
    login = proxy is not None and proxy.has_login
    if "authentication failure" in text or code == 93:
        return Fault(FaultKind.PROXY, f"{who} did not accept the name and password.", hint=CHECK_PROXY)
    if "authentication methods" in text or "authentication method" in text:
        wish = "did not accept the way to log in" if login else "wants a name and password"
        return Fault(FaultKind.PROXY, f"{who} {wish}.", hint=CHECK_PROXY)
    if code in (3, 4, 5, 6, 91):
        return Fault(
            FaultKind.PROXY, f"{who} could not reach the service.", hint="Check the address, then the proxy."
        )
    if code == 2:
        return Fault(FaultKind.PROXY, f"{who} does not allow this address.", hint=CHECK_PROXY)
    if code is not None:
        return Fault(FaultKind.PROXY, f"{who} refused the connection (code {code}).", hint=CHECK_PROXY)
    return Fault(FaultKind.PROXY, f"{who} does not answer like a SOCKS proxy.", hint=CHECK_PROXY)


def proxy_refusal(status: int, proxy: Proxy | None) -> Fault:
    """The fault for a status that came from the proxy, not from the service behind it."""
    who = f"The proxy {proxy.name}" if proxy else "The proxy"
    login = proxy is not None and proxy.has_login
    if status in (401, 407):
        if login:
            return Fault(
                FaultKind.PROXY, f"{who} did not accept the name and password ({status}).", hint=CHECK_PROXY
            )
        return Fault(FaultKind.PROXY, f"{who} wants a name and password ({status}).", hint=CHECK_PROXY)
    if status == 403:
        return Fault(FaultKind.PROXY, f"{who} does not allow this address ({status}).", hint=CHECK_PROXY)
    return Fault(
        FaultKind.PROXY,
        f"{who} could not reach the service ({status}).",
        hint="Check the address, then the proxy.",
    )


def _of_name_or_port(
    cause: BaseException, error: BaseException, url: str, proxy: Proxy | None
) -> Fault | None:
    host, port = host_and_port(url)
    # Only SOCKS4 and SOCKS5 look the service's name up here; for the others it can only be the proxy's.
    at_proxy = proxy is not None and (
        proxy.settings.scheme not in (ProxyScheme.SOCKS4, ProxyScheme.SOCKS5)
        or any(type(item).__name__ == "ProxyConnectionError" for item in _chain(error))
    )
    if isinstance(cause, socket.gaierror):
        if at_proxy and proxy is not None:
            return Fault(
                FaultKind.PROXY, f"The address of the proxy {proxy.name} was not found.", hint=CHECK_PROXY
            )
        return Fault(
            FaultKind.NETWORK, f"The address {host} was not found. Check the address or the network."
        )
    if isinstance(cause, ConnectionRefusedError) or _one_was_refused(cause):
        if proxy is not None:
            return Fault(FaultKind.PROXY, f"Nothing answers at the proxy {proxy.name}.", hint=CHECK_PROXY)
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        question = ""
        if is_loopback(host):
            question = " Is Ollama running?" if port == 11434 else " Is the server running?"
        return Fault(FaultKind.NETWORK, f"Nothing answers at {shown}.{question}")
    if isinstance(cause, OSError) and cause.errno in _OFFLINE:
        return Fault(FaultKind.NETWORK, f"No network connection to {proxy.name if proxy else host}.")
    return None


def _one_was_refused(cause: BaseException) -> bool:
    """Whether several addresses were tried and failed in several ways: then the library tells in its words alone."""
    return (
        type(cause) is OSError
        and cause.errno is None
        and str(cause).startswith("Multiple exceptions")
        and f"[Errno {errno.ECONNREFUSED}]" in str(cause)
    )


def _of_http(error: BaseException, url: str, proxy: Proxy | None, connecting: bool) -> Fault:
    import aiohttp

    where = host_words(url)
    if isinstance(error, aiohttp.ServerFingerprintMismatch):
        return Fault(
            FaultKind.TLS, f"The connection to {where} is not private: its certificate is another one."
        )
    if isinstance(error, aiohttp.ClientSSLError):
        return Fault(FaultKind.TLS, f"The service at {where} does not offer a secure connection.")
    if isinstance(error, aiohttp.ClientProxyConnectionError):
        return Fault(
            FaultKind.PROXY, f"{proxy.name if proxy else 'The proxy'} does not answer.", hint=CHECK_PROXY
        )
    if isinstance(error, aiohttp.RedirectClientError | aiohttp.TooManyRedirects):
        return Fault(FaultKind.REDIRECT, f"{where} wants to send you elsewhere. Not followed.")
    if isinstance(error, aiohttp.InvalidURL | aiohttp.NonHttpUrlClientError):
        return Fault(
            FaultKind.SETTINGS, "The service's address cannot be used.", hint="Check it in the preferences."
        )
    if isinstance(error, TimeoutError):
        return time_out_connecting(url, proxy)
    if isinstance(error, aiohttp.ContentTypeError):
        return Fault(FaultKind.NOT_THE_API, f"{where} answered with something else than this service.")
    if isinstance(error, aiohttp.ClientPayloadError):
        if "Can not decode content-encoding" in _texts(error):
            return Fault(FaultKind.DAMAGED, _NOT_OURS)
        return Fault(FaultKind.NETWORK, "The connection ended in the middle of the answer.")
    first = aiohttp.ClientResponseError | aiohttp.ServerDisconnectedError
    if (
        proxy is not None
        and isinstance(error, first)
        and (connecting or (url.startswith("http:") and proxy.speaks_http))
    ):
        how = "answer like a SOCKS proxy" if not proxy.speaks_http else "answer like an HTTP proxy"
        return Fault(FaultKind.PROXY, f"The proxy {proxy.name} does not {how}.", hint=CHECK_PROXY)
    if (
        proxy is not None
        and _was_reset(error)
        and (connecting or (url.startswith("http:") and proxy.speaks_http))
    ):
        who = f"The proxy {proxy.name}" + ("" if proxy.speaks_http else " or the service behind it")
        return Fault(FaultKind.PROXY, f"{who} ended the connection.", hint=CHECK_PROXY)
    if isinstance(error, aiohttp.ClientResponseError):
        if "Can not decode content-encoding" in _texts(error):
            return Fault(FaultKind.DAMAGED, _NOT_OURS, hint="It came packed in a way that nobody asked for.")
        if "\\x15\\x03" in _texts(error):
            return Fault(FaultKind.TLS, f"{where} expects https.", hint="Begin the address with https://.")
        return Fault(
            FaultKind.DAMAGED, _NOT_OURS, hint=f"{where} does not speak HTTP as this program knows it."
        )
    if connecting and url.startswith("https:") and isinstance(error, OSError | aiohttp.ClientConnectionError):
        return Fault(FaultKind.TLS, f"The service at {where} does not offer a secure connection.")
    if isinstance(error, aiohttp.ServerDisconnectedError):
        plain = url.startswith("http:")
        return Fault(
            FaultKind.NETWORK,
            f"{where} ended the connection without an answer.",
            hint="If the service expects https, begin the address with https://." if plain else "",
        )
    if isinstance(error, aiohttp.ClientError | OSError | asyncio.IncompleteReadError | EOFError):
        return Fault(FaultKind.NETWORK, f"The connection to {where} broke.")
    if isinstance(error, ValueError):
        return Fault(FaultKind.SETTINGS, "The request could not be written.", hint="Check address and key.")
    return Fault(FaultKind.UNEXPECTED_ANSWER, _NOT_OURS)


def _was_reset(error: BaseException) -> bool:
    """Whether the other side of the socket cut it, and that not while TLS was begun through a tunnel."""
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectionResetError):
        return True
    return (
        isinstance(error, aiohttp.ClientOSError)
        and not isinstance(error, aiohttp.ClientConnectorError)
        and (error.errno in (errno.ECONNRESET, errno.EPIPE) or str(error) == "Connection lost")
    )


def time_out_connecting(url: str, proxy: Proxy | None) -> Fault:
    """Nobody took the connection in time."""
    if proxy is not None:
        kind = "a SOCKS proxy" if not proxy.speaks_http else f"an {proxy.settings.scheme.value.upper()} proxy"
        return Fault(
            FaultKind.PROXY, f"The proxy {proxy.name} did not answer in time. Is it {kind}?", hint=CHECK_PROXY
        )
    return Fault(FaultKind.TIME_OUT, f"{host_words(url)} did not answer in time.")


def _texts(error: BaseException) -> str:
    """The exception's words, to be searched, never to be shown."""
    return " ".join(f"{item.args!r} {getattr(item, 'message', '')}" for item in _chain(error))
