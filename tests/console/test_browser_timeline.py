"""What a rep's day asks of the timeline in a real Chromium: the first look, deep links, a flood, axe, hostile texts."""

from datetime import timedelta
from pathlib import Path

from playwright.async_api import Page, expect
from touchline.interaction.v1 import interaction_pb2 as pb

from tests.console.edge import link_to, topic_of, visitor

LONG = 15_000  # milliseconds
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]  # the only rules that a theme of colours can break
RUN = """async rules => { const options = {runOnly: rules, iframes: false, resultTypes: ["violations"]},
found = await axe.run(document, options); return {passed: found.passes.length, violations: found.violations} }"""
FLOOD = 1_000
WATCH_SHIFTS = """window.shifts = 0; new PerformanceObserver(
    all => all.getEntries().forEach(one => { window.shifts += one.value })
).observe({type: "layout-shift", buffered: false})"""
SEEN = "[window.hit === undefined, ...['h1', 'img'].map(tag => document.querySelectorAll(tag).length)]"
HOSTILE = (
    '"><script>window.hit=1</script>',
    "<img src=x onerror=window.hit=1>",
    "javascript:window.hit=1",
    "</iframe></aside><h1>owned</h1>",
    "{{ 7*7 }}{% raw %}",
    "=cmd|' /C calc'!A0",
    "\u202egnp.exe\u202c",
    "z̵̢̛͇̥̪͚͖͔̠̪͔̻̖̹̳̥͚͂̿̌́ͅ" * 5,
    "x" * 450,
    "&lt;b&gt; &amp;#60;",
    "' onmouseover='window.hit=1",
    "line\u2028break\u0085next",
)


async def full_life(stage, contact: str) -> None:
    """A row of every kind."""
    names = pb.Names(campaign="Autumn retrofit", message="Cut drying energy by a third")
    sent = stage.touch(contact, "email.handed_over", ago=timedelta(hours=5), names=names, message="m1")
    sent.message_time.CopyFrom(sent.occurred_time)
    mail = {"message": "m1", "message_time": sent.occurred_time, "names": names}
    machine = {"actor": pb.Actor(kind=pb.ACTOR_KIND_MACHINE)}
    await stage.record(
        sent,
        stage.touch(contact, "email.opened", ago=timedelta(hours=4, minutes=58), **mail, **machine),
        stage.touch(contact, "email.clicked", ago=timedelta(hours=1), attributes={"link": "Pricing"}, **mail),
        stage.touch(
            contact, "email.suppressed", ago=timedelta(days=2), attributes={"reason": "WITHDRAWN"}, names=names
        ),
        stage.touch(contact, "call.logged", ago=timedelta(hours=3), attributes={"note": "Board decides in December"}),
        stage.touch(contact, "deal.won", ago=timedelta(days=9), names=pb.Names(deal="Retrofit")),
        *(stage.touch(contact, "web.visited", ago=timedelta(hours=6, minutes=n)) for n in range(3)),
    )


async def complaints(page: Page, least: int = 20) -> list[str]:
    """What axe finds wrong; it must have looked at something: more than `least` of its rules passed."""
    await page.evaluate(AXE)
    return await _violations(page, RULES, least)


async def complaints_of_dark(page: Page) -> list[str]:
    """What axe finds wrong with the colours of the dark theme, on a page in the light one that it has looked at."""
    await page.emulate_media(color_scheme="dark")
    assert await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    found = await _violations(page, OF_COLOURS, 0)
    await page.emulate_media(color_scheme="light")
    return found


async def _violations(page: Page, rules: list[str], least: int) -> list[str]:
    found = await page.evaluate(RUN, rules)
    assert found["passed"] > least
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]


async def test_the_first_look_on_a_phone_answers_six_questions_without_scrolling(stage, desk):
    contact = await stage.person("Ada First")
    await full_life(stage, contact)
    page = await desk.open("jana", viewport={"width": 390, "height": 844})
    await page.goto(f"/{contact}")
    cells = page.locator(".answers > div")
    await expect(cells).to_have_count(6)
    boxes = [await cells.nth(n).bounding_box() for n in range(6)]
    assert max(box["y"] + box["height"] for box in boxes) <= 844
    assert await page.evaluate("scrollY") == 0
    await expect(page.locator(".sentence")).to_contain_text("Clicked Pricing")
    await expect(page.locator(".sentence a").first).to_be_in_viewport()
    await expect(page.locator("#since")).to_contain_text("since the last call")
    await expect(page.locator(".touch", has_text="3× within")).to_have_count(1)
    await expect(page.locator(".touch", has_text="1 machine open aside")).to_have_count(1)
    await page.locator(".sentence a").first.click()
    await expect(page.locator("#side h2")).to_have_text("Cut drying energy by a third")
    await page.set_viewport_size({"width": 640, "height": 400})  # 1280 by 800 at 200 %
    assert await page.evaluate("document.documentElement.scrollWidth") <= 640


async def test_axe_finds_nothing_in_any_view_with_the_panel_open_light_and_dark(stage, desk):
    contact = await stage.person("Ada Axe")
    await full_life(stage, contact)
    page = await desk.open("jana", color_scheme="light", bypass_csp=True)
    for view in ("", "?view=campaign", "?view=raw"):
        await page.goto(f"/{contact}{view}")
        if not view:
            await page.locator(".touch h4 a", has_text="Autumn retrofit").first.click()
            await expect(page.locator("#side:not(.none)")).to_be_visible()
        assert await complaints(page) == [], view
        assert await complaints_of_dark(page) == [], view
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()
    assert await complaints(page) == []
    assert await complaints_of_dark(page) == []


