"""The rules of touches, as tables of cases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import identity
import pytest
from chassis.errors import DomainError
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st
from titling import render
from touchline.interaction.v1 import interaction_errors_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain import errors, ids, touch, types
from services.interaction.domain.builtin import BUILTIN
from services.interaction.domain.threads import days_of, union
from services.interaction.domain.timeline import MOST_SUBJECTS, Span, person_of
from tests.interaction.world import touch as said

NOW_US = int(datetime.now(UTC).timestamp() * 1e6)
DAY = ids.DAY_US
OWN = "0190a000-0000-7000-8000-000000000001"
OWN_US = int("0190a0000000", 16) * 1000


def test_an_event_always_has_the_same_touch_id_and_no_two_events_share_one():
    assert ids.touch_id("mail", "1") == ids.touch_id("mail", "1")
    assert ids.touch_id("ab", "c") != ids.touch_id("a", "bc")
    made = UUID(bytes=ids.touch_id("mail", "1"))
    assert (made.version, made.variant) == (8, "specified in RFC 4122")


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_a_name_says_subject_and_touch(subject: bytes, touch_id: bytes):
    name = identity.touch_name(subject, touch_id)
    assert ids.parse_touch_name(name) == (UUID(bytes=subject), UUID(bytes=touch_id))


@given(st.uuids(), st.integers(0, 2**62))
def test_a_thread_key_says_thread_and_time(thread: UUID, time: int):
    assert ids.parse_thread_key(ids.thread_key(thread, time)) == (thread, time)


@pytest.mark.parametrize("name", ["", "touches/", "touches/!!", "contacts/1", "touches/" + "A" * 42])
def test_a_strange_name_is_refused(name: str):
    with pytest.raises(errors.ArgumentInvalidError):
        ids.parse_touch_name(name)


@pytest.mark.parametrize(
    ("message", "message_us", "occurred_us", "in_message"),
    [
        ("", 0, NOW_US, False),
        (OWN, 0, OWN_US, True),
        (OWN, 0, OWN_US - 5, True),
        (OWN, 0, OWN_US + DAY, True),
        (OWN, 0, OWN_US + DAY + 1, False),
        ("m1", NOW_US, NOW_US + DAY, True),
        ("m1", NOW_US, NOW_US + DAY + 1, False),
    ],
    ids=["none", "own", "just-before", "a-day-later", "too-late", "foreign-a-day-later", "foreign-too-late"],
)
def test_a_touch_is_in_its_messages_thread_for_a_day(message, message_us, occurred_us, in_message):
    own = uuid4().bytes
    thread, thread_us = ids.place(own, source="mail", message=message, message_us=message_us, occurred_us=occurred_us)
    assert (thread != own) == in_message
    assert thread_us == ((message_us or OWN_US) if in_message else occurred_us)


def test_our_own_messages_are_one_thread_whoever_reports_them():
    assert ids.message_thread("edge", OWN, 0) == ids.message_thread("provider", OWN, OWN_US)
    assert ids.message_thread("a", "m1", NOW_US) != ids.message_thread("b", "m1", NOW_US)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": ""}, "type"),
        ({"source": "mail"}, "source"),
        ({"source": "sources/UPPER"}, "source"),
        ({"source_event_id": ""}, "source_event_id"),
        ({"source_event_id": "ä" * 101}, "source_event_id"),
        ({"contact": "contacts/1"}, "contact"),
        ({"contact": f"accounts/{uuid4()}"}, "contact"),
        ({"campaign": "campaigns/x"}, "campaign"),
        ({"message": "m1"}, "message_time"),
        ({"message_time": datetime.now(UTC)}, "message"),
        ({"correction_of": "touches/x"}, "correction_of"),
        ({"utm": pb.Utm(source="x" * 201)}, "utm.source"),
        ({"names": pb.Names(message="ä" * 251)}, "names.message"),
        ({"value": {"units": 3, "currency_code": "euro"}}, "value.currency_code"),
        ({"occurred_time": Timestamp()}, "occurred_time"),
    ],
)
def test_a_broken_field_is_named(change: dict[str, object], field: str):
    broken = said("1")
    for name, value in change.items():
        broken.ClearField(name)
        broken.MergeFrom(pb.Touch(**{name: value}))
    with pytest.raises(errors.TouchInvalidError) as refused:
        touch.check_touch(broken, size=broken.ByteSize(), now_us=NOW_US)
    assert [violation.field for violation in refused.value.violations] == [field]


def test_ids_that_a_touch_names_are_sixteen_bytes():
    contact, activity = uuid4(), uuid4()
    named = said("1", contact=f"contacts/{contact}", activity=f"campaigns/{uuid4()}/activities/{activity}")
    found = touch.check_touch(named, size=named.ByteSize(), now_us=NOW_US)
    assert (found.contact, found.activity, found.deal) == (contact.bytes, activity.bytes, b"")


def test_the_longest_name_in_a_touch_is_a_variants():
    variant = uuid4()
    named = said("1", variant=f"campaigns/{uuid4()}/activities/{uuid4()}/variants/{variant}")
    assert len(named.variant) == touch.LONGEST_NAME
    assert touch.check_touch(named, size=100, now_us=NOW_US).variant == variant.bytes


@pytest.mark.parametrize(
    ("occurred", "now", "whole", "settled"),
    [
        (5_000_000, 9_000_000, True, 5_999_999),
        (5_000_000, 5_400_000, True, 5_400_000),
        (5_000_001, 9_000_000, True, 5_000_001),
        (5_000_000, 9_000_000, False, 5_000_000),
        (6_000_000, 5_000_000, True, 6_000_000),
    ],
)
def test_whole_seconds_are_the_end_of_that_second_but_never_later_than_receipt(occurred, now, whole, settled):
    assert touch.settle_time(occurred, now, is_whole_seconds=whole) == settled


@pytest.mark.parametrize("kind", ["email", "phone", "cookie", "contact", "crm:hubspot"])
def test_a_source_has_one_kind_of_identifier(kind: str):
    touch.check_source(touch.Source("mail", "mailer", kind))


@pytest.mark.parametrize(
    "source",
    [("", "c", "email"), ("-x", "c", "email"), ("Mail", "c", "email"), ("mail", "", "email"), ("mail", "c", "fax")],
)
def test_a_useless_source_is_refused(source: tuple[str, str, str]):
    with pytest.raises(DomainError):
        touch.check_source(touch.Source(*source))


def test_every_channel_has_types_and_every_type_is_fit_for_use():
    for kind in BUILTIN.values():
        types.check_type(kind)
        assert kind.title_template
    assert {kind.channel for kind in BUILTIN.values()} == set(types.Channel)
    ranks = [BUILTIN[f"email.{name}"].rank for name in ("handed_over", "delivered", "opened", "clicked")]
    assert ranks == [10, 20, 30, 40]
    assert BUILTIN["email.suppressed"].touch_class is types.TouchClass.SUPPRESSED


def test_a_built_in_type_stays_as_it_is():
    kind = BUILTIN["email.opened"]
    assert types.next_version(kind, replace(kind, version=0)) is kind
    with pytest.raises(errors.TouchTypeNarrowedError):
        types.next_version(kind, replace(kind, rank=1))


def test_a_line_shows_values_and_never_reads_them_as_templates():
    values = {"link": "{names.contact}"}
    assert render("Clicked {link} {gone}", lambda key: values.get(key, "")) == "Clicked {names.contact}"


def test_reasons_raised_are_reasons_catalogued():
    raised = {
        value.reason
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, DomainError) and value.__module__ == errors.__name__
    }
    catalogued = {name.removeprefix("ERROR_REASON_") for name, _ in interaction_errors_pb2.ErrorReason.items()}
    assert raised == catalogued - {"UNSPECIFIED"}


def test_a_person_holds_at_most_two_hundred_subjects():
    contact = uuid4()

    def links(count: int) -> list[identity.Link]:
        return [
            identity.Link(uuid4(), identity.Kind.HOLDS, subject=uuid4().bytes, contact=contact) for _ in range(count)
        ]

    assert len(person_of(contact, links(MOST_SUBJECTS), []).subjects) == MOST_SUBJECTS
    named = [uuid4() for _ in range(MOST_SUBJECTS)]
    assert len(person_of(contact, links(MOST_SUBJECTS), named).subjects) == 2 * MOST_SUBJECTS
    with pytest.raises(errors.TooManySubjectsError):
        person_of(contact, links(MOST_SUBJECTS + 1), [])


MOMENTS = st.one_of(
    st.none(), st.integers(0, 24 * 10).map(lambda hours: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
)


@given(st.lists(st.tuples(MOMENTS, MOMENTS), max_size=4))
def test_days_and_edges_cover_every_moment_of_the_spans_exactly_once(times):
    subject = uuid4()
    spans = [Span(subject, a, b) for a, b in times if a is None or b is None or a < b]
    counted = [days_of(span) for span in union(spans)]
    for hours in range(-30, 24 * 11, 5):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
        inside = any(
            (s.from_time is None or s.from_time <= at) and (s.to_time is None or at < s.to_time) for s in spans
        )
        whole = sum(_is_whole(days, at.date()) for days in counted)
        edges = sum(first <= at < last for days in counted for first, last in days.edges)
        assert whole + edges == inside


def _is_whole(days, day: date) -> bool:
    return (days.first is None or days.first <= day) and (days.last is None or day <= days.last)


@given(st.lists(st.tuples(MOMENTS, MOMENTS, st.booleans()), max_size=4))
def test_what_is_remembered_of_an_owner_is_what_the_links_say_at_every_moment(times):
    subject, ada, other = uuid4(), uuid4(), uuid4()
    links = [
        identity.Link(
            uuid4(), identity.Kind.HOLDS, subject=subject.bytes, contact=ada if is_hers else other,
            from_time=start, to_time=end,
        )
        for start, end, is_hers in times
    ]  # fmt: skip
    person, resolver = person_of(ada, links, [subject]), identity.resolve(links)
    for hours in range(-30, 24 * 11, 12):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
        for contact in (None, ada, other):
            told = identity.TouchFacts(subject.bytes, at, contact, "")
            assert person.owner_of(subject, uuid4(), at, contact) == resolver.owner_of(told)
