"""Methods that ask about rules and memberships, and change nothing."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from chassis.calls import caller
from chassis.clock import Clock
from chassis.db import Database
from chassis.errors import Violation
from chassis.resources import PageTokens, page_size
from chassis.rpc import Servicer
from touchline.segmentation.v1 import segmentation_pb2 as pb

from services.segmentation.domain.checks import RuleInvalidError
from services.segmentation.domain.evaluate import Answer
from services.segmentation.domain.viewing import Viewer
from services.segmentation.models import CONTACT, SEGMENT
from services.segmentation.rpc import trees
from services.segmentation.usecases import asking, segments

MOST_ATTRIBUTES = 1000
SEEING_ALL = frozenset(("service", "admin"))
PLANNING = frozenset(("marketer", "approver"))


class Questions(Servicer):
    """Streams, counts, lists and explains."""

    def __init__(self, database: Database, clock: Clock | None = None, *, hides_teams: bool = False) -> None:
        super().__init__(database, clock)
        self._hides_teams = hides_teams

    def viewer(self) -> Viewer:
        """Who asks; where teams are hidden, only those who run the installation know everybody."""
        found = caller()
        user, team = found.subject.removeprefix("users/"), found.team.removeprefix("teams/")
        knows_all = not self._hides_teams or bool(found.roles & SEEING_ALL)
        counts_all = knows_all or bool(found.roles & PLANNING)
        return Viewer(f"users/{user}", f"teams/{team}" if team else "", knows_all, counts_all)

    async def StreamMembers(
        self, request: pb.StreamMembersRequest, context: Any = None
    ) -> AsyncIterator[pb.StreamMembersResponse]:
        segment_id = SEGMENT.parse_uuid(request.segment, "segment")
        after = CONTACT.parse_uuid(request.after_contact, "after_contact") if request.after_contact else None
        while True:
            async with self.database.transaction() as tx:
                contacts, version = await segments.stream_members(tx, segment_id, after)
            if contacts or after is None:
                yield pb.StreamMembersResponse(contacts=map(CONTACT.format, contacts), rule_version=version)
            if len(contacts) < segments.PAGE:
                return
            after = contacts[-1]

    async def PreviewSegment(self, request: pb.PreviewSegmentRequest, context: Any = None) -> pb.PreviewSegmentResponse:
        rule, now = trees.parse_rule(request.rule, "rule"), self.clock.now()
        async with self.transaction() as tx:
            found = await asking.preview(tx, rule, viewer=self.viewer(), now=now)
        samples = [
            pb.PreviewSegmentResponse.Sample(contact=CONTACT.format(contact), display_name=name)
            for contact, name in found.samples
        ]
        return pb.PreviewSegmentResponse(
            member_count=found.count, contact_count=found.contacts, samples=samples, evaluate_time=trees.stamp(now)
        )

    async def ListSegmentAttributes(
        self, request: pb.ListSegmentAttributesRequest, context: Any = None
    ) -> pb.ListSegmentAttributesResponse:
        tokens = PageTokens("segment attributes")
        held = tokens.read(request.page_token)
        size = page_size(request.page_size, MOST_ATTRIBUTES, MOST_ATTRIBUTES)
        async with self.transaction() as tx:
            known, touch_types = await asking.get_vocabulary(tx)
        found = [each for each in trees.contact_attributes(known) if held is None or each.attribute > held[0]]
        return pb.ListSegmentAttributesResponse(
            contact_attributes=found[:size],
            account_attributes=[] if held else trees.account_attributes(),
            touch_types=[] if held else touch_types,
            next_page_token=tokens.issue((found[size - 1].attribute,)) if len(found) > size else "",
        )

    async def ExplainMembership(
        self, request: pb.ExplainMembershipRequest, context: Any = None
    ) -> pb.ExplainMembershipResponse:
        segment_id, contact = (
            SEGMENT.parse_uuid(request.segment, "segment"),
            CONTACT.parse_uuid(request.contact, "contact"),
        )
        at = _moment(request) or self.clock.now()
        async with self.transaction() as tx:
            found = await asking.explain(tx, segment_id, contact, viewer=self.viewer(), at=at)
        return pb.ExplainMembershipResponse(
            is_member=found.is_member,
            is_kept=found.kept is not None,
            member=pb.Member(**found.kept.facts()) if found.kept else None,
            nodes=map(_node, found.nodes),
            contact=CONTACT.format(found.contact),
            rule_version=found.rule_version,
            evaluate_time=trees.stamp(at),
        )


def _moment(request: pb.ExplainMembershipRequest) -> datetime | None:
    if not request.HasField("at_time"):
        return None
    try:
        return request.at_time.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise RuleInvalidError(violations=[Violation("at_time", "is no moment", "TIME")]) from None


def _node(answer: Answer) -> pb.ExplainMembershipResponse.Node:
    return pb.ExplainMembershipResponse.Node(
        path=answer.path,
        is_true=answer.is_true,
        reason=answer.reason,
        touches=answer.touches,
        touch_count=answer.touch_count,
        next_change_time=trees.stamp(answer.next_change) if answer.next_change else None,
    )
