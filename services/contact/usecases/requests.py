"""Applying what people ask for on the public edge, and knowing how far that is done."""

from collections.abc import Mapping
from datetime import datetime

from chassis.db import Tx
from chassis.ids import uuid7
from identity import EMAIL

from services.contact.domain.requests import ConsentRequest
from services.contact.models import ConsentEvent
from services.contact.store import links
from services.contact.store import requests as store


async def apply_consent_request(tx: Tx, request: ConsentRequest, *, now: datetime) -> ConsentEvent | None:
    """Append what somebody asked for to what her address allows; None when the same request was applied before."""
    if not await store.insert_consent_request(tx, request):
        return None
    holding = await links.list_holding(tx, [request.subject])
    event = ConsentEvent(
        id=uuid7(now),
        subject=request.subject,
        identifier_kind=EMAIL,
        value=next((link.value for link in holding if link.value), ""),
        purpose=request.purpose,
        channel=request.channel,
        topic=request.topic,
        status=request.status,
        lawful_basis="CONSENT",
        capture_time=request.capture_time(now),
        source="edge",
        ip_hash=request.caller_hash,
        evidence=request.evidence,
        create_time=now,
    )
    tx.add(event)
    tx.emit(event.changed(now))
    return event


async def note_reading(tx: Tx, consumer: str, stream: str, ends: Mapping[int, int], *, ago: float) -> bool:
    """Note that everything is applied that the stream held `ago` seconds ago; False when it is not."""
    positions = await store.read_positions(tx, consumer, stream)
    if any(positions.get(number, 0) < end for number, end in ends.items()):
        return False
    await store.note_reading(tx, ago)
    return True
