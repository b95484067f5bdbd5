"""What is older than campaign keeps it goes at night: addresses of the ledger, brakes, letters; a hold spares hers."""

from datetime import UTC, datetime, timedelta

from chassis.clock import FixedClock
from chassis.keeping import Keeping
from chassis.retention import schedule

from services.campaign.domain.sends import SendState
from services.campaign.store.keeping import RULES
from tests.campaign.sending.ledgers import START, all_as, opened, people
from tests.residue import holding

HOLD = """INSERT INTO person (id, survivor_id, direct_id, given_name, family_name, display_name, title, owner, team,
stage, email, language, time_zone, country, attributes, tags, is_active, is_held, epoch, revision, read_time)
VALUES (%(id)s, %(id)s, %(id)s, '', '', '', '', '', '', '', '', '', '', '', '{}', '{}', true, true, 0, 0, now())"""
BRAKE = """INSERT INTO brake (id, target, target_id, reason, expire_time, creator, create_time, releaser, revision)
VALUES (gen_random_uuid(), 'CONTACT', %s, 'she asked for rest', now(), '', now(), '', 1)"""


async def test_addresses_and_brakes_go_when_they_are_old_and_what_waits_or_is_held_stays(make_database):
    async with opened(make_database) as ledger:
        await ledger.open()
        gone, held, waiting = people(3)
        await ledger.plan([gone, held])
        batch = await ledger.claim(2)
        await ledger.begin(batch)
        await ledger.settle(batch, all_as(batch, SendState.FAILED, reply_code=550, reply_text="unknown"))
        await ledger.plan([waiting])
        async with ledger.database.connection() as conn:
            await conn.execute(HOLD, {"id": held.contact})
            for person in (gone, held):
                await conn.execute(BRAKE, (person.contact,))
            await conn.execute("INSERT INTO touch_refused_outbox (reason, touch, traceparent) VALUES ('X', '', '')")
            for night, seen in ((START + timedelta(days=399), 1), (datetime.now(UTC) + timedelta(days=402), 0)):
                await Keeping(ledger.database, "campaign", RULES, FixedClock(night)).keep()
                assert len(await holding(conn, [gone.address])) == seen
            for other in (held, waiting):
                assert (await holding(conn, [other.address])).keys() == {"public.send"}
            found = await (await conn.execute("SELECT target_id FROM brake")).fetchall()
            assert found == [(held.contact,)]
            assert await (await conn.execute("SELECT * FROM touch_refused_outbox")).fetchall() == []
        assert await ledger.states() == {"FAILED": 2, "PLANNED": 1}
    assert {rule.table for rule in RULES} == {name for name, store in schedule("campaign").items() if store.days} - {
        "request_id"
    }
