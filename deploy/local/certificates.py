"""A certificate authority of one machine and the broker's certificate, as PEM files."""

import datetime as dt
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.local.postgres import write_secret

VALID = dt.timedelta(days=365)


def make(folder: Path, host: str = "127.0.0.1") -> tuple[Path, Path]:
    """The CA's certificate, and a key with its certificate for the address `host`; made once."""
    ca_file, server_file = folder / "ca.pem", folder / "broker.pem"
    if not (ca_file.exists() and server_file.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        ca_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        ca_name = _name("Touchline local CA")
        ca = _certificate(ca_name, ca_name, ca_key.public_key(), host, ca=True).sign(ca_key, hashes.SHA256())
        server = _certificate(_name("localhost"), ca_name, server_key.public_key(), host, ca=False)
        signed = server.sign(ca_key, hashes.SHA256())
        ca_file.write_bytes(_pem(ca))
        write_secret(server_file, (_key_pem(server_key) + _pem(signed) + _pem(ca)).decode())
    return ca_file, server_file


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, host: str, *, ca: bool
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(host))])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(names, critical=False)
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
