"""A line of the ledger, as lists read it; everything that writes it is in store/sends."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, SmallInteger, Text, text
from sqlmodel import Field

from services.campaign.models.names import Row, moment


class SentMail(Row, table=True):
    """A mail as it went out, by its message, packed (domain.packing); deleted after a while, and with its reader."""

    __tablename__ = "sent_mail"

    message: UUID = Field(primary_key=True)
    mail: bytes = Field(sa_type=LargeBinary)


class SendLine(Row, table=True):
    """What became of one person in one carrying out of an activity."""

    __tablename__ = "send"
    __table_args__ = (
        Index(
            "send_address_key", "activity_id", "subject", "occurrence", unique=True, postgresql_where=text("is_mail")
        ),
        Index("send_due_index", "activity_id", "due_time", postgresql_where=text("due_time IS NOT NULL")),
        Index("send_batch_index", "batch_id", postgresql_where=text("batch_id IS NOT NULL")),
        Index("send_message_key", "message", unique=True, postgresql_where=text("message IS NOT NULL")),
        Index("send_contact_index", "contact_id"),
    )

    activity_id: UUID = Field(primary_key=True)
    contact_id: UUID = Field(primary_key=True)
    occurrence: int = Field(primary_key=True)
    campaign_id: UUID
    subject: bytes = Field(sa_type=LargeBinary)
    address: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    reason: str = Field(default="", sa_type=Text)
    is_mail: bool
    due_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    attempts: int = Field(default=0, sa_type=SmallInteger)
    batch_id: UUID | None = None
    message: UUID | None = None
    version: int = 0
    reply_code: int = Field(default=0, sa_type=SmallInteger)
    reply_text: str = Field(default="", sa_type=Text)
    handed_over_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    create_time: datetime = Field(sa_column=moment())
    update_time: datetime = Field(sa_column=moment())
