"""The small tables of interaction as SQLModel rows; those of touches are written by COPY and read by hand (store)."""

from datetime import datetime
from uuid import UUID

from chassis.db import row_base
from sqlalchemy import BigInteger, Column, DateTime, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

Row = row_base()


def _moment(*, nullable: bool = False) -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=nullable)


class SourceRow(Row, table=True):
    """A registered source."""

    __tablename__ = "source"

    source_id: str = Field(primary_key=True)
    client: str
    identifier_kind: str
    display_name: str = ""
    is_whole_seconds: bool = False
    create_time: datetime = Field(sa_column=_moment())


class TouchTypeRow(Row, table=True):
    """One version of a touch type; built-in types are code, not rows."""

    __tablename__ = "touch_type"

    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    definition: dict[str, object] = Field(sa_column=Column(JSONB, nullable=False))
    create_time: datetime = Field(sa_column=_moment())


class LinkRow(Row, table=True):
    """A link of the contact service as we know it: the projection that identity is resolved from."""

    __tablename__ = "link"

    link_id: UUID = Field(primary_key=True)
    kind: str
    subject_id: UUID | None = None
    contact_id: UUID | None = None
    survivor_id: UUID | None = None
    account_id: UUID | None = None
    touch_subject_id: UUID | None = None
    touch_id: UUID | None = None
    from_time: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    to_time: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    asserted_time: datetime = Field(sa_column=_moment())
    retracted_time: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    evidence: str = ""
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))
    revision: int = Field(sa_column=Column(BigInteger, nullable=False))


class ContactRow(Row, table=True):
    """What the timeline needs to know of a contact: who may see its addresses, and whether it is there."""

    __tablename__ = "contact"

    contact_id: UUID = Field(primary_key=True)
    display_name: str = ""
    owner: str = ""
    team: str = ""
    account_id: UUID | None = None
    state: int = Field(sa_column=Column(SmallInteger, nullable=False))
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))
    revision: int = Field(sa_column=Column(BigInteger, nullable=False))


class AccountRow(Row, table=True):
    """What the timeline of an account needs to know of it."""

    __tablename__ = "account"

    account_id: UUID = Field(primary_key=True)
    display_name: str = ""
    owner: str = ""
    team: str = ""
    is_deleted: bool = False
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))
    revision: int = Field(sa_column=Column(BigInteger, nullable=False))
