"""A campaign from its draft to the ledger: with contact, segmentation and a mail server that are real."""

import asyncio
import itertools
import types
from datetime import UTC, datetime, timedelta

import pytest
from chassis.clock import FixedClock
from chassis.errors import Aborted, FailedPrecondition, InvalidArgument, Unavailable
from google.protobuf.timestamp_pb2 import Timestamp
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.campaign.v1.campaign_events_pb2 import CampaignEvent
from touchline.contact.v1 import contact_pb2
from touchline.segmentation.v1.segmentation_pb2 import Segment

from services.campaign.usecases.launches import launch_campaign
from tests.campaign.world import id_of, soon


async def three(world):
    """Mara and Nils, who may be written to, and Olga, who has Mara's address."""
    mara = await world.person("Mara", "mara@reader.example")
    nils = await world.person("Nils", "nils@reader.example")
    olga = await world.person("Olga")
    for address in ("mara@reader.example", "nils@reader.example"):
        await world.grant(address)
    await world.hear()
    return mara, nils, olga


async def refused(call) -> FailedPrecondition:
    with pytest.raises(FailedPrecondition) as found:
        await call
    return found.value


async def test_everybody_of_the_segments_is_planned_once_and_a_missing_address_is_said(world):
    mara, nils, olga = await three(world)
    campaign, activity = await world.draft(await world.segment(mara, nils, olga), await world.segment(mara))
    launched = await world.launch(campaign)
    assert launched.state == pb.Campaign.STATE_RUNNING
    assert launched.launcher == "users/maria"
    await (await world.planner()).once()
    told = {row[0]: row[1:] for row in await world.sends()}
    assert told == {
        id_of(mara): ("PLANNED", "", "mara@reader.example"),
        id_of(nils): ("PLANNED", "", "nils@reader.example"),
        id_of(olga): ("SUPPRESSED", "NO_ADDRESS", ""),
    }
    seen = await world.marketer.GetActivity(pb.GetActivityRequest(name=activity))
    assert seen.planning.state == pb.Activity.Planning.STATE_DONE
    assert (seen.planning.members_read, seen.planning.people_planned) == (3, 3)
    assert (seen.counts.planned, seen.counts.in_flight, seen.counts.suppressed) == (3, 2, 1)


async def test_excluded_segments_leave_people_out(world):
    mara, nils, olga = await three(world)
    everybody, left_out = await world.segment(mara, nils, olga), await world.segment(nils, olga)
    campaign, _ = await world.draft(everybody, exclude_segments=[left_out])
    await world.launch(campaign)
    await (await world.planner()).once()
    assert [row[0] for row in await world.sends()] == [id_of(mara)]


async def test_every_problem_is_told_at_once_and_nothing_is_launched(world):
    sender = await world.marketer.CreateSender(
        pb.CreateSenderRequest(sender=pb.Sender(display_name="New", address="new@shop.example"))
    )
    campaign, activity = await world.draft(
        await world.segment(), sender=sender.name, subscription_topic="", subject_template="", html_template=""
    )
    error = await refused(world.launch(campaign))
    assert error.reason == "CAMPAIGN_NOT_READY"
    expected = {"EMPTY_AUDIENCE", "SENDER_NOT_VERIFIED", "NO_SUBSCRIPTION_TOPIC", "NO_SUBJECT", "NO_CONTENT"}
    assert set(error.metadata["problems"].split(",")) == expected
    assert set(error.metadata[f"problems.{activity}"].split(",")) == expected
    found = await world.marketer.GetCampaign(pb.GetCampaignRequest(name=campaign))
    assert found.state == pb.Campaign.STATE_DRAFT


