"""Applying what people ask for on the public edge, and knowing how far that is done."""

from collections.abc import Mapping
from datetime import datetime

from chassis.db import Tx

from services.contact.domain.requests import ConsentRequest
from services.contact.models import ConsentEvent
from services.contact.store import consents, contacts, links
from services.contact.store import requests as store
from services.contact.usecases.changes import following_id
from services.contact.usecases.forms import say_consents


async def apply_consent_request(tx: Tx, request: ConsentRequest, *, now: datetime) -> list[ConsentEvent]:
    """Append what somebody asked for to what her address allows; nothing when the same was applied before."""
    if not await store.insert_consent_request(tx, request):
        return []
    said = await consents.list_said(tx, [request.subject], [request.purpose]) if request.keyword else {}
    if not request.is_heard(said.get(request.subject, ())):
        return []
    events = []
    for place, (subject, value) in enumerate(await _addresses(tx, request, now)):
        event = ConsentEvent(
            id=following_id(now, place),
            subject=subject,
            identifier_kind=request.kind,
            value=value,
            purpose=request.purpose,
            channel=request.channel,
            topic=request.topic,
            status=request.status,
            lawful_basis="CONSENT",
            capture_time=request.capture_time(now),
            source="sms" if request.keyword else "edge",
            ip_hash=request.caller_hash,
            evidence=request.evidence,
            create_time=now,
        )
        events.append(event)
    await say_consents(tx, events, now)
    return events


async def _addresses(tx: Tx, request: ConsentRequest, now: datetime) -> list[tuple[bytes, str]]:
    """Whom it is about: the subject that asked, or every number of the person whose mail it was."""
    if not request.is_of_contact:
        holding = await links.list_holding(tx, [request.subject])
        return [(request.subject, next((link.value for link in holding if link.value), ""))]
    if request.contact is None:
        return []
    root = (await contacts.list_survivors(tx, [request.contact])).get(request.contact, request.contact)
    members = (await contacts.list_members(tx, [root]))[root]
    said = await links.list_identifiers(tx, members, now)
    held = [link for link in said if link.identifier_kind == request.kind and not link.claim]
    return list({bytes(link.subject): link.value for link in held if link.subject and not link.alias_of}.items())


async def note_reading(tx: Tx, consumer: str, stream: str, ends: Mapping[int, int], *, ago: float) -> bool:
    """Note that everything is applied that the stream held `ago` seconds ago; False when it is not."""
    positions = await store.read_positions(tx, consumer, stream)
    if any(positions.get(number, 0) < end for number, end in ends.items()):
        return False
    await store.note_reading(tx, ago)
    return True
