"""The filter in the address: read, written back, compared with what arrives."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from starlette.datastructures import QueryParams
from touchline.interaction.v1 import interaction_pb2 as pb

from services.console.http import query
from services.console.http.times import Reader
from services.console.http.users import User

REP = User("r", "Rep One", "rep", "a", "")
ADMIN = User("a", "Admin One", "admin", "", "")
AT = Reader("Europe/Prague", datetime(2026, 11, 22, 12, tzinfo=UTC))
FULL = (
    "people=1&type=email.clicked&channel=e-mail&class=active&campaign=campaigns%2F1&account=accounts%2F2"
    "&deal=deals%2F3&actor=person&from=2026-11-01&to=2026-11-30&q=pricing&view=campaign&at=2026-11-20"
)


def read(text: str, user: User = REP) -> query.Query:
    return query.read(QueryParams(text), user)


def test_an_address_read_and_written_is_the_same_address():
    assert read(FULL).address() == FULL


@pytest.mark.parametrize("zone", ["Europe/Prague", "Pacific/Apia", "America/New_York", "UTC"])
@pytest.mark.parametrize("days", [("", ""), ("2026-03-29", "2026-10-25"), ("2026-03-08", ""), ("", "1970-01-01")])
def test_a_filter_that_was_saved_asks_again_for_what_it_asked(zone, days):
    at = Reader(zone, datetime(2026, 11, 22, 12, tzinfo=UTC))
    asked = read(f"{FULL}&channel=call&actor=system&from={days[0]}&to={days[1]}")
    asked = replace(asked.newest.seen_as(""), first_day=query.day(days[0]), last_day=query.day(days[1]))
    assert query.asked_by(asked.filter(at), at) == asked


def test_every_part_of_the_address_reaches_the_filter():
    found = read(FULL).filter(AT)
    assert (list(found.types), list(found.channels)) == (["email.clicked"], [pb.CHANNEL_EMAIL])
    assert (list(found.classes), list(found.actors)) == ([pb.TOUCH_CLASS_ACTIVE], [pb.ACTOR_KIND_PERSON])
    assert (list(found.accounts), list(found.deals)) == (["accounts/2"], ["deals/3"])
    assert (list(found.campaigns), found.text, found.people_only) == (["campaigns/1"], "pricing", True)


def test_days_are_the_readers_and_the_last_one_counts_whole():
    found = read(FULL).filter(AT)
    assert found.from_time.ToDatetime(tzinfo=UTC) == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert found.to_time.ToDatetime(tzinfo=UTC) == datetime(2026, 11, 30, 23, tzinfo=UTC)


def test_reps_see_people_only_unless_they_say_otherwise():
    assert read("").people_only
    assert not read("people=0").people_only
    assert not read("", ADMIN).people_only


def test_the_people_button_speaks_after_the_hidden_field():
    assert not read("people=1&people=0").people_only


@pytest.mark.parametrize(
    "text", ["channel=nope", "class=&actor=robot", "from=yesterday&to=0001-01-01", "q=%00", "to=9999-12-31"]
)
def test_what_makes_no_sense_is_left_out(text):
    assert not read(text).is_narrow


def test_text_is_cut_between_characters():
    assert query.short("é" * 150) == "é" * 100


def touch(**fields) -> pb.Touch:
    found = pb.Touch(type="email.clicked", channel=pb.CHANNEL_EMAIL, **fields)
    found.occurred_time.FromDatetime(datetime(2026, 11, 22, 12, tzinfo=UTC))
    return found


@pytest.mark.parametrize(
    ("text", "shows"),
    [
        ("", True),
        ("type=email.*", True),
        ("type=email.opened", False),
        ("channel=call", False),
        ("from=2026-11-23", False),
        ("to=2026-11-22", True),
        ("to=2026-11-21", False),
        ("campaign=campaigns/2", False),
    ],
)
def test_an_arriving_touch_counts_only_where_it_would_be_shown(text, shows):
    wanted = read(text)
    assert query.could_show(wanted, wanted.filter(AT), touch()) is shows


def test_an_arriving_machine_does_not_count_for_who_sees_people_only():
    scanner = touch(verdict=pb.Verdict(kind=pb.VERDICT_KIND_MACHINE))
    for text, shows in (("people=1", False), ("people=0", True)):
        wanted = read(text)
        assert query.could_show(wanted, wanted.filter(AT), scanner) is shows


def test_dates_are_dates():
    assert query.day("2026-11-22") == date(2026, 11, 22)


def test_a_page_begins_at_the_last_moment_of_the_readers_day_or_with_a_thread():
    begun = query.place(read("at=2026-11-20"), "contacts/c", AT)
    assert begun.start_time.ToDatetime(tzinfo=UTC) == datetime(2026, 11, 20, 22, 59, 59, 999999, tzinfo=UTC)
    assert query.place(read(f"start={'A' * 32}&at=2026-11-20"), "contacts/c", AT).start_thread.endswith("/A" + "A" * 31)
    assert not query.place(read("start=../x"), "contacts/c", AT).WhichOneof("start")


def test_raw_shows_machines_whatever_else_is_asked():
    assert not read("people=1&view=raw").filter(AT).people_only
