"""What befalls a simulated world: each fault heals itself, or is healed at the end."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial

from chassis.bus import Partition
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.interaction.gateways import INTAKE
from services.interaction.rpc import CONSUMER
from services.interaction.store import RECORDED
from tests.simulation.log import PARTITIONS
from tests.simulation.people import Account
from tests.simulation.scheduler import State
from tests.simulation.world import CAST, READERS, World

Fault = Callable[[World, Account, random.Random], Awaitable[None]]
FIRST, LAST = 0.05, 2.5  # simulated seconds: people record touches for about three
MOST_STEPS = 40
LONG = (0.3, 4.0)


def _one(world: World, chance: random.Random) -> str:
    return chance.choice(CAST)


async def kill(world: World, account: Account, chance: random.Random) -> None:
    """Kill -9 after some steps of the process; it is started again."""
    name = _one(world, chance)
    is_half_open = chance.random() < 0.3
    role = world.roles[name]
    strike = partial(world.kill, name, role.process, is_half_open=is_half_open)
    role.process.after(chance.randint(0, MOST_STEPS), strike)
    await asyncio.sleep(chance.uniform(*LONG))
    if world.roles[name] is role and role.process.state is State.DEAD:
        world.launch(name)


async def freeze(world: World, account: Account, chance: random.Random) -> None:
    """SIGSTOP after some steps, often for longer than a session: who comes back has been replaced."""
    name = _one(world, chance)
    process = world.roles[name].process
    process.after(chance.randint(0, MOST_STEPS), partial(world.freeze, name, process))
    await asyncio.sleep(chance.uniform(*LONG))
    world.thaw(process)


async def stop(world: World, account: Account, chance: random.Random) -> None:
    """An orderly end, and another one takes its place."""
    name = _one(world, chance)
    role = world.roles[name]
    role.stop.set()
    world.note(f"{name} is told to stop")
    await asyncio.sleep(chance.uniform(*LONG))
    if world.roles[name] is role and role.process.state is not State.FROZEN:
        world.launch(name)


async def rebalance(world: World, account: Account, chance: random.Random) -> None:
    """Partitions change hands while their batches are being applied."""
    for _ in range(chance.randint(1, 4)):
        world.log.share_out(chance.choice([CONSUMER, READERS]))
        world.note("partitions are shared out anew")
        await asyncio.sleep(chance.uniform(0.0, 0.3))


async def overtake(world: World, account: Account, chance: random.Random) -> None:
    """A pause in the middle of its work, shorter than any limit, in which its partitions go to others."""
    name = chance.choice([name for name in CAST if name.startswith(("consume", "read"))])
    process = world.roles[name].process

    def strike() -> None:
        world.freeze(name, process)
        world.log.share_out(CONSUMER if name.startswith("consume") else READERS)
        world.note("and partitions are shared out anew")

    process.after(chance.randint(0, MOST_STEPS), strike)
    await asyncio.sleep(chance.uniform(0.2, 1.5))
    world.thaw(process)


async def kafka_away(world: World, account: Account, chance: random.Random) -> None:
    """The broker answers nobody for a while."""
    world.log.is_away = True
    world.note("Kafka is away")
    await asyncio.sleep(chance.uniform(*LONG))
    world.log.is_away = False


async def cut_off(world: World, account: Account, chance: random.Random) -> None:
    """What one door or the relays have for Kafka does not get through for a while, and may die with them."""
    names, is_deadly = chance.choice([("door-1",), ("relay-1", "relay-2")]), chance.random() < 0.6
    roles = {name: world.roles[name] for name in names}
    world.log.cut_off |= {role.process for role in roles.values()}
    world.note(f"{' and '.join(names)} cannot reach Kafka")
    await asyncio.sleep(chance.uniform(*LONG))
    for name, role in roles.items():
        world.log.cut_off.discard(role.process)
        if is_deadly and world.roles[name] is role:
            world.kill(name, role.process)
            world.launch(name)


async def postgres_away(world: World, account: Account, chance: random.Random) -> None:
    """Every line is cut, and none is made for a while."""
    world.note("PostgreSQL is away")
    world.server.leave()
    await asyncio.sleep(chance.uniform(*LONG))
    world.server.is_away = False


async def cut(world: World, account: Account, chance: random.Random) -> None:
    """One line to PostgreSQL is cut at one of its next uses: the statement is lost, or its answer is."""
    name = chance.choice(["consume-1", "consume-2", chance.choice(CAST[2:])])
    lines = world.server.of(world.roles[name].process)
    if lines:
        line = max(lines, key=lambda line: line.uses)
        line.is_in_flush, line.is_late = chance.random() < 0.5, chance.random() < 0.6
        line.fuse = chance.randint(1, 10 if line.is_in_flush else 20)
        how = "within a pipeline" if line.is_in_flush else "late" if line.is_late else "early"
        world.note(f"a line of {name} will be cut {how}, at use {line.fuse}")


async def bad_network(world: World, account: Account, chance: random.Random) -> None:
    """Slow, and acknowledgements get lost: what Kafka has is sent to it again."""
    world.network.is_slow, world.network.loss = chance.random() < 0.5, chance.choice([0.2, 0.5])
    world.note(f"the network is {'slow and ' * world.network.is_slow}losing acknowledgements")
    await asyncio.sleep(chance.uniform(*LONG))
    world.network.is_slow, world.network.loss = False, 0.0


async def repeat(world: World, account: Account, chance: random.Random) -> None:
    """Records that were written come again at the end of their partition."""
    for _ in range(chance.randint(1, 4)):
        stream = chance.choice([INTAKE, RECORDED])
        place = Partition(stream, chance.randrange(PARTITIONS))
        records = world.log.records[place]
        fine = [record for record in records if not record.header("poison")]
        if fine:
            record = chance.choice(fine)
            offset = world.log.append(stream, place.number, record.key, record.value, record.headers)
            world.note(f"{stream}/{place.number}: {record.offset} comes again as {offset}")
        await asyncio.sleep(chance.uniform(0.0, 0.5))


async def retention(world: World, account: Account, chance: random.Random) -> None:
    """What both groups have applied is gone from the log."""
    for stream, group in ((INTAKE, CONSUMER), (RECORDED, READERS)):
        for number in range(PARTITIONS):
            query = "SELECT next FROM inbox_offset WHERE consumer = %s AND stream = %s AND partition = %s"
            row = world.ground.sql.execute(query, [group, stream, number]).fetchone()
            if row:
                world.log.cut(Partition(stream, number), row[0])
                world.note(f"{stream}/{number} begins at {row[0]}")


async def poison(world: World, account: Account, chance: random.Random) -> None:
    """A record that is no envelope, or an envelope in which one touch holds what none can, beside good ones."""
    number = chance.randrange(PARTITIONS)
    value = b"\xff no envelope"
    mine = [record for record in world.log.records[Partition(INTAKE, number)] if not record.header("poison")]
    if mine and chance.random() < 0.6:
        touches = list(TouchBatch.FromString(chance.choice(mine).value).touches)
        bad = IntakeTouch(subject=touches[0].subject, touch_id=bytes(15) + b"\1", thread=bytes(16), payload=b"\xff")
        touches.insert(chance.randint(0, len(touches)), bad)
        value = TouchBatch(touches=touches).SerializeToString()
    offset = world.log.append(INTAKE, number, None, value, [("poison", b"1")])
    account.poison += 1
    world.note(f"poison lies in {INTAKE}/{number} at {offset}")


FAULTS: list[Fault] = [
    *(
        kill,
        kill,
        kill,
        freeze,
        freeze,
        stop,
        rebalance,
        overtake,
        overtake,
        overtake,
        kafka_away,
        postgres_away,
        cut_off,
        cut_off,
    ),
    *(cut, cut, cut, bad_network, bad_network, repeat, repeat, retention, poison),
]


async def befall(world: World, account: Account) -> None:
    """Three to five faults, some at once; then everything is healed."""
    chance = world.chance("faults")

    async def one(fault: Fault, at: float) -> None:
        await asyncio.sleep(at)
        await fault(world, account, chance)

    chosen = [(chance.choice(FAULTS), chance.uniform(FIRST, LAST)) for _ in range(chance.randint(3, 5))]
    await asyncio.gather(*(one(fault, at) for fault, at in chosen))
    world.heal()
