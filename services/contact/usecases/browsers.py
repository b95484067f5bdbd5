"""Linking the cookies that the edge gave to browsers."""

from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from identity import Kind

from services.contact.domain import contacts as rules
from services.contact.domain.browsers import ACTOR, EVIDENCE, Bound, Browser, has_room, holder_of
from services.contact.domain.consent import Question, judge
from services.contact.domain.contacts import State
from services.contact.models import Contact
from services.contact.store import consents
from services.contact.store import contacts as contact_store
from services.contact.store import links as store
from services.contact.usecases.identifiers import hold, new_link


async def bind_browser(tx: Tx, browser: Browser, *, now: datetime) -> Bound:
    """Link a cookie to whoever followed her link; what was linked before, to whomever, stays as it is."""
    known = browser.cookie
    await store.lock_subjects(tx, {browser.subject, *known.subjects})
    holder = await _holder(tx, browser, now)
    if holder is None:
        return Bound.NOBODY
    said = await store.list_ever_said_of(tx, known.subjects)
    if said:
        return Bound.REPEATED if any(link.contact_id == holder for link in said) else Bound.HELD
    if await _is_refused(tx, browser, now):
        return Bound.REFUSED
    contact, members = await _lock(tx, holder)
    held = await store.list_identifiers(tx, members, None)
    if contact is None:
        return Bound.NOBODY
    if not has_room((bytes(link.subject or b""), link.identifier_kind) for link in held):
        return Bound.FULL
    begin = rules.begins(known.kind, [], browser.time(now))
    link = new_link(known, Kind.HOLDS, now, from_time=begin, evidence=EVIDENCE, actor=ACTOR)
    await hold(tx, contact, link, known, now)
    return Bound.LINKED


async def _holder(tx: Tx, browser: Browser, now: datetime) -> UUID | None:
    """The contact that held the address of the mail when its link was followed."""
    at = browser.time(now)
    links = [link for link in await store.list_holding(tx, [browser.subject]) if link.contact_id]
    holders = {link.contact_id for link in links if link.contact_id and link.link().is_valid(at)}
    asked = {*holders, *([browser.contact] if browser.contact else [])}
    return holder_of(holders, browser.contact, await contact_store.list_survivors(tx, asked))


async def _is_refused(tx: Tx, browser: Browser, now: datetime) -> bool:
    """Whether the address may not be measured any more, or its holder's data not be used."""
    said, stops = await consents.read_standing(tx, [browser.subject], ["TRACKING"])
    standing = [stop for stop, lift_time in stops.get(browser.subject, ()) if lift_time is None or lift_time > now]
    answer = judge(Question("TRACKING", "EMAIL", "", now), said.get(browser.subject, ()), standing)
    return answer.is_refusal or bool(await consents.list_restricted(tx, [browser.subject]))


async def _lock(tx: Tx, holder: UUID) -> tuple[Contact | None, list[UUID]]:
    """The holder, unless the person is gone, and everybody merged into that person."""
    root = (await contact_store.list_survivors(tx, [holder]))[holder]
    found = await contact_store.lock_contacts(tx, {holder, root})
    members = (await contact_store.list_members(tx, [root]))[root]
    return (found[holder] if found[root].state == State.ACTIVE else None), members
