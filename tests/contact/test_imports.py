"""Importing tables: mapping, dirty rows, matching, consent, resuming, two at once."""

import asyncio
import contextlib
from typing import Any

import pytest
from chassis.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, Unavailable
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain.imports import Reason, RowRefusedError, map_columns, read_row
from tests.contact.people import create, crm, email, get, values

COLUMNS = (
    "Record ID",
    "First Name",
    "Last Name",
    "Email",
    "Phone Number",
    "Company Name",
    "Country/Region",
    "Shoe size",
)


def row(number: int, **fields: str) -> pb.AppendImportRowsRequest.Row:
    told = {
        "Record ID": f"10{number}",
        "First Name": "Ines",
        "Last Name": f"Weber {number}",
        "Email": f"p{number}@acme.example",
        "Phone Number": f"+4930901{number:05}",
        "Company Name": "Acme",
        "Country/Region": "Germany",
        "Shoe size": "42",
    } | {title.replace("_", " "): value for title, value in fields.items()}
    return pb.AppendImportRowsRequest.Row(values=[told[title] for title in COLUMNS])


async def begin(api: Any, columns: Any = COLUMNS, **fields: Any) -> pb.Import:
    wanted = pb.Import(display_name="export.csv", columns=columns, **fields)
    return await api.CreateImport(pb.CreateImportRequest(contact_import=wanted))


async def append(api: Any, opened: pb.Import, first: int, rows: list[Any], *, last: bool = False) -> pb.Import:
    request = pb.AppendImportRowsRequest(parent=opened.name, first_row=first, rows=rows, last=last)
    return await api.AppendImportRows(request, timeout=60)


async def reports(api: Any, opened: pb.Import, *, refused_only: bool = False) -> list[pb.ImportRowReport]:
    request = pb.ListImportRowReportsRequest(parent=opened.name, refused_only=refused_only, page_size=1000)
    return list((await api.ListImportRowReports(request)).row_reports)


def counts(state: pb.Import) -> tuple[int, int, int, int]:
    return state.rows_created, state.rows_updated, state.rows_unchanged, state.rows_refused


async def contacts(api: Any) -> list[pb.Contact]:
    return list((await api.ListContacts(pb.ListContactsRequest(page_size=1000))).contacts)


def test_columns_are_mapped_by_name_and_by_hand() -> None:
    mapping = map_columns(["Record ID", "E-Mail", "LEAD SCORE (0-9)", "Mobile", "???"], {"Mobile": "-"})
    assert mapping == {
        "Record ID": "crm:hubspot",
        "E-Mail": "email",
        "LEAD SCORE (0-9)": "attributes.lead_score_0_9",
        "Mobile": "-",
        "???": "-",
    }


@pytest.mark.parametrize(
    ("values_", "reason"),
    [
        (["", " ", ""], Reason.NO_IDENTIFIER),
        (["1", "broken@", ""], Reason.INVALID_EMAIL),
        (["1", "J\ufffdrg@acme.example", ""], Reason.WRONG_ENCODING),
        (["1", "a@acme.example"], Reason.RAGGED_ROW),
        (["1", "a@acme.example", "x", "y"], Reason.RAGGED_ROW),
        (["1", "a@acme.example", "n" * 101], Reason.INVALID_VALUE),
        (["1", "a@acme.example", " ••• "], Reason.MASKED_VALUE),
        (["•••", "a@acme.example", ""], Reason.MASKED_VALUE),
        (["1", "a•••@a•••.example", ""], Reason.INVALID_EMAIL),
    ],
)
def test_a_dirty_row_is_refused_with_its_reason(values_: list[str], reason: Reason) -> None:
    columns = ["Record ID", "Email", "First Name"]
    with pytest.raises(RowRefusedError) as refusal:
        read_row(columns, map_columns(columns, {}), values_, "DE")
    assert refusal.value.reason is reason


def test_what_does_not_fit_a_field_is_kept_as_an_attribute() -> None:
    columns = ["Email", "Country", "Time Zone", "Contact owner"]
    person = read_row(columns, map_columns(columns, {}), ["a@acme.example", "Freedonia", "CET-ish", "Ann Bélle"], "")
    assert person.fields == {"owner": "users/ann.belle"}
    assert person.attributes == {"country": "Freedonia", "time_zone": "CET-ish"}


