"""Campaigns over the real services, as plain HTML: plan, prove a sender, look, launch, explain; and who may do what."""

import html
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.contact.v1 import contact_pb2
from touchline.segmentation.v1 import segmentation_pb2

from services.console.http.campaigns import wording
from tests.console.readers import Reader, fields
from tests.flows.campaigns import until

EVIL = '"><script>window.hit=1</script><img src=x onerror=alert(1)>{{7*7}}'
HTML = (
    '<p>Hello {{ contact.display_name }}, <a href="https://shop.example/prices">prices</a></p>'
    '<a href="{{ unsubscribe_url }}">Unsubscribe</a>'
)
WHERE = "/campaigns/01890000-0000-7000-8000-00000000000a"


async def verified_sender(who: Reader, name: str = "Jana of Kovárna") -> str:
    """A sender made in the console and proven by the code that the console's inbox shows."""
    address = f"sender-{uuid.uuid4().hex[:10]}@console.example"
    form = fields(await who.read("/senders/new"), "/senders/new")
    made = await who.send("/senders/new", **form | {"display_name": name, "address": address})
    assert made.status_code == 303, made.text
    sender = made.headers["location"]

    async def code() -> str:
        mails = re.findall(r'href="(/inbox/\d+)"', await who.read("/inbox", to=address))
        return re.search(r"\b[A-Z0-9]{4}[ -]?[A-Z0-9]{4}\b", await who.read(f"{mails[0]}/text"))[0] if mails else ""

    form = fields(await who.read(sender), f"{sender}/verify")
    answer = await who.send(f"{sender}/verify", **form | {"code": await until(code)})
    assert answer.status_code == 303, answer.text
    return sender.removeprefix("/")


async def campaign(who: Reader, name: str = "Spring") -> str:
    form = fields(await who.read("/campaigns/new"), "/campaigns/new")
    answer = await who.send("/campaigns/new", **form | {"display_name": name, "goal_target": "12"})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def audience(stage, *people: str) -> str:
    """A list of people who opted in to the newsletter."""
    for one in people:
        who = await stage.contact.GetContact(contact_pb2.GetContactRequest(name=one))
        consent = contact_pb2.ConsentEvent(
            address=next(found for found in who.identifiers if found.kind == "email"),
            purpose=contact_pb2.PURPOSE_MARKETING,
            channel=contact_pb2.CHANNEL_EMAIL,
            topic="newsletter",
            status=contact_pb2.ConsentEvent.STATUS_GRANTED,
            lawful_basis="LAWFUL_BASIS_CONSENT",
        )
        consent.capture_time.FromDatetime(datetime.now(UTC) - timedelta(days=1))
        await stage.contact.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=consent))
    made = await stage.segmentation.CreateSegment(
        segmentation_pb2.CreateSegmentRequest(
            segment=segmentation_pb2.Segment(display_name=f"People {uuid.uuid4().hex[:10]}")
        )
    )
    if people:
        wish = segmentation_pb2.AddMembersRequest(name=made.name, contacts=people)
        await stage.segmentation.AddMembers(wish)
    return made.name


async def mail(who: Reader, plan: str, **more: object) -> str:
    """An activity made by the form; its address."""
    form = fields(await who.read(f"{plan}/activities/new"), f"{plan}/activities/new")
    form |= {"display_name": "Price letter", "subscription_topic": "newsletter", "html_template": HTML}
    answer = await who.send(f"{plan}/activities/new", **form | more)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


@pytest.mark.parametrize(
    "path",
    [
        "/campaigns/new", "/segments/new", "/senders/new", f"{WHERE}/edit", f"{WHERE}/check", f"{WHERE}/launch",
        f"{WHERE}/cancel", f"{WHERE}/delete", f"{WHERE}/activities/new",
    ],
)  # fmt: skip
async def test_what_a_rep_may_not_do_is_refused(reader, path):
    assert (await (await reader("jana")).client.get(path)).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/campaigns/new", "/segments/new", "/segments/preview", f"{WHERE}/launch", f"{WHERE}/pause", f"{WHERE}/resume",
        f"{WHERE}/cancel", f"{WHERE}/activities/new", "/senders/new",
    ],
)  # fmt: skip
async def test_a_reps_post_is_refused_whatever_it_says(reader, path):
    assert (await (await reader("jana")).send(path, request=str(uuid.uuid4()))).status_code == 403


async def test_a_rep_is_shown_no_button_that_would_be_refused(reader):
    plan = await campaign(await reader("mira"))
    who = await reader("jana")
    pages = [await who.read(path) for path in ("/campaigns", "/segments", "/senders", plan)]
    for words in ("New campaign", "New rule", "New sender", "Dry run", ">Change<", ">Delete<", "Write the mail"):
        assert not [page for page in pages if words in page], words


