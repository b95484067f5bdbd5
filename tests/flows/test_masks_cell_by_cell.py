"""Each personal field of each answer as each role sees it, her own team and another, beside tests/flows/masks.py."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.errors import DomainError, NotFound
from google.protobuf.message import Message
from touchline.campaign.v1 import campaign_pb2 as campaigns
from touchline.contact.v1 import contact_pb2 as contacts
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.segmentation.v1 import segmentation_pb2 as segments

from tests.flows.campaigns import campaign_of
from tests.flows.masks import EXPECTED, NOT_FOUND, WRITING, answering, personal
from tests.flows.sitter import CALLED, MARK, OWNER, Sitter
from tests.flows.system import System
from tests.flows.viewers import VIEWERS, Viewer, doors, hiding, method_of, told, unlike

OF_EVERYBODY = {
    "ListDuplicateCandidates", "ListConsentFindings", "ListSuppressions", "ListAuditEntries", "SnapshotLinks",
    "SnapshotContacts", "ListContactActivities", "ListTasks", "ListAlerts", "ListUnlinkedTouches", "ReadTouches",
}  # fmt: skip


async def read(stubs: dict[str, Any], asked: str, her: Sitter) -> dict[str, str] | str:
    """What a method answers about her, of lists what is hers; or why it answers nothing."""
    method = asked.partition(" ")[0]
    call = method_of(stubs, method)
    try:
        answers = [answer for request in requests(her)[asked] async for answer in _answers(call, request)]
    except NotFound:
        return NOT_FOUND
    except DomainError as error:
        return error.reason or type(error).__name__
    if method in OF_EVERYBODY:
        answers = [hers(answer, her) for answer in answers]
    return told(answers, EXPECTED[asked].fields)


async def _answers(call: Any, request: Any) -> AsyncIterator[Message]:
    """All pages of an answer; of a stream as much as tells of her."""
    if hasattr(request, "page_size"):
        request.page_size = 1000
    while True:
        answered = call(request)
        if not hasattr(answered, "__await__"):
            async for answer in answered:
                yield answer
                if MARK.encode() in answer.SerializeToString():
                    break
            await answered.aclose()
            return
        answer = await answered
        yield answer
        if not getattr(answer, "next_page_token", ""):
            return
        request.page_token = answer.next_page_token


def hers(answer: Message, her: Sitter) -> Message:
    """An answer without the elements of its lists that are about others."""
    kept = type(answer)()
    kept.CopyFrom(answer)
    for field, value in kept.ListFields():
        if field.is_repeated and field.message_type is not None and not field.message_type.GetOptions().map_entry:
            mine = [one for one in value if any(name in one.SerializeToString() for name in her.names())]
            del value[:]
            value.extend(mine)
    return kept


def requests(her: Sitter) -> dict[str, list[Message]]:
    """What is asked of each method about her; where only her twin has a value, of the two."""
    return of_contact(her) | of_campaign(her) | of_interaction(her)


def of_contact(her: Sitter) -> dict[str, list[Message]]:
    findings = contacts.ListConsentFindingsRequest(finding=contacts.ListConsentFindingsRequest.FINDING_EXPIRED)
    findings.from_time.FromDatetime(datetime.now(UTC) - timedelta(days=1))
    findings.to_time.FromDatetime(datetime.now(UTC) + timedelta(days=9))
    both = (her.contact, her.twin)
    return {
        "GetContact": [contacts.GetContactRequest(name=name) for name in both],
        "BatchGetContacts": [contacts.BatchGetContactsRequest(names=both)],
        "ListContacts": [contacts.ListContactsRequest(query=CALLED)],
        "RevealContact": [contacts.RevealContactRequest(name=name, reason=f"For {MARK}") for name in both],
        "PreviewMerge": [
            contacts.PreviewMergeRequest(name=name, duplicate=other) for name, other in (both, both[::-1])
        ],
        "ListDuplicateCandidates": [contacts.ListDuplicateCandidatesRequest()],
        "ListContactChanges": [contacts.ListContactChangesRequest(parent=her.contact)],
        "ListIdentityLinks": [contacts.ListIdentityLinksRequest(parent=her.contact)],
        "ListPurchases": [contacts.ListPurchasesRequest(parent=her.contact)],
        "ListConsentEvents": [contacts.ListConsentEventsRequest(parent=her.contact)],
        "ListConsentFindings": [findings],
        "GetOptIn": [contacts.GetOptInRequest(name=her.opt_in)],
        "GetAccount": [contacts.GetAccountRequest(name=her.account)],
        "ListAccounts": [contacts.ListAccountsRequest()],
        "ListSuppressions": [contacts.ListSuppressionsRequest()],
        "ListAuditEntries": [contacts.ListAuditEntriesRequest()],
        "SnapshotLinks": [contacts.SnapshotLinksRequest()],
        "SnapshotContacts": [contacts.SnapshotContactsRequest()],
        "SnapshotEvents": [contacts.SnapshotEventsRequest()],
    }


def of_campaign(her: Sitter) -> dict[str, list[Message]]:
    rule = segments.Rule(segment=segments.SegmentCondition(segment=her.segment))
    return {
        "PreviewSegment": [segments.PreviewSegmentRequest(rule=rule)],
        "DryRunCampaign": [campaigns.DryRunCampaignRequest(name=campaign_of(her.activity))],
        "PreviewActivity": [campaigns.PreviewActivityRequest(name=her.activity, contact=her.contact)],
        "GetSend": [campaigns.GetSendRequest(name=her.send)],
        "ListSends": [campaigns.ListSendsRequest(parent=her.send.partition("/sends/")[0])],
        "ExplainSend": [campaigns.ExplainSendRequest(campaign=campaign_of(her.send), contact=her.contact)],
        "GetOutlook": [campaigns.GetOutlookRequest(contact=her.contact)],
        "GetSentMail": [campaigns.GetSentMailRequest(message=her.message)],
    }


def of_interaction(her: Sitter) -> dict[str, list[Message]]:
    since = datetime.now(UTC) - timedelta(days=1)
    engaged = pb.BatchGetEngagementsRequest(contacts=[her.contact])
    engaged.since_time.FromDatetime(since)
    active = pb.ListContactActivitiesRequest(owner=OWNER)
    active.since_time.FromDatetime(since)
    return {
        "GetTouch": [pb.GetTouchRequest(name=her.touch)],
        "BatchGetTouches": [pb.BatchGetTouchesRequest(names=[her.touch])],
        "BatchGetTouchEvidence": [pb.BatchGetTouchEvidenceRequest(names=[her.touch])],
        "GetTimeline": [pb.GetTimelineRequest(parent=her.contact)],
        "GetTimeline of her account": [pb.GetTimelineRequest(parent=her.account)],
        "ListThreadTouches": [pb.ListThreadTouchesRequest(parent=her.thread)],
        "WatchTimeline": [pb.WatchTimelineRequest(parent=her.contact, watch_position=her.watch_position)],
        "GetTouchBrief": [pb.GetTouchBriefRequest(name=f"{her.contact}/touchBrief")],
        "ListContactActivities": [active],
        "ListTasks": [pb.ListTasksRequest(assignee=OWNER)],
        "BatchGetEngagements": [engaged],
        "ListDealTouches": [pb.ListDealTouchesRequest(parent=her.deal)],
        "GetPins": [pb.GetPinsRequest(name=f"{her.contact}/pins")],
        "ListAlerts": [pb.ListAlertsRequest(parent=OWNER)],
        "GetAlertSettings": [pb.GetAlertSettingsRequest(name=f"{OWNER}/alertSettings")],
        "ListUnlinkedTouches": [pb.ListUnlinkedTouchesRequest()],
        "ReadTouches": [pb.ReadTouchesRequest(batch_size=1000)],
    }


async def everything(system: System, her: Sitter, viewer: Viewer) -> dict[str, dict[str, str] | str]:
    """What a viewer was told by every method."""
    async with doors(system, viewer) as stubs:
        return {asked: await read(stubs, asked, her) for asked in EXPECTED}


def test_every_personal_field_of_every_answer_is_placed():
    """A field that is new, or becomes personal, is not known to the table until somebody says who sees it."""
    table = EXPECTED | WRITING
    placed = {(asked.partition(" ")[0], path) for asked, answer in table.items() for path in answer.fields}
    assert placed == {(name, path) for name, one in answering().items() for path in personal(one.output_type)}


@pytest.mark.parametrize("viewer", VIEWERS, ids=str)
async def test_a_role_sees_each_field_as_the_policy_says(system: System, sitter: Sitter, viewer: Viewer):
    assert unlike(EXPECTED, await everything(system, sitter, viewer), viewer, is_hidden=False) == {}


@pytest.mark.parametrize("viewer", VIEWERS, ids=str)
async def test_where_teams_are_hidden_another_teams_person_is_in_no_answer(
    system: System, sitter: Sitter, viewer: Viewer
):
    async with hiding(system) as other:
        answers = await everything(other, sitter, viewer)
    assert unlike(EXPECTED, answers, viewer, is_hidden=True) == {}
