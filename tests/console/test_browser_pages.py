"""Every page in Chromium: axe-clean, whole at 200 % and on a phone, in English and in German."""

import re
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console import http
from services.console.http.language import catalogue
from tests.console.edge import address_of, visitor
from tests.console.readers import fields
from tests.console.test_accounts import joining
from tests.console.test_browser_timeline import complaints, complaints_of_dark, full_life
from tests.console.test_campaigns import audience, campaign, mail, planned, verified_sender
from tests.console.test_records import compared, imported
from tests.console.test_segments import by_name, made
from tests.flows.campaigns import until
from tests.house.test_catalogue import PLACE, written

PHONE, DOUBLED = {"width": 390, "height": 844}, {"width": 640, "height": 400}  # the second: 1280 by 800 at 200 %
DAILY = ("/today", "/alerts", "/{account}", "/{deal}", "/{contact}/tasks", "/{contact}/record", "/duplicates")
OTHERS = (
    *("/contacts", "/accounts", "/{contact}", "/{contact}?view=campaign", "/{contact}/log/call", "/{contact}/mails"),
    *("/{contact}/brake", "/{contact}/wrong", "/{contact}/summary", "/{contact}/record/edit", "/filters", "/inbox"),
    *("/campaigns", "/campaigns/new", "/segments", "/segments/new?rule=1", "/segments/new", "/senders", "/senders/new"),
    *("/attributes", "/attributes/new", "/erasures", "/{contact}/erase", "/unlinked", "/conflicts", "/nothing"),
)
OF_ONE = (
    *("{plan}", "{plan}/sends", "{plan}/why?contact={id}", "{plan}/cancel", "{sent}", "{sent}?contact={id}"),
    *("{draft}", "{draft}/edit", "{draft}/delete", "{draft}/check", "{draft}/launch?when=now", "{draft}/sends"),
    *("{draft}/activities/new", "{letter}", "{letter}/edit", "{draft}/why?find=Person", "{list}", "{list}/edit"),
    *("{list}/why?contact={id}", "{rule}", "{rule}/edit", "{rule}/why?contact={id}", "{rule}/delete", "{sender}"),
    *("/{person}/mails", "/{person}?people=0", "/{thread}", "/{import}", "{inbox}", "/traces", "/audit", "/filters"),
)
WIDE = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light", "locale": "en"}
NARROW = {"viewport": PHONE, "color_scheme": "dark", "locale": "de-DE"}
LOOKS = [WIDE, NARROW]
STATIC = Path(http.__file__).parent.parent / "static"
DARK = re.compile(r"@media \(prefers-color-scheme: dark\) \{ :root \{(.*?)\} \}", re.DOTALL)
WIDTH = "document.documentElement.scrollWidth"
TEXTS = """() => { const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) found.push(walker.currentNode.textContent.trim()); return found }"""


async def furnished(stage, reader) -> dict[str, str]:
    """A person with a life, her company, a deal, a task and a twin."""
    wanted = contact_pb2.Account(display_name="Kiln Works", owner="users/adam", industry="steel")
    request = contact_pb2.CreateAccountRequest(account=wanted, request_id=str(uuid.uuid4()))
    account = (await stage.contact.CreateAccount(request)).name
    contact, twin = [await stage.person("Adelheid Pageturner", owner="adam") for _ in range(2)]
    for each in (contact, twin):
        await stage.contact.UpdateContact(joining(each, account))
    parts = [contact_pb2.Deal.Participant(contact=contact, role="buyer")]
    deal = contact_pb2.Deal(display_name="Oven", account=account, participants=parts, stage="Offer")
    request = contact_pb2.CreateDealRequest(deal=deal, request_id=str(uuid.uuid4()))
    deal = (await stage.contact.CreateDeal(request)).name
    await full_life(stage, contact)
    await stage.record(
        stage.touch(contact, "email.replied", ago=timedelta(hours=2), attributes={"subject": "Two lines?"}),
        stage.touch(contact, "deal.created", ago=timedelta(days=4), names=pb.Names(deal="Oven"), deal=deal),
    )
    who = await reader("adam")
    path = f"/{contact}/tasks"
    form = fields(await who.read(path), path) | {"title": "Send figures", "due": "2026-01-01T10:00", "note": "Both"}
    assert (await who.send(path, **form)).status_code == 303
    return {"account": account, "deal": deal, "contact": contact}


