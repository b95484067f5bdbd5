"""The control plane: etcd, the API server, controllers, scheduler and the cluster's DNS, all on one address."""

import secrets
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.cluster.programs import ADDRESS, API, DOMAIN, SERVICES, Programs

COREFILE = """.:53 {{
    bind {address}
    kubernetes {domain} {{
        kubeconfig {kubeconfig}
        ttl 1
    }}
}}
"""


class ControlPlane:
    """Everything of Kubernetes that is no node; `kubeconfig` is the administrator's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = Programs(folder)
        self.kubeconfig = folder / "kubeconfig"
        self._token = secrets.token_hex(16)

    def start(self) -> "ControlPlane":
        self._write_files()
        etcd = f"http://{ADDRESS}:2379"
        self.programs.start(
            "etcd", "etcd", "--data-dir", self.folder / "etcd", "--unsafe-no-fsync", "--log-level", "error",
            "--listen-client-urls", etcd, "--advertise-client-urls", etcd,
        )  # fmt: skip
        self.programs.start("kube-apiserver", "kube-apiserver", *self._api(etcd))
        self.programs.await_start("kube-apiserver", self._answers)
        as_admin = ("--kubeconfig", self.kubeconfig, "--leader-elect=false")
        key = ("--service-account-private-key-file", self.folder / "accounts.key")
        self.programs.start("kube-controller-manager", "kube-controller-manager", *as_admin, *key)
        self.programs.start("kube-scheduler", "kube-scheduler", *as_admin)
        self.programs.start("coredns", "coredns", "-conf", self.folder / "Corefile")
        return self

    def stop(self) -> None:
        self.programs.stop()

    def _api(self, etcd: str) -> list[str | Path]:
        told = {
            "etcd-servers": etcd,
            "bind-address": ADDRESS,
            "advertise-address": ADDRESS,
            "cert-dir": self.folder / "certificates",
            "service-cluster-ip-range": SERVICES,
            "authorization-mode": "RBAC",
            "token-auth-file": self.folder / "tokens.csv",
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": self.folder / "accounts.pub",
            "service-account-signing-key-file": self.folder / "accounts.key",
            "kubelet-preferred-address-types": "InternalIP",
            "profiling": "false",
        }
        return [f"--{name}={value}" for name, value in told.items()]

    def _write_files(self) -> None:
        (self.folder / "tokens.csv").write_text(f"{self._token},admin,admin,system:masters\n")
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        (self.folder / "accounts.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        (self.folder / "accounts.pub").write_bytes(
            key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": {"server": API, "insecure-skip-tls-verify": True}}],
            "users": [{"name": "admin", "user": {"token": self._token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
            "current-context": "test",
        }
        self.kubeconfig.write_text(yaml.safe_dump(config))
        told = COREFILE.format(address=ADDRESS, domain=DOMAIN, kubeconfig=self.kubeconfig)
        (self.folder / "Corefile").write_text(told)

    def _answers(self) -> bool:
        context = ssl._create_unverified_context()  # its certificate is its own, a moment old
        request = urllib.request.Request(f"{API}/readyz", headers={"Authorization": f"Bearer {self._token}"})
        try:
            with urllib.request.urlopen(request, timeout=5, context=context) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
