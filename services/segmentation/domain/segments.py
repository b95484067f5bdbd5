"""What a segment is, how large it may grow, and what is said when it changes. Nothing here touches the world.

A segment has two counters. Its `revision` rises when somebody changes the segment itself, and is the etag. Its
`membership_revision` rises when contacts come or go, so that two people may fill a list while a third renames it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.errors import AlreadyExists, FailedPrecondition, NotFound

MAXIMUM_MEMBERS = 1_000_000

# A resource as the outside sees it: the fields of its proto by name, with plain values.
Facts = Mapping[str, Any]


class Kind(StrEnum):
    """How a segment gets its members."""

    LIST = "LIST"
    EXCLUSION = "EXCLUSION"
    RULE = "RULE"


class SegmentNotFoundError(NotFound):
    """There is no such segment."""

    reason = "SEGMENT_NOT_FOUND"


class SegmentNameTakenError(AlreadyExists):
    """Another segment has that display name."""

    reason = "SEGMENT_NAME_TAKEN"


class SegmentFullError(FailedPrecondition):
    """The list would grow beyond its limit."""

    reason = "SEGMENT_FULL"


class SegmentIsRuleError(FailedPrecondition):
    """The rule decides who is in it."""

    reason = "SEGMENT_IS_RULE"


class SegmentBuildingError(FailedPrecondition):
    """The first evaluation of the rule is not done yet."""

    reason = "SEGMENT_BUILDING"


class SegmentInUseError(FailedPrecondition):
    """The rules of other segments name it."""

    reason = "SEGMENT_IN_USE"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that happened to a segment: its name, its revision after it, and when."""

    subject: str
    revision: int
    time: datetime


@dataclass(frozen=True, kw_only=True)
class SegmentCreated(Fact):
    segment: Facts


@dataclass(frozen=True, kw_only=True)
class SegmentUpdated(Fact):
    segment: Facts


@dataclass(frozen=True, kw_only=True)
class SegmentDeleted(Fact):
    segment: str
    delete_time: datetime


@dataclass(frozen=True, kw_only=True)
class MembersAdded(Fact):
    segment: Facts
    contacts: Sequence[str]
    join_time: datetime


@dataclass(frozen=True, kw_only=True)
class MembersRemoved(Fact):
    segment: Facts
    contacts: Sequence[str]
    leave_time: datetime


@dataclass(frozen=True, kw_only=True)
class SegmentMembershipChanged(Fact):
    """A contact entered or left by the rule; `change` and `cause` as their protos have them."""

    segment: str
    contact: str
    change: str
    rule_version: int
    change_time: datetime
    cause: Facts


def check_is_list(kind: Kind, name: str) -> None:
    """Only lists are filled by hand."""
    if kind == Kind.RULE:
        raise SegmentIsRuleError(segment=name)


def check_room(member_count: int, newcomers: int) -> None:
    """A list has an end, so that nothing that reads it meets a surprise."""
    if member_count + newcomers > MAXIMUM_MEMBERS:
        raise SegmentFullError(limit=MAXIMUM_MEMBERS)
