"""Everything that contact and interaction know, as records that their streams could have carried.

For services that join when a stream's beginning is gone: `chassis.bus` hands these records to the stream's own handler,
then reads on from the positions that come with them.
"""

import base64
from collections.abc import AsyncIterator, Sequence

from chassis.bus import Part, Record, Snapshot
from chassis.outbox import decode_positions
from chassis.rpc import Channel
from touchline.contact.v1 import contact_pb2
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub
from touchline.interaction.v1 import interaction_pb2
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch
from touchline.interaction.v1.interaction_pb2_grpc import InteractionServiceStub

__all__ = ["contact_events", "recorded_touches"]

CONTACTS = "touchline.contact.events.v1"
RECORDED = "touchline.interaction.recorded.v1"
OF_NO_PARTITION = -1
AT_ONCE = 500  # as many as a batch of the stream
SECONDS = 30.0  # for one page


def contact_events(channel: Channel) -> Snapshot:
    """What contact would tell on its stream if everything had just become as it is."""

    async def parts() -> AsyncIterator[Part]:
        stub, request = ContactServiceStub(channel), contact_pb2.SnapshotEventsRequest(page_size=AT_ONCE)
        while True:
            page = await stub.SnapshotEvents(request, timeout=SECONDS)
            headers = [("ce_sequence", f"{page.epoch}.0".encode())]
            positions = {at.partition: (at.epoch, at.seq) for at in decode_positions(page.position)}
            yield Part([_record(CONTACTS, event, headers) for event in page.events], positions)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    return parts


def recorded_touches(channel: Channel) -> Snapshot:
    """The touches that interaction holds; of each only what projections of others keep."""

    async def parts() -> AsyncIterator[Part]:
        reading = InteractionServiceStub(channel).ReadTouches(interaction_pb2.ReadTouchesRequest(batch_size=AT_ONCE))
        async for answer in reading:
            batch = TouchBatch(touches=map(_envelope, answer.touches))
            records = [_record(RECORDED, batch.SerializeToString())] if batch.touches else []
            yield Part(records, {at.partition: (at.epoch, at.seq) for at in answer.positions})

    return parts


def _record(stream: str, value: bytes, headers: Sequence[tuple[str, bytes]] = ()) -> Record:
    return Record(stream, OF_NO_PARTITION, 0, None, value, headers)


def _envelope(touch: interaction_pb2.Touch) -> IntakeTouch:
    ids = _ids(touch.name)
    return IntakeTouch(
        subject=ids[:16],
        touch_id=ids[16:],
        type=touch.type,
        occurred_us=touch.occurred_time.ToMicroseconds(),
        contact=_uuid(touch.contact),
        correction_of=_ids(touch.correction_of) if touch.correction_of else b"",
    )


def _ids(name: str) -> bytes:
    """Subject and touch id, from a touch's name."""
    text = name.removeprefix("touches/")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _uuid(name: str) -> bytes:
    return bytes.fromhex(name.rpartition("/")[2].replace("-", ""))
