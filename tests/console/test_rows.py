"""Rows: how a thread reads."""

from datetime import UTC, datetime, timedelta

import pytest
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import rows, words
from services.console.http.language import reading
from services.console.http.times import Reader

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT = Reader("Europe/Prague", NOON)


def touch(
    kind: str, *, rank: int = 0, klass: int = pb.TOUCH_CLASS_PASSIVE, when: datetime = NOON, **fields
) -> pb.Touch:
    fields.setdefault("channel", pb.CHANNEL_EMAIL)
    found = pb.Touch(name=f"touches/{kind}-{when:%H%M%S}", type=kind, rank=rank, touch_class=klass, **fields)
    found.occurred_time.FromDatetime(when)
    return found


def thread(*touches: pb.Touch, when: datetime = NOON, more: bool = False) -> pb.Thread:
    found = pb.Thread(name="contacts/c/threads/t", touches=touches, has_more_touches=more)
    found.thread_time.FromDatetime(when)
    return found


def mail(kind: str, **fields) -> pb.Touch:
    names = pb.Names(campaign="Autumn retrofit", message="Cut drying energy by a third")
    return touch(kind, message="m", names=names, **fields)


MACHINE = pb.Verdict(kind=pb.VERDICT_KIND_MACHINE, reasons=["SCANNER_NETWORK"])


def chips(*touches: pb.Touch, more: bool = False) -> list[str]:
    return [chip.text for chip in rows.row(thread(*touches, more=more), AT).chips]


def test_a_message_is_one_row_named_after_its_campaign_with_its_subject_below():
    row = rows.row(thread(mail("email.handed_over", rank=10)), AT)
    assert (row.title, row.lines) == ("Autumn retrofit", ("E-mail “Cut drying energy by a third”",))


def test_a_lifecycle_stands_in_the_order_of_its_ranks_and_counts_repeats():
    opened = [mail("email.opened", rank=30, when=NOON + timedelta(minutes=minute)) for minute in (1, 9)]
    texts = chips(*opened, mail("email.delivered", rank=20), mail("email.handed_over", rank=10))
    assert texts == ["handed over", "delivered", "opened 2×"]


def test_a_click_says_what_and_when_on_the_readers_clock():
    click = mail("email.clicked", rank=40, klass=pb.TOUCH_CLASS_ACTIVE, title="Clicked “Pricing”")
    assert "clicked “Pricing” 13:00" in chips(click)


def test_a_click_without_an_open_implies_one_and_says_so():
    click = mail("email.clicked", rank=40, klass=pb.TOUCH_CLASS_ACTIVE)
    assert "opened (inferred)" in chips(click)
    assert "opened (inferred)" not in chips(click, mail("email.opened", rank=30))


def test_machines_stand_aside_and_imply_nothing():
    scanner = mail("email.clicked", rank=40, klass=pb.TOUCH_CLASS_ACTIVE, verdict=MACHINE)
    assert chips(mail("email.handed_over", rank=10), scanner, scanner) == ["handed over", "2 machine clicks aside"]


def test_machines_that_the_filter_hides_stand_aside_with_their_reasons():
    found = thread(mail("email.handed_over", rank=10))
    found.machine_touches.add(type="email.opened", count=3, reasons=["PRIVACY_PROXY"])
    found.machine_touches.add(type="email.clicked", count=100)
    chip, many = rows.row(found, AT).chips[1:]
    assert (chip.text, many.text) == ("3 machine opens aside", "100+ machine clicks aside")
    assert "privacy proxy" in chip.hint


def test_a_mail_of_which_nothing_is_measured_says_so_and_claims_no_silence():
    sent = mail("email.handed_over", rank=10)
    sent.attributes["measured"] = False
    assert chips(sent) == ["handed over", "not measured"]


def test_a_reaction_weeks_later_is_called_what_it_is_and_names_its_mail():
    late = mail("email.clicked", rank=40, klass=pb.TOUCH_CLASS_ACTIVE, title="Clicked “Pricing”")
    late.direction = pb.DIRECTION_INBOUND
    late.message = "0199a6f2-4c00-7000-8000-000000000000"  # made on 3 October 2025
    row = rows.row(thread(late), AT)
    assert row.title == "Clicked “Pricing”"
    assert row.lines[0] == "Campaign Autumn retrofit"
    assert row.lines[1] == "About the e-mail “Cut drying energy by a third” of 3 October 2025"


def test_a_long_thread_says_that_there_is_more():
    assert chips(mail("email.opened", rank=30), more=True)[-1] == "and more"


def test_what_was_not_sent_looks_like_it_and_says_why():
    why = mail("email.suppressed", klass=pb.TOUCH_CLASS_SUPPRESSED, title="Not sent: consent withdrawn")
    row = rows.row(thread(why), AT)
    assert (row.style, row.icon, row.title) == ("not", "no", "Autumn retrofit")
    assert row.lines == ("Not sent: consent withdrawn",)
    assert row.chips == ()


def test_what_is_held_says_in_words_why_and_until_when():
    held = mail("email.deferred", klass=pb.TOUCH_CLASS_SYSTEM, title="E-mail held: BRAKE")
    held.message = ""
    held.attributes.update({"reason": "BRAKE", "until": "2026-11-23T17:30:00Z"})
    row = rows.row(thread(held), AT)
    assert row.title == "Autumn retrofit"
    assert row.lines == ("E-mail held: a colleague in sales asked for silence", "Until tomorrow, 18:30")


def test_a_touch_of_its_own_reads_as_its_type_says():
    call = touch("call.logged", channel=pb.CHANNEL_CALL, title="Call by Jana 12 min", detail="Wants figures.")
    row = rows.row(thread(call), AT)
    assert (row.title, row.lines, row.icon) == ("Call by Jana 12 min", ("Wants figures.",), "call")