@pytest.fixture
async def names(stage, reader, system):
    found = await furnished(stage, reader)
    await compared(system)
    return found


async def shown(page: Page, path: str, names: dict[str, str]) -> str:
    address = path.format(**names)
    await page.goto(address)
    return address


async def test_axe_finds_nothing_on_the_pages_of_a_day_and_at_200_percent_nothing_is_cut_off(names, desk):
    found, page = [], await desk.open("adam", color_scheme="light", bypass_csp=True)
    for path in DAILY:
        await shown(page, path, names)
        found += await themes(page, path)
        await page.set_viewport_size(DOUBLED)
        found += [(path, "cut off")] * (await page.evaluate(WIDTH) > DOUBLED["width"])
        await page.set_viewport_size({"width": 1440, "height": 900})
    assert found == []


async def themes(page: Page, path: str) -> list[tuple[str, str]]:
    """What axe finds wrong with a page in the light theme, and with its colours in the dark one."""
    light = [(path, said) for said in await complaints(page)]
    return light + [(f"{path} in the dark", said) for said in await complaints_of_dark(page)]


async def test_axe_finds_nothing_on_any_other_page(names, desk):
    found, page = [], await desk.open("adam", color_scheme="light", bypass_csp=True)
    for path in OTHERS:
        await shown(page, path, names)
        found += await themes(page, path)
    assert found == []
    desk.complaints.clear()  # the page that there is not


def test_the_dark_theme_changes_colours_and_nothing_else():
    css = (STATIC / "touchline.css").read_text()
    ((dark, light),) = [(found, css[: css.index(found)]) for found in DARK.findall(css)]
    changed = dict(re.findall(r"(--[\w-]+): ([^;]+);", dark))
    assert changed
    assert re.sub(r"--[\w-]+: [^;]+;", "", dark).split() == []
    for name, value in changed.items():
        assert f"{name}: " in light
        assert re.fullmatch(r"#[0-9a-f]{3,6}", value) or name in {"--shadow", "--lift"}


@pytest.fixture
async def marketed(stage, reader) -> dict[str, str]:
    """A campaign that went out to one person, one that is being written, and what both stand on."""
    who, plan, (person,) = await planned(stage, reader, 1)
    form = fields(await who.read(f"{plan}/launch", when="now", time=""), f"{plan}/launch")
    assert (await who.send(f"{plan}/launch", **form)).status_code == 303

    async def went_out() -> str:
        mails = re.findall(r'href="(/inbox/\d+)"', await who.read("/inbox", to=await address_of(stage, person)))
        return mails[0] if mails else ""

    inbox, audience_of = await until(went_out), await audience(stage, person)
    draft, sender = await campaign(who, "Being written"), await verified_sender(who)
    letter = await mail(who, draft, include=audience_of, sender=sender)
    thread = (await stage.interaction.GetTimeline(pb.GetTimelineRequest(parent=person))).threads[0].name
    sent = re.search(rf'href="({plan}/activities/[^"/]+)"', await who.read(plan))[1]
    return {
        "plan": plan, "sent": sent, "inbox": inbox, "draft": draft, "letter": letter, "sender": f"/{sender}",
        "list": f"/{audience_of}", "rule": await made(who, **by_name("Person 0")), "import": await table_of(stage),
        "person": person, "id": person.rpartition("/")[2], "thread": thread,
    }  # fmt: skip


async def table_of(stage) -> str:
    return await imported(stage, [f"{uuid.uuid4().hex[:8]}@console.example", "Potter", "41"], ["nobody", "Potter", ""])


async def trace_of(reader) -> str:
    """A trace that the collector has."""
    who = await reader("adam")

    async def found() -> list[str]:
        return re.findall(r'href="(/traces/[0-9a-f]{32})"', await who.read("/traces", service="contact.serve"))

    return (await until(found))[0]


@pytest.mark.parametrize("looks", LOOKS)
async def test_the_pages_of_one_campaign_mail_segment_sender_thread_import_and_trace_are_sound(
    marketed, reader, desk, looks
):
    page, width = await desk.open("adam", bypass_csp=True, **looks), looks["viewport"]["width"]
    found = []
    for path in (*OF_ONE, await trace_of(reader)):
        answer = await page.goto(path.format(**marketed))
        found += [(path, f"answered {answer.status}")] * (answer.status != 200)
        found += [(path, said) for said in await complaints(page)]
        found += [(path, "cut off")] * (await page.evaluate(WIDTH) > width)
    assert found == []


