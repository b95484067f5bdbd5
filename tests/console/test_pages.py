"""The pages over the real services, as plain HTML: what each role is shown, and what a form does twice."""

import html
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from tests.console.edge import visitor
from tests.console.readers import Reader, hidden
from tests.flows.campaigns import until


@pytest.mark.parametrize(("user", "sees"), [("jana", True), ("tomas", False), ("mira", False), ("adam", True)])
async def test_masks_are_the_same_on_every_page_of_a_role(stage, reader, user, sees):
    mark = f"mask{uuid.uuid4().hex[:10]}"
    contact = await stage.person(f"Person {mark}"[:12] + mark[-6:], email=f"{mark}@secret.example")
    await stage.record(stage.touch(contact, "web.visited"))
    who = await reader(user)
    pages = [await who.read(f"/{contact}"), await who.read(f"/{contact}", touch="x"), await who.read("/contacts")]
    assert all((mark in page) is sees for page in pages)
    found = await who.read("/contacts", q=f"{mark}@secret.example")
    assert (contact in found) is sees


async def test_a_reveal_needs_a_reason(stage, reader):
    contact = await stage.person("Ada Reason", email="ada.reason@secret.example")
    who = await reader("tomas")
    refused = await who.send(f"/{contact}/reveal", reason=" ")
    assert refused.status_code == 400
    assert "ada.reason" not in refused.text
    assert "ada.reason@secret.example" in (await who.send(f"/{contact}/reveal", reason="She called me")).text


