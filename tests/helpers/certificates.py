"""Certificates signed by themselves, as home servers have them; knows nothing of the package."""

import datetime
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Signed:
    """One certificate with its key, as PEM; der is the certificate alone."""

    pem: bytes
    der: bytes
    fingerprint: str

    def context(self) -> ssl.SSLContext:
        """A server's context that shows it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "own.pem"
            path.write_bytes(self.pem)
            context.load_cert_chain(path)
        return context


def self_signed(name: str, *, days: int = 365, organisation: str = "") -> Signed:
    """A certificate for `name` that nobody else signed, good from yesterday for `days` days."""
    key = ec.generate_private_key(ec.SECP256R1())
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    subject = x509.Name(parts)
    begins = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + datetime.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Signed(
        private + made.public_bytes(serialization.Encoding.PEM),
        made.public_bytes(serialization.Encoding.DER),
        ":".join(f"{byte:02X}" for byte in made.fingerprint(hashes.SHA256())),
    )
