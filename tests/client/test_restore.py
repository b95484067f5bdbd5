"""What `touchline restore finish` lets go of in each service: whom contact told of and does not know any more."""

import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest
from chassis.config import Settings

from services.campaign.store import retiring as of_campaign
from services.interaction.store import retiring as of_interaction
from services.segmentation.store import retiring as of_segmentation

HERE, GONE, ERASED = (uuid.UUID(int=number) for number in (1, 2, 3))
BEFORE, NOW = 100, 200  # epochs
PERSON = """INSERT INTO person (id, survivor_id, direct_id, given_name, family_name, display_name, title, owner, team,
    stage, email, language, time_zone, country, attributes, tags, is_active, epoch, revision, read_time)
VALUES (%(id)s, %(id)s, %(id)s, '', '', '', '', '', '', '', 'a@kiln.example', '', '', '',
    '{}', '{}', true, 0, 0, now())"""


@pytest.fixture
async def connect(make_database: Callable[..., Settings]) -> AsyncIterator[Callable[[str], Any]]:
    opened = []

    async def to(service: str) -> Any:
        dsn = make_database(service).for_role(service).database_dsn()
        opened.append(await psycopg.AsyncConnection.connect(dsn, autocommit=True))
        return opened[-1]

    yield to
    for connection in opened:
        await connection.close()


async def rows(conn: Any, query: str) -> list[Any]:
    return await (await conn.execute(query)).fetchall()


async def test_campaign_writes_no_more_to_whom_the_snapshot_did_not_name(connect: Callable[[str], Any]) -> None:
    conn = await connect("campaign")
    for one in (HERE, GONE):
        await conn.execute(PERSON, {"id": one})
    await of_campaign.doubt(conn)
    await conn.execute("UPDATE person SET read_time = now() WHERE id = %s", [HERE])
    assert await of_campaign.retire(conn, NOW) == 1
    found = await rows(conn, "SELECT id, is_active, email FROM person ORDER BY id")
    assert found == [(HERE, True, "a@kiln.example"), (GONE, False, "")]


async def test_interaction_forgets_them_and_keeps_who_was_erased(connect: Callable[[str], Any]) -> None:
    conn = await connect("interaction")
    for one, state, epoch in ((HERE, 1, NOW), (GONE, 1, BEFORE), (ERASED, 4, BEFORE)):
        await conn.execute(
            "INSERT INTO contact (contact_id, display_name, owner, team, state, epoch, revision)"
            " VALUES (%s, '', '', '', %s, %s, 1)",
            [one, state, epoch],
        )
    await of_interaction.doubt(conn)
    assert await of_interaction.retire(conn, NOW) == 1
    assert await rows(conn, "SELECT contact_id FROM contact ORDER BY 1") == [(HERE,), (ERASED,)]


async def test_segmentation_takes_them_out_of_every_segment(connect: Callable[[str], Any]) -> None:
    conn = await connect("segmentation")
    for one, state, epoch in ((HERE, "ACTIVE", NOW), (GONE, "ACTIVE", BEFORE), (ERASED, "ERASED", BEFORE)):
        await conn.execute(
            "INSERT INTO person (contact_id, person_id, state, display_name, attributes, epoch, revision)"
            " VALUES (%s, %s, %s, '', '{\"plan\": 1}', %s, 1)",
            [one, one, state, epoch],
        )
    await of_segmentation.doubt(conn)
    await of_segmentation.retire(conn, NOW)
    found = await rows(conn, "SELECT contact_id, state, attributes FROM person ORDER BY 1")
    assert [row[1] for row in found] == ["ACTIVE", "DELETED", "ERASED"]
    assert found[1][2] == {}
    assert await rows(conn, "SELECT contact_id, concern FROM change") == [(GONE, "contact")]
