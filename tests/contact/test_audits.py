"""The audit of a period: grants on no ground and grants that ran out, while nothing newer was said."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from auditing import COLUMNS, Row, write
from chassis.errors import InvalidArgument, PermissionDenied
from chassis.spreadsheets import as_text
from touchline.contact.v1 import contact_pb2 as pb

from tests.contact.people import create, email
from tests.contact.test_consent import record, stamp
from tests.serving import Served

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
Finding = pb.ListConsentFindingsRequest.Finding


async def found(api: Any, finding: int, *, begin: datetime = NOW - 30 * DAY, end: datetime = NOW + DAY) -> list[str]:
    request = pb.ListConsentFindingsRequest(finding=finding, page_size=1)  # type: ignore[arg-type]
    request.from_time.FromDatetime(begin)
    request.to_time.FromDatetime(end)
    values = []
    while True:
        page = await api.ListConsentFindings(request)
        values += [event.address.value for event in page.consent_events]
        request.page_token = page.next_page_token
        if not request.page_token:
            return values


async def test_grants_that_stand_on_no_ground_are_found_until_something_newer_is_said(contact: Served, api: Any):
    for name in ("a", "b", "c"):
        await record(api, email(f"{name}@acme.example"), "GRANTED", capture_time=stamp(NOW - 9 * DAY))
    async with contact.database.connection() as conn:
        await conn.execute("UPDATE consent_event SET lawful_basis = '' WHERE value <> 'c@acme.example'")
    assert await found(api, Finding.FINDING_WITHOUT_BASIS) == ["a@acme.example", "b@acme.example"]
    await record(api, email("a@acme.example"), "PENDING", lawful_basis=0)
    await record(api, email("b@acme.example"), "WITHDRAWN", lawful_basis=0)
    assert await found(api, Finding.FINDING_WITHOUT_BASIS) == ["a@acme.example"]
    assert await found(api, Finding.FINDING_WITHOUT_BASIS, end=NOW - DAY) == ["a@acme.example", "b@acme.example"]


async def test_grants_that_ran_out_in_the_period_are_found_unless_they_were_given_again(api: Any):
    for name, until in (("a", -5), ("b", -5), ("c", -40), ("d", 5)):
        grant = {"capture_time": stamp(NOW - 60 * DAY), "effective_to_time": stamp(NOW + until * DAY)}
        await record(api, email(f"{name}@acme.example"), "GRANTED", **grant)
    await record(api, email("b@acme.example"), "GRANTED")
    assert await found(api, Finding.FINDING_EXPIRED, end=NOW + DAY) == ["a@acme.example"]


async def test_who_sees_a_person_masked_sees_her_masked_here_and_not_everybody_audits(contact: Served, api: Any):
    await create(api, "Ines", email("ines@acme.example"), owner="users/ada", team="teams/north")
    await record(
        api,
        email("ines@acme.example"),
        "GRANTED",
        capture_time=stamp(NOW - 2 * DAY),
        effective_to_time=stamp(NOW - DAY),
    )
    mira = await contact.stub("marketer", subject="users/mira", team="marketing")
    assert await found(mira, Finding.FINDING_EXPIRED) == ["i•••@a•••.example"]
    with pytest.raises(PermissionDenied):
        await found(await contact.stub("rep", subject="users/ada", team="north"), Finding.FINDING_EXPIRED)


async def test_a_period_that_is_none_is_refused(api: Any):
    with pytest.raises(InvalidArgument, match="to_time"):
        await found(api, Finding.FINDING_EXPIRED, begin=NOW, end=NOW)
    with pytest.raises(InvalidArgument):
        await found(api, Finding.FINDING_UNSPECIFIED)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "|x", "%x", "＝1"])
def test_no_cell_is_a_formula(cell: str):
    text = io.StringIO(newline="")
    write([Row("EXPIRED", "t", f"{cell}", "", "", "", cell, "", "n")], text)
    head, line = text.getvalue().splitlines()[0], text.getvalue()
    assert head == ",".join(COLUMNS)
    assert as_text(cell) == f"'{cell}"
    assert f",{cell}" not in line
    assert as_text("ada@kiln.example") == "ada@kiln.example"