async def test_a_role_address_goes_to_the_company_and_makes_no_person(api: Any) -> None:
    opened = await begin(api)
    rows = [
        row(1, Email="info@acme.example; ines@acme.example"),
        row(2, Email="sales@acme.example", Phone_Number=""),  # her id tells who she is
        row(3, Record_ID="", First_Name="", Last_Name="", Email="info@acme.example", Phone_Number=""),
        row(4, Record_ID="", Email="office@acme.example", Phone_Number=""),  # nothing but a name and it
        row(5, Email="press@acme.example", Company_Name=""),  # whose it could be nobody says
    ]
    state = await append(api, opened, 1, rows)
    assert counts(state) == (4, 0, 1, 0)
    held = {
        contact.family_name: [value for value in values(contact) if "@" in value] for contact in await contacts(api)
    }
    assert held == {
        "Weber 1": ["ines@acme.example"],
        "Weber 2": [],
        "Weber 4": ["office@acme.example"],
        "Weber 5": ["press@acme.example"],
    }
    account = (await api.ListAccounts(pb.ListAccountsRequest())).accounts[0].name
    query = pb.ResolveIdentifiersRequest()
    for value in ("info@acme.example", "sales@acme.example"):
        query.queries.add(identifier=email(value))
    found = (await api.ResolveIdentifiers(query)).resolutions
    assert [(each.account, list(each.contacts)) for each in found] == [(account, [])] * 2
    again = await append(api, await begin(api), 1, rows)
    assert counts(again) == (0, 0, 5, 0)
    assert len(await contacts(api)) == 4


async def test_good_rows_are_imported_and_the_report_names_the_bad_ones(api: Any) -> None:
    opened = await begin(api, owner="users/ada", total_rows=6)
    assert opened.mapping["Shoe size"] == "attributes.shoe_size"
    rows = [
        row(1),
        row(2, Email="broken@"),
        row(3),
        row(4, Email="", Phone_Number="", Record_ID=""),
        pb.AppendImportRowsRequest.Row(values=["too", "few"]),
        row(6, Last_Name="M\ufffdller"),
    ]
    state = await append(api, opened, 1, rows, last=True)
    assert state.position
    assert (counts(state), state.state) == ((2, 0, 0, 4), pb.Import.STATE_FINISHED)
    refused = await reports(api, opened, refused_only=True)
    assert [(each.row, each.reason, each.column) for each in refused] == [
        (2, "INVALID_EMAIL", "Email"),
        (4, "NO_IDENTIFIER", ""),
        (5, "RAGGED_ROW", ""),
        (6, "WRONG_ENCODING", "Last Name"),
    ]
    made = (await contacts(api))[-1]
    assert (made.display_name, made.country, made.owner, made.account_display_name) == (
        "Ines Weber 1",
        "DE",
        "users/ada",
        "Acme",
    )
    assert values(made) == ["101", "p1@acme.example", "+493090100001"]
    assert made.attributes["shoe_size"].string_value == "42"
    assert len((await api.ListAccounts(pb.ListAccountsRequest())).accounts) == 1


async def test_rows_sent_again_change_nothing_and_a_gap_is_refused(api: Any) -> None:
    opened = await begin(api)
    await append(api, opened, 1, [row(1), row(2)])
    state = await append(api, opened, 1, [row(1), row(2), row(3)])
    assert (state.next_row, counts(state)) == (4, (3, 0, 0, 0))
    with pytest.raises(FailedPrecondition) as refusal:
        await append(api, opened, 6, [row(6)])
    assert (refusal.value.reason, refusal.value.metadata["next_row"]) == ("IMPORT_GAP", "4")
    await append(api, opened, 4, [], last=True)
    assert (await append(api, opened, 1, [row(1)], last=True)).rows_created == 3
    with pytest.raises(FailedPrecondition):
        await append(api, opened, 4, [row(4)])


async def test_importing_the_same_table_twice_finds_everybody(api: Any) -> None:
    first = await append(api, await begin(api), 1, [row(1), row(2)])
    again = await append(api, await begin(api), 1, [row(1), row(2, Shoe_size="43")])
    assert (counts(first), counts(again)) == ((2, 0, 0, 0), (0, 1, 1, 0))
    assert len(await contacts(api)) == 2


async def test_external_id_goes_before_address_and_another_one_shares_it(api: Any) -> None:
    known = await create(api, "Ines", crm("101"), email("old@acme.example"))
    by_mail = await create(api, "Omar", email("p2@acme.example"))
    other = await create(api, "Kim", crm("999"), email("p3@acme.example"))
    opened = await begin(api)
    state = await append(api, opened, 1, [row(1), row(2), row(3)])
    assert counts(state) == (1, 2, 0, 0)
    assert values(await get(api, known)) == ["101", "old@acme.example", "p1@acme.example", "+493090100001"]
    assert "102" in values(await get(api, by_mail))
    shared = {identifier.value for identifier in (await get(api, other)).identifiers if identifier.shared}
    assert shared == {"p3@acme.example"}


