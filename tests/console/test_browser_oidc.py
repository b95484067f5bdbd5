"""Logging in at a provider in Chromium, from the console's login page to data of services that believe its tokens."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from chassis.rpc import channel
from playwright.async_api import Browser, ConsoleMessage, async_playwright, expect
from starlette.routing import Route
from touchline.contact.v1 import contact_pb2, contact_pb2_grpc

from deploy.local.children import free_port
from deploy.local.kafka import Kafka
from services.console.http.routes import CAMPAIGNS, RECORDS, ROUTES
from tests.console.conftest import ARGUMENTS, LAUNCH_KEYS, chromium
from tests.console.providers import Provider
from tests.console.test_oidc import fields_of
from tests.console.test_panel import LONG, launch_token, site
from tests.console.upstream import ID, filled
from tests.databases import Databases
from tests.flows.system import System

SERVICES = ("contact", "interaction", "console")
CRM_PORT = free_port()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    found = Provider(f"http://127.0.0.1:{free_port()}")
    yield found
    found.stop()


@pytest.fixture(scope="module")
def running(databases_of_run: Databases, kafka: Kafka, run_folder: Path, provider: Provider) -> Iterator[System]:
    """Three services that know people and one another by the provider's tokens alone."""
    for name in SERVICES[:2]:
        databases_of_run.add(name, "_oidc", migrated=False)
    folder = run_folder / "oidc"
    folder.mkdir(parents=True, exist_ok=True)
    for service in SERVICES:
        (folder / f"{service}.token").write_text(provider.service_token(service))
    fields = databases_of_run.settings("_oidc", **kafka.settings(), topic_prefix="oidc.").model_dump(
        mode="json", exclude_unset=True
    )
    (folder / "launch.keys").write_text("".join(f"{name} {key}\n" for name, key in LAUNCH_KEYS.items()))
    told = {
        **fields_of(provider, folder),
        "launch_key_file": str(folder / "launch.keys"),
        "embed_ancestors": f"http://localhost:{CRM_PORT}",
        "team_visibility": "hidden",
        "console_url": provider.console,
        "port_console": int(provider.console.rpartition(":")[2]),
        "service_token_file": str(folder / "{service}.token"),
    }
    system = System(folder, {**fields, **told}, SERVICES)
    try:
        yield system.start()
    finally:
        system.stop()


def note(said: ConsoleMessage, complaints: list[str], address: str) -> None:
    """What the browser complains about on our own pages."""
    if said.type in {"error", "warning"} and said.location["url"].startswith(address):
        complaints.append(said.text)


async def test_somebody_logs_in_at_the_provider_reads_works_and_logs_out(browser: Browser, running, provider):
    context = await browser.new_context(base_url=provider.console, timezone_id="Europe/Prague")
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: note(said, complaints, provider.console))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    await page.goto("/contacts?q=nobody")
    await page.get_by_role("link", name="Log in").click()
    await page.wait_for_url(f"{provider.issuer}/authorize?**")
    await page.get_by_role("button", name="mira").click()
    await page.wait_for_url(f"{provider.console}/contacts?q=nobody")
    await expect(page.locator(".me")).to_contain_text("Marketer · Mira")
    await expect(page.locator("h1")).to_have_text("Contacts")

    cookies = {cookie["name"]: cookie for cookie in await context.cookies()}
    assert cookies["touchline_session"]["httpOnly"]
    assert not any(name.startswith("touchline_login_") for name in cookies)

    await page.goto("/attributes")
    await expect(page.locator("h1")).to_have_text("Attributes")
    await page.get_by_role("button", name="Log out").click()
    await page.wait_for_url(f"{provider.console}/logout/done")
    await expect(page.locator("h1")).to_have_text("You are logged out")
    await page.goto("/contacts")
    await expect(page.get_by_role("link", name="Log in")).to_be_visible()

    await page.get_by_role("link", name="Log in").click()
    await expect(page.get_by_role("button", name="mira")).to_be_visible()  # out at the provider as well
    assert complaints == []
    await context.close()


async def test_a_session_outlives_its_access_token_in_the_browser(browser: Browser, running, provider):
    context = await browser.new_context(base_url=provider.console)
    page = await context.new_page()
    provider.forge(seconds=-5)
    await page.goto("/login")
    await page.get_by_role("link", name="Log in").click()
    await page.get_by_role("button", name="adam").click()
    provider.forge()
    await page.goto("/contacts")
    await expect(page.locator(".me")).to_contain_text("Admin · Adam")
    assert provider.forge()["asked"].count("refresh_token") >= 1
    await context.close()


async def test_with_cookies_blocked_the_page_says_so(browser: Browser, running, provider):
    context = await browser.new_context(base_url=provider.console)
    page = await context.new_page()
    await page.goto("/login")
    await page.get_by_role("link", name="Log in").click()
    await page.wait_for_url(f"{provider.issuer}/authorize?**")
    kept = [cookie for cookie in await context.cookies() if not cookie["name"].startswith("touchline")]
    await context.clear_cookies()
    await context.add_cookies(kept)
    await page.get_by_role("button", name="adam").click()
    await expect(page.locator("h1")).to_have_text("This log-in was not begun here")
    await context.close()


# ---- the panel in a CRM's frame, where nobody is logged in -------------------------------------------------------

PAGES = [*ROUTES, *RECORDS, *CAMPAIGNS]
VARIES = re.compile(r"[0-9a-f]{32}|name=\"csrf\" value=\"[^\"]+\"")
ELSEWHERE = ("/events", "/mails", "/mails/why", "/brake")  # a stream of nothing; pages of campaign, which is away here
BLOCKED = "--test-third-party-cookie-phaseout"  # Chromium keeps no cookie of a frame on somebody else's page


