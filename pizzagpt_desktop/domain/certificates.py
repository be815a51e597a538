"""What a certificate says of itself, read from its bytes (DER); trusts none, and opens no file.

Source: X.509 (RFC 5280, 4.1): names, days of validity. Only what people are shown is read.
"""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from pizzagpt_desktop.domain.text import shown
from pizzagpt_desktop.domain.trust import CertificateFacts, shown_fingerprint

_SEQUENCE, _SET, _OID, _UTC_TIME, _TIME = 0x30, 0x31, 0x06, 0x17, 0x18
_WIDE, _UNIVERSAL = 0x1E, 0x1C
_COMMON_NAME, _ORGANISATION, _UNIT = b"\x55\x04\x03", b"\x55\x04\x0a", b"\x55\x04\x0b"


class _Part(NamedTuple):
    tag: int
    whole: bytes
    inner: bytes


def facts_of(der: bytes) -> CertificateFacts:
    """The facts of a certificate; raises ValueError where the bytes are none."""
    try:
        certificate = next(_parts(der))
        to_be_signed = next(_parts(certificate.inner))
        parts = list(_parts(to_be_signed.inner))
        if parts and parts[0].tag == 0xA0:  # the version, which the oldest do not have
            parts = parts[1:]
        _serial, _algorithm, issuer, validity, subject = parts[:5]
        begins, ends = (_day(part) for part in _parts(validity.inner))
    except (StopIteration, IndexError, UnicodeError) as error:
        raise ValueError("not a certificate") from error
    return CertificateFacts(
        subject=_name(subject.inner),
        issuer=_name(issuer.inner),
        begins=begins,
        ends=ends,
        fingerprint=shown_fingerprint(hashlib.sha256(der).digest()),
        self_signed=subject.whole == issuer.whole,
    )


def _parts(data: bytes) -> Iterator[_Part]:
    """The elements that follow one another in `data`; ValueError where one is cut."""
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise ValueError("cut off")
        tag, length, start = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            if not 1 <= size <= 4 or start + size > len(data):
                raise ValueError("no such length")
            length = int.from_bytes(data[start : start + size], "big")
            start += size
        end = start + length
        if end > len(data):
            raise ValueError("cut off")
        yield _Part(tag, data[at:end], data[start:end])
        at = end


def _name(data: bytes) -> str:
    """A name as people know it: the common name, else the organisation, else its unit."""
    found: dict[bytes, str] = {}
    for group in _parts(data):
        for pair in _parts(group.inner):
            kind, value = list(_parts(pair.inner))[:2]
            found.setdefault(kind.inner, _text(value))
    common, organisation = found.get(_COMMON_NAME, ""), found.get(_ORGANISATION, "")
    if common and organisation and common != organisation:
        return f"{common} ({organisation})"
    return common or organisation or found.get(_UNIT, "") or "no name"


def _text(part: _Part) -> str:
    codec = {_WIDE: "utf-16-be", _UNIVERSAL: "utf-32-be"}.get(part.tag, "utf-8")
    return shown(part.inner.decode(codec, "replace"))[:100]


def _day(part: _Part) -> str:
    """2026-01-31 for a time in either of the two forms."""
    text = part.inner.decode("ascii")
    if part.tag == _UTC_TIME:
        century = "19" if int(text[:2]) >= 50 else "20"
        text = century + text
    elif part.tag != _TIME:
        raise ValueError("no time")
    if len(text) < 8 or not text[:8].isdigit():
        raise ValueError("no time")
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}"
