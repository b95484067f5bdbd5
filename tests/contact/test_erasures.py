"""Erasing a person: nothing of her stays but keyed hashes, nothing brings her back, and it can be shown."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from chassis.bus import Record
from chassis.clock import FixedClock
from chassis.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from chassis.signing import Signer, is_signed
from identity import touch_name
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_events_pb2 import ContactErased, ContactEvent

from services.contact import events
from services.contact.jobs import Erasing
from tests.contact.people import create, crm, email, get, phone
from tests.residue import holding
from tests.serving import Served

E = pb.Erasure
HERS = ("Canary Weber", "Ines Canary", "canary.ines@acme.example", "+4930901827", "gold canary plan", "crm-canary-77")
OTHERS = ("segmentation", "campaign", "interaction")


async def a_person(api: Any, **fields: Any) -> pb.Contact:
    return await create(
        api, "Canary Weber", email("canary.ines@acme.example"), phone("+4930901827"), title="Ines Canary",
        attributes={"plan": pb.AttributeValue(string_value="gold canary plan")}, **fields,
    )  # fmt: skip


async def erase(admin: Any, contact: pb.Contact, **fields: Any) -> pb.Erasure:
    return await admin.RequestErasure(
        pb.RequestErasureRequest(name=contact.name, verification="showed her passport", **fields)
    )


async def acknowledge(api: Any, erasure: pb.Erasure, *services: str) -> pb.Erasure:
    for service in services:
        request = pb.AcknowledgeErasureRequest(name=erasure.name, service=service)
        request.stores.add(store=f"{service} touch", rows=3).forget_time.GetCurrentTime()
        erasure = await api.AcknowledgeErasure(request)
    return erasure


async def erased_event(contact: Served) -> Record:
    """The fact that others hear, as the relay would write it."""
    query = "SELECT data, epoch, seq FROM outbox WHERE stream = %s ORDER BY seq DESC LIMIT 1"
    async with contact.database.connection() as conn:
        data, epoch, seq = (await (await conn.execute(query, (events.ERASURES,))).fetchall())[0]
    return Record(events.ERASURES, 0, 0, None, bytes(data), [("ce_sequence", f"{epoch}.{seq}".encode())])


async def reapplied(contact: Served, erasure: Record) -> ContactErased:
    """What is told of an erasure that a backup from before it hears of."""
    async with contact.database.connection() as conn:
        await conn.execute("DELETE FROM outbox")
        await conn.execute("DELETE FROM erased_subject")
        await conn.execute("DELETE FROM erasure")
        await conn.execute("UPDATE contact SET state = 'ACTIVE', revision = 1 WHERE state = 'ERASED'")
    async with contact.database.transaction() as tx:
        await events.ErasureHandler()(tx, erasure)
    return ContactEvent.FromString((await erased_event(contact)).value).contact_erased


async def residue(contact: Served) -> dict[str, set[str]]:
    """Where something of her is left, when what was on its way to Kafka is gone."""
    async with contact.database.connection() as conn:
        await conn.execute("DELETE FROM outbox")
        return await holding(conn, HERS)


async def everything_of_her(api: Any, admin: Any) -> pb.Contact:
    """She is known in every way that contact knows: merged, consented, imported, revealed, in a deal, seen twice."""
    ines = await a_person(api)
    dup = await create(api, "Canary Weber", crm("crm-canary-77"), title="Ines Canary")
    await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=dup.name))
    event = pb.ConsentEvent(
        address=email("canary.ines@acme.example"), purpose=pb.PURPOSE_MARKETING, status=pb.ConsentEvent.STATUS_GRANTED,
        evidence="form of Canary Weber", ip_hash=b"12345678", lawful_basis=pb.ConsentEvent.LAWFUL_BASIS_CONSENT,
    )  # fmt: skip
    await api.RecordConsent(pb.RecordConsentRequest(consent_event=event))
    stop = pb.Suppression(address=phone("+4930901827"), reason=pb.Suppression.REASON_MANUAL, channel=pb.CHANNEL_SMS)
    await api.SuppressAddress(pb.SuppressAddressRequest(suppression=stop))
    bounced = pb.Suppression(address=email("canary.ines@acme.example"), reason=pb.Suppression.REASON_BOUNCE)
    made = await api.SuppressAddress(pb.SuppressAddressRequest(suppression=bounced))
    await admin.LiftSuppression(pb.LiftSuppressionRequest(name=made.name, reason="Canary Weber moved"))
    await api.CreateDeal(
        pb.CreateDealRequest(deal=pb.Deal(display_name="Oven", participants=[pb.Deal.Participant(contact=ines.name)]))
    )
    changed = pb.Contact(name=ines.name, family_name="Canary Weber")
    await api.UpdateContact(pb.UpdateContactRequest(contact=changed))
    await admin.RevealContact(pb.RevealContactRequest(name=ines.name, reason="she called"))
    return ines


async def test_nothing_of_an_erased_person_is_left_in_any_table_not_even_in_what_the_planner_noted(
    contact: Served, api: Any, admin: Any
) -> None:
    ines = await everything_of_her(api, admin)
    async with contact.database.connection() as conn:
        await conn.execute("ANALYZE")
    assert {"public.contact", "public.identity_link", "public.contact_change"} <= (await residue(contact)).keys()
    erasure = await erase(admin, ines)
    assert (erasure.state, len(erasure.contacts)) == (E.STATE_ERASING, 2)
    assert list(erasure.waiting_services) == ["contact", *OTHERS]
    await Erasing(contact.database).end()
    async with contact.database.connection() as conn:
        await conn.execute("ANALYZE")
    assert await residue(contact) == {}


async def test_an_erased_contact_is_shown_as_one_and_stays_so(api: Any, admin: Any, contact: Served) -> None:
    ines = await a_person(api, owner="users/ada", team="teams/north")
    omar = await create(api, "Omar", email("omar@acme.example"))
    first = await erase(admin, ines)
    again = await erase(admin, ines)
    assert (first.name, first.state) == (again.name, again.state)
    shown = await get(api, ines)
    assert (shown.state, shown.display_name, len(shown.identifiers)) == (pb.Contact.STATE_ERASED, "", 0)
    assert (shown.owner, shown.team) == ("users/ada", "teams/north")
    assert not (await api.ListContacts(pb.ListContactsRequest(query="Weber", show_deleted=True))).contacts
    for refused in (
        api.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=ines.name, title="CTO"))),
        api.MergeContacts(pb.MergeContactsRequest(name=omar.name, duplicate=ines.name)),
        api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=omar.name)),
        api.UndeleteContact(pb.UndeleteContactRequest(name=ines.name)),
        api.DeleteContact(pb.DeleteContactRequest(name=ines.name)),
        api.AddIdentifier(pb.AddIdentifierRequest(parent=ines.name, identifier=email("new@acme.example"))),
    ):
        with pytest.raises(FailedPrecondition) as refusal:
            await refused
        assert refusal.value.metadata["state"] == "ERASED"


async def test_a_table_brings_nobody_back_and_her_address_stays_suppressed(api: Any, admin: Any) -> None:
    await erase(admin, await a_person(api))
    opened = await api.CreateImport(
        pb.CreateImportRequest(contact_import=pb.Import(columns=["email", "name"], total_rows=2))
    )
    rows = [
        pb.AppendImportRowsRequest.Row(values=["Canary.Ines@acme.example", "Canary Weber"]),
        pb.AppendImportRowsRequest.Row(values=["omar@acme.example", "Omar"]),
    ]
    done = await api.AppendImportRows(pb.AppendImportRowsRequest(parent=opened.name, first_row=1, rows=rows, last=True))
    assert (done.rows_created, done.rows_refused) == (1, 1)
    reports = await api.ListImportRowReports(pb.ListImportRowReportsRequest(parent=opened.name, refused_only=True))
    assert [(each.row, each.reason) for each in reports.row_reports] == [(1, "ERASED")]
    back = await a_person(api)  # she comes back by herself
    query = pb.CheckConsentRequest.Query(contact=back.name, purpose=pb.PURPOSE_MARKETING, channel=pb.CHANNEL_EMAIL)
    (answer,) = (await api.CheckConsent(pb.CheckConsentRequest(queries=[query]))).answers
    assert answer.reason == pb.CheckConsentResponse.REASON_SUPPRESSED
    (stop,) = (await api.ListSuppressions(pb.ListSuppressionsRequest(filter='channel != "SMS"'))).suppressions[:1]
    assert stop.reason == pb.Suppression.REASON_ERASED
    assert not stop.address.value


async def test_who_shares_an_address_keeps_it(api: Any, admin: Any) -> None:
    ines = await a_person(api)
    omar = await create(api, "Omar", email("omar@acme.example"))
    await api.ShareIdentifier(pb.ShareIdentifierRequest(parent=omar.name, identifier=phone("+4930901827")))
    await erase(admin, ines)
    kept = await get(api, omar)
    assert [one.value for one in kept.identifiers] == ["omar@acme.example", "+4930901827"]
    stops = (await api.ListSuppressions(pb.ListSuppressionsRequest())).suppressions
    assert [one.address.kind for one in stops] == ["email"]


async def test_every_service_acknowledges_and_the_receipt_says_what_was_deleted_where(
    api: Any, admin: Any, contact: Served
) -> None:
    erasure = await erase(admin, await a_person(api))
    await Erasing(contact.database).end()
    receipt = pb.GetErasureReceiptRequest(name=f"{erasure.name}/receipt")
    await acknowledge(api, erasure, "segmentation", "campaign")
    with pytest.raises(FailedPrecondition) as refusal:
        await admin.GetErasureReceipt(receipt)
    assert refusal.value.metadata["services"] == "interaction"
    done = await acknowledge(api, erasure, "interaction", "interaction")
    assert (done.state, list(done.waiting_services)) == (E.STATE_FORGETTING, [])
    assert [one.service for one in done.acknowledgements] == sorted(["contact", *OTHERS])
    signed = await admin.GetErasureReceipt(receipt)
    key = Signer(contact.settings.identity_key()).public_key
    assert signed.public_key == key
    assert is_signed(signed.text.encode(), signed.signature, key)
    assert not is_signed(signed.text.replace("interaction", "interactiom").encode(), signed.signature, key)
    for store in ("identity_link", "touchline.contact.events.v1", "touchline.interaction.intake.v1.dlq",
                  *(f"{service} touch" for service in OTHERS)):  # fmt: skip
        assert f'"store":"{store}"' in signed.text
    days = (done.forget_time.ToDatetime(tzinfo=UTC) - done.erase_time.ToDatetime(tzinfo=UTC)).days
    assert days == 35  # dead letters: 28, and a quiet segment's 7
    await Erasing(contact.database, FixedClock(done.forget_time.ToDatetime(tzinfo=UTC))).end()
    assert (await admin.GetErasure(pb.GetErasureRequest(name=erasure.name))).state == E.STATE_CONFIRMED
    assert (await admin.GetErasureReceipt(receipt)) == signed


async def test_a_late_acknowledgement_is_an_alarm(api: Any, admin: Any, contact: Served) -> None:
    erasure = await erase(admin, await a_person(api))
    late = FixedClock(datetime.now(UTC) + timedelta(hours=25))
    assert await Erasing(contact.database).end() == 0
    overdue = Erasing(contact.database, late)
    assert await overdue.end() == 1
    await acknowledge(api, erasure, *OTHERS)
    assert await overdue.end() == 0


async def test_a_backup_does_not_bring_her_back(api: Any, admin: Any, contact: Served) -> None:
    ines = await a_person(api)
    await erase(admin, ines)
    record = await erased_event(contact)
    # Yesterday's backup: she is there again, and nothing says that she was erased.
    async with contact.database.connection() as conn:
        await conn.execute("DELETE FROM erased_subject")
        await conn.execute("DELETE FROM erasure_acknowledgement")
        await conn.execute("DELETE FROM erasure")
        await conn.execute("DELETE FROM suppression")
        await conn.execute("UPDATE contact SET state = 'ACTIVE', display_name = 'Canary Weber', revision = 1")
    await api.AddIdentifier(pb.AddIdentifierRequest(parent=ines.name, identifier=email("canary.ines@acme.example")))
    assert await residue(contact) != {}
    handler = events.ErasureHandler()
    for _ in range(2):  # and once more: nothing happens
        async with contact.database.transaction() as tx:
            await handler(tx, record)
    assert (await get(api, ines)).state == pb.Contact.STATE_ERASED
    said = [ContactEvent.FromString(bytes(each[3])) for each in await contact.outbox()]
    assert sum(each.HasField("contact_erased") for each in said) == 1, "others hear of it again, and once"
    told = await erased_event(contact)
    first, again = (ContactEvent.FromString(each.value).contact_erased for each in (record, told))
    assert (again.erasure, list(again.subjects)) == (first.erasure, list(first.subjects))
    assert all(each.holdings for each in again.subjects)
    await Erasing(contact.database).end()
    assert await residue(contact) == {}
    stops = (await api.ListSuppressions(pb.ListSuppressionsRequest())).suppressions
    assert {one.address.kind for one in stops} == {"email", "phone"}


async def test_the_fact_holds_ids_and_hashes_only_and_names_every_subject_she_ever_held(
    api: Any, admin: Any, contact: Served
) -> None:
    ines = await a_person(api)
    await api.EndIdentifier(pb.EndIdentifierRequest(parent=ines.name, identifier=phone("+4930901827")))
    deleted = await api.DeleteContact(pb.DeleteContactRequest(name=ines.name))
    await erase(admin, deleted)
    said = ContactEvent.FromString((await erased_event(contact)).value).contact_erased
    assert sorted(each.kind for each in said.subjects) == ["contact", "email", "phone"]
    assert [each.contact for each in said.contacts] == [ines.name]


async def test_the_fact_tells_when_she_held_each_subject_and_when_others_did(
    api: Any, admin: Any, contact: Served
) -> None:
    ines = await a_person(api)
    omar = await create(api, "Omar", email("omar@acme.example"))
    dup = await create(api, "Canary Weber", email("weber@acme.example"))
    number, end = phone("+4930901827"), pb.EndIdentifierRequest(parent=ines.name, identifier=phone("+4930901827"))
    end.end_time.FromDatetime(datetime(2026, 3, 1, tzinfo=UTC))
    await api.EndIdentifier(end)
    await api.AddIdentifier(pb.AddIdentifierRequest(parent=omar.name, identifier=number))
    never = pb.ShareIdentifierRequest(parent=ines.name, identifier=email("omar@acme.example"))
    await api.ShareIdentifier(never)
    await api.RetractIdentifier(pb.RetractIdentifierRequest(parent=ines.name, identifier=never.identifier))
    share = pb.ShareIdentifierRequest(parent=omar.name, identifier=email("weber@acme.example"))
    await api.ShareIdentifier(share)
    await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=dup.name))
    await api.DeleteContact(pb.DeleteContactRequest(name=ines.name))
    await erase(admin, ines)
    said = ContactEvent.FromString((await erased_event(contact)).value).contact_erased
    names = {ines.name: "ines", omar.name: "omar", dup.name: "dup"}

    def day(holding: Any, end: str) -> str:
        return getattr(holding, end).ToJsonString()[:10] if holding.HasField(end) else ""

    def told(holdings: Any) -> list[tuple[str, str, str]]:
        return [(names[each.contact], day(each, "from_time"), day(each, "to_time")) for each in holdings]

    found = {(each.kind, each.shared): (told(each.holdings), told(each.other_holdings)) for each in said.subjects}
    assert found[("phone", True)] == ([("ines", "", "2026-03-01")], [("omar", "2026-03-01", "")])
    assert found[("email", True)] == ([("dup", "", "")], [("omar", "", "")])
    assert found[("email", False)] == ([("ines", "", "")], [])
    own = [(told(each.holdings), told(each.other_holdings)) for each in said.subjects if each.kind == "contact"]
    assert sorted(own) == [([("dup", "", "")], []), ([("ines", "", "")], [])]
    assert len(said.subjects) == 5


async def test_the_fact_tells_which_touches_of_what_she_shared_were_taken_off_the_others(
    api: Any, admin: Any, contact: Served
) -> None:
    ines, lea = await a_person(api), await create(api, "Lea", email("lea@acme.example"))
    omar, twin = await create(api, "Omar", crm("1")), await create(api, "Omar", crm("2"))
    share = pb.ShareIdentifierRequest(parent=omar.name, identifier=email("canary.ines@acme.example"))
    shared = await api.ShareIdentifier(share)
    off, back = (touch_name(shared.subject, bytes([number] * 16)) for number in range(2))
    elsewhere = touch_name(bytes(16), bytes(16))
    for who, touch in ((twin, off), (omar, elsewhere), (omar, back), (ines, off), (lea, back)):
        await api.ExcludeTouch(pb.ExcludeTouchRequest(parent=who.name, touch=touch))
    await api.IncludeTouch(pb.IncludeTouchRequest(parent=omar.name, touch=back))
    await api.MergeContacts(pb.MergeContactsRequest(name=omar.name, duplicate=twin.name))
    await erase(admin, ines)
    record = await erased_event(contact)
    said = ContactEvent.FromString(record.value).contact_erased
    found = {each.kind: [(one.touch, one.contact) for one in each.other_exclusions] for each in said.subjects}
    assert found == {"email": [(off, omar.name)], "phone": [], "contact": []}
    again = await reapplied(contact, record)
    assert list(again.subjects) == list(said.subjects)


async def test_an_erasure_from_before_holdings_were_told_is_done_again_and_told_as_it_was(
    api: Any, admin: Any, contact: Served
) -> None:
    ines = await a_person(api)
    await erase(admin, ines)
    record = await erased_event(contact)
    event = ContactEvent.FromString(record.value)
    for each in event.contact_erased.subjects:
        each.ClearField("holdings")
    old = Record(events.ERASURES, 0, 0, None, event.SerializeToString(), record.headers)
    again = await reapplied(contact, old)
    assert (await get(api, ines)).state == pb.Contact.STATE_ERASED
    assert list(again.subjects) == list(event.contact_erased.subjects)


async def test_who_may_erase_and_what_is_refused(api: Any, admin: Any, ada: Any) -> None:
    ines = await a_person(api)
    for stub in (ada, api):
        with pytest.raises(PermissionDenied):
            await erase(stub, ines)
    with pytest.raises(InvalidArgument):
        await admin.RequestErasure(pb.RequestErasureRequest(name=ines.name))
    with pytest.raises(NotFound):
        await erase(admin, pb.Contact(name=f"contacts/{uuid4()}"))
    with pytest.raises(Aborted):
        await erase(admin, ines, etag="stale")
    erasure = await erase(admin, ines)
    with pytest.raises(InvalidArgument):
        await acknowledge(api, erasure, "contact")
    with pytest.raises(NotFound):
        await admin.GetErasure(pb.GetErasureRequest(name=f"erasures/{uuid4()}"))
    with pytest.raises(NotFound):
        await admin.GetErasureReceipt(pb.GetErasureReceiptRequest(name=erasure.name))
    listed = await ada.ListErasures(pb.ListErasuresRequest())
    assert [one.name for one in listed.erasures] == [erasure.name]
