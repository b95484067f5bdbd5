"""Cookies that the edge gave to browsers: whose they become, and whose they do not."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.bus import ConsumerLoop
from chassis.bus_memory import MemoryBroker
from chassis.telemetry import metrics
from identity import Subjects
from touchline.contact.v1 import contact_pb2 as pb
from touchline.interaction.v1.interaction_events_pb2 import BrowserBound

from services.contact import events
from services.contact.domain.browsers import MOST_COOKIES
from tests.chassis.ground import until
from tests.contact.people import create, email, get, values
from tests.contact.test_consent_requests import hearing
from tests.serving import Served

pytestmark = pytest.mark.usefixtures("contact")
NOW = datetime.now(UTC)
TYPE = (("ce_type", BrowserBound.DESCRIPTOR.full_name.encode()),)


def followed(contact: Served, who: pb.Contact | str, value: str, address: str = "", **fields: Any) -> BrowserBound:
    """Somebody's link was followed in a browser that got this cookie."""
    name = who if isinstance(who, str) else who.name
    given = address or (next(each.value for each in who.identifiers) if isinstance(who, pb.Contact) else "")
    subject = Subjects(contact.settings.identity_key()).of("email", given)
    told = BrowserBound(cookie=value, subject=subject, contact=name, message=str(uuid.uuid4()))
    told.bind_time.FromDatetime(fields.pop("at", NOW))
    return told


class Heard:
    """Contact's consumer, and what it is told."""

    def __init__(self, broker: MemoryBroker, loop: ConsumerLoop) -> None:
        self.broker, self.loop, self.told = broker, loop, 0

    async def __call__(self, *told: BrowserBound) -> list[str]:
        """Let contact hear of browsers; what became of them, as its metric counts."""
        before = counted()
        for one in told:
            self.broker.append(events.CONSENT_REQUESTS, 0, one.subject, one.SerializeToString(), TYPE)
        self.told += len(told)
        await until(lambda: self.loop.counts.applied + self.loop.counts.dead == self.told)
        return sorted(name for name, count in counted().items() for _ in range(int(count - before.get(name, 0))))


@pytest.fixture
async def hear(contact: Served) -> AsyncIterator[Heard]:
    async with hearing(contact) as (broker, loop):
        yield Heard(broker, loop)


def counted() -> dict[str, float]:
    (family,) = metrics.BROWSERS_TOLD.collect()
    return {one.labels["outcome"]: one.value for one in family.samples if one.name.endswith("_total")}


async def whose(api: Any, value: str, at: datetime = NOW) -> list[str]:
    """Whose a cookie is at a moment."""
    query = pb.ResolveIdentifiersRequest.Query(identifier=pb.Identifier(kind="cookie", value=value))
    query.occurred_time.FromDatetime(at)
    answer = await api.ResolveIdentifiers(pb.ResolveIdentifiersRequest(queries=[query]))
    return list(answer.resolutions[0].contacts)


async def links(api: Any, who: pb.Contact) -> list[pb.IdentityLink]:
    answer = await api.ListIdentityLinks(pb.ListIdentityLinksRequest(parent=who.name))
    return [link for link in answer.identity_links if link.identifier_kind == "cookie"]


async def test_a_followed_link_makes_the_cookie_hers_for_thirty_days_back(contact: Served, api: Any, hear: Heard):
    ada = await create(api, "Ada", email("ada@kiln.example"))
    assert await hear(followed(contact, ada, "A" * 43)) == ["linked"]
    (link,) = await links(api, ada)
    assert (link.evidence, link.actor, link.identifier_value) == ("followed a signed link", "edge", "A" * 43)
    assert link.from_time.ToDatetime(tzinfo=UTC) == NOW - timedelta(days=30)
    assert [await whose(api, "A" * 43, NOW - timedelta(days=ago)) for ago in (29, 31)] == [[ada.name], []]
    assert not link.HasField("to_time")


