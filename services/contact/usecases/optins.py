"""Asking the holder of an address to confirm a consent, and taking the confirmation."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7
from identity import EMAIL

from services.contact.domain import optins as rules
from services.contact.domain.consent import EVERY, Status
from services.contact.domain.contacts import Viewer
from services.contact.domain.errors import (
    AddressRestrictedError,
    AddressSuppressedError,
    OptInNotFoundError,
    OptInWithdrawnError,
    identifier_invalid,
)
from services.contact.domain.identifiers import Known
from services.contact.domain.optins import CHANNEL, OptInState
from services.contact.models import CONSENT_EVENT, SUPPRESSION, ConsentEvent, OptIn
from services.contact.store import consents as consent_store
from services.contact.store import optins as store
from services.contact.usecases.consents import is_known_address
from services.contact.usecases.forms import join_known, say_consents

Values = Mapping[str, Any]


async def request_opt_in(tx: Tx, address: Known, values: Values, *, viewer: Viewer, now: datetime) -> OptIn:
    """Record a consent that waits to be confirmed, and have the mail sent; a request that waits gets another mail."""
    if address.kind != EMAIL:
        raise identifier_invalid("opt_in.address", "is no e-mail address: the confirmation is asked for by mail")
    await join_known(tx, [address], now=now)
    await _check_not_restricted(tx, address)
    await _check_not_suppressed(tx, address.subjects, now)
    await store.lock_address(tx, address.subject)
    waiting = await store.find_waiting(tx, address.subject, values["purpose"], values["topic"])
    if waiting is not None and waiting.state_at(now) is OptInState.WAITING and not await _is_refused(tx, waiting):
        return _mail_again(tx, waiting, now)
    if waiting is not None:
        is_over = waiting.state_at(now) is OptInState.EXPIRED
        _end(tx, waiting, OptInState.EXPIRED if is_over else OptInState.WITHDRAWN)
        await tx.flush()
    return await _begin(tx, address, values, viewer, now)


async def get_opt_in(tx: Tx, opt_in_id: UUID, *, viewer: Viewer, now: datetime) -> tuple[OptIn, OptInState]:
    """Read one request and its state; where teams are hidden from each other, another team's contact's is none."""
    opt_in = await store.get_opt_in(tx, opt_in_id)
    if not await is_known_address(tx, opt_in.subject, viewer=viewer):
        raise OptInNotFoundError(opt_in=opt_in.name)
    state = opt_in.state_at(now)
    is_ended = state is OptInState.WAITING and await _is_refused(tx, opt_in)
    return opt_in, OptInState.WITHDRAWN if is_ended else state


async def confirm_opt_in(tx: Tx, opt_in_id: UUID, *, ip_hash: bytes, viewer: Viewer, now: datetime) -> ConsentEvent:
    """Grant what was asked for, with when and by whom it was asked and confirmed as evidence."""
    opt_in = await store.get_opt_in(tx, opt_in_id, lock=True)
    rules.check_confirmable(
        opt_in.state_at(now), opt_in.name, expire_time=opt_in.expire_time, confirm_time=opt_in.confirm_time
    )
    if await _is_refused(tx, opt_in):
        raise OptInWithdrawnError(opt_in=opt_in.name)
    await _check_not_suppressed(tx, [opt_in.subject], now)
    event = _event(opt_in, Status.GRANTED, actor=viewer.user, now=now, ip_hash=ip_hash)
    await say_consents(tx, [event], now)
    _end(tx, opt_in, OptInState.CONFIRMED)
    opt_in.confirm_time, opt_in.event_id = now, event.id
    return event


async def _begin(tx: Tx, address: Known, values: Values, viewer: Viewer, now: datetime) -> OptIn:
    opt_in = OptIn(
        id=uuid7(now),
        subject=address.subject,
        value=address.value,
        actor=viewer.user,
        event_id=uuid7(now),
        mail_time=now,
        create_time=now,
        expire_time=now + rules.LIFE,
        **values,
    )
    event = _event(opt_in, Status.PENDING, actor=viewer.user, now=now, ip_hash=opt_in.ip_hash)
    opt_in.event_id = event.id
    tx.add(opt_in)
    await say_consents(tx, [event], now)
    tx.emit(opt_in.requested(now))
    return opt_in


def _mail_again(tx: Tx, opt_in: OptIn, now: datetime) -> OptIn:
    if not rules.may_mail_again(opt_in.name, opt_in.mails, opt_in.mail_time, expire_time=opt_in.expire_time, now=now):
        return opt_in
    opt_in.mails += 1
    opt_in.mail_time = now
    opt_in.revision += 1
    tx.add(opt_in)
    tx.emit(opt_in.requested(now))
    return opt_in


def _end(tx: Tx, opt_in: OptIn, state: OptInState) -> None:
    opt_in.state = state
    opt_in.revision += 1
    tx.add(opt_in)


def _event(opt_in: OptIn, status: Status, *, actor: str, now: datetime, ip_hash: bytes) -> ConsentEvent:
    """What is said by asking, or by confirming; who asked is told by both."""
    told = {
        "opt_in": opt_in.name,
        "evidence": opt_in.evidence,
        "request_time": opt_in.create_time.isoformat() if status is Status.GRANTED else "",
        "request_ip_hash": opt_in.ip_hash.hex() if status is Status.GRANTED else "",
        "request_event": CONSENT_EVENT.format(opt_in.event_id) if status is Status.GRANTED else "",
    }
    return ConsentEvent(
        id=uuid7(now),
        subject=opt_in.subject,
        identifier_kind=EMAIL,
        value=opt_in.value,
        purpose=opt_in.purpose,
        channel=CHANNEL,
        topic=opt_in.topic,
        status=status,
        lawful_basis="CONSENT",
        capture_time=now,
        effective_to_time=opt_in.expire_time if status is Status.PENDING else None,
        source=opt_in.source,
        wording_version=opt_in.wording_version,
        ip_hash=ip_hash,
        evidence=json.dumps({name: value for name, value in told.items() if value}, separators=(",", ":")),
        actor=actor,
        create_time=now,
    )


async def _is_refused(tx: Tx, opt_in: OptIn) -> bool:
    said = (await consent_store.list_said(tx, [opt_in.subject], [opt_in.purpose]))[opt_in.subject]
    return rules.is_refused_since(said, purpose=opt_in.purpose, topic=opt_in.topic, since=opt_in.create_time)


async def _check_not_restricted(tx: Tx, address: Known) -> None:
    if await consent_store.list_restricted(tx, address.subjects):
        raise AddressRestrictedError()


async def _check_not_suppressed(tx: Tx, subjects: Collection[bytes], now: datetime) -> None:
    stops = [stop for found in (await consent_store.list_stops(tx, subjects)).values() for stop in found]
    for stop in stops:
        if (stop.lift_time is None or stop.lift_time > now) and stop.channel in {EVERY, CHANNEL}:
            raise AddressSuppressedError(suppression=SUPPRESSION.format(stop.id), why=stop.reason)
