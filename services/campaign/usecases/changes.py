"""How a row is written as its next revision, and what the fact about it begins with."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.campaign.models import Activity, Brake, Campaign, Programme, Sender

Values = Mapping[str, Any]
Kept = Programme | Campaign | Activity | Sender


def revise(row: Kept, values: Values, now: datetime) -> None:
    """Write new values as the next revision."""
    for name, value in values.items():
        setattr(row, name, value)
    row.revision += 1
    row.update_time = now


def about(row: Kept | Brake, now: datetime) -> dict[str, Any]:
    """The header of a fact about this row."""
    return {"subject": row.name, "revision": row.revision, "time": now}
