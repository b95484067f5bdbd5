"""The ledger by gRPC: reading it, explaining it, settling what a report or a person knows."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from chassis.config import Settings
from chassis.errors import FailedPrecondition, InvalidArgument, NotFound
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.campaign.v1.campaign_pb2_grpc import CampaignServiceStub
from touchline.interaction.v1.interaction_pb2 import Touch
from touchrelay.rows import entries

from services.campaign.domain.sends import SendState
from services.campaign.store import sends
from tests.campaign.sending.ground import Mailing, crowd
from tests.campaign.sending.ledgers import Ledger, all_as
from tests.serving import Served, serving

DELIVERED = pb.ReportDeliveryRequest.OUTCOME_DELIVERED
HARD = pb.ReportDeliveryRequest.OUTCOME_BOUNCED_HARD


@pytest.fixture
async def served(make_database: Callable[..., Settings], token: Callable[..., str]) -> AsyncIterator[Served]:
    async with serving("campaign", make_database("campaign"), CampaignServiceStub, token) as found:
        yield found


@pytest.fixture
async def provider(served: Served) -> Any:
    return await served.stub("service", subject="mail-provider")


@pytest.fixture
async def marketer(served: Served) -> Any:
    return await served.stub("marketer", subject="users/maria")


@pytest.fixture
async def mailing(served: Served) -> Mailing:
    """Five people: two handed over, one unknown, two planned."""
    made = Mailing(served.settings, served.database, crowd(served.settings, 5))
    await made.make()
    await made.plan()
    ledger = Ledger(served.database)
    ledger.clock.set(await _now(served))
    ledger.activity, ledger.campaign = made.activity, made.campaign
    sent, lost = await ledger.claim(2), await ledger.claim(1)
    assert sent is not None
    assert lost is not None
    await ledger.settle(sent, all_as(sent, SendState.HANDED_OVER, reply_code=250, version=1))
    await ledger.settle(lost, all_as(lost, SendState.UNKNOWN, reason="CUT"))
    return made


async def _now(served: Served) -> Any:
    async with served.database.connection() as conn:
        return (await (await conn.execute("SELECT clock_timestamp() + interval '1 second'")).fetchone())[0]


async def in_state(api: Any, mailing: Mailing, state: str) -> list[pb.Send]:
    parent = f"campaigns/{mailing.campaign}/activities/{mailing.activity}"
    return list((await api.ListSends(pb.ListSendsRequest(parent=parent, filter=f"state = {state}"))).sends)


async def touches(served: Served) -> list[Touch]:
    async with served.database.connection() as conn:
        rows = await (await conn.execute("SELECT data FROM outbox WHERE stream = 'touches' ORDER BY seq")).fetchall()
    return [touch for row in rows for touch in entries(row[0])]


async def test_behind_each_number_is_its_list(marketer: Any, mailing: Mailing) -> None:
    name = f"campaigns/{mailing.campaign}/activities/{mailing.activity}"
    counts = (await marketer.GetActivity(pb.GetActivityRequest(name=name))).counts
    assert (counts.planned, counts.handed_over, counts.unknown, counts.in_flight) == (5, 2, 1, 2)
    for state, number in (("HANDED_OVER", 2), ("UNKNOWN", 1), ("PLANNED", 2), ("FAILED", 0)):
        assert len(await in_state(marketer, mailing, state)) == number


async def test_pages_are_the_whole_and_a_filter_finds_a_contact(marketer: Any, mailing: Mailing) -> None:
    found, token = [], ""
    while True:
        request = pb.ListSendsRequest(parent="campaigns/-/activities/-", page_size=2, page_token=token)
        page = await marketer.ListSends(request)
        found += [send.contact for send in page.sends]
        token = page.next_page_token
        if not token:
            break
    assert sorted(found) == sorted(f"contacts/{one.id}" for one in mailing.people)
    for campaign, number in ((mailing.campaign, 5), (uuid4(), 0)):
        request = pb.ListSendsRequest(parent=f"campaigns/{campaign}/activities/-")
        assert len((await marketer.ListSends(request)).sends) == number
    who = f"contacts/{mailing.people[3].id}"
    page = await marketer.ListSends(pb.ListSendsRequest(parent="campaigns/-/activities/-", filter=f'contact = "{who}"'))
    assert [send.contact for send in page.sends] == [who]
    assert "reader-3@" not in page.sends[0].address, "the address of another's contact is masked"
    assert (await marketer.GetSend(pb.GetSendRequest(name=page.sends[0].name))).contact == who


async def test_a_line_that_a_brake_holds_says_when_that_ends(marketer: Any, served: Served, mailing: Mailing) -> None:
    ledger = Ledger(served.database)
    ledger.clock.set(await _now(served))
    ledger.activity, ledger.campaign = mailing.activity, mailing.campaign
    batch = await ledger.claim(2)
    assert batch is not None
    brake = pb.Brake(contact=f"contacts/{batch.sends[0].contact}", reason="deal")
    brake.expire_time.FromDatetime(datetime.now(UTC) + timedelta(days=30))
    made = await marketer.CreateBrake(pb.CreateBrakeRequest(brake=brake))
    again = ledger.clock.now() + timedelta(minutes=3)
    await ledger.settle(batch, all_as(batch, SendState.HELD, reason="BRAKE", due_time=again))
    held = {send.contact: send for send in await in_state(marketer, mailing, "HELD")}
    assert held[brake.contact].hold_until_time == made.expire_time


async def test_a_report_moves_the_ledger_once_and_says_so_on_the_timeline(
    marketer: Any, provider: Any, served: Served, mailing: Mailing
) -> None:
    first, second = await in_state(provider, mailing, "HANDED_OVER")
    for _ in range(2):
        answer = await provider.ReportDelivery(pb.ReportDeliveryRequest(message=first.message, outcome=DELIVERED))
        assert answer.state == pb.Send.STATE_DELIVERED
    await provider.ReportDelivery(
        pb.ReportDeliveryRequest(message=second.message, outcome=HARD, reply_text="no such user")
    )
    with pytest.raises(FailedPrecondition) as refused:
        await provider.ReportDelivery(pb.ReportDeliveryRequest(message=second.message, outcome=DELIVERED))
    assert refused.value.reason == "REPORT_CONTRADICTS"
    assert [(touch.type, touch.message) for touch in await touches(served)] == [
        ("email.delivered", first.message),
        ("email.bounced", second.message),
    ]
    name = f"campaigns/{mailing.campaign}/activities/{mailing.activity}"
    counts = (await marketer.GetActivity(pb.GetActivityRequest(name=name))).counts
    assert (counts.handed_over, counts.delivered, counts.bounced) == (2, 1, 1)


async def test_a_report_settles_what_was_unknown(provider: Any, served: Served, mailing: Mailing) -> None:
    (lost,) = await in_state(provider, mailing, "UNKNOWN")
    await provider.ReportDelivery(pb.ReportDeliveryRequest(message=lost.message, outcome=DELIVERED))
    assert await in_state(provider, mailing, "UNKNOWN") == []
    assert [touch.type for touch in await touches(served)] == ["email.handed_over", "email.delivered"]


async def test_a_person_settles_what_nobody_knows(marketer: Any, mailing: Mailing) -> None:
    (lost,) = await in_state(marketer, mailing, "UNKNOWN")
    again = pb.SettleSendRequest(name=lost.name, decision=pb.SettleSendRequest.DECISION_SEND_AGAIN)
    assert (await marketer.SettleSend(again)).state == pb.Send.STATE_PLANNED
    with pytest.raises(FailedPrecondition) as refused:
        await marketer.SettleSend(again)
    assert refused.value.reason == "SEND_NOT_UNKNOWN"


@pytest.mark.parametrize(("verb", "state"), [("Pause", "PLANNED"), ("Cancel", "CANCELLED")])
async def test_who_comes_back_to_an_activity_that_was_done_waits_or_ends_with_its_campaign(
    marketer: Any, served: Served, mailing: Mailing, verb: str, state: str
) -> None:
    ledger = Ledger(served.database)
    ledger.clock.set(await _now(served))
    ledger.activity, ledger.campaign = mailing.activity, mailing.campaign
    rest = await ledger.claim(5)
    assert rest is not None
    await ledger.settle(rest, all_as(rest, SendState.HANDED_OVER))
    async with served.database.transaction() as tx:
        assert await sends.finish(tx) == [(mailing.activity, mailing.campaign)]
    name = f"campaigns/{mailing.campaign}"
    await getattr(marketer, f"{verb}Campaign")(getattr(pb, f"{verb}CampaignRequest")(name=name))
    (lost,) = await in_state(marketer, mailing, "UNKNOWN")
    again = pb.SettleSendRequest(name=lost.name, decision=pb.SettleSendRequest.DECISION_SEND_AGAIN)
    assert (await marketer.SettleSend(again)).state == pb.Send.State.Value(f"STATE_{state}")
    ledger.clock.set(await _now(served))
    assert await ledger.claim(1) is None
    if verb == "Pause":
        await marketer.ResumeCampaign(pb.ResumeCampaignRequest(name=name))
        assert await ledger.claim(1) is not None


async def test_what_is_not_ours_is_refused(marketer: Any, provider: Any, mailing: Mailing) -> None:
    with pytest.raises(NotFound):
        await provider.ReportDelivery(pb.ReportDeliveryRequest(message=str(uuid4()), outcome=DELIVERED))
    name = f"campaigns/{mailing.campaign}/activities/{mailing.activity}/sends/{uuid4()}"
    with pytest.raises(NotFound):
        await marketer.GetSend(pb.GetSendRequest(name=name))
    with pytest.raises(InvalidArgument):
        await marketer.ListSends(pb.ListSendsRequest(parent="campaigns/-/activities/everything"))


async def test_it_says_why_she_did_or_did_not_get_it(marketer: Any, mailing: Mailing) -> None:
    kinds: dict[str, tuple[str, bool]] = {}
    for one in mailing.people:
        request = pb.ExplainSendRequest(campaign=f"campaigns/{mailing.campaign}", contact=f"contacts/{one.id}")
        (found,) = (await marketer.ExplainSend(request)).explanations
        last = found.steps[-1]
        kinds[pb.Send.State.Name(found.send.state)] = (pb.ExplainSendResponse.Step.Kind.Name(last.kind), last.passed)
        assert last.description
    assert kinds == {
        "STATE_HANDED_OVER": ("KIND_SENDING", True),
        "STATE_UNKNOWN": ("KIND_SENDING", False),
        "STATE_PLANNED": ("KIND_SENDING", False),
    }
