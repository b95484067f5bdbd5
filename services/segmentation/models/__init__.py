"""The tables of segmentation and their constraints, and what each row looks like from outside."""

from services.segmentation.models.facts import (
    ACCOUNT,
    CANDIDATE,
    CHANGE,
    CONSENT,
    LINK,
    PERSON,
    SUPPRESSION,
    TIMER,
    TOUCH,
    VOCABULARY,
)
from services.segmentation.models.segments import (
    CONTACT,
    MEMBER,
    MEMBERSHIPS,
    SEGMENT,
    SEGMENT_RULES,
    SEGMENTS,
    Membership,
    Row,
    Segment,
    SegmentRule,
)

__all__ = [
    "ACCOUNT",
    "CANDIDATE",
    "CHANGE",
    "CONSENT",
    "CONTACT",
    "LINK",
    "MEMBER",
    "MEMBERSHIPS",
    "PERSON",
    "SEGMENT",
    "SEGMENTS",
    "SEGMENT_RULES",
    "SUPPRESSION",
    "TIMER",
    "TOUCH",
    "VOCABULARY",
    "Membership",
    "Row",
    "Segment",
    "SegmentRule",
]
