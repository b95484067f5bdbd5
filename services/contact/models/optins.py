"""Requests to confirm a consent, and what became of them."""

from datetime import datetime
from uuid import UUID

from chassis.resources import etag_of
from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, Text, text
from sqlmodel import Field

from services.contact.domain.facts import OptInRequested
from services.contact.domain.optins import OptInState, state_at
from services.contact.models.names import OPT_IN, Row, moment, one_of


class OptIn(Row, table=True):
    """One request; `event_id` is the consent event that it stands by now."""

    __tablename__ = "opt_in"
    __table_args__ = (
        one_of("state", OptInState),
        CheckConstraint("octet_length(subject) = 16", name="subject_size"),
        Index(
            "opt_in_waiting_index", "subject", "purpose", "topic", unique=True,
            postgresql_where=text("state = 'WAITING'"),
        ),
    )  # fmt: skip

    id: UUID = Field(primary_key=True)
    subject: bytes = Field(sa_type=LargeBinary)
    value: str = Field(sa_type=Text)
    purpose: str = Field(sa_type=Text)
    topic: str = Field(default="", sa_type=Text)
    language: str = Field(default="", sa_type=Text)
    wording_version: str = Field(default="", sa_type=Text)
    source: str = Field(default="", sa_type=Text)
    ip_hash: bytes = Field(default=b"", sa_type=LargeBinary)
    evidence: str = Field(default="", sa_type=Text)
    sender: str = Field(default="", sa_type=Text)
    actor: str = Field(default="", sa_type=Text)
    state: str = Field(default=OptInState.WAITING, sa_type=Text)
    event_id: UUID
    mails: int = 1
    mail_time: datetime = Field(sa_column=moment())
    create_time: datetime = Field(sa_column=moment())
    expire_time: datetime = Field(sa_column=moment())
    confirm_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    revision: int = Field(default=1, sa_type=BigInteger)

    @property
    def name(self) -> str:
        return OPT_IN.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(self.revision)

    def state_at(self, now: datetime) -> OptInState:
        """Its state at a moment."""
        return state_at(self.state, self.expire_time, now)

    def requested(self, now: datetime) -> OptInRequested:
        """The fact that a mail is to go out for it."""
        return OptInRequested(opt_in=self.id, mail_number=self.mails, expire_time=self.expire_time, time=now)
