"""Where teams are hidden from each other, campaign knows another team's person by no door, and still sends to her."""

import asyncio
from typing import Any

import pytest
from chassis.config import TeamVisibility
from chassis.errors import NotFound
from google.protobuf.timestamp_pb2 import Timestamp
from touchline.campaign.v1 import campaign_pb2 as pb

from tests.campaign.sending.senders import dispatching
from tests.campaign.world import World, a_world, id_of, soon

NEVER = "contacts/01890000-0000-7000-8000-000000000001"


@pytest.fixture
async def world(make_database, token):
    async with a_world(make_database, token, team_visibility=TeamVisibility.HIDDEN) as found:
        yield found


def doors(stub: Any, campaign: str, activity: str, contact: str, message: str) -> dict[str, Any]:
    send = f"{activity}/sends/{contact.rpartition('/')[2]}"
    settle = pb.SettleSendRequest(name=send, decision=pb.SettleSendRequest.DECISION_HANDED_OVER)
    return {
        "outlook": stub.GetOutlook(pb.GetOutlookRequest(contact=contact)),
        "explain": stub.ExplainSend(pb.ExplainSendRequest(campaign=campaign, contact=contact)),
        "preview": stub.PreviewActivity(pb.PreviewActivityRequest(name=activity, contact=contact)),
        "test": stub.TestActivity(pb.TestActivityRequest(name=activity, contact=contact, addresses=["t@shop.example"])),
        "send": stub.GetSend(pb.GetSendRequest(name=send)),
        "settle": stub.SettleSend(settle),
        "mail": stub.GetSentMail(pb.GetSentMailRequest(message=message)),
    }


async def counted(stub: Any, campaign: str, activity: str) -> tuple[list[int], int]:
    """How many mails of a campaign were handed over, by each door, and how many people its planning tells of."""
    one = await stub.GetActivity(pb.GetActivityRequest(name=activity))
    (listed,) = (await stub.ListActivities(pb.ListActivitiesRequest(parent=campaign))).activities
    whole = await stub.GetCampaign(pb.GetCampaignRequest(name=campaign))
    return [told.counts.handed_over for told in (one, listed, whole)], one.planning.people_planned


async def dry_run(stub: Any, campaign: str) -> tuple[int, list[str]]:
    """How many a dry run counts for somebody, and whom it names to them."""
    (run,) = (await stub.DryRunCampaign(pb.DryRunCampaignRequest(name=campaign))).activities
    return run.planned, [each.contact for each in run.people]


async def test_another_teams_person_gets_her_mail_and_answers_as_one_who_never_was(world: World):
    mara, bea = [
        await world.person(name, f"{name.lower()}@reader.example", team=f"teams/{team}")
        for name, team in (("Mara", "west"), ("Bea", "south"))
    ]
    await asyncio.gather(*(world.grant(f"{name}@reader.example") for name in ("mara", "bea")))
    await world.hear()
    campaign, activity = await world.draft(await world.segment(mara, bea))
    stranger = await world.campaign.stub("marketer", "rep", subject="users/bob", team="teams/south")
    approver = await world.campaign.stub("approver", subject="users/bob", team="teams/south")
    assert await dry_run(stranger, campaign) == await dry_run(approver, campaign) == (2, [bea])
    rep = await world.campaign.stub("rep", subject="users/bob", team="teams/south")
    run = (await rep.DryRunCampaign(pb.DryRunCampaignRequest(name=campaign))).activities[0]
    assert (run.audience, run.planned, [each.contact for each in run.people]) == (1, 1, [bea])
    await world.launch(campaign)
    await (await world.planner()).once()
    async with dispatching(world.campaign.settings, world.campaign.database) as dispatcher:
        while await dispatcher.dispatch(id_of(activity)):
            pass
    service = await world.campaign.stub("service")
    every = (await service.ListSends(pb.ListSendsRequest(parent="campaigns/-/activities/-"))).sends
    assert {each.contact: each.state for each in every} == dict.fromkeys((mara, bea), pb.Send.STATE_HANDED_OVER)
    for stub, number, planned in ((rep, 1, 0), (stranger, 2, 2), (service, 2, 2)):
        assert await counted(stub, campaign, activity) == ([number] * 3, planned)
    message = next(each.message for each in every if each.contact == mara)
    theirs = doors(stranger, campaign, activity, mara, message)
    nobodys = doors(stranger, campaign, activity, NEVER, NEVER.rpartition("/")[2])
    for door, call in theirs.items():
        said = []
        for asked, name in ((call, mara), (nobodys[door], NEVER)):
            with pytest.raises(NotFound) as refused:
                await asked
            told = (refused.value.reason, refused.value.message, dict(refused.value.metadata))
            said.append(str(told).replace(name, "…"))
        assert said[0] == said[1], door
    for where, shown in (("", [bea]), (f'contact = "{mara}"', []), (f'contact = "{NEVER}"', [])):
        listed = await stranger.ListSends(pb.ListSendsRequest(parent="campaigns/-/activities/-", filter=where))
        assert [each.contact for each in listed.sends] == shown
    hers = await stranger.ExplainSend(pb.ExplainSendRequest(campaign=campaign, contact=bea))
    assert hers.explanations[0].send.contact == bea


async def test_a_brake_on_another_teams_person_is_there_for_who_set_it_and_for_their_team(world: World):
    mara = await world.person("Mara", "mara@reader.example", team="teams/west")
    await world.hear()
    end = Timestamp()
    end.FromDatetime(soon(3600))
    eva, bob = [
        await world.campaign.stub("rep", subject=f"users/{user}", team=f"teams/{team}")
        for user, team in (("eva", "west"), ("bob", "south"))
    ]
    kept = await eva.CreateBrake(pb.CreateBrakeRequest(brake=pb.Brake(contact=mara, reason="quote", expire_time=end)))
    said = []
    for name in (kept.name, "brakes/01890000-0000-7000-8000-000000000001"):
        for ask in (
            bob.GetBrake(pb.GetBrakeRequest(name=name)),
            bob.ReleaseBrake(pb.ReleaseBrakeRequest(name=name)),
        ):
            with pytest.raises(NotFound) as refused:
                await ask
            told = (refused.value.reason, refused.value.message, dict(refused.value.metadata))
            said.append(str(told).replace(name, "…"))
    assert len(set(said)) == 1
    assert not (await bob.ListBrakes(pb.ListBrakesRequest())).brakes
    assert not (await bob.ListBrakes(pb.ListBrakesRequest(filter=f'contact = "{mara}"'))).brakes
    assert [each.name for each in (await eva.ListBrakes(pb.ListBrakesRequest())).brakes] == [kept.name]
    for whom in (mara, NEVER):  # who sets one blindly learns nothing
        own = await bob.CreateBrake(pb.CreateBrakeRequest(brake=pb.Brake(contact=whom, reason="x", expire_time=end)))
        assert (await bob.GetBrake(pb.GetBrakeRequest(name=own.name))).contact == whom