def test_a_touch_is_told_in_the_readers_language_and_one_of_a_type_that_others_brought_in_theirs():
    said = {"channel": pb.CHANNEL_CALL, "attributes": {"duration_minutes": 12, "outcome": "{actor}"}}
    call = touch("call.logged", title="Call by Jana 12 min", actor=pb.Actor(display_name="Jana"), **said)
    with reading("de"):
        assert words.touch_title(call) == "Anruf von Jana 12 Min. {actor}"
        assert chips(mail("email.clicked", klass=pb.TOUCH_CLASS_ACTIVE, attributes={"link": "Preise"})) == [
            "hat Preise angeklickt 13:00", "geöffnet (erschlossen)",
        ]  # fmt: skip
        assert words.touch_title(touch("acme.demo_seen", title="Saw the demo")) == "Saw the demo"
    assert words.touch_title(call) == "Call by Jana 12 min"


@pytest.mark.parametrize(
    ("kind", "topic", "said"),
    [
        ("email.unsubscribed", "all marketing", "hat sich abgemeldet von Marketing insgesamt 13:00"),
        ("consent.withdrawn", "all tracking", "hat die Einwilligung widerrufen: Messung insgesamt 13:00"),
        ("consent.given", "all profiling", "hat eingewilligt: Profilbildung insgesamt 13:00"),
        ("consent.confirmed", "all advertising", "hat die Einwilligung bestätigt: Werbung insgesamt 13:00"),
        ("consent.given", "all marketing by text message", "hat eingewilligt: Marketing insgesamt per SMS 13:00"),
        ("consent.given", "all marketing by phone", "hat eingewilligt: Marketing insgesamt per Telefon 13:00"),
        ("consent.given", "text messages", "hat eingewilligt: SMS 13:00"),
        ("consent.given", "events by mail", "hat eingewilligt: events per Mail 13:00"),
        ("consent.given", "Kiln by night", "hat eingewilligt: Kiln by night 13:00"),
    ],
)
def test_what_a_consent_is_about_is_told_in_the_readers_language(kind, topic, said):
    wish = mail(kind, rank=65, klass=pb.TOUCH_CLASS_ACTIVE, attributes={"topic": topic}, title=f"Said it of {topic}")
    handed = mail("email.handed_over", rank=10)
    with reading("de"):
        assert chips(handed, wish) == ["übergeben", said]
    assert chips(handed, wish) == ["handed over", f"said it of {topic} 13:00"]


def test_a_type_without_a_title_still_has_one():
    assert rows.row(thread(touch("ticket.opened", channel=pb.CHANNEL_OTHER)), AT).title == "Other: opened"


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (NOON, "Today"),
        (NOON - timedelta(days=1), "Yesterday"),
        (NOON - timedelta(days=5), "Tuesday 17 November"),
        (NOON - timedelta(days=500), "Thursday 10 July 2025"),
        # 23:30 in London is the next day in Prague, where the reader sits.
        (datetime(2026, 11, 21, 23, 30, tzinfo=UTC), "Today"),
    ],
)
def test_a_day_is_the_readers_day(when, words):
    row = rows.row(thread(touch("note.logged"), when=when), AT)
    assert [day.words for day in rows.days([row], AT)] == [words]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.012, "12 ms"), (3.1, "3 s"), (119, "119 s"), (1_500, "25 min"), (36_000, "10 h"), (874_800, "10 days")],
)
def test_a_length_of_time_is_said_in_its_own_unit(seconds, words):
    assert rows.span(seconds) == words


def drawn(*threads: pb.Thread) -> list[rows.Row]:
    return [rows.row(one, AT) for one in threads]


def test_rows_keep_the_order_of_the_timeline_under_their_days():
    threads = [thread(touch("note.logged"), when=NOON - timedelta(hours=hours)) for hours in (1, 2, 30, 31)]
    assert [len(day.rows) for day in rows.days(drawn(*threads), AT)] == [2, 2]


def visit(minutes: float, **fields) -> pb.Thread:
    when = NOON - timedelta(minutes=minutes)
    return thread(touch("web.visited", channel=pb.CHANNEL_WEB, when=when, **fields), when=when)


def test_what_follows_within_ten_minutes_is_one_burst_with_every_touch_in_it():
    found = rows.fold(drawn(visit(0), visit(9), visit(18), visit(29)))
    assert [len(row.folded) for row in found] == [2, 0]
    assert found[0].chips[0].text == "3× within 18 min"
    assert len(found[0].touches) == 3
    assert found[0].when == AT.local(NOON)


def test_a_burst_is_of_one_kind_of_one_doer_and_never_of_words():
    other = visit(1, actor=pb.Actor(kind=pb.ACTOR_KIND_MACHINE))
    note = [thread(touch("note.logged", channel=pb.CHANNEL_NOTE), when=NOON - timedelta(minutes=n)) for n in (2, 3)]
    assert [len(row.folded) for row in rows.fold(drawn(visit(0), other, *note))] == [0, 0, 0, 0]


def test_rows_stand_under_their_campaigns_the_newest_first_and_the_rest_together():
    of = [
        thread(mail("email.handed_over", campaign="campaigns/a")),
        visit(5),
        thread(mail("email.handed_over", campaign="campaigns/b")),
        thread(mail("email.handed_over", campaign="campaigns/a")),
    ]
    groups = rows.campaigns(drawn(*of), {"campaigns/a": "Autumn", "campaigns/b": ""})
    assert [(group.words, len(group.rows)) for group in groups] == [
        ("Autumn", 2),
        ("Of no campaign", 1),
        ("A campaign", 1),
    ]
