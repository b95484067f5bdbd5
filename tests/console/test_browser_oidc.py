"""Logging in at a provider in Chromium, from the console's login page to data of services that believe its tokens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, expect

from deploy.local.children import free_port
from deploy.local.kafka import Kafka
from tests.console.providers import Provider
from tests.console.test_oidc import fields_of
from tests.databases import Databases
from tests.flows.system import System

SERVICES = ("contact", "interaction", "console")


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
    told = {
        **fields_of(provider, folder),
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