async def test_an_exclusion_list_is_nobodys_audience(world):
    mara, nils, _ = await three(world)
    fine, left_out = await world.segment(mara), await world.segment(nils, kind=Segment.KIND_EXCLUSION)
    campaign, activity = await world.draft(fine, left_out)
    error = await refused(world.launch(campaign))
    assert error.metadata[f"problems.{activity}"] == "EXCLUSION_INCLUDED"
    found = await world.marketer.DryRunCampaign(pb.DryRunCampaignRequest(name=campaign))
    assert [problem.reason for problem in found.problems] == ["EXCLUSION_INCLUDED"]


async def test_a_sender_without_a_key_that_can_sign_launches_nothing(world):
    mara, _, _ = await three(world)
    sender = await world.sender(dkim_selector="s1")
    campaign, activity = await world.draft(await world.segment(mara), sender=sender)
    error = await refused(world.launch(campaign))
    assert error.metadata[f"problems.{activity}"] == "DKIM_KEY_UNUSABLE"
    found = await world.marketer.DryRunCampaign(pb.DryRunCampaignRequest(name=campaign))
    assert [problem.reason for problem in found.problems] == ["DKIM_KEY_UNUSABLE"]


async def test_an_activity_that_changes_while_its_audience_is_looked_at_is_not_launched(world):
    mara, _, _ = await three(world)
    campaign, activity = await world.draft(await world.segment(mara))
    told = {"scheduled": None, "etag": "", "launcher": "", "problems": [], "now": world.campaign_now()}
    with pytest.raises(Aborted) as changed:
        async with world.campaign.database.transaction() as tx:
            await launch_campaign(tx, id_of(campaign), looked_at={id_of(activity): 0}, **told)
    assert changed.value.reason == "ETAG_MISMATCH"
    assert (await world.launch(campaign)).state == pb.Campaign.STATE_RUNNING


async def test_a_campaign_without_activities_is_not_launched(world):
    made = await world.marketer.CreateCampaign(pb.CreateCampaignRequest(campaign=pb.Campaign(display_name="Bare")))
    assert (await refused(world.launch(made.name))).metadata["problems"] == "NO_ACTIVITY"


async def test_a_second_launch_gets_the_answer_of_the_first_also_at_once(world):
    mara, nils, _ = await three(world)
    campaign, _ = await world.draft(await world.segment(mara, nils))
    first, second = await asyncio.gather(world.launch(campaign), world.launch(campaign))
    assert first == second
    assert await world.launch(campaign) == first
    launches = [row for row in await world.campaign.outbox() if row[0] == "touchline.campaign.v1.CampaignLaunched"]
    assert len(launches) == 1
    assert CampaignEvent.FromString(launches[0][3]).campaign_launched.campaign.state == pb.Campaign.STATE_RUNNING


async def test_a_scheduled_campaign_waits_for_its_time(world):
    mara, _, _ = await three(world)
    campaign, _ = await world.draft(await world.segment(mara))
    moment = Timestamp()
    moment.FromDatetime(soon(3600))
    launched = await world.launch(campaign, scheduled_time=moment)
    assert launched.state == pb.Campaign.STATE_SCHEDULED
    planner = await world.planner()
    await planner.once()
    assert await world.sends() == []
    async with world.campaign.database.connection() as conn:
        await conn.execute("UPDATE campaign SET scheduled_time = now() - interval '1 second'")
    await planner.once()
    assert len(await world.sends()) == 1
    found = await world.marketer.GetCampaign(pb.GetCampaignRequest(name=campaign))
    assert found.state == pb.Campaign.STATE_RUNNING


async def test_a_launch_more_than_a_year_ahead_is_refused(world):
    mara, _, _ = await three(world)
    campaign, _ = await world.draft(await world.segment(mara))
    moment = Timestamp()
    moment.FromDatetime(soon(370 * 86400))
    with pytest.raises(InvalidArgument) as error:
        await world.launch(campaign, scheduled_time=moment)
    assert error.value.violations[0].field == "scheduled_time"


