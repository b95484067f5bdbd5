"""A ledger that went back to an earlier moment sends nothing before it is compared; then nobody gets a mail twice."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.campaign.domain.restoring import Outcome
from services.campaign.domain.sends import Planned, SendState, after_refusal
from services.campaign.gateways.outcomes import OutcomesBehindError
from services.campaign.store import sends
from services.campaign.usecases.restoring import compare_restored
from tests.campaign.sending.ledgers import Ledger, all_as, people

S = SendState


class Touches:
    """What interaction knows; `is_behind` while it has not written everything."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes, self.is_behind, self.asked = list(outcomes), False, list[bytes]()

    async def of(self, campaign: UUID, activity: UUID, subjects: Sequence[bytes]) -> list[Outcome]:
        if self.is_behind:
            raise OutcomesBehindError
        self.asked += subjects
        return [outcome for outcome in self.outcomes if outcome.subject in subjects]


async def go_back(ledger: Ledger) -> None:
    """What a restore does that matters here: PostgreSQL is on another timeline from now on."""
    async with ledger.database.transaction() as tx:
        await tx.execute(text("SELECT outbox_current_epoch()"))
        await tx.execute(text("UPDATE outbox_epoch SET timeline = 'elsewhere'"))


async def planned(ledger: Ledger, crowd: Sequence[Planned]) -> None:
    """An activity in mid-launch, everybody planned."""
    await ledger.open()
    await ledger.plan(crowd)
    async with ledger.database.transaction() as tx:
        await sends.end_planning(tx, ledger.activity)


def told(ledger: Ledger, person: Planned, state: SendState, *, contact: UUID | None = None) -> Outcome:
    return Outcome(person.subject, contact or person.contact, uuid4(), state, "", ledger.clock.now())


async def lines(ledger: Ledger) -> dict[UUID, tuple[str, str, UUID | None]]:
    query = text("SELECT contact_id, state, reason, message FROM send WHERE activity_id = :activity")
    async with ledger.database.transaction() as tx:
        return {row[0]: tuple(row[1:]) for row in await tx.execute(query, {"activity": ledger.activity})}


async def ready(ledger: Ledger) -> list[UUID]:
    async with ledger.database.transaction() as tx:
        return [activity for activity, _ in await sends.ready(tx, ledger.clock.now())]


async def test_nothing_is_claimed_or_begun_of_what_is_older_than_a_restore(ledger: Ledger) -> None:
    await planned(ledger, people(3))
    batch = await ledger.claim(1)
    assert batch is not None
    assert await ready(ledger) == [ledger.activity]
    await go_back(ledger)
    assert await ready(ledger) == []
    assert await ledger.claim(2) is None
    assert not await ledger.begin(batch), "what was claimed before has not left yet, and must not"


async def test_what_touches_tell_is_so_and_whatever_else_was_due_is_unknown(ledger: Ledger) -> None:
    handed, delivered, refused, denied, silent, later = crowd = people(6)
    await planned(ledger, [later])
    batch = await ledger.claim(1)
    assert batch is not None
    await ledger.settle(batch, [after_refusal(batch.sends[0], ledger.clock.now())])
    await ledger.plan(crowd[:-1])
    await go_back(ledger)
    touches = Touches(
        told(ledger, handed, S.HANDED_OVER),
        told(ledger, delivered, S.HANDED_OVER),
        told(ledger, delivered, S.DELIVERED),
        told(ledger, refused, S.FAILED),
        told(ledger, denied, S.SUPPRESSED),
        told(ledger, silent, S.SUPPRESSED, contact=uuid4()),  # another record of her address
    )
    assert await compare_restored(ledger.database, touches, ledger.clock) == 0
    found = await lines(ledger)
    assert found[handed.contact] == ("HANDED_OVER", "", touches.outcomes[0].message)
    assert found[delivered.contact] == ("DELIVERED", "", touches.outcomes[2].message)
    assert [found[one.contact][0] for one in (refused, denied)] == ["FAILED", "SUPPRESSED"]
    assert found[silent.contact][:2] == ("UNKNOWN", "RESTORED")
    assert found[silent.contact][2] is not None, "a report can name it"
    assert found[later.contact][:2] == ("PLANNED", "RETRY"), "it was not due yet, so it cannot have left"
    await ledger.check_sum(6)
    ledger.clock.advance(timedelta(hours=1))
    again = await ledger.claim(10)
    assert again is not None
    assert [send.contact for send in again.sends] == [later.contact]


