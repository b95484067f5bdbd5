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

SALT_BYTES = 16


class Entry(NamedTuple):
    """An entry: who did what to which resource, and why; `is_erased` where the resource is somebody who was erased.

    Entries from before reasons were hashed have no `reason_hash`, and their reason itself stands in the chain.
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
        for entry in entries:
            if not odd and not _has_its_reason(entry, reasons_from):
                odd.append(chain.Finding(chain.Fault.CHANGED, entry.number))
            yield chain.Linked(entry.number, record_of(entry), entry.digest)

    found = chain.verify(linked(), anchors)
    return min([*odd, *([found] if found else [])], key=lambda finding: finding.number, default=None)


def _has_its_reason(entry: Entry, reasons_from: datetime | None) -> bool:
    """Whether the reason is the one that was hashed, or is gone: by the erasure of whom it is about, or by its age."""
    if not entry.reason_hash:
        return not entry.reason_salt
    if not entry.reason_salt:
        is_old = reasons_from is not None and entry.time < reasons_from
        return (entry.is_erased or is_old) and not entry.reason
    return reason_hash(entry.reason_salt, entry.reason) == entry.reason_hash
