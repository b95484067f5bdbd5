"""A browser in which one person's link is followed and then another's, in a whole system: two people, two timelines."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from chassis.ids import uuid7
from identity import Subjects
from touchline.contact.v1 import contact_pb2 as contacts
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline_client import Touchline
from tracking import Keyring, Token, urls

from deploy.local.kafka import Kafka
from tests.databases import Databases
from tests.flows.campaigns import until
from tests.flows.people import client
from tests.flows.system import System

HERE = ("contact", "interaction")
PAGE = "https://kiln.example/spring"
SITE = "sources/kiln-site"
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537"


@pytest.fixture
def own_system(databases_of_run: Databases, kafka: Kafka, run_folder: Path) -> Iterator[System]:
    """A system whose edge gives cookies."""
    for name in HERE:
        databases_of_run.add(name, "_browsers", migrated=False)
    fields = databases_of_run.settings("_browsers", **kafka.settings(), topic_prefix="browsers.")
    told = fields.model_dump(mode="json", exclude_unset=True) | {"edge_cookie_domain": "127.0.0.1"}
    system = System(run_folder / "browsers", told, HERE)
    try:
        yield system.start()
    finally:
        system.stop()


@dataclass
class Street:
    """The people, the one browser, and the web site that records what is viewed in it."""

    system: System
    touchline: Touchline
    http: httpx.AsyncClient

    async def person(self, name: str) -> tuple[str, str]:
        """A new contact's name and address; she allows that her mail is measured."""
        address = contacts.Identifier(kind="email", value=f"{name}@kiln.example")
        wanted = contacts.Contact(display_name=name.title(), identifiers=[address])
        made = await self.touchline.contact.CreateContact(contacts.CreateContactRequest(contact=wanted))
        granted = contacts.ConsentEvent(
            address=address,
            purpose=contacts.PURPOSE_TRACKING,
            status=contacts.ConsentEvent.STATUS_GRANTED,
            lawful_basis="LAWFUL_BASIS_CONSENT",
        )
        await self.touchline.contact.RecordConsent(contacts.RecordConsentRequest(consent_event=granted))
        heard = pb.GetTimelineRequest(parent=made.name, min_position=made.position)
        await self.touchline.interaction.GetTimeline(heard)
        return made.name, address.value

    async def follow(self, person: tuple[str, str], held: str = "") -> str:
        """The cookie of the browser after this person's link was followed in it."""
        settings = self.system.settings
        token = Token(
            kind="click",
            message=uuid7(datetime.now(UTC) - timedelta(hours=1)),
            subject=Subjects(settings.identity_key()).of("email", person[1]),
            contact=person[0].removeprefix("contacts/"),
            url=PAGE,
            link=1,
        )
        where = urls(settings.edge_url).click(Keyring.load(settings.tracking_key_file).sign(token))
        sent = {"user-agent": AGENT} | ({"cookie": f"touchline_browser={held}"} if held else {})
        self.http.cookies.clear()
        answer = await self.http.get(where, headers=sent)
        assert (answer.status_code, answer.headers["location"]) == (302, PAGE)
        return SimpleCookie(answer.headers["set-cookie"])["touchline_browser"].value

    async def view(self, cookie: str, title: str, *, days_ago: int = 0) -> None:
        """A page is viewed, and the site records it under what its script read."""
        touch = pb.Touch(type="web.visited", source=SITE, source_event_id=str(uuid4()))
        touch.identifier.kind, touch.identifier.value = "cookie", cookie
        touch.occurred_time.FromDatetime(datetime.now(UTC) - timedelta(days=days_ago))
        touch.attributes.update({"title": title, "page": PAGE})
        answer = await self.touchline.interaction.RecordTouches(pb.RecordTouchesRequest(touches=[touch]))
        assert not answer.results[0].status.code, answer

    async def viewed(self, person: tuple[str, str]) -> set[str]:
        """The titles of the pages on a person's timeline."""
        request = pb.GetTimelineRequest(parent=person[0], page_size=50)
        page = await self.touchline.interaction.GetTimeline(request)
        touches = [touch for thread in page.threads for touch in thread.touches]
        return {str(touch.attributes["title"]) for touch in touches if touch.type == "web.visited"}


@pytest.fixture
async def street(own_system: System) -> AsyncIterator[Street]:
    async with client(own_system) as touchline, httpx.AsyncClient(timeout=90) as http:
        source = pb.Source(name=SITE, client="flow", identifier_kind="cookie")
        await touchline.interaction.RegisterSource(pb.RegisterSourceRequest(source=source))
        yield Street(own_system, touchline, http)


@pytest.mark.timeout(600)
async def test_a_forwarded_mail_takes_the_browser_over_and_nothing_of_who_had_it_before(street: Street):
    ada, bob = await street.person("ada"), await street.person("bob")
    hers = await street.follow(ada)
    await street.view(hers, "now")
    await street.view(hers, "last week", days_ago=7)
    await street.view(hers, "long ago", days_ago=31)
    await until(lambda: _shows(street, ada, {"now", "last week"}))

    his = await street.follow(bob, hers)
    assert his != hers
    await street.view(his, "his")
    await until(lambda: _shows(street, bob, {"his"}))
    await street.view(hers, "from her other tab")
    await until(lambda: _shows(street, ada, {"now", "last week", "from her other tab"}))
    assert await street.viewed(bob) == {"his"}

    assert await street.follow(bob, his) == his
    for person, cookie in ((ada, hers), (bob, his)):
        found = await street.touchline.contact.GetContact(contacts.GetContactRequest(name=person[0]))
        assert found.state == contacts.Contact.STATE_ACTIVE
        assert [one.value for one in found.identifiers] == [person[1], cookie]
    listed = contacts.ListDuplicateCandidatesRequest()
    assert not (await street.touchline.contact.ListDuplicateCandidates(listed)).duplicate_candidates
    logs = await asyncio.to_thread(street.system.logs, 100_000)
    assert '"service": "contact"' in logs
    assert not any(cookie in logs for cookie in (hers, his)), "a cookie is nobody's business but the site's"


async def _shows(street: Street, person: tuple[str, str], titles: set[str]) -> bool:
    return await street.viewed(person) == titles