async def test_a_link_to_a_touch_of_long_ago_and_a_jump_to_a_day_begin_the_page_there(stage, desk):
    contact = await stage.person("Ada Long")
    visits = [
        stage.touch(contact, "web.visited", ago=timedelta(days=day, hours=1), attributes={"title": f"Day {day}"})
        for day in range(90)
    ]
    names = await stage.record(*visits)
    (old,) = (await stage.interaction.BatchGetTouches(pb.BatchGetTouchesRequest(names=[names[80]]))).touches
    page = await desk.open("jana")
    await page.goto(f"/{contact}?people=0&touch={old.thread}")
    await expect(page.locator('.touch[aria-current="true"]')).to_contain_text("Day 80")
    await expect(page.locator(".touch").first).to_contain_text("Day 80")
    await expect(page.locator(".moved")).to_contain_text("Begins at the touch that was asked for")
    await page.locator(".moved a").click()
    await expect(page.locator(".touch").first).to_contain_text("Day 0")
    day = old.occurred_time.ToDatetime().date().isoformat()
    await page.goto(f"/{contact}?at={day}")
    await expect(page.locator(".touch").first).to_contain_text("Day 80")
    await expect(page.locator(".touch")).to_have_count(10)


async def test_a_thousand_touches_move_neither_scroll_nor_focus_of_who_reads(stage, desk):
    contact = await stage.person("Ada Flood")
    await full_life(stage, contact)
    await stage.record(*(stage.touch(contact, "deal.won", ago=timedelta(days=n + 10)) for n in range(20)))
    page = await desk.open("jana")
    await page.goto(f"/{contact}")
    await expect(page.locator("#timeline")).to_have_attribute("data-live", "yes", timeout=LONG)
    for _ in range(12):
        await page.keyboard.press("j")
    where = "[scrollY, document.activeElement.href, document.activeElement.getBoundingClientRect().top]"
    before = await page.evaluate(where)
    assert before[0] > 0
    await page.evaluate(WATCH_SHIFTS)
    flood = [stage.touch(contact, "web.visited", attributes={"page": f"/{n}"}) for n in range(FLOOD)]
    for start in range(0, FLOOD, 250):
        await stage.record(*flood[start : start + 250])
    await expect(page.locator("#new")).to_have_text(f"{FLOOD} new, show", timeout=4 * LONG)
    assert await page.evaluate(where) == before
    assert await page.evaluate("window.shifts") < 0.001, "but for the number in the pill itself nothing moves"


async def test_on_paper_stand_the_answers_and_every_row_and_nothing_that_is_for_the_hand(stage, desk):
    contact = await stage.person("Ada Paper")
    await full_life(stage, contact)
    page = await desk.open("jana", color_scheme="dark")
    await page.goto(f"/{contact}")
    rows = await page.locator(".touch:visible").count()
    await page.emulate_media(media="print")
    for gone in (".bar", ".filters", "#side", ".foot", ".log", ".acts"):
        await expect(page.locator(f"{gone}:visible")).to_have_count(0)
    await expect(page.locator(".answers > div:visible")).to_have_count(6)
    assert await page.locator(".touch:visible").count() == rows > 0
    paper, ink = await page.evaluate(
        "[document.body, document.querySelector('.touch h4 a')].map((one, n) =>"
        " getComputedStyle(one)[n ? 'color' : 'backgroundColor'])"
    )
    assert (paper, ink) == ("rgb(255, 255, 255)", "rgb(0, 0, 0)")


async def hostile_visits(system, stage, contact: str) -> None:
    """Each text as link, referrer, agent and topic, through the edge."""
    reader = await visitor(system, stage, contact)
    for evil in HOSTILE:
        await reader.follow([link_to(evil)], evil)
        await reader.choose(topic_of(evil))
    await reader.arrived(stage, "email.clicked", "consent.withdrawn", count=2 * len(HOSTILE))


async def test_hostile_texts_run_nowhere_and_break_no_layout(system, stage, desk):
    contact = await stage.person(HOSTILE[0])
    touches = []
    for number, evil in enumerate(HOSTILE):
        names = pb.Names(campaign=evil, message=evil, activity=evil, deal=evil, variant=evil)
        words = dict.fromkeys(("title", "page", "link", "url", "note", "reason", "subject", "form"), evil)
        for kind in ("web.visited", "note.logged", "email.suppressed", "email.replied", "deal.won"):
            actor = pb.Actor(display_name=evil)
            touches.append(
                stage.touch(contact, kind, ago=timedelta(hours=number), names=names, attributes=words, actor=actor)
            )
    await stage.record(*touches)
    await hostile_visits(system, stage, contact)
    for width in (1440, 390):
        page = await desk.open("jana", viewport={"width": width, "height": 844})
        for view in ("?people=0", "?view=campaign", "?view=raw"):
            await page.goto(f"/{contact}{view}")
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, view
        for row in ("Note by", "Not sent", "Replied", "Clicked", "Withdrew"):
            await page.locator(".touch", has_text=row).first.locator("h4 a").click()
            await expect(page.locator("#side:not(.none)")).to_be_visible()
            await page.keyboard.press("Escape")
            await expect(page.locator("#side.none")).to_have_count(1)
        assert await page.evaluate(SEEN) == [True, 1, 0]
