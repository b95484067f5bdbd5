"""Takes the pictures of docs/console from a running `make run`: each page wide and narrow, light and dark.

`python -m deploy.local.screenshots [PAGE …]`. The browser is the one that CHROMIUM names, or that scripts/chromium
finds. The panel is taken where TOUCHLINE_LAUNCH_KEY_FILE of the run holds a key of the system `demo`. Says which
pages are wider than their window, and ends with 1 then.
"""

import asyncio
import base64
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from chassis.config import Settings
from playwright.async_api import Browser, Page, async_playwright

from deploy.local.demo import apis
from deploy.local.demo_pictured import places

FOLDER = Path("docs/console")
WIDTHS, HEIGHT = {"narrow": 390, "wide": 1280}, 844
THEMES = ("light", "dark")
TALLEST = 1_500  # pixels; what is below says nothing new
QUALITY = 70
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"  # a program that people read with
# On a phone the pages in the bar scroll, on a desk they have to fit.
TOO_WIDE = """() => [document.documentElement, innerWidth > 820 && document.querySelector(".bar nav > div")]
  .filter((one) => one && one.scrollWidth > one.clientWidth).map((one) => one.localName)"""
# Frames far below are loaded only when somebody scrolls there; the picture is of one who did.
LOADED = """() => Promise.all([...document.querySelectorAll("iframe[loading=lazy]")].map((one) => new Promise(
  (done) => { one.addEventListener("load", done); one.loading = "eager"; one.src = one.src })))"""


class View(NamedTuple):
    """Who looks, where, and in which language; {…} is what `places` finds."""

    user: str
    path: str
    language: str = "en"


PAGES = {
    "login": View("", "/login"),
    "today": View("jana", "/today"),
    "alerts": View("jana", "/alerts"),
    "contacts": View("jana", "/contacts"),
    "timeline": View("jana", "/{ada}"),
    "timeline-touch": View("jana", "/{ada}?touch={thread}"),
    "timeline-german": View("jana", "/{ada}?touch={thread}", "de"),
    "timeline-by-campaign": View("jana", "/{ada}?view=campaign"),
    "timeline-raw": View("jana", "/{ada}?view=raw&people=0"),
    "timeline-masked": View("tomas", "/{ada}"),
    "thread": View("jana", "/{ada}/threads/{thread}"),
    "filters": View("jana", "/filters"),
    "call": View("jana", "/{ada}/log/call"),
    "note": View("jana", "/{ada}/log/note"),
    "meeting": View("jana", "/{ada}/log/meeting"),
    "tasks": View("jana", "/{ada}/tasks"),
    "wrong": View("jana", "/{ada}/wrong?touch={touch}"),
    "summary": View("jana", "/{ada}/summary"),
    "mails": View("jana", "/{ada}/mails"),
    "brake": View("jana", "/{ada}/brake"),
    "panel": View("", "{panel}"),
    "record": View("adam", "/{ada}/record"),
    "record-german": View("adam", "/{ada}/record", "de"),
    "record-edit": View("adam", "/{ada}/record/edit"),
    "record-barred": View("adam", "/{barred}/record"),
    "import": View("adam", "/{import}"),
    "consent": View("adam", "/{ada}/record/consent"),
    "restriction": View("adam", "/{ada}/restriction"),
    "hold": View("adam", "/{barred}/hold"),
    "merge": View("adam", "/{ada}/merge?with={barred_id}"),
    "duplicates": View("adam", "/duplicates"),
    "attributes": View("adam", "/attributes"),
    "attribute-new": View("adam", "/attributes/new"),
    "attribute-edit": View("adam", "/attributes/energy_use/edit"),
    "export": View("adam", "/{ada}/export"),
    "erase": View("adam", "/{ada}/erase"),
    "erasures": View("adam", "/erasures"),
    "erasure": View("adam", "/{erasure}"),
    "audit": View("adam", "/audit"),
    "consents-audit": View("adam", "/consents/audit?from={month}&to={tomorrow}"),
    "unlinked": View("adam", "/unlinked"),
    "conflicts": View("adam", "/conflicts"),
    "traces": View("adam", "/traces"),
    "trace": View("adam", "/traces/{trace}"),
    "accounts": View("jana", "/accounts"),
    "account": View("jana", "/{account}"),
    "deal": View("jana", "/{deal}"),
    "segments": View("mira", "/segments"),
    "segment": View("mira", "/{segment}"),
    "segment-list": View("mira", "/{list}"),
    "segment-edit": View("mira", "/{segment}/edit"),
    "segment-new": View("mira", "/segments/new?rule=1"),
    "segment-delete": View("mira", "/{list}/delete"),
    "segment-why": View("mira", "/{segment}/why?contact={ada_id}"),
    "campaigns": View("mira", "/campaigns"),
    "campaign-new": View("mira", "/campaigns/new"),
    "campaign": View("mira", "/{campaign}"),
    "campaign-german": View("mira", "/{campaign}", "de"),
    "campaign-draft": View("mira", "/{draft}"),
    "campaign-edit": View("mira", "/{draft}/edit"),
    "campaign-delete": View("mira", "/{draft}/delete"),
    "campaign-check": View("mira", "/{draft}/check"),
    "campaign-launch": View("mira", "/{draft}/launch?when=now"),
    "campaign-sends": View("mira", "/{campaign}/sends"),
    "campaign-why": View("mira", "/{campaign}/why?contact={ada_id}"),
    "mail": View("mira", "/{activity}"),
    "mail-edit": View("mira", "/{draft_activity}/edit"),
    "mail-new": View("mira", "/{draft}/activities/new"),
    "senders": View("mira", "/senders"),
    "sender": View("mira", "/{sender}"),
    "sender-new": View("mira", "/senders/new"),
    "inbox": View("mira", "/inbox"),
    "inbox-mail": View("mira", "/inbox/{inbox}"),
    "edge-unsubscribe": View("", "{unsubscribe}"),
    "edge-preferences": View("", "{preferences}"),
    "edge-confirm": View("", "{confirm}"),
}


