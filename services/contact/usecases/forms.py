"""One identifier under several versions of the normalisation: its aliases, and what was said of any of its forms.

A link's alias says the same of another form. Consent events and suppressions have aliases too, so that whoever reads
them by a subject, here or in another service, reads what was said of the identifier and not of one spelling. Two
people whose identifiers become one are not merged: from then on they share it, and are looked at as duplicates.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from identity import Form, Kind

from services.contact.domain.consent import REFUSALS, Status, standing
from services.contact.domain.identifiers import Known
from services.contact.models import ConsentEvent, IdentityLink, Suppression
from services.contact.store import consents as consent_store
from services.contact.store import forms as store
from services.contact.store import links as link_store
from services.contact.usecases.changes import following_ids, say_link

FIELDS = tuple(IdentityLink.model_fields)
Forms = Callable[[Any], Sequence[Form]]


async def join_known(tx: Tx, identifiers: Iterable[Known], *, now: datetime) -> None:
    """State that the forms of each of these identifiers are one; nothing where there is one version."""
    await join_forms(tx, [known.forms for known in identifiers if known.forms], now=now)


async def join_forms(tx: Tx, families: Sequence[Sequence[Form]], *, now: datetime) -> int:
    """State that the forms of each family are one identifier: what was said of one holds for all from now on.

    Gives how many consents and suppressions got an alias by that.
    """
    wanted = {tuple(form.subject for form in family) for family in families}
    if not wanted or not await _list_new(tx, wanted):
        return 0
    await store.lock_forms(tx)
    made = 0
    for family in sorted(await _list_new(tx, wanted)):
        known = await store.list_forms(tx, family)
        form = family[-1]
        await store.join(tx, form, family, set(known.values()) - {form})
        made += await _spread(tx, (await store.list_members(tx, [form]))[form], now)
    return made


async def say_consents(tx: Tx, events: Sequence[ConsentEvent], now: datetime) -> None:
    """Write new consent events down for every form of their addresses, and tell others."""
    tx.add_all(events)
    said = [*events, *await alias_events(tx, events, now)]
    for event in said:
        tx.emit(event.changed(now))


async def alias_events(tx: Tx, events: Sequence[Any], now: datetime) -> list[ConsentEvent]:
    """What new consent events say of the other forms of their addresses, written down and not yet told."""
    others = await _others(tx, {bytes(event.subject) for event in events})
    ids = following_ids(now, len(events))
    made = [_copy_event(event, other, next(ids), now) for event in events for other in others[bytes(event.subject)]]
    tx.add_all(made)
    return made


async def alias_suppressions(tx: Tx, suppressions: Sequence[Suppression], now: datetime) -> None:
    """State new suppressions for the other forms of their addresses, too."""
    others = await _others(tx, {bytes(each.subject) for each in suppressions})
    ids = following_ids(now, len(suppressions))
    for each in suppressions:
        for other in others[bytes(each.subject)]:
            await _stop(tx, each, other, next(ids), now)


async def alias_links(tx: Tx, links: Sequence[Any], forms_of: Forms, *, now: datetime) -> tuple[int, set[UUID]]:
    """Say what links say for the other forms of their identifiers, too; the subjects of all forms are locked.

    Gives how many aliases were made, and the contacts whose identifier turned out to be another person's as well.
    """
    wanted = {link.id: [form for form in forms_of(link) if form.subject != link.subject] for link in links}
    subjects = {form.subject for forms in wanted.values() for form in forms}
    if not subjects:
        return 0, set()
    await tx.flush()
    there = {(link.alias_of, bytes(link.subject or b"")) for link in await store.list_aliases(tx, wanted)}
    held: dict[bytes, list[IdentityLink]] = defaultdict(list)
    for link in await link_store.list_holding(tx, subjects):
        held[bytes(link.subject or b"")].append(link)
    ids, made, met = following_ids(now, len(links)), 0, set[UUID]()
    for link in links:
        for form in wanted[link.id]:
            if (link.id, form.subject) in there:
                continue
            rivals = _rivals(link, held[form.subject])
            alias = _alias(link, form, rivals, next(ids), now)
            if alias is not None:
                held[form.subject].append(say_link(tx, alias, now))
                made += 1
            if alias is not None and alias.kind != link.kind:
                met |= {each.contact_id for each in (link, *rivals) if each.contact_id}
    return made, met


def _rivals(link: Any, held: Sequence[IdentityLink]) -> list[IdentityLink]:
    """Who holds another form of a link's identifier at some moment at which the link holds; no desks."""
    if link.kind == Kind.ROLE or link.retracted_time is not None:
        return []
    return [
        each
        for each in held
        if each.kind != Kind.ROLE and each.id != link.id and each.link().overlaps(link.from_time, link.to_time)
    ]