async def test_pause_resume_and_cancel_count_exactly(world):
    mara, nils, olga = await three(world)
    campaign, _ = await world.draft(await world.segment(mara, nils, olga))
    await world.launch(campaign)
    await (await world.planner()).once()
    paused = await world.marketer.PauseCampaign(pb.PauseCampaignRequest(name=campaign, reason="a typing error"))
    assert (paused.state, paused.state_reason) == (pb.Campaign.STATE_PAUSED, "a typing error")
    assert (paused.counts.planned, paused.counts.in_flight) == (3, 2)
    resumed = await world.marketer.ResumeCampaign(pb.ResumeCampaignRequest(name=campaign))
    assert (resumed.state, resumed.state_reason) == (pb.Campaign.STATE_RUNNING, "")
    cancelled = await world.marketer.CancelCampaign(pb.CancelCampaignRequest(name=campaign))
    assert cancelled.state == pb.Campaign.STATE_CANCELLED
    assert (cancelled.counts.cancelled, cancelled.counts.suppressed, cancelled.counts.in_flight) == (2, 1, 0)
    error = await refused(world.marketer.ResumeCampaign(pb.ResumeCampaignRequest(name=campaign)))
    assert error.reason == "CAMPAIGN_STATE_FORBIDS"
    assert error.metadata["state"] == "CANCELLED"
    assert "PAUSED" in error.metadata["required"]


async def test_a_campaign_that_is_cancelled_before_it_was_planned_plans_nobody(world):
    mara, _, _ = await three(world)
    campaign, activity = await world.draft(await world.segment(mara))
    await world.launch(campaign)
    await world.marketer.CancelCampaign(pb.CancelCampaignRequest(name=campaign))
    await (await world.planner()).once()
    assert await world.sends() == []
    seen = await world.marketer.GetActivity(pb.GetActivityRequest(name=activity))
    assert seen.planning.state == pb.Activity.Planning.STATE_CANCELLED


async def test_an_activity_that_was_launched_is_not_changed(world):
    mara, _, _ = await three(world)
    campaign, activity = await world.draft(await world.segment(mara))
    await world.launch(campaign)
    patch = pb.Activity(name=activity, subject_template="Other")
    error = await refused(world.marketer.UpdateActivity(pb.UpdateActivityRequest(activity=patch)))
    assert (error.reason, error.metadata["state"]) == ("CAMPAIGN_STATE_FORBIDS", "RUNNING")


async def test_a_merged_person_is_planned_once_as_the_holder_of_her_address(world):
    from touchline.contact.v1 import contact_pb2

    mara, nils, _ = await three(world)
    request = contact_pb2.MergeContactsRequest(name=mara, duplicate=nils, evidence="the same person")
    await world.service.contact.MergeContacts(request)
    await world.hear()
    campaign, _ = await world.draft(await world.segment(mara, nils))
    await world.launch(campaign)
    await (await world.planner()).once()
    (send,) = await world.sends()
    assert send[1:3] == ("PLANNED", "")
    assert (send[0], send[3]) in {(id_of(mara), "mara@reader.example"), (id_of(nils), "nils@reader.example")}


async def test_a_planner_that_is_killed_anywhere_plans_everyone_once(world, monkeypatch):
    from services.campaign.usecases import planning

    people = [await world.person(f"Reader{place}", f"reader{place}@reader.example") for place in range(7)]
    await world.hear()
    campaign, activity = await world.draft(await world.segment(*people))
    await world.launch(campaign)
    monkeypatch.setattr(planning, "CHUNK", 2)
    planner, kills = await world.planner(), 0
    for line in range(1, 200):
        killed = await _killed_after(planner, line)
        kills += killed
        if not killed:
            break
    assert kills > 10
    assert [row[0] for row in await world.sends()] == sorted(map(id_of, people))
    seen = await world.marketer.GetActivity(pb.GetActivityRequest(name=activity))
    assert (seen.planning.members_read, seen.planning.people_planned) == (7, 7)
    assert seen.planning.state == pb.Activity.Planning.STATE_DONE


