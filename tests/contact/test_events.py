"""What contact tells others: every change with its state after, keyed by its resource, without personal data."""

from typing import Any

from chassis.outbox import decode_positions
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_events_pb2 import ContactEvent

from services.contact.events import STREAM
from tests.contact.people import create, email, phone
from tests.contact.test_purchases import item, send
from tests.serving import Served

KINDS = ("account", "contact", "link", "consent", "suppression", "deal", "attribute_definition")


async def told(contact: Served) -> list[tuple[str, ContactEvent]]:
    return [(record[1], ContactEvent.FromString(bytes(record[3]))) for record in await contact.outbox()]


async def test_a_change_is_told_with_the_state_after(contact: Served, api: Any) -> None:
    ines = await create(api, "Ines", email("canary@acme.example"), owner="users/ada", team="teams/north")
    omar = await create(api, "Omar", phone("+4930901820"))
    merged = await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=omar.name))
    events = await told(contact)
    changes = [event.contact_changed for key, event in events if key == omar.name]
    assert [(each.state, each.merged_into, each.revision) for each in changes] == [
        (pb.Contact.STATE_ACTIVE, "", 1),
        (pb.Contact.STATE_MERGED, ines.name, 2),
    ]
    mine = [event.contact_changed for key, event in events if key == ines.name]
    assert [(each.owner, each.team, each.display_name) for each in mine] == [("users/ada", "teams/north", "Ines")] * 2
    links = [event.link_changed.link for _, event in events if event.WhichOneof("event") == "link_changed"]
    assert [link.kind for link in sorted(links, key=lambda link: link.name)] == [
        pb.IdentityLink.KIND_HOLDS,
        pb.IdentityLink.KIND_HOLDS,
        pb.IdentityLink.KIND_MERGE,
    ]
    assert {position.stream for position in decode_positions(merged.position)} == {STREAM}
    for record in await contact.outbox():
        whole = b"|".join(
            str(part).encode() if not isinstance(part, bytes | memoryview) else bytes(part) for part in record
        )
        assert b"canary@acme" not in whole
        assert b"901820" not in whole


async def test_a_position_covers_every_event_of_its_change(contact: Served, api: Any) -> None:
    ines = await create(api, "Ines", email("ines@acme.example"), phone("+4930901820"))
    deleted = await api.DeleteContact(pb.DeleteContactRequest(name=ines.name))
    heads = {(p.stream, p.partition): p.seq for p in decode_positions(deleted.position)}
    last: dict[str, int] = {}
    for record in await contact.outbox():
        last[record[1]] = max(last.get(record[1], 0), record[4])
    assert last
    assert max(last.values()) <= max(heads.values())


async def test_links_and_consents_and_suppressions_are_facts_of_their_own(contact: Served, api: Any) -> None:
    address = email("ines@acme.example")
    event = pb.ConsentEvent(
        address=address,
        purpose=pb.PURPOSE_TRACKING,
        status=pb.ConsentEvent.STATUS_GRANTED,
        lawful_basis="LAWFUL_BASIS_CONSENT",
    )
    consent = await api.RecordConsent(pb.RecordConsentRequest(consent_event=event))
    stop = await api.SuppressAddress(
        pb.SuppressAddressRequest(suppression=pb.Suppression(address=address, reason=pb.Suppression.REASON_COMPLAINT))
    )
    await api.LiftSuppression(pb.LiftSuppressionRequest(name=stop.name, reason="asked by letter"))
    events = await told(contact)
    (said,) = [each.consent_changed for key, each in events if key == consent.name]
    assert (said.status, len(said.subject)) == (pb.ConsentEvent.STATUS_GRANTED, 16)
    stops = [each.suppression_changed for key, each in events if key == stop.name]
    assert [(each.active, each.revision) for each in stops] == [(True, 1), (False, 2)]


async def test_a_snapshot_pages_through_everything_behind_one_position(api: Any) -> None:
    made = [await create(api, f"Person {number}", email(f"p{number}@acme.example")) for number in range(5)]
    links, people, request = [], [], pb.SnapshotLinksRequest(page_size=2)
    first = await api.SnapshotLinks(request)
    page = first
    while True:
        links += page.identity_links
        assert (page.position, page.epoch) == (first.position, first.epoch)
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
        page = await api.SnapshotLinks(request)
    assert len(links) == 5
    assert first.epoch > 0
    people = (await api.SnapshotContacts(pb.SnapshotContactsRequest())).entries
    assert {entry.contact for entry in people} == {contact.name for contact in made}
    assert decode_positions(first.position)


async def test_a_snapshot_of_events_says_what_the_stream_said_last_of_everything(contact: Any, api: Any) -> None:
    people = [await create(api, f"Person {number}", email(f"s{number}@acme.example")) for number in range(3)]
    await api.CreateAccount(pb.CreateAccountRequest(account=pb.Account(display_name="Acme")))
    await api.CreateDeal(
        pb.CreateDealRequest(
            deal=pb.Deal(display_name="Press", participants=[pb.Deal.Participant(contact=people[0].name)])
        )
    )
    await api.MergeContacts(pb.MergeContactsRequest(name=people[0].name, duplicate=people[1].name))
    address = pb.Identifier(kind="email", value="s2@acme.example")
    consent = pb.ConsentEvent(
        address=address,
        purpose=pb.PURPOSE_MARKETING,
        status=pb.ConsentEvent.STATUS_GRANTED,
        lawful_basis="LAWFUL_BASIS_CONSENT",
    )
    await api.RecordConsent(pb.RecordConsentRequest(consent_event=consent))
    stop = pb.Suppression(address=address, reason=pb.Suppression.REASON_COMPLAINT)
    await api.SuppressAddress(pb.SuppressAddressRequest(suppression=stop))
    await api.CreateAttributeDefinition(
        pb.CreateAttributeDefinitionRequest(
            attribute_definition=pb.AttributeDefinition(display_name="Plan", type="TYPE_STRING"),
            attribute_definition_id="plan",
        )
    )
    await send(api, item("1", contact=people[2].name))
    newest = {key: timeless(event) for key, event in await told(contact)}
    request, found = pb.SnapshotEventsRequest(page_size=2), []
    while True:
        page = await api.SnapshotEvents(request)
        found += [timeless(ContactEvent.FromString(event)) for event in page.events]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert {event.WhichOneof("event") for event in found} == {
        *(f"{kind}_changed" for kind in KINDS),
        "purchase_recorded",
    }
    assert sorted(map(str, found)) == sorted(map(str, newest.values()))


def timeless(event: ContactEvent) -> ContactEvent:
    """When it was told is not what it says."""
    if event.HasField("contact_changed"):
        event.contact_changed.ClearField("change_time")
    return event
