"""The head of a person's page: six answers, one sentence, and the line at the last call."""

from datetime import UTC, datetime, timedelta

from touchline.campaign.v1 import campaign_pb2
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import coming, consent, head, rows
from services.console.http.times import Reader
from services.console.http.users import User

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT = Reader("Europe/Prague", NOON)
JANA = User("jana", "Jana Dvořák", "rep", "central", "")


def touch(kind: str, hours: float, **fields) -> pb.Touch:
    found = pb.Touch(name=f"touches/{kind}{hours}", type=kind, thread=f"{kind}-{hours}", **fields)
    found.occurred_time.FromDatetime(NOON - timedelta(hours=hours))
    return found


CLICK = touch("email.clicked", 2, title="Clicked “Pricing”", touch_class=pb.TOUCH_CLASS_ACTIVE, direction=1)
CALL = touch("call.logged", 120, title="Call by Jana 12 min", actor=pb.Actor(user="users/jana"))


def mail(**fields) -> campaign_pb2.ComingMail:
    found = campaign_pb2.ComingMail(
        activity="campaigns/a/activities/b", campaign_display_name="Webinar", stage=1, **fields
    )
    found.due_time.FromDatetime(NOON + timedelta(hours=21))
    return found


def facts(header: pb.TimelineHeader | None = None, *mails, lines=(), **fields) -> head.Facts:
    outlook = campaign_pb2.Outlook(coming_mails=mails)
    who = contact_pb2.Contact(name="contacts/c", stage="SQL", time_zone="America/New_York")
    told = {"owner": "Jana Dvořák", "coming": coming.rows(outlook, AT), "has_outlook": True, "consents": lines}
    return head.Facts(contact=who, header=header or pb.TimelineHeader(), **(told | fields))


def line(about: str, tone: str) -> consent.Line:
    return consent.Line(about, "✕ withdrawn" if tone == "bad" else "✓ opted in", tone, NOON)


def test_six_questions_are_answered_each_with_its_proof():
    header = pb.TimelineHeader(last_human_response=CLICK, last_call=CALL)
    header.campaigns_in_flight.add(campaign="campaigns/a", display_name="Autumn retrofit")
    answers = head.answers(facts(header, mail(), lines=[line("Newsletter, mail", "good")]), AT)
    assert [one.answer for one in answers] == [
        *("Clicked “Pricing”", "Call by Jana 12 min", "Webinar", "Autumn retrofit", "Opted in", "SQL"),
    ]
    assert answers[0].href == "?people=0&touch=email.clicked-2"
    assert "tomorrow, 10:00" in answers[2].below
    assert answers[5].below == "Jana Dvořák · 07:00 in New York"


def test_nothing_known_is_told_as_that():
    answers = head.answers(facts(has_outlook=False, consents=None), AT)
    assert [one.answer for one in answers] == ["None yet", "None yet", "Not known", "None", "Not known", "SQL"]


def test_a_planned_mail_that_would_not_go_out_is_not_next():
    found = facts(None, mail(obstacle="WITHDRAWN"))
    assert head.answers(found, AT)[2].answer == "Nothing planned"
    assert head.answers(found, AT)[2].below == "1 planned, none would go out"
    assert found.coming[0].chips[1].text == "would not go out: unsubscribed"


def test_consent_in_part_says_what_not():
    lines = [line("Newsletter, mail", "good"), line("Product news, mail", "bad")]
    answer = head.answers(facts(lines=lines), AT)[4]
    assert (answer.answer, answer.below, answer.tone) == ("Newsletter, mail", "not Product news, mail", "warn")


def test_the_sentence_is_written_from_touches_and_each_part_leads_to_its_own():
    header = pb.TimelineHeader(last_human_response=CLICK, last_call=CALL)
    parts = head.sentence(facts(header, mail(), lines=[line("Product news, mail", "bad")]), AT)
    assert [part.text for part in parts] == [
        "Clicked “Pricing” today, 11:00",
        "last call on Tuesday",
        "next from marketing: Webinar, tomorrow, 10:00",
        "Product news, mail: withdrawn",
    ]
    assert [part.href for part in parts][:3] == [
        *("?people=0&touch=email.clicked-2", "?people=0&touch=call.logged-120", "/campaigns/a"),
    ]


def test_a_refusal_leads_to_the_touch_that_says_so_else_to_what_she_allows():
    lines = [line("Newsletter, mail", "good"), line("Product news, mail", "bad")]
    hrefs = [head.sentence(facts(lines=lines, refusal=thread), AT)[-1].href for thread in ("t-1", "")]
    assert hrefs == ["?people=0&touch=t-1", "#allowed"]


def test_of_nobody_there_is_little_to_say():
    assert [part.text for part in head.sentence(facts(), AT)] == ["No answer and no call so far"]


def row(*touches: pb.Touch) -> rows.Row:
    found = pb.Thread(name=f"contacts/c/threads/{touches[0].thread}", touches=touches)
    found.thread_time.CopyFrom(touches[0].occurred_time)
    return rows.row(found, AT)


def test_the_line_stands_above_the_call_and_counts_what_came_after_it():
    fresh = row(touch("web.visited", 1, touch_class=pb.TOUCH_CLASS_ACTIVE, direction=1))
    sent = row(touch("email.handed_over", 3, message="m"))
    old = row(touch("email.handed_over", 130, message="n"), CLICK)
    found = head.line(CALL, [fresh, sent, row(CALL), old], JANA, AT)
    assert (found.row, found.text) == ("call.logged-120", "1 mail, 2 answers since your last call, Tuesday")
    assert head.is_news(old, found.time)
    assert not head.is_news(fresh, found.time)


def test_without_a_call_on_the_page_there_is_no_line():
    assert head.line(None, [row(CLICK)], JANA, AT) is None
    assert head.line(CALL, [row(CLICK)], JANA, AT) is None
