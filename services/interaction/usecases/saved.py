"""Filters that a colleague saves by name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7
from chassis.resources import check_etag

from services.interaction import store
from services.interaction.domain.errors import SavedFilterNameTakenError, TooManySavedFiltersError
from services.interaction.domain.saved import MOST, SavedFilter, check_name

Change = Callable[[SavedFilter], SavedFilter]


async def create_saved_filter(
    tx: Tx, user: str, display_name: str, asks: dict[str, object], *, now: datetime
) -> SavedFilter:
    """Save a filter under a name that no other of the colleague's has."""
    saved = SavedFilter(uuid7(now), user, check_name(display_name), asks, now, now)
    count = await store.lock_saved_filters(tx, user)
    await _check_free(tx, saved)
    if count >= MOST:
        raise TooManySavedFiltersError(limit=MOST)
    await store.put_saved_filter(tx, saved)
    return saved


async def update_saved_filter(tx: Tx, user: str, id_: UUID, change: Change, *, etag: str, now: datetime) -> SavedFilter:
    """Change a saved filter as `change` says."""
    await store.lock_saved_filters(tx, user)
    kept = await store.get_saved_filter(tx, user, id_)
    check_etag(str(kept.revision), etag)
    changed = change(kept)
    saved = replace(changed, display_name=check_name(changed.display_name), update_time=now, revision=kept.revision + 1)
    await _check_free(tx, saved)
    await store.put_saved_filter(tx, saved)
    return saved


async def delete_saved_filter(tx: Tx, user: str, id_: UUID, *, etag: str) -> None:
    """Forget a saved filter."""
    await store.lock_saved_filters(tx, user)
    kept = await store.get_saved_filter(tx, user, id_)
    check_etag(str(kept.revision), etag)
    await store.delete_saved_filter(tx, kept)


async def _check_free(tx: Tx, saved: SavedFilter) -> None:
    holder = await store.find_saved_filter(tx, saved.user, saved.key)
    if holder is not None and holder.id != saved.id:
        raise SavedFilterNameTakenError(saved_filter=f"{holder.user}/savedFilters/{holder.id}")
