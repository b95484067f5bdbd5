"""Killing the engines under a running system, and starting them again."""

import asyncio
import signal

from tests.chassis.ground import all_ended, signal_all
from tests.chassis.test_rpc_away import children
from tests.flows.system import Engines


async def kill_kafka(engines: Engines, seconds: float = 0.0) -> None:
    """Kill -9, and after so many seconds start it on what it left."""
    process = engines.kafka.process
    assert process is not None
    process.kill()
    process.wait(10)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(engines.kafka.start)


async def kill_postgres(engines: Engines, seconds: float = 0.0) -> None:
    """Kill -9 of PostgreSQL with all its sessions, and after so many seconds start it on what they left."""
    process = engines.postgres.process
    assert process is not None
    process.send_signal(signal.SIGSTOP)  # from here on it makes no children
    sessions = children(process.pid)
    signal_all([*sessions, process.pid], signal.SIGKILL)
    process.wait(10)
    await all_ended(sessions)  # a session that dies slowly keeps the memory that the next server wants
    await asyncio.sleep(seconds)
    await asyncio.to_thread(engines.postgres.start)


def end_sessions(engines: Engines) -> None:
    """End every session of every service, as a failover does."""
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'touchline%'"
    with engines.postgres.connect() as connection:
        connection.execute(query)


def interaction_sessions(engines: Engines, where: str = "true") -> list[int]:
    """The process ids of interaction's sessions, the oldest first."""
    query = (
        f"SELECT pid FROM pg_stat_activity WHERE datname = 'touchline_interaction' AND {where} ORDER BY backend_start"
    )
    with engines.postgres.connect() as connection:
        return [row[0] for row in connection.execute(query)]
