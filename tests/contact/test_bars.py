"""Restriction and legal hold: what each keeps from being done, since when and why, and that lifting gives it back."""

from typing import Any

import pytest
from chassis.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_events_pb2 import ContactEvent

from tests.contact.people import create, email, get
from tests.serving import Served

R = pb.CheckConsentResponse


async def opted_in(api: Any) -> pb.Contact:
    ines = await create(api, "Ines", email("ines@acme.example"), owner="users/ada", team="teams/north")
    event = pb.ConsentEvent(
        address=email("ines@acme.example"), purpose=pb.PURPOSE_MARKETING, status=pb.ConsentEvent.STATUS_GRANTED,
        lawful_basis=pb.ConsentEvent.LAWFUL_BASIS_CONSENT,
    )  # fmt: skip
    await api.RecordConsent(pb.RecordConsentRequest(consent_event=event))
    return ines


async def reason(api: Any, contact: pb.Contact) -> int:
    query = pb.CheckConsentRequest.Query(contact=contact.name, purpose=pb.PURPOSE_MARKETING, channel=pb.CHANNEL_EMAIL)
    (answer,) = (await api.CheckConsent(pb.CheckConsentRequest(queries=[query]))).answers
    return answer.reason


async def test_who_is_restricted_is_not_written_to_until_it_is_lifted(contact: Served, api: Any, admin: Any) -> None:
    ines = await opted_in(api)
    async with contact.database.connection() as conn:
        await conn.execute("UPDATE consent_reading SET read_time = now() + interval '1 hour'")
    assert await reason(api, ines) == R.REASON_GRANTED
    dup = await create(api, "I.", email("i@acme.example"))
    await api.MergeContacts(pb.MergeContactsRequest(name=dup.name, duplicate=ines.name))
    restricted = await admin.RestrictContact(pb.RestrictContactRequest(name=dup.name, reason="disputes it"))
    assert (restricted.restriction.reason, restricted.restriction.actor) == ("disputes it", "users/root")
    query = pb.CheckConsentRequest.Query(
        address=email("ines@acme.example"), purpose=pb.PURPOSE_MARKETING, channel=pb.CHANNEL_EMAIL
    )
    (answer,) = (await api.CheckConsent(pb.CheckConsentRequest(queries=[query]))).answers
    assert answer.reason == R.REASON_RESTRICTED, "also by an address of who was merged into her"
    again = await admin.RestrictContact(pb.RestrictContactRequest(name=dup.name, reason="other words"))
    assert again.restriction == restricted.restriction
    lifted = await admin.LiftRestriction(pb.LiftRestrictionRequest(name=dup.name, reason="was right"))
    assert not lifted.HasField("restriction")
    (answer,) = (await api.CheckConsent(pb.CheckConsentRequest(queries=[query]))).answers
    assert answer.reason == R.REASON_GRANTED
    log = (await admin.ListAuditEntries(pb.ListAuditEntriesRequest())).audit_entries
    assert [(each.action, each.reason) for each in log] == [
        ("contact.lift_restriction", "was right"),
        ("contact.restrict", "disputes it"),
    ]


async def test_others_hear_of_both(contact: Served, api: Any, admin: Any) -> None:
    ines = await opted_in(api)
    await admin.RestrictContact(pb.RestrictContactRequest(name=ines.name, reason="disputes it"))
    await admin.HoldContact(pb.HoldContactRequest(name=ines.name, reason="lawsuit"))
    told = [ContactEvent.FromString(bytes(record[3])).contact_changed for record in await contact.outbox()]
    states = [(each.restricted, each.held) for each in told if each.contact == ines.name]
    assert states == [(False, False), (True, False), (True, True)]
    assert not any(
        b"disputes" in bytes(record[3]) or b"lawsuit" in bytes(record[3]) for record in await contact.outbox()
    )


