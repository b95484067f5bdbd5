"""A thousand drawn lives of a few people, each compared with a fold from scratch that knows nothing of the services.

`SEED=123 pytest tests/contact/test_identity_property.py` lives one of them alone.
"""

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from chassis.config import Settings
from chassis.db import Database, Tx
from chassis.lists import Paging
from chassis.resources import PageTokens
from identity import Resolver, TouchFacts, resolve
from sqlalchemy import select
from sqlmodel import col

from services.contact import events
from services.contact.domain.consent import Question
from services.contact.models import Contact, ContactChange, IdentityLink
from services.contact.usecases import consents
from tests.contact.lives import ANYBODY, Life, Town

SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else list(range(1, 1001))
TOGETHER = 100
EVERYTHING = Paging(1000, None, PageTokens("consents", ""))


class DoneError(Exception):
    """Ends a transaction, and takes everything back that it wrote."""


@pytest.fixture
async def database(make_database: Callable[..., Settings]) -> AsyncIterator[Database]:
    database = Database(make_database("contact"), encode=events.encode)
    await database.open()
    yield database
    await database.close()


@pytest.mark.timeout(1200)
async def test_any_life_equals_a_fold_from_scratch(database: Database) -> None:
    for first in range(0, len(SEEDS), TOGETHER):
        with contextlib.suppress(DoneError):
            async with database.transaction(patience=600) as tx:
                town = Town(tx, SEEDS[first : first + TOGETHER])
                await town.live()
                await compare(tx, town)
                raise DoneError


async def compare(tx: Tx, town: Town) -> None:
    """Everything that the service says against everything that the oracles say."""
    ids = [contact for life in town.lives for contact in life.ids.values()]
    await tx.flush()
    tx.session.expunge_all()
    found = {each.id: each for each in await tx.scalars(select(Contact))}
    assert found.keys() == set(ids), "nobody is there whom the oracle does not know"
    links = [link.link() for link in await tx.scalars(select(IdentityLink))]
    town.lives[0].draw.shuffle(links)
    people = resolve([*links, *links])  # in any order, each of them twice
    changes = list(
        await tx.scalars(select(ContactChange).where(col(ContactChange.standing).in_(["SET_ASIDE", "PLACED"])))
    )
    for life in town.lives:
        compare_records(life, found, people)
        compare_touches(life, people)
        compare_aside(life, changes)
    await compare_consents(tx, town)


def about(life: Life) -> str:
    return f"seed {life.seed}: {life.oracle.done}"


def compare_records(life: Life, found: dict[UUID, Contact], people: Resolver) -> None:
    values, _ = life.oracle.fold()
    merged, erased = life.oracle.above(), life.oracle.erased()
    for who, known in life.ids.items():
        contact = found[known]
        assert contact.values() == values[who], f"{who} in {about(life)}"
        into = life.names[contact.merged_into] if contact.merged_into else None
        assert into == merged.get(who), f"{who} in {about(life)}"
        if not into:
            subjects = {life.known(subject).subject for subject in life.subjects_of(who)}
            assert people.subjects(known) & life.subjects() == subjects, f"{who} in {about(life)}"
        assert (contact.state == "ERASED") == (who in erased), f"{who} in {about(life)}"


def compare_touches(life: Life, people: Resolver) -> None:
    for touch in filter(None, map(life.oracle.kept, life.touches)):
        facts = TouchFacts(
            life.known(touch.subject).subject, life.at(touch.at), life.ids.get(touch.contact),
            life.touch_name(touch.number),
        )  # fmt: skip
        owners = {life.names[each] for each in people.owner_of(facts).contacts}
        assert owners == life.oracle.owners(touch), f"{touch} in {about(life)}"


def compare_aside(life: Life, changes: Sequence[ContactChange]) -> None:
    _, aside = life.oracle.fold()
    expected = sorted(plain(life.oracle.done[each].told) for each in aside)
    assert sorted(plain(each.told) for each in changes if each.contact_id in life.names) == expected, about(life)


async def compare_consents(tx: Tx, town: Town) -> None:
    """What each address allows, and that everybody has what was said under her own addresses."""
    asked = [(life, subject, said) for life in town.lives for subject, said in life.oracle.said().items()]
    question = Question("MARKETING", "EMAIL", "", town.tick())
    queries = [consents.Query(question, life.known(subject).subject) for life, subject, _ in asked]
    answers = await consents.check_consent(tx, queries, viewer=ANYBODY, now=town.now)
    for (life, subject, said), (_, answer) in zip(asked, answers, strict=True):
        is_allowed = said[-1] == "GRANTED" and subject not in life.oracle.stopped()
        assert answer.is_allowed == is_allowed, f"{subject} in {about(life)}"
    for life in {life.seed: life for life, _, _ in asked}.values():
        said = life.oracle.said()
        for who in life.anybody():
            events, _, _ = await consents.list_consent_events(tx, life.ids[who], EVERYTHING, viewer=ANYBODY)
            expected = [each for subject in life.subjects_of(who) for each in said.get(subject, [])]
            assert sorted(each.status for each in events) == sorted(expected), f"{who} in {about(life)}"


def plain(told: dict[str, Any]) -> str:
    """What was told, the same text for the same; nothing is nothing, however it is written."""
    return str(sorted((name, value or None) for name, value in told.items()))