async def test_a_line_that_was_in_a_senders_hands_is_unknown_under_the_message_that_it_had(ledger: Ledger) -> None:
    (person,) = crowd = people(1)
    await planned(ledger, crowd)
    batch = await ledger.claim(1)
    assert batch is not None
    await go_back(ledger)
    await compare_restored(ledger.database, Touches(), ledger.clock)
    assert (await lines(ledger))[person.contact] == ("UNKNOWN", "RESTORED", batch.sends[0].message)
    ledger.clock.advance(timedelta(minutes=5))
    await ledger.expire()
    assert (await lines(ledger))[person.contact][0] == "UNKNOWN"


async def test_it_waits_until_interaction_has_written_everything_and_everybody_is_planned(ledger: Ledger) -> None:
    crowd = people(2)
    await ledger.open()
    await ledger.plan(crowd)
    await go_back(ledger)
    touches = Touches()
    assert await compare_restored(ledger.database, touches, ledger.clock) == 1
    assert touches.asked == [], "who is not planned yet may have been mailed too"
    async with ledger.database.transaction() as tx:
        await sends.end_planning(tx, ledger.activity)
    touches.is_behind = True
    with pytest.raises(OutcomesBehindError):
        await compare_restored(ledger.database, touches, ledger.clock)
    assert await ledger.claim(2) is None
    touches.is_behind = False
    assert await compare_restored(ledger.database, touches, ledger.clock) == 0
    assert await ledger.states() == {"UNKNOWN": 2}


async def test_an_activity_of_before_that_is_launched_after_a_restore_is_compared_too(ledger: Ledger) -> None:
    """In the meantime that is lost it may have been launched, and mailed."""
    rows = (
        "INSERT INTO campaign (id, display_name, description, brand, state, owner, create_time, update_time, revision)"
        " VALUES (:campaign, 'Spring', '', '', 'DRAFT', '', :now, :now, 1)",
        "INSERT INTO activity (id, campaign_id, display_name, include_segments, exclude_segments, subscription_topic,"
        " purpose, subject_template, html_template, text_template, rate_per_second, untracked, version, links,"
        " occurrence, planning, members_read, people_planned, obstacle, create_time, update_time, revision)"
        " VALUES (:activity, :campaign, 'Mail', '{}', '{}', '', 'MARKETING', '', '', '', 0, false, 1, '{}', 1, 'NONE',"
        " 0, 0, '', :now, :now, 1)",
    )
    told_to = {"campaign": ledger.campaign, "activity": ledger.activity, "now": ledger.clock.now()}
    async with ledger.database.transaction() as tx:
        for row in rows:
            await tx.execute(text(row), told_to)
    await go_back(ledger)
    crowd = people(2)
    await planned(ledger, crowd)
    assert await ledger.claim(2) is None
    assert await compare_restored(ledger.database, Touches(told(ledger, crowd[0], S.HANDED_OVER)), ledger.clock) == 0
    assert await ledger.states() == {"HANDED_OVER": 1, "UNKNOWN": 1}


async def test_what_is_made_after_a_restore_is_sent_at_once_and_what_ended_before_stays(ledger: Ledger) -> None:
    await planned(ledger, people(2))
    batch = await ledger.claim(1)
    assert batch is not None
    await ledger.settle(batch, all_as(batch, S.HANDED_OVER))
    await go_back(ledger)
    before = ledger.activity
    await compare_restored(ledger.database, Touches(), ledger.clock)
    assert await ledger.states() == {"HANDED_OVER": 1, "UNKNOWN": 1}
    ledger.activity = uuid4()
    await planned(ledger, people(1))
    assert await ready(ledger) == [ledger.activity]
    assert before != ledger.activity
