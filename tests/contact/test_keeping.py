"""What is older than contact keeps it goes at night, with evidence of it; whoever a legal hold lies on is spared."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis import audit
from chassis.clock import FixedClock
from chassis.keeping import Keeping, Rule, list_evidence
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.store.keeping import RULES
from tests.contact.people import create, email
from tests.contact.test_audit import everything
from tests.serving import Served


def later(days: int) -> datetime:
    """Noon some days from now."""
    return datetime.now(UTC).replace(hour=12) + timedelta(days=days)


async def keep(contact: Served, days: int, *rules: Rule) -> dict[str, int]:
    """One night so many days from now; what the evidence says of it."""
    await Keeping(contact.database, "contact", rules or RULES, FixedClock(later(days))).keep()
    async with contact.database.connection() as conn:
        return {row.store: row.rows for row in await list_evidence(conn, 100) if row.day == later(days).date()}


async def rows(contact: Served, query: str) -> list[Any]:
    async with contact.database.connection() as conn:
        return await (await conn.execute(query)).fetchall()


async def import_of(api: Any, *addresses: str) -> pb.Import:
    wanted = pb.Import(display_name="people.csv", columns=["Email"])
    made = await api.CreateImport(pb.CreateImportRequest(contact_import=wanted))
    append = pb.AppendImportRowsRequest(parent=made.name, first_row=1, last=True)
    for address in addresses:
        append.rows.add(values=[address])
    await api.AppendImportRows(append)
    return made


async def opt_in(api: Any, address: str) -> pb.OptIn:
    wanted = pb.OptIn(address=email(address), purpose=pb.PURPOSE_MARKETING, topic="news", wording_version="w1")
    return await api.RequestOptIn(pb.RequestOptInRequest(opt_in=wanted))


async def test_imports_requests_and_reasons_go_when_they_are_old_and_a_hold_spares_hers(
    contact: Served, api: Any, admin: Any
) -> None:
    omar = await create(api, "Omar", email("omar@acme.example"))
    await import_of(api, "nora@acme.example", "ines@acme.example")
    for address in ("omar@acme.example", "ines@acme.example"):
        await opt_in(api, address)
    query = pb.ResolveIdentifiersRequest()
    query.queries.add().identifier.CopyFrom(email("ines@acme.example"))
    ines = (await api.ResolveIdentifiers(query)).resolutions[0].contacts[0]
    for name in (omar.name, ines):
        await admin.RevealContact(pb.RevealContactRequest(name=name, reason="a complaint"))
    await admin.HoldContact(pb.HoldContactRequest(name=ines, reason="lawsuit"))
    twin = await create(api, "I.", email("i@acme.example"))
    await api.MergeContacts(pb.MergeContactsRequest(name=twin.name, duplicate=ines))
    assert await keep(contact, 36) == dict.fromkeys(("import_row", "contact_import", "opt_in", "audit_entry"), 0)
    assert await keep(contact, 38) == {"import_row": 0, "contact_import": 0, "opt_in": 1, "audit_entry": 0}
    assert await keep(contact, 91) == {"import_row": 1, "contact_import": 0, "opt_in": 0, "audit_entry": 0}
    assert await rows(contact, "SELECT value FROM opt_in") == [("ines@acme.example",)]
    assert (await keep(contact, 1_098))["audit_entry"] == 1
    log = await everything(admin)
    assert [entry.reason for entry in log] == ["", "a complaint", "lawsuit"]
    assert audit.verify(log) is not None, "a reason that is gone too early is found"
    assert audit.verify(log, reasons_from=later(2)) is None
    await api.UnmergeContact(pb.UnmergeContactRequest(name=ines))
    await admin.ReleaseContact(pb.ReleaseContactRequest(name=ines, reason="it is over"))
    assert await keep(contact, 1_099) == {"import_row": 1, "contact_import": 1, "opt_in": 1, "audit_entry": 3}


class Dying(Keeping):
    """Ends behind its first portions, as a killed process does."""

    left = 2

    def pause(self, deleted: int, seconds: float) -> float:
        self.left -= 1
        if not self.left:
            raise ConnectionAbortedError("killed")
        return 0.0


async def test_a_night_that_was_killed_is_finished_by_the_next_turn_and_the_evidence_counts_every_row_once(
    contact: Served, api: Any
) -> None:
    await import_of(api, *(f"p{number}@acme.example" for number in range(600)))
    at = FixedClock(later(91))
    with pytest.raises(ConnectionAbortedError):
        await Dying(contact.database, "contact", RULES, at, blocks=1).keep()
    ((left,),) = await rows(contact, "SELECT count(*) FROM import_row")
    assert 0 < left < 600
    query = "SELECT store, rows, is_done FROM retention_evidence"
    assert await rows(contact, query) == [("import_row", 600 - left, False)]
    await Keeping(contact.database, "contact", RULES, at, blocks=1, per_second=10**9).keep()
    told = {store: (count, is_done) for store, count, is_done in await rows(contact, query)}
    assert told["import_row"] == (600, True)
    assert told["contact_import"] == (1, True)
