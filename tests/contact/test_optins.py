"""Double opt-in: what is asked waits, what is confirmed is granted once, and what ended says how."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.errors import FailedPrecondition, InvalidArgument, NotFound, ResourceExhausted
from touchline.contact.v1 import contact_events_pb2
from touchline.contact.v1 import contact_pb2 as pb

from tests.contact.people import create, email, phone
from tests.contact.test_consent import check, record
from tests.contact.test_hidden_teams import hiding  # noqa: F401 - a fixture
from tests.serving import Served

NEVER = "optIns/01890000-0000-7000-8000-000000000001"
ADDRESS = email("ines@acme.example")
MINUTE, WEEK = timedelta(minutes=1), timedelta(days=7)
Reason, State = pb.CheckConsentResponse, pb.OptIn


async def ask(api: Any, address: pb.Identifier = ADDRESS, **fields: Any) -> pb.OptIn:
    opt_in = pb.OptIn(address=address, **{"topic": "news", "source": "form/spring", "wording_version": "3", **fields})
    return await api.RequestOptIn(pb.RequestOptInRequest(opt_in=opt_in))


async def confirm(api: Any, name: str, ip_hash: bytes = b"clicker1") -> pb.ConsentEvent:
    return await api.ConfirmOptIn(pb.ConfirmOptInRequest(name=name, ip_hash=ip_hash))


async def read(api: Any, name: str) -> pb.OptIn:
    return await api.GetOptIn(pb.GetOptInRequest(name=name))


async def age(contact: Served, name: str, by: timedelta) -> None:
    """As if it had been asked that much earlier."""
    query = "UPDATE opt_in SET create_time = create_time - %(by)s, expire_time = expire_time - %(by)s, "
    query += "mail_time = mail_time - %(by)s WHERE id = %(id)s"
    async with contact.database.connection() as conn:
        await conn.execute(query, {"by": by, "id": name.partition("/")[2]})


async def mails(contact: Served) -> list[tuple[str, int]]:
    """The mails that were asked for, in order."""
    events = [contact_events_pb2.ContactEvent.FromString(row[3]) for row in await contact.outbox()]
    said = [event.opt_in_requested for event in events if event.HasField("opt_in_requested")]
    return sorted((each.opt_in, each.mail_number) for each in said)


async def test_what_is_asked_waits_until_it_is_confirmed_and_the_grant_tells_all_of_it(contact: Served, api: Any):
    await create(api, "Ines", ADDRESS)
    asked = await ask(api, ip_hash=b"asker", evidence="form-17", language="de")
    assert (asked.state, asked.mail_count, asked.purpose) == (State.STATE_WAITING, 1, pb.PURPOSE_MARKETING)
    assert asked.expire_time.ToDatetime() - asked.create_time.ToDatetime() == WEEK
    answer = await check(api, address=ADDRESS, topic="news")
    assert (answer.reason, answer.consent_event) == (Reason.REASON_PENDING, asked.consent_event)
    assert await mails(contact) == [(asked.name, 1)]

    granted = await confirm(api, asked.name)
    assert (granted.status, granted.topic, granted.channel) == (
        pb.ConsentEvent.STATUS_GRANTED,
        "news",
        pb.CHANNEL_EMAIL,
    )
    assert (granted.wording_version, granted.source, granted.ip_hash) == ("3", "form/spring", b"clicker1")
    assert granted.lawful_basis == pb.ConsentEvent.LAWFUL_BASIS_CONSENT
    told = json.loads(granted.evidence)
    assert told["opt_in"] == asked.name
    assert (told["evidence"], told["request_ip_hash"]) == ("form-17", b"asker".hex())
    assert told["request_event"] == asked.consent_event
    assert datetime.fromisoformat(told["request_time"]) == asked.create_time.ToDatetime(tzinfo=UTC)
    assert (await check(api, address=ADDRESS, topic="news")).reason == Reason.REASON_GRANTED
    assert (await check(api, address=ADDRESS, topic="offers")).reason == Reason.REASON_NO_CONSENT
    now = await read(api, asked.name)
    assert (now.state, now.consent_event) == (State.STATE_CONFIRMED, granted.name)


async def test_a_link_confirms_once(api: Any):
    asked = await ask(api)
    await confirm(api, asked.name)
    with pytest.raises(FailedPrecondition) as refused:
        await confirm(api, asked.name)
    assert refused.value.reason == "OPT_IN_USED"
    assert refused.value.metadata["opt_in"] == asked.name


async def test_of_two_who_press_the_button_at_once_one_confirms(contact: Served, api: Any):
    asked = await ask(api)
    done = await asyncio.gather(*(confirm(api, asked.name) for _ in range(5)), return_exceptions=True)
    granted = [one for one in done if not isinstance(one, BaseException)]
    assert len(granted) == 1
    assert {one.reason for one in done if isinstance(one, FailedPrecondition)} == {"OPT_IN_USED"}


async def test_after_seven_days_a_link_is_over_and_a_new_request_begins_anew(contact: Served, api: Any):
    asked = await ask(api)
    await age(contact, asked.name, WEEK)
    assert (await read(api, asked.name)).state == State.STATE_EXPIRED
    with pytest.raises(FailedPrecondition) as refused:
        await confirm(api, asked.name)
    assert refused.value.reason == "OPT_IN_EXPIRED"
    again = await ask(api)
    assert again.name != asked.name
    await confirm(api, again.name)
    assert (await check(api, address=ADDRESS, topic="news")).reason == Reason.REASON_GRANTED


@pytest.mark.parametrize("topic", ["", "news"])
async def test_who_has_refused_since_cannot_be_confirmed_by_an_old_link(api: Any, topic: str):
    asked = await ask(api)
    await record(api, ADDRESS, "WITHDRAWN", topic=topic)
    assert (await read(api, asked.name)).state == State.STATE_WITHDRAWN
    with pytest.raises(FailedPrecondition) as refused:
        await confirm(api, asked.name)
    assert refused.value.reason == "OPT_IN_WITHDRAWN"
    assert (await check(api, address=ADDRESS, topic="news")).reason == Reason.REASON_WITHDRAWN
    again = await ask(api)
    assert again.name != asked.name, "asking again after a refusal is a new request"
    await confirm(api, again.name)
    assert (await read(api, again.name)).state == State.STATE_CONFIRMED


async def test_a_request_that_waits_gets_another_mail_once_a_minute_and_four_in_all(contact: Served, api: Any):
    asked = await ask(api)
    assert (await ask(api)).mail_count == 1, "a form that is sent twice asks once"
    for number in (2, 3, 4):
        await age(contact, asked.name, MINUTE)
        again = await ask(api)
        assert (again.name, again.mail_count) == (asked.name, number)
    await age(contact, asked.name, MINUTE)
    with pytest.raises(ResourceExhausted) as refused:
        await ask(api)
    assert refused.value.reason == "OPT_IN_MAILS_EXHAUSTED"
    assert await mails(contact) == [(asked.name, number) for number in (1, 2, 3, 4)]


async def test_requests_at_once_are_one_request(contact: Served, api: Any):
    asked = await asyncio.gather(*(ask(api) for _ in range(8)))
    assert len({each.name for each in asked}) == 1
    assert len(await mails(contact)) == 1


async def test_a_suppressed_address_is_neither_asked_nor_confirmed(contact: Served, api: Any):
    asked = await ask(api)
    stop = pb.Suppression(address=ADDRESS, reason=pb.Suppression.REASON_COMPLAINT)
    await api.SuppressAddress(pb.SuppressAddressRequest(suppression=stop))
    for call in (ask(api), confirm(api, asked.name)):
        with pytest.raises(FailedPrecondition) as refused:
            await call
        assert refused.value.reason == "ADDRESS_SUPPRESSED"
    assert len(await mails(contact)) == 1


async def test_of_who_is_restricted_or_erased_nothing_is_asked(contact: Served, api: Any, admin: Any):
    ines, dup = await create(api, "Ines", ADDRESS), await create(api, "I.", email("i@acme.example"))
    await api.MergeContacts(pb.MergeContactsRequest(name=dup.name, duplicate=ines.name))
    await admin.RestrictContact(pb.RestrictContactRequest(name=dup.name, reason="disputes it"))
    assert await refusal(api) == "ADDRESS_RESTRICTED", "also by an address of who was merged into her"
    await admin.LiftRestriction(pb.LiftRestrictionRequest(name=dup.name, reason="was right"))
    await admin.HoldContact(pb.HoldContactRequest(name=ines.name, reason="lawsuit"))
    assert (await ask(api)).state == State.STATE_WAITING, "a hold keeps what is there, and bars nothing else"
    await admin.ReleaseContact(pb.ReleaseContactRequest(name=ines.name, reason="settled"))
    await admin.RequestErasure(pb.RequestErasureRequest(name=dup.name, verification="passport"))
    assert await refusal(api) == "ADDRESS_SUPPRESSED"


async def refusal(api: Any) -> str:
    with pytest.raises(FailedPrecondition) as refused:
        await ask(api)
    return refused.value.reason


async def test_what_is_no_mail_address_or_no_request_is_refused(api: Any):
    with pytest.raises(InvalidArgument) as refused:
        await ask(api, phone("+4930901820"))
    assert refused.value.reason == "IDENTIFIER_INVALID"
    for fields in ({"topic": "Bad Topic"}, {"language": "fr"}, {"ip_hash": b"x" * 33}):
        with pytest.raises(InvalidArgument):
            await ask(api, **fields)
    for call in (confirm(api, NEVER), read(api, NEVER)):
        with pytest.raises(NotFound) as missing:
            await call
        assert missing.value.reason == "OPT_IN_NOT_FOUND"


async def test_a_repeated_call_is_answered_with_the_request_and_asks_once(contact: Served, api: Any):
    opt_in = pb.OptIn(address=ADDRESS, topic="news")
    request = pb.RequestOptInRequest(opt_in=opt_in, request_id="0190f3c0-1111-7000-8000-000000000001")
    first, again = await api.RequestOptIn(request), await api.RequestOptIn(request)
    assert first.name == again.name
    assert len(await mails(contact)) == 1


async def test_the_address_is_masked_for_another_team(api: Any, ada: Any, bob: Any):
    await create(ada, "Ines", ADDRESS)
    asked = await ask(api, evidence="canary-evidence")
    for rep, is_seen in ((ada, True), (bob, False)):
        found = str(await read(rep, asked.name))
        assert (ADDRESS.value in found, "canary-evidence" in found) == (is_seen, is_seen)


async def test_where_teams_are_hidden_a_request_about_anothers_contact_is_none(hiding: Served):  # noqa: F811
    api = await hiding.stub("service")
    await create(api, "Ines", ADDRESS, owner="users/jana", team="teams/west")
    asked = await ask(api)
    stranger = await hiding.stub("rep", subject="users/bob", team="teams/south")
    said = []
    for name in (asked.name, NEVER):
        with pytest.raises(NotFound) as refused:
            await read(stranger, name)
        said.append(str((refused.value.reason, refused.value.message, dict(refused.value.metadata))).replace(name, "…"))
    assert said[0] == said[1]
