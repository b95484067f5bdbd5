"""A rep's day: who did something, what is to be done, who was the wrong person, what one takes along."""

import csv
import html
import io
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http.export import plain
from tests.console.readers import fields
from tests.console.test_campaigns import EVIL
from tests.flows.campaigns import until


async def test_today_shows_who_did_something_who_wants_an_answer_first_and_no_machines(stage, reader):
    quiet, asks, reads = [await stage.person(f"{name} Today") for name in ("Quiet", "Asks", "Reads")]
    await stage.record(
        stage.touch(reads, "email.clicked", attributes={"link": f"Pricing {EVIL}"}),
        stage.touch(reads, "web.visited", attributes={"title": "Case"}),
        stage.touch(asks, "email.replied", ago=timedelta(hours=1), attributes={"subject": "Two lines?"}),
        stage.touch(quiet, "web.visited", actor=pb.Actor(kind=pb.ACTOR_KIND_MACHINE)),
        stage.touch(quiet, "web.visited", ago=timedelta(days=3)),
    )
    page = await (await reader("jana")).read("/today")
    assert "wants an answer" in page
    assert page.index("Asks Today") < page.index("Reads Today")
    assert "Quiet Today" not in page
    assert "and 1 more" in page
    assert EVIL not in page
    assert "Quiet Today" in await (await reader("jana")).read("/today", days="7")
    assert "Asks Today" not in await (await reader("tomas")).read("/today")


async def test_a_task_is_made_once_stands_under_today_and_ends_with_its_outcome(stage, reader):
    person, title = await stage.person("Ada Task"), f"Send figures {uuid4().hex[:8]}"
    who = await reader("jana")
    form = fields(await who.read(f"/{person}/tasks"), f"/{person}/tasks")
    assert "Say what is to be done" in (await who.send(f"/{person}/tasks", **form)).text
    assert "A day and a time" in (await who.send(f"/{person}/tasks", **form | {"title": "x", "due": "soon"})).text
    form |= {"title": f"{title} {EVIL}", "due": "2026-01-01T10:00", "note": "both lines"}
    for _ in range(2):
        assert (await who.send(f"/{person}/tasks", **form)).status_code == 303
    today = await who.read("/today")
    assert today.count(title) == 2  # the task, and the form that ends it
    assert "overdue since" in today
    assert EVIL not in today
    action = next(each for each in re.findall(r'action="([^"]+/end)"', today) if person in each)
    end = fields(today, action) | {"how": "done", "outcome": "Sent on Friday", "back": "today"}
    assert [(await who.send(action, **end)).headers["location"] for _ in range(2)] == ["/today", "/today"]
    assert title not in await who.read("/today")
    page = await who.read(f"/{person}", people="0")
    assert f"Task done: {title}" in page
    assert "Sent on Friday" in page
    for path in (f"/{person}/tasks/nonsense/end", action.replace("/end", "x/end")):
        assert (await who.send(path, **end)).status_code == 404


async def test_a_meeting_that_is_agreed_stands_in_the_brief_and_the_summary_takes_it_along(stage, reader):
    person = await stage.person(f"Ada {EVIL}")
    who = await reader("jana")
    path = f"/{person}/log/meeting"
    then = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT10:00")
    form = fields(await who.read(path), path) | {"type": "meeting.scheduled", "when": then, "subject": "Visit"}
    assert (await who.send(path, **form)).status_code == 303
    brief = await stage.interaction.GetTouchBrief(pb.GetTouchBriefRequest(name=f"{person}/touchBrief"))
    assert [step.kind for step in brief.next_steps] == [pb.TouchBrief.NextStep.KIND_MEETING]
    summary = await who.read(f"/{person}/summary")
    text = html.unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", summary, re.DOTALL)[1])
    assert len(text.strip().splitlines()) == 2
    assert "Meeting scheduled Visit" in text
    assert "never asked for consent" in text
    assert EVIL not in summary
    german = await who.client.get(f"/{person}/summary", headers={"accept-language": "de"})
    text = html.unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", german.text, re.DOTALL)[1])
    assert re.search(r"Offen: .+ Als Nächstes: .+ Marketing: nie um Einwilligung gefragt\.", text)


