"""`touchline restore`: what follows when databases went back to an earlier moment."""

import asyncio
import importlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer
from chassis import inbox
from chassis.bus_kafka import StreamEnds
from chassis.config import Settings
from chassis.db import Database
from psycopg import AsyncConnection

from touchline_client.commands.session import fail, out, told

app = typer.Typer(help="After databases were restored to an earlier moment.", no_args_is_help=True)
CONTACTS, ERASURES = "touchline.contact.events.v1", "touchline.contact.erasures.v1"
CONTACT = "contact.consume"
# Who keeps what contact tells, and as which consumer.
LISTENERS = {"segmentation": "segmentation.consume", "campaign": "campaign", "interaction": "interaction"}
POSITIONS = "SELECT partition, next FROM inbox_offset WHERE consumer = %s AND stream = %s"
DRAINED = "SELECT NOT EXISTS (SELECT FROM outbox)"
EPOCH = "SELECT outbox_current_epoch()"
Patience = Annotated[float, typer.Option(help="How many seconds to wait at most.")]


@app.command()
@told
async def rejoin(patience: Patience = 600.0) -> None:
    """Let segmentation, campaign and interaction ask contact for everything anew. Needs access to all databases.

    Run it while contact runs: it waits until contact has erased again whoever the backup brought back, and until its
    outbox is empty. Then start the other services, or their role `consume` again.
    """
    settings = Settings.load()
    async with _connection(settings, "contact") as conn:
        ends = await _ends(settings, ERASURES)
        await _until(lambda: _is_read(conn, ends), patience, "contact has not read its stream of erasures to the end")
        await _until(lambda: _is_true(conn, DRAINED), patience, "contact's outbox is not empty")
    ends = await _ends(settings, CONTACTS)
    for service, consumer in LISTENERS.items():
        async with _connection(settings, service) as conn, conn.transaction():
            await _retiring(service).doubt(conn)
            await inbox.ask_anew(conn, consumer, CONTACTS, ends)
        out.print(f"[green]✓[/] {service} asks for everything when its role consume starts")


@app.command()
@told
async def finish(patience: Patience = 600.0) -> None:
    """Wait until they have, then let go of whom contact does not know any more. Needs access to all databases."""
    settings = Settings.load()
    async with _connection(settings, "contact") as conn:
        epoch = int((await _row(conn, EPOCH))[0])
    for service, consumer in LISTENERS.items():
        async with _connection(settings, service) as conn:
            late = f"{service} has not taken everything from contact: is its role consume started?"
            await _until(lambda conn=conn, of=consumer: _has_rejoined(conn, of), patience, late)  # type: ignore[misc]
            async with conn.transaction():
                gone = await _retiring(service).retire(conn, epoch)
        out.print(f"[green]✓[/] {service} knows what contact knows; {gone:,} rows were of what is lost")


def _retiring(service: str) -> Any:
    """Of the service itself, which this package does not depend on: an operator's machine has both."""
    return importlib.import_module(f"services.{service}.store.retiring")


@asynccontextmanager
async def _connection(settings: Settings, service: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with Database(settings.for_role(service, "restore")).connection() as conn:
        yield conn


async def _ends(settings: Settings, stream: str) -> dict[int, int]:
    asking = StreamEnds(settings, stream)
    try:
        return await asking.read()
    finally:
        await asking.close()


async def _is_read(conn: AsyncConnection[Any], ends: dict[int, int]) -> bool:
    found = dict(await (await conn.execute(POSITIONS, (CONTACT, ERASURES))).fetchall())
    return all(found.get(number, 0) >= end for number, end in ends.items())


async def _has_rejoined(conn: AsyncConnection[Any], consumer: str) -> bool:
    return not await inbox.is_asked_anew(conn, consumer, CONTACTS)


async def _is_true(conn: AsyncConnection[Any], query: str) -> bool:
    return bool((await _row(conn, query))[0])


async def _row(conn: AsyncConnection[Any], query: str) -> Any:
    return await (await conn.execute(query)).fetchone()


async def _until(true: Callable[[], Awaitable[bool]], patience: float, otherwise: str) -> None:
    deadline = time.monotonic() + patience
    while not await true():
        if time.monotonic() > deadline:
            fail(f"{otherwise} (waited {patience:.0f} s)")
        await asyncio.sleep(0.2)
