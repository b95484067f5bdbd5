"""What an entry of an audit log is in bytes, and whether a log is whole.

The reason of an entry stands in its chain as a salted hash. So the reason of an entry about somebody who was erased, or
of one that is older than reasons are kept, can be deleted, and the log still verifies. The head of a log is anchored
outside of its database from time to time: a chain that was made anew, or cut, does not meet the anchor.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from chassis import chain
from chassis.signing import is_signed

SALT_BYTES = 16


class Entry(NamedTuple):
    """An entry: who did what to which resource, and why; `is_erased` where the resource is somebody who was erased.

    Entries from before reasons were hashed have no `reason_hash`, and their reason itself stands in the chain.
    `previous` is the digest of the entry before as it stands beside this one's own; None where nobody told it.
    """

    number: int
    time: datetime
    actor: str
    action: str
    resource: str
    reason: str
    reason_hash: bytes
    reason_salt: bytes
    digest: bytes
    is_erased: bool = False
    previous: bytes | None = None


class Reading(NamedTuple):
    """An entry of interaction's log: who read which touches (32 bytes each), or all of them from which cursor on.

    `previous` is the digest of the entry before as it stands beside this one's own.
    """

    number: int
    time: datetime
    actor: str
    action: str
    cursor: str
    touches: bytes
    previous: bytes
    digest: bytes


class Anchor(NamedTuple):
    """How far a log went at a moment, and the installation's signature under that; empty where nobody signed."""

    number: int
    digest: bytes
    time: datetime
    signature: bytes = b""

    @property
    def head(self) -> chain.Head:
        return chain.Head(self.number, self.digest)


def new_reason(reason: str) -> tuple[bytes, bytes]:
    """A fresh salt, and the hash of a reason under it."""
    salt = os.urandom(SALT_BYTES)
    return salt, reason_hash(salt, reason)


def reason_hash(salt: bytes, reason: str) -> bytes:
    """The hash, 32 bytes, by which a reason stands in the chain."""
    return hashlib.sha256(salt + reason.encode()).digest()


def record_of(entry: Entry) -> bytes:
    """What of an entry is linked."""
    if not entry.reason_hash:
        told = [entry.number, entry.time.isoformat(), entry.actor, entry.action, entry.resource, entry.reason]
        return json.dumps(told).encode()
    moment = entry.time.astimezone(UTC).isoformat(timespec="microseconds")
    return chain.canonical([entry.number, moment, entry.actor, entry.action, entry.resource, entry.reason_hash.hex()])


def verify(
    entries: Iterable[Entry], anchors: Sequence[chain.Head] = (), *, reasons_from: datetime | None = None
) -> chain.Finding | None:
    """The first fault of a log whose entries come in their order, from the first on; None where it is whole.

    Reasons from before `reasons_from` are kept no longer; None where all are.
    """
    odd: list[chain.Finding] = []

    def linked() -> Iterator[chain.Linked]:
        before = chain.FIRST
        for entry in entries:
            is_linked = entry.previous in {None, before}
            if not odd and not (is_linked and _has_its_reason(entry, reasons_from)):
                odd.append(chain.Finding(chain.Fault.CHANGED, entry.number))
            before = entry.digest
            yield chain.Linked(entry.number, record_of(entry), entry.digest)

    return _first(odd, chain.verify(linked(), anchors))


def record_of_reading(entry: Reading) -> bytes:
    """What of an entry of interaction's log is linked, as PostgreSQL writes it."""
    moment = entry.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    told = [entry.number, moment, entry.actor, entry.action, entry.cursor, entry.touches.hex()]
    return json.dumps(told, ensure_ascii=False).encode()


def verify_readings(entries: Iterable[Reading], anchors: Sequence[chain.Head] = ()) -> chain.Finding | None:
    """The first fault of interaction's log, from the first entry on; None where it is whole."""
    odd: list[chain.Finding] = []

    def linked() -> Iterator[chain.Linked]:
        before = chain.FIRST
        for entry in entries:
            if not odd and entry.previous != before:
                odd.append(chain.Finding(chain.Fault.CHANGED, entry.number))
            before = entry.digest
            yield chain.Linked(entry.number, record_of_reading(entry), entry.digest)

    return _first(odd, chain.verify(linked(), anchors))


def statement(service: str, head: chain.Head, time: datetime) -> bytes:
    """What is signed of an anchor: whose log, how far it goes, since when."""
    moment = time.astimezone(UTC).isoformat(timespec="microseconds")
    return chain.canonical(["touchline audit anchor v1", service, head.number, head.digest.hex(), moment])


def verify_anchors(service: str, anchors: Iterable[Anchor], public_key: bytes) -> chain.Finding | None:
    """The first anchor that this key has not signed; one from before anchors were signed is not looked at."""
    for each in anchors:
        if each.signature and not is_signed(statement(service, each.head, each.time), each.signature, public_key):
            return chain.Finding(chain.Fault.FORGED, each.number)
    return None


def _first(odd: list[chain.Finding], found: chain.Finding | None) -> chain.Finding | None:
    return min([*odd, *([found] if found else [])], key=lambda finding: finding.number, default=None)


def _has_its_reason(entry: Entry, reasons_from: datetime | None) -> bool:
    """Whether the reason is the one that was hashed, or is gone: by the erasure of whom it is about, or by its age."""
    if not entry.reason_hash:
        return not entry.reason_salt
    if not entry.reason_salt:
        is_old = reasons_from is not None and entry.time < reasons_from
        return (entry.is_erased or is_old) and not entry.reason
    return reason_hash(entry.reason_salt, entry.reason) == entry.reason_hash
