"""Where teams are hidden, an identifier of another team's contact is by every door as one that nobody has."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.config import Settings, TeamVisibility
from chassis.errors import AlreadyExists
from google.protobuf.json_format import MessageToJson
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

from services.contact.usecases.duplicates import find_duplicates
from tests.contact.people import create, email, get, phone, values
from tests.serving import Served, serving

THEIRS, NOBODYS = "ines.weber@acme.example", "anna.berg@acme.example"
PLACES = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z|\"(subject|etag|position)\": \".*\""
)


@pytest.fixture
async def hiding(make_database: Callable[..., Settings], token: Callable[..., str]) -> AsyncIterator[Served]:
    settings = make_database("contact", team_visibility=TeamVisibility.HIDDEN)
    async with serving("contact", settings, ContactServiceStub, token) as served:
        yield served


@pytest.fixture
async def ines(hiding: Served) -> pb.Contact:
    """A contact of team west, with a marketing consent."""
    api = await hiding.stub("service")
    made = await create(api, "Ines", email(THEIRS), phone("+420601000001"), owner="users/jana", team="teams/west")
    given = pb.ConsentEvent(
        address=email(THEIRS), purpose=pb.PURPOSE_MARKETING, channel=pb.CHANNEL_EMAIL, source="form",
        status=pb.ConsentEvent.STATUS_GRANTED, lawful_basis=pb.ConsentEvent.LAWFUL_BASIS_CONSENT,
    )  # fmt: skip
    await api.RecordConsent(pb.RecordConsentRequest(consent_event=given))
    return made


@pytest.fixture
async def bob(hiding: Served, ines: pb.Contact) -> Any:
    return await hiding.stub("rep", "marketer", subject="users/bob", team="south")


async def bobs(api: Any, name: str, *identifiers: pb.Identifier) -> pb.Contact:
    return await create(api, name, *identifiers, owner="users/bob", team="teams/south")


def plain(said: Any, address: str) -> str:
    """An answer without what is another's in any two answers."""
    return PLACES.sub("…", MessageToJson(said).replace(address, "x@acme.example"))


async def what_bob_sees(api: Any, address: str) -> dict[str, str]:
    """Everything that he is told while he takes an address into use."""
    known = email(address)
    made = await bobs(api, "Somebody", known)
    other = await bobs(api, "Other", email(f"o.{address}"))
    parent, at = made.name, datetime.now(UTC) - timedelta(days=9)
    question = pb.CheckConsentRequest.Query(contact=parent, purpose=pb.PURPOSE_MARKETING, channel=pb.CHANNEL_EMAIL)
    asked = pb.ResolveIdentifiersRequest(queries=[pb.ResolveIdentifiersRequest.Query(identifier=known)])
    told: dict[str, Any] = {
        "create": made,
        "get": await get(api, parent),
        "list": await api.ListContacts(pb.ListContactsRequest(query=address)),
        "resolve": await api.ResolveIdentifiers(asked),
        "consent": await api.CheckConsent(pb.CheckConsentRequest(queries=[question])),
        "events": await api.ListConsentEvents(pb.ListConsentEventsRequest(parent=parent)),
        "again": await api.AddIdentifier(pb.AddIdentifierRequest(parent=parent, identifier=known)),
        "links": await api.ListIdentityLinks(pb.ListIdentityLinksRequest(parent=parent)),
        "verify": await api.VerifyIdentifier(pb.VerifyIdentifierRequest(parent=parent, identifier=known)),
    }
    try:
        await api.AddIdentifier(pb.AddIdentifierRequest(parent=other.name, identifier=known))
    except AlreadyExists as refused:
        told["of another of his"] = refused.reason
    told["share"] = await api.ShareIdentifier(pb.ShareIdentifierRequest(parent=other.name, identifier=known))
    await api.RetractIdentifier(pb.RetractIdentifierRequest(parent=other.name, identifier=known))
    told["end"] = await api.EndIdentifier(pb.EndIdentifierRequest(parent=parent, identifier=known))
    told["ended"] = await get(api, parent)
    since = pb.AddIdentifierRequest(parent=other.name, identifier=known)
    since.from_time.FromDatetime(datetime.now(UTC))
    told["add since"] = await api.AddIdentifier(since)
    told["delete"] = await api.DeleteContact(pb.DeleteContactRequest(name=other.name))
    told["undelete"] = await api.UndeleteContact(pb.UndeleteContactRequest(name=other.name))
    told["links in the end"] = await api.ListIdentityLinks(pb.ListIdentityLinksRequest(parent=other.name))
    assert at < datetime.now(UTC)
    return {door: said if isinstance(said, str) else plain(said, address) for door, said in told.items()}


