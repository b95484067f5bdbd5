"""Sources and touch types: registering them, and knowing them at the door without asking PostgreSQL each time."""

import math
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from chassis.db import Database, Tx
from chassis.errors import Unavailable

from services.interaction import store
from services.interaction.domain import touch as touches
from services.interaction.domain import types
from services.interaction.domain.builtin import BUILTIN
from services.interaction.domain.errors import SourceNotFoundError, TouchTypeNotFoundError
from services.interaction.domain.touch import Source
from services.interaction.domain.types import TouchType

V = TypeVar("V")
FRESH_SECONDS = 60.0
TYPES_FRESH_SECONDS = 5.0  # so long another process may judge by the version before the newest
ABSENT_SECONDS = 0.05  # whoever registers may record at once, and nobody asks PostgreSQL for nothing at each call
MOST = 10_000
CATALOGUE_SECONDS = 5.0


async def register_source(tx: Tx, given: Source, *, now: datetime) -> Source:
    """Let a client record touches under a name of its own; again is harmless, another client's is not."""
    held = await store.lock_source(tx, given.id)
    kept = touches.register(held, given)
    await store.insert_source(tx, kept, now)
    return kept


async def get_source(tx: Tx, source_id: str) -> store.Registered[Source]:
    """Read one source."""
    found = await store.find_source(tx, source_id)
    if found is None:
        raise SourceNotFoundError(source=source_id)
    return found


async def register_touch_type(tx: Tx, given: TouchType, *, now: datetime) -> TouchType:
    """Keep a new version of a touch type, which may only widen the one before."""
    types.check_type(given)
    await store.lock_touch_type(tx, given.name)
    held = await _find_touch_type(tx, given.name)
    kept = types.next_version(held, given)
    if held is None or kept.version != held.version:
        await store.insert_touch_type(tx, kept, now)
    return kept


async def get_touch_type(tx: Tx, name: str) -> TouchType:
    """Read the newest version of a touch type."""
    found = await _find_touch_type(tx, name)
    if found is None:
        raise TouchTypeNotFoundError(type=name)
    return found


async def list_touch_types(tx: Tx) -> list[TouchType]:
    """Every touch type in its newest version, by name: what Touchline brings and what was registered."""
    registered = await store.list_touch_types(tx)
    return sorted([*BUILTIN.values(), *registered], key=lambda kind: kind.name)


async def _find_touch_type(tx: Tx, name: str) -> TouchType | None:
    return BUILTIN.get(name) or await store.find_touch_type(tx, name)


class Known(Generic[V]):
    """A read-through cache by name: a miss is looked up at once, an absence is remembered for a moment.

    What is cached stays in use while PostgreSQL is away; what may change is read again after `fresh` seconds, by one
    call at a time.
    """

    fresh = FRESH_SECONDS

    def __init__(
        self,
        database: Database,
        find: Callable[[Tx, str], Awaitable[V | None]],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._find = find
        self._now = now
        self._held: dict[str, tuple[V | None, float]] = {}

    def get(self, name: str) -> V | None:
        """What is known of a name, after `learn`."""
        return self._held[name][0] if name in self._held else None

    def put(self, name: str, value: V) -> None:
        """Know what has just been registered here."""
        self._held[name] = (value, self._now())

    def knows(self, names: Iterable[str]) -> bool:
        """Whether there is nothing to look up among these names."""
        return all(map(self._is_fresh, names))

    async def learn(self, names: Iterable[str]) -> None:
        """Look up the names that are not known or known for long; what is known survives a failure."""
        wanted = [name for name in names if not self._is_fresh(name)]
        await self._look_up(wanted, is_needed=any(self.get(name) is None for name in wanted))

    async def _look_up(self, wanted: Sequence[str], *, is_needed: bool) -> None:
        if not wanted:
            return
        if not is_needed:  # others go on with what is known, now and when nobody answers
            self._held |= {name: (self._held[name][0], self._now()) for name in wanted}
        try:
            async with self._database.transaction() as tx:
                for name in wanted[:MOST]:
                    self._held[name] = (await self._find(tx, name), self._now())
        except Unavailable:
            if is_needed:
                raise
        self._trim()

    def _is_fresh(self, name: str) -> bool:
        return self._age(name) < (self.fresh if self.get(name) is not None else ABSENT_SECONDS)

    def _age(self, name: str) -> float:
        return self._now() - self._held[name][1] if name in self._held else math.inf

    def _trim(self) -> None:
        while len(self._held) > MOST:
            self._held.pop(next(iter(self._held)))


class KnownTypes(Known[TouchType]):
    """Touch types by name: what Touchline brings needs no database."""

    fresh = TYPES_FRESH_SECONDS

    def get(self, name: str) -> TouchType | None:
        return BUILTIN.get(name) or super().get(name)

    def knows_versions(self, wanted: Iterable[tuple[str, int]]) -> bool:
        """Whether there is nothing to look up among these types and versions."""
        return all(self._is_known(name, version) for name, version in wanted)

    async def learn_versions(self, wanted: Iterable[tuple[str, int]]) -> None:
        """As `learn`, for types of which at least a version is asked for: an older one is as good as none."""
        asked = {(name, version) for name, version in wanted if not self._is_known(name, version)}
        is_needed = any(not has_version(self.get(name), version) for name, version in asked)
        await self._look_up(sorted({name for name, _ in asked}), is_needed=is_needed)

    def _is_known(self, name: str, version: int) -> bool:
        if name in BUILTIN:
            return True
        is_new_enough = has_version(self.get(name), version)
        return self._is_fresh(name) if is_new_enough else self._age(name) < ABSENT_SECONDS


def has_version(kind: TouchType | None, version: int) -> bool:
    """Whether what is known of a type covers a version; 0 asks for none."""
    return kind is not None and version <= kind.version


class TypeCatalogue:
    """Every touch type in its newest version, read again after some seconds: for showing touches, not for accepting."""

    def __init__(self) -> None:
        self._held: dict[str, TouchType] = dict(BUILTIN)
        self._since = 0.0

    def get(self, name: str) -> TouchType | None:
        """The newest version of a type."""
        return self._held.get(name)

    async def refresh(self, tx: Tx) -> None:
        """Read what was registered, if that is some seconds ago."""
        if time.monotonic() - self._since > CATALOGUE_SECONDS:
            self._held = {kind.name: kind for kind in await list_touch_types(tx)}
            self._since = time.monotonic()

    def hidden(self, roles: frozenset[str], *, is_team: bool) -> frozenset[str]:
        """The types that a viewer does not see on a timeline."""
        return frozenset(kind.name for kind in self._held.values() if not _sees(kind, roles, is_team=is_team))


def _sees(kind: TouchType, roles: frozenset[str], *, is_team: bool) -> bool:
    if kind.audience is types.Audience.OWNER_TEAM:
        return is_team
    if kind.audience is types.Audience.ROLE:
        return kind.audience_role in roles or "admin" in roles
    return True
