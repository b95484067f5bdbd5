"""TLS on both sides of a call between services: each shows a certificate, and reads its files anew when they change.

Every peer's certificate is proved by our authorities; the name in it (a SPIFFE id, a URI in its subject alternative
names) says who calls, which `chassis.rpc.peers` asks about. Connections that exist keep the certificate with which they
were made, until the server's maximum age ends them.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from chassis import telemetry

if TYPE_CHECKING:
    from chassis.config import Settings

LOG = telemetry.logger(__name__)


class Material(NamedTuple):
    """What the three files hold, in PEM."""

    certificate: bytes
    key: bytes
    authorities: bytes


class TlsError(ValueError):
    """A certificate, its key or the authorities cannot be used; says which file and why."""


@dataclass
class Certificates:
    """A service's certificate with its chain, the key of it, and the authorities that it believes."""

    certificate: Path
    key: Path
    authorities: Path
    _held: Material = field(init=False)
    _refused: Material | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        try:
            self._held = self._text()
        except OSError as error:
            raise TlsError(f"{error.filename} cannot be read: {error.strerror}") from None
        check(self._held, self)

    @classmethod
    def load(cls, settings: "Settings") -> Self | None:
        """What the settings name; None where calls are not encrypted. Raises TlsError."""
        paths = settings.tls_paths()
        return cls(*paths) if paths else None

    def latest(self) -> Material:
        """What the files hold now; while they do not fit together, as in the middle of a rotation, what they held."""
        try:
            found = self._text()
        except OSError:
            return self._held
        if found not in (self._held, self._refused):
            try:
                check(found, self)
                self._held = found
            except TlsError as error:
                self._refused = found
                LOG.warning("tls_files_refused", error=str(error))
        return self._held

    def server_credentials(self) -> grpc.ServerCredentials:
        """Credentials that show the newest certificate at each handshake, and demand one of the other side."""
        shown = self.latest()

        def newer() -> grpc.ServerCertificateConfiguration | None:
            nonlocal shown
            found = self.latest()
            if found == shown:
                return None
            shown = found
            return _configuration(found)

        return grpc.dynamic_ssl_server_credentials(_configuration(shown), newer, require_client_authentication=True)

    def channel_credentials(self) -> grpc.ChannelCredentials:
        """Credentials of a caller, with the certificate as it is now."""
        found = self.latest()
        return grpc.ssl_channel_credentials(found.authorities, found.key, found.certificate)

    def _text(self) -> Material:
        return Material(self.certificate.read_bytes(), self.key.read_bytes(), self.authorities.read_bytes())


def channel_credentials(settings: "Settings") -> grpc.ChannelCredentials | None:
    """Of a caller that ends before its certificate does, such as a command; None where calls are not encrypted."""
    certificates = Certificates.load(settings)
    return certificates.channel_credentials() if certificates else None


def check(found: Material, named: Certificates) -> None:
    """Refuse a certificate without its key or past its time, and authorities that are none; raises TlsError."""
    shown = _certificates(found.certificate, named.certificate)[0]
    _certificates(found.authorities, named.authorities)
    try:
        key = load_pem_private_key(found.key, password=None)
    except (ValueError, TypeError):
        raise TlsError(f"{named.key} holds no private key in PEM, or one with a password") from None
    if _bytes(key.public_key()) != _bytes(shown.public_key()):
        raise TlsError(f"{named.key} is not the key of the certificate in {named.certificate}")
    if shown.not_valid_after_utc < datetime.now(UTC):
        raise TlsError(
            f"the certificate in {named.certificate} expired at {shown.not_valid_after_utc:%Y-%m-%d %H:%M} UTC: "
            "put a renewed one and its key in its place"
        )


def _certificates(text: bytes, path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text)
    except ValueError:
        raise TlsError(f"{path} holds no certificate in PEM") from None


def _bytes(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _configuration(found: Material) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(found.key, found.certificate)], found.authorities)
