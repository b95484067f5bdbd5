"""Queries about sources and touch types."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from chassis.db import Tx
from sqlalchemy import text
from sqlmodel import select

from services.interaction.domain.touch import Source
from services.interaction.domain.types import (
    Actor,
    Audience,
    Channel,
    Direction,
    Field,
    FieldKind,
    TouchClass,
    TouchType,
)
from services.interaction.models import SourceRow, TouchTypeRow

V = TypeVar("V")
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 7))")


class Registered(NamedTuple, Generic[V]):
    """Something registered, and since when."""

    value: V
    create_time: datetime


async def lock_source(tx: Tx, source_id: str) -> Source | None:
    """The source as it is now; nobody else registers it until the commit."""
    await tx.execute(LOCK, {"name": f"source/{source_id}"})
    found = await find_source(tx, source_id)
    return found.value if found else None


async def find_source(tx: Tx, source_id: str) -> Registered[Source] | None:
    """One source, or None."""
    row = await tx.get(SourceRow, source_id)
    return Registered(_source(row), row.create_time) if row else None


async def insert_source(tx: Tx, source: Source, now: datetime) -> None:
    """Keep a source, or what may change of it."""
    row = await tx.get(SourceRow, source.id)
    if row is None:
        row = SourceRow(
            source_id=source.id, client=source.client, identifier_kind=source.identifier_kind, create_time=now
        )
    row.display_name, row.is_whole_seconds = source.display_name, source.is_whole_seconds
    tx.add(row)
    await tx.flush()


async def list_sources(tx: Tx, after: str, limit: int) -> list[Registered[Source]]:
    """Sources by name, from behind one of them."""
    query = select(SourceRow).where(SourceRow.source_id > after).order_by(SourceRow.source_id).limit(limit)
    return [Registered(_source(row), row.create_time) for row in await tx.scalars(query)]


async def lock_touch_type(tx: Tx, name: str) -> None:
    """Nobody else registers this type until the commit."""
    await tx.execute(LOCK, {"name": f"touch_type/{name}"})


async def find_touch_type(tx: Tx, name: str) -> TouchType | None:
    """The newest version of a registered type, or None."""
    query = select(TouchTypeRow).where(TouchTypeRow.name == name).order_by(TouchTypeRow.version.desc()).limit(1)
    row = (await tx.scalars(query)).first()
    return touch_type(row.definition) if row else None


async def list_touch_types(tx: Tx) -> list[TouchType]:
    """The newest version of every registered type."""
    query = select(TouchTypeRow).order_by(TouchTypeRow.name, TouchTypeRow.version)
    return list({row.name: touch_type(row.definition) for row in await tx.scalars(query)}.values())


async def insert_touch_type(tx: Tx, kind: TouchType, now: datetime) -> None:
    """Keep a version of a type."""
    tx.add(TouchTypeRow(name=kind.name, version=kind.version, definition=asdict(kind), create_time=now))
    await tx.flush()


def touch_type(kept: dict[str, Any]) -> TouchType:
    """A type as it was kept."""
    fields = tuple(Field(**{**known, "kind": FieldKind(known["kind"])}) for known in kept["fields"])
    return TouchType(
        **{
            **kept,
            "channel": Channel(kept["channel"]),
            "touch_class": TouchClass(kept["touch_class"]),
            "direction": Direction(kept["direction"]),
            "actor": Actor(kept["actor"]),
            "audience": Audience(kept["audience"]),
            "fields": fields,
        }
    )


def _source(row: SourceRow) -> Source:
    return Source(row.source_id, row.client, row.identifier_kind, row.display_name, row.is_whole_seconds)
