"""Each personal field of each answer as each role sees it, her own team and another, beside tests/flows/masks.py."""

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.errors import DomainError, NotFound
from google.protobuf.message import Message
from touchline.campaign.v1 import campaign_pb2 as campaigns
from touchline.contact.v1 import contact_pb2 as contacts
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.segmentation.v1 import segmentation_pb2 as segments

from deploy.local.children import free_port
from tests.flows.campaigns import Marketer, campaign_of
from tests.flows.masks import EXPECTED, NOT_FOUND, REFUSED, personal, reading, seen
from tests.flows.people import client
from tests.flows.postbox import Postbox
from tests.flows.sitter import CALLED, MARK, OWNER, Sitter, sit
from tests.flows.system import GRPC, System
from tests.house.permissions import ROLES, written

UNLIMITED = ("admin", "service")
OF_EVERYBODY = {
    "ListDuplicateCandidates", "ListConsentFindings", "ListSuppressions", "ListAuditEntries", "SnapshotLinks",
    "SnapshotContacts", "ListContactActivities", "ListTasks", "ListAlerts", "ListUnlinkedTouches", "ReadTouches",
}  # fmt: skip
SITTER: dict[str, Sitter] = {}


@dataclass(frozen=True)
class Viewer:
    """Somebody of a role: of her team, of another, or herself the owner."""

    role: str
    is_close: bool
    is_owner: bool = False

    def __str__(self) -> str:
        return f"{self.role} {'owner' if self.is_owner else 'of her team' if self.is_close else 'of another team'}"

    def fields(self) -> dict[str, str]:
        if self.is_owner:
            return {"subject": OWNER, "team": "north"}
        return {"subject": f"users/{self.role}-{self.is_close}", "team": "central" if self.is_close else "north"}


VIEWERS = [
    Viewer("rep", is_close=True, is_owner=True),
    *(Viewer(role, is_close) for role in ROLES if role not in UNLIMITED for is_close in (True, False)),
    *(Viewer(role, is_close=True) for role in UNLIMITED),
]


@pytest.fixture
async def sitter(system: System, postbox: Postbox) -> Sitter:
    if not SITTER:
        async with client(system) as touchline:
            SITTER["her"] = await sit(system, touchline, Marketer(touchline, postbox))
    return SITTER["her"]


class Reader:
    """A viewer's stubs of all services."""

    def __init__(self, channels: dict[str, Any]) -> None:
        for name, opened in channels.items():
            module = importlib.import_module(f"touchline.{name}.v1.{name}_pb2_grpc")
            setattr(self, name, getattr(module, f"{name.capitalize()}ServiceStub")(opened))

    async def read(self, asked: str, her: Sitter) -> list[Message] | str:
        """What a method answers about her, of lists what is hers; or why it answers nothing."""
        method = asked.partition(" ")[0]
        call = getattr(getattr(self, reading()[method].full_name.split(".")[1]), method)
        try:
            answers = [answer for request in requests(her)[asked] async for answer in _answers(call, request)]
        except NotFound:
            return NOT_FOUND
        except DomainError as error:
            return error.reason or type(error).__name__
        return [hers(answer, her) for answer in answers] if method in OF_EVERYBODY else answers


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


def expected(asked: str, viewer: Viewer, *, is_hidden: bool) -> dict[str, str] | str:
    """What the policy says: by field, or how the call is refused."""
    method, answer = asked.partition(" ")[0], EXPECTED[asked]
    (grant,) = [grant for (_, name), grant in written().items() if name == method]
    if viewer.role not in grant.roles:
        return REFUSED
    if answer.colleagues and viewer.role != "admin" and not viewer.is_owner:
        return answer.colleagues
    if viewer.is_close and not (method == "ListUnlinkedTouches" and viewer.role not in UNLIMITED):
        return {path: close for path, (close, _) in answer.fields.items()}
    if is_hidden:
        return answer.hidden if answer.hidden == NOT_FOUND else dict.fromkeys(answer.fields, answer.hidden)
    return answer.others or {path: other for path, (_, other) in answer.fields.items()}


def unlike(told: dict[str, dict[str, str] | str], viewer: Viewer, *, is_hidden: bool) -> dict[str, tuple[str, str]]:
    """The cells that are not as the policy says: what was told, and what it says."""
    wrong: dict[str, tuple[str, str]] = {}
    for method, answer in told.items():
        wanted = expected(method, viewer, is_hidden=is_hidden)
        for path in EXPECTED[method].fields:
            cell = tuple(each if isinstance(each, str) else each[path] for each in (answer, wanted))
            if cell[0] != cell[1]:
                wrong[f"{method} {path}"] = (cell[0], cell[1])
    return wrong


async def everything(system: System, her: Sitter, viewer: Viewer) -> dict[str, dict[str, str] | str]:
    """What a viewer was told by every method."""
    async with contextlib.AsyncExitStack() as stack:
        opened = {name: system.channel(name, viewer.role, **viewer.fields()) for name in GRPC}
        reader = Reader({name: await stack.enter_async_context(one) for name, one in opened.items()})
        return {method: await found(reader, method, her) for method in EXPECTED}


async def found(reader: Reader, method: str, her: Sitter) -> dict[str, str] | str:
    """What a viewer was told."""
    told = await reader.read(method, her)
    if isinstance(told, str):
        return told
    marks = {path: CALLED if path.endswith(("_name", "names.contact")) else MARK for path in EXPECTED[method].fields}
    return {path: seen(told, path, mark) for path, mark in marks.items()}


def test_every_personal_field_of_every_answer_is_placed():
    """A field that is new, or becomes personal, is not known to the table until somebody says who sees it."""
    placed = {(asked.partition(" ")[0], path) for asked, answer in EXPECTED.items() for path in answer.fields}
    assert placed == {(name, path) for name, one in reading().items() for path in personal(one.output_type)}


@pytest.mark.parametrize("viewer", VIEWERS, ids=str)
async def test_a_role_sees_each_field_as_the_policy_says(system: System, sitter: Sitter, viewer: Viewer):
    told = await everything(system, sitter, viewer)
    assert unlike(told, viewer, is_hidden=False) == {}


@contextlib.asynccontextmanager
async def hiding(system: System) -> AsyncIterator[System]:
    """The same installation with doors of its own, at which teams are hidden from each other."""
    fields = system.fields | {f"port_{name}": free_port() for name in GRPC} | {"team_visibility": "hidden"}
    other, stop = System(system.state, fields), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for name in GRPC:
            settings = other.settings.for_role(name, "serve")
            role = await importlib.import_module(f"services.{name}.app").serve(settings)
            group.create_task(role.run(stop))
        try:
            yield other
        finally:
            stop.set()


@pytest.mark.parametrize("viewer", VIEWERS, ids=str)
async def test_where_teams_are_hidden_another_teams_person_is_in_no_answer(
    system: System, sitter: Sitter, viewer: Viewer
):
    async with hiding(system) as other:
        told = await everything(other, sitter, viewer)
    assert unlike(told, viewer, is_hidden=True) == {}
