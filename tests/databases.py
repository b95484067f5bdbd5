"""Fresh databases for tests: each a copy of its service's migrated template."""

import asyncio
import importlib
import inspect
import itertools
from pathlib import Path
from typing import Any

import psycopg
from chassis.config import Settings

from deploy.local import databases
from deploy.local.postgres import Postgres

# Tables of the chassis: no service has them as models.
CHASSIS_TABLES = frozenset((
    "outbox", "outbox_head", "outbox_delivered", "outbox_epoch", "inbox_offset", "request_id", "alembic_version",
    "retention_evidence",
))  # fmt: skip


class Databases:
    """Makes and drops the databases of one test run; one role per service, one template per service."""

    def __init__(self, postgres: Postgres, folder: Path, keys: dict[str, Any]) -> None:
        self._postgres = postgres
        self._folder = folder
        self._keys = keys
        self._templates: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def make(self, service: Any, *, migrated: bool = True, **fields: Any) -> Settings:
        """A fresh database of one service, given by name or as a chassis.run.Service."""
        suffix = f"_{next(self._numbers)}"
        self.add(service, suffix, migrated=migrated)
        return self.settings(suffix, **fields).for_role(_name(service))

    def add(self, service: Any, suffix: str, *, migrated: bool = True) -> None:
        """The database touchline_<service><suffix>: several services may share a suffix, and so one Settings."""
        name = _name(service)
        template = self._template(service) if migrated else "template0"
        databases.ensure_role(self._postgres, self._folder, name)
        self._postgres.ensure_database(f"touchline_{name}{suffix}", name, template)

    def settings(self, suffix: str, **fields: Any) -> Settings:
        """Settings whose {service} is not filled in yet: for launching several services."""
        return Settings(**self._keys | databases.settings(self._postgres, self._folder, suffix) | fields)

    def drop(self, settings: Settings) -> None:
        self._postgres.drop_database(settings.database.rpartition("/")[2])

    def _template(self, service: Any) -> str:
        name = _name(service)
        if name not in self._templates:
            self.add(name, "_template", migrated=False)
            migrate(service, self.settings("_template").for_role(name, "migrate"))
            if name == "contact":
                self._read_requests_for_ever()
            self._templates[name] = f"touchline_{name}_template"
        return self._templates[name]

    def _read_requests_for_ever(self) -> None:
        """Tests without contact's consumer ask about consent too; those of STALE take this note back."""
        settings = self.settings("_template").for_role("contact")
        with psycopg.connect(settings.database_dsn()) as conn:
            conn.execute("INSERT INTO consent_reading (read_time) VALUES ('9999-01-01')")


def migrate(service: Any, settings: Settings) -> None:
    """Run a service's migrations against its database."""
    db = importlib.import_module("chassis.db")
    found = importlib.import_module(f"services.{service}.app").SERVICE if isinstance(service, str) else service
    result = db.migrate(found, settings)
    if inspect.isawaitable(result):
        asyncio.run(_awaited(result))


async def _awaited(result: Any) -> None:
    await result


def _name(service: Any) -> str:
    return service if isinstance(service, str) else str(service.name)
