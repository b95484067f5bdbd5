"""Whatever is done to the stored rows of an audit log is found, also where the chain is made anew."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from chassis import audit, chain
from chassis.anchoring import find_head
from chassis.config import Settings

from tests.audit.logs import LENGTH, MUTATIONS, Log, Rows, contact_log, cut, interaction_log
from tests.planting import replaced

DRAWN = 100
LOGS = {"contact": contact_log, "interaction": interaction_log}


@pytest.fixture(params=LOGS)
async def log(request: pytest.FixtureRequest, make_database: Callable[..., Settings]) -> AsyncIterator[Log]:
    """A log of some entries, as its service wrote them."""
    async with LOGS[request.param](make_database(request.param)) as log:
        for number in range(1, LENGTH + 1):
            async with log.database.transaction() as tx:
                await log.append(tx, number)
        yield log


async def head_of(log: Log) -> chain.Head:
    async with log.database.transaction() as tx:
        return await find_head(tx)


def mutated(log: Log, rows: Rows, seed: int) -> tuple[Rows, str]:
    """Rows that somebody has tampered with, and how; every second time the chain is made anew over them."""
    draw = random.Random(seed)
    while True:
        how, at = draw.choice(MUTATIONS), draw.randrange(len(rows))
        made, is_linked = how(rows, at, draw), draw.random() < 0.5
        made = log.linked(made) if is_linked else made
        if made[: len(rows)] != rows:  # what is written behind the anchor is an entry like others
            return made, f"seed {seed}: {how.__name__} at {at}, {'linked anew' if is_linked else 'as it is'}"


async def unfound(log: Log, anchor: chain.Head) -> str:
    """The first drawn mutation that the verification does not find; empty where it finds all."""
    rows, missed = await log.rows(), ""
    for seed in range(DRAWN):
        made, how = mutated(log, rows, seed)
        await log.store(made)
        if log.verify(await log.read(), [anchor]) is None:
            missed = how
            break
    await log.store(rows)
    assert log.verify(await log.read(), [anchor]) is None
    return missed


async def test_every_drawn_mutation_of_the_stored_bytes_is_found(log: Log) -> None:
    anchor = await head_of(log)
    assert anchor.number == LENGTH
    assert await unfound(log, anchor) == ""


async def test_a_cut_tail_is_found_by_the_anchor_alone_and_new_entries_hide_no_cut(log: Log) -> None:
    anchor, rows = await head_of(log), await log.rows()
    for at in range(LENGTH):
        await log.store(log.linked(cut(rows, at, random.Random(0))))
        read = await log.read()
        assert log.verify(read) is None, "by itself a shorter chain is whole"
        assert log.verify(read, [anchor]) == chain.Finding(chain.Fault.TRUNCATED, at + 1)
        for number in range(at, LENGTH + 1):
            async with log.database.transaction() as tx:
                await log.append(tx, 100 + number)
        assert log.verify(await log.read(), [anchor]) == chain.Finding(chain.Fault.REWRITTEN, LENGTH)


def _unanchored(records: Any, _: Any = (), kept: Any = chain.verify) -> Any:
    return kept(records)


def _undigested(records: Any, anchors: Any = (), kept: Any = chain.verify) -> Any:
    """Each entry's digest is taken to be what it should be, up to the last."""
    entries = list(records)
    held = {each.number: each.digest for each in anchors}
    return kept(entries) if held.keys() - {each.number for each in entries} else None


BLIND: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "anchors": lambda: replaced(chain, "verify", _unanchored),
    "digests": lambda: replaced(chain, "verify", _undigested),
    "what stands beside an entry's digest": lambda: replaced(audit, "_first", lambda _, found: found),
}


@pytest.mark.parametrize("blindness", BLIND)
async def test_a_verification_that_does_not_look_at_something_misses_a_drawn_mutation(log: Log, blindness: str) -> None:
    anchor = await head_of(log)
    with BLIND[blindness]():
        assert await unfound(log, anchor) != ""