async def _killed_after(planner, steps: int) -> bool:
    """Let the planner go on so many times after it has waited, and end it where it waits next; False if it was done."""

    async def going() -> None:
        await _counted(planner.once(), steps)

    (ended,) = await asyncio.gather(asyncio.create_task(going()), return_exceptions=True)
    if ended is not None and not isinstance(ended, asyncio.CancelledError):
        raise ended
    return ended is not None


@types.coroutine
def _counted(life, steps: int):
    """Drive a coroutine as its task does, and cancel the task as it goes on for the last time that it may."""
    running, thrown = life.__await__(), None
    for step in itertools.count():
        if step == steps:
            asyncio.current_task().cancel()
        try:
            waited = running.throw(thrown) if thrown else running.send(None)
        except StopIteration:
            return
        try:
            thrown = yield waited
        except BaseException as error:
            thrown = error


async def test_a_person_of_whom_campaign_has_not_heard_yet_is_waited_for(world):
    mara = await world.person("Mara", "mara@reader.example")
    campaign, activity = await world.draft(await world.segment(mara))
    await world.launch(campaign)
    planner = await world.planner()
    await planner.once()
    assert await world.sends() == []
    seen = await world.marketer.GetActivity(pb.GetActivityRequest(name=activity))
    assert seen.planning.obstacle == "CONTACTS_BEHIND"
    await world.hear()
    await planner.once()
    assert [row[1] for row in await world.sends()] == ["PLANNED"]
    seen = await world.marketer.GetActivity(pb.GetActivityRequest(name=activity))
    assert (seen.planning.state, seen.planning.obstacle) == (pb.Activity.Planning.STATE_DONE, "")


async def test_whom_contact_still_knows_is_waited_for_however_long(world):
    mara = await world.person("Mara", "mara@reader.example")
    _, activity = await ten_minutes_late(world, mara)
    assert await world.sends() == []
    seen = await world.marketer.GetActivity(pb.GetActivityRequest(name=activity))
    assert seen.planning.obstacle == "CONTACTS_BEHIND"
    await world.hear()
    await (await world.planner()).once()
    assert [row[1] for row in await world.sends()] == ["PLANNED"]


async def test_whom_contact_does_not_know_any_more_is_gone(world):
    nils = await world.person("Nils", "nils@reader.example")
    await world.service.contact.DeleteContact(contact_pb2.DeleteContactRequest(name=nils))
    await ten_minutes_late(world, nils)
    assert [row[:3] for row in await world.sends()] == [(id_of(nils), "SUPPRESSED", "CONTACT_GONE")]


async def ten_minutes_late(world, person) -> tuple[str, str]:
    """A campaign to somebody of whom campaign has not heard after ten minutes."""
    names = await world.draft(await world.segment(person))
    await world.launch(names[0])
    clock = FixedClock(datetime.now(UTC))
    planner = await world.planner(clock)
    await planner.once()
    assert await world.sends() == []
    clock.advance(timedelta(minutes=10))
    await planner.once()
    return names


async def test_a_survivor_is_told_of_the_mails_to_whom_was_merged_into_her(world):
    mara, nils, _ = await three(world)
    campaign, _ = await world.draft(await world.segment(nils))
    await world.launch(campaign)
    await (await world.planner()).once()
    await world.service.contact.MergeContacts(contact_pb2.MergeContactsRequest(name=mara, duplicate=nils))
    await world.hear()
    told = await world.marketer.ExplainSend(pb.ExplainSendRequest(campaign=campaign, contact=mara))
    assert [one.send.contact for one in told.explanations] == [nils]
    for asked in (mara, nils):
        request = pb.ListSendsRequest(parent="campaigns/-/activities/-", filter=f'contact = "{asked}"')
        assert [send.contact for send in (await world.marketer.ListSends(request)).sends] == [nils]