def _alias(link: Any, form: Form, rivals: Sequence[IdentityLink], alias_id: UUID, now: datetime) -> IdentityLink | None:
    """What a link says, for another form; None where its contact holds that already, or held it among others."""
    told = {name: getattr(link, name) for name in FIELDS}
    told |= {"id": alias_id, "subject": form.subject, "version": form.version, "alias_of": link.id, "revision": 1}
    told["asserted_time"] = link.asserted_time if link.retracted_time is not None else now
    if any(rival.contact_id == link.contact_id for rival in rivals):
        return None
    if rivals and link.kind == Kind.HOLDS:
        if link.to_time is not None and link.to_time <= now:
            return None
        begin = max(now, link.from_time) if link.from_time is not None else now
        told |= {"kind": Kind.SHARED, "from_time": begin, "evidence": "normalisation"}
    return IdentityLink(**told)


async def _list_new(tx: Tx, families: Iterable[tuple[bytes, ...]]) -> list[tuple[bytes, ...]]:
    """Those of these families that are not known to be one identifier."""
    known = await store.list_forms(tx, {subject for family in families for subject in family})
    return [family for family in families if {known.get(subject) for subject in family} != {family[-1]}]


async def _others(tx: Tx, subjects: Iterable[bytes]) -> Mapping[bytes, list[bytes]]:
    """The other forms of each subject that has some."""
    found: dict[bytes, list[bytes]] = defaultdict(list)
    asked = set(subjects)
    forms = await store.list_forms(tx, asked) if asked else {}
    members = await store.list_members(tx, set(forms.values())) if forms else {}
    for subject, form in forms.items():
        found[subject] = [member for member in members[form] if member != subject]
    return found


async def _spread(tx: Tx, members: Sequence[bytes], now: datetime) -> int:
    """Write down for each form what was said of the others before they were one.

    A form of which nothing was said takes everything over as it was said. One with a history of its own takes only
    the refusals that stand over, and as of now: neither person's grant lifts what the other refused before.
    """
    await tx.flush()
    events = await store.list_events(tx, members)
    ids, made = following_ids(now), 0
    for member in members:
        own = [event for event in events if event.subject == member]
        for event in _missing(events, own):
            copy = _copy_event(event, member, next(ids), now)
            copy.capture_time = now if own else event.capture_time
            tx.add(copy)
            tx.emit(copy.changed(now))
            made += 1
    for stop in await store.list_in_force(tx, members):
        for member in members:
            if member != stop.subject and stop.alias_of is None:
                made += await _stop(tx, stop, member, next(ids), now)
    return made


def _missing(events: Sequence[ConsentEvent], own: Sequence[ConsentEvent]) -> list[ConsentEvent]:
    """Of all that was said, what has to be said of the form that has these events."""
    there = {event.alias_of or event.id for event in own}
    missing = [event for event in events if event.alias_of is None and event.id not in there]
    if not own:
        return missing
    told: dict[tuple[bytes, str], list[ConsentEvent]] = defaultdict(list)
    for event in events:
        told[bytes(event.subject), event.purpose].append(event)
    stand = {said.id for each in told.values() for said in standing(event.said() for event in each)}
    return [event for event in missing if Status(event.status) in REFUSALS and event.id in stand]


def _copy_event(event: Any, subject: bytes, event_id: UUID, now: datetime) -> ConsentEvent:
    told = {name: getattr(event, name) for name in ConsentEvent.model_fields}
    return ConsentEvent(**told | {"id": event_id, "subject": subject, "alias_of": event.id, "create_time": now})


async def _stop(tx: Tx, stop: Suppression, subject: bytes, stop_id: UUID, now: datetime) -> bool:
    told = stop.model_dump() | {"id": stop_id, "subject": subject, "alias_of": stop.id, "revision": 1}
    copy = Suppression(**told)
    if not await consent_store.insert_suppression(tx, copy):
        return False
    tx.emit(copy.changed(now))
    return True
