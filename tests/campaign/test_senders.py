"""Senders are proven by a code that is mailed; activities refuse what cannot be sent."""

import pytest
from chassis.errors import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
)
from touchline.campaign.v1 import campaign_pb2 as pb

from tests.campaign.test_launches import three
from tests.campaign.world import HTML

NOBODY = "contacts/01900000-0000-7000-8000-000000000001"


async def a_sender(world, address="news@shop.example"):
    told = pb.Sender(display_name="The shop", address=address)
    return await world.marketer.CreateSender(pb.CreateSenderRequest(sender=told))


async def test_a_sender_is_proven_by_the_code_that_was_mailed_to_it(world):
    made = await a_sender(world)
    assert made.state == pb.Sender.STATE_UNVERIFIED
    assert made.HasField("code_expire_time")
    (recipients, mail), code = world.mailbox.mails[-1], world.code()
    assert recipients == ["news@shop.example"]
    assert mail["Auto-Submitted"] == "auto-generated"
    proven = await world.marketer.VerifySender(pb.VerifySenderRequest(name=made.name, code=code.lower()))
    assert proven.state == pb.Sender.STATE_VERIFIED
    assert not proven.HasField("code_expire_time")
    again = await world.marketer.VerifySender(pb.VerifySenderRequest(name=made.name, code="anything"))
    assert again == proven


async def test_a_code_is_guessed_at_five_times_only(world):
    made = await a_sender(world)
    code = world.code()
    for _ in range(5):
        with pytest.raises(InvalidArgument) as wrong:
            await world.marketer.VerifySender(pb.VerifySenderRequest(name=made.name, code="AAAA AAAA"))
        assert wrong.value.violations[0].reason == "CODE_WRONG"
    with pytest.raises(FailedPrecondition) as over:
        await world.marketer.VerifySender(pb.VerifySenderRequest(name=made.name, code=code))
    assert over.value.reason == "CODE_EXPIRED"
    with pytest.raises(ResourceExhausted) as soon:
        await world.marketer.ResendSenderCode(pb.ResendSenderCodeRequest(name=made.name))
    assert soon.value.reason == "CODES_EXHAUSTED"
    async with world.campaign.database.connection() as conn:
        await conn.execute("UPDATE sender SET code_sent_time = code_sent_time - interval '2 minutes'")
    await world.marketer.ResendSenderCode(pb.ResendSenderCodeRequest(name=made.name))
    with pytest.raises(InvalidArgument):
        await world.marketer.VerifySender(pb.VerifySenderRequest(name=made.name, code=code))
    proven = await world.marketer.VerifySender(pb.VerifySenderRequest(name=made.name, code=world.code()))
    assert proven.state == pb.Sender.STATE_VERIFIED


async def test_a_code_runs_out_after_an_hour(world):
    made = await a_sender(world)
    async with world.campaign.database.connection() as conn:
        await conn.execute("UPDATE sender SET code_expire_time = code_expire_time - interval '1 hour'")
    with pytest.raises(FailedPrecondition) as over:
        await world.marketer.VerifySender(pb.VerifySenderRequest(name=made.name, code=world.code()))
    assert over.value.reason == "CODE_EXPIRED"


async def test_a_sender_whose_code_could_not_be_mailed_has_none_and_can_ask_again_at_once(world):
    world.mailbox.stop()
    made = await a_sender(world)
    assert not made.HasField("code_expire_time")
    again = await world.marketer.ResendSenderCode(pb.ResendSenderCodeRequest(name=made.name))
    assert not again.HasField("code_expire_time")
    with pytest.raises(FailedPrecondition) as none:
        await world.marketer.VerifySender(pb.VerifySenderRequest(name=made.name, code="AAAAAAAA"))
    assert none.value.reason == "CODE_EXPIRED"


@pytest.mark.parametrize(
    "address", ["none", "a@b", "a b@c.example", "a@c.example\r\nBcc: x@y.example", "<a@c.example>"]
)
async def test_what_is_no_address_is_no_sender(world, address):
    with pytest.raises(InvalidArgument) as refused:
        await a_sender(world, address)
    assert refused.value.violations[0].field == "sender.address"
    assert world.mailbox.mails == []