async def test_told_again_it_is_linked_once_and_what_was_taken_back_stays_so(contact: Served, api: Any, hear: Heard):
    ada = await create(api, "Ada", email("ada@kiln.example"))
    told = followed(contact, ada, "A" * 43)
    assert await hear(told, told) == ["linked", "repeated"]
    assert len(await links(api, ada)) == 1
    cookie = pb.Identifier(kind="cookie", value="A" * 43)
    await api.RetractIdentifier(pb.RetractIdentifierRequest(parent=ada.name, identifier=cookie))
    assert await hear(told) == ["repeated"]
    assert await whose(api, "A" * 43) == []


async def test_two_people_in_one_browser_stay_two(contact: Served, api: Any, hear: Heard):
    ada, bob = await create(api, "Ada", email("ada@kiln.example")), await create(api, "Bob", email("bob@kiln.example"))
    told = [followed(contact, ada, "A" * 43), followed(contact, bob, "B" * 43)]
    assert await hear(*told) == ["linked", "linked"]
    assert [await whose(api, value * 43) for value in "AB"] == [[ada.name], [bob.name]]
    assert [(await get(api, each)).state for each in (ada, bob)] == [pb.Contact.STATE_ACTIVE] * 2


async def test_a_cookie_that_somebody_holds_is_not_taken_away(contact: Served, api: Any, hear: Heard):
    ada, bob = await create(api, "Ada", email("ada@kiln.example")), await create(api, "Bob", email("bob@kiln.example"))
    cookie = pb.Identifier(kind="cookie", value="A" * 43)
    await api.AddIdentifier(pb.AddIdentifierRequest(parent=bob.name, identifier=cookie))
    assert await hear(followed(contact, ada, "A" * 43)) == ["held"]
    assert (await whose(api, "A" * 43), await links(api, ada)) == ([bob.name], [])


async def test_it_is_the_direct_holders_so_that_an_unmerge_takes_it_along(contact: Served, api: Any, hear: Heard):
    ada = await create(api, "Ada", email("ada@kiln.example"))
    twin = await create(api, "Ada L.", email("ada@loom.example"))
    await api.MergeContacts(pb.MergeContactsRequest(name=ada.name, duplicate=twin.name))
    assert await hear(followed(contact, ada, "A" * 43, "ada@loom.example")) == ["linked"]
    assert await whose(api, "A" * 43) == [ada.name]
    await api.UnmergeContact(pb.UnmergeContactRequest(name=twin.name))
    assert await whose(api, "A" * 43) == [twin.name]


async def test_whose_address_is_another_persons_by_now_gets_no_link(contact: Served, api: Any, hear: Heard):
    ada, bob = await create(api, "Ada", email("ada@kiln.example")), await create(api, "Bob", email("bob@kiln.example"))
    assert await hear(followed(contact, ada, "A" * 43, "bob@kiln.example")) == ["nobody"]
    assert await hear(followed(contact, ada, "B" * 43, "nobody@kiln.example")) == ["nobody"]
    assert [await links(api, each) for each in (ada, bob)] == [[], []]


async def test_of_a_shared_address_it_is_hers_whom_the_link_names(contact: Served, api: Any, hear: Heard):
    ada, bob = await create(api, "Ada", email("box@kiln.example")), await create(api, "Bob")
    await api.ShareIdentifier(pb.ShareIdentifierRequest(parent=bob.name, identifier=email("box@kiln.example")))
    told = [followed(contact, "", "A" * 43, "box@kiln.example"), followed(contact, bob, "B" * 43, "box@kiln.example")]
    assert await hear(*told) == ["linked", "nobody"]
    assert [await links(api, ada), await whose(api, "B" * 43)] == [[], [bob.name]]


