"""Registering attributes of contacts, and holding values to what is registered."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from chassis.db import Tx
from chassis.lists import Paging
from chassis.resources import check_etag

from services.contact.domain import attributes as rules
from services.contact.domain.attributes import DataClass, Registry, Type
from services.contact.domain.errors import TooManyAttributesError
from services.contact.models import AttributeDefinition
from services.contact.store import attributes as store

Values = Mapping[str, Any]


async def create_attribute_definition(tx: Tx, attribute: str, values: Values, *, now: datetime) -> AttributeDefinition:
    """Register an attribute; what contacts say under its name already stays."""
    rules.check_choices(Type(values["type"]), values["choices"])
    if await store.count(tx) >= rules.MOST_DEFINITIONS:
        raise TooManyAttributesError(most=rules.MOST_DEFINITIONS)
    told = {**values, "data_class": values["data_class"] or DataClass.PERSONAL}
    definition = AttributeDefinition(id=attribute, create_time=now, update_time=now, **told)
    await store.insert_attribute_definition(tx, definition)
    tx.emit(definition.changed(now))
    return definition


async def get_attribute_definition(tx: Tx, attribute: str) -> AttributeDefinition:
    """Read one definition."""
    return await store.get_attribute_definition(tx, attribute)


async def list_attribute_definitions(tx: Tx, paging: Paging) -> tuple[list[AttributeDefinition], str]:
    """Read one page of definitions."""
    return await store.list_attribute_definitions(tx, paging)


async def update_attribute_definition(
    tx: Tx, attribute: str, change: Callable[[AttributeDefinition], Values], *, etag: str, now: datetime
) -> AttributeDefinition:
    """Change a definition as `change` says once it is ours."""
    definition = await store.get_attribute_definition(tx, attribute, lock=True)
    check_etag(definition, etag)
    values = change(definition)
    rules.check_choices(Type(definition.type), values.get("choices", definition.choices))
    for field, value in values.items():
        setattr(definition, field, value or (DataClass.PERSONAL if field == "data_class" else value))
    definition.revision += 1
    definition.update_time = now
    tx.add(definition)
    tx.emit(definition.changed(now))
    return definition


async def load_registry(tx: Tx, *, is_closed: bool = False) -> Registry:
    """What values are held against now."""
    return Registry({each.id: each.definition() for each in await store.list_all(tx)}, is_closed)


async def check_attributes(tx: Tx, told: Values, before: Values, *, is_closed: bool) -> None:
    """Refuse what is new among a contact's attributes and does not fit."""
    if told:
        rules.check_values(await load_registry(tx, is_closed=is_closed), told, before)
