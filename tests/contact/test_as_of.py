"""A contact as of a moment is what was read at that moment, whatever was done since."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.config import Settings
from chassis.db import Database
from chassis.errors import InvalidArgument, NotFound
from sqlalchemy import select
from sqlmodel import col
from touchline.contact.v1 import contact_pb2 as pb

from services.contact import events
from services.contact.models import Contact, ContactChange
from services.contact.usecases import asof, contacts
from tests.contact.lives import ANYBODY, Life, Row, Town
from tests.contact.people import create, email, get
from tests.contact.test_identity_property import DoneError
from tests.serving import Served

LIVES, STEPS, READS = 4, 10, 25


async def as_of(api: Any, contact: pb.Contact, moment: Any) -> pb.Contact:
    return await api.GetContact(pb.GetContactRequest(name=contact.name, read_time=moment))


class Watched(Life):
    """A life in which everybody is read after every step, deletions among them; nothing ends, nobody is erased."""

    def __init__(self, town: Town, seed: int) -> None:
        super().__init__(town, seed)
        self.steps = STEPS
        self.looks: list[tuple[datetime, dict[str, Any]]] = []

    async def hand_over(self) -> None:
        """An end is known for all times once it is known at all."""

    async def erase(self) -> None:
        """Of an erased person nothing is known of any time."""

    async def step(self) -> list[Row]:
        if self.draw.random() < 0.15:
            await self.vanish()
        else:
            await self.town.write(await super().step())
        await self.look()
        return []

    async def vanish(self) -> None:
        """Somebody is deleted and comes back, and is read in between."""
        who, told = self.draw.choice(self.oracle.roots()), {"etag": "", "viewer": ANYBODY}
        await contacts.delete_contact(self.tx, self.ids[who], now=self.town.tick(), **told)
        await self.look()
        await contacts.undelete_contact(self.tx, self.ids[who], now=self.town.tick(), **told)

    async def look(self) -> None:
        await self.tx.flush()
        self.looks.append((self.town.now, {who: await self.read(who, None) for who in self.ids}))

    async def read(self, who: str, at: datetime | None) -> Any:
        """What a contact says by itself, and what who asks for it is shown."""
        own = await self.tx.get(Contact, self.ids[who], populate_existing=True)
        assert own is not None
        if at is None:
            view = await contacts.get_contact(self.tx, own.id, viewer=ANYBODY, now=self.town.now)
        else:
            view = await asof.get_contact_at(self.tx, own.id, at, viewer=ANYBODY, now=self.town.now)
            own = await asof.contact_at(self.tx, own, at)
        held = sorted(each.value for each in view.identifiers)
        return own.values(), own.state, own.merged_into, own.delete_time, view.contact.id, held, set(view.merged)


@pytest.mark.parametrize("seed", range(1, LIVES + 1))
async def test_what_was_read_at_any_moment_of_a_life_is_read_as_of_that_moment(
    make_database: Callable[..., Settings], seed: int
) -> None:
    database = Database(make_database("contact"), encode=events.encode)
    await database.open()
    with contextlib.suppress(DoneError):
        async with database.transaction(patience=60) as tx:
            town = Town(tx, [seed], Watched)
            await town.live()
            (life,) = town.lives
            told = [(at, who, was) for at, seen in life.looks for who, was in seen.items()]
            for at, who, was in life.draw.sample(told, READS):
                assert await life.read(who, at) == was, f"{who} as of {at} in seed {seed}: {life.oracle.done}"
            raise DoneError
    await database.close()


async def test_a_contact_is_read_as_it_was_with_the_merge_that_stood_then(api: Any, bob: Any) -> None:
    ada = await create(api, "Ada", email("ada@kiln.example"), stage="lead", tags=["fair"])
    dup = await create(
        api, "A.", email("a@kiln.example"), title="CTO", attributes={"n": pb.AttributeValue(integer_value=1)}
    )
    merged = await api.MergeContacts(pb.MergeContactsRequest(name=ada.name, duplicate=dup.name))
    await api.UnmergeContact(pb.UnmergeContactRequest(name=dup.name))
    await api.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=ada.name, stage="customer")))
    first = await as_of(api, ada, dup.create_time)
    assert (first.stage, first.title, first.etag, len(first.identifiers)) == ("lead", "", "", 1)
    then = await as_of(api, dup, merged.update_time)
    assert (then.name, then.merged_into, then.title, then.attributes["n"].integer_value) == (
        ada.name,
        ada.name,
        "CTO",
        1,
    )
    assert list(then.merged_contacts) == [dup.name]
    assert sorted(each.value for each in then.identifiers) == ["a@kiln.example", "ada@kiln.example"]
    assert (await get(api, ada)).stage == "customer"
    masked = await as_of(bob, dup, merged.update_time)
    assert masked.masked
    assert "kiln" not in str(masked.identifiers)


async def test_there_is_nobody_before_the_beginning_and_nothing_in_the_future(api: Any) -> None:
    ada = await create(api, "Ada")
    early, late = ada.create_time, pb.Contact().create_time
    early.seconds -= 1
    with pytest.raises(NotFound) as missing:
        await as_of(api, ada, early)
    assert missing.value.reason == "CONTACT_NOT_FOUND"
    late.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    with pytest.raises(InvalidArgument) as refusal:
        await as_of(api, ada, late)
    assert refusal.value.violations[0].field == "read_time"


async def test_of_two_changes_at_once_the_later_written_is_undone_first(contact: Served, api: Any) -> None:
    """Who waited for the lock has the earlier clock; as of a moment between both, neither was there."""
    ada = await create(api, "Ada", stage="lead")
    for stage in ("one", "two"):
        await api.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=ada.name, stage=stage)))
    async with contact.database.transaction() as tx:
        rows = list(await tx.scalars(select(ContactChange).order_by(col(ContactChange.number))))
        rows[1].time, rows[2].time = rows[2].time, rows[1].time
        between = rows[2].time
    moment = pb.Contact().create_time
    moment.FromDatetime(between)
    found = await as_of(api, ada, moment)
    assert (found.stage, found.state) == ("lead", pb.Contact.STATE_ACTIVE)


async def test_nothing_is_read_of_what_an_erased_person_was(api: Any, admin: Any) -> None:
    ada = await create(api, "Ada Secret", email("ada@kiln.example"), title="secret")
    await admin.RequestErasure(pb.RequestErasureRequest(name=ada.name, verification="by letter"))
    found = await as_of(api, ada, ada.create_time)
    now = await get(api, ada)
    now.etag = ""
    assert found == now
    assert (found.state, found.display_name, found.title) == (pb.Contact.STATE_ERASED, "", "")


async def test_an_address_is_shown_verified_from_when_it_was_until_that_was_taken_back(api: Any) -> None:
    ada, dup = await create(api, "Ada", email("ada@kiln.example")), await create(api, "A.", email("a@kiln.example"))
    await api.MergeContacts(pb.MergeContactsRequest(name=ada.name, duplicate=dup.name))
    moments = [await now(api, ada)]
    for withdrawn in (False, True, False):
        request = pb.VerifyIdentifierRequest(parent=ada.name, identifier=email("a@kiln.example"), withdrawn=withdrawn)
        await api.VerifyIdentifier(request)
        moments.append(await now(api, ada))
    shown = [[each.verified for each in (await as_of(api, ada, moment)).identifiers] for moment in moments]
    assert shown == [[False, False], [False, True], [False, False], [False, True]]


async def now(api: Any, contact: pb.Contact) -> Any:
    """The moment at which a contact was changed last."""
    return (await get(api, contact)).update_time
