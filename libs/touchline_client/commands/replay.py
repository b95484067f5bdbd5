"""Handing dead letters of numbered streams to the handlers that refused them, in the databases of their services."""

import importlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from chassis.bus import ConsumerLoop
from chassis.config import SERVICES, Settings
from chassis.deadletters import Letter

from touchline_client.commands.session import fail

# The roles that consume; each has a `database`, a `loop`, and a `producer` where its handlers write to Kafka.
CONSUMERS = ("consume", "publish")


async def hand_to_handlers(settings: Settings, letters: Iterable[Letter]) -> int:
    """Apply each letter by the consumer that refused it; gives how many were applied."""
    count = 0
    by_group: defaultdict[str, list[Letter]] = defaultdict(list)
    for letter in letters:
        by_group[letter.group].append(letter)
    for group, refused in by_group.items():
        async with consumer_of(settings, group) as consumer:
            for letter in refused:
                await consumer.replay(letter.record)
                count += 1
    return count


@asynccontextmanager
async def consumer_of(settings: Settings, group: str) -> AsyncIterator[ConsumerLoop]:
    """The consumer of a group, wired as its service wires it, on its database, reading nothing."""
    role = await _role_of(settings, group)
    producer = getattr(role, "producer", None)
    await role.database.open()
    try:
        if producer is not None:
            await producer.start()
        yield role.loop
    finally:
        if producer is not None:
            await producer.close()
        await role.database.close()


async def _role_of(settings: Settings, group: str) -> Any:
    name = group.split(".", maxsplit=1)[0]
    if name not in SERVICES:
        fail(f"no service here has the consumer group {group!r}")
    service = importlib.import_module(f"services.{name}.app").SERVICE
    for role_name in CONSUMERS:
        if role_name in service.roles:
            role = await service.roles[role_name](settings.for_role(name, role_name))
            if role.loop.group == group:
                return role
    return fail(f"{name} has no consumer group {group!r} any more")