async def test_a_touch_of_somebody_else_leaves_the_timeline_and_comes_back(stage, reader):
    person = await stage.person("Ada Wrong")
    (name,) = await stage.record(stage.touch(person, "web.visited", attributes={"title": "Not me"}))
    who = await reader("jana")
    address = f"/{person}/wrong?touch={name.rpartition('/')[2]}"
    page = await who.read(address)
    assert 'value="address"' not in page  # the console's own touches name her, no address of hers
    answer = await who.send(address, **fields(page, address) | {"whom": "touch"})
    assert "not theirs any more" in answer.text
    position = re.search(r"min_position=([^\"]+)", answer.text)[1]
    assert "Not me" not in (await who.client.get(f"/{person}?min_position={html.unescape(position)}")).text
    back = await who.send(f"/{person}/wrong/undo", **fields(answer.text, f"/{person}/wrong/undo"))
    assert "theirs again" in back.text
    position = html.unescape(re.search(r"min_position=([^\"]+)", back.text)[1])
    assert "Not me" in (await who.client.get(f"/{person}?min_position={position}")).text
    stranger = await reader("tomas")
    assert (await stranger.send(address, **fields(page, address) | {"whom": "touch"})).status_code == 403


async def test_an_address_is_closed_from_a_day_on_and_opened_again(stage, reader, system):
    person = await stage.person("Ada Address", email="ada@address.example")
    source = pb.Source(name="sources/console-mail", client="console-tests", identifier_kind="email")
    await stage.interaction.RegisterSource(pb.RegisterSourceRequest(source=source))
    said = []
    for days, title in ((0, "Today mail"), (9, "Older mail")):
        one = stage.touch(person, "web.visited", ago=timedelta(days=days), attributes={"title": title})
        one.identifier.kind, one.identifier.value, one.source = "email", "ada@address.example", source.name
        one.ClearField("contact")
        said.append(one)
    names = await stage.record(*said)
    who = await reader("jana")
    address = f"/{person}/wrong?touch={names[0].rpartition('/')[2]}"
    page = await who.read(address)
    assert "(1 since the day of this one)" in page
    form = fields(page, address) | {"whom": "address"}
    assert "A day up to tomorrow" in (await who.send(address, **form | {"from": "2099-01-01"})).text
    answer = await who.send(address, **form | {"from": (datetime.now(UTC) - timedelta(days=2)).date().isoformat()})
    assert "not theirs any more from that day on" in answer.text
    assert "Everything from E-mail ada@address.example since" in answer.text
    position = html.unescape(re.search(r"min_position=([^\"]+)", answer.text)[1])
    timeline = (await who.client.get(f"/{person}?min_position={position}")).text
    assert "Older mail" in timeline
    assert "Today mail" not in timeline
    undo = f"/{person}/wrong/undo"
    back = await who.send(undo, **fields(answer.text, undo))
    assert "theirs again" in back.text
    assert "Taken off so far" not in back.text
    position = html.unescape(re.search(r"min_position=([^\"]+)", back.text)[1])
    assert "Today mail" in (await who.client.get(f"/{person}?min_position={position}")).text


CELLS = {
    "=1+1": "'=1+1",
    '=HYPERLINK("http://evil.example")': '\'=HYPERLINK("http://evil.example")',
    "@SUM(A1)": "'@SUM(A1)",
    "  +49 30": "'  +49 30",
    "-2": "'-2",
    "\t=1": "'\t=1",
    "\u200b\u202e=1": "'=1",
    "two\nlines": "two\nlines",
    "plain": "plain",
    "": "",
}


def test_no_cell_begins_like_a_formula_and_none_holds_what_cannot_be_seen():
    assert {cell: plain(cell) for cell in CELLS} == CELLS


