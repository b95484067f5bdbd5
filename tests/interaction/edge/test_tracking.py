"""Who takes back her consent to be measured is silent from then on, also in mails that were sent before."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from chassis.streams import catalogue
from hypothesis import given
from hypothesis import strategies as st
from touchline.contact.v1 import contact_events_pb2 as theirs
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_events_pb2 import ConsentRequest

from services.interaction.domain.tracking import Said, silenced_since
from services.interaction.gateways import INTAKE
from services.interaction.http import minting
from services.interaction.http.callers import Caller
from services.interaction.http.minting import Seen
from services.interaction.usecases import microseconds
from tests.interaction.edge.ground import token
from tests.interaction.world import World

MADE = datetime.now(UTC) - timedelta(hours=2)
STATUS = contact_pb2.ConsentEvent
PARTITIONS = catalogue()[INTAKE].partitions


def message(number: int) -> UUID:
    """A UUIDv7 of the moment MADE."""
    return UUID(int=(int(MADE.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62) | number)


def seen(kind: str, number: int, at: datetime, **fields: Any) -> Seen:
    whole = token(kind, message=message(number), contact=str(uuid4()), **fields)
    return Seen(whole, Caller("192.0.2.1", "Mail/1", {"method": "GET"}), b"12345678", microseconds(at))


async def happens(world: World, what: Any, one: Seen, *more: Any) -> None:
    ticket = world.intake.offer([what(one, *more, PARTITIONS)])
    await ticket.future
    await world.settled()


async def kinds(world: World) -> list[str]:
    """What was written, oldest first."""
    async with world.database.connection() as conn:
        rows = await (await conn.execute("SELECT type FROM touch ORDER BY occurred_time")).fetchall()
    return [row[0] for row in rows]


async def decides(world: World, subject: bytes, status: int, at: datetime, **fields: Any) -> None:
    """The contact service says what an address said."""
    said = theirs.ConsentChanged(
        consent_event=f"consentEvents/{uuid4()}",
        subject=subject,
        purpose=fields.pop("purpose", contact_pb2.PURPOSE_TRACKING),
        status=status,  # type: ignore[arg-type]
        **fields,
    )
    said.capture_time.FromDatetime(at)
    world.say(consent_changed=said)
    await world.settled()


async def test_an_open_of_the_edge_is_a_touch_on_the_timeline(world: World):
    one = seen("click", 1, MADE + timedelta(minutes=5))
    world.contact(UUID(one.token.contact))
    await happens(world, minting.clicked, one)
    (thread,) = await world.timeline(f"contacts/{one.token.contact}")
    (touch,) = thread.touches
    assert (touch.type, touch.title) == ("email.clicked", "Clicked kiln.example/spring")
    assert (touch.source, touch.utm.source, touch.detail) == ("sources/edge", "mail", one.token.url)


async def test_a_withdrawal_silences_what_comes_after_and_nothing_else(world: World):
    subject, then = b"s" * 16, MADE + timedelta(hours=1)
    await happens(world, minting.opened, seen("open", 1, then - timedelta(minutes=1), subject=subject))
    await decides(world, subject, STATUS.STATUS_WITHDRAWN, then)
    await happens(world, minting.opened, seen("open", 1, then + timedelta(minutes=1), subject=subject))
    await happens(world, minting.clicked, seen("click", 2, then + timedelta(minutes=2), subject=subject))
    await happens(world, minting.clicked, seen("click", 5, then - timedelta(seconds=9), subject=subject))
    await happens(world, minting.opened, seen("open", 3, then + timedelta(minutes=3), subject=b"o" * 16))
    leaving = seen("unsubscribe", 4, then + timedelta(minutes=4), subject=subject)
    request = minting.consent_request(leaving, purpose="MARKETING", topic="newsletter", wish=1, origin=1)
    await happens(world, minting.asked, leaving, request)
    assert await kinds(world) == ["email.opened", "email.clicked", "email.opened", "email.unsubscribed"]
    async with world.database.connection() as conn:
        for table in ("touch_raw", "touch_count"):
            rows = await (await conn.execute(f"SELECT count(*) FROM {table}")).fetchall()
            assert rows[0][0] == 4, f"{table} knows nothing of what was silenced"


async def test_who_allows_it_again_is_heard_again(world: World):
    subject, then = b"s" * 16, MADE + timedelta(minutes=10)
    await decides(world, subject, STATUS.STATUS_GRANTED, then + timedelta(minutes=10))
    await decides(world, subject, STATUS.STATUS_WITHDRAWN, then)
    await happens(world, minting.opened, seen("open", 1, then + timedelta(minutes=20), subject=subject))
    assert await kinds(world) == ["email.opened"], "the later word stands, whichever came first"


@pytest.mark.parametrize("fields", [{"purpose": contact_pb2.PURPOSE_MARKETING}, {"channel": contact_pb2.CHANNEL_SMS}])
async def test_another_purpose_or_channel_silences_nothing(world: World, fields: dict[str, Any]):
    subject = b"s" * 16
    await decides(world, subject, STATUS.STATUS_WITHDRAWN, MADE, **fields)
    await happens(world, minting.opened, seen("open", 1, MADE + timedelta(minutes=1), subject=subject))
    assert await kinds(world) == ["email.opened"]


async def test_other_sources_are_not_silenced(world: World):
    subject = world.subjects.of("email", "ada@kiln.example")
    await decides(world, subject, STATUS.STATUS_WITHDRAWN, MADE - timedelta(days=1))
    from tests.interaction.world import touch

    await world.accept(touch("1"))
    assert await kinds(world) == ["email.opened"]


async def test_preferences_are_touches_with_words(world: World):
    one = seen("unsubscribe", 1, MADE + timedelta(minutes=1))
    world.contact(UUID(one.token.contact))
    ways = ((ConsentRequest.WISH_WITHDRAW, "consent.withdrawn"), (ConsentRequest.WISH_GRANT, "consent.given"))
    for wish, _ in ways:
        origin = ConsentRequest.ORIGIN_PREFERENCES
        request = minting.consent_request(one, purpose="TRACKING", topic="", wish=wish, origin=origin)
        await happens(world, minting.asked, one, request)
    (thread,) = await world.timeline(f"contacts/{one.token.contact}")
    assert {touch.type for touch in thread.touches} == {kind for _, kind in ways}
    assert {touch.title for touch in thread.touches} == {
        "Withdrew consent: all tracking",
        "Gave consent: all tracking",
    }
    assert all(touch.channel == pb.CHANNEL_CONSENT for touch in thread.touches)


words = st.builds(Said, st.sampled_from(["", "EMAIL"]), st.sampled_from(["", "a"]), st.booleans(), st.integers(0, 9))


@given(st.lists(words, max_size=5, unique_by=lambda one: (one.channel, one.topic)))
def test_silence_begins_with_a_refusal_and_a_wider_grant_does_not_end_it(said: list[Said]):
    since = silenced_since(said)
    refusals = {one.time_us for one in said if one.is_refused}
    assert since is None or since in refusals
    assert (since is None) <= (not refusals or any(not one.is_refused for one in said))
    assert silenced_since([one for one in said if one.is_refused]) == min(refusals, default=None)
