"""Who was erased: ids and keyed hashes, how far each erasure is, and what services acknowledged."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.resources import etag_of
from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.contact.domain.erasures import ErasureState
from services.contact.models.names import ERASURE, Row, json, moment, one_of


class Erasure(Row, table=True):
    """A person being erased."""

    __tablename__ = "erasure"
    __table_args__ = (
        one_of("state", ErasureState),
        Index("erasure_contacts_index", "contacts", postgresql_using="gin"),
    )

    id: UUID = Field(primary_key=True)
    contact_id: UUID
    contacts: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False))
    state: str = Field(sa_type=Text)
    requester: str = Field(default="", sa_type=Text)
    verification_hash: bytes = Field(default=b"", sa_type=LargeBinary)
    request_time: datetime = Field(sa_column=moment())
    deadline_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    erase_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    forget_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    delete_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))  # why, where nobody asked
    rows: dict[str, Any] = Field(default_factory=dict, sa_column=json())
    revision: int = Field(default=1, sa_type=BigInteger)

    @property
    def name(self) -> str:
        return ERASURE.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(self.revision)


class ErasureAcknowledgement(Row, table=True):
    """What one service deleted."""

    __tablename__ = "erasure_acknowledgement"

    erasure_id: UUID = Field(primary_key=True, foreign_key="erasure.id")
    service: str = Field(primary_key=True, sa_type=Text)
    stores: list[dict[str, Any]] = Field(sa_column=json())
    acknowledge_time: datetime = Field(sa_column=moment())


class ErasedSubjectRow(Row, table=True):
    """A keyed hash that an erased person held."""

    __tablename__ = "erased_subject"

    subject: bytes = Field(primary_key=True, sa_type=LargeBinary)
    erasure_id: UUID = Field(primary_key=True, foreign_key="erasure.id")
    kind: str = Field(sa_type=Text)
    is_shared: bool
