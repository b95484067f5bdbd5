"""A whole running Touchline, people and touches in it, and browsers that look at it."""

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from chassis.errors import NotFound
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright
from touchline.campaign.v1 import campaign_pb2, campaign_pb2_grpc
from touchline.contact.v1 import contact_pb2, contact_pb2_grpc
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1 import interaction_pb2_grpc
from touchline.segmentation.v1 import segmentation_pb2_grpc

from deploy.local.children import free_port
from deploy.local.kafka import Kafka
from deploy.local.sandbox import Sandbox
from tests.console.readers import Reader
from tests.databases import Databases
from tests.flows.campaigns import until
from tests.flows.system import GRPC, System, collecting

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
SOURCE = "sources/console-tests"
CRM_PORT = free_port()  # on another host than the console: the one site whose pages may frame it
LAUNCH_KEYS = {"salesforce": "s" * 48, "hubspot": "h" * 48}
NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="package")
def collected(run_folder: Path) -> Iterator[dict[str, Any]]:
    """Where every role sends its spans, which the pages show as traces."""
    with collecting(run_folder / "console") as found:
        yield found


@pytest.fixture(scope="package")
def system(databases_of_run: Databases, kafka: Kafka, run_folder: Path, collected: dict[str, Any]) -> Iterator[System]:
    """Every service and role as processes, the console among them."""
    for name in GRPC:
        databases_of_run.add(name, "_console", migrated=False)
    mail = {name: free_port() for name in ("port_smtp", "port_inbox")}
    launch_keys = run_folder / "console" / "launch.keys"
    launch_keys.write_text("".join(f"{name} {key}\n" for name, key in LAUNCH_KEYS.items()))
    embedding = {"embed_ancestors": f"http://localhost:{CRM_PORT}", "launch_key_file": str(launch_keys)}
    fields = databases_of_run.settings(
        "_console", **kafka.settings(), topic_prefix="console.", smtp_port=mail["port_smtp"], **mail, **embedding,
        **collected,
    )  # fmt: skip
    running = System(run_folder / "console", fields.model_dump(mode="json", exclude_unset=True))
    logs = running.state / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    sandbox = Sandbox(running.settings, logs)
    try:
        sandbox.start()
        yield running.start()
    finally:
        running.stop()
        sandbox.stop()


@pytest.fixture(scope="package")
def address(system: System) -> str:
    return f"http://{system.settings.host}:{system.settings.port_console}"


@dataclass
class Stage:
    """Puts people and touches where a test wants them, by gRPC, as any other system would."""

    contact: contact_pb2_grpc.ContactServiceStub
    interaction: interaction_pb2_grpc.InteractionServiceStub
    campaign: campaign_pb2_grpc.CampaignServiceStub
    segmentation: segmentation_pb2_grpc.SegmentationServiceStub

    async def person(self, name: str, *, email: str = "", owner: str = "jana", team: str = "central") -> str:
        wanted = contact_pb2.Contact(
            display_name=name, owner=f"users/{owner}", team=f"teams/{team}", time_zone="Europe/Prague"
        )
        wanted.identifiers.add(kind="email", value=email or f"{uuid.uuid4().hex[:12]}@console.example")
        wanted.identifiers.add(kind="phone", value=f"+420601{uuid.uuid4().int % 1_000_000:06d}")
        request = contact_pb2.CreateContactRequest(contact=wanted, request_id=str(uuid.uuid4()))
        made = await self.contact.CreateContact(request)
        await self.interaction.GetTimeline(pb.GetTimelineRequest(parent=made.name, min_position=made.position))
        await until(lambda: self._is_known_to_campaign(made.name))
        return made.name

    async def _is_known_to_campaign(self, contact: str) -> bool:
        try:
            await self.campaign.GetOutlook(campaign_pb2.GetOutlookRequest(contact=contact))
        except NotFound:
            return False
        return True

    def touch(self, contact: str, kind: str, *, ago: timedelta = timedelta(), **fields) -> pb.Touch:
        """A touch of that person, under the contact's own id; not yet recorded."""
        found = pb.Touch(
            identifier=pb.Identifier(kind="contact", value=contact.rpartition("/")[2]), contact=contact, type=kind,
            source=SOURCE, source_event_id=str(uuid.uuid4()), **fields,
        )  # fmt: skip
        found.occurred_time.FromDatetime(datetime.now(UTC) - ago)
        return found

    async def record(self, *touches: pb.Touch) -> list[str]:
        """Records touches and waits until each is on its timeline."""
        answer = await self.interaction.RecordTouches(pb.RecordTouchesRequest(touches=touches))
        assert [result.status.message for result in answer.results if result.status.code] == []
        names = [result.name for result in answer.results]
        for _ in range(200):
            try:
                await self.interaction.BatchGetTouches(pb.BatchGetTouchesRequest(names=names))
            except Exception:
                await asyncio.sleep(0.05)
            else:
                return names
        raise AssertionError("the touches are not on their timeline after 10 s")


@pytest.fixture
async def stage(system: System) -> AsyncIterator[Stage]:
    fields = {"client": "console-tests"}
    async with (
        system.channel("contact", "admin", **fields) as contact,
        system.channel("interaction", "admin", **fields) as interaction,
        system.channel("campaign", "admin", **fields) as campaign,
        system.channel("segmentation", "admin", **fields) as segmentation,
    ):
        found = Stage(
            contact_pb2_grpc.ContactServiceStub(contact),
            interaction_pb2_grpc.InteractionServiceStub(interaction),
            campaign_pb2_grpc.CampaignServiceStub(campaign),
            segmentation_pb2_grpc.SegmentationServiceStub(segmentation),
        )
        source = pb.Source(name=SOURCE, client="console-tests", identifier_kind="contact")
        await found.interaction.RegisterSource(pb.RegisterSourceRequest(source=source))
        yield found


def chromium() -> str:
    """The browser that is here. Without one these tests fail: what nobody looked at is not known to work."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "no Chromium: set CHROMIUM, or run scripts/chromium"
    return found


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield running
        await running.close()


class Desk:
    """One person's browser window, logged in, that notes everything the page complains about."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser, self.address = browser, address
        self.complaints: list[str] = []

    async def open(self, user: str, **window) -> Page:
        window.setdefault("viewport", {"width": 1440, "height": 900})
        window.setdefault("user_agent", AGENT)  # a browser that calls itself headless is a machine to the edge
        context = await self._browser.new_context(base_url=self.address, reduced_motion="reduce", **window)
        page = await context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto("/login")
        await page.locator(f'button[value="{user}"]').click()
        await page.wait_for_url(lambda url: "/login" not in url)
        return page

    def _note(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self.complaints.append(f"{said.text} ({said.location['url']})")


@pytest.fixture
async def desk(browser: Browser, address: str) -> AsyncIterator[Desk]:
    found = Desk(browser, address)
    yield found
    assert found.complaints == [], "the browser refused or failed something"


@pytest.fixture
async def reader(address: str) -> AsyncIterator:
    clients: list[httpx.AsyncClient] = []

    async def log_in(user: str) -> Reader:
        clients.append(httpx.AsyncClient(base_url=address, timeout=90))
        return await Reader(clients[-1]).log_in(user)

    yield log_in
    for client in clients:
        await client.aclose()