async def test_a_dry_run_tells_who_would_be_left_out_and_why(world):
    mara, nils, olga = await three(world)
    pia = await world.person("Pia", "pia@reader.example")
    ruth = await world.person("Ruth", "ruth@reader.example")
    await world.hear()
    campaign, activity = await world.draft(await world.segment(mara, nils, olga, pia, ruth))
    for braked in (nils, ruth):
        brake = pb.Brake(contact=braked, reason="we talk about a contract", expire_time=stamp(3600))
        await world.marketer.CreateBrake(pb.CreateBrakeRequest(brake=brake))
    found = await world.marketer.DryRunCampaign(pb.DryRunCampaignRequest(name=campaign))
    (run,) = found.activities
    assert (run.activity, run.audience, run.planned) == (activity, 5, 1)
    assert {each.reason: each.count for each in run.suppressed} == {"NO_ADDRESS": 1, "NO_CONSENT": 1}
    assert {each.reason: each.count for each in run.held} == {"BRAKE": 2}, "whoever is braked is not asked about first"
    assert [(one.contact, one.address) for one in run.people] == [(mara, "m•••@r•••.example")]
    assert list(found.problems) == []
    assert await world.sends() == []


async def test_a_dry_run_names_the_systems_whose_opt_outs_hold_people_back(world):
    people = [await world.person(f"P{number}", f"p{number}@reader.example") for number in range(5)]
    for number in range(5):
        await world.grant(f"p{number}@reader.example")
    for source, numbers in (("mautic", (0, 1)), ("sendgrid", (2,)), ("", (3,))):
        items = [
            contact_pb2.ImportSuppressionsRequest.Item(
                address=f"p{number}@reader.example", reason="REASON_UNSUBSCRIBED"
            )
            for number in numbers
        ]
        told = contact_pb2.ImportSuppressionsRequest(items=items, source=source or "other")
        await world.service.contact.ImportSuppressions(told)
    await world.hear()
    campaign, _ = await world.draft(await world.segment(*people))
    (run,) = (await world.marketer.DryRunCampaign(pb.DryRunCampaignRequest(name=campaign))).activities
    assert {each.reason: each.count for each in run.suppressed} == {"SUPPRESSED": 4}
    assert [(each.source, each.count) for each in run.suppressed_by] == [("mautic", 2), ("sendgrid", 1), ("other", 1)]
    assert run.planned == 1


async def test_a_dry_run_calls_nobody_gone_of_whom_campaign_has_not_heard_yet(world):
    mara, nils, olga = await three(world)
    twin = await world.person("Nils")
    await world.service.contact.MergeContacts(contact_pb2.MergeContactsRequest(name=nils, duplicate=twin))
    await world.service.contact.DeleteContact(contact_pb2.DeleteContactRequest(name=nils))
    await world.hear()
    late = await world.person("Pia", "pia@reader.example")
    await world.grant("pia@reader.example")
    campaign, _ = await world.draft(await world.segment(mara, nils, twin, olga, late))
    (run,) = (await world.marketer.DryRunCampaign(pb.DryRunCampaignRequest(name=campaign))).activities
    assert {each.reason: each.count for each in run.held} == {"NOT_KNOWN_YET": 1}
    assert {each.reason: each.count for each in run.suppressed} == {"NO_ADDRESS": 1, "CONTACT_GONE": 1}
    assert (run.audience, run.planned) == (4, 1)
    await world.hear()
    (run,) = (await world.marketer.DryRunCampaign(pb.DryRunCampaignRequest(name=campaign))).activities
    assert (run.audience, run.planned, list(run.held)) == (4, 2, [])


def stamp(seconds: float) -> Timestamp:
    moment = Timestamp()
    moment.FromDatetime(soon(seconds))
    return moment


async def test_segmentation_that_is_away_stops_a_launch_with_unavailable(world):
    campaign, _ = await world.draft("segments/01900000-0000-7000-8000-000000000001")
    error = await refused(world.launch(campaign))
    assert error.metadata["problems"] == "SEGMENT_NOT_FOUND"
    await world.segmentation.server.server.stop(0)
    with pytest.raises(Unavailable):
        await world.launch(campaign)