async def test_an_address_is_one_sender_and_one_that_is_named_stays(world):
    made = await world.sender()
    with pytest.raises(AlreadyExists) as twice:
        await a_sender(world, "News@Shop.example")
    assert twice.value.metadata == {"sender": made}
    _, activity = await world.draft(sender=made)
    with pytest.raises(FailedPrecondition) as used:
        await world.marketer.DeleteSender(pb.DeleteSenderRequest(name=made))
    assert used.value.reason == "SENDER_IN_USE"
    await world.marketer.DeleteActivity(pb.DeleteActivityRequest(name=activity))
    await world.marketer.DeleteSender(pb.DeleteSenderRequest(name=made))
    with pytest.raises(NotFound):
        await world.marketer.GetSender(pb.GetSenderRequest(name=made))


async def test_a_template_that_cannot_be_used_is_refused_at_save_with_line_and_column(world):
    sender = await world.sender()
    with pytest.raises(InvalidArgument) as refused:
        await world.draft(sender=sender, html_template="<p>\n{{ contact.secret }}</p>")
    (violation,) = refused.value.violations
    assert (violation.field, violation.reason) == ("activity.html_template", "UNKNOWN_VARIABLE")
    assert violation.description.startswith("line 2, column 4:")
    with pytest.raises(InvalidArgument) as large:
        await world.draft(sender=sender, html_template="x" * (600 * 1024))
    assert large.value.violations[0].reason == "TOO_LARGE"
    with pytest.raises(InvalidArgument) as linked:
        await world.draft(sender=sender, html_template='<a href="https://me:word@shop.example/">x</a>')
    assert linked.value.violations[0].reason == "URL_INVALID"


async def test_a_template_of_five_megabytes_is_refused_with_its_place(world):
    with pytest.raises(InvalidArgument) as large:
        await world.draft(sender=await world.sender(), html_template="x" * (5 * 1024 * 1024))
    (violation,) = large.value.violations
    assert (violation.field, violation.reason) == ("activity.html_template", "TOO_LARGE")
    assert violation.description.startswith("line 1, column 1:")


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"display_name": "Shop\r\nBcc: all@shop.example"}, "CONTROL_CHARACTER"),
        ({"display_name": "Shop\x1b[2J"}, "CONTROL_CHARACTER"),
        ({"dkim_domain": "other.example"}, "DKIM_DOMAIN_INVALID"),
        ({"dkim_domain": "evil-shop.example"}, "DKIM_DOMAIN_INVALID"),
        ({"dkim_domain": "shop.example; d=other.example"}, "DKIM_DOMAIN_INVALID"),
        ({"dkim_domain": "example"}, "DKIM_DOMAIN_INVALID"),
    ],
)
async def test_a_sender_that_would_break_a_header_or_sign_for_others_is_refused(campaign, marketer, told, reason):
    sender = pb.Sender(**{"display_name": "Shop", "address": "news@mail.shop.example"} | told)
    with pytest.raises(InvalidArgument) as refused:
        await marketer.CreateSender(pb.CreateSenderRequest(sender=sender))
    (violation,) = refused.value.violations
    assert (violation.field, violation.reason) == (f"sender.{next(iter(told))}", reason)


async def test_a_domain_above_the_address_may_sign(campaign, marketer):
    sender = pb.Sender(display_name="Shop", address="news@mail.shop.example", dkim_domain="shop.example")
    assert (await marketer.CreateSender(pb.CreateSenderRequest(sender=sender))).dkim_domain == "shop.example"


