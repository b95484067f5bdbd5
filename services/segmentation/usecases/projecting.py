"""Keeping what rules look at in step with contact and interaction, batch by batch, and noting what changed for whom.

Whose a touch is comes from the links by `identity`, the one resolver of all services. Who changes links holds a lock
that who writes touches shares, so that no touch is given by links that are no longer so.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import identity
from chassis.erasures import Erased, erased_among
from psycopg import AsyncConnection

from services.segmentation.domain import rules
from services.segmentation.domain.changes import Change, subject_of
from services.segmentation.domain.checks import CUSTOM, Type
from services.segmentation.models import ACCOUNT, CONSENT, CONTACT, LINK, PERSON, PURCHASE, SUPPRESSION
from services.segmentation.store import people as store

Conn = AsyncConnection[Any]
Row = dict[str, Any]


@dataclass
class Told:
    """What a batch of the contact service's events says, the newest state of each resource by its id."""

    contacts: dict[UUID, Row] = field(default_factory=dict)
    accounts: dict[UUID, Row] = field(default_factory=dict)
    links: dict[UUID, Row] = field(default_factory=dict)
    consents: dict[UUID, Row] = field(default_factory=dict)
    suppressions: dict[UUID, Row] = field(default_factory=dict)
    purchases: dict[UUID, Row] = field(default_factory=dict)
    words: set[tuple[str, str, str]] = field(default_factory=set)  # of the vocabulary: kind, name, type

    def put(self, kept: dict[UUID, Row], key: UUID, row: Row) -> None:
        """Keep a state if it is the newest of its resource."""
        before = kept.get(key)
        if before is None or _state(row) > _state(before):
            kept[key] = row


def _state(row: Mapping[str, Any]) -> tuple[int, int]:
    return row.get("epoch", 0), row.get("revision", 0)


async def apply_told(conn: Conn, told: Told) -> list[Change]:
    """Keep what a batch says; gives what changed for whom. Of who is erased nothing comes back."""
    if told.links or told.contacts:
        await store.lock_links(conn)
    await store.insert_vocabulary(conn, told.words)
    ends = {link[end] for link in told.links.values() for end in ("contact_id", "survivor_id") if link[end]}
    gone = await erased_among(conn, ends | {row["contact_id"] for row in told.purchases.values()})
    told.links = {key: row for key, row in told.links.items() if not gone & {row["contact_id"], row["survivor_id"]}}
    changes = await _apply_accounts(conn, told)
    changes += await _apply_contacts(conn, told)
    changes += await _apply_links(conn, told)
    changes += await _apply_consents(conn, told)
    changes += await _apply_purchases(conn, [row for row in told.purchases.values() if row["contact_id"] not in gone])
    return list(dict.fromkeys(changes))


async def _apply_accounts(conn: Conn, told: Told) -> list[Change]:
    rows = [{**row, "attributes": json.dumps(row["attributes"])} for row in told.accounts.values()]
    fresh = await store.upsert(conn, ACCOUNT, rows)
    found = await store.list_people_of_accounts(conn, fresh) if fresh else []
    return [Change(person, rules.ACCOUNT, resource=f"accounts/{account}") for account, person in found]


async def _apply_contacts(conn: Conn, told: Told) -> list[Change]:
    if not told.contacts:
        return []
    known = await store.list_known(conn, told.contacts)
    found = await store.resolver(conn, (), told.contacts)
    rows = [
        {**row, "person_id": found.person(contact), "attributes": json.dumps(row["attributes"])}
        for contact, row in told.contacts.items()
    ]
    fresh = await store.upsert(conn, PERSON, rows)
    await store.insert_vocabulary(conn, {word for contact in fresh for word in _words(told.contacts[contact])})
    return [
        Change(person, concern, resource=CONTACT.format(contact))
        for contact in fresh
        for concern in _concerns(known.get(contact), told.contacts[contact])
        for person in {contact, found.person(contact)}
    ]


def _concerns(before: Mapping[str, Any] | None, after: Row) -> list[str]:
    """What is different for a contact."""
    if before is None or before["state"] != after["state"]:
        return [rules.ANYTHING]
    old, new = before["attributes"], after["attributes"]
    names = sorted(name for name in old.keys() | new.keys() if _differs(old.get(name), new.get(name)))
    found = [f"attribute:{name}" for name in names]
    return [*found, rules.ACCOUNT] if before["account_id"] != after["account_id"] else found


def _differs(one: Any, other: Any) -> bool:
    """Whether a rule could tell two values apart; Python holds True to be 1."""
    return one != other or isinstance(one, bool) != isinstance(other, bool)


def _words(row: Row) -> Iterable[tuple[str, str, str]]:
    for name, value in row["attributes"].items():
        if name.startswith(CUSTOM):
            yield "attribute", name, _type(value)


def _type(value: Any) -> str:
    match value:
        case bool():
            return Type.BOOLEAN
        case int() | float():
            return Type.NUMBER
        case dict():
            return Type.TIME
        case list():
            return Type.WORDS
    return Type.TEXT


