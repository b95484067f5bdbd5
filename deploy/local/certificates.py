"""A certificate authority of one machine and what it vouches for, in PEM: the local broker's, and those of tests."""

import datetime as dt
import ipaddress
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.local.postgres import write_secret

VALID = dt.timedelta(days=365)
EARLIER = dt.timedelta(minutes=5)  # than its making, since clocks differ


class Issued(NamedTuple):
    """A certificate and its key."""

    certificate: bytes
    key: bytes


class Authority:
    """Vouches for certificates as long as it is held; its key is written nowhere."""

    def __init__(self, name: str = "Touchline local CA") -> None:
        self._key, self._name = ec.generate_private_key(ec.SECP256R1()), _name(name)
        self.certificate = self._signed(_begun(self._name, self._key.public_key(), VALID, is_authority=True))

    def issue(self, *names: x509.GeneralName, valid: dt.timedelta = VALID) -> Issued:
        """A certificate for alternative names; one that is valid for less than nothing has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        built = _begun(_name("localhost"), key.public_key(), valid, is_authority=False)
        signed = self._signed(built.add_extension(x509.SubjectAlternativeName(names), critical=False))
        pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        return Issued(signed, key.private_bytes(pem, form, serialization.NoEncryption()))

    def _signed(self, built: x509.CertificateBuilder) -> bytes:
        """Says by which key, too: during a rotation two authorities of one name are believed."""
        ours = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        signed = built.issuer_name(self._name).add_extension(ours, critical=False).sign(self._key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM)


def host_names(host: str = "127.0.0.1") -> tuple[x509.GeneralName, ...]:
    """The alternative names of a server on this machine, and at an address."""
    return x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(host))


def make(folder: Path, host: str = "127.0.0.1") -> tuple[Path, Path]:
    """The CA's certificate, and a key with its certificate for the address `host`; made once."""
    ca_file, server_file = folder / "ca.pem", folder / "broker.pem"
    if not (ca_file.exists() and server_file.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        authority = Authority()
        server = authority.issue(*host_names(host))
        ca_file.write_bytes(authority.certificate)
        write_secret(server_file, (server.key + server.certificate + authority.certificate).decode())
    return ca_file, server_file


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _begun(
    subject: x509.Name, key: ec.EllipticCurvePublicKey, valid: dt.timedelta, *, is_authority: bool
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(now, now + valid) - EARLIER)
        .not_valid_after(now + valid)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
