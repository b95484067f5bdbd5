"""Exports as CRMs write them: every clean row becomes a contact, and the report names exactly the dirty ones."""

import pytest

from tests.flows.export import make_export
from tests.flows.people import client, contacts_of, import_export
from tests.flows.system import System

SEEDS = 50
REASONS = {"no identifier": "NO_IDENTIFIER", "broken e-mail": "INVALID_EMAIL", "ragged": "RAGGED_ROW"}


@pytest.mark.timeout(300)
async def test_the_report_names_exactly_the_dirty_rows(system: System):
    async with client(system) as touchline:
        for seed in range(100, 100 + SEEDS):
            export = make_export(seed)
            imported = await import_export(system, touchline, export, f"export-{seed}")
            wanted = {row: REASONS[dirt] for row, dirt in export.dirty.items()}
            assert imported.refused == wanted, f"seed {seed}, {export.encoding}, {export.separator!r}"
            assert imported.state.rows_created == len(export.clean)
            await contacts_of(touchline, export)


async def test_the_same_export_again_creates_nobody(system: System):
    async with client(system) as touchline:
        export = make_export(99)
        await import_export(system, touchline, export, "first")
        again = await import_export(system, touchline, export, "second")
        assert again.state.rows_created == 0
        assert set(again.refused) == set(export.dirty)
