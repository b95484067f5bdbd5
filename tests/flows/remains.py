"""Looking for values of somebody who was erased in everything that a whole system keeps, its broker's files too."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from chassis.erasures import vacuum
from chassis.streams import catalogue
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from tests.flows.campaigns import until
from tests.flows.system import GRPC, System, eventually
from tests.residue import found_in, holding, opened


async def residue(system: System, values: Iterable[str]) -> dict[str, set[str]]:
    """Where one of these values is left: tables, and files of the installation. Outboxes are on their way to Kafka."""
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
        left = await asyncio.to_thread(lambda file=file: found_in(opened(file.read_bytes()), wanted))
        if left:
            found[str(file.relative_to(system.state))] = left
    return found


async def outbox_is_empty(conn: Any) -> bool:
    return (await (await conn.execute("SELECT NOT EXISTS (SELECT FROM outbox)")).fetchone())[0]


def files(state: Path) -> list[Path]:
    """Everything that roles, operators and mail servers write below an installation's folder."""
    assert all(any((state / name).iterdir()) for name in ("logs", "traces"))
    return [file for file in state.rglob("*") if file.is_file()]


def on_disk(broker: Path, prefix: str, values: Iterable[str]) -> dict[str, set[str]]:
    """Which streams hold one of these values in the files that the broker keeps of them, deleted records among them."""
    wanted, found = list(values), defaultdict[str, set[str]](set)
    for file in broker.glob(f"{prefix}*/*.log*"):  # the other files hold offsets alone
        with contextlib.suppress(FileNotFoundError):  # the broker has just deleted it
            if left := found_in(file.read_bytes(), wanted):
                found[file.parent.name.removeprefix(prefix).rpartition("-")[0]] |= left
    return dict(found)


def forget(system: System, broker: Path, values: Iterable[str]) -> None:
    """Let the retention of each personal stream be over; return when the broker's files hold none of the values."""
    wanted, prefix = list(values), system.settings.topic_prefix
    streams = [stream for stream in catalogue().values() if stream.is_personal]
    admin = KafkaAdminClient(bootstrap_servers=system.settings.kafka_bootstrap)

    def keep(times: Mapping[str, timedelta]) -> None:
        told = {name: str(int(kept.total_seconds() * 1000)) for name, kept in times.items()}
        kind, at_once = ConfigResourceType.TOPIC, {"file.delete.delay.ms": "1000"}
        admin.alter_configs(
            [ConfigResource(kind, prefix + name, {"retention.ms": kept, **at_once}) for name, kept in told.items()]
        )

    try:
        keep({stream.name: timedelta(milliseconds=1) for stream in streams})
        eventually(lambda: not on_disk(broker, prefix, wanted), every=1)
    finally:
        keep({stream.name: stream.retention for stream in streams})
        admin.close()
