"""Segmentation: who the members of segments are now."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from chassis.errors import DomainError, NotFound, Unavailable
from chassis.rpc import Channel
from touchline.segmentation.v1.segmentation_pb2 import (
    ExplainMembershipRequest,
    GetSegmentRequest,
    Segment,
    StreamMembersRequest,
)
from touchline.segmentation.v1.segmentation_pb2_grpc import SegmentationServiceStub

PATIENCE = 10.0


class SegmentMissingError(Exception):
    """There is no such segment."""

    def __init__(self, segment: str) -> None:
        super().__init__(segment)
        self.segment = segment


class SegmentsAwayError(Unavailable):
    """Segmentation cannot say who its members are now: it is away, or still building the segment."""

    reason = "UNAVAILABLE"


class Segments:
    """Asks segmentation."""

    def __init__(self, channel: Channel) -> None:
        self._stub: Any = SegmentationServiceStub(channel)

    async def is_exclusion(self, segment: str) -> bool:
        """Whether it is a list of people to be left out. Raises SegmentMissingError and SegmentsAwayError."""
        try:
            found = await self._stub.GetSegment(GetSegmentRequest(name=segment), timeout=PATIENCE)
        except NotFound:
            raise SegmentMissingError(segment) from None
        except DomainError as error:
            raise SegmentsAwayError(f"segmentation: {error.reason}") from None
        return bool(found.kind == Segment.KIND_EXCLUSION)

    async def holds(self, segment: str, contact: str) -> bool:
        """Whether this contact is in it now; nobody is in a segment that is gone. Raises SegmentsAwayError."""
        wish = ExplainMembershipRequest(segment=segment, contact=contact)
        try:
            found = await self._stub.ExplainMembership(wish, timeout=PATIENCE)
        except NotFound:
            return False
        except DomainError as error:
            raise SegmentsAwayError(f"segmentation: {error.reason}") from None
        return bool(found.is_kept)

    async def members(self, segment: str) -> AsyncIterator[list[UUID]]:
        """Every member, a list at a time, in the order of their ids; goes on by itself where a call breaks off once.

        Raises SegmentMissingError and SegmentsAwayError.
        """
        after, has_failed = "", False
        while True:
            try:
                async for members in self._from(segment, after):
                    after, has_failed = f"contacts/{members[-1]}", False
                    yield members
            except NotFound:
                raise SegmentMissingError(segment) from None
            except DomainError as error:
                if has_failed or error.kind != "UNAVAILABLE":
                    raise SegmentsAwayError(f"segmentation: {error.reason}") from None
                has_failed = True
            else:
                return

    async def _from(self, segment: str, after: str) -> AsyncIterator[list[UUID]]:
        async for answer in self._stub.StreamMembers(StreamMembersRequest(segment=segment, after_contact=after)):
            if answer.contacts:
                yield [UUID(name.rpartition("/")[2]) for name in answer.contacts]

    async def audience(self, includes: Sequence[str], excludes: Sequence[str]) -> AsyncIterator[list[UUID]]:
        """Whoever is in an included segment and in no excluded one, once, a list at a time."""
        seen: set[UUID] = set()
        for segment in excludes:
            async for members in self.members(segment):
                seen.update(members)
        for segment in includes:
            async for members in self.members(segment):
                fresh = [member for member in members if member not in seen]
                seen.update(fresh)
                if fresh:
                    yield fresh
