"""Tables of contacts on their way in, and what became of their rows."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.resources import etag_of
from sqlalchemy import BigInteger, CheckConstraint, Text
from sqlmodel import Field

from services.contact.domain.imports import Outcome
from services.contact.models.names import IMPORT, Row, json, moment, one_of, texts


class ImportState(StrEnum):
    """Where an import is in its life: OPEN ──last row──▶ FINISHED."""

    OPEN = "OPEN"
    FINISHED = "FINISHED"


class ContactImport(Row, table=True):
    """An import and how far it is."""

    __tablename__ = "contact_import"
    __table_args__ = (one_of("state", ImportState), CheckConstraint("next_row >= 1", name="next_row"))

    id: UUID = Field(primary_key=True)
    display_name: str = Field(default="", sa_type=Text)
    columns: list[str] = Field(sa_column=texts())
    mapping: dict[str, str] = Field(sa_column=json())
    region: str = Field(default="", sa_type=Text)
    owner: str = Field(default="", sa_type=Text)
    team: str = Field(default="", sa_type=Text)
    total_rows: int = Field(default=0, sa_type=BigInteger)
    state: str = Field(default=ImportState.OPEN, sa_type=Text)
    next_row: int = Field(default=1, sa_type=BigInteger)
    rows_created: int = Field(default=0, sa_type=BigInteger)
    rows_updated: int = Field(default=0, sa_type=BigInteger)
    rows_unchanged: int = Field(default=0, sa_type=BigInteger)
    rows_refused: int = Field(default=0, sa_type=BigInteger)
    create_time: datetime = Field(sa_column=moment())
    update_time: datetime = Field(sa_column=moment())

    @property
    def name(self) -> str:
        return IMPORT.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(1)


class ImportRow(Row, table=True):
    """What became of one row; nothing of its content."""

    __tablename__ = "import_row"
    __table_args__ = (one_of("outcome", Outcome),)

    import_id: UUID = Field(primary_key=True, foreign_key="contact_import.id")
    number: int = Field(primary_key=True, sa_type=BigInteger)
    outcome: str = Field(sa_type=Text)
    reason: str = Field(default="", sa_type=Text)
    column_title: str = Field(default="", sa_type=Text)
    contact_id: UUID | None = None
