"""What a real Chromium makes of segments, campaigns and mail: a rule built by keys, live numbers, frames, a phone."""

import asyncio
import re
import uuid
from datetime import UTC, datetime, timedelta

from playwright.async_api import Page, expect
from touchline.campaign.v1 import campaign_pb2
from touchline.contact.v1 import contact_pb2

from tests.console.test_campaigns import EVIL, audience, campaign, mail, planned, verified_sender

LONG = 30_000  # milliseconds


async def test_a_rule_grows_in_place_and_its_number_follows_the_typing(stage, desk):
    mark = uuid.uuid4().hex[:8]
    await stage.person(f"Berta {mark}")
    page = await desk.open("mira")
    await page.goto("/segments/new")
    marker = await page.evaluate("window.marker = 'not reloaded'")
    await page.locator('select[name="0.0:name"]').select_option("display_name")
    await expect(page.locator('select[name="0.0:operator"] option[value="at_least"]')).to_have_count(0)
    await page.locator('select[name="0.0:operator"]').select_option("contains")
    await page.locator('input[name="0.0:values"]').fill(mark)
    await expect(page.locator("#preview .count")).to_have_text("1", timeout=LONG)
    await expect(page.locator("#preview")).to_contain_text(f"Berta {mark}")
    await page.get_by_role("button", name="Add a condition").last.press("Enter")
    await expect(page.locator('select[name="0.1:kind"]')).to_be_focused()
    await page.locator('select[name="0.1:kind"]').select_option("consent")
    await expect(page.locator('select[name="0.1:kind"]')).to_be_focused()
    await page.locator('input[name="0.1:states"][value="granted"]').check()
    await expect(page.locator("#preview .count")).to_have_text("0", timeout=LONG)
    await expect(page.locator('input[name="0.0:values"]')).to_have_value(mark)
    await page.get_by_role("button", name="Remove this condition").last.press("Enter")
    await expect(page.locator("#preview .count")).to_have_text("1", timeout=LONG)
    assert await page.evaluate("window.marker") == marker
    await page.locator('input[name="display_name"]').fill(f"Berta {mark}")
    await page.locator('input[name="display_name"]').press("Enter")
    await expect(page.locator("h1")).to_have_text(f"Berta {mark}")
    await expect(page.locator(".rule-lines")).to_contain_text(mark)


async def test_a_rule_asks_what_somebody_bought_and_says_why_in_german(stage, desk):
    mark = uuid.uuid4().hex[:8]
    berta = await stage.person(f"Berta {mark}")
    bought = contact_pb2.ImportPurchasesRequest.Item(
        contact=berta, product=f"Mill {mark}", amount_minor=60_000, currency_code="EUR", source_purchase_id=mark
    )
    bought.purchase_time.FromDatetime(datetime.now(UTC) - timedelta(days=3))
    await stage.contact.ImportPurchases(contact_pb2.ImportPurchasesRequest(items=[bought], source="shop"))
    page = await desk.open("mira")
    await page.goto("/segments/new")
    await page.locator('select[name="0.0:kind"]').select_option("purchase")
    await page.locator('input[name="0.0:products"]').fill(f"Mill {mark}")
    await expect(page.locator("#preview .count")).to_have_text("1", timeout=LONG)
    await page.locator('input[name="0.0:amount"]').fill("600.01")
    await page.locator('input[name="0.0:currency"]').fill("EUR")
    await expect(page.locator("#preview .count")).to_have_text("0", timeout=LONG)
    await page.locator('input[name="0.0:amount"]').fill("500")
    await page.locator('input[name="0.0:length"]').fill("90")
    await expect(page.locator("#preview .count")).to_have_text("1", timeout=LONG)
    await page.locator('input[name="display_name"]').fill(f"Buyers {mark}")
    await page.locator('input[name="display_name"]').press("Enter")
    line = f"Bought “Mill {mark}”: for at least 500.00 EUR in the last 90 days"
    await expect(page.locator(".rule-lines")).to_contain_text(line)
    await page.goto(f"{page.url}/why?contact={berta.rpartition('/')[2]}")
    await expect(page.locator(".rule-lines")).to_contain_text("1 purchase counts, and enough was paid")
    await page.get_by_role("button", name="Deutsch").click()
    await expect(page.locator(".rule-lines")).to_contain_text("1 Kauf zählt, und es wurde genug bezahlt")


