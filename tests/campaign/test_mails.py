"""What is to reach a person, and what a mail that was handed over looked like."""

import re
import uuid

import pytest
from chassis.clock import FixedClock
from chassis.errors import NotFound
from chassis.keeping import Keeping
from google.protobuf.timestamp_pb2 import Timestamp
from touchline.campaign.v1 import campaign_pb2 as pb
from touchline.contact.v1 import contact_pb2

from services.campaign.store.keeping import RULES
from tests.campaign.sending.senders import dispatching
from tests.campaign.world import id_of, soon


async def reader(world, given: str = "Mara") -> str:
    contact = await world.person(given, f"{given.lower()}@reader.example", owner="users/jana", team="teams/central")
    await world.grant(f"{given.lower()}@reader.example")
    await world.hear()
    return contact


async def coming(world, contact: str) -> pb.Outlook:
    stub = await world.campaign.stub("rep", subject="users/jana", team="teams/central")
    return await stub.GetOutlook(pb.GetOutlookRequest(contact=contact))


def at(seconds: float) -> Timestamp:
    moment = Timestamp()
    moment.FromDatetime(soon(seconds))
    return moment


async def test_a_scheduled_campaign_is_coming_for_whom_its_segments_hold(world):
    mara, nils, olga = [await reader(world, given) for given in ("Mara", "Nils", "Olga")]
    campaign, activity = await world.draft(
        await world.segment(mara, olga), exclude_segments=[await world.segment(olga)]
    )
    await world.launch(campaign, scheduled_time=at(3600))
    (one,) = (await coming(world, mara)).coming_mails
    assert (one.activity, one.stage, one.subject) == (activity, pb.ComingMail.STAGE_SCHEDULED, "News for Mara")
    assert (one.campaign_display_name, one.activity_display_name) == ("Spring", "Spring mail")
    assert (one.due_time.seconds > 0, one.obstacle) == (True, "")
    for other in (nils, olga):
        assert not (await coming(world, other)).coming_mails


async def test_what_waits_in_the_ledger_is_coming_until_it_is_sent_or_cancelled(world):
    mara = await reader(world)
    campaign, _ = await world.draft(await world.segment(mara))
    await world.launch(campaign)
    await (await world.planner()).once()
    (one,) = (await coming(world, mara)).coming_mails
    assert one.stage == pb.ComingMail.STAGE_PLANNED
    await world.marketer.PauseCampaign(pb.PauseCampaignRequest(name=campaign, reason="proof-reading"))
    (one,) = (await coming(world, mara)).coming_mails
    assert one.obstacle == "PAUSED"
    await world.marketer.CancelCampaign(pb.CancelCampaignRequest(name=campaign, reason="no budget"))
    assert not (await coming(world, mara)).coming_mails


async def test_what_stands_in_the_way_now_is_said(world):
    mara = await reader(world)
    campaign, _ = await world.draft(await world.segment(mara))
    await world.launch(campaign, scheduled_time=at(3600))
    event = contact_pb2.ConsentEvent(
        address=contact_pb2.Identifier(kind="email", value="mara@reader.example"),
        purpose=contact_pb2.PURPOSE_MARKETING, channel=contact_pb2.CHANNEL_EMAIL, topic="news",
        status=contact_pb2.ConsentEvent.STATUS_WITHDRAWN,
    )  # fmt: skip
    await world.service.contact.RecordConsent(contact_pb2.RecordConsentRequest(consent_event=event))
    (one,) = (await coming(world, mara)).coming_mails
    assert one.obstacle == "WITHDRAWN"
    rep = await world.campaign.stub("rep", subject="users/jana", team="teams/central")
    brake = pb.Brake(contact=mara, reason="talks", expire_time=at(7200))
    await rep.CreateBrake(pb.CreateBrakeRequest(brake=brake, request_id=str(uuid.uuid4())))
    (one,) = (await coming(world, mara)).coming_mails
    assert one.obstacle == "BRAKE"


async def test_without_segmentation_the_answer_says_that_it_is_not_whole(world):
    mara = await reader(world)
    campaign, _ = await world.draft(await world.segment(mara))
    await world.launch(campaign, scheduled_time=at(3600))
    await world.segmentation.server.server.stop(0)
    answer = await coming(world, mara)
    assert (list(answer.coming_mails), answer.incomplete) == ([], True)


