"""What a real Chromium makes of the panel in a CRM: axe in both themes, each width that a CRM gives it, in German."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Page, expect
from touchline.campaign.v1 import campaign_pb2

from services.console.http.language import catalogue
from tests.console.test_browser_pages import TEXTS, WIDTH
from tests.console.test_browser_timeline import complaints, complaints_of_dark, full_life
from tests.console.test_panel import LONG, crm_person, launch_token
from tests.house.test_catalogue import PLACE, written

# A phone, and the frame that deploy/crm asks HubSpot for; WCAG's narrowest, and 1280 pixels at 200 %.
LOOKED_AT, WIDTHS = (390, 520), (320, 390, 520, 640)


@pytest.fixture
async def full(stage) -> str:
    """Somebody with a row of every kind, a task, a meeting, an unanswered reply and a brake; her id in the CRM."""
    external = f"003-{uuid.uuid4().hex[:8]}"
    contact = await crm_person(stage, "Adelheid Panelreader", external)
    await full_life(stage, contact)
    soon = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    task = {"title": "Send figures", "due_time": soon, "assignee": "users/jana"}
    await stage.record(
        stage.touch(contact, "task.created", attributes=task),
        stage.touch(
            contact,
            "meeting.scheduled",
            ago=timedelta(hours=3),
            attributes={"subject": "Two lines", "start_time": soon},
        ),
        stage.touch(contact, "email.replied", attributes={"subject": "Two lines?"}),
    )
    brake = campaign_pb2.Brake(contact=contact, reason="Wants to think")
    brake.expire_time.FromDatetime(datetime.now(UTC) + timedelta(days=3))
    await stage.campaign.CreateBrake(campaign_pb2.CreateBrakeRequest(brake=brake, request_id=str(uuid.uuid4())))
    return external


async def opened(browser: Browser, address: str, external: str, **window) -> Page:
    """The panel as a page of its own: what the CRM's frame shows."""
    context = await browser.new_context(base_url=address, reduced_motion="reduce", bypass_csp=True, **window)
    page = await context.new_page()
    await page.goto(f"/embed/salesforce/{external}?launch={launch_token(external)}")
    return page


async def test_axe_finds_nothing_in_the_panel_light_and_dark_at_any_width_and_nothing_is_cut_off(
    full, browser, address
):
    found, page = [], await opened(browser, address, full, color_scheme="light")
    await expect(page.locator("#brief li")).to_have_count(4)
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 640})
        if width in LOOKED_AT:
            found += [(width, said) for said in (*await complaints(page), *await complaints_of_dark(page))]
        found += [(width, "cut off")] * (await page.evaluate(WIDTH) > width)
    await page.context.close()
    assert found == []


async def test_axe_finds_nothing_where_the_panel_has_nothing_to_show_or_is_refused(stage, browser, address):
    empty = f"003-{uuid.uuid4().hex[:8]}"
    await crm_person(stage, "Ada Empty", empty)
    found = []
    for external in (empty, "nobody"):
        page = await opened(browser, address, external, color_scheme="light", viewport={"width": 390, "height": 640})
        found += [(external, said) for said in (*await complaints(page, least=10), *await complaints_of_dark(page))]
        found += [(external, "cut off")] * (await page.evaluate(WIDTH) > 390)
        await page.context.close()
    assert found == []


async def test_what_is_refused_in_a_frame_is_said_without_the_bar_of_the_console(browser, address):
    page = await opened(browser, address, "nobody")
    await expect(page.locator("h1")).to_have_text("Nothing is here")
    assert await page.locator("a, form, button").count() == 0
    await page.context.close()


async def test_a_brief_that_comes_to_have_something_to_say_shows_it_where_it_was_empty(stage, browser, address):
    external = f"003-{uuid.uuid4().hex[:8]}"
    contact = await crm_person(stage, "Ada Later", external)
    page = await opened(browser, address, external)
    await expect(page.locator("#timeline")).to_have_attribute("data-live", "yes", timeout=LONG)
    await expect(page.locator("#brief")).to_be_hidden()
    await stage.record(stage.touch(contact, "task.created", attributes={"title": "Send figures"}))
    await page.locator("#new").click(timeout=LONG)
    await expect(page.locator("#brief")).to_contain_text("Send figures")
    await page.context.close()


async def test_who_reads_german_reads_the_panel_in_german(full, browser, address):
    known = catalogue("de")
    english = {
        text[0]
        for text in written()
        if len(text) == 1 and not PLACE.search(text[0]) and known.gettext(text[0]) != text[0]
    }
    page = await opened(browser, address, full, locale="de-DE", viewport={"width": 390, "height": 640})
    await expect(page.locator("#timeline")).to_have_attribute("data-live", "yes", timeout=LONG)
    assert await page.locator("html").get_attribute("lang") == "de"
    assert english.intersection(await page.evaluate(TEXTS)) - {known.gettext(text) for text in english} == set()
    await page.context.close()
