"""What a change may make flip: what it was about, and how that is told as the cause of a membership."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import identity

from services.segmentation.domain import rules

MOST_TOUCHES = 10
TIME = "time"


class Change(NamedTuple):
    """Something changed for a contact; `concern` as `rules.concerns` names it."""

    contact: UUID
    concern: str
    touch: str = ""
    resource: str = ""


def subject_of(name: str) -> UUID:
    """The subject in a touch's resource name; ValueError for no such name."""
    return UUID(bytes=identity.parse_touch_name(name)[0])


class RuleFailsError(Exception):
    """A version cannot be evaluated: the database refuses its query, as `failure` says."""

    def __init__(self, segment: UUID, number: int, failure: str) -> None:
        super().__init__(f"version {number} of segment {segment} cannot be evaluated: {failure}")
        self.segment = segment
        self.number = number
        self.failure = failure


@dataclass(frozen=True)
class Version:
    """One version of a segment's rule. `is_direct` when its members are the segment's, not candidates."""

    segment: UUID
    number: int
    rule: rules.Rule
    is_active: bool
    is_filled: bool
    reached: UUID

    @property
    def is_direct(self) -> bool:
        """A first version has nobody to keep meanwhile."""
        return self.is_active or self.number == 1


def cause(rule: rules.Rule, changes: Sequence[Change]) -> dict[str, Any]:
    """The cause of a flip as its proto has it."""
    concern = changes[0].concern
    touches = list(dict.fromkeys(change.touch for change in changes if change.touch))
    resource = next((change.resource for change in changes if change.resource), "")
    return {
        "kind": f"KIND_{_kind(concern)}",
        "touches": touches[-MOST_TOUCHES:],
        "resource": resource,
        "node_path": _node_path(rule, concern),
    }


def _kind(concern: str) -> str:
    first = concern.partition(":")[0]
    return {"touch": "TOUCH", "segment": "SEGMENT", TIME: "TIME", "rule": "RULE"}.get(first, "CONTACT")


def _node_path(rule: rules.Rule, concern: str) -> str:
    """The first node whose answer depends on it; for time the first that time alone can change."""
    nodes = list(rules.walk(rule))
    for path, node in nodes:
        is_timed = concern == TIME and not rules.children(node, path) and rules.is_timed(node)
        if is_timed or concern in rules.concerns(node):
            return path
    return nodes[0][0]
