"""WatchTimeline: what changes on one timeline, as it is written."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from chassis.db import Database
from chassis.streams import catalogue
from touchline.interaction.v1 import interaction_events_pb2 as events_pb2
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.interaction import store
from services.interaction.domain.ids import parse_touch_name
from services.interaction.domain.threads import Found
from services.interaction.rpc.timeline import WATCHED, Timelines, View, decode_heads, encode_heads, positions_of
from services.interaction.usecases import Entry, Hub, Watch, moment, owns

HEARTBEAT = 15.0
RESYNC = pb.Resync


class Watching:
    """Answers WatchTimeline."""

    def __init__(self, database: Database, timelines: Timelines, hub: Hub) -> None:
        self._database = database
        self._timelines = timelines
        self._hub = hub
        self._recorded = catalogue()[WATCHED[0]].partitions
        self._events = catalogue()[WATCHED[1]].partitions

    async def watch(self, request: pb.WatchTimelineRequest) -> AsyncIterator[pb.WatchTimelineResponse]:
        """Every change from a position on, until the caller leaves or has to read its page again."""
        async with self._database.transaction() as tx:
            heads = await store.list_heads(tx, WATCHED)
            view = await self._timelines.view(tx, request.parent)
        now = decode_heads(encode_heads(heads))
        reached = decode_heads(request.watch_position) if request.watch_position else dict(now)
        watch = Watch(frozenset(subject.bytes for subject in view.person.subjects))
        numbers = frozenset(catalogue().partition(WATCHED[0], subject) for subject in watch.subjects)
        self._hub.join(watch, positions_of(reached, numbers, self._events), now)
        try:
            yield pb.WatchTimelineResponse(watch_position=_encode(reached), heartbeat=True)
            async for answer in self._changes(view, watch, reached):
                yield answer
                if answer.WhichOneof("change") == "resync":
                    return
        finally:
            self._hub.leave(watch)

    async def _changes(
        self, view: View, watch: Watch, reached: dict[tuple[str, int], tuple[int, int]]
    ) -> AsyncIterator[pb.WatchTimelineResponse]:
        while True:
            entry = await _next(watch)
            if watch.is_lost.is_set():
                yield _resync(reached, RESYNC.REASON_POSITION_TOO_OLD)
                return
            if entry is None:
                yield pb.WatchTimelineResponse(watch_position=_encode(reached), heartbeat=True)
                continue
            reached[entry.position[:2]] = entry.position[2:]
            for answer in _answers(view, entry):
                answer.watch_position = _encode(reached)
                yield answer


async def _next(watch: Watch) -> Entry | None:
    """The next entry; None after a while without one, or when the watch is lost."""
    if not watch.queue.empty():
        return watch.queue.get_nowait()
    getting = asyncio.ensure_future(watch.queue.get())
    losing = asyncio.ensure_future(watch.is_lost.wait())
    try:
        done, _ = await asyncio.wait((getting, losing), timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
        return getting.result() if getting in done else None
    finally:
        getting.cancel()
        losing.cancel()


def _answers(view: View, entry: Entry) -> list[pb.WatchTimelineResponse]:
    if entry.position.stream == WATCHED[0]:
        return _written(view, entry)
    return _changed(view, events_pb2.InteractionEvent.FromString(entry.value))


def _written(view: View, entry: Entry) -> list[pb.WatchTimelineResponse]:
    batch = TouchBatch.FromString(entry.value)
    subjects = {subject.bytes for subject in view.person.subjects}
    found = [
        found_of(touch, batch.recorded_us, entry)
        for touch in batch.touches
        if touch.subject in subjects and touch.type not in view.hidden
    ]
    return [pb.WatchTimelineResponse(touch=view.show(one)) for one in found if owns(view.person, one)]


def found_of(touch: IntakeTouch, recorded_us: int, entry: Entry) -> Found:
    """A touch of an envelope as if it were read from its table."""
    return Found(
        subject=UUID(bytes=touch.subject),
        touch=UUID(bytes=touch.touch_id),
        thread=UUID(bytes=touch.thread),
        thread_time=moment(touch.thread_us),
        occurred_time=moment(touch.occurred_us),
        rank=touch.rank,
        verdict=touch.verdict,
        contact=_uuid(touch.contact),
        account=_uuid(touch.account),
        campaign=_uuid(touch.campaign),
        correction_of=_uuid(touch.correction_of[16:]),
        recorded_time=moment(recorded_us),
        type=touch.type,
        payload=touch.payload,
        partition=entry.position.partition,
        epoch=entry.position.epoch,
        seq=entry.position.seq,
    )


def _changed(view: View, event: events_pb2.InteractionEvent) -> list[pb.WatchTimelineResponse]:
    members = {f"contacts/{contact}" for contact in view.person.members}
    match event.WhichOneof("event"):
        case "links_applied" if members.intersection(event.links_applied.contacts):
            return [_resync({}, RESYNC.REASON_LINKS_APPLIED)]
        case "touches_erased" if members.intersection(event.touches_erased.contacts):
            return [_resync({}, RESYNC.REASON_TOUCHES_ERASED)]
        case "touch_refused" if _is_under(view, event.touch_refused.touch):
            return [pb.WatchTimelineResponse(refused_touch=event.touch_refused.touch)]
    return []


def _is_under(view: View, name: str) -> bool:
    return parse_touch_name(name)[0] in view.person.subjects


def _resync(reached: dict[tuple[str, int], tuple[int, int]], reason: "pb.Resync.Reason") -> pb.WatchTimelineResponse:
    return pb.WatchTimelineResponse(watch_position=_encode(reached), resync=pb.Resync(reason=reason))


def _encode(reached: dict[tuple[str, int], tuple[int, int]]) -> str:
    return encode_heads([(*key, *value) for key, value in reached.items()])


def _uuid(value: bytes) -> UUID | None:
    return UUID(bytes=value) if value else None
