"""A contact service with nothing beside it, a CRM export of any size, and what both cost in processor time."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import psycopg
import tracking
from chassis.config import Settings

from deploy.local.children import free_port
from deploy.local.postgres import Postgres, write_secret
from tests.databases import Databases
from tests.flows.system import ROOT

COLUMNS = (
    "Record ID,First Name,Last Name,Email,Phone Number,Job Title,Company Name,Contact owner,Lifecycle Stage,"
    "Country/Region,Preferred language,Create Date,Number of Sessions,Original Source,Marketing consent,Notes\n"
)
MAPPING = {"Marketing consent": "consent.marketing.email"}
GIVEN = ("Aneta", "Jörg", "Chloé", "Søren", "Lucía", "Bettina", "Renée", "Íris", "Émile", "Günter")
FAMILY = ("Groß", "Müller", "Dupont", "Ørsted", "Peña", "Weiß", "Lefèvre", "Ångström", "Costa", "Hübner")
AGAIN, DIRTY = 10, 100  # one row in ten is about somebody met before, one in a hundred has a broken address
TICK = os.sysconf("SC_CLK_TCK")


def write_export(path: Path, rows: int, *, note: int = 0) -> None:
    """A CRM's export: so many rows, each with a note of so many characters."""
    told = "Asked about the retrofit; wants a call after the fair. " * (note // 50 + 1)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(COLUMNS)
        for number in range(rows):
            file.write(_line(number, told[:note]))


def person(number: int) -> int:
    """Who the row with this number is about."""
    return number // 2 if number % AGAIN == AGAIN - 1 else number


def is_dirty(number: int) -> bool:
    return number % DIRTY == DIRTY // 2


def _line(number: int, note: str) -> str:
    who = person(number)
    domain = "broken domain" if is_dirty(number) else f"company-{who % 2000}.example"
    return (
        f"{who},{GIVEN[who % 10]},{FAMILY[who // 10 % 10]} {who},p{who}@{domain},+4930{who:08d},Buyer,"
        f"Company {who % 2000},owner.{who % 20},lead,Germany,de,2025-11-03 09:12,{number % 90},Organic Search,"
        f"{'yes' if who % 3 else 'no'},{note}\n"
    )


class Contact:
    """One database and `serve` as a process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = Postgres(folder / "postgres").start()
        made = Databases(self.engine, folder, _keys(folder)).make("contact", port_contact=free_port())
        self.settings: Settings = made.model_copy(update={"port_metrics": free_port(), "state": folder})
        names = ("database_url", "database_password_file", "token_key_file", "identity_key_file", "tracking_key_file",
                 "port_contact", "port_metrics", "state", "development")  # fmt: skip
        told = {f"TOUCHLINE_{name.upper()}": str(getattr(self.settings, name)) for name in names}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TOUCHLINE_")}
        self.environment = kept | told | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'libs'}"}
        self.log = folder / "serve.log"
        self.serve()

    def serve(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "services.contact", "serve"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        with grpc.insecure_channel(self.settings.target("contact")) as channel:
            grpc.channel_ready_future(channel).result(60)

    @contextmanager
    def sql(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.settings.database_dsn(), autocommit=True) as connection:
            yield connection

    def serve_seconds(self) -> float:
        return _seconds(self.process.pid)

    def engine_seconds(self) -> float:
        """Processor seconds of PostgreSQL with all of its processes, also those that have ended."""
        return _seconds(self.engine.pid, with_ended=True) + sum(map(_seconds, _children(self.engine.pid)))

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.engine.stop()


def _keys(folder: Path) -> dict[str, Any]:
    lines = {"token": secrets.token_hex(32), "identity": secrets.token_hex(32), "tracking": tracking.new_key_line("b")}
    for kind, line in lines.items():
        write_secret(folder / f"{kind}.key", line)
    return {f"{kind}_key_file": str(folder / f"{kind}.key") for kind in lines} | {"development": True}


def _seconds(pid: int, *, with_ended: bool = False) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / TICK


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
