"""The bell in the bar in Chromium: its number arrives by itself, for what people do, and moves nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from playwright.async_api import Page, expect
from touchline.interaction.v1 import interaction_pb2 as pb

from tests.console.readers import Reader, hidden
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


@asynccontextmanager
async def bell(client: httpx.AsyncClient) -> AsyncIterator[AsyncIterator[int]]:
    """What the bell is sent: its number at once, then each other one."""
    async with client.stream("GET", "/alerts/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        yield (int(line.removeprefix("data: ")) async for line in lines if line.startswith("data: "))


async def number_now(client: httpx.AsyncClient) -> int:
    async with bell(client) as numbers:
        return await anext(numbers)


async def told_of(who: Reader, name: str, again: Callable[[], Awaitable[object]] | None = None) -> None:
    """Wait until somebody is among the alerts. Whatever was written before that touch has been looked at then."""

    async def is_listed() -> bool:
        if again is not None:
            await again()
        return name in await who.read("/alerts")

    await until(is_listed)


async def test_a_scanners_click_rings_nothing_and_a_persons_rings_once(stage, reader):
    who = await reader("mira")
    first, last, ada, eva = [
        await stage.person(name, owner="mira") for name in ("Firstina", "Lastina", "Ada Scanned", "Evelina")
    ]
    # Alerts begin with the first look at what is written: until then, and again for what that took, somebody clicks.
    await told_of(who, "Firstina", lambda: stage.record(stage.touch(first, "email.clicked")))
    await stage.record(stage.touch(last, "email.clicked"))
    await told_of(who, "Lastina")
    page = await who.read("/alerts")
    seen = {"request": hidden(page, "request"), "until": hidden(page, "until")}
    assert (await who.send("/alerts/seen", **seen)).status_code == 303
    assert await number_now(who.client) == 0

    scanner = pb.Actor(kind=pb.ACTOR_KIND_MACHINE)
    async with bell(who.client) as numbers:
        assert await anext(numbers) == 0
        await stage.record(*(stage.touch(ada, kind, actor=scanner) for kind in ("email.opened", "email.clicked")))
        await stage.record(stage.touch(eva, "email.clicked"))
        assert await anext(numbers) == 1
    await told_of(who, "Evelina")
    assert "Ada Scanned" not in await who.read("/alerts")
    assert await number_now(who.client) == 1
