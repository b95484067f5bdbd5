"""The filters that colleagues saved."""

# ruff: noqa: S608 - queries are put together from constant texts; every value is a parameter

from typing import Any
from uuid import UUID

from chassis.db import Tx
from psycopg.types.json import Jsonb

from services.interaction.domain.errors import SavedFilterNotFoundError
from services.interaction.domain.saved import SavedFilter
from services.interaction.store.reading import run

COLUMNS = "saved_filter_id, user_id, display_name, asks, create_time, update_time, revision"
GET = f"SELECT {COLUMNS} FROM saved_filter WHERE user_id = %s AND saved_filter_id = %s"
BY_KEY = f"SELECT {COLUMNS} FROM saved_filter WHERE user_id = %s AND name_key = %s"
LIST = f"""SELECT {COLUMNS} FROM saved_filter WHERE user_id = %s AND name_key > %s ORDER BY name_key LIMIT %s"""
PUT = f"""INSERT INTO saved_filter ({COLUMNS}, name_key) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (user_id, saved_filter_id) DO UPDATE SET display_name = EXCLUDED.display_name, asks = EXCLUDED.asks,
    update_time = EXCLUDED.update_time, revision = EXCLUDED.revision, name_key = EXCLUDED.name_key
RETURNING 1"""
DELETE = "DELETE FROM saved_filter WHERE user_id = %s AND saved_filter_id = %s RETURNING 1"


async def lock_saved_filters(tx: Tx, user: str) -> int:
    """Whoever changes a colleague's filters waits for whoever does already; answers how many there are."""
    await run(tx, "SELECT pg_advisory_xact_lock(hashtextextended(%s, 8))", [user])
    rows = await run(tx, "SELECT count(*) FROM saved_filter WHERE user_id = %s", [user])
    return int(rows[0][0])


async def get_saved_filter(tx: Tx, user: str, id_: UUID) -> SavedFilter:
    """One filter of a colleague."""
    rows = await run(tx, GET, [user, id_])
    if not rows:
        raise SavedFilterNotFoundError(saved_filter=f"{user}/savedFilters/{id_}")
    return SavedFilter(*rows[0])


async def find_saved_filter(tx: Tx, user: str, key: str) -> SavedFilter | None:
    """The filter of a colleague that has this name."""
    rows = await run(tx, BY_KEY, [user, key])
    return SavedFilter(*rows[0]) if rows else None


async def list_saved_filters(tx: Tx, user: str, after: str, limit: int) -> list[SavedFilter]:
    """A colleague's filters by name, behind a name."""
    return [SavedFilter(*row) for row in await run(tx, LIST, [user, after, limit])]


async def put_saved_filter(tx: Tx, saved: SavedFilter) -> None:
    """Write a filter down, or what has changed of it."""
    values: list[Any] = [saved.id, saved.user, saved.display_name, Jsonb(saved.asks)]
    await run(tx, PUT, [*values, saved.create_time, saved.update_time, saved.revision, saved.key])


async def delete_saved_filter(tx: Tx, saved: SavedFilter) -> None:
    """Forget a filter."""
    await run(tx, DELETE, [saved.user, saved.id])
