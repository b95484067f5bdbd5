"""Looking for values of somebody who was erased in everything that a whole system keeps."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from chassis.erasures import vacuum

from tests.flows.campaigns import until
from tests.flows.system import GRPC, System
from tests.residue import found_in, holding


async def residue(system: System, values: Iterable[str]) -> dict[str, set[str]]:
    """Where one of these values is left: tables, logs, spans, spool. Outboxes are on their way to Kafka."""
    wanted = list(values)
    found: dict[str, set[str]] = {}
    for service in GRPC:
        async with await psycopg.AsyncConnection.connect(
            system.settings.for_role(service).database_dsn(), autocommit=True
        ) as conn:
            await until(lambda conn=conn: outbox_is_empty(conn))
            await vacuum(conn, ["outbox"])
            tables = await holding(conn, wanted)
            found |= {f"{service}.{table}": left for table, left in tables.items()}
    for file in files(system.state):
        left = await asyncio.to_thread(lambda file=file: found_in(file.read_bytes(), wanted))
        if left:
            found[str(file)] = left
    return found


async def outbox_is_empty(conn: Any) -> bool:
    return (await (await conn.execute("SELECT NOT EXISTS (SELECT FROM outbox)")).fetchone())[0]


def files(state: Path) -> list[Path]:
    """What roles write to disk: logs, spans, and the edge's spool."""
    folders = [state / "logs", state / "traces", *state.glob("edge-spool*")]
    assert all(any(folder.iterdir()) for folder in folders[:2])
    return [file for folder in folders for file in folder.rglob("*") if file.is_file()]
