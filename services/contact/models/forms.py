"""Which subjects are one identifier under several versions of the normalisation, and how far they are made."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, Text
from sqlmodel import Field

from services.contact.models.names import Row, moment


class SubjectAlias(Row, table=True):
    """One subject of an identifier that has several; `form` is the one of the newest version, the same for all."""

    __tablename__ = "subject_alias"
    __table_args__ = (
        CheckConstraint("octet_length(subject) = 16 AND octet_length(form) = 16", name="subject_size"),
        Index("subject_alias_form_index", "form"),
    )

    subject: bytes = Field(primary_key=True, sa_type=LargeBinary)
    form: bytes = Field(sa_type=LargeBinary)


class Renormalisation(Row, table=True):
    """How far a table's identifiers have their aliases for a version."""

    __tablename__ = "renormalisation"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    source: str = Field(primary_key=True, sa_type=Text)
    last_id: UUID = UUID(int=0)
    seen: int = Field(default=0, sa_type=BigInteger)
    aliases: int = Field(default=0, sa_type=BigInteger)
    update_time: datetime = Field(sa_column=moment())
