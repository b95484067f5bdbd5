"""Segments, their rules and their members, and what each row looks like from outside."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import row_base
from chassis.resources import ResourceName, etag_of
from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, Text, column, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.segmentation.domain import Facts, Kind

SEGMENT = ResourceName("segments/{segment}")
MEMBER = ResourceName("segments/{segment}/members/{member}")
CONTACT = ResourceName("contacts/{contact}")

Row = row_base()


def moment() -> Column[datetime]:
    """A point in time with its zone, to the microsecond."""
    return Column(DateTime(timezone=True), nullable=False)


class Segment(Row, table=True):
    """A named set of contacts."""

    __tablename__ = "segment"
    __table_args__ = (
        CheckConstraint("length(display_name) BETWEEN 1 AND 200", name="display_name"),
        CheckConstraint(column("kind").in_([kind.value for kind in Kind]), name="kind"),
        CheckConstraint("member_count >= 0", name="member_count"),
        Index("segment_display_name_key", func.lower(column("display_name")), unique=True),
    )

    id: UUID = Field(primary_key=True)
    display_name: str = Field(sa_type=Text)
    description: str = Field(default="", sa_type=Text)
    kind: Kind = Field(default=Kind.LIST, sa_type=Text)
    member_count: int = Field(default=0, sa_type=BigInteger)
    create_time: datetime = Field(sa_column=moment())
    update_time: datetime = Field(sa_column=moment())
    revision: int = Field(default=1, sa_type=BigInteger)
    membership_revision: int = Field(default=0, sa_type=BigInteger)
    rule_version: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    active_rule_version: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    failure: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})

    @property
    def name(self) -> str:
        return SEGMENT.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(self.revision)

    @property
    def state(self) -> str:
        if self.failure:
            return "STATE_FAILED"
        return "STATE_READY" if self.rule_version == self.active_rule_version else "STATE_BUILDING"

    def facts(self) -> Facts:
        """The fields of the proto."""
        return {
            "name": self.name,
            "display_name": self.display_name,
            "description": self.description,
            "kind": f"KIND_{self.kind}",
            "member_count": self.member_count,
            "create_time": self.create_time,
            "update_time": self.update_time,
            "etag": self.etag,
            "rule_version": self.rule_version,
            "active_rule_version": self.active_rule_version,
            "state": self.state,
            "failure": self.failure,
        }


class Membership(Row, table=True):
    """A contact being in a segment, since when and because of whom."""

    __tablename__ = "membership"
    __table_args__ = (Index("membership_contact_index", "contact_id"),)

    segment_id: UUID = Field(primary_key=True, foreign_key="segment.id", ondelete="CASCADE")
    contact_id: UUID = Field(primary_key=True)
    join_time: datetime = Field(sa_column=moment())
    added_by: str = Field(default="", sa_type=Text)
    rule_version: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    cause: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))

    def facts(self) -> Facts:
        """The fields of the proto."""
        return {
            "name": MEMBER.format(self.segment_id, self.contact_id),
            "contact": CONTACT.format(self.contact_id),
            "join_time": self.join_time,
            "added_by": self.added_by,
            "rule_version": self.rule_version,
            "cause": self.cause,
        }


class SegmentRule(Row, table=True):
    """One version of a segment's rule. While it is not filled, `reached` is the last contact that was looked at.

    One that failed is evaluated no more.
    """

    __tablename__ = "segment_rule"

    segment_id: UUID = Field(primary_key=True, foreign_key="segment.id", ondelete="CASCADE")
    version: int = Field(primary_key=True, sa_type=BigInteger)
    tree: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    is_active: bool = False
    is_filled: bool = False
    is_failed: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    reached: UUID = UUID(int=0)
    create_time: datetime = Field(sa_column=moment())


# The same tables for statements over sets.
SEGMENTS: Any = Segment.__table__  # type: ignore[attr-defined]
SEGMENT_RULES: Any = SegmentRule.__table__  # type: ignore[attr-defined]
MEMBERSHIPS: Any = Membership.__table__  # type: ignore[attr-defined]
