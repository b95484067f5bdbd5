"""One seed: a world, people who record touches in it, faults, healing, and what the checker finds afterwards."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog
from chassis.bus import Partition

from tests.simulation.checker import check
from tests.simulation.faults import befall
from tests.simulation.ground import Ground
from tests.simulation.people import Account, People
from tests.simulation.world import CAST, World

SETTLED_WITHIN = 30.0  # simulated seconds after everything is healed
LOOK = 0.25
UNSENT = "SELECT count(*) FROM outbox"
POSITIONS = "SELECT stream, partition, next FROM inbox_offset"


@dataclass
class Outcome:
    """What became of a seed."""

    seed: int
    violations: list[str]
    acknowledged: int
    steps: int
    history: list[str] = field(repr=False)


def play(seed: int, ground: Ground) -> Outcome:
    """Run a seed from its beginning to its verdict."""
    ground.clear()
    world, account = World(seed, ground), Account()
    violations = []
    with _heard(world):
        try:
            violations += world.loop.run(_play(world, account))
            violations += check(world, account)
        except AssertionError as error:
            violations.append(f"endless: {error}")
        violations += [f"unhandled: {failure}" for failure in world.loop.failures]
        outcome = Outcome(seed, violations, len(account.acknowledged()), world.loop.steps, world.history)
        world.end()
    return outcome


@contextmanager
def _heard(world: World) -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(processors=[world.hear], cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)


async def _play(world: World, account: Account) -> list[str]:
    for name in CAST:
        world.launch(name)
    await asyncio.gather(People(world, account).live(), befall(world, account))
    end = world.loop.now + SETTLED_WITHIN
    while not is_settled(world):
        if world.loop.now > end:
            return [f"unsettled: {_stuck(world)}"]
        await asyncio.sleep(LOOK)
    world.note("everything is settled")
    return []


def is_settled(world: World) -> bool:
    """Whether everything that was recorded has been applied by everybody."""
    return not world.ground.sql.execute(UNSENT).fetchone()[0] and not _behind(world)  # type: ignore[index]


def _behind(world: World) -> list[str]:
    rows = world.ground.sql.execute(POSITIONS).fetchall()
    held = {Partition(row[0], row[1]): row[2] for row in rows}
    return [
        f"{place.stream}/{place.number} is at {held.get(place)} of {world.log.end(place)}"
        for place in sorted(world.log.records)
        if place.stream in HEARD and held.get(place, 0) != world.log.end(place)
    ]


def _stuck(world: World) -> str:
    health = {name: role.loop.health()["consumer"] for name, role in world.roles.items() if role.loop}
    unsent = world.ground.sql.execute(UNSENT).fetchone()
    troubles = {name: told for name, told in health.items() if told != "ok"}
    return (
        f"{unsent[0] if unsent else 0} outbox rows wait; {'; '.join(_behind(world)) or 'nobody is behind'}; {troubles}"
    )


HEARD = {"touchline.interaction.intake.v1", "touchline.interaction.recorded.v1"}
