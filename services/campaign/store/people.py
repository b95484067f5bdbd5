"""Queries of the projection of people, companies and deals."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.db import Tx
from sqlalchemy import ColumnElement, Uuid, and_, literal, or_, select, text, union
from sqlalchemy.orm import aliased

from services.campaign.domain.errors import PersonNotFoundError
from services.campaign.domain.people import Reader
from services.campaign.models import CONTACT
from services.campaign.models.people import Person

COLUMNS = (
    *("id", "survivor_id", "direct_id", "given_name", "family_name", "display_name", "title", "account_id", "owner"),
    *("team", "stage", "email", "subject", "language", "time_zone", "country", "attributes", "tags", "is_active"),
    *("is_held", "epoch", "revision", "read_time"),
)
_SET = ", ".join(f"{name} = EXCLUDED.{name}" for name in COLUMNS[1:])
# What was read earlier never replaces what was read later, whoever writes last.
UPSERT = f"""
INSERT INTO person AS kept ({", ".join(COLUMNS)}) VALUES ({", ".join(f"%({name})s" for name in COLUMNS)})
ON CONFLICT (id) DO UPDATE SET {_SET} WHERE kept.read_time < EXCLUDED.read_time
"""  # noqa: S608 - our own column names
ACCOUNT = """
INSERT INTO account AS kept (id, display_name, domain, industry, country, is_active, epoch, revision)
VALUES (%(id)s, %(display_name)s, %(domain)s, %(industry)s, %(country)s, %(is_active)s, %(epoch)s, %(revision)s)
ON CONFLICT (id) DO UPDATE SET display_name = EXCLUDED.display_name, domain = EXCLUDED.domain,
    industry = EXCLUDED.industry, country = EXCLUDED.country, is_active = EXCLUDED.is_active,
    epoch = EXCLUDED.epoch, revision = EXCLUDED.revision
WHERE (kept.epoch, kept.revision) < (EXCLUDED.epoch, EXCLUDED.revision)
"""
DEAL = """
INSERT INTO deal AS kept (id, contacts, epoch, revision) VALUES (%(id)s, %(contacts)s, %(epoch)s, %(revision)s)
ON CONFLICT (id) DO UPDATE SET contacts = EXCLUDED.contacts, epoch = EXCLUDED.epoch, revision = EXCLUDED.revision
WHERE (kept.epoch, kept.revision) < (EXCLUDED.epoch, EXCLUDED.revision)
"""
FIELDS = tuple(Reader.__dataclass_fields__)  # in the order of the query below
# Whoever was asked for; the address and the names are the survivor's.
READERS = text("""
SELECT asked.id, p.id, coalesce(p.direct_id, p.id), p.given_name, p.family_name, p.display_name, p.title, p.email,
       coalesce(p.subject, ''), p.language, p.time_zone, p.country, p.stage, p.tags, p.attributes, p.owner, p.team,
       p.is_active, a.id, coalesce(a.display_name, ''), coalesce(a.domain, ''), coalesce(a.industry, ''),
       coalesce(a.country, '')
FROM person asked JOIN person p ON p.id = asked.survivor_id LEFT JOIN account a ON a.id = p.account_id AND a.is_active
WHERE asked.id = ANY (CAST(:contacts AS uuid[]))
""")


async def readers(tx: Tx, contacts: Sequence[UUID]) -> dict[UUID, Reader]:
    """The people behind these contacts, by the contact that was asked for; merged ones give their survivor."""
    rows = await tx.execute(READERS, {"contacts": list(contacts)})
    return {asked: Reader(**dict(zip(FIELDS, row, strict=True))) for asked, *row in rows}


def same_person(contact: UUID) -> Any:
    """The ids of all contacts that are the same person as this one, itself among them: a query."""
    survivor = select(Person.survivor_id).where(Person.id == contact).scalar_subquery()
    merged = select(Person.id).where(Person.survivor_id == survivor, Person.survivor_id != Person.id)
    return union(select(literal(contact, Uuid)), select(Person.survivor_id).where(Person.id == contact), merged)


def is_owned(contact: Any, user: str, team: str) -> ColumnElement[bool]:
    """Whether the person behind the contact of a column is this user's or this team's."""
    asked, person = aliased(Person), aliased(Person)
    mine = or_(person.owner == user, and_(literal(team) != "", person.team == team))
    found = select(asked.id).join(person, person.id == asked.survivor_id).where(mine)  # type: ignore[arg-type]
    return contact.in_(found)  # type: ignore[no-any-return]


async def reader(tx: Tx, contact: UUID) -> Reader:
    """One person; raises PersonNotFoundError."""
    found = await readers(tx, [contact])
    if contact not in found:
        raise PersonNotFoundError(contact=CONTACT.format(contact))
    return found[contact]
