"""An authority of the tests, which issues certificates as a mesh's or cert-manager's would."""

import datetime as dt
import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

IDENTITY = "spiffe://touchline.internal/{}"


@dataclass
class Authority:
    """Signs certificates for loopback."""

    name: str = "Touchline tests"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self._subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        self.certificate = self._sign(self._subject, self.key.public_key(), 30, [], is_authority=True)

    def issue(self, folder: Path, *identities: str, days: float = 1) -> dict[str, str]:
        """Write certificate, key and authority into a folder; the settings that name them. Negative days: expired."""
        folder.mkdir(parents=True, exist_ok=True)
        key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        signed = self._sign(subject, key.public_key(), days, [*names, *map(x509.UniformResourceIdentifier, identities)])
        files = {
            "key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            "certificate": signed.public_bytes(Encoding.PEM),
            "authorities": self.certificate.public_bytes(Encoding.PEM),
        }
        for name, content in files.items():
            (folder / f"{name}.pem").write_bytes(content)
        return {f"tls_{name}_file": str(folder / f"{name}.pem") for name in files}

    def _sign(
        self,
        subject: x509.Name,
        public: ec.EllipticCurvePublicKey,
        days: float,
        names: list[x509.GeneralName],
        *,
        is_authority: bool = False,
    ) -> x509.Certificate:
        end = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
        built = x509.CertificateBuilder().subject_name(subject).issuer_name(self._subject).public_key(public)
        built = built.serial_number(x509.random_serial_number()).not_valid_before(end - dt.timedelta(days=60))
        built = built.not_valid_after(end).add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        if names:
            built = built.add_extension(x509.SubjectAlternativeName(names), critical=True)
        return built.sign(self.key, hashes.SHA256())
