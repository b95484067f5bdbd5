"""From a cold link to the first row in a browser: a person with 50,000 touches, beside one with 50."""

import asyncio
import time
from statistics import median
from typing import Any

from playwright.async_api import Browser, async_playwright

from tests.bench import timeline_read as reading
from tests.bench.rig import Rig, percentile, rig
from tests.console.conftest import AGENT, ARGUMENTS, chromium

FEW = 50
OPENS = 10
VIEWPORT = {"width": 390, "height": 844}


def main(scale: float) -> dict[str, Any]:
    """`scale` 1 is 50,000 touches of the one and 50 of the other."""
    return asyncio.run(_measure(max(FEW * 10, int(reading.HELD * min(1.0, scale)))))


async def _measure(held: int) -> dict[str, Any]:
    async with rig() as bench, async_playwright() as playwright:
        many, few = await _held(bench, "many", held), await _held(bench, "few", FEW)
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        state = await _log_in(browser, bench)
        times: dict[str, list[float]] = {many: [], few: []}
        for person in [many, few] * (OPENS + 1):
            times[person].append(await _open(browser, bench, person, state))
        ours, others = times[many][1:], times[few][1:]  # the first of each fills the servers' caches
        await browser.close()
        return {
            "bench": "timeline-page", "value": round(median(ours)), "unit": "ms (cold link to first row, median)",
            "limit": round(median(others)), "ratio": round(median(ours) / median(others), 2),
            "p90": round(percentile(ours, 0.9)), "first": round(times[many][0]), "held": held, "few": FEW,
        }  # fmt: skip


async def _held(bench: Rig, name: str, count: int) -> str:
    """A person with so many touches under five addresses."""
    person, subjects = await reading.make_person(bench, name)
    told = [reading.parcel(number, subjects[number % len(subjects)]) for number in range(count)]
    await asyncio.to_thread(reading.write, bench, told)
    await asyncio.to_thread(reading.fill, bench, 0, 0)
    return person


async def _log_in(browser: Browser, bench: Rig) -> Any:
    """What a logged-in browser keeps between two visits: its cookies."""
    context = await browser.new_context(base_url=_address(bench), user_agent=AGENT)
    page = await context.new_page()
    await page.goto("/login")
    await page.locator('button[value="jana"]').click()
    await page.wait_for_url(lambda url: "/login" not in url)
    state = await context.storage_state()
    await context.close()
    return state


async def _open(browser: Browser, bench: Rig, person: str, state: Any) -> float:
    """Milliseconds from following a link in a browser with an empty cache to the first row that can be seen."""
    context = await browser.new_context(
        base_url=_address(bench), user_agent=AGENT, viewport=VIEWPORT, storage_state=state
    )
    page = await context.new_page()
    begun = time.perf_counter()
    await page.goto(f"/{person}", wait_until="commit")
    await page.locator(".touch").first.wait_for(state="visible")
    took = (time.perf_counter() - begun) * 1000
    await context.close()
    return took


def _address(bench: Rig) -> str:
    return f"http://{bench.system.settings.host}:{bench.system.settings.port_console}"
