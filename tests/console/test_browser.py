"""What a real Chromium makes of the pages: live arrival, keys, masks, phone."""

from datetime import timedelta

import pytest
from playwright.async_api import expect
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

LONG = 15_000  # milliseconds


async def history(stage, contact: str, days: int = 12) -> None:
    """Enough rows that a page scrolls."""
    touches = [
        stage.touch(contact, "web.visited", ago=timedelta(days=day, hours=3), attributes={"title": f"Page {day}"})
        for day in range(1, days + 1)
    ]
    await stage.record(*touches)


async def place(page) -> tuple[int, str]:
    """Where the reader is: how far down, and on what."""
    return await page.evaluate("[Math.round(scrollY), document.activeElement.textContent]")


async def live(page, contact: str) -> None:
    await page.goto(f"/{contact}")
    await expect(page.locator("#timeline")).to_have_attribute("data-live", "yes", timeout=LONG)


async def test_a_touch_recorded_by_grpc_arrives_under_the_pill_and_the_reader_stays_where_he_is(stage, desk):
    contact = await stage.person("Ada Live")
    await history(stage, contact)
    page = await desk.open("jana")
    await live(page, contact)
    for _ in range(9):
        await page.keyboard.press("j")
    before = await place(page)
    assert before[0] > 0
    marker = await page.evaluate("window.marker = 'not reloaded'")
    await stage.record(stage.touch(contact, "web.visited", attributes={"title": "Pricing"}))
    await expect(page.locator("#new")).to_have_text("1 new, show", timeout=LONG)
    await stage.record(stage.touch(contact, "form.submitted", attributes={"form": "Delivery"}))
    await expect(page.locator("#new")).to_have_text("2 new, show", timeout=LONG)
    await expect(page.locator("#status")).to_have_text("2 new touches")
    assert await place(page) == before
    await expect(page.locator(".touch").first).not_to_contain_text("Pricing")
    await page.locator("#new").click()
    await expect(page.locator(".touch.fresh")).to_have_count(2)
    await expect(page.locator(".touch").first).to_contain_text("Delivery")
    await expect(page.locator("#new")).to_be_hidden()
    assert "Delivery" in (await place(page))[1]
    assert await page.evaluate("window.marker") == marker


async def test_what_she_no_longer_allows_stands_in_the_facts_with_the_touch_that_says_so(stage, desk):
    contact = await stage.person("Ada Leaves")
    await history(stage, contact, 1)
    page = await desk.open("jana")
    await live(page, contact)
    await expect(page.locator("#allowed")).to_contain_text("Never asked for consent")
    who = await stage.contact.GetContact(contact_pb2.GetContactRequest(name=contact))
    left = contact_pb2.ConsentEvent(
        address=next(found for found in who.identifiers if found.kind == "email"), topic="product-news",
        purpose=contact_pb2.PURPOSE_MARKETING, channel=contact_pb2.CHANNEL_EMAIL,
        status=contact_pb2.ConsentEvent.STATUS_WITHDRAWN,
    )  # fmt: skip
    await stage.contact.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=left))
    await stage.record(stage.touch(contact, "consent.withdrawn", attributes={"topic": "product-news"}))
    await page.locator("#new").click(timeout=LONG)
    await expect(page.locator("#allowed")).to_contain_text("Product news, mail")


async def test_a_pill_moves_nothing_on_the_page(stage, desk):
    contact = await stage.person("Eva Still")
    await history(stage, contact, 3)
    page = await desk.open("jana")
    await live(page, contact)
    boxes = "[...document.querySelectorAll('.touch')].map((row) => row.getBoundingClientRect().top)"
    before = await page.evaluate(boxes)
    await stage.record(stage.touch(contact, "web.visited", attributes={"title": "Pricing"}))
    await expect(page.locator("#new")).to_be_visible(timeout=LONG)
    assert await page.evaluate(boxes) == before


