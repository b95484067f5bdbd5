"""Records that may be one person: the keys under which they meet, the pairs found, and how far the search is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.resources import etag_of
from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.contact.domain.duplicates import CandidateState
from services.contact.models.names import DUPLICATE_CANDIDATE, Row, moment, one_of


class DuplicateCandidate(Row, table=True):
    """Two contacts that may be one person; `one_id` is the older."""

    __tablename__ = "duplicate_candidate"
    __table_args__ = (
        one_of("state", CandidateState),
        CheckConstraint("one_id < other_id", name="order"),
        Index("duplicate_candidate_pair_index", "one_id", "other_id", unique=True),
        Index("duplicate_candidate_other_index", "other_id"),
        Index("duplicate_candidate_open_index", "score", "id", postgresql_where=text("state = 'OPEN'")),
    )

    id: UUID = Field(primary_key=True)
    one_id: UUID
    other_id: UUID
    score: int
    clues: list[Any] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False, server_default="[]"))
    state: str = Field(default=CandidateState.OPEN, sa_type=Text)
    find_time: datetime = Field(sa_column=moment())
    settle_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    settled_by: str = Field(default="", sa_type=Text)
    revision: int = Field(default=1, sa_type=BigInteger)

    @property
    def name(self) -> str:
        return DUPLICATE_CANDIDATE.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(self.revision)
