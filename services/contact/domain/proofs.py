"""What is proven of a consent event: a record without address or evidence, which holds salted hashes in their place.

A seal puts one event's record behind all earlier ones (chassis.chain) and never changes. Whoever is given a proof can
check that the records stand in the chain as they were sealed; whose they are she learns only with a seal's salt.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from chassis.chain import Head, canonical, link

SALT_BYTES = 16
BATCH = 250  # events that are sealed together; each batch ends with an anchor

Record = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Told:
    """A consent event as it is kept."""

    id: UUID
    subject: bytes
    identifier_kind: str
    value: str
    purpose: str
    channel: str
    topic: str
    status: str
    lawful_basis: str
    capture_time: datetime
    effective_to_time: datetime | None
    source: str
    wording_version: str
    ip_hash: bytes
    evidence: str
    actor: str
    create_time: datetime


@dataclass(frozen=True, slots=True)
class Seal:
    """An event's place in the chain; `ordinal` counts the events of its address from 1.

    `hashes` are those of its record. Erasing a person takes the salt away, so that nobody can try addresses on them.
    """

    number: int
    event_id: UUID
    subject: bytes
    ordinal: int
    salt: bytes
    record_hash: bytes
    digest: bytes
    hashes: Mapping[str, str]

    @property
    def is_erased(self) -> bool:
        """Whether only the hashes are left."""
        return not self.salt


def hashes_of(event: Told, salt: bytes) -> dict[str, str]:
    """What stands in a record for what is personal."""
    return {
        "address": address_hash(salt, event.identifier_kind, event.value),
        "subject": _hash(salt, event.subject),
        "caller": _hash(salt, event.ip_hash) if event.ip_hash else "",
        "evidence": _hash(salt, event.evidence.encode()) if event.evidence else "",
    }


def record_of(event: Told, ordinal: int, hashes: Mapping[str, str]) -> Record:
    """What is proven of an event."""
    return {
        **hashes,
        "event": str(event.id),
        "ordinal": ordinal,
        "purpose": event.purpose,
        "channel": event.channel,
        "topic": event.topic,
        "status": event.status,
        "lawful_basis": event.lawful_basis,
        "capture_time": _text(event.capture_time),
        "effective_to_time": _text(event.effective_to_time) if event.effective_to_time else None,
        "source": event.source,
        "wording_version": event.wording_version,
        "actor": event.actor,
        "create_time": _text(event.create_time),
    }


def record_hash(record: Record) -> bytes:
    """The 32 bytes that the chain links: SHA-256 of names and values in the order of the names."""
    return hashlib.sha256(canonical([part for name in sorted(record) for part in (name, record[name])])).digest()


def address_hash(salt: bytes, kind: str, value: str) -> str:
    """The hash of an address in normal form, by which whoever has salt and address knows it again."""
    return _hash(salt, f"{kind}:{value}".encode())


def seal(event: Told, ordinal: int, salt: bytes, head: Head) -> Seal:
    """The event's place behind the last one."""
    hashes = hashes_of(event, salt)
    found = record_hash(record_of(event, ordinal, hashes))
    return Seal(head.number + 1, event.id, event.subject, ordinal, salt, found, link(head.digest, found), hashes)


def _hash(salt: bytes, value: bytes) -> str:
    return hashlib.sha256(salt + value).hexdigest()


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