async def test_what_the_filter_hides_does_not_ring(stage, desk):
    contact = await stage.person("Iva Filter")
    await history(stage, contact, 1)
    page = await desk.open("jana")
    await live(page, f"{contact}?type=call.logged")
    await stage.record(stage.touch(contact, "web.visited", attributes={"title": "Pricing"}))
    await stage.record(stage.touch(contact, "call.logged", attributes={"duration_minutes": 3}))
    await expect(page.locator("#new")).to_have_text("1 new, show", timeout=LONG)


async def test_keys_move_open_filter_and_find(stage, desk):
    contact = await stage.person("Jan Keys")
    await history(stage, contact, 4)
    page = await desk.open("jana")
    await live(page, contact)
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    second = (await place(page))[1]
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    assert (await place(page))[1] == second
    await page.keyboard.press("Enter")
    await expect(page.locator("#side h2")).to_have_text(second)
    await expect(page.locator('.touch[aria-current="true"] h4')).to_have_text(second)
    assert "touch=" in page.url
    await page.keyboard.press("Escape")
    await expect(page.locator("#side.none")).to_be_visible()
    await page.keyboard.press("f")
    await expect(page.locator('.filters input[name="q"]')).to_be_focused()
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await expect(page.locator(".find input")).to_be_focused()
    await page.keyboard.press("?")
    await expect(page.locator(".find input")).to_have_value("?")


async def test_p_pins_the_row_that_the_reader_is_on_and_g_with_a_letter_goes_to_a_page(stage, desk):
    contact = await stage.person("Pia Keys")
    await history(stage, contact, 3)
    page = await desk.open("jana")
    await live(page, contact)
    await page.keyboard.press("/")
    await page.keyboard.type("gcp")
    await expect(page.locator(".find input")).to_have_value("gcp")
    await expect(page.locator("#side.none")).to_be_visible()
    await page.locator(".find input").blur()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    second = (await place(page))[1]
    await page.keyboard.press("p")
    await expect(page.locator(".pins li")).to_have_count(1)
    await expect(page.locator(".pins a")).to_have_text(second)
    await page.keyboard.press("g")
    await page.keyboard.press("p")
    await page.wait_for_url("**/contacts")
    for letter, where in (("t", "today"), ("a", "accounts"), ("s", "segments"), ("c", "campaigns")):
        await page.keyboard.press("g")
        await page.keyboard.press(letter)
        await page.wait_for_url(f"**/{where}")
    await page.keyboard.press("c")
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_contain_text("Go to the campaigns")
    assert page.url.endswith("/campaigns")


async def test_single_keys_can_be_switched_off(stage, desk):
    contact = await stage.person("Ota Quiet")
    page = await desk.open("jana")
    await live(page, contact)
    await page.keyboard.press("?")
    await page.locator("#keys-wanted").uncheck()
    await page.keyboard.press("Escape")
    await page.keyboard.press("g")
    await page.keyboard.press("c")
    await page.keyboard.press("/")
    await expect(page.locator(".find input")).not_to_be_focused()
    assert page.url.endswith(contact)


async def test_earlier_touches_come_in_place_and_each_day_keeps_one_heading(stage, desk):
    contact = await stage.person("Pavla Long")
    touches = [stage.touch(contact, "web.visited", ago=timedelta(hours=hour)) for hour in range(1, 101)]
    await stage.record(*touches)
    page = await desk.open("jana")
    await live(page, contact)
    await page.locator("a.more").click()
    await expect(page.locator(".touch")).to_have_count(80)
    await page.locator("a.more").click()
    await expect(page.locator(".touch")).to_have_count(100)
    await expect(page.locator("a.more")).to_have_count(0)
    headings = await page.locator(".day h3").all_inner_texts()
    assert len(set(headings)) == len(headings)


