"""Who holds what: adding, ending, sharing, retracting, merging and un-merging, and whom a moment belongs to."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from google.protobuf.timestamp_pb2 import Timestamp
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

from tests.contact.people import create, crm, email, get, phone, values
from tests.serving import serving

NUMBER = "+4930901820"


def stamp(moment: datetime) -> Timestamp:
    told = Timestamp()
    told.FromDatetime(moment)
    return told


def ago(days: int) -> Timestamp:
    return stamp(datetime.now(UTC) - timedelta(days=days))


async def whose(api: Any, identifier: pb.Identifier, at: Timestamp | None = None) -> Any:
    query = pb.ResolveIdentifiersRequest.Query(identifier=identifier, occurred_time=at)
    return (await api.ResolveIdentifiers(pb.ResolveIdentifiersRequest(queries=[query]))).resolutions[0]


async def test_an_added_identifier_reaches_back_for_ever_and_adding_it_twice_changes_nothing(api: Any) -> None:
    ines = await create(api, "Ines")
    request = pb.AddIdentifierRequest(parent=ines.name, identifier=email("ines@acme.example"), evidence="form")
    link = await api.AddIdentifier(request)
    assert (link.kind, link.contact, link.evidence) == (pb.IdentityLink.KIND_HOLDS, ines.name, "form")
    assert not link.HasField("from_time")
    assert link.position
    assert (await api.AddIdentifier(request)).name == link.name
    assert list((await whose(api, email("INES@acme.example"), ago(9000))).contacts) == [ines.name]
    changed = await get(api, ines)
    assert changed.etag != ines.etag
    assert changed.identifiers[0].link == link.name


async def test_a_cookie_reaches_thirty_days_back(api: Any) -> None:
    ines = await create(api, "Ines", pb.Identifier(kind="cookie", value="Zm9v"))
    cookie = pb.Identifier(kind="cookie", value="Zm9v")
    assert list((await whose(api, cookie, ago(29))).contacts) == [ines.name]
    assert not (await whose(api, cookie, ago(31))).contacts


async def test_a_number_changes_hands(api: Any) -> None:
    ines, omar = await create(api, "Ines", phone(NUMBER)), await create(api, "Omar")
    take = pb.AddIdentifierRequest(parent=omar.name, identifier=phone(NUMBER))
    with pytest.raises(AlreadyExists):
        await api.AddIdentifier(take)
    ended = await api.EndIdentifier(
        pb.EndIdentifierRequest(parent=ines.name, identifier=phone(NUMBER), end_time=ago(10))
    )
    assert ended.revision == 2
    taken = await api.AddIdentifier(take)
    assert taken.from_time == ended.to_time
    assert list((await whose(api, phone(NUMBER), ago(11))).contacts) == [ines.name]
    assert list((await whose(api, phone(NUMBER), ago(9))).contacts) == [omar.name]
    assert values(await get(api, ines)) == []


@pytest.mark.parametrize(("region", "read"), [("DE", "+4930901820"), ("FR", "+33309018204")])
async def test_a_number_without_country_code_is_read_by_the_installations_region(
    make_database: Any, token: Any, region: str, read: str
) -> None:
    local = {"DE": "030 901820", "FR": "03 09 01 82 04"}[region]
    async with serving("contact", make_database("contact", region=region), ContactServiceStub, token) as contact:
        api = await contact.stub("service", subject="crm-sync", client="crm")
        ines = await create(api, "Ines", phone(local), country="AT")
        assert values(await get(api, ines)) == [read]
        assert list((await whose(api, phone(read))).contacts) == [ines.name]
        for found in ({"query": local}, {"filter": f'phone = "{local}"'}):
            assert [one.name for one in (await api.ListContacts(pb.ListContactsRequest(**found))).contacts] == [
                ines.name
            ]
        await api.EndIdentifier(pb.EndIdentifierRequest(parent=ines.name, identifier=phone(local)))
        assert values(await get(api, ines)) == []


async def test_an_end_before_the_beginning_is_refused(api: Any) -> None:
    ines = await create(api, "Ines")
    add = pb.AddIdentifierRequest(parent=ines.name, identifier=phone(NUMBER), from_time=ago(5))
    await api.AddIdentifier(add)
    with pytest.raises(InvalidArgument):
        await api.EndIdentifier(pb.EndIdentifierRequest(parent=ines.name, identifier=phone(NUMBER), end_time=ago(6)))
    with pytest.raises(NotFound):
        await api.EndIdentifier(pb.EndIdentifierRequest(parent=ines.name, identifier=email("x@acme.example")))


async def test_never_hers_retracts(api: Any) -> None:
    ines = await create(api, "Ines", phone(NUMBER))
    link = await api.RetractIdentifier(pb.RetractIdentifierRequest(parent=ines.name, identifier=phone(NUMBER)))
    assert link.HasField("retracted_time")
    assert not (await whose(api, phone(NUMBER), ago(1))).contacts
    omar = await create(api, "Omar", phone(NUMBER))
    assert list((await whose(api, phone(NUMBER), ago(1))).contacts) == [omar.name]


async def test_a_shared_address_is_both_peoples(api: Any) -> None:
    ines, omar = await create(api, "Ines", email("home@acme.example")), await create(api, "Omar")
    shared = await api.ShareIdentifier(
        pb.ShareIdentifierRequest(parent=omar.name, identifier=email("home@acme.example"))
    )
    assert shared.kind == pb.IdentityLink.KIND_SHARED
    answer = await whose(api, email("home@acme.example"))
    assert set(answer.contacts) == {ines.name, omar.name}
    assert [identifier.shared for identifier in (await get(api, ines)).identifiers] == [True]


async def test_a_role_address_is_the_accounts(api: Any) -> None:
    account = await api.CreateAccount(pb.CreateAccountRequest(account=pb.Account(display_name="Acme")))
    add = pb.AddIdentifierRequest(parent=account.name, identifier=email("info@acme.example"))
    link = await api.AddIdentifier(add)
    assert (link.kind, link.account) == (pb.IdentityLink.KIND_ROLE, account.name)
    answer = await whose(api, email("info@acme.example"), ago(100))
    assert (answer.account, list(answer.contacts)) == (account.name, [])
    await api.EndIdentifier(pb.EndIdentifierRequest(parent=account.name, identifier=email("info@acme.example")))
    await api.RetractIdentifier(pb.RetractIdentifierRequest(parent=account.name, identifier=email("info@acme.example")))
    assert not (await whose(api, email("info@acme.example"), ago(100))).account
    with pytest.raises(InvalidArgument):
        await api.AddIdentifier(pb.AddIdentifierRequest(parent=account.name, identifier=crm("1")))


async def test_a_merge_joins_two_people_and_an_unmerge_gives_both_back(api: Any) -> None:
    ines, dup = await create(api, "Ines", email("ines@acme.example")), await create(api, "I. Weber", phone(NUMBER))
    merged = await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=dup.name))
    assert values(merged) == ["ines@acme.example", NUMBER]
    assert list(merged.merged_contacts) == [dup.name]
    assert merged.position
    old = await get(api, dup)
    assert (old.name, old.merged_into) == (ines.name, ines.name)
    answer = await whose(api, phone(NUMBER))
    assert (list(answer.contacts), list(answer.holders)) == ([ines.name], [dup.name])
    found = await api.ListContacts(pb.ListContactsRequest(query=NUMBER))
    assert [contact.name for contact in found.contacts] == [ines.name]
    with pytest.raises(FailedPrecondition):
        await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=dup.name))
    restored = await api.UnmergeContact(pb.UnmergeContactRequest(name=dup.name))
    assert (restored.name, values(restored), restored.merged_into) == (dup.name, [NUMBER], "")
    assert values(await get(api, ines)) == ["ines@acme.example"]
    with pytest.raises(FailedPrecondition) as refusal:
        await api.UnmergeContact(pb.UnmergeContactRequest(name=dup.name))
    assert refusal.value.reason == "CONTACT_NOT_MERGED"


async def test_merges_are_transitive_and_have_no_cycle(api: Any) -> None:
    a, b, c = [await create(api, name, email(f"{name}@acme.example")) for name in "abc"]
    await api.MergeContacts(pb.MergeContactsRequest(name=b.name, duplicate=a.name))
    await api.MergeContacts(pb.MergeContactsRequest(name=c.name, duplicate=b.name))
    assert (await get(api, a)).name == c.name
    assert values(await get(api, c)) == ["c@acme.example", "a@acme.example", "b@acme.example"]
    found = await api.ListContacts(pb.ListContactsRequest(filter='email = "a@acme.example"'))
    assert [contact.name for contact in found.contacts] == [c.name]
    for merged, error in ((a, FailedPrecondition), (b, Aborted)):
        with pytest.raises(error):
            await api.MergeContacts(pb.MergeContactsRequest(name=merged.name, duplicate=c.name))
    with pytest.raises(InvalidArgument):
        await api.MergeContacts(pb.MergeContactsRequest(name=c.name, duplicate=c.name))


async def test_two_merges_in_opposite_directions_have_one_winner(api: Any) -> None:
    for number in range(5):
        a, b = await create(api, f"A {number}"), await create(api, f"B {number}")
        outcomes = await asyncio.gather(
            api.MergeContacts(pb.MergeContactsRequest(name=a.name, duplicate=b.name)),
            api.MergeContacts(pb.MergeContactsRequest(name=b.name, duplicate=a.name)),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, pb.Contact) for outcome in outcomes) == 1
        (loser,) = [outcome for outcome in outcomes if not isinstance(outcome, pb.Contact)]
        assert isinstance(loser, Aborted)
        assert loser.reason == "MERGE_CONFLICT"


async def test_only_who_sees_both_may_merge_them(api: Any, contact: Any) -> None:
    marketer = await contact.stub("marketer", subject="users/mira", team="north")
    ines, omar = await create(api, "Ines", team="teams/north"), await create(api, "Omar", team="teams/south")
    with pytest.raises(PermissionDenied) as refusal:
        await marketer.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=omar.name))
    assert refusal.value.reason == "CONTACT_MASKED"


async def test_a_person_has_at_most_two_hundred_subjects(api: Any) -> None:
    full = await create(api, "Full", *(crm(str(number)) for number in range(200)))
    with pytest.raises(FailedPrecondition) as refusal:
        await api.AddIdentifier(pb.AddIdentifierRequest(parent=full.name, identifier=crm("one-more")))
    assert refusal.value.reason == "TOO_MANY_SUBJECTS"
    other = await create(api, "Other", crm("other"))
    with pytest.raises(FailedPrecondition):
        await api.MergeContacts(pb.MergeContactsRequest(name=full.name, duplicate=other.name))


async def test_an_address_is_verified_after_it_was_added_and_its_history_goes_with_who_holds_it(api: Any) -> None:
    ines = await create(api, "Ines", email("ines@acme.example"), email("i.weber@acme.example"), crm("77"))
    omar = await create(api, "Omar", email("omar@acme.example"))
    await api.MergeContacts(pb.MergeContactsRequest(name=omar.name, duplicate=ines.name))

    async def verify(address: pb.Identifier, **fields: Any) -> pb.IdentityLink:
        return await api.VerifyIdentifier(pb.VerifyIdentifierRequest(parent=omar.name, identifier=address, **fields))

    link = await verify(email("INES@acme.example"))
    again = await verify(email("ines@acme.example"))
    assert (link.contact, link.revision, again.revision) == (ines.name, 2, 2)
    merged = await get(api, omar)
    assert [(each.value, each.verified) for each in merged.identifiers if each.kind == "email"] == [
        ("omar@acme.example", False), ("ines@acme.example", True), ("i.weber@acme.example", False)
    ]  # fmt: skip
    await verify(email("ines@acme.example"), withdrawn=True)
    assert not any(each.verified for each in (await get(api, omar)).identifiers)
    await api.UnmergeContact(pb.UnmergeContactRequest(name=ines.name))
    told = (await api.ListContactChanges(pb.ListContactChangesRequest(parent=ines.name))).contact_changes
    assert [(each.action, [(one.field, one.before, one.after) for one in each.fields]) for each in told][1:3] == [
        (pb.ContactChange.ACTION_UNVERIFIED, [("identifiers.email", "ines@acme.example", "")]),
        (pb.ContactChange.ACTION_VERIFIED, [("identifiers.email", "", "ines@acme.example")]),
    ]
    told = (await api.ListContactChanges(pb.ListContactChangesRequest(parent=omar.name))).contact_changes
    assert "ines@acme.example" not in str(told)
    for refused in (crm("77"), email("nobody@acme.example"), email("ines@acme.example")):
        with pytest.raises(InvalidArgument if refused.kind != "email" else NotFound):
            await verify(refused)


async def test_the_wrong_person_is_taken_off_a_touch_and_put_back(api: Any) -> None:
    ines = await create(api, "Ines")
    touch = "touches/" + base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")
    link = await api.ExcludeTouch(pb.ExcludeTouchRequest(parent=ines.name, touch=touch))
    assert (link.kind, link.touch) == (pb.IdentityLink.KIND_EXCLUSION, touch)
    assert (await api.ExcludeTouch(pb.ExcludeTouchRequest(parent=ines.name, touch=touch))).name == link.name
    back = await api.IncludeTouch(pb.IncludeTouchRequest(parent=ines.name, touch=touch))
    assert (back.name, back.HasField("retracted_time")) == (link.name, True)
    with pytest.raises(NotFound):
        await api.IncludeTouch(pb.IncludeTouchRequest(parent=ines.name, touch=touch))


async def test_every_statement_stays_listed(api: Any) -> None:
    ines, dup = await create(api, "Ines", email("ines@acme.example")), await create(api, "Dup", phone(NUMBER))
    await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=dup.name))
    await api.UnmergeContact(pb.UnmergeContactRequest(name=dup.name))
    await api.RetractIdentifier(pb.RetractIdentifierRequest(parent=ines.name, identifier=email("ines@acme.example")))
    links = await api.ListIdentityLinks(pb.ListIdentityLinksRequest(parent=ines.name, page_size=1))
    more = pb.ListIdentityLinksRequest(parent=ines.name, page_size=1, page_token=links.next_page_token)
    both = [*links.identity_links, *(await api.ListIdentityLinks(more)).identity_links]
    assert [link.kind for link in both] == [pb.IdentityLink.KIND_HOLDS, pb.IdentityLink.KIND_MERGE]
    assert all(link.HasField("retracted_time") for link in both)