async def test_the_timeline_as_csv_is_filtered_masked_audited_and_holds_no_formula(stage, reader, system):
    person = await stage.person("Ada File", email="ada@file.example")
    evil = f'=cmd|"/c calc"!A1 {EVIL}'
    await stage.record(
        stage.touch(person, "web.visited", attributes={"title": "Pricing"}),
        stage.touch(person, "form.submitted", names=pb.Names(campaign=evil, message=evil)),
    )
    who, stranger = await reader("jana"), await reader("tomas")
    answer = await who.client.get(f"/{person}/timeline.csv?people=0")
    assert answer.headers["content-disposition"].startswith("attachment")
    lines = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert {line["type"] for line in lines} == {"web.visited", "form.submitted"}
    assert next(line for line in lines if line["type"] == "form.submitted")["campaign"] == f"'{evil}"
    assert not [cell for line in lines for cell in line.values() if cell.startswith(("=", "+", "-", "@"))]
    only = await who.client.get(f"/{person}/timeline.csv?people=0&channel=form")
    assert "web.visited" not in only.text
    masked = (await stranger.client.get(f"/{person}/timeline.csv?people=0")).text
    assert person.rpartition("/")[2] not in "".join(line["identifier"] for line in csv.DictReader(io.StringIO(masked)))
    with system.sql("interaction") as db:
        query = "SELECT actor FROM audit_entry WHERE action = 'timeline.export' AND cursor = %s ORDER BY number"
        found = [row[0] for row in db.execute(query, [person])]
    assert found == ["users/jana", "users/jana", "users/tomas"]
    assert (await who.client.get("/contacts/01890000-0000-7000-8000-000000000001/timeline.csv")).status_code == 404


async def test_alerts_are_shown_seen_and_set_up_with_a_secret_that_is_shown_once(stage, reader):
    who = await reader("jana")
    person = await stage.person("Ada Alert")

    async def told() -> bool:
        await stage.record(stage.touch(person, "email.replied", attributes={"subject": f"Now? {EVIL}"}))
        return "Ada Alert" in await who.read("/alerts")

    await until(told)
    page = await who.read("/alerts")
    assert EVIL not in page
    assert "by mail to jana@touchline.example" in page.lower()
    seen = await who.send("/alerts/seen", **fields(page, "/alerts/seen"))
    assert seen.status_code == 303
    form = fields(page, "/alerts/settings")
    assert "An hour of the day" in (await who.send("/alerts/settings", **form | {"digest_hour": "25"})).text
    assert "Is an https address" in (await who.send("/alerts/settings", **form | {"webhook_url": "http://x"})).text
    hook = form | {"is_digested": "1", "webhook_url": "https://hooks.example/1", "request": str(uuid4())}
    kept = await who.send("/alerts/settings", **hook)
    assert "It is shown once" in kept.text
    again = await who.read("/alerts")
    assert "It is shown once" not in again
    assert 'name="is_digested" value="1" checked' in again
    stale = await who.send("/alerts/settings", **form | {"request": str(uuid4())})
    assert "Somebody else changed this" in stale.text


async def test_a_pinned_touch_stands_on_top_for_everybody_until_it_is_taken_off(stage, reader):
    person = await stage.person("Ada Pin")
    await stage.record(stage.touch(person, "web.visited", attributes={"title": f"Pricing {EVIL}"}))
    who, colleague = await reader("jana"), await reader("tomas")
    page = await who.read(f"/{person}", people="0")
    chosen = html.unescape(re.search(r'data-select href="(\?[^"]+)"', page)[1])
    form = fields((await who.client.get(f"/{person}{chosen}")).text, f"/{person}/pins")
    for _ in range(2):
        assert (await who.send(f"/{person}/pins", **form | {"how": "pin"})).status_code == 303
    shown = await colleague.read(f"/{person}")
    assert shown.count("<h2>Pinned</h2>") == shown.count("Unpin</button>") == 1
    assert EVIL not in shown
    off = fields(shown, f"/{person}/pins") | {"how": "unpin"}
    assert (await colleague.send(f"/{person}/pins", **off)).status_code == 303
    assert "<h2>Pinned</h2>" not in await who.read(f"/{person}")
    assert (await who.send(f"/{person}/pins", **form | {"how": "nail", "request": str(uuid4())})).status_code == 404
