"""Tampers with what was written, in each way that the checker must notice, and sees whether it does."""

import asyncio
import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

from tests.faults.checker import Verdict, check
from tests.faults.load import Load
from tests.faults.matrix import Bench, people_of


async def prove(bench: Bench) -> int:
    """A clean run first, then one tampering after the other; 1 when the checker was deceived."""
    load = Load(bench.interaction, await people_of(bench, "proof"), "proof", random.Random(1))
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(2.0, stop.set)
    await load.run(stop)
    clean = await check(bench.interaction, bench.system, load)
    results = {"nothing": clean.faults == 0 and clean.acknowledged > 0}
    for name, tamper, notices in TAMPERINGS:
        tampered = deepcopy_of(load)
        tamper(bench, tampered)
        results[name] = notices(await check(bench.interaction, bench.system, tampered, patience=1.0))
    for name, noticed in results.items():
        print(f"{name:<60} {'as it must be' if noticed else 'NOT NOTICED'}")
    print({"proved": sum(results.values()), "of": len(results)})
    return 0 if all(results.values()) else 1


def deepcopy_of(load: Load) -> Load:
    """The same account in a copy that may be falsified."""
    copy = Load(load.interaction, load.people, load.row, random.Random(2))
    copy.ledger = deepcopy(load.ledger)
    return copy


def _forget(_: Bench, load: Load) -> None:
    load.ledger.entries.pop(next(iter(load.ledger.entries)))


def _promise(_: Bench, load: Load) -> None:
    entry = deepcopy(next(iter(load.ledger.entries.values())))
    entry.name = "touches/never-written"
    load.ledger.entries[entry.name] = entry


def _delay(_: Bench, load: Load) -> None:
    next(iter(load.ledger.entries.values())).touch.occurred_time.seconds -= 5


def _another(_: Bench, load: Load) -> None:
    """SQL is asked for another address than the one whose timeline gRPC shows, so the two cannot agree."""
    first, second, *others = load.people
    load.people = [replace(first, email=second.email), replace(second, email=first.email), *others]


def _delete(bench: Bench, load: Load) -> None:
    with bench.system.sql("interaction") as connection:
        connection.execute(
            "DELETE FROM touch WHERE (subject_id, touch_id) = (SELECT subject_id, touch_id FROM touch LIMIT 1)"
        )


def _copy(bench: Bench, load: Load) -> None:
    """The same touch under another id, as a second write without its key would leave it."""
    with bench.system.sql("interaction") as connection:
        connection.execute(
            "CREATE TEMP TABLE again AS SELECT * FROM touch LIMIT 1;"
            "UPDATE again SET touch_id = gen_random_uuid();"
            "INSERT INTO touch SELECT * FROM again"
        )


Notices = Callable[[Verdict], bool]
TAMPERINGS: list[tuple[str, Callable[[Bench, Load], None], Notices]] = [
    ("a touch on the timeline that was never recorded", _forget, lambda verdict: verdict.invented == 1),
    ("a touch that was acknowledged and is nowhere", _promise, lambda verdict: verdict.lost == 1),
    ("a touch with another moment than the one recorded", _delay, lambda verdict: verdict.disordered > 0),
    ("a timeline that SQL and gRPC read differently", _another, lambda verdict: verdict.unlike == 2),
    ("a row deleted from the table", _delete, lambda verdict: verdict.lost == 1),
    ("a row written twice under two ids", _copy, lambda verdict: verdict.faults > 0),
]
