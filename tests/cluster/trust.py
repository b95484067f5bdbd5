"""Certificates of the installation: a Secret for each service, files for the ledger's caller, and their rotation."""

import base64
import hashlib
import ipaddress
import os
import socket
import ssl
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from chassis.rpc.tls import Certificates
from cryptography import x509

from deploy.local.certificates import Authority, Issued
from tests.certificates import DAY, IDENTITY
from tests.cluster.programs import DOMAIN, NAMESPACE, RELEASE, until
from tests.flows.system import GRPC

if TYPE_CHECKING:
    from tests.cluster.release import Release

CALLER = "spiffe://callers.example.test/ledger"  # tls.yaml lets it call everything
PROVED = (*GRPC, "console", "smoke")
FILES = ("tls.crt", "tls.key", "ca.crt")
LOOK = f"""import hashlib
files = [open(f"/etc/touchline/tls/{{name}}", "rb").read() for name in {FILES}]
print(hashlib.sha256(b"".join(files)).hexdigest())
"""


class Trust:
    """An authority and what it has issued."""

    def __init__(self) -> None:
        self.authority = Authority()
        self.issued = {service: self.authority.issue(*names_of(service), valid=DAY) for service in PROVED}
        self.caller = self.authority.issue(x509.UniformResourceIdentifier(CALLER), valid=DAY)

    def secrets(self, believed: bytes) -> Iterator[dict[str, Any]]:
        """One for each service, which believes these authorities."""
        for service, issued in self.issued.items():
            yield secret_of(f"touchline-tls-{service}", issued, believed)

    def write(self, folder: Path, believed: bytes) -> dict[str, str]:
        """The caller's files; the settings that name them."""
        folder.mkdir(parents=True, exist_ok=True)
        told = {"key": self.caller.key, "certificate": self.caller.certificate, "authorities": believed}
        for name, content in told.items():
            (folder / f"{name}.new").write_bytes(content)
            os.replace(folder / f"{name}.new", folder / f"{name}.pem")
        return {f"tls_{name}_file": str(folder / f"{name}.pem") for name in told}


def names_of(service: str) -> Iterator[x509.GeneralName]:
    """As docs/kubernetes.md has them, and as the cluster's DNS knows them from outside of the namespace."""
    for name in (f"{RELEASE}-{service}", f"{RELEASE}-{service}-headless"):
        yield x509.DNSName(name)
        yield x509.DNSName(f"{name}.{NAMESPACE}.svc.{DOMAIN}")
    yield x509.IPAddress(ipaddress.ip_address("127.0.0.1"))  # for who comes by a forwarded port
    yield x509.UniformResourceIdentifier(IDENTITY.format(service))


def secret_of(name: str, issued: Issued, believed: bytes) -> dict[str, Any]:
    told = dict(zip(FILES, (issued.certificate, issued.key, believed), strict=True))
    data = {key: base64.b64encode(content).decode() for key, content in told.items()}
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": metadata, "data": data}


def rotated(release: "Release") -> str:
    """A new authority: first both are believed, then everybody gets a certificate of the new one, then it alone."""
    old, new = release.trust, Trust()
    pods = {one["metadata"]["name"]: one for one in release.pods() if is_proved(one)}
    before = {name: restarts(one) for name, one in pods.items()}
    both = old.authority.certificate + new.authority.certificate
    for trust, believed in ((old, both), (new, both), (new, new.authority.certificate)):
        _given(release, trust, believed, pods)
    release.trust = new
    assert {name: restarts(release.pod(name)) for name in pods} == before, "pods were started anew"
    for service in GRPC:
        assert connects(release, service, new.caller, new), f"{service} does not show its new certificate"
        assert not connects(release, service, old.caller, new), f"{service} lets in a certificate of the old authority"
    return (
        f"a new authority: {len(pods)} pods believe both, show new certificates, then believe it alone, without a "
        "restart; the four APIs refuse who shows a certificate of the old one"
    )


def _given(release: "Release", trust: Trust, believed: bytes, pods: dict[str, Any]) -> None:
    """Return when every pod reads it, and the caller does, who then connects anew to each API."""
    release.apply(*trust.secrets(believed))
    trust.write(release.certificates, believed)
    for name, pod in pods.items():
        issued = trust.issued[service_of(pod)]
        wanted = hashlib.sha256(issued.certificate + issued.key + believed).hexdigest()
        until(partial(_reads, release, name, wanted), f"{name} has it", every=2)
    for service in GRPC:
        until(partial(is_served, release, service), f"a caller connects to {service}", 60)


def is_served(release: "Release", service: str) -> bool:
    """Whether somebody who comes now is connected, as gRPC sees the certificates."""
    held = Certificates.load(release.settings)
    assert held is not None
    with grpc.secure_channel(release.settings.target(service), held.channel_credentials()) as channel:
        try:
            grpc.channel_ready_future(channel).result(10)
        except grpc.FutureTimeoutError:
            return False
        return True


def _reads(release: "Release", pod: str, wanted: str) -> bool:
    return wanted in release.kubectl("exec", pod, "--", "python", "-c", LOOK)


def connects(release: "Release", service: str, shown: Issued, trust: Trust) -> bool:
    """Whether an API, which this authority alone vouches for, takes a certificate: it speaks first, or ends."""
    file = release.state / "shown.pem"
    file.write_bytes(shown.key + shown.certificate)
    context = ssl.create_default_context(cadata=trust.authority.certificate.decode())
    context.load_cert_chain(file)
    context.set_alpn_protocols(["h2"])
    host, _, port = release.settings.target(service).rpartition(":")
    try:
        with (
            socket.create_connection((host, int(port)), timeout=20) as line,
            context.wrap_socket(line, server_hostname=host) as tls,
        ):
            return bool(tls.recv(1))
    except (ssl.SSLError, ConnectionError):
        return False


def is_proved(pod: dict[str, Any]) -> bool:
    return any(one["name"] == "tls" for one in pod["spec"]["volumes"])


def service_of(pod: dict[str, Any]) -> str:
    return str(pod["metadata"]["labels"]["app.kubernetes.io/component"]).partition("-")[0]


def restarts(pod: dict[str, Any]) -> int:
    return sum(one["restartCount"] for one in pod["status"].get("containerStatuses", []))