async def test_an_address_of_several_without_external_id_is_ambiguous(api: Any) -> None:
    await create(api, "Ines", email("p1@acme.example"))
    omar = await create(api, "Omar")
    await api.ShareIdentifier(pb.ShareIdentifierRequest(parent=omar.name, identifier=email("p1@acme.example")))
    opened = await begin(api)
    await append(api, opened, 1, [row(1, Record_ID="")])
    assert [each.reason for each in await reports(api, opened)] == ["AMBIGUOUS"]


async def test_people_of_one_household_share_its_number(api: Any) -> None:
    opened = await begin(api)
    await append(api, opened, 1, [row(1), row(2, Phone_Number="+493090100001")])
    assert [sum(identifier.shared for identifier in each.identifiers) for each in await contacts(api)] == [1, 1]


async def test_consent_comes_along_but_never_takes_back_a_refusal(api: Any) -> None:
    columns = ("Email", "News", "Unsubscribed from all email")
    mapping = {"News": "consent.marketing.email"}

    async def bring(*told: tuple[str, str, str]) -> None:
        rows = [pb.AppendImportRowsRequest.Row(values=each) for each in told]
        await append(api, await begin(api, columns, mapping=mapping), 1, rows)

    async def said(address: str) -> str:
        query = pb.CheckConsentRequest.Query(
            address=email(address), purpose=pb.PURPOSE_MARKETING, channel=pb.CHANNEL_EMAIL
        )
        answer = (await api.CheckConsent(pb.CheckConsentRequest(queries=[query]))).answers[0]
        return pb.CheckConsentResponse.Reason.Name(answer.reason)

    yes, no, out = ("a@acme.example", "yes", ""), ("b@acme.example", "no", ""), ("c@acme.example", "yes", "true")
    await bring(yes, no, out)
    assert [await said(each[0]) for each in (yes, no, out)] == ["REASON_GRANTED", "REASON_DENIED", "REASON_WITHDRAWN"]
    await bring(yes, ("b@acme.example", "yes", ""), ("c@acme.example", "yes", ""))
    assert [await said(each[0]) for each in (yes, no, out)] == ["REASON_GRANTED", "REASON_DENIED", "REASON_WITHDRAWN"]


@pytest.mark.parametrize(
    ("columns", "mapping"),
    [
        (["First Name"], {}),
        (["Email"], {"Email": "-"}),
        (["Email"], {"Mail": "email"}),
        (["Email"], {"Email": "consent.cake.email"}),
        (["Email", "Email"], {}),
    ],
)
async def test_an_import_that_cannot_work_does_not_open(api: Any, columns: list[str], mapping: dict[str, str]) -> None:
    with pytest.raises(InvalidArgument):
        await begin(api, columns, mapping=mapping)


async def test_two_imports_and_single_calls_meet_without_losing_anything(api: Any) -> None:
    one, two = await begin(api), await begin(api)
    rows = [row(number) for number in range(1, 201)]

    async def single(number: int) -> None:
        """One contact, tried again as every client does while an import has the identifiers."""
        for _ in range(10):
            with contextlib.suppress(Aborted, Unavailable, AlreadyExists):
                await create(api, f"Single {number}", email(f"s{number}@acme.example"), request_id=f"single-{number}")
                return
            await asyncio.sleep(0.2)

    async def whole(opened: pb.Import) -> None:
        """One table, tried again as every client does while the other has the identifiers."""
        while True:
            with contextlib.suppress(Aborted):
                await append(api, opened, 1, rows)
                return

    await asyncio.gather(whole(one), whole(two), *(single(n) for n in range(20)))
    assert len(await contacts(api)) == 220
    totals = [await api.GetImport(pb.GetImportRequest(name=opened.name)) for opened in (one, two)]
    assert sorted(counts(each) for each in totals) == [(0, 0, 200, 0), (200, 0, 0, 0)]


async def test_a_thousand_rows_are_one_call(api: Any) -> None:
    opened = await begin(api)
    state = await append(api, opened, 1, [row(number) for number in range(1, 1001)])
    assert (state.rows_created, state.next_row) == (1000, 1001)