async def test_a_launch_is_watched_live_without_a_reload(stage, desk, reader):
    _, plan, people = await planned(stage, reader)
    page = await desk.open("mira")
    await page.goto(f"{plan}/check")
    await expect(page.locator("caption")).to_be_visible()
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_role("button", name="Launch to 3 people").dblclick()
    await page.wait_for_url(f"**{plan}")
    marker = await page.evaluate("window.marker = 'not reloaded'")
    handed = page.locator('.figure.good strong[data-number*="handed_over"]').first
    await expect(handed).to_have_text("3", timeout=2 * LONG)
    await expect(page.locator("#campaign .head .tag")).to_have_text("finished", timeout=LONG)
    assert await page.evaluate("window.marker") == marker
    numbers = [int(text) for text in await page.locator(".sum .figure:not(.small) strong").all_inner_texts()]
    assert numbers[0] == sum(numbers[1:]) == len(people)
    await handed.click()
    await expect(page.locator("tr.row")).to_have_count(3)


async def test_a_hostile_mail_stays_in_its_frame(stage, desk, reader):
    who = await reader("mira")
    person = await stage.person("Ema Frame")
    segment = await audience(stage, person)
    plan = await campaign(who, EVIL)
    text = (
        "<h1>Shown</h1><style>body{background:red}</style><img src='https://elsewhere.example/x.png'>"
        "<form action='/logout' method=post><button>Go</button></form><a href='{{ unsubscribe_url }}'>Out</a>"
    )
    letter = await mail(who, plan, include=segment, html_template=text)
    page = await desk.open("mira", viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    page.on("requestfinished", lambda request: asked.append(request.url))
    for _ in range(60):
        await page.goto(f"{letter}?contact={person.rpartition('/')[2]}&width=narrow")
        if await page.locator("iframe").count():
            break
        await page.wait_for_timeout(500)
    frame = page.frame_locator("iframe")
    await expect(frame.locator("h1")).to_have_text("Shown")
    assert not [url for url in asked if "elsewhere" in url]
    box = await page.locator("iframe").bounding_box()
    assert box is not None
    assert box["width"] <= 392
    assert await page.evaluate("window.hit") is None
    desk.complaints[:] = [said for said in desk.complaints if "elsewhere.example" not in said]


async def test_on_a_phone_in_the_dark_nothing_is_cut_off(stage, desk, reader):
    who = await reader("mira")
    long = "Supercalifragilistic" * 6
    person = await stage.person(long)
    segment = await audience(stage, person)
    plan = await campaign(who, long)
    letter = await mail(who, plan, include=segment, display_name=long)
    page = await desk.open("mira", viewport={"width": 390, "height": 844}, color_scheme="dark")
    paths = [
        "/segments", "/segments/new", f"/{segment}", "/campaigns", plan, f"{letter}/edit", letter, f"{plan}/check",
        f"{plan}/sends", f"{plan}/why?find=a", "/senders", "/senders/new", "/inbox", f"/{person}/mails",
        f"/{person}/brake",
    ]  # fmt: skip
    for path in paths:
        await page.goto(path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path


async def test_a_mail_in_the_inbox_is_read_and_its_links_lead_out(stage, desk, reader):
    who, plan, people = await planned(stage, reader, 1)
    contact = (await who.read(f"/{people[0]}")).partition("@console.example")[0].rpartition(">")[2]
    page = await desk.open("mira")
    await page.goto(f"{plan}/launch?when=now")
    await page.get_by_role("button", name="Launch to 1 person").click()
    await page.wait_for_url(f"**{plan}")
    handed = page.locator('.figure.good strong[data-number*="handed_over"]').first
    await expect(handed).to_have_text("1", timeout=2 * LONG)
    await page.goto(f"/inbox?to={contact}@console.example")
    await page.locator("tr.row a").first.click()
    link = page.frame_locator("iframe").locator("a", has_text="Unsubscribe")
    assert re.search(r"/u/", await link.get_attribute("href") or "")
    async with page.context.expect_page() as opened:
        await link.click()
    outside = await opened.value
    await outside.wait_for_load_state()
    assert "/u/" in outside.url
    await outside.close()
    await page.locator(".tabs a", has_text="Headers").click()
    await expect(page.locator("dl.headers")).to_contain_text("List-Unsubscribe-Post")


async def test_the_tour_is_seen_from_the_launch_to_why_she_was_left_out(stage, desk, reader):
    who, address = await reader("mira"), f"{uuid.uuid4().hex[:12]}@console.example"
    person = await stage.person("Tora Tour", email=address)
    segment = await audience(stage, person)
    await may_be_tracked(stage, address)
    text = f"<p>Hello</p><a href='{desk.address}/login'>prices</a> <a href='{{{{ unsubscribe_url }}}}'>Unsubscribe</a>"
    plans = [await campaign(who, name) for name in ("Reminder", "Last places")]
    for plan in plans:
        await mail(who, plan, sender=await verified_sender(who), include=segment, html_template=text)
    mira, jana = await desk.open("mira"), await desk.open("jana")
    await launched(mira, plans[0])
    await expect(mira.locator('.figure.good strong[data-number*="handed_over"]').first).to_have_text("1", timeout=LONG)
    await mira.goto(f"/inbox?to={address}")
    await mira.locator("tr.row a").first.click()
    assert "clicked" not in await timeline(jana, person)
    async with asyncio.timeout(2 * LONG / 1000):  # within two seconds of the mail nobody is taken for a person
        while "clicked" not in await timeline(jana, person):
            prices = await followed(mira, "prices")
            assert prices.url.startswith(desk.address), "it led where the mail said"
            await prices.close()
    await seen(jana, person, "opened", "clicked")
    await jana.locator(".touch h4 a", has_text="Reminder").click()
    await expect(jana.locator("#side")).to_contain_text("Links", timeout=LONG)
    await expect(jana.frame_locator("#side iframe").locator("a", has_text="prices")).to_have_attribute(
        "href", f"{desk.address}/login"
    )
    await expect(jana.locator("#side .letter")).to_contain_text("The mail as it was sent. Version 1.")
    await expect(jana.locator(".linklist li").first).to_contain_text("click")
    await expect(jana.locator("#side")).to_contain_text("Why this person")
    await expect(jana.locator("#side")).to_contain_text("Allowed by")
    await expect(jana.locator("#side .trace li").first).to_be_visible()
    leaving = await followed(mira, "Unsubscribe")
    await leaving.get_by_role("button", name="Unsubscribe", exact=True).click()
    await expect(leaving.locator("body")).to_contain_text("unsubscribed")
    await seen(jana, person, "unsubscribed")
    await launched(mira, plans[1])
    await expect(mira.locator("#campaign .head .tag")).to_have_text("finished", timeout=2 * LONG)
    await mira.goto(f"{plans[1]}/why?contact={person.rpartition('/')[2]}")
    await expect(mira.locator(".steps .stopped")).to_contain_text("This person unsubscribed.")
    await is_audited(stage, await reader("adam"), plans[0], address)


async def is_audited(stage, adam, plan: str, address: str) -> None:
    """A withdrawal that is told late, of before the hand-over: the audit says that a mail was sent without consent."""
    today = datetime.now(UTC).date()
    period = {"from": str(today - timedelta(days=1)), "to": str(today + timedelta(days=2))}
    assert address not in await adam.read("/consents/audit", **period)
    wish = campaign_pb2.ListSendsRequest(parent=f"{plan.removeprefix('/')}/activities/-")
    (send,) = (await stage.campaign.ListSends(wish)).sends
    late = contact_pb2.ConsentEvent(
        address=contact_pb2.Identifier(kind="email", value=address),
        purpose=contact_pb2.PURPOSE_MARKETING,
        status=contact_pb2.ConsentEvent.STATUS_WITHDRAWN,
    )
    late.capture_time.FromDatetime(send.hand_over_time.ToDatetime() - timedelta(milliseconds=5))
    await stage.contact.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=late))
    page = await adam.read("/consents/audit", **period)
    assert address in page.partition("Sent without")[2]
    assert f'href="{plan}"' in page
    file = (await adam.client.get("/consents/audit.csv", params=period)).text
    assert re.search(rf'"SENT_WITHOUT","[^"]*Z","{address}","MARKETING","EMAIL"', file)


