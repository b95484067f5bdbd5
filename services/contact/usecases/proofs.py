"""Sealing consent events into their chain, proving a person's, and checking all of it against what is kept."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.chain import Fault, Finding, Head, Linked, verify
from chassis.db import Tx

from services.contact.domain.contacts import Viewer
from services.contact.domain.proofs import (
    BATCH,
    SALT_BYTES,
    Record,
    Seal,
    Told,
    hashes_of,
    record_hash,
    record_of,
    seal,
)
from services.contact.store import contacts as contact_store
from services.contact.store import links as link_store
from services.contact.store import proofs as store
from services.contact.store.erasures import list_erased
from services.contact.usecases.changes import check_sees, known_survivor_of

FORMAT = "touchline.consent-proof.v1"
SETTLED = timedelta(minutes=1)  # longer than any call: what came before is in the list or sealed
AT_ONCE = 5_000
MOST_UNSEALED = 10_000


@dataclass
class Proof:
    """A proof as lines of JSON, and how many events it holds and lacks."""

    lines: list[str] = field(default_factory=list)
    sealed: int = 0
    unsealed: int = 0


@dataclass
class Checked:
    """How far the chain was followed, and the first thing that is wrong with it."""

    head: Head
    is_end: bool
    finding: Finding | None = None
    event: UUID | None = None


async def seal_consents(tx: Tx, *, now: datetime) -> Head | None:
    """Seal the oldest events that wait, at most 250, and anchor the chain behind them; None where none waits."""
    events = await store.take_unsealed(tx, BATCH)
    if not events:
        return None
    head = await store.read_head(tx)
    ordinals = await store.read_ordinals(tx, {event.subject for event in events})
    seals = []
    for event in events:
        ordinals[event.subject] = ordinals.get(event.subject, 0) + 1
        seals.append(seal(event, ordinals[event.subject], os.urandom(SALT_BYTES), head))
        head = Head(seals[-1].number, seals[-1].digest)
    await store.insert_seals(tx, seals)
    await store.insert_anchor(tx, head, now)
    return head


async def get_consent_proof(
    tx: Tx, contact_id: UUID, *, opens: bool, salt: bytes, viewer: Viewer, now: datetime
) -> Proof:
    """Everything that was said about a person's addresses, in its places in the chain, and no address.

    `opens` adds the salts by which an address can be known again: for who sees the person whole.
    """
    contact = await known_survivor_of(tx, contact_id, viewer)
    if opens:
        check_sees(contact, viewer)
    members = (await contact_store.list_members(tx, [contact.id]))[contact.id]
    links = await link_store.list_identifiers(tx, members, None)
    subjects = {bytes(link.subject) for link in links if link.subject and not link.claim}
    proof = Proof(unsealed=await store.count_unsealed(tx, MOST_UNSEALED))
    segments = await store.list_segments(tx, subjects)
    lines: list[dict[str, Any]] = []
    for segment in segments:
        lines += await _segment(tx, segment, subjects, salt, opens=opens)
    proof.sealed = sum("record" in line for line in lines)
    head = {"format": FORMAT, "create_time": now.isoformat(), "events": proof.sealed, "segments": len(segments)}
    proof.lines = [json.dumps(line, separators=(",", ":")) for line in (head, *lines)]
    return proof


async def read_consent_chain(tx: Tx, after: int, most: int) -> tuple[list[str], int]:
    """Lines of the whole chain behind a number that an anchor stands at, and the number that they end with."""
    lines: list[dict[str, Any]] = []
    anchors = await store.list_anchors(tx, after, max(1, most // BATCH))
    head = await _head_at(tx, after)
    for anchor in anchors:
        lines += await _segment(tx, store.Segment(head, anchor), None, b"", opens=False)
        head = Head(anchor.number, anchor.digest)
    return [json.dumps(line, separators=(",", ":")) for line in lines], head.number if anchors else 0


async def list_consent_anchors(tx: Tx, after: int, most: int) -> list[store.Anchor]:
    """Where the chain stood, oldest first."""
    return await store.list_anchors(tx, after, most)


async def check_consent_chain(tx: Tx, after: Head, known: Mapping[int, bytes], *, now: datetime) -> Checked:
    """Follow the chain for some thousand seals: each record is made again from the event that is kept.

    `known` are anchors that the caller noted elsewhere; those that are kept beside the chain are met too.
    """
    seals = await store.list_seals(tx, after.number, AT_ONCE)
    events = await store.list_events(tx, [one.event_id for one in seals])
    is_end = len(seals) < AT_ONCE
    last = seals[-1].number if seals else after.number
    anchors = await _anchors(tx, after.number, last, known, is_end=is_end)
    erased = await list_erased(tx, {one.subject for one in seals if one.is_erased})
    broken = next((one for one in seals if not _is_kept(one, events.get(one.event_id), erased)), None)
    finding = verify([Linked(one.number, one.record_hash, one.digest) for one in seals], anchors, after=after)
    if broken is not None and (finding is None or finding.number > broken.number):
        finding = Finding(Fault.CHANGED if broken.event_id in events else Fault.MISSING, broken.number)
    stray = await store.find_stray(tx, now - SETTLED) if is_end and finding is None else None
    if stray is not None:
        finding = Finding(Fault.MISSING, last + 1)
    head = Head(last, seals[-1].digest) if seals else after
    return Checked(head, is_end, finding, broken.event_id if broken is not None else stray)


def _is_kept(one: Seal, event: Told | None, erased: set[bytes]) -> bool:
    """Whether an event is the one that was sealed; of somebody who was erased, what is left of it."""
    if event is None or event.subject != one.subject:
        return False
    if one.is_erased and (one.subject not in erased or event.value):
        return False
    return record_hash(_record(one, event)) == one.record_hash


def _record(one: Seal, event: Told) -> Record:
    """The record, made again from the event that is kept."""
    return record_of(event, one.ordinal, one.hashes if one.is_erased else hashes_of(event, one.salt))


async def _anchors(tx: Tx, after: int, last: int, known: Mapping[int, bytes], *, is_end: bool) -> list[Head]:
    """The anchors that this part has to meet; where it is the last, also those that lie beyond its end."""
    kept = {one.number: one.digest for one in await store.list_anchors(tx, after, AT_ONCE + 1)}
    return [
        Head(number, digest)
        for number, digest in [*kept.items(), *known.items()]
        if after < number and (number <= last or is_end)
    ]


async def _head_at(tx: Tx, number: int) -> Head:
    if not number:
        return Head(0, bytes(32))
    (found,) = await store.list_seals(tx, number - 1, 1)
    return Head(found.number, found.digest)


async def _segment(
    tx: Tx, segment: store.Segment, subjects: Iterable[bytes] | None, salt: bytes, *, opens: bool
) -> list[dict[str, Any]]:
    """A part of the chain as lines: records of these addresses (of all for None), of others the hash alone."""
    after, until = segment
    seals = await store.list_seals(tx, after.number, until.number - after.number)
    shown = [one for one in seals if subjects is None or one.subject in subjects]
    events = await store.list_events(tx, [one.event_id for one in shown])
    lines: list[dict[str, Any]] = [{"after": after.number, "digest": after.digest.hex()}]
    records = _records(shown, events, salt, opens=opens)
    lines += [records.get(one.number) or {"number": one.number, "hash": one.record_hash.hex()} for one in seals]
    time = until.time.isoformat()
    return [*lines, {"until": until.number, "digest": until.digest.hex(), "time": time}]


def _records(
    seals: Sequence[Seal], events: Mapping[UUID, Told], salt: bytes, *, opens: bool
) -> dict[int, dict[str, Any]]:
    told = {}
    for one in seals:
        event = events.get(one.event_id)
        if event is None:
            continue
        line: dict[str, Any] = {"number": one.number, "record": _record(one, event)}
        if salt:
            line["person"] = hashlib.sha256(salt + one.subject).hexdigest()
        if opens:
            line["salt"] = one.salt.hex()
        told[one.number] = line
    return told
