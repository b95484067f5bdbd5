"""One database and one role for each service, each with its own password file."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.local.postgres import Postgres, write_secret

SERVICES = ("contact", "segmentation", "campaign", "interaction")


def password_file(folder: Path, service: str) -> Path:
    return folder / "secrets" / f"{service}.password"


def ensure_role(postgres: Postgres, folder: Path, service: str) -> None:
    """Make the service's role, or give it the password of the file again."""
    file = password_file(folder, service)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        write_secret(file, secrets.token_urlsafe(24))
    postgres.ensure_role(service, file.read_text())


def ensure(postgres: Postgres, folder: Path, services: Sequence[str] = SERVICES) -> None:
    """The databases touchline_<service>, each open to its own role only."""
    for service in services:
        ensure_role(postgres, folder, service)
        postgres.ensure_database(f"touchline_{service}", service)


def settings(postgres: Postgres, folder: Path, suffix: str = "") -> dict[str, Any]:
    """The Settings fields of every service's database; {service} is filled in by Settings."""
    return {
        "database_url": f"postgresql://{{service}}@127.0.0.1:{postgres.port}/touchline_{{service}}{suffix}",
        "database_password_file": str(password_file(folder, "{service}")),
    }
