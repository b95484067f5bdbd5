"""Where teams are hidden from each other, another team's contact is by every door as if it never was."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from chassis.config import Settings, TeamVisibility
from chassis.errors import DomainError, InvalidArgument, NotFound
from sqlalchemy import event
from sqlalchemy.engine import Engine
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

from tests.contact.people import create, crm, email
from tests.serving import Served, serving

NEVER = "contacts/01890000-0000-7000-8000-000000000001"
NOBODY = "contacts/01890000-0000-7000-8000-000000000002"
TOUCH = "touches/" + "A" * 43


@pytest.fixture
async def hiding(make_database: Callable[..., Settings], token: Callable[..., str]) -> AsyncIterator[Served]:
    settings = make_database("contact", team_visibility=TeamVisibility.HIDDEN)
    async with serving("contact", settings, ContactServiceStub, token) as served:
        yield served


def doors(stub: Any, name: str) -> dict[str, Any]:
    known = email("ines@acme.example")
    change = pb.UpdateContactRequest(contact=pb.Contact(name=name, title="x"))
    change.update_mask.paths.append("title")
    return {
        "get": stub.GetContact(pb.GetContactRequest(name=name)),
        "batch": stub.BatchGetContacts(pb.BatchGetContactsRequest(names=[name])),
        "update": stub.UpdateContact(change),
        "delete": stub.DeleteContact(pb.DeleteContactRequest(name=name)),
        "undelete": stub.UndeleteContact(pb.UndeleteContactRequest(name=name)),
        "reveal": stub.RevealContact(pb.RevealContactRequest(name=name, reason="I want to")),
        "merge": stub.MergeContacts(pb.MergeContactsRequest(name=name, duplicate=NOBODY)),
        "preview": stub.PreviewMerge(pb.PreviewMergeRequest(name=name, duplicate=NOBODY)),
        "unmerge": stub.UnmergeContact(pb.UnmergeContactRequest(name=name)),
        "changes": stub.ListContactChanges(pb.ListContactChangesRequest(parent=name)),
        "links": stub.ListIdentityLinks(pb.ListIdentityLinksRequest(parent=name)),
        "consent": stub.ListConsentEvents(pb.ListConsentEventsRequest(parent=name)),
        "purchases": stub.ListPurchases(pb.ListPurchasesRequest(parent=name)),
        "proof": stub.GetConsentProof(pb.GetConsentProofRequest(parent=name)),
        "restrict": stub.RestrictContact(pb.RestrictContactRequest(name=name, reason="She says so")),
        "lift": stub.LiftRestriction(pb.LiftRestrictionRequest(name=name, reason="She says so")),
        "add": stub.AddIdentifier(pb.AddIdentifierRequest(parent=name, identifier=email("x@acme.example"))),
        "end": stub.EndIdentifier(pb.EndIdentifierRequest(parent=name, identifier=known)),
        "retract": stub.RetractIdentifier(pb.RetractIdentifierRequest(parent=name, identifier=known)),
        "verify": stub.VerifyIdentifier(pb.VerifyIdentifierRequest(parent=name, identifier=known)),
        "share": stub.ShareIdentifier(pb.ShareIdentifierRequest(parent=name, identifier=known)),
        "exclude": stub.ExcludeTouch(pb.ExcludeTouchRequest(parent=name, touch=TOUCH)),
        "include": stub.IncludeTouch(pb.IncludeTouchRequest(parent=name, touch=TOUCH)),
    }


async def test_another_teams_contact_answers_as_one_that_never_was(hiding: Served):
    api = await hiding.stub("service")
    ines = await create(api, "Ines", email("ines@acme.example"), crm("77"), owner="users/jana", team="teams/west")
    stranger = await hiding.stub("rep", "marketer", subject="users/bob", team="teams/south")
    theirs, nobodys = doors(stranger, ines.name), doors(stranger, NEVER)
    for door, call in theirs.items():
        with pytest.raises(NotFound) as refused:
            await call
        with pytest.raises(NotFound) as never:
            await nobodys[door]
        said, told = [(one.value.reason, one.value.message, dict(one.value.metadata)) for one in (refused, never)]
        assert str(said).replace(ines.name, NEVER) == str(told), door
    for listed in (
        pb.ListContactsRequest(),
        pb.ListContactsRequest(query="Ines"),
        pb.ListContactsRequest(filter='owner = "users/jana"'),
    ):
        assert not (await stranger.ListContacts(listed)).contacts
    query = pb.ResolveIdentifiersRequest.Query(identifier=crm("77"))
    found = await stranger.ResolveIdentifiers(pb.ResolveIdentifiersRequest(queries=[query]))
    assert not found.resolutions[0].contacts


@contextlib.contextmanager
def asked() -> Iterator[list[str]]:
    """Every statement that PostgreSQL is asked meanwhile: a fairer clock than one that tells the time."""
    told: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *more: Any) -> None:
        told.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_what_is_hidden_is_looked_for_as_long_as_what_never_was(hiding: Served):
    api = await hiding.stub("service")
    ines = await create(api, "Ines", email("ines@acme.example"), crm("77"), owner="users/jana", team="teams/west")
    stranger = await hiding.stub("rep", "marketer", subject="users/bob", team="teams/south")
    theirs, nobodys, unlike = doors(stranger, ines.name), doors(stranger, NEVER), {}
    for door, call in theirs.items():
        with asked() as hers, pytest.raises(NotFound):
            await call
        with asked() as never, pytest.raises(NotFound):
            await nobodys[door]
        if hers != never:
            unlike[door] = hers, never
    assert unlike == {}


async def told(call: Any) -> tuple[str, list[str]]:
    """What a call answers or is refused with, and what PostgreSQL was asked for it."""
    with asked() as statements:
        try:
            said = str(await call)
        except DomainError as error:
            said = str((type(error), error.reason, error.message, dict(error.metadata)))
    return said, statements


async def whose(stub: Any, address: pb.Identifier) -> pb.ResolveIdentifiersResponse:
    """Whom an address leads to; the hash of the address itself is left out."""
    query = pb.ResolveIdentifiersRequest.Query(identifier=address)
    answer = await stub.ResolveIdentifiers(pb.ResolveIdentifiersRequest(queries=[query]))
    answer.resolutions[0].ClearField("subject")
    return answer  # type: ignore[no-any-return]


async def test_neither_identifier_nor_company_nor_a_colleagues_token_nor_an_export_leads_there(hiding: Served):
    api = await hiding.stub("service")
    works = (await api.CreateAccount(pb.CreateAccountRequest(account=pb.Account(display_name="Kiln")))).name
    west = {"owner": "users/jana", "team": "teams/west", "account": works}
    ines, _ = [await create(api, name, email(f"{name}@acme.example"), **west) for name in ("Ines", "Bea")]
    bob = await hiding.stub("rep", "marketer", subject="users/bob", team="teams/south")
    eva = await hiding.stub("rep", "marketer", subject="users/eva", team="teams/west")
    hers = pb.ListContactsRequest(filter=f'account = "{works}"', page_size=1)
    mine = await eva.ListContacts(hers)
    assert len(mine.contacts) == 1
    assert not (await bob.ListContacts(hers)).contacts
    hers.page_token = mine.next_page_token
    with pytest.raises(InvalidArgument) as refused:
        await bob.ListContacts(hers)
    assert refused.value.reason == "PAGE_TOKEN_MISMATCH"
    await eva.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=ines.name, title="Miller")))
    changes = await eva.ListContactChanges(pb.ListContactChangesRequest(parent=ines.name, page_size=1))
    token = changes.next_page_token
    assert token
    for ask in (
        lambda name, _: bob.ListContactChanges(pb.ListContactChangesRequest(parent=name, page_token=token)),
        lambda name, _: anext(aiter(bob.ExportContact(pb.ExportContactRequest(name=name)))),
        lambda _, address: whose(bob, address),
    ):
        theirs = await told(ask(ines.name, email("ines@acme.example")))
        nobodys = await told(ask(NEVER, email("free@acme.example")))
        assert theirs[1] == nobodys[1]
        assert theirs[0].replace(ines.name, NEVER) == nobodys[0]


async def test_a_change_of_another_teams_contact_is_none_that_could_be_placed(hiding: Served):
    api = await hiding.stub("service")
    ines = await create(api, "Ines", email("ines@acme.example"), owner="users/jana", team="teams/west")
    changes = (await api.ListContactChanges(pb.ListContactChangesRequest(parent=ines.name))).contact_changes
    stranger = await hiding.stub("rep", "marketer", subject="users/bob", team="teams/south")
    said = []
    for name in (changes[0].name, "contactChanges/999999999"):
        with pytest.raises(NotFound) as refused:
            await stranger.PlaceContactChange(pb.PlaceContactChangeRequest(name=name))
        said.append(str((refused.value.reason, refused.value.message, dict(refused.value.metadata))).replace(name, "…"))
    assert said[0] == said[1]


async def test_ones_own_team_and_who_runs_the_installation_see_it(hiding: Served):
    ines = await create(await hiding.stub("service"), "Ines", email("i@acme.example"), team="teams/west")
    for stub in (await hiding.stub("rep", subject="users/eva", team="west"), await hiding.stub("admin")):
        assert (await stub.GetContact(pb.GetContactRequest(name=ines.name))).name == ines.name
        assert len((await stub.ListContacts(pb.ListContactsRequest())).contacts) == 1


async def test_another_teams_contact_has_no_consent_no_deals_and_takes_part_in_none(hiding: Served):
    api = await hiding.stub("service")
    ines = await create(api, "Ines", email("ines@acme.example"), owner="users/jana", team="teams/west")
    bea = await create(api, "Bea", email("bea@acme.example"), team="teams/south")
    people = [pb.Deal.Participant(contact=each.name) for each in (ines, bea)]
    deal = await api.CreateDeal(pb.CreateDealRequest(deal=pb.Deal(display_name="Retrofit", participants=people)))
    stranger = await hiding.stub("rep", "marketer", "service", subject="users/bob", team="teams/south")
    assert len((await stranger.GetDeal(pb.GetDealRequest(name=deal.name))).participants) == 2
    stranger = await hiding.stub("rep", "marketer", subject="users/bob", team="teams/south")
    asked = {"purpose": pb.PURPOSE_MARKETING, "channel": pb.CHANNEL_EMAIL}
    for name, shown in ((ines.name, 0), (NEVER, 0), (bea.name, 1)):
        query = pb.CheckConsentRequest.Query(contact=name, **asked)
        (answer,) = (await stranger.CheckConsent(pb.CheckConsentRequest(queries=[query]))).answers
        assert (answer.reason == pb.CheckConsentResponse.REASON_NO_ADDRESS) == (not shown)
        listed = await stranger.ListDeals(pb.ListDealsRequest(filter=f'contact = "{name}"'))
        assert [each.name for each in listed.deals] == [deal.name] * shown
    for answer in (
        await stranger.GetDeal(pb.GetDealRequest(name=deal.name)),
        (await stranger.ListDeals(pb.ListDealsRequest())).deals[0],
    ):
        assert [each.contact for each in answer.participants] == [bea.name]


async def test_a_contact_merged_into_another_teams_is_refused_by_the_name_that_was_asked(hiding: Served):
    api = await hiding.stub("service")
    ines = await create(api, "Ines", email("ines@acme.example"), team="teams/west")
    twin = await create(api, "I. Ines", email("i.ines@acme.example"), team="teams/west")
    await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=twin.name))
    stranger = await hiding.stub("rep", subject="users/bob", team="teams/south")
    for ask in (
        stranger.ListConsentEvents(pb.ListConsentEventsRequest(parent=twin.name)),
        stranger.ListIdentityLinks(pb.ListIdentityLinksRequest(parent=twin.name)),
        stranger.ListContactChanges(pb.ListContactChangesRequest(parent=twin.name)),
        stranger.ListPurchases(pb.ListPurchasesRequest(parent=twin.name)),
        stranger.GetConsentProof(pb.GetConsentProofRequest(parent=twin.name)),
    ):
        with pytest.raises(NotFound) as refused:
            await ask
        assert refused.value.metadata["contact"] == twin.name
