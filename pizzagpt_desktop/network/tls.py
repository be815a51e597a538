"""Whom a connection trusts: the system's store, a service's own authority, a pinned certificate; sends nothing.

The only place that makes TLS contexts. No way leads round the check: a pinned certificate is compared byte by byte
(by its SHA-256) before a byte of the request goes out.
"""

import functools
import hashlib
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pizzagpt_desktop.domain.addresses import host_and_port
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.trust import NO_TRUST, Trust, shown_fingerprint

CHECK_FILES = "Check the service's certificates in the preferences."


@dataclass(slots=True)
class Meter:
    """Bytes of the bodies of requests and answers, as they were on the wire without their encryption."""

    sent: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a connection may be made. passphrase: of the client certificate's key.

    local_only: nothing but this computer may be reached. meter: counts what goes out and comes in.
    """

    trust: Trust = NO_TRUST
    passphrase: str = field(default="", repr=False)
    local_only: bool = False
    meter: Meter | None = field(default=None, compare=False)


class CertificateChanged(ssl.SSLCertVerificationError):
    """The server does not show the certificate that is pinned for it. der: the one it shows."""

    der: bytes = b""


def context_for(url: str, terms: Terms) -> ssl.SSLContext:
    """The context for a connection to the service at `url`; opens files, and may take a third of a second.

    Raises Fault(SETTINGS) with words where a file of the service cannot be used.
    """
    trust = terms.trust
    if not url.startswith("https:") or trust == NO_TRUST:
        return system_context()
    usual = _fresh() if trust.authority or trust.certificate else system_context()
    if trust.authority:
        _add_authority(usual, trust.authority)
    pinned = trust.pinned(url)
    context = _Pinning(host_and_port(url)[0], pinned, usual) if pinned else usual
    if trust.certificate:
        _add_certificate(context, trust, terms.passphrase)
    return context


def context_to_look(host: str) -> ssl.SSLContext:
    """A context that takes no certificate at all: each handshake with `host` ends in `CertificateChanged`.

    So a certificate can be shown to the user, and nothing can be sent.
    """
    return _Pinning(host, "", system_context())


@functools.cache
def system_context() -> ssl.SSLContext:
    """The system's trust; made once, because stores are slow to open."""
    return _fresh()


def _fresh() -> ssl.SSLContext:
    """A plain context, which unlike `ssl.create_default_context` does not write keys to SSLKEYLOGFILE."""
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _Pinning(ssl.SSLContext):
    """Takes exactly one certificate from one host; everybody else on the way (a proxy) is checked as usual."""

    def __new__(cls, _host: str, _fingerprint: str, _usual: ssl.SSLContext) -> "_Pinning":
        return super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)

    def __init__(self, host: str, fingerprint: str, usual: ssl.SSLContext) -> None:
        self._host = host
        self._usual = usual
        self.minimum_version = ssl.TLSVersion.TLSv1_2
        # Its signature and name say nothing: the whole certificate is compared instead, in the handshake.
        self.check_hostname = False
        self.verify_mode = ssl.CERT_NONE

        class Pinned(ssl.SSLObject):
            def do_handshake(self) -> None:
                super().do_handshake()
                der = self.getpeercert(binary_form=True) or b""
                if shown_fingerprint(hashlib.sha256(der).digest()) != fingerprint:
                    changed = CertificateChanged("another certificate than the pinned one")
                    changed.der = der
                    raise changed

        self.sslobject_class = Pinned

    def wrap_bio(
        self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *args: Any, **options: Any
    ) -> ssl.SSLObject:
        """Only what the pin is for is checked by the pin. (asyncio makes every connection by this.)"""
        if options.get("server_hostname") != self._host:
            return self._usual.wrap_bio(incoming, outgoing, *args, **options)
        return super().wrap_bio(incoming, outgoing, *args, **options)

    def wrap_socket(self, *_: Any, **__: Any) -> ssl.SSLSocket:
        """Not by this door: its sockets would not be compared."""
        raise NotImplementedError("a pinned connection is made by asyncio")


def _add_authority(context: ssl.SSLContext, file: str) -> None:
    _readable(file, "The authority's file")
    try:
        context.load_verify_locations(cafile=file)
    except (OSError, ValueError):  # ssl's errors are OSErrors
        raise _unusable(f"The authority's file {_name(file)} holds no certificate (PEM).") from None


def _add_certificate(context: ssl.SSLContext, trust: Trust, passphrase: str) -> None:
    _readable(trust.certificate, "The certificate's file")
    if trust.certificate_key:
        _readable(trust.certificate_key, "The key's file")
    asked = False

    def give() -> str:  # without this OpenSSL would ask at the terminal
        nonlocal asked
        asked = True
        return passphrase

    try:
        context.load_cert_chain(trust.certificate, trust.certificate_key or None, give)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise _unusable("The certificate and its key do not belong together.") from None
        if asked:
            wrong = "is wrong" if passphrase else "is missing"
            raise _unusable(f"The passphrase of the certificate's key {wrong}.") from None
        raise _unusable(
            f"The file {_name(trust.certificate)} and its key hold no certificate with a key (PEM)."
        ) from None
    except (OSError, ValueError):
        raise _unusable(f"The file {_name(trust.certificate)} holds no certificate with a key.") from None


def _readable(file: str, what: str) -> None:
    try:
        with Path(file).open("rb") as opened:
            opened.read(1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name cannot be used"
        raise _unusable(f"{what} {_name(file)} cannot be read: {why}.") from None


def _name(file: str) -> str:
    return f"“{Path(file).name}”"


def _unusable(words: str) -> Fault:
    return Fault(FaultKind.SETTINGS, words, hint=CHECK_FILES)
