"""Whoever was deleted is erased in the night in which undeleting is over: refusals stay, and nothing comes back."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.clock import FixedClock
from chassis.errors import FailedPrecondition
from chassis.keeping import list_evidence
from chassis.retention import kept
from identity import Subjects
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_events_pb2 import ContactEvent

from services.contact import events
from services.contact.domain.contacts import UNDELETE_WITHIN
from services.contact.jobs import Erasing, Purging
from tests.contact.people import create, crm, email, get, phone
from tests.contact.test_erasures import OTHERS, a_person, acknowledge, erased_event, everything_of_her, residue
from tests.serving import Served

C = pb.CheckConsentResponse


def purging(contact: Served, days: float, kind: type[Purging] = Purging) -> Purging:
    """The job as it is some days from now, at noon."""
    noon = datetime.now(UTC).replace(hour=12) + timedelta(days=days)
    return kind(contact.database, Subjects(contact.settings.identity_key()), FixedClock(noon))


async def evidence(contact: Served) -> dict[int, tuple[int, bool]]:
    """In how many days how many went, and whether that night was finished."""
    async with contact.database.connection() as conn:
        told = await list_evidence(conn, 100)
    today = datetime.now(UTC).date()
    return {(each.day - today).days: (each.rows, each.is_done) for each in told if each.store == "contact"}


async def delete(api: Any, contact: pb.Contact) -> pb.Contact:
    return await api.DeleteContact(pb.DeleteContactRequest(name=contact.name))


async def consent(api: Any, address: pb.Identifier, status: Any, **fields: Any) -> None:
    event = pb.ConsentEvent(
        address=address, purpose=pb.PURPOSE_MARKETING, status=status,
        lawful_basis=pb.ConsentEvent.LAWFUL_BASIS_CONSENT, evidence="form of Canary Weber", **fields,
    )  # fmt: skip
    await api.RecordConsent(pb.RecordConsentRequest(consent_event=event))


async def answer(api: Any, address: pb.Identifier, channel: Any = pb.CHANNEL_EMAIL) -> Any:
    query = pb.CheckConsentRequest.Query(address=address, purpose=pb.PURPOSE_MARKETING, channel=channel)
    (found,) = (await api.CheckConsent(pb.CheckConsentRequest(queries=[query]))).answers
    return found.reason


async def imported(api: Any, *addresses: str) -> pb.Import:
    opened = await api.CreateImport(pb.CreateImportRequest(contact_import=pb.Import(columns=["email"])))
    rows = [pb.AppendImportRowsRequest.Row(values=[address]) for address in addresses]
    return await api.AppendImportRows(pb.AppendImportRowsRequest(parent=opened.name, first_row=1, rows=rows, last=True))


async def refusal(call: Any) -> FailedPrecondition:
    with pytest.raises(FailedPrecondition) as refused:
        await call
    return refused.value


def test_nobody_goes_who_could_be_undeleted() -> None:
    assert kept("contact", "contact") >= UNDELETE_WITHIN


async def test_a_deleted_contact_and_who_was_merged_into_it_go_after_thirty_days_and_nothing_of_them_is_left(
    contact: Served, api: Any, admin: Any
) -> None:
    ines = await everything_of_her(api, admin)
    omar = await create(api, "Omar", email("omar@acme.example"))
    deleted = await delete(api, ines)
    assert {"public.contact", "public.identity_link", "public.contact_change"} <= (await residue(contact)).keys()
    assert await purging(contact, 30).purge() == 0
    assert (await get(api, ines)).state == pb.Contact.STATE_DELETED
    assert await purging(contact, 31).purge() == 2
    assert await purging(contact, 31).purge() == 0
    assert await purging(contact, 32).purge() == 0
    assert await evidence(contact) == {31: (2, True), 32: (0, True)}
    await Erasing(contact.database).end()
    async with contact.database.connection() as conn:
        await conn.execute("ANALYZE")
    assert await residue(contact) == {}
    assert (await get(api, ines)).state == pb.Contact.STATE_ERASED
    assert (await get(api, omar)).display_name == "Omar"
    (erasure,) = (await admin.ListErasures(pb.ListErasuresRequest())).erasures
    assert (erasure.requester, erasure.delete_time, len(erasure.contacts)) == ("", deleted.delete_time, 2)
    last = (await admin.ListAuditEntries(pb.ListAuditEntriesRequest())).audit_entries[0]
    assert (last.actor, last.action, last.resource) == ("services/contact", "contact.purge", ines.name)


async def test_others_hear_of_every_subject_that_they_held_and_the_receipt_says_when_they_were_deleted(
    contact: Served, api: Any, admin: Any
) -> None:
    ines = await a_person(api)
    twin = await create(api, "Ines", crm("crm-canary-77"))
    await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=twin.name))
    deleted = await delete(api, ines)
    await purging(contact, 31).purge()
    said = ContactEvent.FromString((await erased_event(contact)).value).contact_erased
    assert sorted(each.kind for each in said.subjects) == ["contact", "contact", "crm:hubspot", "email", "phone"]
    assert said.delete_time == deleted.delete_time
    (erasure,) = (await admin.ListErasures(pb.ListErasuresRequest())).erasures
    await Erasing(contact.database).end()
    await acknowledge(api, erasure, *OTHERS)
    receipt = await admin.GetErasureReceipt(pb.GetErasureReceiptRequest(name=f"{erasure.name}/receipt"))
    facts = json.loads(receipt.text)
    assert "verification" not in facts
    assert datetime.fromisoformat(facts["deleted"]) == deleted.delete_time.ToDatetime(tzinfo=UTC)


async def test_undeleting_too_late_is_refused_for_the_same_reason_before_that_night_and_after_it(
    contact: Served, api: Any, admin: Any
) -> None:
    ines = await a_person(api)
    await delete(api, ines)
    undelete = pb.UndeleteContactRequest(name=ines.name)
    long_ago = datetime.now(UTC) - timedelta(days=31)
    async with contact.database.connection() as conn:
        await conn.execute("UPDATE contact SET delete_time = %s", (long_ago,))
    before = await refusal(api.UndeleteContact(undelete))
    assert await purging(contact, 0).purge() == 1
    after = await refusal(api.UndeleteContact(undelete))
    assert before.reason == after.reason == "UNDELETE_EXPIRED"
    assert before.metadata == after.metadata
    asked = await create(api, "Omar", email("omar@acme.example"))
    await admin.RequestErasure(pb.RequestErasureRequest(name=asked.name, verification="he called"))
    refused = await refusal(api.UndeleteContact(pb.UndeleteContactRequest(name=asked.name)))
    assert refused.reason == "CONTACT_NOT_DELETED"


async def test_what_was_refused_stays_refused_what_was_granted_ends_and_a_table_may_bring_her_anew(
    contact: Served, api: Any
) -> None:
    mail, other = email("canary.ines@acme.example"), email("ines@home.example")
    ines = await create(api, "Canary Weber", mail, other, phone("+4930901827"))
    await consent(api, mail, pb.ConsentEvent.STATUS_GRANTED)
    await consent(api, other, pb.ConsentEvent.STATUS_GRANTED)
    await consent(api, other, pb.ConsentEvent.STATUS_WITHDRAWN, channel=pb.CHANNEL_EMAIL)
    stop = pb.Suppression(address=phone("+4930901827"), reason=pb.Suppression.REASON_UNSUBSCRIBED)
    await api.SuppressAddress(pb.SuppressAddressRequest(suppression=stop))
    await delete(api, ines)
    assert await answer(api, mail) == C.REASON_GRANTED
    await purging(contact, 31).purge()
    (kept_stop,) = (await api.ListSuppressions(pb.ListSuppressionsRequest())).suppressions
    assert (kept_stop.reason, kept_stop.address.value) == (pb.Suppression.REASON_UNSUBSCRIBED, "")
    again = await imported(api, "canary.ines@acme.example", "ines@home.example")
    assert (again.rows_created, again.rows_refused) == (2, 0)
    async with contact.database.connection() as conn:  # that night, 31 days from now, is today
        await conn.execute("UPDATE consent_event SET capture_time = now() WHERE status = 'EXPIRED'")
    assert await answer(api, mail) == C.REASON_EXPIRED
    assert await answer(api, other) == C.REASON_WITHDRAWN
    assert await answer(api, phone("+4930901827"), pb.CHANNEL_SMS) == C.REASON_SUPPRESSED
    await consent(api, mail, pb.ConsentEvent.STATUS_GRANTED)
    assert await answer(api, mail) == C.REASON_GRANTED


async def test_a_hold_on_one_of_them_spares_all_until_it_is_released(contact: Served, api: Any, admin: Any) -> None:
    ines = await a_person(api)
    twin = await create(api, "Ines", crm("crm-canary-77"))
    await admin.HoldContact(pb.HoldContactRequest(name=twin.name, reason="lawsuit"))
    await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=twin.name))
    await delete(api, ines)
    omar = await create(api, "Omar", email("omar@acme.example"))
    await delete(api, omar)
    await admin.HoldContact(pb.HoldContactRequest(name=omar.name, reason="his lawsuit"))
    assert await purging(contact, 31).purge() == 0
    assert not (await admin.ListErasures(pb.ListErasuresRequest())).erasures
    await admin.ReleaseContact(pb.ReleaseContactRequest(name=twin.name, reason="it is over"))
    assert await purging(contact, 32).purge() == 2
    assert (await get(api, omar)).state == pb.Contact.STATE_DELETED


async def test_who_came_back_and_who_has_the_address_since_stay(contact: Served, api: Any) -> None:
    ines = await a_person(api)
    back = await create(api, "Omar", email("omar@acme.example"))
    for each in (ines, back):
        await delete(api, each)
    await api.UndeleteContact(pb.UndeleteContactRequest(name=back.name))
    heir = await create(api, "Another", email("canary.ines@acme.example"))
    await consent(api, email("canary.ines@acme.example"), pb.ConsentEvent.STATUS_GRANTED)
    assert await purging(contact, 31).purge() == 1
    assert (await get(api, back)).state == pb.Contact.STATE_ACTIVE
    assert [each.value for each in (await get(api, heir)).identifiers] == ["canary.ines@acme.example"]
    assert await answer(api, email("canary.ines@acme.example")) == C.REASON_GRANTED


async def test_a_backup_does_not_bring_them_back_nor_suppress_their_addresses(contact: Served, api: Any) -> None:
    ines = await a_person(api)
    await delete(api, ines)
    await purging(contact, 31).purge()
    record = await erased_event(contact)
    async with contact.database.connection() as conn:  # the backup: she is there again, and nothing says otherwise
        await conn.execute("DELETE FROM erased_subject")
        await conn.execute("DELETE FROM erasure")
        await conn.execute("UPDATE contact SET state = 'ACTIVE', display_name = 'Canary Weber', revision = 1")
    await api.AddIdentifier(pb.AddIdentifierRequest(parent=ines.name, identifier=email("canary.ines@acme.example")))
    async with contact.database.transaction() as tx:
        await events.ErasureHandler()(tx, record)
    assert (await get(api, ines)).state == pb.Contact.STATE_ERASED
    await Erasing(contact.database).end()
    assert await residue(contact) == {}
    assert not (await api.ListSuppressions(pb.ListSuppressionsRequest())).suppressions
    assert (await refusal(api.UndeleteContact(pb.UndeleteContactRequest(name=ines.name)))).reason == "UNDELETE_EXPIRED"


class Dying(Purging):
    """Ends behind its first person, as a killed process does."""

    def pause(self, deleted: int, seconds: float) -> float:
        raise SystemExit


async def test_a_night_that_was_killed_goes_on_where_it_ended_and_counts_everybody_once(
    contact: Served, api: Any
) -> None:
    for number in range(3):
        await delete(api, await create(api, f"P{number}", email(f"p{number}@acme.example")))
    with pytest.raises(SystemExit):
        await purging(contact, 31, Dying).purge()
    assert await evidence(contact) == {31: (1, False)}
    assert await purging(contact, 31).purge() == 2
    assert await evidence(contact) == {31: (3, True)}
