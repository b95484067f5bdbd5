"""The registry of attributes."""

from collections.abc import Sequence

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.contact.domain.errors import AttributeDefinitionExistsError, AttributeDefinitionNotFoundError
from services.contact.models import ATTRIBUTE_DEFINITION, AttributeDefinition


async def insert_attribute_definition(tx: Tx, definition: AttributeDefinition) -> None:
    """Insert a new definition; its name must be free."""
    statement = insert(AttributeDefinition).values(**definition.model_dump()).on_conflict_do_nothing()
    if (await tx.execute(statement.returning(col(AttributeDefinition.id)))).scalar_one_or_none() is None:
        raise AttributeDefinitionExistsError(attribute_definition=definition.name)


async def get_attribute_definition(tx: Tx, attribute: str, *, lock: bool = False) -> AttributeDefinition:
    """One definition."""
    found = await tx.get(AttributeDefinition, attribute, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise AttributeDefinitionNotFoundError(attribute_definition=ATTRIBUTE_DEFINITION.format(attribute))
    return found


async def list_attribute_definitions(tx: Tx, paging: Paging) -> tuple[list[AttributeDefinition], str]:
    """One page of them, by name."""
    return await keyset_page(tx, select(AttributeDefinition), [AttributeDefinition.id], paging)


async def list_all(tx: Tx) -> Sequence[AttributeDefinition]:
    """All of them; there are at most 500."""
    return list(await tx.scalars(select(AttributeDefinition)))


async def count(tx: Tx) -> int:
    """How many there are."""
    return int(await tx.scalar(select(func.count()).select_from(AttributeDefinition)) or 0)
