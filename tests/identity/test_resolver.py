"""Whose touch it is: cases from the trade, and every answer compared with an oracle that shares no code."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from identity import NOBODY, Kind, Link, Owner, TouchFacts, owner_of, resolve

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
A, B, C, D, *_ = CONTACTS = [UUID(int=number) for number in range(1, 6)]
ACCOUNTS = [UUID(int=number) for number in range(100, 102)]
S, T, *_ = SUBJECTS = [bytes([number]) * 16 for number in range(1, 5)]
TOUCHES = ["touches/1", "touches/2"]


def link(number: int, kind: Kind, **fields: object) -> Link:
    return Link(UUID(int=number), kind, **fields)  # type: ignore[arg-type]


def touch(day: int, subject: bytes = S, contact: UUID | None = None, name: str = "touches/1") -> TouchFacts:
    return TouchFacts(subject, START + day * DAY, contact, name)


def test_a_touch_is_the_holders() -> None:
    assert owner_of(touch(1), [link(1, Kind.HOLDS, subject=S, contact=A)]) == Owner((A,), holders=(A,))


def test_an_unknown_subject_is_nobodys() -> None:
    assert owner_of(touch(1), []) == NOBODY


def test_a_number_that_changes_hands_gives_each_their_time() -> None:
    at = START + 10 * DAY
    links = [
        link(1, Kind.HOLDS, subject=S, contact=A, to_time=at),
        link(2, Kind.HOLDS, subject=S, contact=B, from_time=at),
    ]
    assert owner_of(touch(9), links).contacts == (A,)
    assert owner_of(touch(10), links).contacts == (B,)


def test_a_shared_address_is_everybodys_and_says_so() -> None:
    links = [link(1, Kind.HOLDS, subject=S, contact=A), link(2, Kind.SHARED, subject=S, contact=B)]
    owner = owner_of(touch(1), links)
    assert owner.contacts == (A, B)
    assert owner.is_shared
    assert owner_of(touch(1, contact=B), links).contacts == (B,)


def test_two_who_share_and_are_merged_are_one() -> None:
    links = [
        link(1, Kind.HOLDS, subject=S, contact=A),
        link(2, Kind.SHARED, subject=S, contact=B),
        link(3, Kind.MERGE, contact=A, survivor=B),
    ]
    assert owner_of(touch(1), links) == Owner((B,), holders=(A, B))


def test_a_role_address_is_the_accounts_unless_a_person_holds_it() -> None:
    role = link(1, Kind.ROLE, subject=S, account=ACCOUNTS[0])
    assert owner_of(touch(1), [role]) == Owner(account=ACCOUNTS[0])
    assert owner_of(touch(1), [role, link(2, Kind.HOLDS, subject=S, contact=A)]).account is None


def test_an_unmerge_gives_both_back_what_their_own_identifiers_earned() -> None:
    links = [link(1, Kind.HOLDS, subject=S, contact=A), link(2, Kind.HOLDS, subject=T, contact=B)]
    merge = link(3, Kind.MERGE, contact=A, survivor=B, asserted_time=START)
    undone = replace(merge, retracted_time=START + DAY)
    assert owner_of(touch(1), [*links, merge]).contacts == (B,)
    assert owner_of(touch(1), [*links, undone]).contacts == (A,)
    assert owner_of(touch(1), [*links, undone], as_of=START).contacts == (B,)


def test_a_touch_that_names_its_contact_goes_where_the_contact_goes() -> None:
    merge = link(1, Kind.MERGE, contact=A, survivor=B)
    assert owner_of(touch(1, contact=A), []).contacts == (A,)
    assert owner_of(touch(1, contact=A), [merge]).contacts == (B,)


def test_the_wrong_person_is_excluded_from_one_touch_only() -> None:
    links = [
        link(1, Kind.HOLDS, subject=S, contact=A),
        link(2, Kind.EXCLUSION, contact=A, touch="touches/1"),
    ]
    assert owner_of(touch(1), links) == NOBODY
    assert owner_of(touch(1, contact=A), links) == NOBODY
    assert owner_of(touch(1, name="touches/2"), links).contacts == (A,)


def test_the_direct_holder_is_written_down_where_a_caller_names_the_survivor() -> None:
    people = resolve(
        [
            link(1, Kind.HOLDS, subject=S, contact=A),
            link(2, Kind.HOLDS, subject=T, contact=C),
            link(3, Kind.MERGE, contact=A, survivor=B),
        ]
    )
    assert people.direct_holder(B, S, START) == A
    assert people.direct_holder(A, S, START) == A
    assert people.direct_holder(B, T, START) == B
    assert people.subjects(B) == people.subjects(A) == {S}


def test_half_known_merges_still_give_one_survivor() -> None:
    ring = [link(1, Kind.MERGE, contact=A, survivor=B), link(2, Kind.MERGE, contact=B, survivor=A)]
    assert {resolve(ring).person(contact) for contact in (A, B)} == {A}
    fork = [link(1, Kind.MERGE, contact=C, survivor=B), link(2, Kind.MERGE, contact=C, survivor=A)]
    assert {resolve(fork).person(contact) for contact in (A, B, C)} == {A}


moments = st.integers(0, 6).map(lambda day: START + day * DAY)
maybe = st.none() | moments


@st.composite
def statements(draw: st.DrawFn) -> Link:
    kind = draw(st.sampled_from(list(Kind)))
    contact, survivor = draw(st.permutations(CONTACTS).map(lambda order: order[:2]))
    return Link(
        id=draw(st.uuids()),
        kind=kind,
        subject=draw(st.sampled_from(SUBJECTS)) if kind in {Kind.HOLDS, Kind.SHARED, Kind.ROLE} else b"",
        contact=None if kind is Kind.ROLE else contact,
        survivor=survivor if kind is Kind.MERGE else None,
        account=draw(st.sampled_from(ACCOUNTS)) if kind is Kind.ROLE else None,
        touch=draw(st.sampled_from(TOUCHES)) if kind is Kind.EXCLUSION else "",
        from_time=draw(maybe),
        to_time=draw(maybe),
        asserted_time=draw(maybe),
        retracted_time=draw(maybe),
    )


touches = st.builds(
    TouchFacts,
    subject=st.sampled_from(SUBJECTS),
    occurred_time=moments,
    contact=st.none() | st.sampled_from(CONTACTS),
    touch=st.sampled_from(TOUCHES),
)


def oracle(facts: TouchFacts, links: list[Link], as_of: datetime | None) -> tuple[set[UUID], UUID | None]:
    """Rule 10.3 read aloud, with sets of pairs closed by brute force."""
    far = datetime.max.replace(tzinfo=UTC)
    early = datetime.min.replace(tzinfo=UTC)

    def stands(link: Link) -> bool:
        if as_of is None:
            return link.retracted_time is None
        return (link.asserted_time or early) <= as_of < (link.retracted_time or far)

    standing = [link for link in links if stands(link)]
    same = {(x, x) for x in CONTACTS}
    same |= {(link.contact, link.survivor) for link in standing if link.kind == "merge"}
    same |= {(y, x) for x, y in same}
    for _ in CONTACTS:
        same |= {(x, z) for x, y in same for y2, z in same if y == y2}
    gone = {link.contact for link in standing if link.kind == "merge"}

    def stands_for(contact: UUID) -> UUID:
        people = [y for x, y in same if x == contact]
        return min([each for each in people if each not in gone] or people)

    now = [x for x in standing if (x.from_time or early) <= facts.occurred_time < (x.to_time or far)]
    here = [link for link in now if link.subject == facts.subject and link.kind in {"holds", "shared", "role"}]
    named = [facts.contact] if facts.contact else [link.contact for link in here if link.kind != "role"]
    wrong = {link.contact for link in standing if link.kind == "exclusion" and link.touch == facts.touch}
    right = {stands_for(x) for x in named} - {stands_for(x) for x in wrong}
    accounts = [link.account for link in here if link.kind == "role"]
    return right, (min(accounts) if accounts and not named else None)


@given(touches, st.lists(statements(), max_size=12), maybe)
def test_the_oracle_agrees(facts: TouchFacts, links: list[Link], as_of: datetime | None) -> None:
    owner = owner_of(facts, links, as_of=as_of)
    assert (set(owner.contacts), owner.account) == oracle(facts, links, as_of)


@given(st.lists(touches, min_size=1, max_size=6), st.lists(statements(), max_size=12))
def test_what_is_said_of_all_touches_of_a_subject_holds_for_each(asked: list[TouchFacts], links: list[Link]) -> None:
    people = resolve(links)
    for facts in asked:
        of_all = people.owner_of_all(facts.subject, facts.contact)
        assert of_all in {None, people.owner_of(facts)}


def test_who_holds_a_subject_for_good_has_all_of_its_touches() -> None:
    at = START + 10 * DAY
    links = [
        link(1, Kind.HOLDS, subject=S, contact=A),
        link(2, Kind.EXCLUSION, contact=B, touch="touches/1"),
        link(3, Kind.HOLDS, subject=T, contact=A, to_time=at),
    ]
    people = resolve(links)
    assert people.owner_of_all(S) == Owner((A,), holders=(A,))
    assert people.owner_of_all(SUBJECTS[2]) == NOBODY
    assert people.owner_of_all(T) is None
    assert people.owner_of_all(T, A) == Owner((A,), holders=(A,))
    assert people.owner_of_all(T, B) is None


@given(st.lists(statements(), max_size=10).flatmap(lambda links: st.tuples(st.just(links), st.permutations(links))))
def test_the_order_in_which_links_arrive_does_not_matter(both: tuple[list[Link], list[Link]]) -> None:
    told, shuffled = map(resolve, both)
    for contact in CONTACTS:
        assert told.person(contact) == shuffled.person(contact)
        assert told.members(contact) == shuffled.members(contact)
        assert told.holdings(contact) == shuffled.holdings(contact)


@given(st.lists(statements(), max_size=10), touches)
def test_a_merge_taken_back_leaves_no_trace(links: list[Link], facts: TouchFacts) -> None:
    merge = Link(UUID(int=7), Kind.MERGE, contact=A, survivor=D, retracted_time=START)
    assert owner_of(facts, [*links, merge]) == owner_of(facts, links)


@given(st.lists(statements(), max_size=10), touches)
def test_an_owner_is_a_survivor_and_its_holders_are_its_own(links: list[Link], facts: TouchFacts) -> None:
    people = resolve(links)
    owner = people.owner_of(facts)
    assert {people.person(contact) for contact in owner.contacts} == set(owner.contacts)
    assert {people.person(holder) for holder in owner.holders} == set(owner.contacts)
    assert not (owner.contacts and owner.account)


@given(statements(), maybe, maybe)
def test_two_validities_overlap_when_some_day_is_in_both(
    one: Link, from_time: datetime | None, to_time: datetime | None
) -> None:
    other = replace(one, from_time=from_time, to_time=to_time)
    days = [START + number * DAY for number in range(-1, 8)]
    common = any(one.is_valid(day) and other.is_valid(day) for day in days)
    if common:
        assert one.overlaps(from_time, to_time)
