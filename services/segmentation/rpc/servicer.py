"""The servicer: segments, lists and their members; what asks about rules is in `questions`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.calls import caller
from chassis.db import Tx
from chassis.errors import Violation
from chassis.filters import Column, Kind, compile_filter
from chassis.lists import Paging
from chassis.resources import apply_mask
from google.protobuf.empty_pb2 import Empty
from touchline.segmentation.v1 import segmentation_pb2 as pb
from touchline.segmentation.v1.segmentation_pb2_grpc import SegmentationServiceServicer

from services.segmentation.domain import Kind as SegmentKind
from services.segmentation.domain import rules
from services.segmentation.domain.checks import RuleInvalidError
from services.segmentation.models import CONTACT, SEGMENT, Segment
from services.segmentation.rpc import trees
from services.segmentation.rpc.questions import Questions
from services.segmentation.usecases import segments as usecases
from services.segmentation.usecases.segments import Values

UNLIMITED = ("StreamMembers",)

SEGMENT_COLUMNS = {
    "display_name": Column(Kind.TEXT, Segment.display_name),
    "kind": Column(Kind.TEXT, Segment.kind),
    "member_count": Column(Kind.NUMBER, Segment.member_count),
    "create_time": Column(Kind.TIME, Segment.create_time),
    "update_time": Column(Kind.TIME, Segment.update_time),
}


class SegmentationServicer(Questions, SegmentationServiceServicer):
    """Answers touchline.segmentation.v1.SegmentationService."""

    async def GetSegment(self, request: pb.GetSegmentRequest, context: Any = None) -> pb.Segment:
        segment_id = SEGMENT.parse_uuid(request.name)
        async with self.transaction() as tx:
            return await self._message(tx, await usecases.get_segment(tx, segment_id))

    async def ListSegments(self, request: pb.ListSegmentsRequest, context: Any = None) -> pb.ListSegmentsResponse:
        where = compile_filter(request.filter, self._columns())
        paging = Paging.of(request, "segments", request.filter)
        async with self.transaction() as tx:
            rows, token = await usecases.list_segments(tx, where, paging)
            told = await self._messages(tx, rows)
        return pb.ListSegmentsResponse(segments=told, next_page_token=token)

    async def CreateSegment(self, request: pb.CreateSegmentRequest, context: Any = None) -> pb.Segment:
        rule = given_rule(request.segment)
        values = {**segment_values(request.segment), "kind": given_kind(request.segment)}
        async with self.transaction() as tx:
            segment = await usecases.create_segment(tx, values, rule, now=self.clock.now())
            return tx.answer(segment_message(segment, rule))

    async def UpdateSegment(self, request: pb.UpdateSegmentRequest, context: Any = None) -> pb.Segment:
        segment_id = SEGMENT.parse_uuid(request.segment.name, "segment.name")

        def change(segment: Segment, rule: rules.Rule | None) -> usecases.Change:
            wanted = segment_message(segment, rule)
            apply_mask(wanted, request.segment, request.update_mask)
            given_kind(wanted)
            return segment_values(wanted), given_rule(wanted)

        async with self.transaction() as tx:
            segment = await usecases.update_segment(
                tx, segment_id, change, etag=request.segment.etag, now=self.clock.now()
            )
            return tx.answer(await self._message(tx, segment))

    async def DeleteSegment(self, request: pb.DeleteSegmentRequest, context: Any = None) -> Empty:
        segment_id = SEGMENT.parse_uuid(request.name)
        async with self.transaction() as tx:
            await usecases.delete_segment(tx, segment_id, etag=request.etag, now=self.clock.now())
        return Empty()

    async def AddMembers(self, request: pb.AddMembersRequest, context: Any = None) -> pb.Segment:
        segment_id, contact_ids = SEGMENT.parse_uuid(request.name), ids_of(request.contacts)
        async with self.transaction() as tx:
            segment = await usecases.add_members(
                tx, segment_id, contact_ids, added_by=caller().subject, now=self.clock.now()
            )
            return tx.answer(await self._message(tx, segment))

    async def RemoveMembers(self, request: pb.RemoveMembersRequest, context: Any = None) -> pb.Segment:
        segment_id, contact_ids = SEGMENT.parse_uuid(request.name), ids_of(request.contacts)
        async with self.transaction() as tx:
            segment = await usecases.remove_members(tx, segment_id, contact_ids, now=self.clock.now())
            return tx.answer(await self._message(tx, segment))

    async def ListMembers(self, request: pb.ListMembersRequest, context: Any = None) -> pb.ListMembersResponse:
        segment_id = SEGMENT.parse_uuid(request.parent, "parent")
        paging = Paging.of(request, "members", request.parent)
        async with self.transaction() as tx:
            rows, token = await usecases.list_members(tx, segment_id, paging, viewer=self.viewer())
        return pb.ListMembersResponse(members=[pb.Member(**row.facts()) for row in rows], next_page_token=token)

    async def _message(self, tx: Tx, segment: Segment) -> pb.Segment:
        return (await self._messages(tx, [segment]))[0]

    async def _messages(self, tx: Tx, rows: Sequence[Segment]) -> list[pb.Segment]:
        found = await usecases.rules_of(tx, rows)
        counts = await usecases.counts_of(tx, rows, viewer=self.viewer())
        told = [segment_message(row, found.get(row.id)) for row in rows]
        for row, message in zip(rows, told, strict=True):
            message.member_count = counts[row.id]
        return told

    def _columns(self) -> dict[str, Column]:
        """What a filter may name: the count of all members only for who may read it."""
        hidden = set() if self.viewer().counts_all else {"member_count"}
        return {name: column for name, column in SEGMENT_COLUMNS.items() if name not in hidden}

    async def reread(self, name: str, method: str) -> pb.Segment:
        return await self.GetSegment(pb.GetSegmentRequest(name=name))


def segment_message(segment: Segment, rule: rules.Rule | None) -> pb.Segment:
    """A segment as others read it, with its rule."""
    return pb.Segment(**segment.facts(), rule=trees.rule_message(rule) if rule is not None else None)


def given_rule(segment: pb.Segment) -> rules.Rule | None:
    """The rule in a request."""
    return trees.parse_rule(segment.rule, "segment.rule") if segment.HasField("rule") else None


def given_kind(segment: pb.Segment) -> SegmentKind:
    """The kind of a segment: what it says, else what its rule means; a rule and nothing else has a rule."""
    has_rule = segment.HasField("rule")
    said = pb.Segment.Kind.Name(segment.kind).removeprefix("KIND_")
    if said == "UNSPECIFIED":
        return SegmentKind.RULE if has_rule else SegmentKind.LIST
    if has_rule != (said == SegmentKind.RULE):
        words = "is required for kind RULE" if not has_rule else f"does not belong to kind {said}"
        raise RuleInvalidError(violations=[Violation("segment.rule", words, "KIND")])
    return SegmentKind(said)


def segment_values(segment: pb.Segment) -> Values:
    """What a caller may say of a segment."""
    return {"display_name": segment.display_name, "description": segment.description}


def ids_of(contacts: Sequence[str]) -> list[UUID]:
    """The contacts' ids, each once, in order: rows are locked in one order, whoever calls."""
    return sorted({CONTACT.parse_uuid(name, f"contacts[{at}]") for at, name in enumerate(contacts)})
