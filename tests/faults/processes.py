"""Rows F1, F2, F3, F5 and F7: processes and engines killed, frozen, restarted and away."""

import asyncio
import os
import signal
from collections.abc import Iterable, Iterator

from tests.chassis.test_rpc_away import frozen
from tests.faults.engines import end_sessions, interaction_sessions, kill_kafka, kill_postgres
from tests.faults.hindrance import SLEEP, hindered, sleeping
from tests.faults.load import Load
from tests.faults.matrix import Bench, Inject, Row
from tests.flows.system import System, eventually

CONSUMERS = "interaction.consume"
SESSION = 10.0  # seconds of silence after which a group goes on without a member
FENCED = "consumer_fenced"


def rows(roles: Iterable[str], scale: float) -> Iterator[Row]:
    """Every process killed, then the engines; full size ten times each, and with the long outages."""
    is_full = scale >= 1
    repeats, away = (10, 600.0) if is_full else (1, 3.0)
    for role in sorted(roles):
        yield Row(f"{'F2' if role.startswith(CONSUMERS) else 'F1'} kill {role}", _kill(role), repeats)
    for point, hindrance in POINTS.items():
        yield Row(
            f"F2 kill {CONSUMERS} {point}", _kill_at(point, *hindrance), repeats, is_quick=point == "before COMMIT"
        )
    yield Row(f"F3 freeze {CONSUMERS}", _freeze_consumer(2.0 if not is_full else 15.0), repeats)
    yield Row(f"F3 freeze {CONSUMERS}, a zombie", _zombie(60.0 if is_full else SESSION + 5), is_quick=False)
    yield Row("F7 kill PostgreSQL", _postgres_away(0.0), repeats)
    yield Row("F5 kill Kafka", _kafka_away(0.0), repeats)
    yield Row("F5 freeze Kafka", _freeze_kafka(20.0 if is_full else 3.0))
    yield Row("F7 freeze PostgreSQL", _freeze_postgres(20.0 if is_full else 3.0))
    if is_full:
        yield Row("F5 Kafka away for 150 s", _kafka_away(150.0))
    yield Row(f"F5 Kafka away for {away:.0f} s", _kafka_away(away))
    yield Row(f"F7 PostgreSQL away for {away:.0f} s", _postgres_away(away))
    yield Row("F7 kill one session of PostgreSQL", _kill_session, repeats)
    yield Row("F7 end every session of PostgreSQL", _end_sessions, repeats, is_quick=False)
    yield Row("F7 restart PostgreSQL", _restart_postgres, repeats, is_quick=False)


# When a consumer is killed: the event and the statement at which the server is held up, and whether its transaction
# ends with the consumer. All of it lies in one flush: the server would go on with what it has, and commit.
POINTS = {
    "before INSERT": ("BEFORE INSERT ON touch", True),
    "after INSERT": ("AFTER INSERT ON touch", True),
    "before COMMIT": ("AT COMMIT", True),
    "after COMMIT": ("AT COMMIT", False),
}


def _kill(role: str) -> Inject:
    async def inject(bench: Bench, _: Load) -> None:
        bench.system.kill(role)

    return inject


def consumers(system: System) -> list[str]:
    """The processes that write touches."""
    return [role for role in sorted(system.roles()) if role.startswith(CONSUMERS)]


def _kill_at(point: str, when: str, is_rolled_back: bool) -> Inject:
    async def inject(bench: Bench, _: Load) -> None:
        with hindered(bench.system, SLEEP.format(0.5), when):
            caught = await asyncio.to_thread(eventually, lambda: sleeping(bench.engines))
            for role in consumers(bench.system):
                bench.system.kill(role)
            if is_rolled_back:
                with bench.engines.postgres.connect() as connection:
                    ended = [connection.execute("SELECT pg_terminate_backend(%s)", [pid]).fetchone() for pid in caught]
                bench.note(f"{len(ended)} transactions ended {point}")

    return inject


def _freeze_consumer(seconds: float) -> Inject:
    async def inject(bench: Bench, _: Load) -> None:
        pid = bench.system.kill(consumers(bench.system)[0], signal.SIGSTOP)
        await asyncio.sleep(seconds)
        os.kill(pid, signal.SIGCONT)

    return inject


def _zombie(seconds: float) -> Inject:
    """A consumer with batches in its hands sleeps until others have its partitions, and then goes on writing."""

    async def inject(bench: Bench, _: Load) -> None:
        role = consumers(bench.system)[0]
        refused = _Refused(bench.system, role)
        with hindered(bench.system, SLEEP.format(0.3)):
            for _turn in range(3):
                await asyncio.to_thread(eventually, lambda: sleeping(bench.engines))
                pid = bench.system.kill(role, signal.SIGSTOP)
                await asyncio.sleep(seconds)
                os.kill(pid, signal.SIGCONT)
                await asyncio.sleep(2.0)
                if refused():
                    break
        bench.expect(refused() > 0, f"the fence refused the zombie {refused()} times")

    return inject


class _Refused:
    """How often a consumer's log has said since then that the fence refused it."""

    def __init__(self, system: System, role: str) -> None:
        self._log = system.state / "logs" / f"{role}.log"
        self._before = self._count()

    def _count(self) -> int:
        return self._log.read_text(errors="replace").count(FENCED) if self._log.exists() else 0

    def __call__(self) -> int:
        return self._count() - self._before


def _freeze_kafka(seconds: float) -> Inject:
    async def inject(bench: Bench, _: Load) -> None:
        process = bench.engines.kafka.process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        process.send_signal(signal.SIGCONT)

    return inject


def _kafka_away(seconds: float) -> Inject:
    async def inject(bench: Bench, _: Load) -> None:
        await kill_kafka(bench.engines, seconds)

    return inject


def _freeze_postgres(seconds: float) -> Inject:
    async def inject(bench: Bench, _: Load) -> None:
        with frozen(bench.engines.postgres):
            await asyncio.sleep(seconds)

    return inject


def _postgres_away(seconds: float) -> Inject:
    async def inject(bench: Bench, _: Load) -> None:
        await kill_postgres(bench.engines, seconds)

    return inject


async def _kill_session(bench: Bench, _: Load) -> None:
    """SIGKILL of one session: the server ends all of them and recovers, because shared memory may be damaged."""
    os.kill(interaction_sessions(bench.engines)[0], signal.SIGKILL)


async def _end_sessions(bench: Bench, _: Load) -> None:
    await asyncio.to_thread(end_sessions, bench.engines)


async def _restart_postgres(bench: Bench, _: Load) -> None:
    """As an upgrade of a minor version does: a fast shutdown, then a start."""
    await asyncio.to_thread(bench.engines.postgres.stop)
    await asyncio.to_thread(bench.engines.postgres.start)
