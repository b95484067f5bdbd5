"""Reading what rules look at: the facts of one person, and how many people there are."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import identity
from chassis.db import Tx
from sqlalchemy import ColumnElement, Uuid, and_, func, literal, not_, or_, select, true
from sqlalchemy.sql import Subquery

from services.segmentation.domain import rules
from services.segmentation.domain.consent import Address, Said
from services.segmentation.domain.evaluate import Bought, Facts, Seen
from services.segmentation.domain.viewing import EVERYBODY, Viewer
from services.segmentation.models import ACCOUNT, CONSENT, LINK, MEMBERSHIPS, PERSON, PURCHASE, SUPPRESSION, TOUCH
from services.segmentation.store import compiled

_1970 = datetime(1970, 1, 1, tzinfo=UTC)


async def count_members(
    tx: Tx, rule: rules.Rule, now: datetime, samples: int, viewer: Viewer = EVERYBODY
) -> tuple[int, list[tuple[UUID, str]]]:
    """How many people a rule holds, as the viewer counts, and the first whom they know with the names shown."""
    inside: Subquery = compiled.members(rule, now).subquery("inside")
    names = (
        select(inside.c.person_id, PERSON.c.display_name)
        .join(PERSON, PERSON.c.contact_id == inside.c.person_id)
        .where(is_known(inside.c.person_id, viewer))
        .order_by(inside.c.person_id)
        .limit(samples)
    )
    statement = select(func.count()).select_from(inside).where(is_counted(inside.c.person_id, viewer))
    count: int = await tx.scalar(statement)
    return count, [(row[0], row[1]) for row in await tx.execute(names)]


async def count_people(tx: Tx, viewer: Viewer = EVERYBODY) -> int:
    """How many people there are, as the viewer counts."""
    there = compiled.alive(), is_counted(PERSON.c.contact_id, viewer)
    found: int = await tx.scalar(select(func.count()).select_from(PERSON).where(*there))
    return found


async def count_known(tx: Tx, segments: Sequence[UUID], viewer: Viewer) -> dict[UUID, int]:
    """How many members of each segment the viewer knows; a segment without any is missing."""
    kept = MEMBERSHIPS.c
    statement = select(kept.segment_id, func.count()).where(
        kept.segment_id.in_(segments), is_known(kept.contact_id, viewer)
    )
    return {row[0]: row[1] for row in await tx.execute(statement.group_by(kept.segment_id))}


def is_counted(contact: Any, viewer: Viewer) -> ColumnElement[bool]:
    """Whether the viewer's counts count the person of a column."""
    return true() if viewer.counts_all else is_known(contact, viewer)


def is_known(contact: Any, viewer: Viewer) -> ColumnElement[bool]:
    """Whether the person of a column is there for the viewer: theirs, or their team's."""
    if viewer.knows_all:
        return true()
    asked, person = PERSON.alias(), PERSON.alias()
    owner, team = person.c.attributes["owner"].astext, person.c.attributes["team"].astext
    mine = or_(owner == viewer.user, and_(literal(viewer.team) != "", team == viewer.team))
    found = select(asked.c.contact_id).join(person, person.c.contact_id == asked.c.person_id).where(mine)
    return contact.in_(found)  # type: ignore[no-any-return]


async def may_know(tx: Tx, contact: UUID, viewer: Viewer) -> bool:
    """Whether a contact is there for the viewer."""
    return bool(await tx.scalar(select(is_known(literal(contact, Uuid), viewer))))


async def person_of(tx: Tx, contact: UUID) -> UUID:
    """The person that a contact is; itself where nobody knows it."""
    found = await tx.scalar(select(PERSON.c.person_id).where(PERSON.c.contact_id == contact))
    return found or contact


async def list_contacts(tx: Tx, person: UUID) -> list[UUID]:
    """The contacts that are one person."""
    return [person, *await tx.scalars(select(PERSON.c.contact_id).where(PERSON.c.person_id == person))]


async def get_facts(tx: Tx, person: UUID, rule: rules.Rule) -> Facts:
    """What is known of a person, as far as a rule asks for it."""
    row = (await tx.execute(select(PERSON).where(PERSON.c.contact_id == person))).one_or_none()
    if row is None:
        return Facts(is_active=False)
    account = select(ACCOUNT.c.attributes).where(ACCOUNT.c.account_id == row.account_id, ACCOUNT.c.is_active)
    known = await tx.scalar(account) if row.account_id else None
    return Facts(
        is_active=row.state == "ACTIVE" and row.person_id == person,
        attributes=read_attributes(row.attributes),
        account=None if known is None else read_attributes(known),
        touches=await _touches(tx, person, rule),
        addresses=await _addresses(tx, person),
        segments=await _segments(tx, person),
        purchases=await _purchases(tx, person),
    )


def read_attributes(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes from their JSON."""
    return {name: _read(value) for name, value in kept.items()}


def _read(value: Any) -> Any:
    return _1970 + timedelta(microseconds=value["time"]) if isinstance(value, dict) else value


async def _touches(tx: Tx, person: UUID, rule: rules.Rule) -> list[Seen]:
    types = {name for _, node in rules.walk(rule) if isinstance(node, rules.Touches) for name in node.types}
    statement = select(TOUCH).where(TOUCH.c.person_id == person, TOUCH.c.type.in_(types), not_(TOUCH.c.is_corrected))
    return [
        Seen(row.type, row.occurred_time, identity.touch_name(row.subject_id.bytes, row.touch_id.bytes))
        for row in await tx.execute(statement)
    ]


async def _purchases(tx: Tx, person: UUID) -> list[Bought]:
    statement = select(PURCHASE).join(PERSON, PERSON.c.contact_id == PURCHASE.c.contact_id)
    return [
        Bought(row.product, row.amount_minor, row.currency, row.purchase_time)
        for row in await tx.execute(statement.where(PERSON.c.person_id == person))
    ]


async def _addresses(tx: Tx, person: UUID) -> list[Address]:
    held = (
        select(LINK.c.subject_id, LINK.c.identifier_kind)
        .join(PERSON, PERSON.c.contact_id == LINK.c.contact_id)
        .where(
            PERSON.c.person_id == person,
            LINK.c.kind.in_(["holds", "shared"]),
            LINK.c.retracted_time.is_(None),
            LINK.c.to_time.is_(None),
        )
        .distinct()
    )
    kinds = {row[0]: row[1] for row in await tx.execute(held)}
    said: dict[UUID, list[Said]] = {subject: [] for subject in kinds}
    for row in await tx.execute(select(CONSENT).where(CONSENT.c.subject_id.in_(kinds))):
        said[row.subject_id].append(
            Said(
                row.consent_id,
                row.purpose,
                row.channel,
                row.topic,
                row.status,
                row.capture_time,
                row.effective_to_time,
            )
        )
    stops: dict[UUID, set[str]] = {subject: set() for subject in kinds}
    stopped = select(SUPPRESSION).where(SUPPRESSION.c.subject_id.in_(kinds), SUPPRESSION.c.is_active)
    for row in await tx.execute(stopped):
        stops[row.subject_id].add(row.channel)
    return [Address(each.bytes, kinds[each], tuple(said[each]), frozenset(stops[each])) for each in kinds]


async def _segments(tx: Tx, person: UUID) -> frozenset[UUID]:
    kept = MEMBERSHIPS
    statement = (
        select(kept.c.segment_id)
        .join(PERSON, PERSON.c.contact_id == kept.c.contact_id)
        .where(PERSON.c.person_id == person)
    )
    return frozenset(await tx.scalars(statement))