async def test_nobody_is_linked_who_took_measuring_back_or_is_restricted(contact: Served, api: Any, hear: Heard):
    ada, bob = await create(api, "Ada", email("ada@kiln.example")), await create(api, "Bob", email("bob@kiln.example"))
    refused = pb.ConsentEvent(
        address=email("ada@kiln.example"), purpose=pb.PURPOSE_TRACKING, status=pb.ConsentEvent.STATUS_WITHDRAWN
    )
    await api.RecordConsent(pb.RecordConsentRequest(consent_event=refused))
    await api.RestrictContact(pb.RestrictContactRequest(name=bob.name, reason="she asked"))
    told = [followed(contact, ada, "A" * 43), followed(contact, bob, "B" * 43)]
    assert await hear(*told) == ["refused", "refused"]
    assert [await whose(api, value * 43) for value in "AB"] == [[], []]


async def test_who_is_erased_or_deleted_stays_so(contact: Served, api: Any, hear: Heard, admin: Any):
    ada, bob = await create(api, "Ada", email("ada@kiln.example")), await create(api, "Bob", email("bob@kiln.example"))
    assert await hear(followed(contact, ada, "A" * 43)) == ["linked"]
    await api.DeleteContact(pb.DeleteContactRequest(name=bob.name))
    await admin.RequestErasure(pb.RequestErasureRequest(name=ada.name, verification="she wrote"))
    told = [followed(contact, ada, "A" * 43), followed(contact, ada, "C" * 43), followed(contact, bob, "B" * 43)]
    assert await hear(*told) == ["nobody"] * 3
    async with contact.database.connection() as conn:
        rows = await (await conn.execute("SELECT value FROM identity_link WHERE identifier_kind = 'cookie'")).fetchall()
    assert "A" * 43 not in {row[0] for row in rows}
    subject = Subjects(contact.settings.identity_key()).of("cookie", "A" * 43)
    facts = [row[3] for row in await contact.outbox()]
    assert any(subject in fact and b"cookie" in fact for fact in facts), "other services are told to forget it"


async def test_a_link_followed_over_and_over_leaves_room_for_who_she_is(contact: Served, api: Any, hear: Heard):
    ada = await create(api, "Ada", email("ada@kiln.example"))
    told = [followed(contact, ada, f"{number:043}") for number in range(MOST_COOKIES + 2)]
    assert await hear(*told) == ["full"] * 2 + ["linked"] * MOST_COOKIES
    await api.AddIdentifier(pb.AddIdentifierRequest(parent=ada.name, identifier=email("ada@loom.example")))
    assert "ada@loom.example" in values(await get(api, ada))


async def test_who_holds_all_that_a_person_may_gets_no_cookie(contact: Served, api: Any, hear: Heard):
    many = [email(f"ada{number}@kiln.example") for number in range(200)]
    ada = await create(api, "Ada", *many)
    assert await hear(followed(contact, ada, "A" * 43)) == ["full"]


async def test_a_clock_that_runs_ahead_dates_nothing_into_the_future(contact: Served, api: Any, hear: Heard):
    ada = await create(api, "Ada", email("ada@kiln.example"))
    await hear(followed(contact, ada, "A" * 43, at=NOW + timedelta(days=40)))
    (link,) = await links(api, ada)
    assert link.from_time.ToDatetime(tzinfo=UTC) < datetime.now(UTC) - timedelta(days=29)


async def test_what_is_no_browser_is_a_dead_letter_and_the_next_is_linked(contact: Served, api: Any, hear: Heard):
    ada = await create(api, "Ada", email("ada@kiln.example"))
    whole = followed(contact, ada, "A" * 43)
    broken = [BrowserBound.FromString(whole.SerializeToString()) for _ in range(4)]
    broken[0].cookie, broken[1].subject, broken[2].message, broken[3].contact = "", b"short", "x", "contacts/x"
    assert await hear(*broken, whole) == ["linked"]
    assert await whose(api, "A" * 43) == [ada.name]


async def test_an_address_is_no_key_to_anothers_cookie_in_the_log(contact: Served, api: Any, hear: Heard, capsys: Any):
    ada = await create(api, "Ada", email("ada@kiln.example"))
    assert await hear(followed(contact, ada, "A" * 43, "bob@kiln.example")) == ["nobody"]
    said = capsys.readouterr()
    assert "A" * 43 not in said.out + said.err