async def test_a_person_nobody_knows_has_nothing_to_come(world):
    with pytest.raises(NotFound):
        await coming(world, f"contacts/{uuid.uuid4()}")


async def handed_over(world, contact: str) -> str:
    """One mail of hers, with counted links, that a server took: its message."""
    await world.grant("mara@reader.example", "", purpose=contact_pb2.PURPOSE_TRACKING)
    campaign, activity = await world.draft(await world.segment(contact))
    await world.launch(campaign)
    await (await world.planner()).once()
    async with dispatching(world.campaign.settings, world.campaign.database) as dispatcher:
        assert await dispatcher.dispatch(id_of(activity)) == 1
    service = await world.campaign.stub("service")
    (line,) = (await service.ListSends(pb.ListSendsRequest(parent=activity))).sends
    return str(line.message)


async def test_a_mail_is_read_as_it_was_sent_for_as_long_as_it_is_kept(world):
    mara = await reader(world)
    message = await handed_over(world, mara)
    taken = world.mailbox.mails[-1][1].get_body(("html",)).get_content().replace("\r\n", "\n")
    contact = await world.contact.stub("admin")
    changed = {"contact": {"name": mara, "given_name": "Maria"}, "update_mask": {"paths": ["given_name"]}}
    await contact.UpdateContact(contact_pb2.UpdateContactRequest(**changed))
    await contact.HoldContact(contact_pb2.HoldContactRequest(name=mara, reason="court"))
    await world.hear()
    rep = await world.campaign.stub("rep", subject="users/jana", team="teams/central")
    mail = await rep.GetSentMail(pb.GetSentMailRequest(message=message))
    assert (mail.subject, mail.rendering) == ("News for Mara", pb.SentMail.RENDERING_AS_SENT)
    assert (mail.activity_version, mail.message) == (1, message)
    assert [(link.number, link.url) for link in mail.links] == [(1, "https://shop.example/spring")]
    assert "/c/" in taken
    assert mail.html.strip() == uncounted(taken).strip()
    assert await kept_after(world, days=402), "a legal hold lies on her"
    await contact.ReleaseContact(contact_pb2.ReleaseContactRequest(name=mara, reason="settled"))
    await world.hear()
    assert await kept_after(world, days=399)
    assert not await kept_after(world, days=402)
    mail = await rep.GetSentMail(pb.GetSentMailRequest(message=message))
    assert (mail.subject, mail.rendering) == ("News for Maria", pb.SentMail.RENDERING_AGAIN)
    assert 'href="https://shop.example/spring"' in mail.html


def uncounted(html: str) -> str:
    """A mail without its pixel, with links that lead to the pages themselves and unsubscribe nobody."""
    for counted, own in ((r"<img [^>]*>", ""), (r'"[^"]*/c/[^"]*"', '"https://shop.example/spring"')):
        html = re.sub(counted, own, html)
    return re.sub(r"/u/[\w-]+", "/u/preview", html)


async def kept_after(world, *, days: int) -> int:
    """How many mails are kept as they were sent when so many days and nights have passed."""
    async with world.campaign.database.connection() as conn:
        await conn.execute("TRUNCATE retention_evidence")
        await Keeping(world.campaign.database, "campaign", RULES, FixedClock(soon(86_400 * days))).keep()
        return (await (await conn.execute("SELECT count(*) FROM sent_mail")).fetchone())[0]


async def test_whoever_may_not_see_her_address_reads_the_mail_without_it(world):
    mara = await reader(world)
    message = await handed_over(world, mara)
    other = await world.campaign.stub("rep", subject="users/tomas", team="teams/west")
    mail = await other.GetSentMail(pb.GetSentMailRequest(message=message))
    assert "mara@reader.example" not in mail.html + mail.text
    assert mail.rendering == pb.SentMail.RENDERING_MASKED


@pytest.mark.parametrize("what", ["strange", "waiting"])
async def test_only_a_mail_that_left_can_be_read(world, what):
    mara, message = await reader(world), str(uuid.uuid4())
    if what == "waiting":
        campaign, _ = await world.draft(await world.segment(mara))
        await world.launch(campaign)
        await (await world.planner()).once()
    rep = await world.campaign.stub("rep", subject="users/jana", team="teams/central")
    with pytest.raises(NotFound):
        await rep.GetSentMail(pb.GetSentMailRequest(message=message))
