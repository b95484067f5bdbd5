"""The ledger on real PostgreSQL: who is planned, claimed, settled, put back, and that the sum is right throughout."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from services.campaign.domain.sends import Planned, Reason, SendState
from services.campaign.store import sends
from tests.campaign.sending.ledgers import LEASE, Ledger, all_as, people


async def test_planning_somebody_again_changes_nothing(ledger: Ledger) -> None:
    await ledger.open()
    crowd = people(20)
    assert len(await ledger.plan(crowd)) == 20
    assert await ledger.plan(crowd) == []
    await ledger.check_sum(20)


async def test_of_two_records_with_one_address_the_second_is_suppressed(ledger: Ledger) -> None:
    await ledger.open()
    first, *others = people(4)
    twin = Planned(contact=uuid4(), subject=first.subject, address=first.address)
    await ledger.plan([first, *others])
    late = await ledger.plan([twin])
    assert [each.reason for each in late] == [Reason.SAME_ADDRESS]
    pair = [Planned(contact=uuid4(), subject=b"p" * 16, address="pair@example.org") for _ in range(2)]
    assert sorted(each.reason for each in await ledger.plan(pair)) == ["", Reason.SAME_ADDRESS]
    await ledger.check_sum(7)


async def test_who_comes_with_a_reason_is_suppressed_and_holds_no_address(ledger: Ledger) -> None:
    await ledger.open()
    (somebody,) = people(1)
    refused = Planned(contact=uuid4(), subject=somebody.subject, address=somebody.address, reason="WITHDRAWN")
    await ledger.plan([refused])
    assert [each.reason for each in await ledger.plan([somebody])] == [""]
    assert await ledger.states() == {"SUPPRESSED": 1, "PLANNED": 1}


async def test_nobody_without_an_address_stands_in_anothers_way(ledger: Ledger) -> None:
    await ledger.open()
    nobodies = [Planned(contact=uuid4(), reason=Reason.NO_ADDRESS) for _ in range(3)]
    assert [each.reason for each in await ledger.plan(nobodies)] == [Reason.NO_ADDRESS] * 3


async def test_two_senders_never_take_the_same_send(ledger: Ledger) -> None:
    await ledger.open()
    await ledger.plan(people(60))
    batches = await asyncio.gather(*(ledger.claim(10, owner=f"sender {place}") for place in range(8)))
    taken = [send.contact for batch in batches if batch is not None for send in batch.sends]
    assert len(taken) == len(set(taken)) == 60


async def test_a_lease_that_ends_before_data_gives_the_sends_back(ledger: Ledger) -> None:
    await ledger.open()
    await ledger.plan(people(5))
    batch = await ledger.claim(5)
    assert batch is not None
    ledger.clock.advance(LEASE + timedelta(seconds=1))
    await ledger.expire()
    assert await ledger.states() == {"PLANNED": 5}
    assert not await ledger.begin(batch), "whoever lost the lease may send nothing any more"


async def test_a_lease_that_ends_after_data_leaves_them_unknown(ledger: Ledger) -> None:
    await ledger.open()
    await ledger.plan(people(5))
    batch = await ledger.claim(5)
    assert batch is not None
    assert await ledger.begin(batch)
    ledger.clock.advance(LEASE + timedelta(seconds=1))
    await ledger.expire()
    assert await ledger.states() == {"UNKNOWN": 5}
    assert await ledger.claim(5) is None


async def test_a_late_answer_settles_what_had_become_unknown(ledger: Ledger) -> None:
    await ledger.open()
    await ledger.plan(people(3))
    batch = await ledger.claim(3)
    assert batch is not None
    await ledger.begin(batch)
    ledger.clock.advance(LEASE + timedelta(seconds=1))
    await ledger.expire()
    moved = await ledger.settle(batch, all_as(batch, SendState.HANDED_OVER))
    assert set(moved.values()) == {SendState.HANDED_OVER}
    await ledger.check_sum(3)


async def test_a_late_answer_of_a_past_attempt_touches_nothing(ledger: Ledger) -> None:
    await ledger.open()
    await ledger.plan(people(3))
    first = await ledger.claim(3)
    assert first is not None
    ledger.clock.advance(LEASE + timedelta(seconds=1))
    await ledger.expire()
    second = await ledger.claim(3, owner="two")
    assert second is not None
    assert await ledger.settle(first, all_as(first, SendState.FAILED, reason="RENDER_FAILED")) == {}
    assert await ledger.states() == {"CLAIMED": 3}


async def test_a_pause_stops_claims_and_keeps_data_from_leaving(ledger: Ledger) -> None:
    await ledger.open()
    await ledger.plan(people(6))
    batch = await ledger.claim(3)
    assert batch is not None
    async with ledger.database.transaction() as tx:
        await sends.pause(tx, ledger.campaign)
    assert await ledger.claim(3, owner="two") is None
    assert not await ledger.begin(batch)
    async with ledger.database.transaction() as tx:
        await sends.resume(tx, ledger.campaign, now=ledger.clock.now())
    assert await ledger.begin(batch)


async def test_what_comes_back_to_a_cancelled_campaign_is_cancelled(ledger: Ledger) -> None:
    await ledger.open()
    await ledger.plan(people(9))
    sent, given_up, lost = [await ledger.claim(2, owner=name) for name in ("one", "two", "three")]
    assert sent is not None
    assert given_up is not None
    assert lost is not None
    await ledger.begin(sent)
    async with ledger.database.transaction() as tx:
        await sends.cancel(tx, ledger.campaign)
        assert len(await sends.cancel_waiting(tx, ledger.activity, 100, now=ledger.clock.now())) == 3
    await ledger.settle(sent, all_as(sent, SendState.HANDED_OVER))
    await ledger.settle(given_up, all_as(given_up, SendState.PLANNED, due_time=ledger.clock.now(), attempts=1))
    ledger.clock.advance(LEASE + timedelta(seconds=1))
    await ledger.expire()
    async with ledger.database.transaction() as tx:
        assert await sends.still_waiting(tx) == ledger.activity
        assert len(await sends.cancel_waiting(tx, ledger.activity, 100, now=ledger.clock.now())) == 4
        assert await sends.still_waiting(tx) is None
    assert await ledger.states() == {"HANDED_OVER": 2, "CANCELLED": 7}
    assert await ledger.plan(people(1)) == []
    await ledger.check_sum(9)


async def test_a_throttled_activity_gives_its_rate_and_no_more(ledger: Ledger) -> None:
    await ledger.open(rate=50)
    await ledger.plan(people(400))
    taken = 0
    for _ in range(40):
        while (batch := await ledger.claim(200)) is not None:
            taken += len(batch.sends)
        ledger.clock.advance(timedelta(milliseconds=100))
    assert 200 <= taken <= 200 + 50 + 10, "four seconds' worth, and at most a second's that had not been used"


async def test_what_is_held_is_claimed_when_it_is_released_or_due(ledger: Ledger) -> None:
    await ledger.open()
    await ledger.plan(people(4))
    batch = await ledger.claim(4)
    assert batch is not None
    until = ledger.clock.now() + timedelta(days=2)
    await ledger.settle(batch, all_as(batch, SendState.HELD, reason=Reason.BRAKE, due_time=until))
    assert await ledger.claim(4) is None
    async with ledger.database.transaction() as tx:
        who = [batch.sends[0].contact]
        assert await sends.release(tx, [Reason.BRAKE], now=ledger.clock.now(), contacts=who) == 1
    again = await ledger.claim(4)
    assert again is not None
    assert [(send.contact, send.was_held) for send in again.sends] == [(batch.sends[0].contact, Reason.BRAKE)]
    ledger.clock.set(until)
    late = await ledger.claim(4)
    assert late is not None
    assert len(late.sends) == 3


async def test_what_was_held_is_held_again_when_its_sender_is_lost(ledger: Ledger) -> None:
    await ledger.open()
    await ledger.plan(people(1))
    first = await ledger.claim(1)
    assert first is not None
    due = ledger.clock.now()
    await ledger.settle(first, all_as(first, SendState.HELD, reason=Reason.STALE, due_time=due))
    assert await ledger.claim(1, owner="two") is not None
    ledger.clock.advance(LEASE + timedelta(seconds=1))
    await ledger.expire()
    assert await ledger.states() == {"HELD": 1}
    again = await ledger.claim(1)
    assert again is not None
    assert again.sends[0].was_held == Reason.STALE, "so that nobody is told of it twice"


async def test_an_activity_is_done_when_everybody_has_an_end(ledger: Ledger) -> None:
    await ledger.open()
    await ledger.plan(people(2))
    batch = await ledger.claim(2)
    assert batch is not None
    await ledger.settle(batch, all_as(batch, SendState.HANDED_OVER))
    async with ledger.database.transaction() as tx:
        assert await sends.finish(tx) == [], "more may be planned"
        await sends.end_planning(tx, ledger.activity)
        assert await sends.finish(tx) == [(ledger.activity, ledger.campaign)]


async def test_the_rate_is_what_was_handed_over_in_the_last_half_minute(ledger: Ledger) -> None:
    await ledger.open()
    await ledger.plan(people(90))
    batch = await ledger.claim(60)
    assert batch is not None
    ledger.clock.advance(timedelta(minutes=1))
    await ledger.settle(batch, all_as(batch, SendState.HANDED_OVER))
    async with ledger.database.transaction() as tx:
        counts = (await sends.counts(tx, [ledger.activity], now=ledger.clock.now()))[ledger.activity]
    assert counts.rate_per_second == 2.0
    assert counts.remaining == timedelta(seconds=15)


async def test_the_rate_of_what_began_a_moment_ago_is_that_of_this_moment(ledger: Ledger) -> None:
    await ledger.open()
    await ledger.plan(people(90))
    batch = await ledger.claim(60)
    assert batch is not None
    ledger.clock.advance(timedelta(seconds=5))
    await ledger.settle(batch, all_as(batch, SendState.HANDED_OVER))
    async with ledger.database.transaction() as tx:
        counts = (await sends.counts(tx, [ledger.activity], now=ledger.clock.now()))[ledger.activity]
    assert counts.rate_per_second == 12.0


async def test_the_rate_begins_anew_where_a_pause_ends(ledger: Ledger) -> None:
    await ledger.open()
    await ledger.plan(people(90))
    for pause, size in ((0, 60), (10, 6)):
        ledger.clock.advance(timedelta(seconds=pause))
        async with ledger.database.transaction() as tx:
            await sends.pause(tx, ledger.campaign)
            await sends.resume(tx, ledger.campaign, now=ledger.clock.now())
        batch = await ledger.claim(size)
        assert batch is not None
        ledger.clock.advance(timedelta(seconds=2))
        await ledger.settle(batch, all_as(batch, SendState.HANDED_OVER))
    async with ledger.database.transaction() as tx:
        counts = (await sends.counts(tx, [ledger.activity], now=ledger.clock.now()))[ledger.activity]
    assert counts.rate_per_second == 3.0