async def _apply_links(conn: Conn, told: Told) -> list[Change]:
    """Keep links, move people and touches to where they belong now, and say who is concerned."""
    fresh = await store.upsert(conn, LINK, list(told.links.values()))
    changed = [told.links[link] for link in fresh]
    if not changed:
        return []
    merges = [link for link in changed if link["kind"] == identity.Kind.MERGE]
    joined = await _move_people(conn, merges) if merges else set()
    subjects = {link["subject_id"] for link in changed if link["subject_id"]}
    subjects |= await store.list_subjects(conn, joined) if joined else set()
    excluded = [link for link in changed if link["kind"] == identity.Kind.EXCLUSION]
    subjects |= {subject_of(link["touch"]) for link in excluded}
    concerned = await _move_touches(conn, subjects, joined | {link["contact_id"] for link in excluded})
    concerned |= {person for _, person in await store.list_holders(conn, subjects)}
    name = f"identityLinks/{changed[0]['link_id']}"
    return [
        *(Change(contact, rules.ANYTHING, resource=name) for contact in sorted(joined)),
        *(Change(person, rules.LINKS, resource=name) for person in sorted(concerned - joined)),
    ]


async def _move_people(conn: Conn, merges: Sequence[Row]) -> set[UUID]:
    """Say anew which person each contact of the merges is; gives all of them."""
    ends = {link[end] for link in merges for end in ("contact_id", "survivor_id") if link[end]}
    joined = await store.list_merged(conn, ends)
    found = await store.resolver(conn, (), joined)
    await store.move_people(conn, {contact: found.person(contact) for contact in joined})
    return joined


async def _move_touches(conn: Conn, subjects: set[UUID], contacts: set[UUID]) -> set[UUID]:
    """Give touches to whom they belong by the links as they are now; gives who lost or got one."""
    kept = await store.list_touches(conn, subjects, contacts)
    if not kept:
        return set()
    named = {row["contact_id"] for row in kept if row["contact_id"]}
    found = await store.resolver(conn, {row["subject_id"] for row in kept}, named | contacts)
    gone: list[Row] = []
    new: list[Row] = []
    for rows in _by_touch(kept):
        owners, had = set(owners_of(found, rows[0])), {row["person_id"] for row in rows}
        gone += [row for row in rows if row["person_id"] not in owners]
        new += [{**rows[0], "person_id": owner} for owner in owners - had]
    await store.delete_touches(conn, gone)
    await store.insert_touches(conn, new)
    return {row["person_id"] for row in (*gone, *new)} - {store.NOBODY}


def _by_touch(kept: Iterable[Row]) -> list[list[Row]]:
    """Rows of the same touch, which several people have."""
    by_touch: dict[tuple[UUID, UUID], list[Row]] = {}
    for row in kept:
        by_touch.setdefault((row["subject_id"], row["touch_id"]), []).append(row)
    return list(by_touch.values())


async def take_touches(conn: Conn, erased: Erased) -> list[Row]:
    """Take from an erased person what she shared, by what her erasure tells: what was hers alone goes, from whomever
    has it; what is others' too stays theirs, or nobody's until their links are heard of. Gives what went.
    """
    subjects = set(erased.others)
    kept = [row for row in await store.list_touches(conn, subjects, ()) if row["contact_id"] is None]
    known = await store.list_links(conn, subjects, ())
    found = identity.resolve(identity.as_told(known, erased.links, erased.ids))
    hers = {found.person(contact) for contact in erased.ids}
    gone: list[Row] = []
    new: list[Row] = []
    for rows in _by_touch(row for row in kept if row["occurred_time"] < erased.time):
        owners, had = set(owners_of(found, rows[0])), {row["person_id"] for row in rows}
        if owners <= hers:
            gone += rows
        elif had & set(erased.ids):
            gone += [row for row in rows if row["person_id"] in erased.contacts]
            new += [{**rows[0], "person_id": owner} for owner in owners - hers - had]
    await store.delete_touches(conn, gone)
    await store.insert_touches(conn, new)
    return gone


def owners_of(found: identity.Resolver, row: Mapping[str, Any]) -> tuple[UUID, ...]:
    """The people whose a touch is; nobody is the nil UUID."""
    facts = identity.TouchFacts(
        subject=row["subject_id"].bytes,
        occurred_time=row["occurred_time"],
        contact=row["contact_id"],
        touch=identity.touch_name(row["subject_id"].bytes, row["touch_id"].bytes),
    )
    return found.owner_of(facts).contacts or (store.NOBODY,)


async def _apply_purchases(conn: Conn, rows: Sequence[Row]) -> list[Change]:
    """Keep what was bought, and say whom it concerns: the person that the buyer is now."""
    fresh = await store.upsert(conn, PURCHASE, rows)
    buyers = {row["contact_id"]: row["purchase_id"] for row in rows if row["purchase_id"] in fresh}
    known = await store.list_known(conn, buyers) if buyers else {}
    return [
        Change(known[buyer]["person_id"] if buyer in known else buyer, rules.PURCHASES, resource=f"purchases/{bought}")
        for buyer, bought in buyers.items()
    ]


async def _apply_consents(conn: Conn, told: Told) -> list[Change]:
    """Keep what addresses allow; concerned is who holds them."""
    said = await store.upsert(conn, CONSENT, list(told.consents.values()))
    stopped = await store.upsert(conn, SUPPRESSION, list(told.suppressions.values()))
    about = {told.consents[key]["subject_id"]: f"consentEvents/{key}" for key in said}
    about |= {told.suppressions[key]["subject_id"]: f"suppressions/{key}" for key in stopped}
    holders = await store.list_holders(conn, about) if about else []
    return [Change(person, rules.CONSENT, resource=about[subject]) for subject, person in holders]