@pytest.mark.parametrize("user", ["tomas", "mira"])
async def test_another_team_sees_masks_until_it_is_said_why(stage, desk, user):
    contact = await stage.person("Ada Masked", email=f"ada.masked.{user}@kovarna.example")
    owner, other = await desk.open("jana"), await desk.open(user)
    await owner.goto(f"/{contact}")
    await expect(owner.locator("#facts")).to_contain_text(f"ada.masked.{user}@kovarna.example")
    await other.goto(f"/{contact}")
    assert "ada.masked" not in await other.content()
    await other.locator(".reveal summary").click()
    await other.locator('input[name="reason"]').fill("Jana is ill, her customer called")
    await other.locator(".reveal button").click()
    await expect(other.locator("#facts")).to_contain_text(f"ada.masked.{user}@kovarna.example")
    await other.reload()
    assert "ada.masked" not in await other.content()


async def test_a_filter_is_an_address_that_can_be_sent_to_a_colleague(stage, desk):
    contact = await stage.person("Dana Filter")
    await history(stage, contact, 3)
    await stage.record(stage.touch(contact, "call.logged", attributes={"note": "Wants the calculator"}))
    page = await desk.open("jana")
    await page.goto(f"/{contact}")
    await page.locator("summary", has_text="Channel").click()
    await page.locator('input[name="channel"][value="call"]').check()
    await page.locator("details[open] button").click()
    await expect(page.locator(".touch")).to_have_count(1)
    assert "channel=call" in page.url
    colleague = await desk.open("mira")
    await colleague.goto(page.url)
    await expect(colleague.locator(".touch")).to_have_count(1)


async def test_a_logged_call_is_on_the_timeline_when_the_page_comes_back(stage, desk):
    contact = await stage.person("Ema Called")
    page = await desk.open("jana")
    await page.goto(f"/{contact}/log/call")
    await page.locator('input[name="minutes"]').fill("12")
    await page.locator("textarea").fill("Wants figures for <b>two</b> lines.")
    await page.get_by_role("button", name="Save").dblclick()
    await expect(page.locator(".touch")).to_have_count(1, timeout=LONG)
    await expect(page.locator(".touch")).to_contain_text("Wants figures for <b>two</b> lines.")
    await expect(page.locator("#answers")).to_contain_text("Jana")


async def test_on_a_phone_the_facts_fold_away_behind_the_name_and_nothing_is_cut_off(stage, desk):
    contact = await stage.person("Anna Phone")
    names = pb.Names(campaign="A" * 200, message="x" * 300)
    place = {"url": "https://shop.example/a-very-long-way-to-the-retrofit-days-in-brno"}
    await stage.record(
        stage.touch(contact, "email.handed_over", names=names, ago=timedelta(hours=1)),
        stage.touch(contact, "email.clicked", attributes=place),
    )
    page = await desk.open("jana", viewport={"width": 390, "height": 844}, color_scheme="dark")
    await live(page, contact)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await expect(page.locator("#facts")).to_be_hidden()
    await page.locator("#fold").click()
    await expect(page.locator("#facts")).to_be_visible()


async def test_hostile_texts_stay_texts(stage, desk):
    contact = await stage.person('<img src=x onerror="window.hit=1">')
    evil = '"><script>window.hit=1</script><svg onload=window.hit=1>{{7*7}}'
    names = pb.Names(campaign=evil, message=evil, activity=evil)
    utm = {"title": evil, "page": "javascript:window.hit=1", "note": evil, "text": evil}
    await stage.record(
        *(
            stage.touch(contact, kind, names=names, attributes=utm)
            for kind in ("web.visited", "note.logged", "email.clicked")
        )
    )
    page = await desk.open("jana")
    await page.goto(f"/{contact}?people=0")
    await page.locator(".touch h4 a").first.click()
    await expect(page.locator("#side:not(.none)")).to_be_visible()
    await page.locator("#side a", has_text="Every field").click()
    await expect(page.locator(".raw").first).to_be_visible()
    assert await page.evaluate("window.hit") is None
    assert "{{7*7}}" in await page.content()
