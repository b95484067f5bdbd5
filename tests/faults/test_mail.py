"""A few small rows of the mail matrix in every run of the tests, and the proof that its checker sees what it must."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from tests.databases import Databases
from tests.faults.__main__ import commit
from tests.faults.mail.checker import MOST_UNKNOWN, Line, Seen, faults
from tests.faults.mail.matrix import rows, run_row
from tests.faults.mail.proof import TAMPERINGS, prove
from tests.faults.mail.stage import Stage, open_stage
from tests.flows.system import GRPC, System

PEOPLE, RATE = 200, 150
KILLED = ("campaign.send", "campaign.work while planning", "interaction.serve")
OF_THE_MODULE = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(
    databases_of_run: Databases, postgres: Postgres, kafka: Kafka, run_folder: Path
) -> AsyncIterator[Stage]:
    """A system of this file's own, on the engines of the run."""
    for name in GRPC:
        databases_of_run.add(name, "_mail", migrated=False)

    def system(**fields: Any) -> System:
        told = databases_of_run.settings("_mail", **kafka.settings(), topic_prefix="mail.", **fields)
        return System(run_folder / "mail", told.model_dump(mode="json", exclude_unset=True))

    engines: Any = SimpleNamespace(postgres=postgres, kafka=kafka, system=system)
    async with open_stage(engines, PEOPLE) as stage:
        yield stage


@OF_THE_MODULE
@pytest.mark.timeout(300)
@pytest.mark.parametrize("killed", KILLED)
async def test_nobody_is_mailed_twice_or_forgotten_when_a_process_is_killed(stage: Stage, killed: str) -> None:
    row = next(row for row in rows(stage) if row.name == killed)
    outcome = await run_row(stage, row, 0, int(commit()[:12], 16), RATE)
    print(outcome)
    assert outcome.verdict.mails > 0
    assert not outcome.verdict.faults


@OF_THE_MODULE
@pytest.mark.timeout(300)
async def test_the_checker_notices_each_way_of_being_wrong(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert await prove(stage) == 0, capsys.readouterr().out
    assert len(TAMPERINGS) >= 9


def test_more_unknown_than_may_be_and_a_report_without_effect_are_faults() -> None:
    lines = [Line(uuid4(), f"vera{at}@mails.example", "UNKNOWN", str(uuid4())) for at in range(MOST_UNKNOWN)]
    counts = {"planned": len(lines), "handed_over": 0, "delivered": 0, "unknown": len(lines)}
    seen = Seen(frozenset(line.contact for line in lines), [lines[0].mail], lines, [], counts)
    assert not list(faults(seen))
    seen.reported = frozenset({lines[0].message})
    assert [fault.kind for fault in faults(seen)] == ["unsettled"]
    lines.append(Line(uuid4(), "one.more@mails.example", "UNKNOWN", str(uuid4())))
    seen = Seen(frozenset(line.contact for line in lines), [], lines, [], counts)
    assert {fault.kind for fault in faults(seen)} == {"excess", "miscounted"}