@pytest.mark.parametrize("kind", ["call", "note", "meeting"])
async def test_a_form_sent_twice_is_one_touch(stage, reader, kind):
    contact = await stage.person(f"Twice {kind}")
    who = await reader("jana")
    drawn = await who.read(f"/{contact}/log/{kind}")
    form = {name: hidden(drawn, name) for name in ("event", "drawn", "when")}
    form |= {"type": {"call": "call.logged", "note": "note.logged", "meeting": "meeting.held"}[kind], "text": "Hello"}
    answers = [await who.send(f"/{contact}/log/{kind}", **form) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    page = await who.read(answers[0].headers["location"])
    assert page.count('<article class="touch') == 1
    assert "Hello" in page


@pytest.mark.parametrize(
    ("wrong", "word"),
    [({"text": ""}, "Write something"), ({"when": "soon"}, "A day and a time"), ({"event": "1"}, "damaged")],
)
async def test_a_form_with_a_mistake_comes_back_with_what_was_typed(stage, reader, wrong, word):
    contact = await stage.person("Form Wrong")
    who = await reader("jana")
    drawn = await who.read(f"/{contact}/log/note")
    form = {name: hidden(drawn, name) for name in ("event", "drawn", "when")} | {"type": "note.logged", "text": "Kept"}
    answer = await who.send(f"/{contact}/log/note", **form | wrong)
    assert answer.status_code == 400
    assert word in answer.text
    assert ("Kept" in answer.text) is ("text" not in wrong)


async def test_a_touch_in_the_future_is_refused_in_the_form(stage, reader):
    contact = await stage.person("Form Future")
    who = await reader("jana")
    drawn = await who.read(f"/{contact}/log/note")
    form = {"event": hidden(drawn, "event"), "when": "2099-01-01T10:00", "type": "note.logged", "text": "Later"}
    assert (await who.send(f"/{contact}/log/note", **form)).status_code == 400


async def test_a_new_persons_page_teaches_what_to_do(stage, reader):
    contact = await stage.person("Nobody Yet")
    page = await (await reader("jana")).read(f"/{contact}")
    for words in ("No touches yet", "Log a call", "None yet", "Nothing planned", "Never asked for consent"):
        assert words in page


async def test_a_filter_that_finds_nothing_says_so_and_offers_the_way_back(stage, reader):
    contact = await stage.person("Filter Nothing")
    await stage.record(stage.touch(contact, "web.visited"))
    page = await (await reader("jana")).read(f"/{contact}", q="nothing-has-this")
    assert "Nothing like that happened" in page


async def test_earlier_touches_are_a_link_that_works_without_a_script(stage, reader):
    contact = await stage.person("Page Links")
    await stage.record(*(stage.touch(contact, "web.visited", ago=timedelta(hours=hour)) for hour in range(1, 61)))
    who = await reader("jana")
    first = await who.read(f"/{contact}")
    link = re.search(r'data-more href="(\?[^"]+)"', first)[1].replace("&amp;", "&")
    second = await who.read(f"/{contact}{link}")
    names = [re.findall(r'data-touches="([^"]+)"', page) for page in (first, second)]
    assert (len(names[0]), len(names[1])) == (40, 20)
    assert not set(names[0]) & set(names[1])


async def test_the_end_of_a_timeline_says_what_has_been_deleted(stage, reader, system):
    contact = await stage.person("Page Kept")
    kept, gone = (stage.touch(contact, "survey.sent", ago=timedelta(days=days)) for days in (10, 50))
    (name, _) = await stage.record(kept, gone)
    wanted = pb.SetTouchTypeRetentionRequest(name="touchTypes/survey.sent", retention=timedelta(days=30))
    await stage.interaction.SetTouchTypeRetention(wanted)
    with system.sql("interaction") as database:
        database.execute("SELECT touch_retention_begin('interaction', 'touchline.interaction.intake.v1', current_date)")
        while database.execute("SELECT touch_retire(1000, current_date)").fetchone() != (None,):
            pass
    page = await (await reader("jana")).read(f"/{contact}")
    assert re.findall(r'data-touches="([^"]+)"', page) == [name]
    begin = datetime.now(UTC) - timedelta(days=30)
    said = re.search(r'class="begins"><p>(.+?)</p>', page)[1]
    assert re.sub("<[^>]+>", "", said) == (
        f"Touches of “survey: sent” before {begin.day} {begin:%B %Y} have been deleted."
    )


async def test_an_old_address_with_another_filter_begins_at_the_top(stage, reader):
    contact = await stage.person("Page Old")
    await stage.record(*(stage.touch(contact, "web.visited", ago=timedelta(hours=hour)) for hour in range(1, 61)))
    who = await reader("jana")
    token = re.search(r"page_token=([^&\"]+)", await who.read(f"/{contact}"))[1]
    answer = await who.client.get(f"/{contact}?q=pricing&page_token={token}")
    assert answer.status_code == 303
    assert "page_token" not in answer.headers["location"]


async def test_times_are_the_readers_own(stage, reader):
    contact = await stage.person("Time Zone")
    touch = stage.touch(contact, "web.visited")
    touch.occurred_time.FromJsonString("2026-07-01T10:00:00Z")
    await stage.record(touch)
    page = await (await reader("jana")).read(f"/{contact}")
    assert 'datetime="2026-07-01T12:00:00+02:00"' in page
    assert "Wednesday 1 July" in page


async def test_the_raw_view_shows_every_touch_of_a_thread(stage, reader):
    contact = await stage.person("Raw Thread")
    touch = stage.touch(contact, "call.logged", attributes={"note": "Raw note", "outcome": "agreed"})
    await stage.record(touch)
    who = await reader("jana")
    thread = re.search(r"touch=([^&\"]+)", await who.read(f"/{contact}"))[1]
    page = await who.read(f"/{contact}/threads/{thread}")
    assert touch.source_event_id in page
    assert "agreed" in page


async def test_live_arrival_names_its_position_and_goes_on_from_it(stage, reader):
    contact = await stage.person("Live Position")
    await stage.record(stage.touch(contact, "web.visited", ago=timedelta(hours=1)))
    who = await reader("jana")
    events = re.search(r'data-events="([^"]+)"', await who.read(f"/{contact}"))[1].replace("&amp;", "&")
    [name] = await stage.record(stage.touch(contact, "web.visited"))
    seen = await first_event(who, events)
    assert seen["data"] == name
    [second] = await stage.record(stage.touch(contact, "web.visited"))
    assert (await first_event(who, events, {"last-event-id": seen["id"]}))["data"] == second


async def first_event(who: Reader, path: str, headers: dict[str, str] | None = None) -> dict[str, str]:
    """The first event that has data."""
    async with who.client.stream("GET", path, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        event: dict[str, str] = {}
        async for line in answer.aiter_lines():
            field, _, value = line.partition(": ")
            event[field] = value
            if not line:
                if "data" in event:
                    return event
                event = {}
    raise AssertionError("the stream ended without an event")


async def test_an_unlinked_touch_waits_on_the_administrators_page(stage, reader):
    source = pb.Source(name="sources/console-mail", client="console-tests", identifier_kind="email")
    await stage.interaction.RegisterSource(pb.RegisterSourceRequest(source=source))
    touch = stage.touch("contacts/x", "web.visited")
    touch.source, touch.contact = source.name, ""
    touch.identifier.kind, touch.identifier.value = "email", f"{uuid.uuid4().hex}@nobody.example"
    await stage.record(touch)
    page = await (await reader("adam")).read("/unlinked")
    assert "console-mail" in page
    assert (await (await reader("jana")).client.get("/unlinked")).status_code == 403


@pytest.mark.parametrize("path", ["/today", "/contacts", "/accounts", "/segments", "/campaigns"])
@pytest.mark.parametrize("user", ["jana", "mira", "adam"])
async def test_every_page_is_there_for_every_role(stage, reader, path, user):
    assert "<h1>" in await (await reader(user)).read(path)


async def test_the_sentence_leads_to_the_touch_by_which_she_left_and_without_one_to_what_she_allows(
    system, stage, reader
):
    ada, who = await visitor(system, stage, await stage.person("Ada Leaving")), await reader("jana")
    await stage.contact.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=refusal(ada.address, "events")))

    async def told(words: str) -> str:
        sentence = re.search(r'<p class="sentence">.*?</p>', await who.read(f"/{ada.contact}"))[0]
        found = re.search(rf'<a href="([^"]+)">{words}: withdrawn</a>', sentence)
        return html.unescape(found[1]) if found else ""

    assert await until(lambda: told("Events, mail")) == "#allowed"
    await ada.choose("newsletter")
    await ada.arrived(stage, "consent.withdrawn", count=1)
    href = await until(lambda: told("Newsletter, mail"))
    side = (await who.read(f"/{ada.contact}{href}")).partition('id="side"')[2]
    assert "Withdrew consent: newsletter" in side


def refusal(address: str, topic: str) -> contact_pb2.ConsentEvent:
    return contact_pb2.ConsentEvent(
        address=contact_pb2.Identifier(kind="email", value=address), topic=topic,
        purpose=contact_pb2.PURPOSE_MARKETING, channel=contact_pb2.CHANNEL_EMAIL,
        status=contact_pb2.ConsentEvent.STATUS_WITHDRAWN,
    )  # fmt: skip
