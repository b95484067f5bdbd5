"""Certificates of services as files, as a mesh or cert-manager would write them."""

from datetime import timedelta
from pathlib import Path

from cryptography import x509

from deploy.local.certificates import Authority, host_names

IDENTITY = "spiffe://touchline.internal/{}"
DAY = timedelta(days=1)


def write(authority: Authority, folder: Path, *identities: str, valid: timedelta = DAY) -> dict[str, str]:
    """Write certificate, key and authority into a folder; the settings that name them."""
    folder.mkdir(parents=True, exist_ok=True)
    issued = authority.issue(*host_names(), *map(x509.UniformResourceIdentifier, identities), valid=valid)
    files = {"key": issued.key, "certificate": issued.certificate, "authorities": authority.certificate}
    for name, content in files.items():
        (folder / f"{name}.pem").write_bytes(content)
    return {f"tls_{name}_file": str(folder / f"{name}.pem") for name in files}
