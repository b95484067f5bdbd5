"""The bell in the bar in Chromium: its number arrives by itself, for what people do, and moves nothing."""

from typing import Any

from playwright.async_api import Page, expect

from tests.flows.campaigns import until

PLACES = """() => [...document.querySelectorAll(".bar *")].map((one) => {
  const box = one.getBoundingClientRect(); return [one.localName, box.left, box.top, box.width, box.height] })"""
STATUS, BELL = "#status", "a[data-unseen]"


async def number(page: Page) -> int:
    """What the bell says, once it has said anything."""
    return int(await page.locator(f"{BELL}[data-number]").get_attribute("data-number") or "")


async def ring(stage: Any, page: Page, person: str) -> int:
    """Something that a person does, until the owner is told of it; what the bell says then."""
    before = await number(page)

    async def told() -> bool:
        await stage.record(stage.touch(person, "email.replied"))
        return await number(page) > before

    await until(told)
    return await number(page)


async def test_the_number_of_alerts_arrives_without_reloading_is_read_aloud_and_moves_nothing(stage, desk):
    person = await stage.person("Bella Ringer")
    page = await desk.open("jana")
    await page.goto("/accounts")
    await number(page)
    places = await page.evaluate(PLACES)
    assert await page.locator(STATUS).inner_text() == ""
    now = await ring(stage, page, person)
    await expect(page.locator(STATUS)).to_have_text(f"Alerts: {now} not seen")
    assert await page.locator(STATUS).get_attribute("aria-live") == "polite"
    assert await page.evaluate(PLACES) == places
