"""The demo company is the same every time, and tells only what the services take."""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID

import identity

from deploy.local import demo_company as demo
from deploy.local.demo_history import SOURCES, STRANGERS, World, history
from deploy.local.demo_live import something
from deploy.local.demo_mailings import HTML, SUBJECTS, audience
from services.campaign.domain.mailings import Source, problems
from services.console.http.users import DEVELOPMENT
from services.contact.domain.duplicates import MOST_IN_BLOCK, THRESHOLD, Clue, Traits, compare, keys, traits
from services.interaction.domain.builtin import BUILTIN
from services.interaction.domain.touch import check_touch

START = datetime(2026, 1, 5, tzinfo=UTC)
COMPANY = demo.build()
WORLD = World(START, {}, {}, {})


def test_two_builds_are_equal():
    assert demo.build() == COMPANY
    told = [touch.SerializeToString(deterministic=True) for touch in history(COMPANY, WORLD)]
    assert told == [touch.SerializeToString(deterministic=True) for touch in history(demo.build(), WORLD)]


def test_every_person_has_identifiers_of_its_own():
    assert len(COMPANY.people) == demo.PEOPLE
    for kind, values in (
        ("email", [person.email for person in COMPANY.people]),
        ("phone", [person.phone for person in COMPANY.people]),
        ("crm:demo", [person.crm_id for person in COMPANY.people]),
    ):
        assert len({identity.normalise(kind, value) for value in values}) == demo.PEOPLE
    assert {person.account.team for person in COMPANY.people} == {"central", "north"}


def test_the_history_is_ninety_days_of_what_the_door_accepts():
    touches = history(COMPANY, WORLD)
    assert 20_000 <= len(touches) <= 32_000
    now_us = int((START + timedelta(days=demo.DAYS)).timestamp() * 1e6)
    for touch in touches:
        check_touch(touch, size=touch.ByteSize(), now_us=now_us)
        assert touch.type in BUILTIN
        assert touch.occurred_time.ToDatetime(UTC) >= START
        assert touch.identifier.kind == SOURCES[touch.source.removeprefix("sources/")]
    assert len({(touch.source, touch.source_event_id) for touch in touches}) == len(touches)


def test_the_history_is_varied():
    types = Counter(touch.type for touch in history(COMPANY, WORLD))
    assert {
        "email.clicked",
        "email.suppressed",
        "email.bounced",
        "call.logged",
        "meeting.held",
        "form.submitted",
    } <= set(types)
    assert types["email.handed_over"] > types["email.opened"] > types["email.clicked"] > 500
    strangers = [touch for touch in history(COMPANY, WORLD) if touch.identifier.kind == "cookie"]
    assert len(strangers) == STRANGERS


def test_what_happens_live_is_accepted_too():
    rng = random.Random(1)
    for _ in range(500):
        touches = something(rng, COMPANY, WORLD)
        for touch in touches:
            check_touch(touch, size=touch.ByteSize(), now_us=int(datetime.now(UTC).timestamp() * 1e6))
            assert touch.type in BUILTIN
        reactions = [touch.message for touch in touches if touch.type in {"email.opened", "email.clicked"}]
        assert reactions == [touch.message for touch in touches if touch.type == "email.handed_over"]


def test_the_ada_of_the_tour_is_the_only_one():
    assert [person.number for person in COMPANY.people if person.given_name == "Ada"] == [0]


def test_the_queue_of_duplicates_shows_ada_and_nobody_else():
    people = [_traits_of(person) for person in COMPANY.people]
    ada, twin = people[0], traits(UUID(int=demo.PEOPLE), demo.TWIN, people[0].account, [("email", demo.TWIN_ADDRESS)])
    people.append(twin)
    blocks = defaultdict(list)
    for number, one in enumerate(people):
        for key in keys(one):
            blocks[key].append(number)
    met = {pair for block in blocks.values() if len(block) <= MOST_IN_BLOCK for pair in combinations(block, 2)}
    alike = [pair for pair in met if compare(people[pair[0]], people[pair[1]]).score >= THRESHOLD]
    assert alike == [(0, demo.PEOPLE)]
    assert compare(ada, twin).clues == ((Clue.SAME_NAME, 50), (Clue.SAME_COMPANY, 20))


def _traits_of(person: demo.Person) -> Traits:
    held = [("email", person.email), ("phone", person.phone), ("crm:demo", person.crm_id)]
    account = UUID(int=COMPANY.accounts.index(person.account))
    return traits(UUID(int=person.number), person.display_name, account, held)


def test_everybody_is_owned_by_somebody_who_can_log_in():
    logins = {(user.id, user.team) for user in DEVELOPMENT}
    assert {(person.account.owner, person.account.team) for person in COMPANY.people} <= logins


def test_the_mailing_goes_to_a_few_people_ada_among_them():
    people = audience(COMPANY)
    assert 20 <= len(people) <= 60
    assert COMPANY.people[0] in people
    assert COMPANY.people[0].is_subscribed
    assert COMPANY.people[0].is_trackable


def test_the_templates_of_the_mailings_are_good():
    for subject in SUBJECTS.values():
        assert problems(Source(subject, HTML)) == []
