"""Rebuilding the counts from the touches, beside live load: compared first, then corrected by what differs."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from chassis.db import Database
from chassis.errors import FailedPrecondition

from services.interaction import store

PART_BYTES = 8 * 1024 * 1024  # of the table of touches, in one statement
EXAMPLES = 10
ALL = 2**128


@dataclass
class Comparison:
    """How the counts stand to the touches, with some that differ.

    `named` is how many contacts are not noted that touches name for a subject which they do not hold.
    """

    equal: int = 0
    different: int = 0
    named: int = 0
    examples: list[store.Example] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        return not self.different and not self.named


@dataclass
class Rebuild:
    """Folds every count anew from the touches, in parts by subject, each of them beside everything else.

    `on_progress` hears which part of the whole is compared, 0 to 1. A rebuild that dies leaves each count as it was or
    as the touches say; the next one begins anew.
    """

    database: Database
    on_progress: Callable[[float], None] = lambda _part: None
    part_bytes: int = PART_BYTES

    async def run(self, agree: Callable[[Comparison], bool]) -> Comparison:
        """Compare, and correct what differs where `agree` says so, having seen it."""
        async with self.database.connection() as conn, store.rebuilding(conn) as is_alone:
            if not is_alone:
                raise FailedPrecondition("the counts are being rebuilt already")
            count = max(1, await store.size_of_touches(conn) // self.part_bytes)
            parts = [(UUID(int=ALL * n // count), UUID(int=ALL * (n + 1) // count - 1)) for n in range(count)]
            found = Comparison()
            for number, part in enumerate(parts):
                begun = time.monotonic()
                equal, different, named = await store.compare_counts(conn, part)
                found.equal += equal
                found.different += different
                found.named += named
                self.on_progress((number + 1) / count)
                await asyncio.sleep(time.monotonic() - begun)  # half of the time is everybody else's
            found.examples = await store.list_examples(conn, EXAMPLES)
            if not found.is_equal and agree(found):
                for part in parts:
                    await store.correct_counts(conn, part)
        return found
