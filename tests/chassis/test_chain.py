"""A chain shows every edit, deletion, repetition, reordering; with an anchor also a cut tail and a chain made anew."""

from collections.abc import Sequence
from typing import Any

import pytest
from chassis.chain import EMPTY, FIRST, Fault, Head, Linked, canonical, link, verify
from hypothesis import given
from hypothesis import strategies as st

records_strategy = st.lists(st.binary(max_size=20), min_size=2, max_size=12)


def chain(records: Sequence[bytes]) -> list[Linked]:
    made, previous = [], FIRST
    for number, record in enumerate(records, 1):
        previous = link(previous, record)
        made.append(Linked(number, record, previous))
    return made


def head(linked: Sequence[Linked]) -> Head:
    return Head(linked[-1].number, linked[-1].digest) if linked else EMPTY


@given(records_strategy, st.integers(0, 12))
def test_a_whole_chain_and_each_part_of_it_hold(records: list[bytes], cut: int):
    linked = chain(records)
    assert verify(linked, [head(linked)]) is None
    assert verify(linked[cut:], [head(linked)], after=head(linked[:cut])) is None


@given(records_strategy, st.data())
def test_every_edited_byte_is_found_where_it_is(records: list[bytes], data: Any):
    linked = chain(records)
    place = data.draw(st.integers(0, len(linked) - 1))
    changed = data.draw(st.binary(max_size=20).filter(lambda one: one != records[place]))
    linked[place] = linked[place]._replace(record=changed)
    assert verify(linked) == (Fault.CHANGED, place + 1)


@given(records_strategy, st.data())
def test_every_edited_digest_is_found(records: list[bytes], data: Any):
    linked = chain(records)
    place, bit = data.draw(st.integers(0, len(linked) - 1)), data.draw(st.integers(0, 255))
    flipped = int.from_bytes(linked[place].digest) ^ (1 << bit)
    linked[place] = linked[place]._replace(digest=flipped.to_bytes(32))
    assert verify(linked) == (Fault.CHANGED, place + 1)


@given(records_strategy, st.data())
def test_what_is_gone_is_found_also_when_the_rest_is_numbered_anew(records: list[bytes], data: Any):
    linked = chain(records)
    gone = data.draw(st.integers(0, len(linked) - 2))
    rest = linked[:gone] + linked[gone + 1 :]
    assert verify(rest) == (Fault.MISSING, gone + 1)
    numbered = [each._replace(number=number) for number, each in enumerate(rest, 1)]
    assert verify(numbered) is not None


@given(records_strategy, st.data())
def test_what_stands_in_anothers_place_is_found(records: list[bytes], data: Any):
    linked = chain(records)
    order = data.draw(st.permutations(range(len(linked))).filter(lambda one: list(one) != sorted(one)))
    assert verify([linked[place] for place in order]) is not None


@given(records_strategy)
def test_what_is_there_twice_is_found(records: list[bytes]):
    linked = chain(records)
    assert verify([*linked, linked[-1]]) == (Fault.MISSING, len(linked) + 1)


@given(records_strategy, st.data())
def test_a_tail_that_was_cut_is_found_by_the_anchor_alone(records: list[bytes], data: Any):
    linked = chain(records)
    kept = linked[: data.draw(st.integers(0, len(linked) - 1))]
    assert verify(kept) is None
    assert verify(kept, [head(linked)]) == (Fault.TRUNCATED, len(kept) + 1)


@given(records_strategy, st.data())
def test_a_chain_made_anew_is_found_by_any_anchor_behind_the_change(records: list[bytes], data: Any):
    place = data.draw(st.integers(0, len(records) - 1))
    anchored = data.draw(st.integers(place, len(records) - 1))
    changed = data.draw(st.binary(max_size=20).filter(lambda one: one != records[place]))
    forged = chain([*records[:place], changed, *records[place + 1 :]])
    anchor = head(chain(records)[: anchored + 1])
    assert verify(forged) is None
    assert verify(forged, [anchor]) == (Fault.REWRITTEN, anchored + 1)


def test_lists_that_differ_have_other_bytes():
    told: list[list[str | int | None]] = [["ab"], ["a", "b"], ["a", None], ["a", ""], ["1"], [1], ["é"], ['a","b'], []]
    assert len({canonical(each) for each in told}) == len(told)


def test_what_is_no_digest_is_not_linked_to():
    with pytest.raises(ValueError, match="32 bytes"):
        link(b"short", b"record")
