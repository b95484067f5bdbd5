"""What every bus must do for who joins when a stream's beginning is gone; a part of the suite of `bus_contract`."""

from collections.abc import AsyncIterator

from chassis import inbox
from chassis.bus import Part, Partition, Record, one_at_a_time
from chassis.db import Tx
from chassis.errors import Unavailable

from tests.chassis.bus_ground import OUTBOX, Bus, loop_on, running, write_numbered
from tests.chassis.ground import WriteEffects, until


class LatecomerContract:
    """One suite; a subclass has a fixture `bus`."""

    async def test_a_stream_without_its_beginning_is_joined_by_a_snapshot(self, bus: Bus) -> None:
        await write_numbered(bus, "5.1", "5.2", "5.3", "5.4")
        await bus.cut(OUTBOX, 0, 2)
        known = [Record(OUTBOX, -1, 0, None, number.encode()) for number in ("5.1", "5.2", "5.3")]
        seen, tries = [], 0

        async def apply(tx: Tx, record: Record) -> None:
            seen.append(record.value.decode())

        async def snapshot() -> AsyncIterator[Part]:
            nonlocal tries
            tries += 1
            yield Part(known[:1], {0: (5, 3)})
            if tries == 1:
                raise Unavailable("it broke off")
            yield Part(known[1:], {0: (5, 4)})

        loop = await loop_on(bus, one_at_a_time(apply), OUTBOX, snapshot=snapshot)
        async with running(loop):
            await until(lambda: seen[-1:] == ["5.4"])
            await until(lambda: loop.health()["consumer"] == "ok")
            await until(lambda: loop.positions()[Partition(OUTBOX, 0)].next == 4)  # moved when the record is committed
            held = loop.positions()[Partition(OUTBOX, 0)]
        assert seen == ["5.1", "5.1", "5.2", "5.3", "5.4"]
        assert (held.epoch, held.seq) == (5, 4)

    async def test_a_snapshot_may_have_parts_without_records(self, bus: Bus) -> None:
        await write_numbered(bus, "5.1", "5.2", "5.3")
        await bus.cut(OUTBOX, 0, 2)
        handler = WriteEffects()

        async def snapshot() -> AsyncIterator[Part]:
            yield Part([], {0: (5, 2)})
            yield Part([Record(OUTBOX, -1, 0, None, b"all")], {0: (5, 2)})

        async with running(await loop_on(bus, handler, OUTBOX, snapshot=snapshot)):
            await until(lambda: handler.seen[-1:] == ["5.3"])
        assert handler.seen == ["all", "5.3"]

    async def test_a_position_that_is_gone_is_found_again_by_a_snapshot(self, bus: Bus) -> None:
        seen: list[str] = []

        async def apply(tx: Tx, record: Record) -> None:
            seen.append(record.value.decode())

        async def snapshot() -> AsyncIterator[Part]:
            yield Part([Record(OUTBOX, -1, 0, None, b"all")], {0: (5, 3)})

        await write_numbered(bus, "5.1")
        async with running(await loop_on(bus, one_at_a_time(apply), OUTBOX)):
            await until(lambda: seen == ["5.1"])
        await write_numbered(bus, "5.2", "5.3", "5.4")
        await bus.cut(OUTBOX, 0, 3)
        async with running(await loop_on(bus, one_at_a_time(apply), OUTBOX, snapshot=snapshot)):
            await until(lambda: seen[-1:] == ["5.4"])
        assert seen == ["5.1", "all", "5.4"]

    async def test_who_asks_for_everything_anew_takes_a_snapshot_and_skips_what_lay_before(self, bus: Bus) -> None:
        seen: list[str] = []

        async def apply(tx: Tx, record: Record) -> None:
            seen.append(record.value.decode())

        async def snapshot() -> AsyncIterator[Part]:
            yield Part([Record(OUTBOX, -1, 0, None, b"all")], {0: (7, 0)})

        await write_numbered(bus, "5.1", "5.2")
        async with running(await loop_on(bus, one_at_a_time(apply), OUTBOX, snapshot=snapshot)) as loop:
            await until(lambda: seen == ["5.1", "5.2"])
            await write_numbered(bus, "5.3")  # told by a database that went back to before it
            await until(lambda: seen == ["5.1", "5.2", "5.3"])
            async with bus.database.connection() as conn:
                await inbox.ask_anew(conn, "readers", OUTBOX, {0: 3})
                assert await inbox.is_asked_anew(conn, "readers", OUTBOX)
            await write_numbered(bus, "7.1")
            await until(lambda: "start this role again" in loop.health()["consumer"])
        async with running(await loop_on(bus, one_at_a_time(apply), OUTBOX, snapshot=snapshot)) as loop:
            await until(lambda: seen[-2:] == ["all", "7.1"])  # it was tried before, and rolled back
            await until(lambda: loop.health()["consumer"] == "ok")
        async with bus.database.connection() as conn:
            assert not await inbox.is_asked_anew(conn, "readers", OUTBOX)
        assert seen[:3] == ["5.1", "5.2", "5.3"]
        assert seen.count("5.3") == 1, "what lay before the snapshot is not read again"
