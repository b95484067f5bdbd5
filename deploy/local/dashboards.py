"""Draws the dashboard from a running `make run`: mails go out, links are followed, touches come, Prometheus scrapes.

`python -m deploy.local.dashboards [SECONDS]`, six minutes by default: the rates are of five. Writes the page into the
state's folder and its picture to docs/dashboards. Ends with 1 where a panel shows nothing that should show something,
an alert's rule fails or rings, or a role cannot be scraped.
"""

import asyncio
import base64
import html
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from chassis.config import Settings
from playwright.async_api import async_playwright
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.interaction.v1 import interaction_pb2

from deploy import dashboard
from deploy.local import demo, drawing
from deploy.local.demo_company import build
from deploy.local.demo_live import run_live
from deploy.local.demo_mailings import WAITING
from deploy.local.watching import Prometheus

PICTURE = Path("docs/dashboards/touchline.webp")
SECONDS = 360.0
WIDTH, QUALITY = 1560, 72
EVERY = 0.1  # seconds between two touches
MAILED_EVERY = 60.0  # seconds between two campaigns
READ_EVERY = 2.0  # seconds between two mails that somebody opens
CALM = {"inactive", "pending", "recorded"}  # a busy machine may be behind for a moment
PAGES = ("/login", "/healthz", "/static/app.css")
LINK = re.compile(r"(https?://[^/\s\"]+/([oc])/[\w.~=-]+)")
READER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


async def main(seconds: float, prometheus: Path, chromium: str) -> int:
    """Let things happen for so long, then draw."""
    settings = Settings.load()
    watcher = await asyncio.to_thread(Prometheus(prometheus, settings).start)
    try:
        begin = time.time()
        await busy(settings, seconds)
        complaints, text = await asyncio.to_thread(judged, watcher, begin, time.time())
    finally:
        await asyncio.to_thread(watcher.stop)
    file = settings.state.resolve() / "dashboard.html"
    file.write_text(text, encoding="utf-8")
    await asyncio.to_thread(PICTURE.write_bytes, await shoot(file.as_uri(), chromium))
    sys.stdout.write("".join(f"✗ {complaint}\n" for complaint in complaints) or f"✓ every panel has data: {PICTURE}\n")
    return 1 if complaints else 0


def judged(watcher: Prometheus, begin: float, end: float) -> tuple[list[str], str]:
    """What is wrong, and the page."""
    told = json.loads(dashboard.wanted())
    drawn, complaints = [], [f"{role} cannot be scraped" for role in watcher.absent()]
    for panel in told["panels"]:
        series = []
        for target in panel["targets"]:
            found = watcher.lines(target["expr"], begin, end)
            if not found and (panel["title"], target["legendFormat"]) not in dashboard.SILENT:
                complaints.append(f"nothing in “{panel['title']}”: {target['expr']}")
            series += [drawing.Series(drawing.legend_name(target["legendFormat"], one.labels), one) for one in found]
        drawn.append(series)
    alerts = watcher.alerts()
    complaints += [f"{name}: {state}" for name, state in alerts.items() if state not in CALM]
    return complaints, drawing.page(told, drawn, alerts)


async def busy(settings: Settings, seconds: float) -> None:
    """Touches, campaigns, readers and pages for so many seconds."""
    world = await demo.seed(settings, say=lambda _: None)
    async with demo.apis(settings) as api:
        doing = [
            run_live(lambda touches: demo.record_all(api.interaction, touches), build(), world, EVERY),
            _campaigns(api),
            asyncio.to_thread(_readers, settings, time.monotonic() + seconds),
            _refused(api),
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*doing)


async def _campaigns(api: demo.Apis) -> None:
    """Launch a copy of the demo's waiting campaign now and then."""
    listed = (await api.campaign.ListCampaigns(pb.ListCampaignsRequest(page_size=1000))).campaigns
    waiting = next(one for one in listed if one.display_name == WAITING[0])
    (mail, *_) = (await api.campaign.ListActivities(pb.ListActivitiesRequest(parent=waiting.name))).activities
    while True:
        copy = pb.Campaign(display_name=f"Dashboard {uuid.uuid4().hex[:6]}", owner="users/mira")
        made = await api.campaign.CreateCampaign(pb.CreateCampaignRequest(campaign=copy))
        activity = pb.Activity(
            display_name=copy.display_name, include_segments=mail.include_segments, sender=mail.sender,
            subscription_topic=mail.subscription_topic, subject_template=mail.subject_template,
            html_template=mail.html_template,
        )  # fmt: skip
        await api.campaign.CreateActivity(pb.CreateActivityRequest(parent=made.name, activity=activity))
        await api.campaign.LaunchCampaign(pb.LaunchCampaignRequest(name=made.name))
        await asyncio.sleep(MAILED_EVERY)


async def _refused(api: demo.Apis) -> None:
    """A touch that no source may tell, now and then: the door refuses it."""
    while True:
        touch = interaction_pb2.Touch(type="web.visited", source="sources/demo-site", source_event_id="none")
        await api.interaction.RecordTouches(interaction_pb2.RecordTouchesRequest(touches=[touch]))
        await asyncio.sleep(READ_EVERY)


def _readers(settings: Settings, end: float) -> None:
    """Mails of the sandbox are opened, and their first link is followed; pages of the console are read."""
    inbox = f"http://{settings.host}:{settings.port_inbox}/mails"
    console = f"http://{settings.host}:{settings.port_console}"
    while time.monotonic() < end:
        for told in json.loads(_read(f"{inbox}?page_size=20"))["mails"]:
            mail = json.loads(_read(f"{inbox}/{told['id']}"))
            links = {kind: address for address, kind in LINK.findall(html.unescape(mail["html"]))}
            for kind in set(links) & {"o", "c"}:
                _read(links[kind])
            _read(f"{settings.edge_url}/c/forged")
            for path in PAGES:
                _read(console + path)
            time.sleep(READ_EVERY)


class _Stays(urllib.request.HTTPRedirectHandler):
    """Follows nowhere: the pages behind the demo's links do not exist."""

    def redirect_request(self, *_: object) -> None:
        return None


READ: Callable[..., object] = urllib.request.build_opener(_Stays).open


def _read(address: str) -> bytes:
    """What an address answers, whatever its status."""
    try:
        with READ(urllib.request.Request(address, headers=READER), timeout=10) as answer:  # type: ignore[attr-defined]
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return error.read()


async def shoot(address: str, chromium: str) -> bytes:
    """A page as WebP, from its top to its end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
        opened = await browser.new_page(viewport={"width": WIDTH, "height": 800})
        await opened.goto(address)
        height = await opened.evaluate("document.documentElement.scrollHeight")
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1}
        told = {"format": "webp", "quality": QUALITY, "captureBeyondViewport": True, "clip": clip}
        session = await opened.context.new_cdp_session(opened)
        picture = (await session.send("Page.captureScreenshot", told))["data"]
        await browser.close()
    return base64.b64decode(picture)


def found(script: str) -> str:
    """The path that a script prints."""
    return subprocess.run([script], check=True, capture_output=True, text=True).stdout.splitlines()[-1]


if __name__ == "__main__":
    wished = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    raise SystemExit(asyncio.run(main(wished, Path(found("scripts/prometheus")), found("scripts/chromium"))))
