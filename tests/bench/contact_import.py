"""A CRM's export as `touchline contacts import` takes it in; the limit is a bare COPY of the rows that it wrote.

The same rows go into the same tables with the same indexes, by nothing but COPY.
"""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from chassis.auth import issue_token
from touchline_client.client import Touchline
from touchline_client.imports import ImportRun
from touchline_client.tables import sniff

from deploy.local.postgres import engine_home
from tests.bench.importing import MAPPING, Contact, is_dirty, person, write_export

ROUNDS = 3
TABLES = ("account", "contact", "identity_link", "consent_event", "contact_import", "import_row", "outbox")


def main(scale: float) -> dict[str, Any]:
    """`scale` 1 is 100,000 rows a round."""
    with tempfile.TemporaryDirectory(prefix="touchline-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        contact = Contact(folder)
        try:
            return _measure(contact, int(100_000 * scale))
        finally:
            contact.stop()
            shutil.rmtree(engine_home(folder / "postgres"), ignore_errors=True)


def _measure(contact: Contact, rows: int) -> dict[str, Any]:
    path = contact.folder / "export.csv"
    write_export(path, rows)
    _round(contact, path, rows)  # the first one also warms what is read once
    rounds = [_round(contact, path, rows) for _ in range(ROUNDS)]
    value, limit = (median(one[what] for one in rounds) for what in ("value", "limit"))
    return {
        "bench": "contact-import", "value": round(value), "unit": "rows/s",
        "limit": round(limit), "ratio": round(value / limit, 3),
        "rounds": [round(one["value"]) for one in rounds], "limit_rounds": [round(one["limit"]) for one in rounds],
        "rows": rows, "bytes": path.stat().st_size, "written_rows": rounds[0]["written"],
        "cpu_us_a_row": {what: round(median(one[what] for one in rounds) / rows * 1e6, 1)
                         for what in ("client", "serve", "postgresql")},
    }  # fmt: skip


def _round(contact: Contact, path: Path, rows: int) -> dict[str, float]:
    """One import into empty tables, then the bare COPY of what it wrote."""
    with contact.sql() as connection:
        _empty(connection)
        serve, engine = contact.serve_seconds(), contact.engine_seconds()
        begun, client = time.perf_counter(), time.process_time()
        asyncio.run(_import(contact, path))
        seconds = time.perf_counter() - begun
        used = {"client": time.process_time() - client, "serve": contact.serve_seconds() - serve}
        used["postgresql"] = contact.engine_seconds() - engine
        _check(connection, rows)
        written, bare = _bare(connection)
    return {"value": rows / seconds, "limit": rows / bare, "written": written, **used}


async def _import(contact: Contact, path: Path) -> None:
    token = issue_token(contact.settings, subject="users/bench", name="bench", roles=["marketer"], client="bench")
    async with Touchline(token=token, targets={"contact": contact.settings.target("contact")}) as touchline:
        await ImportRun(touchline, sniff(path), MAPPING).run()


def _empty(connection: psycopg.Connection) -> None:
    connection.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")


def _check(connection: psycopg.Connection, rows: int) -> None:
    """No figure unless the tables hold what the file says."""
    people = len({person(number) for number in range(rows) if not is_dirty(number)})
    found = connection.execute("SELECT count(*) FROM contact").fetchone()
    last = connection.execute("SELECT state, total_rows FROM contact_import").fetchone()
    if found != (people,) or last != ("FINISHED", rows):
        raise RuntimeError(f"{found} contacts for {people} people, {last} for {rows} rows")


def _bare(connection: psycopg.Connection) -> tuple[int, float]:
    """How many rows there are, and the seconds in which COPY alone brings them in again."""
    held = {table: b"".join(_copied(connection, table)) for table in TABLES}
    _empty(connection)
    begun, written = time.perf_counter(), 0
    with connection.transaction():
        for table, data in held.items():
            with connection.cursor() as cursor:
                with cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                    copy.write(data)
                written += cursor.rowcount
    return written, time.perf_counter() - begun


def _copied(connection: psycopg.Connection, table: str) -> list[bytes]:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
        return [bytes(part) for part in copy]