async def test_a_campaign_is_made_once_however_often_its_form_is_sent(reader):
    who = await reader("mira")
    form = fields(await who.read("/campaigns/new"), "/campaigns/new") | {"display_name": f"Twice {uuid.uuid4().hex}"}
    answers = [await who.send("/campaigns/new", **form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"display_name": " "}, "Give it a name"),
        ({"goal_target": "many"}, "A whole number"),
        ({"goal_due": "soon"}, "A day, such as"),
        ({"request": "1"}, "damaged"),
    ],
)
async def test_a_mistake_is_said_at_the_field_and_what_was_typed_stays(reader, wrong, words):
    who = await reader("mira")
    form = fields(await who.read("/campaigns/new"), "/campaigns/new")
    answer = await who.send("/campaigns/new", **form | {"display_name": "Kept", "description": "Kept too"} | wrong)
    assert answer.status_code == 400
    assert words in answer.text
    assert "Kept too" in answer.text


async def test_two_who_change_one_campaign_hear_of_each_other(reader):
    who = await reader("mira")
    plan = await campaign(who)
    first, second = [fields(await who.read(f"{plan}/edit"), f"{plan}/edit") for _ in range(2)]
    assert (await who.send(f"{plan}/edit", **first | {"display_name": "Theirs"})).status_code == 303
    told = await who.send(f"{plan}/edit", **second | {"display_name": "Mine"})
    assert told.status_code == 400
    assert "Somebody else changed this" in told.text
    assert 'value="Mine"' in told.text
    again = fields(told.text, f"{plan}/edit")
    assert (await who.send(f"{plan}/edit", **again)).status_code == 303
    assert "Mine" in await who.read(plan)


async def test_a_sender_is_proven_by_the_code_in_the_inbox(reader):
    who = await reader("mira")
    sender = await verified_sender(who, EVIL[:90])
    page = await who.read(f"/{sender}")
    assert "verified" in page
    assert "<script>window" not in page


async def test_a_wrong_code_is_told_at_the_code(reader):
    who = await reader("mira")
    form = fields(await who.read("/senders/new"), "/senders/new")
    form |= {"display_name": "Wrong", "address": f"wrong-{uuid.uuid4().hex[:10]}@console.example"}
    sender = (await who.send("/senders/new", **form)).headers["location"]
    code = fields(await who.read(sender), f"{sender}/verify") | {"code": "AAAA AAAA"}
    answer = await who.send(f"{sender}/verify", **code)
    assert answer.status_code == 400
    assert "not the code" in answer.text


async def test_a_template_with_a_fault_is_refused_with_its_line(reader):
    who = await reader("mira")
    plan = await campaign(who)
    form = fields(await who.read(f"{plan}/activities/new"), f"{plan}/activities/new")
    form |= {"display_name": "Broken", "html_template": "<p>one</p>\n<p>{{ nobody.knows }}</p>"}
    answer = await who.send(f"{plan}/activities/new", **form)
    assert answer.status_code == 400
    wrong = re.search(r'id="html_template-wrong"[^>]*>([^<]+)<', answer.text)
    assert wrong, "the fault stands below the template"
    assert "2" in wrong[1]
    assert "{{ nobody.knows }}" in html.unescape(answer.text)


async def test_what_a_launch_lacks_is_listed_and_nothing_can_be_launched(reader):
    who = await reader("mira")
    plan = await campaign(who)
    page = await who.read(f"{plan}/check")
    assert "It cannot be launched yet" in page
    assert "It has no mail yet" in page
    assert "Go on" not in page
    drawn = await who.client.get(f"{plan}/launch", params={"when": "now"})
    assert (drawn.status_code, drawn.headers["location"]) == (303, f"{plan}/check")
    refused = await who.send(f"{plan}/launch", request=str(uuid.uuid4()), when="now", time="", etag="")
    assert refused.status_code == 400
    assert "It has no mail yet" in refused.text


async def test_hostile_names_stay_texts_on_every_page_of_a_campaign(stage, reader):
    who = await reader("mira")
    person = await stage.person(EVIL[:100])
    segment = await audience(stage, person)
    plan = await campaign(who, EVIL)
    await stage.segmentation.UpdateSegment(
        segmentation_pb2.UpdateSegmentRequest(
            segment=segmentation_pb2.Segment(name=segment, display_name=f"{EVIL} {uuid.uuid4().hex[:6]}")
        )
    )
    letter = await mail(who, plan, display_name=EVIL, include=segment, subject_template="Prices <b>")
    number = person.rpartition("/")[2]
    paths = [
        "/campaigns", plan, f"{plan}/edit", f"{plan}/delete", f"{letter}/edit", f"{plan}/sends", f"{plan}/why",
        f"{plan}/why?contact={number}", "/segments", f"/{segment}",
        f"/{segment}/edit", f"/{segment}/why?contact={number}",
        f"/{segment}/delete", f"/{person}/mails", f"/{person}/brake", f"{plan}/activities/new", f"{plan}/check",
    ]  # fmt: skip
    for path in paths:
        page = await who.read(path)
        assert "<script>window" not in page, path
        assert "<img src=x" not in page, path
        assert not re.search(r"\sstyle=|\son\w+=\"", page.replace(html.escape(EVIL), "")), path


