"""Brakes hold whom they name, until they are released or end; one on a contact is told on her timeline."""

import pytest
from chassis.errors import InvalidArgument
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1.interaction_pb2 import Touch
from touchrelay.rows import entries

from services.campaign.store import senders as store
from tests.campaign.test_launches import stamp
from tests.campaign.test_senders import NOBODY
from tests.campaign.world import id_of


async def braked(world):
    """A rep, three people, and the brakes on the company of the first, the deal of the second and the third herself."""
    told = contact_pb2.CreateAccountRequest(account=contact_pb2.Account(display_name="Kiln"))
    account = await world.service.contact.CreateAccount(told)
    mara = await world.person("Mara", "mara@reader.example", account=account.name)
    nils = await world.person("Nils", "nils@reader.example")
    pia = await world.person("Pia", "pia@reader.example")
    oven = contact_pb2.Deal(display_name="Oven", participants=[contact_pb2.Deal.Participant(contact=nils)])
    deal = await world.service.contact.CreateDeal(contact_pb2.CreateDealRequest(deal=oven))
    await world.hear()
    rep = await world.campaign.stub("rep", subject="users/rita")
    brakes = [
        await rep.CreateBrake(
            pb.CreateBrakeRequest(brake=pb.Brake(reason="we talk", expire_time=stamp(3600), **target))
        )
        for target in ({"account": account.name}, {"deal": deal.name}, {"contact": pia})
    ]
    return rep, [mara, nils, pia], brakes


async def test_brakes_hold_persons_companies_and_deals_until_they_are_released(world):
    rep, people, brakes = await braked(world)
    assert {brake.creator for brake in brakes} == {"users/rita"}
    everybody, now = [id_of(one) for one in people], world.campaign_now()
    async with world.campaign.database.transaction() as tx:
        held = await store.holds(tx, everybody, now=now)
        assert [await store.held_by(tx, id_of(brake.name)) for brake in brakes] == [[each] for each in everybody]
    assert {contact: brake for contact, (brake, _) in held.items()} == {
        contact: id_of(brake.name) for contact, brake in zip(everybody, brakes, strict=True)
    }
    released = await rep.ReleaseBrake(pb.ReleaseBrakeRequest(name=brakes[0].name))
    assert (released.state, released.releaser) == (pb.Brake.STATE_RELEASED, "users/rita")
    async with world.campaign.database.transaction() as tx:
        assert set(await store.holds(tx, everybody, now=now)) == set(everybody[1:])
    active = await rep.ListBrakes(pb.ListBrakesRequest(filter='state = "ACTIVE"'))
    assert {brake.name for brake in active.brakes} == {brake.name for brake in brakes[1:]}


async def test_a_brake_on_a_deal_holds_into_whom_its_people_were_merged(world):
    _, (_, nils, pia), brakes = await braked(world)
    nora = await world.person("Nora", "nora@reader.example")
    await world.service.contact.MergeContacts(contact_pb2.MergeContactsRequest(name=nora, duplicate=nils))
    await world.hear()
    async with world.campaign.database.transaction() as tx:
        held = await store.holds(tx, [id_of(nora), id_of(nils), id_of(pia)], now=world.campaign_now())
    oven, silence = id_of(brakes[1].name), id_of(brakes[2].name)
    assert {contact: brake for contact, (brake, _) in held.items()} == {
        id_of(nora): oven, id_of(nils): oven, id_of(pia): silence,
    }  # fmt: skip


async def test_a_brake_on_a_contact_is_told_once_when_set_and_once_when_released(world):
    rep, (_, _, pia), brakes = await braked(world)
    for brake in (*brakes, brakes[2]):
        await rep.ReleaseBrake(pb.ReleaseBrakeRequest(name=brake.name))
    assert [(touch.type, touch.contact, touch.actor.user) for touch in await noted(world)] == [
        ("brake.set", pia, "users/rita"),
        ("brake.released", pia, "users/rita"),
    ], "a company's or a deal's brake is nobody's touch"


async def noted(world) -> list[Touch]:
    """The touches that wait in the outbox."""
    async with world.campaign.database.connection() as conn:
        rows = await (await conn.execute("SELECT data FROM outbox WHERE stream = 'touches' ORDER BY seq")).fetchall()
    return [touch for row in rows for touch in entries(row[0])]


async def test_a_brake_has_an_end_within_180_days(world):
    for seconds in (-10, 181 * 86400):
        brake = pb.Brake(contact=NOBODY, reason="we talk", expire_time=stamp(seconds))
        with pytest.raises(InvalidArgument) as refused:
            await world.marketer.CreateBrake(pb.CreateBrakeRequest(brake=brake))
        assert refused.value.violations[0].field == "brake.expire_time"