async def people(system: System, provider: Provider) -> list[str]:
    """Somebody of the team Central and somebody of North; the ids of their records in the CRM."""
    return [external for external, _name in await made(system, provider)]


async def made(system: System, provider: Provider) -> list[tuple[str, str]]:
    """The same, each with the name of the contact."""
    found = []
    mark, target = uuid4().hex[:8], f"127.0.0.1:{system.settings.port_contact}"
    async with channel(target, token=provider.service_token("erp"), timeout=20) as opened:
        stub = contact_pb2_grpc.ContactServiceStub(opened)
        for team in ("central", "north"):
            wanted = contact_pb2.Contact(display_name=f"Ada of {team}", team=f"teams/{team}")
            wanted.identifiers.add(kind="email", value=f"ada-{mark}@{team}.example")
            wanted.identifiers.add(kind="crm:salesforce", value=f"003-{team}-{mark}")
            request = contact_pb2.CreateContactRequest(contact=wanted, request_id=str(uuid4()))
            found.append((f"003-{team}-{mark}", (await stub.CreateContact(request)).name))
    return found


def framing(folder: Path, address: str, external: str) -> str:
    """The CRM's page of a record: its server has signed who looks, and as what."""
    told = {"sub": "users/jana", "name": "Jana Dvořák", "role": "rep", "team": "central", "zone": "Europe/Prague"}
    frame = f"{address}/embed/salesforce/{external}?launch={launch_token(external, **told)}"
    (folder / f"{external}.html").write_text(f'<!doctype html><title>CRM</title><iframe src="{frame}"></iframe>')
    return f"{external}.html"


async def test_the_panel_knows_its_reader_by_the_launch_alone_where_a_provider_logs_people_in(
    running, provider, tmp_path
):
    """No cookie anywhere, of console or provider; her team's people alone; on a page of an allowed origin alone."""
    central, north = await people(running, provider)
    told: dict[str, Any] = {"executable_path": chromium(), "args": [*ARGUMENTS, BLOCKED]}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**told)
        context = await browser.new_context(reduced_motion="reduce")
        with site(tmp_path, CRM_PORT) as crm, site(tmp_path, free_port()) as foreign:
            page = await context.new_page()
            await page.goto(f"{crm}/{framing(tmp_path, provider.console, central)}")
            panel = page.frame_locator("iframe")
            await expect(panel.locator("h1")).to_have_text("Ada of central", timeout=LONG)
            await expect(panel.locator("#timeline")).to_have_attribute("data-live", "yes", timeout=LONG)
            await page.goto(f"{crm}/{framing(tmp_path, provider.console, north)}")
            await expect(panel.locator("h1")).to_have_text("Nothing is here", timeout=LONG)  # another team's, hidden
            assert await context.cookies() == []
            stranger = await context.new_page()
            refused: list[str] = []
            stranger.on("console", lambda said: refused.append(said.text))
            await stranger.goto(f"{foreign}/{framing(tmp_path, provider.console, central)}")
            assert "Ada of" not in await stranger.frame_locator("iframe").locator("body").inner_text()
            assert any("frame-ancestors" in said for said in refused)
        await browser.close()


async def test_a_panel_is_no_session_and_one_of_nobodys_rank_is_refused(running, provider):
    central, _ = await people(running, provider)
    async with httpx.AsyncClient(base_url=provider.console, timeout=60) as crm:
        address = f"/embed/salesforce/{central}"
        boss = await crm.get(address, params={"launch": launch_token(central, role="admin")})
        assert boss.status_code == 403
        answer = await crm.get(address, params={"launch": launch_token(central, team="central")})
        assert answer.status_code == 303
        crm.cookies.set("touchline_session", answer.headers["location"].rpartition("/")[2])
        assert (await crm.get("/contacts")).headers["location"].startswith("/login")


async def test_where_teams_are_hidden_no_page_tells_another_teams_person_from_one_that_never_was(
    browser: Browser, running, provider
):
    """Each address about a person, asked by a rep of another team; status and page are the same but for the trace."""
    (_, ours), (external, theirs) = await made(running, provider)
    never, unknown = f"contacts/{uuid4()}", f"003-never-{uuid4().hex[:8]}"
    context = await browser.new_context(base_url=provider.console)
    page = await context.new_page()
    await page.goto("/login")
    await page.get_by_role("link", name="Log in").click()
    await page.get_by_role("button", name="jana").click()
    await page.wait_for_url(f"{provider.console}/**")

    async def told(path: str) -> tuple[int, str]:
        answer = await page.request.get(path, max_redirects=0)
        return answer.status, VARIES.sub("", await answer.text())

    paths = [filled(route.path) for route in PAGES if isinstance(route, Route) and "GET" in (route.methods or ())]
    about = [path for path in paths if path.startswith(f"/contacts/{ID}")]
    assert len(about) > 15
    asked = [(path.replace(f"contacts/{ID}", theirs), path.replace(f"contacts/{ID}", never)) for path in about]
    asked.append((f"/go/salesforce/{external}", f"/go/salesforce/{unknown}"))
    found = [(path, await told(path), await told(other)) for path, other in asked]
    assert [
        path for path, one, two in found if (one[0], one[1].replace(theirs, never).replace(external, unknown)) != two
    ] == []
    told_else = [(path, one[0]) for path, one, _two in found if one[0] not in {403, 404}]  # 403: not for her role
    assert [path for path, _status in told_else if not path.endswith(ELSEWHERE)] == []
    assert sum(one[0] == 404 for _path, one, _two in found) > 10
    assert (await told(f"/{ours}"))[0] == 200
    await context.close()
