"""Contacts by gRPC: create, get, update, list, batch, delete, undelete, request ids, masks, audited reveal."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from chassis import audit
from chassis.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import select
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.models import AuditEntry
from services.contact.store.audit import entry_of
from tests.contact.people import create, crm, email, get, phone, values
from tests.serving import Served


async def test_a_contact_comes_back_as_it_was_created(api: Any) -> None:
    made = await create(
        api,
        "",
        email("Ines.Weber@Acme.example", label="work", verified=True),
        phone("+49 30 901820"),
        crm("0042"),
        given_name="Ines",
        family_name="Weber",
        title="Buyer",
        owner="users/ada",
        team="teams/north",
        stage="lead",
        time_zone="Europe/Berlin",
        country="DE",
        language="de",
        tags=["fair", "vip", "fair"],
        attributes={
            "shoe_size": pb.AttributeValue(number_value=42.5),
            "seats": pb.AttributeValue(integer_value=9_007_199_254_740_993),
            "likes_tea": pb.AttributeValue(boolean_value=True),
            "note": pb.AttributeValue(string_value="früh anrufen"),
            "whole": pb.AttributeValue(number_value=1e20),
        },
    )
    made_position, made.position = made.position, ""
    assert made_position
    read = await get(api, made)
    assert read == made
    assert read.display_name == "Ines Weber"
    assert values(read) == ["ines.weber@acme.example", "+4930901820", "0042"]
    assert read.tags == ["fair", "vip"]
    assert read.attributes["whole"].number_value == 1e20
    assert read.state == pb.Contact.STATE_ACTIVE
    assert not read.masked
    assert {len(identifier.subject) for identifier in read.identifiers} == {16}


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"identifiers": [email("broken@")]}, "contact.identifiers[0].value"),
        ({"identifiers": [phone("call me")]}, "contact.identifiers[0].value"),
        ({"time_zone": "Europe/Bielefeld"}, "contact.time_zone"),
        ({"country": "Germany"}, "contact.country"),
        ({"owner": "ada"}, "contact.owner"),
        ({"account": "accounts/none"}, "contact.account"),
        ({"display_name": "x" * 201}, "contact.display_name"),
        ({"attributes": {"Bad Name": pb.AttributeValue(string_value="x")}}, "contact.attributes"),
    ],
)
async def test_what_is_wrong_is_named_and_changes_nothing(api: Any, fields: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        await api.CreateContact(pb.CreateContactRequest(contact=pb.Contact(**fields)))
    assert refusal.value.violations[0].field.startswith(where)
    assert not (await api.ListContacts(pb.ListContactsRequest())).contacts


async def test_an_identifier_has_one_holder(api: Any) -> None:
    await create(api, "Ines", email("ines@acme.example"))
    with pytest.raises(AlreadyExists) as refusal:
        await create(api, "Other", email("INES@acme.example"))
    assert refusal.value.reason == "IDENTIFIER_HELD"
    assert "ines@" not in str(refusal.value)
    assert len((await api.ListContacts(pb.ListContactsRequest())).contacts) == 1


async def test_many_at_once_find_one_free_identifier(api: Any) -> None:
    tries = await asyncio.gather(
        *(create(api, f"Ines {number}", email("ines@acme.example")) for number in range(8)), return_exceptions=True
    )
    assert sum(isinstance(each, pb.Contact) for each in tries) == 1
    assert {type(each) for each in tries if not isinstance(each, pb.Contact)} <= {AlreadyExists}


async def test_fifty_calls_with_one_request_id_have_one_effect(api: Any) -> None:
    request_id = str(uuid4())

    async def call() -> pb.Contact:
        while True:
            try:
                return await create(api, "Ines", email("ines@acme.example"), request_id=request_id)
            except Aborted:
                await asyncio.sleep(0.05)

    answers = await asyncio.gather(*(call() for _ in range(50)))
    assert len({answer.name for answer in answers}) == 1
    assert all(answer.position for answer in answers)
    with pytest.raises(InvalidArgument):
        await create(api, "Another", request_id=request_id)


async def test_an_update_changes_what_its_mask_names(api: Any) -> None:
    made = await create(api, "Ines", email("ines@acme.example"), stage="lead", tags=["fair"])
    patch = pb.Contact(name=made.name, stage="customer", title="Head", tags=["vip"], etag=made.etag)
    request = pb.UpdateContactRequest(contact=patch, update_mask=FieldMask(paths=["stage", "tags"]))
    updated = await api.UpdateContact(request)
    assert (updated.stage, updated.title, list(updated.tags)) == ("customer", "", ["vip"])
    assert updated.etag != made.etag
    with pytest.raises(Aborted) as refusal:
        await api.UpdateContact(request)
    assert refusal.value.reason == "ETAG_MISMATCH"
    wrong = pb.UpdateContactRequest(contact=patch, update_mask=FieldMask(paths=["identifiers"]))
    with pytest.raises(InvalidArgument):
        await api.UpdateContact(wrong)


async def test_no_mask_means_every_field_that_is_set(api: Any) -> None:
    made = await create(api, "Ines", email("ines@acme.example"), stage="lead")
    made.title, made.position = "Head", ""
    updated = await api.UpdateContact(pb.UpdateContactRequest(contact=made))
    assert (updated.title, updated.stage, values(updated)) == ("Head", "lead", ["ines@acme.example"])


async def test_deleting_retracts_and_undeleting_asserts_again(api: Any) -> None:
    made = await create(api, "Ines", email("ines@acme.example"))
    deleted = await api.DeleteContact(pb.DeleteContactRequest(name=made.name))
    assert (deleted.state, values(deleted)) == (pb.Contact.STATE_DELETED, [])
    again = await api.DeleteContact(pb.DeleteContactRequest(name=made.name))
    assert again.etag == deleted.etag
    assert not (await api.ListContacts(pb.ListContactsRequest())).contacts
    assert (await api.ListContacts(pb.ListContactsRequest(show_deleted=True))).contacts[0].name == made.name
    with pytest.raises(FailedPrecondition) as refusal:
        await api.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=made.name, title="x")))
    assert refusal.value.metadata["state"] == "DELETED"
    assert refusal.value.metadata["required"] == "ACTIVE"
    restored = await api.UndeleteContact(pb.UndeleteContactRequest(name=made.name))
    assert (restored.state, values(restored)) == (pb.Contact.STATE_ACTIVE, ["ines@acme.example"])
    with pytest.raises(FailedPrecondition):
        await api.UndeleteContact(pb.UndeleteContactRequest(name=made.name))


async def test_what_somebody_took_meanwhile_does_not_come_back(api: Any) -> None:
    made = await create(api, "Ines", email("ines@acme.example"))
    await api.DeleteContact(pb.DeleteContactRequest(name=made.name))
    await create(api, "Next", email("ines@acme.example"))
    with pytest.raises(AlreadyExists):
        await api.UndeleteContact(pb.UndeleteContactRequest(name=made.name))


async def test_lists_page_by_keyset_and_refuse_a_token_of_another(api: Any) -> None:
    names = [(await create(api, f"Person {number:02}")).name for number in range(7)]
    seen, request = [], pb.ListContactsRequest(page_size=3)
    while True:
        page = await api.ListContacts(request)
        seen += [contact.name for contact in page.contacts]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert seen == names[::-1]
    by_name = await api.ListContacts(pb.ListContactsRequest(order_by="display_name", page_size=3))
    assert [contact.display_name for contact in by_name.contacts] == ["Person 00", "Person 01", "Person 02"]
    more = pb.ListContactsRequest(order_by="display_name", page_size=3, page_token=by_name.next_page_token)
    assert (await api.ListContacts(more)).contacts[0].display_name == "Person 03"
    with pytest.raises(InvalidArgument) as refusal:
        await api.ListContacts(pb.ListContactsRequest(filter='stage = "x"', page_token=by_name.next_page_token))
    assert refusal.value.reason == "PAGE_TOKEN_MISMATCH"


async def test_filters_and_free_text_find(api: Any) -> None:
    account = await api.CreateAccount(
        pb.CreateAccountRequest(account=pb.Account(display_name="Kestrel Drives", domain="kestrel.example"))
    )
    ines = await create(
        api, "Ines Weber", email("ines@kestrel.example"), account=account.name, stage="lead", tags=["vip"]
    )
    omar = await create(api, "Omar 100%", phone("+4930901820"), stage="customer", country="DE")

    async def found(**asked: Any) -> set[str]:
        return {contact.name for contact in (await api.ListContacts(pb.ListContactsRequest(**asked))).contacts}

    assert await found(filter='stage = "lead"') == {ines.name}
    assert await found(filter=f'account = "{account.name}" AND tags:vip') == {ines.name}
    assert await found(filter='email = "INES@kestrel.example"') == {ines.name}
    assert await found(filter='email:"kestrel"') == {ines.name}
    assert await found(filter='phone = "+49 30 901820"') == {omar.name}
    assert await found(filter='NOT country = "DE"') == {ines.name}
    assert await found(query="kestrel WEBER") == {ines.name}
    assert await found(query="100%") == {omar.name}
    assert await found(query="+49 30 901820") == {omar.name}
    assert await found(query="ines@kest") == {ines.name}
    assert await found(query="nobody") == set()
    with pytest.raises(InvalidArgument):
        await found(filter='colour = "red"')
    with pytest.raises(InvalidArgument):
        await found(order_by="stage")


async def test_a_batch_comes_in_the_order_asked(api: Any) -> None:
    names = [(await create(api, f"Person {number}")).name for number in range(3)]
    wanted = [names[2], names[0], names[2]]
    answer = await api.BatchGetContacts(pb.BatchGetContactsRequest(names=wanted))
    assert [contact.name for contact in answer.contacts] == wanted
    with pytest.raises(NotFound):
        await api.BatchGetContacts(pb.BatchGetContactsRequest(names=[names[0], f"contacts/{uuid4()}"]))


async def test_another_teams_contact_is_masked_and_cannot_be_found_by_what_is_hidden(
    contact: Served, ada: Any, bob: Any, api: Any
) -> None:
    made = await create(ada, "Ines Weber", email("ines@acme.example"), phone("+4930901820"), crm("4711"))
    assert (made.owner, made.team, made.masked) == ("users/ada", "teams/north", False)
    secret = {"note": pb.AttributeValue(string_value="canary-attribute")}
    patch = pb.UpdateContactRequest(contact=pb.Contact(name=made.name, attributes=secret))
    await ada.UpdateContact(patch)
    seen = await get(bob, made)
    assert seen.masked
    assert seen.display_name == "Ines Weber"
    text = str(seen)
    for hidden in ("ines@acme", "901820", "4711", "canary-attribute"):
        assert hidden not in text
    asked = [
        {"query": "ines@acme.example"},
        {"query": "4711"},
        {"query": "+4930901820"},
        {"filter": 'email = "ines@acme.example"'},
        {"filter": 'email:"ines"'},
        {"filter": 'phone = "+4930901820"'},
    ]
    for each in asked:
        assert not (await bob.ListContacts(pb.ListContactsRequest(**each))).contacts, each
        assert (await ada.ListContacts(pb.ListContactsRequest(**each))).contacts, each
    query = pb.ResolveIdentifiersRequest(
        queries=[pb.ResolveIdentifiersRequest.Query(identifier=email("ines@acme.example"))]
    )
    assert not (await bob.ResolveIdentifiers(query)).resolutions[0].contacts
    assert list((await ada.ResolveIdentifiers(query)).resolutions[0].contacts) == [made.name]
    for change in (pb.Contact(name=made.name, owner="users/bob"), pb.Contact(name=made.name, attributes=secret)):
        change.attributes["other"].string_value = "x"
        with pytest.raises(PermissionDenied):
            await bob.UpdateContact(pb.UpdateContactRequest(contact=change))
    with pytest.raises(PermissionDenied):
        await bob.AddIdentifier(pb.AddIdentifierRequest(parent=made.name, identifier=email("b@acme.example")))
    assert (await get(api, made)).owner == "users/ada"


async def test_a_reveal_shows_everything_and_is_written_down(contact: Served, ada: Any, bob: Any) -> None:
    made = await create(ada, "Ines", email("ines@acme.example"))
    with pytest.raises(InvalidArgument):
        await bob.RevealContact(pb.RevealContactRequest(name=made.name))
    for reason in ("she called back", "again"):
        shown = await bob.RevealContact(pb.RevealContactRequest(name=made.name, reason=reason))
        assert (values(shown), shown.masked) == (["ines@acme.example"], False)
    async with contact.database.transaction() as tx:
        entries = list(await tx.scalars(select(AuditEntry).order_by(AuditEntry.number)))
    assert [(entry.actor, entry.resource, entry.reason) for entry in entries] == [
        ("users/bob", made.name, "she called back"),
        ("users/bob", made.name, "again"),
    ]
    assert entries[1].previous_hash == entries[0].hash
    assert audit.verify(map(entry_of, entries)) is None
