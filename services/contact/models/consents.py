"""What addresses allow, and which must not be sent to."""

from datetime import datetime
from uuid import UUID

from chassis.resources import etag_of
from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, Text, text
from sqlmodel import Field

from services.contact.domain.consent import Said, Status, Stop
from services.contact.domain.facts import ConsentChanged, SuppressionChanged
from services.contact.models.names import CONSENT_EVENT, SUPPRESSION, Row, moment, one_of


class ConsentEvent(Row, table=True):
    """What was said about one address; never changed."""

    __tablename__ = "consent_event"
    __table_args__ = (
        one_of("status", Status),
        CheckConstraint("octet_length(subject) = 16", name="subject_size"),
        Index("consent_event_subject_index", "subject", "purpose"),
        Index("consent_event_alias_index", "alias_of", postgresql_where=text("alias_of IS NOT NULL")),
    )

    id: UUID = Field(primary_key=True)
    subject: bytes = Field(sa_type=LargeBinary)
    identifier_kind: str = Field(sa_type=Text)
    value: str = Field(sa_type=Text)
    purpose: str = Field(sa_type=Text)
    channel: str = Field(default="", sa_type=Text)
    topic: str = Field(default="", sa_type=Text)
    status: str = Field(sa_type=Text)
    lawful_basis: str = Field(default="", sa_type=Text)
    capture_time: datetime = Field(sa_column=moment())
    effective_to_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    source: str = Field(default="", sa_type=Text)
    wording_version: str = Field(default="", sa_type=Text)
    ip_hash: bytes = Field(default=b"", sa_type=LargeBinary)
    evidence: str = Field(default="", sa_type=Text)
    actor: str = Field(default="", sa_type=Text)
    create_time: datetime = Field(sa_column=moment())
    alias_of: UUID | None = None  # the event of which this one is the same under another form of the address

    @property
    def name(self) -> str:
        return CONSENT_EVENT.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(1)

    def said(self) -> Said:
        """What the fold sees of it."""
        return Said(
            id=self.id,
            purpose=self.purpose,
            channel=self.channel,
            topic=self.topic,
            status=Status(self.status),
            capture_time=self.capture_time,
            effective_to_time=self.effective_to_time,
        )

    def changed(self, now: datetime) -> ConsentChanged:
        """The fact that it was recorded."""
        return ConsentChanged(
            consent_event=self.id,
            subject=self.subject,
            purpose=self.purpose,
            channel=self.channel,
            topic=self.topic,
            status=self.status,
            capture_time=self.capture_time,
            effective_to_time=self.effective_to_time,
            time=now,
        )


class Suppression(Row, table=True):
    """An address that must not be sent to."""

    __tablename__ = "suppression"
    __table_args__ = (
        CheckConstraint("octet_length(subject) = 16", name="subject_size"),
        Index("suppression_subject_index", "subject"),
        Index(
            "suppression_in_force_index",
            "subject",
            "channel",
            unique=True,
            postgresql_where=text("lift_time IS NULL"),
        ),
        Index("suppression_alias_index", "alias_of", postgresql_where=text("alias_of IS NOT NULL")),
    )

    id: UUID = Field(primary_key=True)
    subject: bytes = Field(sa_type=LargeBinary)
    identifier_kind: str = Field(sa_type=Text)
    value: str = Field(sa_type=Text)
    channel: str = Field(default="", sa_type=Text)
    reason: str = Field(sa_type=Text)
    source: str = Field(default="", sa_type=Text)
    actor: str = Field(default="", sa_type=Text)
    create_time: datetime = Field(sa_column=moment())
    lift_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    said_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    alias_of: UUID | None = None  # the suppression of which this one is the same under another form of the address
    revision: int = Field(default=1, sa_type=BigInteger)

    @property
    def name(self) -> str:
        return SUPPRESSION.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(self.revision)

    def stop(self) -> Stop:
        """What the fold sees of it."""
        return Stop(self.id, self.channel, self.source)

    def changed(self, now: datetime) -> SuppressionChanged:
        """The fact of its state now."""
        return SuppressionChanged(
            suppression=self.id,
            revision=self.revision,
            subject=self.subject,
            channel=self.channel,
            reason=self.reason,
            active=self.lift_time is None,
            time=now,
        )