async def test_no_test_mail_leaves_in_the_name_of_whoever_did_not_prove_it(world):
    mara, _, _ = await three(world)
    sender = await a_sender(world)
    _, activity = await world.draft(sender=sender.name)
    before = len(world.mailbox.mails)
    request = pb.TestActivityRequest(name=activity, contact=mara, addresses=["check@shop.example"])
    with pytest.raises(FailedPrecondition) as refused:
        await world.marketer.TestActivity(request)
    assert (refused.value.reason, refused.value.metadata["sender"]) == ("SENDER_NOT_VERIFIED", sender.name)
    assert len(world.mailbox.mails) == before


@pytest.mark.parametrize("untracked", [False, True])
async def test_a_persons_own_url_that_cannot_be_signed_is_refused_in_preview_and_test_alike(world, untracked):
    mara = await world.person("me:word@shop.example", "mara@reader.example")
    await world.hear()
    link = '<a href="https://{{ contact.given_name }}/">yours</a>'
    _, activity = await world.draft(html_template=link, untracked=untracked)
    preview = pb.PreviewActivityRequest(name=activity, contact=mara)
    test = pb.TestActivityRequest(name=activity, contact=mara, addresses=["check@shop.example"])
    for asked in (world.marketer.PreviewActivity(preview), world.marketer.TestActivity(test)):
        with pytest.raises(FailedPrecondition) as refused:
            await asked
        assert (refused.value.reason, refused.value.metadata["problem"]) == ("RENDER_FAILED", "URL_INVALID")


async def test_a_change_of_what_people_read_is_a_new_version(world):
    _, activity = await world.draft()
    renamed = await world.marketer.UpdateActivity(
        pb.UpdateActivityRequest(activity=pb.Activity(name=activity, display_name="Other"))
    )
    assert (renamed.version, renamed.display_name) == (1, "Other")
    rewritten = await world.marketer.UpdateActivity(
        pb.UpdateActivityRequest(activity=pb.Activity(name=activity, html_template=HTML + "<p>More</p>"))
    )
    assert rewritten.version == 2
    assert [link.url for link in rewritten.links] == ["https://shop.example/spring"]


async def test_a_preview_is_the_mail_that_she_would_get_with_its_headers(world):
    mara, _, _ = await three(world)
    _, activity = await world.draft()
    admin = await world.campaign.stub("admin")
    seen = await admin.PreviewActivity(pb.PreviewActivityRequest(name=activity, contact=mara))
    assert seen.subject == "News for Mara"
    assert "Hello Mara" in seen.html
    assert "Spring ( https://shop.example/spring )" in seen.text
    headers = {header.name: header.value for header in seen.headers}
    assert headers["Subject"] == "News for Mara"
    assert "mara@reader.example" in headers["To"]
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    masked = await world.marketer.PreviewActivity(pb.PreviewActivityRequest(name=activity, contact=mara))
    assert "mara@reader.example" not in str(masked)
    with pytest.raises(NotFound) as unknown:
        await world.marketer.PreviewActivity(pb.PreviewActivityRequest(name=activity, contact=NOBODY))
    assert unknown.value.reason == "PERSON_NOT_FOUND"


async def test_a_test_mail_says_so_and_leaves_nothing_behind(world):
    import tracking

    mara, _, _ = await three(world)
    _, activity = await world.draft()
    request = pb.TestActivityRequest(name=activity, contact=mara, addresses=["check@shop.example"])
    sent = await world.marketer.TestActivity(request)
    assert [result.accepted for result in sent.results] == [True]
    recipients, mail = world.mailbox.mails[-1]
    assert recipients == ["check@shop.example"]
    assert mail["Subject"] == "[Test] News for Mara"
    link = mail["List-Unsubscribe"].strip("<>")
    keyring = tracking.Keyring.load(world.campaign.settings.tracking_key_file)
    assert keyring.verify(link.rpartition("/")[2]).is_test
    assert await world.sends() == []


async def test_who_reads_only_launches_nothing(world):
    campaign, _ = await world.draft(await world.segment())
    for role in ("rep", "analyst", "approver"):
        stub = await world.campaign.stub(role)
        with pytest.raises(PermissionDenied):
            await stub.LaunchCampaign(pb.LaunchCampaignRequest(name=campaign))
