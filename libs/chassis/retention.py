"""What deploy/retention.yaml says of each table: for how long it keeps what it holds, and why that ends."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SCHEDULE = Path(__file__).resolve().parents[2] / "deploy" / "retention.yaml"
EVERY = "every service"


@dataclass(frozen=True)
class Store:
    """One table: `days` after `after` it is deleted or emptied, or `until` something ends it, or it is `impersonal`."""

    service: str
    table: str
    days: int = 0
    after: str = ""
    empties: str = ""
    until: str = ""
    impersonal: str = ""

    def __post_init__(self) -> None:
        told = [bool(self.days), bool(self.until), bool(self.impersonal)]
        if sum(told) != 1 or bool(self.days) != bool(self.after):
            raise ValueError(f"{self.service}.{self.table} needs days and after, or until, or impersonal")

    @property
    def period(self) -> str:
        """`90 days after its last row came`, or what ends it."""
        if self.days:
            emptied = f"; emptied of {self.empties}" if self.empties else ""
            return f"{self.days:,} day{'s' if self.days > 1 else ''} after {self.after}{emptied}"
        return f"until {self.until}" if self.until else f"for good: {self.impersonal}"


class Schedule(Mapping[str, Store]):
    """Every table of one service by its name."""

    def __init__(self, service: str, told: Mapping[str, Any]) -> None:
        facts = {**told[service], **told[EVERY]}
        self._stores = {table: Store(service, table, **fact) for table, fact in facts.items()}

    def __getitem__(self, table: str) -> Store:
        return self._stores[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self._stores)

    def __len__(self) -> int:
        return len(self._stores)


@cache
def schedule(service: str) -> Schedule:
    """What one service keeps."""
    return Schedule(service, yaml.safe_load(SCHEDULE.read_text()))


def kept(service: str, table: str) -> timedelta:
    """For how long a table keeps what it holds; only of one that has days."""
    return timedelta(days=schedule(service)[table].days)