async def test_an_identifier_of_another_teams_contact_answers_as_one_that_nobody_has(bob: Any) -> None:
    theirs, nobodys = await what_bob_sees(bob, THEIRS), await what_bob_sees(bob, NOBODYS)
    assert theirs["of another of his"] == "IDENTIFIER_HELD"
    for door, said in nobodys.items():
        assert theirs[door] == said, door


async def test_a_claim_takes_nothing_from_who_holds_the_identifier(hiding: Served, bob: Any, ines: pb.Contact) -> None:
    claimed = await bobs(bob, "Ines W.", email(THEIRS))
    assert values(claimed) == [THEIRS]
    api = await hiding.stub("service")
    asked = pb.ResolveIdentifiersRequest(queries=[pb.ResolveIdentifiersRequest.Query(identifier=email(THEIRS))])
    assert list((await api.ResolveIdentifiers(asked)).resolutions[0].contacts) == [ines.name]
    jana = await hiding.stub("rep", subject="users/jana", team="west")
    found = await get(jana, ines)
    assert (values(found)[0], found.identifiers[0].shared) == (THEIRS, False)
    with pytest.raises(AlreadyExists):
        await create(jana, "Twin", email(THEIRS), owner="users/jana", team="teams/west")


async def test_others_learn_a_claim_as_a_link_that_holds_for_no_moment(hiding: Served, bob: Any) -> None:
    claimed = await bobs(bob, "Ines W.", email(THEIRS))
    admin = await hiding.stub("admin")
    (link,) = (await admin.ListIdentityLinks(pb.ListIdentityLinksRequest(parent=claimed.name))).identity_links
    assert (link.claimed, link.kind, link.from_time.ToDatetime().year) == (True, pb.IdentityLink.KIND_SHARED, 9000)
    service = await hiding.stub("service")
    page = await service.SnapshotLinks(pb.SnapshotLinksRequest())
    assert link.name in {each.name for each in page.identity_links if each.from_time.ToDatetime().year == 9000}


async def test_the_pair_is_found_by_who_sees_both_and_they_join_it_or_make_the_claim_good(
    hiding: Served, bob: Any, ines: pb.Contact
) -> None:
    claimed = await bobs(bob, "Ines W.", email(THEIRS))
    async with hiding.database.transaction() as tx:
        await find_duplicates(tx, until=datetime.now(UTC) + timedelta(minutes=1), now=datetime.now(UTC))
    admin = await hiding.stub("admin")
    listed = await admin.ListDuplicateCandidates(pb.ListDuplicateCandidatesRequest())
    (pair,) = [each for each in listed.duplicate_candidates if claimed.name in {each.contact, each.duplicate}]
    assert {pair.contact, pair.duplicate} == {claimed.name, ines.name}
    assert not (await bob.ListDuplicateCandidates(pb.ListDuplicateCandidatesRequest())).duplicate_candidates
    share = pb.ShareIdentifierRequest(parent=claimed.name, identifier=email(THEIRS))
    made = await admin.ShareIdentifier(share)
    assert (made.claimed, made.kind) == (False, pb.IdentityLink.KIND_SHARED)
    asked = pb.ResolveIdentifiersRequest(queries=[pb.ResolveIdentifiersRequest.Query(identifier=email(THEIRS))])
    found = (await admin.ResolveIdentifiers(asked)).resolutions[0].contacts
    assert set(found) == {claimed.name, ines.name}


async def test_a_report_of_an_import_names_no_contact_of_another_team(hiding: Served, bob: Any) -> None:
    opened = await bob.CreateImport(
        pb.CreateImportRequest(
            contact_import=pb.Import(columns=["Email", "Name"], owner="users/bob", team="teams/south")
        )
    )
    rows = [pb.AppendImportRowsRequest.Row(values=[address, "I."]) for address in (THEIRS, NOBODYS)]
    await bob.AppendImportRows(pb.AppendImportRowsRequest(parent=opened.name, first_row=1, rows=rows, last=True))
    reports = await bob.ListImportRowReports(pb.ListImportRowReportsRequest(parent=opened.name))
    assert [bool(each.contact) for each in reports.row_reports] == [False, True]


async def test_where_teams_are_masked_an_identifier_is_one_contacts(contact: Served) -> None:
    api = await contact.stub("service")
    await create(api, "Ines", email(THEIRS), team="teams/west")
    stranger = await contact.stub("rep", subject="users/bob", team="south")
    with pytest.raises(AlreadyExists):
        await create(stranger, "Twin", email(THEIRS), owner="users/bob", team="teams/south")