async def test_an_erasure_waits_for_a_hold_and_goes_on_when_it_is_released(api: Any, admin: Any) -> None:
    ines = await opted_in(api)
    dup = await create(api, "I.")
    await admin.HoldContact(pb.HoldContactRequest(name=dup.name, reason="lawsuit"))
    await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=dup.name))
    request = pb.RequestErasureRequest(name=ines.name, verification="passport")
    held = await admin.RequestErasure(request)
    assert (held.state, list(held.waiting_services)) == (pb.Erasure.STATE_HELD, [])
    assert (await get(api, ines)).display_name == "Ines"
    with pytest.raises(FailedPrecondition):
        await admin.GetErasureReceipt(pb.GetErasureReceiptRequest(name=f"{held.name}/receipt"))
    await api.UnmergeContact(pb.UnmergeContactRequest(name=dup.name))
    await admin.ReleaseContact(pb.ReleaseContactRequest(name=dup.name, reason="settled"))
    assert (await get(api, dup)).state == pb.Contact.STATE_ACTIVE
    gone = await admin.RequestErasure(request)
    assert gone.state == pb.Erasure.STATE_ERASING
    assert (await get(api, ines)).state == pb.Contact.STATE_ERASED


async def test_a_hold_on_who_was_merged_holds_the_person_while_they_are_one_and_then_exactly_the_one_it_was_meant_for(
    api: Any, admin: Any
) -> None:
    ines, dup = await opted_in(api), await create(api, "I.")
    await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=dup.name))
    held = await admin.HoldContact(
        pb.HoldContactRequest(name=dup.name, reason="lawsuit", etag=(await get(api, ines)).etag)
    )
    assert (held.name, held.legal_hold.reason) == (ines.name, "lawsuit"), "shown where the person is looked at"
    erasure = await admin.RequestErasure(pb.RequestErasureRequest(name=ines.name, verification="passport"))
    assert erasure.state == pb.Erasure.STATE_HELD
    await api.UnmergeContact(pb.UnmergeContactRequest(name=dup.name))
    assert [(await get(admin, each)).HasField("legal_hold") for each in (ines, dup)] == [False, True]
    with pytest.raises(FailedPrecondition):
        await admin.RestrictContact(
            pb.RestrictContactRequest(name=(await merged(api, ines)).name, reason="disputes it")
        )


async def merged(api: Any, survivor: pb.Contact) -> pb.Contact:
    """Somebody who was merged into a contact."""
    found = await create(api, "Once more")
    await api.MergeContacts(pb.MergeContactsRequest(name=survivor.name, duplicate=found.name))
    return found


@pytest.mark.parametrize("released", ["person", "merged"])
async def test_releasing_who_was_merged_or_who_stands_for_the_person_lets_a_waiting_erasure_go_on(
    api: Any, admin: Any, released: str
) -> None:
    ines = await opted_in(api)
    dup = await merged(api, ines)
    await admin.HoldContact(pb.HoldContactRequest(name=dup.name, reason="lawsuit"))
    await admin.RequestErasure(pb.RequestErasureRequest(name=ines.name, verification="passport"))
    name = {"person": ines.name, "merged": dup.name}[released]
    answer = await admin.ReleaseContact(pb.ReleaseContactRequest(name=name, reason="settled"))
    assert not answer.HasField("legal_hold")
    assert (await get(api, ines)).state == pb.Contact.STATE_ERASED


async def test_who_may_and_what_is_refused(api: Any, admin: Any, ada: Any, bob: Any, contact: Served) -> None:
    ines = await opted_in(api)
    mira = await contact.stub("marketer", subject="users/mira", team="north")
    for stub in (ada, api, mira):
        with pytest.raises(PermissionDenied):
            await stub.HoldContact(pb.HoldContactRequest(name=ines.name, reason="lawsuit"))
    with pytest.raises(PermissionDenied):
        await bob.RestrictContact(pb.RestrictContactRequest(name=ines.name, reason="disputes it"))
    with pytest.raises(InvalidArgument):
        await admin.RestrictContact(pb.RestrictContactRequest(name=ines.name))
    with pytest.raises(InvalidArgument):
        await admin.ReleaseContact(pb.ReleaseContactRequest(name=ines.name))
    with pytest.raises(Aborted):
        await admin.RestrictContact(pb.RestrictContactRequest(name=ines.name, reason="x", etag="stale"))
    nobody = pb.LiftRestrictionRequest(name="contacts/0190a1b2-0000-7000-8000-000000000001", reason="was right")
    with pytest.raises(NotFound):
        await admin.LiftRestriction(nobody)
    await mira.RestrictContact(pb.RestrictContactRequest(name=ines.name, reason="disputes it"))
    await admin.RequestErasure(pb.RequestErasureRequest(name=ines.name, verification="passport"))
    with pytest.raises(FailedPrecondition):
        await admin.HoldContact(pb.HoldContactRequest(name=ines.name, reason="too late"))
