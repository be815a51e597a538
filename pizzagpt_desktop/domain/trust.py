"""Whom a service's connections trust beside the system: an own authority, a pinned certificate; opens no file.

A pin holds for one host and port and for one certificate. There is no way to trust whatever comes.
"""

import re
from dataclasses import dataclass, replace

from pizzagpt_desktop.domain.addresses import host_and_port

_FINGERPRINT = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One certificate that a person looked at. place: `place_of` its service. fingerprint: SHA-256, as shown."""

    place: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What a service's connections are checked against, beside the system's store.

    authority: a file of certificates (PEM) that may sign the service's. certificate, certificate_key: files (PEM)
    by which this program says who it is; the key may stand in the certificate's file. The key's passphrase is
    kept apart, in the key store. pins: certificates signed by themselves that the user looked at.
    """

    authority: str = ""
    certificate: str = ""
    certificate_key: str = ""
    pins: tuple[Pin, ...] = ()

    def pinned(self, url: str) -> str:
        """The fingerprint that the service at `url` must show, "" where none is pinned."""
        place = place_of(url)
        return next((pin.fingerprint for pin in self.pins if pin.place == place), "")

    def with_pin(self, url: str, fingerprint: str) -> "Trust":
        """The same, with one certificate for the place of `url`; an older one for it is gone."""
        place = place_of(url)
        others = tuple(pin for pin in self.pins if pin.place != place)
        return replace(self, pins=(*others, Pin(place=place, fingerprint=checked_fingerprint(fingerprint))))

    def without_pin(self, place: str) -> "Trust":
        """The same, with no certificate pinned for a place."""
        return replace(self, pins=tuple(pin for pin in self.pins if pin.place != place))


NO_TRUST = Trust()
"""The system's store alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """What a certificate says of itself. begins, ends: days as 2026-01-31. fingerprint: SHA-256, as shown."""

    subject: str
    issuer: str
    begins: str
    ends: str
    fingerprint: str
    self_signed: bool


def place_of(url: str) -> str:
    """Host and port of an address, as a pin is bound to it: "llm.home:8443", "[::1]:443"."""
    host, port = host_and_port(url)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def shown_fingerprint(digest: bytes) -> str:
    """A SHA-256 digest as people compare it: pairs of digits with colons."""
    return ":".join(f"{byte:02X}" for byte in digest)


def checked_fingerprint(text: str) -> str:
    """A fingerprint as it is kept; ValueError with words where it is none."""
    digits = re.sub(r"[\s:]", "", text).upper()
    fingerprint = ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise ValueError("A fingerprint (SHA-256) has 64 digits from 0 to 9 and A to F.")
    return fingerprint
