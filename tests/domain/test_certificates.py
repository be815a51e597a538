"""What a certificate says of itself is read as a well-known library reads it; hostile bytes are only refused."""

import datetime
import ssl

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.certificates import facts_of
from tests.helpers.certificates import self_signed


@given(
    name=st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Z")), min_size=1, max_size=15),
    begins=st.dates(datetime.date(1951, 1, 1), datetime.date(2049, 12, 31)),
    days=st.integers(1, 30_000),
)
def test_names_and_days(name: str, begins: datetime.date, days: int) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime.combine(begins, datetime.time(12, 30))
    ends = start + datetime.timedelta(days=days)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Some Authority")]))
        .public_key(key.public_key())
        .serial_number(5)
        .not_valid_before(start)
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    facts = facts_of(made.public_bytes(serialization.Encoding.DER))
    assert facts.subject == name
    assert facts.issuer == "Some Authority"
    assert (facts.begins, facts.ends) == (start.date().isoformat(), ends.date().isoformat())
    assert facts.fingerprint.replace(":", "").lower() == made.fingerprint(hashes.SHA256()).hex()
    assert not facts.self_signed


def test_self_signed_ones_and_those_of_an_authority() -> None:
    own = self_signed("llm.home", organisation="Me & <b>Co</b>")
    facts = facts_of(own.der)
    assert facts.self_signed
    assert facts.subject == "llm.home (Me & <b>Co</b>)"
    assert facts.fingerprint == own.fingerprint
    authority = trustme.CA()
    (pem,) = authority.issue_cert("api.example").cert_chain_pems
    issued = facts_of(ssl.PEM_cert_to_DER_cert(pem.bytes().decode()))
    assert not issued.self_signed
    assert issued.issuer.startswith("trustme")


@given(st.binary(max_size=200))
def test_bytes_that_are_none_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a|no time|cut off|no such|unpack|invalid"):
        facts_of(data)


@given(st.data())
def test_a_damaged_one_is_refused_or_read(data: st.DataObject) -> None:
    der = bytearray(DER)
    for _ in range(data.draw(st.integers(1, 4))):
        der[data.draw(st.integers(0, len(der) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(der)))
    for damaged in (bytes(der), bytes(der[:cut])):
        try:
            facts = facts_of(damaged)
        except ValueError:
            continue
        assert all(char.isprintable() for char in facts.subject + facts.issuer)


DER = self_signed("llm.home").der
