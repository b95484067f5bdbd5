"""Rows that are only inserted, many at once: a table's columns, defaults and facts without what the ORM costs a row."""

from dataclasses import MISSING, field, make_dataclass
from operator import attrgetter
from types import FunctionType
from typing import Any

from pydantic_core import PydanticUndefined
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel

from services.contact.models.changes import ContactChange
from services.contact.models.consents import ConsentEvent
from services.contact.models.imports import ImportRow
from services.contact.models.people import Account, Contact, IdentityLink

DIALECT = postgresql.dialect()


def _field(known: Any) -> Any:
    if known.default_factory is not None:
        return field(default_factory=known.default_factory)
    return field(default=MISSING if known.default is PydanticUndefined else known.default)


def draft(table: type[SQLModel]) -> Any:
    """A class with a table's columns and its own methods; made by keywords, validating as little as the table."""
    columns = table.__table__.columns  # type: ignore[attr-defined]
    names = tuple(column.key for column in columns)
    methods = {
        name: one
        for name, one in vars(table).items()
        if isinstance(one, FunctionType | property) and not name.startswith("_")
    }
    fields = [(name, Any, _field(table.model_fields[name])) for name in names]
    made: Any = make_dataclass(f"New{table.__name__}", fields, namespace=methods, kw_only=True, slots=True)
    types = [column.type.compile(dialect=DIALECT).lower() for column in columns]
    made.table, made.columns, made.values_of = (
        table.__tablename__, dict(zip(names, types, strict=True)), staticmethod(attrgetter(*names))
    )  # fmt: skip
    return made


NewAccount = draft(Account)
NewContactChange = draft(ContactChange)
NewConsentEvent = draft(ConsentEvent)
NewContact = draft(Contact)
NewIdentityLink = draft(IdentityLink)
NewImportRow = draft(ImportRow)