@pytest.mark.parametrize("looks", LOOKS)
async def test_axe_finds_nothing_on_the_pages_that_a_mail_leads_to(system, stage, desk, looks):
    ada = await visitor(system, stage, await stage.person("Ada Outside"))
    address = contact_pb2.Identifier(kind="email", value=ada.address)
    wish = contact_pb2.RequestOptInRequest(opt_in=contact_pb2.OptIn(address=address, topic="newsletter"))
    asked = uuid.UUID((await stage.contact.RequestOptIn(wish)).name.rpartition("/")[2])
    of_her = {"topic": "newsletter", "purpose": "marketing"}
    leave, confirm = ada.token("unsubscribe", **of_her), ada.token("confirm", message=asked, **of_her)
    page, width = await desk.open("adam", bypass_csp=True, **looks), looks["viewport"]["width"]
    edge, found = system.settings.edge_url, []
    for path, button in ((f"/s/{confirm}", 0), (f"/p/{leave}", 0), (f"/p/{leave}", 1), (f"/u/{leave}", 0)):
        assert (await page.goto(edge + path)).status == 200
        assert await page.locator("html").get_attribute("lang") == looks["locale"][:2]
        found += [(path, said) for said in await complaints(page, least=10)]
        async with page.expect_navigation() as done:
            await page.locator("main button").nth(button).click()
        assert (await done.value).status == 200
        found += [(f"{path} done", said) for said in await complaints(page, least=10)]
        found += [(path, "cut off")] * (await page.evaluate(WIDTH) > width)
    for path, status in ((f"/s/{confirm}", 410), ("/u/none", 404)):
        assert (await page.goto(edge + path)).status == status
        found += [(path, said) for said in await complaints(page, least=10)]
    assert found == []
    desk.complaints.clear()  # the two pages that there are not any more


async def test_who_reads_german_reads_every_page_in_german_and_nothing_is_cut_off_on_a_phone(names, desk):
    known = catalogue("de")
    english = {
        text[0]
        for text in written()
        if len(text) == 1 and not PLACE.search(text[0]) and known.gettext(text[0]) != text[0]
    }
    english -= {known.gettext(text[0]) for text in written()}
    page = await desk.open("adam", locale="de-DE", viewport=PHONE)
    found = []
    for path in (*DAILY, *OTHERS):
        await shown(page, path, names)
        assert await page.locator("html").get_attribute("lang") == "de"
        found += [(path, text) for text in english.intersection(await page.evaluate(TEXTS))]
        found += [(path, "cut off")] * (await page.evaluate(WIDTH) > PHONE["width"])
    assert found == []
    desk.complaints.clear()  # the page that there is not


async def test_the_switch_is_kept_and_shows_the_same_page_in_the_other_language(names, desk):
    page = await desk.open("adam")
    address = await shown(page, "/{contact}?channel=call", names)
    await page.get_by_role("button", name="Deutsch").click()
    await page.wait_for_url(f"**{address}")
    assert await page.locator("html").get_attribute("lang") == "de"
    assert "Anruf notieren" in await page.content()
    await page.goto("/today")
    assert "Ihre Leute" in await page.content()
    await page.get_by_role("button", name="English").click()
    assert "Your people" in await page.content()


async def test_only_a_page_of_ours_is_led_back_to_and_only_a_language_that_there_is_is_kept(reader):
    who = await reader("jana")
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "", "javascript:x"):
        answer = await who.send("/language", language="de", back=back)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await who.send("/language", language="xx", back="/today")).status_code == 400
    assert 'lang="de"' in (await who.client.get("/today")).text


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("de-AT,en;q=0.5", "de"), ("fr, en;q=0.9, de;q=0.95", "de"), ("fr;q=x,de;q=0", "en"), ("", "en"), (",;;q=", "en")],
)
async def test_the_browsers_wish_decides_where_nobody_chose(reader, accepted, language):
    who = await reader("jana")
    page = await who.client.get("/today", headers={"accept-language": accepted})
    assert f'<html lang="{language}">' in page.text
