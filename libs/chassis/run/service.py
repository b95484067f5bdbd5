"""What a service says about itself: its name, its roles, where its migrations lie."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from chassis.config import Settings


class Running(Protocol):
    """One role at work, made after the fork."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then drain and return; returning earlier is a failure."""

    def health(self) -> Mapping[str, str]:
        """What it knows of its dependencies without asking them, as {"kafka": "slow", "postgresql": "away"}."""


RoleFactory = Callable[[Settings], Awaitable[Running]]


@dataclass(frozen=True)
class Service:
    """A service as the launcher and the command line know it.

    A role's factory is called inside its own process: no server, client or pool exists before. `processes` names the
    roles that `make run` starts more than once, `yielding` those that may lag: they give way to all others.
    """

    name: str
    roles: Mapping[str, RoleFactory]
    migrations: Path | None = None
    processes: Mapping[str, int] = field(default_factory=dict)
    yielding: Collection[str] = ()
