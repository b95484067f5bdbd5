"""Keeping touches as they are recorded, for the people whose they are, and noting what changed for whom.

Whose a touch is comes from the links by `identity`, asked once for all touches of a subject that belong to the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import identity
from psycopg import AsyncConnection

from services.segmentation.domain.changes import Change
from services.segmentation.store import people
from services.segmentation.store import touches as store
from services.segmentation.store.touches import Known, Touch

Conn = AsyncConnection[Any]
NOBODY = (b"",)
_1970 = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Kept:
    """A batch that only has to be written: touches beside whose each is, and the keys of those that are corrected."""

    touches: list[Touch] = field(default_factory=list)
    people: list[bytes] = field(default_factory=list)
    corrected: set[bytes] = field(default_factory=set)
    originals: set[bytes] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)


async def look_at_touches(conn: Conn, touches: Sequence[Touch]) -> Kept:
    """Find out whose each touch is, and what that changes for whom; writes nothing."""
    kept = Kept()
    if not touches:
        return kept
    contacts = {touch.contact for touch in touches} - {b""}
    known = await store.look_up(conn, {touch.subject for touch in touches}, contacts)
    owners = _Owners(known.links)
    for touch in _not_forgotten(touches, known):
        for owner in owners.of(touch):
            kept.touches.append(touch)
            kept.people.append(owner)
    kept.originals = {touch.subject + touch.corrects for touch in kept.touches if touch.corrects}
    kept.corrected = known.corrected | kept.originals
    held = await store.list_holders(conn, kept.originals) if kept.originals else []
    kept.changes = [_noted(*each) for each in held]
    kept.changes += [
        _noted(UUID(bytes=owner), touch.type, touch.subject + touch.touch_id)
        for touch, owner in zip(kept.touches, kept.people, strict=True)
        if owner
    ]
    return kept


async def keep_touches(conn: Conn, kept: Kept) -> None:
    """Write it all; asks for nothing, so it may run in a pipeline."""
    await store.insert(conn, kept.touches, kept.people, kept.corrected)
    await store.mark_corrected(conn, kept.originals)
    await people.insert_vocabulary(conn, {("touch", kind, "") for kind in {touch.type for touch in kept.touches}})
    await people.insert_changes(conn, kept.changes)


def _not_forgotten(touches: Sequence[Touch], known: Known) -> Iterable[Touch]:
    """Without those of erased people that were on their way."""
    if not (known.gone or known.until or known.spans):
        return touches
    return [touch for touch in touches if not _is_forgotten(touch, known)]


def _is_forgotten(touch: Touch, known: Known) -> bool:
    at = _moment(touch)
    if touch.contact in known.gone or (touch.subject in known.until and at < known.until[touch.subject]):
        return True
    spans = known.spans.get(touch.subject, ()) if not touch.contact else ()
    return any(span.has(_name(touch), at) for span in spans)


class _Owners:
    """Whose touches are, by the links of a batch; the empty id is nobody."""

    def __init__(self, links: Sequence[identity.Link]) -> None:
        self._resolver = identity.resolve(links)
        self._held: dict[bytes, tuple[bytes, ...]] = {}

    def of(self, touch: Touch) -> tuple[bytes, ...]:
        """The people whose a touch is."""
        about = touch.subject + touch.contact
        owners = self._held.get(about)
        return self._ask(about, touch) if owners is None else owners

    def _ask(self, about: bytes, touch: Touch) -> tuple[bytes, ...]:
        contact = UUID(bytes=touch.contact) if touch.contact else None
        owner = self._resolver.owner_of_all(touch.subject, contact)
        if owner is None:
            facts = identity.TouchFacts(touch.subject, _moment(touch), contact, _name(touch))
            return _ids(self._resolver.owner_of(facts))
        found = self._held[about] = _ids(owner)
        return found


def _ids(owner: identity.Owner) -> tuple[bytes, ...]:
    return tuple([one.bytes for one in owner.contacts]) if owner.contacts else NOBODY


def _moment(touch: Touch) -> datetime:
    return _1970 + timedelta(microseconds=touch.occurred_us)


def _name(touch: Touch) -> str:
    return identity.touch_name(touch.subject, touch.touch_id)


def _noted(person: UUID, kind: str, key: bytes) -> Change:
    return Change(person, f"touch:{kind}", touch=identity.touch_name(key[:16], key[16:]))


__all__ = ["Kept", "Touch", "keep_touches", "look_at_touches"]
