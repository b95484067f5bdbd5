"""When a subject was an erased person's alone, and what is believed of links once she is."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from identity import Kind, Link, Span, TouchFacts, alone, as_told, owner_of, touch_name

START = datetime(2026, 1, 1, tzinfo=UTC)
A, B, C, D = (UUID(int=number) for number in range(1, 5))
S, T = (bytes([number]) * 16 for number in range(1, 3))
ONE, OTHER = (touch_name(S, bytes([number]) * 16) for number in range(1, 3))
DAYS = st.one_of(st.none(), st.integers(0, 9))


def day(number: int | None) -> datetime | None:
    return None if number is None else START + timedelta(days=number)


def holds(contact: UUID, since: int | None = None, until: int | None = None, subject: bytes = S) -> Link:
    return Link(contact, Kind.HOLDS, subject, contact, from_time=day(since), to_time=day(until))


def test_a_number_that_changed_hands_was_hers_until_then() -> None:
    assert alone([holds(A, None, 5), holds(B, 5, None)], [A]) == [Span(S, None, day(5))]
    assert alone([holds(A, None, 5), holds(B, 5, None)], [B]) == [Span(S, day(5), None)]


def test_a_shared_box_was_never_hers_alone() -> None:
    assert alone([holds(A), holds(B)], [A]) == []


def test_what_two_of_her_contacts_held_is_one_time_and_another_may_have_had_a_part_of_it() -> None:
    links = [holds(A, 1, 4), holds(B, 3, 9), holds(C, 5, 6), holds(A, subject=T)]
    assert alone(links, [A, B]) == [Span(S, day(1), day(5)), Span(S, day(6), day(9)), Span(T)]


def excluded(contact: UUID, touch: str) -> Link:
    return Link(contact, Kind.EXCLUSION, contact=contact, touch=touch)


def test_a_touch_of_a_shared_box_that_was_taken_off_everybody_else_was_hers_alone() -> None:
    links = [holds(A), holds(B), holds(C, 5), excluded(B, ONE), excluded(A, ONE), excluded(A, OTHER)]
    assert alone(links, [A]) == [Span(S, None, day(5), ONE)]
    assert alone([*links, excluded(C, ONE)], [A]) == [Span(S, None, None, ONE)]


@given(
    st.lists(st.tuples(st.sampled_from([A, B, C, D]), DAYS, DAYS), max_size=6),
    st.lists(st.builds(excluded, st.sampled_from([C, D]), st.sampled_from([ONE, OTHER]))),
)
def test_it_is_hers_alone_exactly_when_a_touch_that_names_nobody_would_be(
    held: list[tuple[UUID, int, int]], off: list[Link]
) -> None:
    links = [holds(*one) for one in held if None in one or one[1] < one[2]] + off
    spans = alone(links, [A, B])
    for hour in range(-12, 24 * 10, 12):
        at = START + timedelta(hours=hour)
        found = {span.touch for span in spans if is_in(span, at)}
        for touch in (ONE, OTHER):
            holders = set(owner_of(TouchFacts(S, at, touch=touch), links).holders)
            assert bool({"", touch} & found) == (bool(holders) and holders <= {A, B})
    in_order = [span for span in spans if not span.touch]
    assert all(one.to_time != other.from_time for one, other in pairwise(in_order)), "no seams"


def is_in(span: Span, at: datetime) -> bool:
    return Link(A, Kind.HOLDS, from_time=span.from_time, to_time=span.to_time).is_valid(at)


def test_what_is_told_replaces_what_was_heard_of_her_and_of_what_she_held() -> None:
    elsewhere_off = excluded(C, touch_name(T, bytes(16)))
    merge = Link(D, Kind.MERGE, contact=C, survivor=D)
    elsewhere = holds(C, subject=T)
    known = [
        holds(A), holds(C, 7), holds(A, subject=T), elsewhere, elsewhere_off, merge,
        Link(B, Kind.MERGE, contact=C, survivor=A), excluded(A, OTHER), excluded(C, ONE),
    ]  # fmt: skip
    told = [holds(A, None, 5), holds(C, 5, None), excluded(C, OTHER)]
    found = as_told(known, told, [A, B])
    assert found[:3] == [elsewhere, elsewhere_off, merge]
    assert found[3:6] == told
    assert [(each.kind, each.contact, each.survivor) for each in found[6:]] == [(Kind.MERGE, B, A)]
    assert owner_of(TouchFacts(S, START + timedelta(days=6)), found).contacts == (D,)
    assert owner_of(TouchFacts(S, START), found).contacts == (A,)
    assert owner_of(TouchFacts(S, START, touch=OTHER), found).contacts == (A,), "whose else, under her number"
    later = START + timedelta(days=6)
    assert owner_of(TouchFacts(S, later, touch=ONE), found).contacts == (D,), "nobody had taken it off yet"
    assert owner_of(TouchFacts(S, later, touch=OTHER), found).contacts == (), "whether or not that was heard"