class Camera:
    """Windows of a browser, one for each who looks."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser, self._address = browser, address
        self._windows: dict[tuple[str, str], Page] = {}

    async def take(self, name: str, known: Mapping[str, str]) -> list[str]:
        """Takes the four pictures of a page; says what of it is wider than its place."""
        view = PAGES[name]
        opened = await self._window(view)
        await opened.set_viewport_size({"width": WIDTHS["narrow"], "height": HEIGHT})
        answer = await opened.goto(view.path.format_map(known))
        if answer is None or not answer.ok:
            raise SystemExit(f"{name}: {opened.url} answers {answer and answer.status}")
        await opened.evaluate(LOADED)
        complaints = []
        for size, width in WIDTHS.items():
            has_side = await opened.locator("#side:not(.none)").count() > 0
            height = TALLEST if has_side and size == "wide" else HEIGHT
            await opened.set_viewport_size({"width": width, "height": height})
            complaints += [f"{name}, {size}: {part} is cut off" for part in await opened.evaluate(TOO_WIDE)]
            is_floating = has_side and size == "narrow"
            for theme in THEMES:
                await opened.emulate_media(color_scheme=theme, reduced_motion="reduce")
                (FOLDER / f"{name}-{size}-{theme}.webp").write_bytes(await shoot(opened, width, is_floating))
        return complaints

    async def _window(self, view: View) -> Page:
        """The window of somebody, who logs in on its first page."""
        key = (view.user, view.language)
        if key not in self._windows:
            context = await self._browser.new_context(
                base_url=self._address, locale=view.language, timezone_id="Europe/Prague", user_agent=FIREFOX
            )
            self._windows[key] = await context.new_page()
            if view.user:
                await log_in(self._windows[key], view.user)
        return self._windows[key]


async def shoot(opened: Page, width: int, is_floating: bool) -> bytes:
    """A page from its top, as WebP: as much as the window shows where something floats over it."""
    whole = await opened.evaluate("document.documentElement.scrollHeight")
    height = HEIGHT if is_floating else min(TALLEST, whole)
    if not is_floating:  # what sticks to the window's lower edge stands at the picture's, not across its middle
        await opened.set_viewport_size({"width": width, "height": max(HEIGHT, height)})
    told = {
        "format": "webp", "quality": QUALITY, "captureBeyondViewport": not is_floating,
        "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1},
    }  # fmt: skip
    session = await opened.context.new_cdp_session(opened)
    return base64.b64decode((await session.send("Page.captureScreenshot", told))["data"])


async def log_in(opened: Page, user: str) -> None:
    """By one click, as a development installation has it."""
    await opened.goto("/login")
    await opened.locator(f'button[value="{user}"]').click()
    await opened.wait_for_url(lambda url: "/login" not in url)


async def save_filter(browser: Browser, address: str, ada: str) -> None:
    """Jana keeps a filter by name, and pins the newest call."""
    context = await browser.new_context(base_url=address)
    opened = await context.new_page()
    await log_in(opened, "jana")
    await opened.goto(f"/{ada}?channel=call")
    if await opened.get_by_text("Save this filter").count():
        await opened.get_by_text("Save this filter").click()
        await opened.get_by_label("Name", exact=True).fill("Calls")
        await opened.get_by_role("button", name="Save", exact=True).click()
        await opened.wait_for_url(lambda url: "/filters" not in url)
        await opened.locator(".touch h4 a").first.click()
        await opened.get_by_role("button", name="Pin this touch").click()
        await opened.wait_for_load_state()
    await context.close()


async def main(wanted: Sequence[str], chromium: str) -> int:
    """Takes the pages that are named, or all."""
    settings = Settings.load()
    address, complaints = f"http://{settings.host}:{settings.port_console}", []
    async with apis(settings) as api, async_playwright() as playwright:
        web = await playwright.request.new_context(user_agent=FIREFOX)
        known = await places(api, web, settings)
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
        await save_filter(browser, address, known["ada"])
        camera = Camera(browser, address)
        for name in wanted or PAGES:
            if name != "panel" or "panel" in known:
                complaints += await camera.take(name, known)
        await browser.close()
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    found = subprocess.run(["scripts/chromium"], check=True, capture_output=True, text=True).stdout.strip()
    raise SystemExit(asyncio.run(main(sys.argv[1:], found)))
