"""What addresses allow: the fold by cases and against an oracle, recording, checking and suppressing by gRPC."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from chassis.errors import InvalidArgument, PermissionDenied
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain.consent import Question, Reason, Said, Status, Stop, judge
from tests.contact.people import create, email, phone
from tests.serving import Served

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def said(day: int, status: str, channel: str = "EMAIL", topic: str = "", until: int | None = None) -> Said:
    end = NOW + until * DAY if until is not None else None
    return Said(UUID(int=day + 100), "MARKETING", channel, topic, Status(status), NOW + day * DAY, end)


NEWS = Question("MARKETING", "EMAIL", "news", NOW)
CASES = [
    ([], "NO_CONSENT"),
    ([said(-9, "GRANTED")], "GRANTED"),
    ([said(-9, "GRANTED", channel="")], "GRANTED"),
    ([said(-9, "GRANTED", channel="SMS")], "NO_CONSENT"),
    ([said(-9, "GRANTED", topic="offers")], "NO_CONSENT"),
    ([said(1, "GRANTED")], "NO_CONSENT"),
    ([said(-9, "PENDING")], "PENDING"),
    ([said(-9, "PENDING"), said(-8, "GRANTED")], "GRANTED"),
    ([said(-9, "GRANTED"), said(-8, "PENDING")], "GRANTED"),
    ([said(-9, "GRANTED"), said(-8, "WITHDRAWN")], "WITHDRAWN"),
    ([said(-9, "GRANTED"), said(-8, "WITHDRAWN", channel="")], "WITHDRAWN"),
    ([said(-9, "GRANTED"), said(-8, "WITHDRAWN", topic="news")], "WITHDRAWN"),
    ([said(-9, "WITHDRAWN", topic="news"), said(-8, "GRANTED")], "WITHDRAWN"),
    ([said(-9, "WITHDRAWN"), said(-8, "GRANTED", topic="news")], "GRANTED"),
    ([said(-9, "WITHDRAWN", topic="news"), said(-8, "GRANTED", topic="news")], "GRANTED"),
    ([said(-9, "DENIED"), said(-8, "PENDING")], "DENIED"),
    ([said(-9, "GRANTED", until=-1)], "EXPIRED"),
    ([said(-9, "GRANTED", until=1)], "GRANTED"),
    ([said(-9, "GRANTED"), said(-8, "EXPIRED")], "EXPIRED"),
    ([said(-9, "WITHDRAWN", topic="news"), said(-8, "EXPIRED")], "WITHDRAWN"),
    ([said(-9, "WITHDRAWN"), said(-8, "EXPIRED")], "EXPIRED"),
]


@pytest.mark.parametrize(("events", "reason"), CASES)
def test_the_most_restrictive_reading_wins(events: list[Said], reason: str) -> None:
    assert judge(NEWS, events, []).reason == Reason(reason)


def test_a_suppression_goes_before_everything() -> None:
    granted = [said(-9, "GRANTED")]
    assert judge(NEWS, granted, [Stop(UUID(int=1), "")]).reason is Reason.SUPPRESSED
    assert judge(NEWS, granted, [Stop(UUID(int=1), "SMS")]).reason is Reason.GRANTED


events_strategy = st.lists(
    st.builds(
        said,
        st.integers(-20, 3),
        st.sampled_from(list(Status)),
        st.sampled_from(["", "EMAIL", "SMS"]),
        st.sampled_from(["", "news", "offers"]),
        st.none() | st.integers(-5, 5),
    ),
    max_size=7,
    unique_by=lambda each: each.capture_time,
)


def oracle(events: list[Said]) -> bool:
    """Allowed when, replayed in order, a grant is in force and no refusal is left standing."""
    told = sorted(events, key=lambda each: each.capture_time)
    told = [e for e in told if e.channel in ("", "EMAIL") and e.topic in ("", "news") and e.capture_time <= NOW]
    refused: set[tuple[str, str]] = set()
    grants: dict[tuple[str, str], Said] = {}
    for e in told:
        scope = (e.channel, e.topic)
        if e.status in ("DENIED", "WITHDRAWN", "EXPIRED"):
            refused.add(scope)
            grants.pop(scope, None)
        elif e.status == "GRANTED":
            refused = {r for r in refused if not (r[0] in ("", scope[0]) and r[1] in ("", scope[1]))}
            grants[scope] = e
    alive = [g for g in grants.values() if g.effective_to_time is None or g.effective_to_time > NOW]
    return bool(alive) and not refused


@given(events_strategy)
def test_the_oracle_agrees(events: list[Said]) -> None:
    assert judge(NEWS, events, []).is_allowed == oracle(events)
    assert judge(NEWS, events[::-1], []).is_allowed == oracle(events)


def stamp(moment: datetime) -> Timestamp:
    told = Timestamp()
    told.FromDatetime(moment)
    return told


async def record(api: Any, address: pb.Identifier, status: str, **fields: Any) -> pb.ConsentEvent:
    event = pb.ConsentEvent(
        address=address,
        purpose=pb.PURPOSE_MARKETING,
        status=f"STATUS_{status}",
        **{"channel": "CHANNEL_EMAIL", "lawful_basis": "LAWFUL_BASIS_CONSENT", **fields},
    )
    return await api.RecordConsent(pb.RecordConsentRequest(consent_event=event))


async def check(api: Any, **by: Any) -> Any:
    query = pb.CheckConsentRequest.Query(purpose=pb.PURPOSE_MARKETING, channel=pb.CHANNEL_EMAIL, **by)
    return (await api.CheckConsent(pb.CheckConsentRequest(queries=[query]))).answers[0]


async def test_nothing_recorded_is_a_refusal_and_the_last_word_counts(api: Any) -> None:
    address = email("ines@acme.example")
    answer = await check(api, address=address)
    assert (answer.decision, answer.reason) == (
        pb.CheckConsentResponse.DECISION_DENY,
        pb.CheckConsentResponse.REASON_NO_CONSENT,
    )
    granted = await record(api, address, "GRANTED", source="form/spring", wording_version="3")
    assert granted.position
    answer = await check(api, address=email("INES@acme.example"))
    assert (answer.decision, answer.consent_event) == (pb.CheckConsentResponse.DECISION_ALLOW, granted.name)
    before = await check(api, address=address, at_time=stamp(datetime.now(UTC) - DAY))
    assert before.reason == pb.CheckConsentResponse.REASON_NO_CONSENT
    await record(api, address, "WITHDRAWN", channel="CHANNEL_UNSPECIFIED")
    assert (await check(api, address=address)).reason == pb.CheckConsentResponse.REASON_WITHDRAWN


async def test_a_contact_is_asked_by_its_primary_address_and_a_merge_keeps_refusals(api: Any) -> None:
    ines = await create(api, "Ines", phone("+4930901820"), email("ines@acme.example"))
    dup = await create(api, "Dup", email("old@acme.example"))
    assert (await check(api, contact=dup.name)).subject != (await check(api, contact=ines.name)).subject
    await record(api, email("ines@acme.example"), "GRANTED")
    await record(api, email("old@acme.example"), "WITHDRAWN")
    await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=dup.name))
    assert (await check(api, contact=dup.name)).reason == pb.CheckConsentResponse.REASON_GRANTED
    assert (await check(api, address=email("old@acme.example"))).reason == pb.CheckConsentResponse.REASON_WITHDRAWN
    nobody = await create(api, "Nobody")
    assert (await check(api, contact=nobody.name)).reason == pb.CheckConsentResponse.REASON_NO_ADDRESS
    listed = await api.ListConsentEvents(pb.ListConsentEventsRequest(parent=ines.name))
    assert [each.status for each in listed.consent_events] == [
        pb.ConsentEvent.STATUS_WITHDRAWN,
        pb.ConsentEvent.STATUS_GRANTED,
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"effective_to_time": stamp(datetime(2000, 1, 1, tzinfo=UTC))},
        {"topic": "Bad Topic"},
        {"status": "STATUS_UNSPECIFIED"},
    ],
)
async def test_what_is_wrong_is_refused(api: Any, fields: dict[str, Any]) -> None:
    event = pb.ConsentEvent(
        address=email("ines@acme.example"),
        lawful_basis=pb.ConsentEvent.LAWFUL_BASIS_CONSENT,
        **{"purpose": pb.PURPOSE_MARKETING, "status": "STATUS_GRANTED", **fields},
    )
    with pytest.raises(InvalidArgument):
        await api.RecordConsent(pb.RecordConsentRequest(consent_event=event))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"capture_time": stamp(datetime(2100, 1, 1, tzinfo=UTC))}, "CONSENT_IN_FUTURE"),
        ({"lawful_basis": "LAWFUL_BASIS_UNSPECIFIED"}, "CONSENT_WITHOUT_BASIS"),
    ],
)
async def test_a_grant_from_the_future_or_without_a_basis_is_refused_by_name(
    api: Any, fields: dict[str, Any], reason: str
) -> None:
    address = email("ines@acme.example")
    with pytest.raises(InvalidArgument) as refused:
        await record(api, address, "GRANTED", **fields)
    assert refused.value.reason == reason
    assert {violation.reason for violation in refused.value.violations} == {reason}
    assert (await check(api, address=address)).reason == pb.CheckConsentResponse.REASON_NO_CONSENT


async def test_a_refusal_needs_no_basis_and_is_kept_when_somebody_subscribes_again(api: Any) -> None:
    address = email("ines@acme.example")
    ines = await create(api, "Ines", address)
    await record(api, address, "GRANTED")
    left = await record(api, address, "WITHDRAWN", lawful_basis="LAWFUL_BASIS_UNSPECIFIED")
    await record(api, address, "GRANTED")
    assert (await check(api, address=address)).reason == pb.CheckConsentResponse.REASON_GRANTED
    listed = await api.ListConsentEvents(pb.ListConsentEventsRequest(parent=ines.name))
    assert [each.name for each in listed.consent_events][1] == left.name


async def test_a_grant_that_ran_out_is_a_refusal_with_its_reason(api: Any) -> None:
    address, now = email("ines@acme.example"), datetime.now(UTC)
    granted = await record(
        api, address, "GRANTED", capture_time=stamp(now - 2 * DAY), effective_to_time=stamp(now - DAY)
    )
    answer = await check(api, address=address)
    assert (answer.reason, answer.consent_event) == (pb.CheckConsentResponse.REASON_EXPIRED, granted.name)


async def test_a_refusal_never_runs_out(api: Any) -> None:
    with pytest.raises(InvalidArgument):
        await record(api, email("a@acme.example"), "DENIED", effective_to_time=stamp(datetime.now(UTC) + DAY))


async def test_a_suppressed_address_is_denied_until_it_is_lifted(api: Any) -> None:
    address = email("ines@acme.example")
    await record(api, address, "GRANTED")
    wanted = pb.Suppression(address=address, reason=pb.Suppression.REASON_BOUNCE, source="smtp")
    made = await api.SuppressAddress(pb.SuppressAddressRequest(suppression=wanted))
    assert (await api.SuppressAddress(pb.SuppressAddressRequest(suppression=wanted))).name == made.name
    answer = await check(api, address=address)
    assert (answer.reason, answer.suppression) == (pb.CheckConsentResponse.REASON_SUPPRESSED, made.name)
    listed = await api.ListSuppressions(pb.ListSuppressionsRequest(filter="reason = BOUNCE"))
    assert [each.name for each in listed.suppressions] == [made.name]
    lifted = await api.LiftSuppression(pb.LiftSuppressionRequest(name=made.name, reason="asked by letter"))
    assert lifted.HasField("lift_time")
    assert (
        await api.LiftSuppression(pb.LiftSuppressionRequest(name=made.name, reason="asked by letter"))
    ).etag == lifted.etag
    assert (await check(api, address=address)).decision == pb.CheckConsentResponse.DECISION_ALLOW
    assert not (await api.ListSuppressions(pb.ListSuppressionsRequest())).suppressions


async def test_only_who_sees_an_address_lifts_its_suppression_and_the_audit_log_names_them(
    contact: Served, api: Any, ada: Any, admin: Any
) -> None:
    await create(ada, "Ines", email("ines@acme.example"))
    near, far = [await contact.stub("marketer", subject=f"users/{team}", team=team) for team in ("north", "south")]
    stops = []
    for address in (email("ines@acme.example"), email("nobody@acme.example")):
        stop = pb.Suppression(address=address, reason=pb.Suppression.REASON_COMPLAINT)
        stops.append((await far.SuppressAddress(pb.SuppressAddressRequest(suppression=stop))).name)
    refused = [(far, stops[0]), (far, stops[1]), (near, stops[1])]
    for caller, name in refused:
        with pytest.raises(PermissionDenied) as refusal:
            await caller.LiftSuppression(pb.LiftSuppressionRequest(name=name, reason="asked by letter"))
        assert refusal.value.reason == "ADDRESS_MASKED"
    assert len((await api.ListSuppressions(pb.ListSuppressionsRequest())).suppressions) == 2
    for caller, name in ((near, stops[0]), (admin, stops[1])):
        lifted = await caller.LiftSuppression(pb.LiftSuppressionRequest(name=name, reason="asked by letter"))
        assert lifted.HasField("lift_time")
    with pytest.raises(PermissionDenied):
        await far.LiftSuppression(
            pb.LiftSuppressionRequest(name=stops[0], reason="asked by letter")
        )  # lifted or not is not theirs to learn
    log = (await admin.ListAuditEntries(pb.ListAuditEntriesRequest())).audit_entries
    assert [(each.action, each.actor, each.resource, each.reason) for each in log] == [
        ("suppression.lift", "users/root", stops[1], "asked by letter"),
        ("suppression.lift", "users/north", stops[0], "asked by letter"),
    ]


@pytest.mark.parametrize("reason", ["", "x" * 501])
async def test_a_suppression_is_not_lifted_without_a_reason_of_a_fair_length(api: Any, admin: Any, reason: str) -> None:
    stop = pb.Suppression(address=email("ines@acme.example"), reason=pb.Suppression.REASON_COMPLAINT)
    made = await api.SuppressAddress(pb.SuppressAddressRequest(suppression=stop))
    with pytest.raises(InvalidArgument) as refused:
        await admin.LiftSuppression(pb.LiftSuppressionRequest(name=made.name, reason=reason))
    assert [each.field for each in refused.value.violations] == ["reason"]
    assert len((await api.ListSuppressions(pb.ListSuppressionsRequest())).suppressions) == 1
    assert not (await admin.ListAuditEntries(pb.ListAuditEntriesRequest())).audit_entries


async def test_addresses_of_other_teams_are_masked_here_too(api: Any, ada: Any, bob: Any) -> None:
    ines = await create(ada, "Ines", email("ines@acme.example"))
    await record(api, email("ines@acme.example"), "GRANTED", evidence="canary-evidence")
    suppression = pb.Suppression(address=email("ines@acme.example"), reason=pb.Suppression.REASON_MANUAL)
    await api.SuppressAddress(pb.SuppressAddressRequest(suppression=suppression))
    for rep, is_seen in ((ada, True), (bob, False)):
        events = await rep.ListConsentEvents(pb.ListConsentEventsRequest(parent=ines.name))
        stops = await rep.ListSuppressions(pb.ListSuppressionsRequest())
        for answer in (events, stops):
            assert ("ines@acme.example" in str(answer)) == is_seen
        assert ("canary-evidence" in str(events)) == is_seen


async def test_a_thousand_questions_are_one_call(api: Any) -> None:
    queries = [
        pb.CheckConsentRequest.Query(
            address=email(f"p{number}@acme.example"), purpose=pb.PURPOSE_MARKETING, channel=pb.CHANNEL_EMAIL
        )
        for number in range(1000)
    ]
    await record(api, email("p7@acme.example"), "GRANTED")
    answers = (await api.CheckConsent(pb.CheckConsentRequest(queries=queries))).answers
    allowed = [place for place, answer in enumerate(answers) if answer.decision == 1]
    assert allowed == [7]
