"""Touches of a service that interaction refused for good: `touchline dlq` calls them `touches/<service>`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from chassis.config import Settings
from chassis.db import Database
from chassis.errors import Unavailable
from touchline.interaction.v1.interaction_pb2 import Touch
from touchrelay import RefusedTouch, list_refused, replay_refused

from touchline_client.commands.session import err, fail

T = TypeVar("T")
PREFIX = "touches/"
OWNERS = ("campaign",)  # whose migrations create touchrelay's table
HAS_TABLE = "SELECT to_regclass('touch_refused_outbox') IS NOT NULL"


def is_about_touches(stream: str) -> bool:
    """Whether the argument of a command names refused touches and no stream."""
    return stream.startswith(PREFIX)


def found(settings: Settings, stream: str = "") -> list[tuple[str, RefusedTouch]]:
    """The refused touches of one service, oldest first, or of every service whose database answers: (stream, touch)."""
    touches = []
    for service in [_owner(stream)] if stream else OWNERS:
        try:
            touches += [(PREFIX + service, touch) for touch in _on(settings, service, _list_if_any)]
        except (Unavailable, OSError) as error:  # away, or no password file of this service here
            told = f"the database of {service} cannot be asked for refused touches ({type(error).__name__})"
            if stream:
                fail(told)
            err.print(f"[yellow]![/] {told}")
    return touches


def one(settings: Settings, stream: str, where: str) -> RefusedTouch:
    """The refused touch with this number."""
    for _, touch in found(settings, stream):
        if str(touch.id) == where:
            return touch
    return fail(f"no refused touch {where} in {stream}; `touchline dlq ls {stream}` lists them")


def replay(settings: Settings, stream: str, touches: Sequence[RefusedTouch]) -> int:
    """Put these back into the outbox of their service, whose relay sends them again; gives their number."""
    ids = [touch.id for touch in touches]
    return _on(settings, _owner(stream), lambda database: replay_refused(database, ids))


def told(touch: RefusedTouch) -> dict[str, str]:
    """What may be shown of a refused touch: nothing of the person it is about."""
    said = Touch.FromString(touch.touch)
    return {
        "number": str(touch.id),
        "since": touch.refuse_time.isoformat(timespec="seconds"),
        "reason": touch.reason,
        "type": said.type,
        "source": said.source,
        "event": said.source_event_id,
        "traceparent": touch.traceparent,
        "size": f"{len(touch.touch)} bytes",
    }


def _owner(stream: str) -> str:
    service = stream.removeprefix(PREFIX)
    return service if service in OWNERS else fail(f"no service is called {service!r}: {', '.join(OWNERS)}")


async def _list_if_any(database: Database) -> list[RefusedTouch]:
    async with database.connection() as conn:
        row = await (await conn.execute(HAS_TABLE)).fetchone()
    return await list_refused(database) if row and row[0] else []


def _on(settings: Settings, service: str, work: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        database = Database(settings.for_role(service, "operator"))
        await database.open()
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())
