"""The way of touches: rows of at most 500 in order, and what becomes of what interaction answers, item by item."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
import touchrelay
from chassis.config import Settings
from chassis.db import Database
from chassis.errors import Unavailable
from chassis.outbox import Relay
from chassis.rpc import channel
from chassis.rpc.status import to_status
from google.rpc.status_pb2 import Status
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_pb2_grpc import (
    InteractionServiceServicer,
    add_InteractionServiceServicer_to_server,
)
from touchrelay.rows import entries

from services.campaign import events
from services.interaction.domain.errors import TouchAheadOfTimeError
from tests.campaign.sending.ledgers import TABLES
from tests.campaign.sending.senders import until

NOW = datetime(2026, 5, 4, tzinfo=UTC)


class Interaction(InteractionServiceServicer):  # type: ignore[misc]
    """Takes touches, and refuses those it is told to, as interaction words it."""

    def __init__(self) -> None:
        self.sources: list[str] = []
        self.calls: list[list[str]] = []
        self.answers: dict[str, Status] = {}
        self.taken: list[str] = []
        self.leaves_out = 0  # of the results of the next answer

    async def RegisterSource(self, request: pb.RegisterSourceRequest, context: Any) -> pb.Source:
        self.sources.append(request.source.name)
        return request.source

    async def RecordTouches(self, request: pb.RecordTouchesRequest, context: Any) -> pb.RecordTouchesResponse:
        assert self.sources, "sources come first"
        self.calls.append([touch.source_event_id for touch in request.touches])
        results = []
        for touch in request.touches:
            status = self.answers.get(touch.source_event_id)
            results.append(pb.RecordTouchesResponse.Result(status=status, name="" if status else "touches/x"))
            if status is None and touch.source_event_id not in self.taken:
                self.taken.append(touch.source_event_id)
        left_out, self.leaves_out = self.leaves_out, 0
        return pb.RecordTouchesResponse(results=results[left_out:])


@pytest.fixture
async def interaction() -> AsyncIterator[tuple[Interaction, str]]:
    servicer, server = Interaction(), grpc.aio.server()
    add_InteractionServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield servicer, f"127.0.0.1:{port}"
    await server.stop(0)


@pytest.fixture
async def database(make_database: Callable[..., Settings]) -> AsyncIterator[Database]:
    opened = Database(make_database(TABLES), encode=events.encode)
    await opened.open()
    yield opened
    await opened.close()


def touches(*ids: str) -> list[pb.Touch]:
    return [pb.Touch(source_event_id=one, source="sources/campaign", type="email.handed_over") for one in ids]


async def put(database: Database, *ids: str) -> None:
    async with database.transaction() as tx:
        for event in touchrelay.rows(touches(*ids), time=NOW):
            tx.emit(event)


async def waiting(database: Database) -> int:
    async with database.connection() as conn:
        row = await (await conn.execute("SELECT count(*) FROM outbox WHERE stream = 'touches'")).fetchone()
    return int(row[0]) if row else 0


async def relay(database: Database, target: str, done: Callable[[], Any]) -> None:
    """A relay that runs until something is so."""
    sender = touchrelay.TouchSender(channel(target), events.SOURCES)
    stop = asyncio.Event()
    one = Relay(database, sender, source="/x", streams=[touchrelay.STREAM], refused=sender.keep_refused, fallback=0.02)
    running = asyncio.create_task(one.run(stop))
    try:
        await until(done)
    finally:
        stop.set()
        await running
        await sender.close()


async def test_nobody_waits_for_ever_for_a_row_that_nobody_can_read(interaction: tuple[Interaction, str]) -> None:
    sender = touchrelay.TouchSender(channel(interaction[1]), events.SOURCES)
    good = touchrelay.rows(touches("e1"), time=NOW)[0].data
    futures = [
        sender.send(touchrelay.STREAM, partition=None, key=None, value=value) for value in (good, b"\xff\xff", good)
    ]
    ends = await asyncio.wait_for(asyncio.gather(*futures, return_exceptions=True), 10)
    assert all(isinstance(end, Unavailable) for end in ends), "they come again"
    assert await asyncio.wait_for(sender.send(touchrelay.STREAM, partition=None, key=None, value=good), 10) == 0
    await sender.close()


async def test_an_answer_that_leaves_touches_out_is_none(
    database: Database, interaction: tuple[Interaction, str]
) -> None:
    servicer, target = interaction
    servicer.leaves_out = 1
    await put(database, "e0", "e1", "e2")
    await relay(database, target, lambda: _is_empty(database))
    assert servicer.taken == ["e0", "e1", "e2"]
    assert len(servicer.calls) > 1


def test_rows_hold_at_most_500_touches_and_half_a_megabyte_in_order() -> None:
    many = touches(*(f"e{place}" for place in range(1201)))
    rows = touchrelay.rows(many, time=NOW)
    assert [len(entries(row.data)) for row in rows] == [500, 500, 201]
    assert [touch.source_event_id for row in rows for touch in entries(row.data)] == [
        one.source_event_id for one in many
    ]
    large = [pb.Touch(source_event_id=str(place), type="x" * 30_000) for place in range(40)]
    assert max(len(row.data) for row in touchrelay.rows(large, time=NOW)) <= 512 * 1024


async def test_everything_arrives_in_order_and_leaves_the_outbox(
    database: Database, interaction: tuple[Interaction, str]
) -> None:
    servicer, target = interaction
    ids = [f"e{place}" for place in range(40)]
    for start in range(0, 40, 4):
        await put(database, *ids[start : start + 4])
    await relay(database, target, lambda: _is_empty(database))
    assert servicer.taken == ids
    assert servicer.sources[:2] == ["sources/campaign", "sources/campaign-contacts"]
    assert max(map(len, servicer.calls)) > 4, "small rows travel together"


@pytest.mark.parametrize(
    "answer", [to_status(Unavailable()), to_status(TouchAheadOfTimeError())], ids=["away", "ahead of time"]
)
async def test_what_may_pass_later_comes_again(
    database: Database, interaction: tuple[Interaction, str], answer: Status
) -> None:
    servicer, target = interaction
    servicer.answers["e1"] = answer
    await put(database, "e0", "e1", "e2")

    async def is_asked_twice() -> bool:
        if sum("e1" in call for call in servicer.calls) < 2:
            return False
        servicer.answers.clear()
        return await _is_empty(database)

    await relay(database, target, is_asked_twice)
    assert sorted(servicer.taken) == ["e0", "e1", "e2"]
    assert await touchrelay.list_refused(database) == []


async def test_what_is_refused_for_good_is_kept_and_can_be_sent_again(
    database: Database, interaction: tuple[Interaction, str]
) -> None:
    servicer, target = interaction
    servicer.answers["e1"] = Status(code=3, message="no such type")
    await put(database, "e0", "e1", "e2")
    await relay(database, target, lambda: _is_empty(database))
    assert servicer.taken == ["e0", "e2"]
    (kept,) = await touchrelay.list_refused(database)
    assert pb.Touch.FromString(kept.touch).source_event_id == "e1"
    servicer.answers.clear()
    assert await touchrelay.replay_refused(database, [kept.id]) == 1
    await relay(database, target, lambda: _is_empty(database))
    assert servicer.taken == ["e0", "e2", "e1"]
    assert await touchrelay.list_refused(database) == []


async def test_two_relays_at_once_lose_nothing(database: Database, interaction: tuple[Interaction, str]) -> None:
    servicer, target = interaction
    ids = [f"e{place}" for place in range(60)]
    for one in ids:
        await put(database, one)
    await asyncio.gather(*(relay(database, target, lambda: _is_empty(database)) for _ in range(2)))
    assert sorted(servicer.taken) == sorted(ids)


async def _is_empty(database: Database) -> bool:
    return await waiting(database) == 0
