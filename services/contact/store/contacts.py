"""Contacts: reading, locking, and who is merged into whom."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from sqlalchemy import ColumnElement, Text, Uuid, and_, any_, exists, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlmodel import col

from services.contact.domain.errors import ContactExistsError, ContactNotFoundError
from services.contact.models import CONTACT, Account, Contact, Deal

SURVIVORS = text("SELECT id, survivor_of(id) AS survivor FROM contact WHERE id = ANY (:ids)")
# From each contact down to all that were merged into it.
MEMBERS = text("""
WITH RECURSIVE down AS (
    SELECT id AS root, id FROM contact WHERE id = ANY (:ids)
    UNION ALL
    SELECT down.root, c.id FROM down JOIN contact c ON c.merged_into = down.id
)
SELECT root, id FROM down ORDER BY root, id
""")


async def insert_contact(tx: Tx, contact: Contact) -> None:
    """Insert a new contact; its id must be free."""
    statement = insert(Contact).values(**contact.model_dump()).on_conflict_do_nothing().returning(col(Contact.id))
    if (await tx.execute(statement)).scalar_one_or_none() is None:
        raise ContactExistsError(contact=contact.name)


async def get_contact(tx: Tx, contact_id: UUID) -> Contact:
    """The contact itself, whatever its state."""
    contact = await tx.get(Contact, contact_id)
    if contact is None:
        raise ContactNotFoundError(contact=CONTACT.format(contact_id))
    return contact


async def get_contacts(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """The contacts with these ids, as far as there are any."""
    found = await tx.scalars(select(Contact).where(col(Contact.id) == any_(literal(list(ids), ARRAY(Uuid)))))
    return {contact.id: contact for contact in found}


async def lock_contacts(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """The contacts, locked in the order of their ids, so that two who need the same ones never wait for each other."""
    wanted = sorted(set(ids))
    statement = select(Contact).where(col(Contact.id) == any_(literal(wanted, ARRAY(Uuid)))).order_by(col(Contact.id))
    found = await tx.scalars(statement.with_for_update().execution_options(populate_existing=True))
    contacts = {contact.id: contact for contact in found}
    for contact_id in wanted:
        if contact_id not in contacts:
            raise ContactNotFoundError(contact=CONTACT.format(contact_id))
    return contacts


async def lock_contact(tx: Tx, contact_id: UUID) -> Contact:
    """One contact, locked."""
    return (await lock_contacts(tx, [contact_id]))[contact_id]


async def list_survivors(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """For each contact the one that stands for it: itself, or the end of its merges."""
    rows = await tx.execute(SURVIVORS, {"ids": list(ids)})
    return {row.id: row.survivor for row in rows}


async def list_members(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """For each contact itself and every contact merged into it, directly or through others."""
    members: dict[UUID, list[UUID]] = defaultdict(list)
    for row in await tx.execute(MEMBERS, {"ids": list(ids)}):
        members[row.root].append(row.id)
    return members


async def list_contacts(
    tx: Tx, conditions: Sequence[ColumnElement[bool]], keys: Sequence[str], paging: Paging, *, is_descending: bool
) -> tuple[list[Contact], str]:
    """One page of contacts in the order of `keys`."""
    columns = [getattr(Contact, key) for key in keys]
    return await keyset_page(tx, select(Contact).where(*conditions), columns, paging, is_descending=is_descending)


async def get_account_names(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, str]:
    """What accounts are called."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = await tx.execute(select(col(Account.id), col(Account.display_name)).where(col(Account.id).in_(wanted)))
    return {row.id: row.display_name for row in rows}


async def is_account_used(tx: Tx, account_id: UUID) -> bool:
    """Whether contacts or deals belong to an account."""
    contacts = exists().where(and_(col(Contact.account_id) == account_id, col(Contact.state) != "DELETED"))
    deals = exists().where(col(Deal.account_id) == account_id)
    return bool(await tx.scalar(select(contacts | deals)))


async def find_accounts_by_name(tx: Tx, names: Iterable[str]) -> dict[str, UUID]:
    """The oldest account of each name, names in lower case."""
    lowered = func.lower(col(Account.display_name))
    wanted = literal([name.lower() for name in names], ARRAY(Text))
    statement = select(lowered.label("name"), col(Account.id)).where(
        lowered == any_(wanted), col(Account.delete_time).is_(None)
    )
    found: dict[str, UUID] = {}
    for row in await tx.execute(statement.order_by(col(Account.id))):
        found.setdefault(row.name, row.id)
    return found
