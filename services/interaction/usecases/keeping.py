"""How long touches of a type are kept."""

from datetime import datetime

from chassis.db import Tx

from services.interaction import store
from services.interaction.domain.types import TouchType
from services.interaction.usecases.known import get_touch_type


async def get_kept_type(tx: Tx, name: str) -> tuple[TouchType, store.Retention | None]:
    """The newest version of a touch type, with what was said of its retention, if anything was."""
    kind = await get_touch_type(tx, name)
    return kind, (await store.list_retentions(tx, [name])).get(name)


async def set_touch_type_retention(
    tx: Tx, name: str, days: int | None, *, now: datetime
) -> tuple[TouchType, store.Retention | None]:
    """Keep touches of a type for so many days, or for ever; what is older goes at night, and never comes back."""
    await get_touch_type(tx, name)
    await store.keep_retention(tx, name, days, now)
    return await get_kept_type(tx, name)
