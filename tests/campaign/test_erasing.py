"""Nobody writes to an erased person: what waited is cancelled, the ledger keeps what was done and not to whom."""

from datetime import UTC, datetime
from uuid import uuid4

from chassis.bus import Record
from erasing import STREAM
from touchline.contact.v1 import contact_events_pb2 as events

from services.campaign.domain.sends import SendState
from services.campaign.events.erasures import on_contact_erased
from services.campaign.store.erasing import sweep
from services.campaign.store.sends import of_message, resolve
from tests.campaign.sending.ledgers import all_as, opened, people
from tests.residue import holding


def erased(contact):
    said = events.ContactErased(erasure=f"erasures/{uuid4()}", contact=f"contacts/{contact}")
    said.erase_time.FromDatetime(datetime.now(UTC))
    said.contacts.add(contact=f"contacts/{contact}", revision=7)
    value = events.ContactEvent(contact_erased=said).SerializeToString()
    return Record(STREAM, 0, 1, b"", value, [("ce_sequence", b"1.1")])


async def test_what_waits_is_cancelled_and_what_was_sent_stays_without_her(make_database):
    async with opened(make_database) as ledger:
        await ledger.open()
        crowd = people(3)
        her = crowd[0]
        await ledger.plan(crowd)
        async with ledger.database.transaction() as tx:
            await on_contact_erased(tx, erased(her.contact))
        assert await ledger.states() == {"PLANNED": 2, "CANCELLED": 1}
        await ledger.check_sum(3)
        async with ledger.database.connection() as conn:
            assert await holding(conn, [her.address]) == {}


async def test_a_mail_on_its_way_is_waited_for_and_what_the_server_said_of_it_goes_too(make_database):
    async with opened(make_database) as ledger:
        await ledger.open()
        (her,) = people(1)
        await ledger.plan([her])
        batch = await ledger.claim(1)
        async with ledger.database.transaction() as tx:
            await on_contact_erased(tx, erased(her.contact))
        async with ledger.database.connection() as conn:
            assert not await sweep(conn, [her.contact], [])
            await ledger.begin(batch)
            said = all_as(batch, SendState.UNKNOWN, mail=b"of hers", reply_text=f"<{her.address}> is away")
            await ledger.settle(batch, said)
            assert (await holding(conn, [her.address])).keys() == {"public.send"}
            assert await sweep(conn, [her.contact], [])
            assert await holding(conn, [her.address]) == {}
            assert await kept(conn) == 0, "of whom is erased nothing is kept any more"
        assert await ledger.states() == {"UNKNOWN": 1}


async def test_a_mail_as_it_was_sent_goes_with_its_reader_or_when_it_is_sent_again(make_database):
    async with opened(make_database) as ledger:
        await ledger.open()
        await ledger.plan(people(3))
        batch = await ledger.claim(3)
        said = [*all_as(batch, SendState.UNKNOWN, mail=b"as sent")[:2], *all_as(batch, SendState.FAILED)[2:]]
        for _ in range(2):  # the first answer was lost
            await ledger.settle(batch, said)
        async with ledger.database.connection() as conn:
            assert await kept(conn) == 2
            async with ledger.database.transaction() as tx:
                await on_contact_erased(tx, erased(said[0].contact))
            assert await kept(conn) == 1
            async with ledger.database.transaction() as tx:
                line = await of_message(tx, said[1].message)
                await resolve(tx, line, SendState.PLANNED, now=ledger.clock.now())
            assert await kept(conn) == 0


async def kept(conn):
    """How many mails are kept as they were sent."""
    return (await (await conn.execute("SELECT count(*) FROM sent_mail")).fetchone())[0]