async def planned(stage, reader, count: int = 3) -> tuple[Reader, str, list[str]]:
    """A marketer, a campaign that can be launched, and its people; campaign knows them."""
    who = await reader("mira")
    people = [await stage.person(f"Person {index} {uuid.uuid4().hex[:6]}") for index in range(count)]
    segment, sender = await audience(stage, *people), await verified_sender(who)
    plan = await campaign(who, f"Launch {uuid.uuid4().hex[:6]}")
    letter = await mail(who, plan, include=segment, sender=sender)

    async def knows_everybody() -> bool:
        pages = [await who.read(letter, contact=one.rpartition("/")[2]) for one in people]
        return all("<iframe" in page for page in pages)

    await until(knows_everybody)
    return who, plan, people


async def test_a_mail_is_seen_as_any_person_gets_it_in_a_frame_without_scripts(stage, reader):
    who, plan, people = await planned(stage, reader, 1)
    letter = re.search(rf'href="({plan}/activities/[^"/]+)"', await who.read(plan))[1]
    number = people[0].rpartition("/")[2]
    page = await who.read(letter, contact=number)
    assert "allow-scripts" not in page
    frame = html.unescape(re.search(r'<iframe src="([^"]+)"', page)[1])
    answer = await who.client.get(frame)
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "Hello Person 0" in answer.text
    assert (await (await reader("jana")).client.get(f"{letter}/edit")).status_code == 403


async def test_a_test_mail_lies_in_the_inbox(stage, reader):
    who, plan, people = await planned(stage, reader, 1)
    letter = re.search(rf'href="({plan}/activities/[^"/]+)"', await who.read(plan))[1]
    form = fields(await who.read(letter, contact=people[0].rpartition("/")[2]), f"{letter}/test")
    to = f"tester-{uuid.uuid4().hex[:10]}@console.example"
    answer = await who.send(f"{letter}/test", **form | {"addresses": to})
    assert answer.status_code == 200, answer.text
    assert ">sent<" in answer.text
    page = await who.read("/inbox", to=to)
    assert "[Test]" in page
    too_many = await who.send(
        f"{letter}/test", **form | {"addresses": "a@x.example " * 1 + " ".join(f"b{n}@x.example" for n in range(5))}
    )
    assert "One to 5 addresses" in too_many.text


async def test_why_somebody_got_nothing_is_told_for_a_campaign_that_never_had_her(stage, reader):
    who, plan, _ = await planned(stage, reader, 1)
    stranger = await stage.person("Nora Never")
    page = await who.read(f"{plan}/why", contact=stranger.rpartition("/")[2])
    assert "Why didn’t Nora Never get it?" in page
    assert "stopped" in page
    assert "The campaign was not launched." in page
    german = await who.client.get(
        f"{plan}/why?contact={stranger.rpartition('/')[2]}", headers={"accept-language": "de"}
    )
    assert "Die Kampagne wurde nicht gestartet." in german.text
    assert "The campaign was" not in german.text
    asked = await who.client.get(f"/{stranger}/mails/why", params={"campaign": plan.removeprefix("/")})
    assert asked.headers["location"] == f"{plan}/why?contact={stranger.rpartition('/')[2]}"


async def test_progress_arrives_and_ends_with_a_campaign_that_is_over(stage, reader):
    who, plan, _ = await planned(stage, reader, 1)
    form = fields(await who.read(f"{plan}/launch", when="now", time=""), f"{plan}/launch")
    await who.send(f"{plan}/launch", **form)
    async with who.client.stream("GET", f"{plan}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line async for line in answer.aiter_lines()]
    assert any(line.startswith("event: numbers") for line in lines)
    assert any(line in {"event: changed", "event: ended"} for line in lines)


async def test_what_changed_between_a_page_and_its_progress_is_told_at_once(reader):
    who = await reader("mira")
    plan = await campaign(who)
    async with who.client.stream("GET", f"{plan}/events", params={"stands": "drawn-while-it-ran"}) as answer:
        lines = [line async for line in answer.aiter_lines()]
    assert "event: changed" in lines
    assert "event: ended" not in lines


@pytest.mark.parametrize("mail", ["0", "x", "99999999999999999999", "²"])
async def test_a_mail_that_is_not_there_is_not_found(reader, mail):
    assert (await (await reader("mira")).client.get(f"/inbox/{mail}")).status_code == 404


async def test_the_state_of_a_campaign_is_a_word_that_people_know():
    assert {value for value in pb.Campaign.State.values() if value} == set(wording.CAMPAIGN)
    assert {value for value in pb.Send.State.values() if value} == set(wording.SEND)