async def may_be_tracked(stage, address: str) -> None:
    consent = contact_pb2.ConsentEvent(
        address=contact_pb2.Identifier(kind="email", value=address),
        purpose=contact_pb2.PURPOSE_TRACKING,
        channel=contact_pb2.CHANNEL_EMAIL,
        status=contact_pb2.ConsentEvent.STATUS_GRANTED,
        lawful_basis="LAWFUL_BASIS_CONSENT",
    )
    consent.capture_time.GetCurrentTime()
    await stage.contact.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=consent))


async def launched(page: Page, plan: str) -> None:
    await page.goto(f"{plan}/launch?when=now")
    await page.locator("button.main").click()
    await page.wait_for_url(f"**{plan}")


async def followed(page: Page, words: str) -> Page:
    """The page to which a link of the mail leads."""
    async with page.context.expect_page() as opened:
        await page.frame_locator("iframe").locator("a", has_text=words).click()
    found = await opened.value
    await found.wait_for_load_state()
    return found


async def seen(page: Page, person: str, *words: str) -> None:
    """These words come onto her timeline."""
    async with asyncio.timeout(LONG / 1000):
        while True:
            told = await timeline(page, person)
            if all(word in told for word in words):
                return
            await page.wait_for_timeout(300)


async def timeline(page: Page, person: str) -> str:
    await page.goto(f"/{person}")
    return "\n".join(await page.locator("article.touch").all_inner_texts()).lower()
