"""The life of one role: start, health, SIGTERM, drain; and the command line of a service."""

import asyncio
import gc
import importlib
import signal
import sys
from collections.abc import Sequence
from functools import partial

from google.protobuf.internal import api_implementation

from chassis import streams, telemetry
from chassis.config import Settings
from chassis.run.health import HealthServer
from chassis.run.priority import give_way
from chassis.run.service import Running, Service

OF_DATABASES = ("migrate", "await-migrations")
DRAIN_LIMIT = 30  # seconds after which a role that was told to stop ends anyway
# So many objects more than were let go, and the collector looks for cycles. A call of 500 touches holds some thousands
# for a moment, none of them in a cycle: to look at them after each 700 took a fifth of what the door does.
YOUNG = 50_000


def main(service: Service, arguments: Sequence[str] | None = None) -> None:
    """`python -m services.<name> <role>`.

    `migrate` brings the database up to date and ends; `await-migrations` ends when somebody has done that.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    choices = [*service.roles, *(OF_DATABASES if service.migrations else ())]
    if len(given) != 1 or given[0] not in choices:
        sys.exit(f"usage: python -m services.{service.name} {' | '.join(choices)}")
    sys.excepthook = _tell_end
    settings = Settings.load(service=service.name, role=given[0])
    if given[0] in OF_DATABASES:
        # As process 1 of a container, a signal that nobody listens to would be lost.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        (migrate if given[0] == "migrate" else await_migrations)(service, settings)
    else:
        run_role(service, settings)


def _tell_end(_kind: type[BaseException], error: BaseException, _trace: object) -> None:
    sys.stderr.write(f"{telemetry.describe(error, with_text=True)}\n")


def migrate(service: Service, settings: Settings) -> None:
    """Bring the service's database up to date. Alembic is loaded only where it is used."""
    importlib.import_module("chassis.migrate").migrate(service, settings)


def await_migrations(service: Service, settings: Settings) -> None:
    """Wait until the service's database is ready for this version; says on stderr what it waits for."""
    say = partial(print, file=sys.stderr, flush=True)  # standard error of a container is its log
    importlib.import_module("chassis.migrate").await_migrations(service, settings, say)


def run_role(service: Service, settings: Settings) -> None:
    """Run the role named in the settings until it is told to stop; an unexpected end raises."""
    if api_implementation.Type() != "upb":
        raise RuntimeError(f"protobuf runs on {api_implementation.Type()}, not on upb: it would be 20 times slower")
    if settings.role in service.yielding:
        give_way()  # first, since only threads that begin later follow
    telemetry.setup(settings)
    streams.choose(settings.touch_partitions)
    try:
        asyncio.run(_live(service, settings))
    finally:
        telemetry.shutdown()


async def _live(service: Service, settings: Settings) -> None:
    stop = asyncio.Event()
    health = HealthServer(f"{service.name}.{settings.role}", settings.host, settings.port_metrics)
    _listen_to_signals(stop, health)
    health.start()
    beating = asyncio.create_task(_beat(health))
    try:
        running = await service.roles[settings.role](settings)
        health.detail = running.health
        gc.freeze()  # what is there now stays: the collector need not look at it again and again
        gc.set_threshold(YOUNG)
        await _run(running, stop, health)
    finally:
        beating.cancel()
        health.close()


async def _run(running: Running, stop: asyncio.Event, health: HealthServer) -> None:
    if not stop.is_set():
        health.state = "serving"
        await running.run(stop)
        if not stop.is_set():
            raise RuntimeError(f"{health.name} ended without being told to")


def _listen_to_signals(stop: asyncio.Event, health: HealthServer) -> None:
    def drain() -> None:
        health.state = "draining"
        signal.alarm(DRAIN_LIMIT)  # whatever hangs now does not hang for ever
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, drain)


async def _beat(health: HealthServer) -> None:
    while True:
        health.beat()
        await asyncio.sleep(1)
