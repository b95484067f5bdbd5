"""What a whole system has used so far, by process, table and stream, and how long until it rests."""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench.cpu import Meter
from tests.bench.rig import Rig
from tests.flows.system import GRPC

WAITING = re.compile(r"^touchline_((?:consumer_lag_records|outbox_pending_rows)\{.*\} [1-9][\d.e+]*)$", re.MULTILINE)
# A partition counts with the table that it is one of.
TABLES = """
SELECT pg_partition_root(oid)::regclass::text, relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
QUIET = 3  # looks in a row, a second apart: relays and watchdogs tell what they see once a second
LIMIT = 600.0  # seconds


@dataclass(frozen=True)
class Weight:
    """Everything used since the start: seconds of processor by process, bytes by table, by stream, and of the log."""

    moment: float
    cpu: Mapping[str, float]
    tables: Mapping[str, int]
    indexes: Mapping[str, int]
    streams: Mapping[str, int]
    log: int


async def weigh(bench: Rig) -> Weight:
    """Weigh a system that rests. Tables are vacuumed first, and the next change of each page is logged whole."""
    tables, indexes = defaultdict[str, int](int), defaultdict[str, int](int)
    for service in GRPC:
        with bench.system.sql(service) as connection:
            connection.execute("VACUUM (ANALYZE)")
            for root, name, heap, index in connection.execute(TABLES).fetchall():
                tables[f"{service}.{root or name}"] += heap
                indexes[f"{service}.{root or name}"] += index
    with bench.engines.postgres.connect() as connection:
        connection.execute("CHECKPOINT")
        found = connection.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn").fetchone()
    assert found is not None
    streams = stream_bytes(bench.engines.kafka.data)
    return Weight(time.monotonic(), Meter(bench).read(), tables, indexes, streams, int(found[0]))


def stream_bytes(folder: Path) -> dict[str, int]:
    """Bytes of each topic's records below a broker's folder, without its indexes."""
    found = defaultdict[str, int](int)
    for file in folder.glob("touchline.*/*.log"):
        found[file.parent.name.rpartition("-")[0]] += file.stat().st_size
    return found


async def until_rested(bench: Rig) -> None:
    """Return when no consumer is behind and no outbox holds anything, seen several times in a row."""
    deadline, quiet = time.monotonic() + LIMIT, 0
    while quiet < QUIET:
        await asyncio.sleep(1)
        waiting = await asyncio.to_thread(_waiting, bench)
        quiet = 0 if waiting else quiet + 1
        if time.monotonic() > deadline:
            raise RuntimeError(f"records and rows still wait: {waiting}")


def _waiting(bench: Rig) -> list[str]:
    """What waits in each role, as its metrics tell it."""
    return [found for role in bench.system.roles() for found in WAITING.findall(bench.system.ask(role, "/metrics")[1])]
