"""In whose name mail is written, and who holds it back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.resources import etag_of
from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, Text, text
from sqlmodel import Field

from services.campaign.domain.brakes import BrakeState, Target
from services.campaign.domain.facts import Facts
from services.campaign.domain.senders import SenderState
from services.campaign.models.names import ACCOUNT, BRAKE, CONTACT, DEAL, SENDER, Row, moment, one_of

NAMES = {Target.CONTACT: CONTACT, Target.ACCOUNT: ACCOUNT, Target.DEAL: DEAL}


class Sender(Row, table=True):
    """Somebody of ours in whose name mail is written; of the code that was mailed only a hash is kept."""

    __tablename__ = "sender"
    __table_args__ = (
        CheckConstraint("length(display_name) BETWEEN 1 AND 100", name="display_name"),
        one_of("state", SenderState),
        Index("sender_address_key", text("lower(address)"), unique=True),
    )

    id: UUID = Field(primary_key=True)
    display_name: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    reply_to_address: str = Field(default="", sa_type=Text)
    state: SenderState = Field(default=SenderState.UNVERIFIED, sa_type=Text)
    dkim_domain: str = Field(default="", sa_type=Text)
    dkim_selector: str = Field(default="", sa_type=Text)
    code_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    code_sent_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    code_expire_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    code_attempts: int = 0
    verify_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    create_time: datetime = Field(sa_column=moment())
    update_time: datetime = Field(sa_column=moment())
    revision: int = Field(default=1, sa_type=BigInteger)

    @property
    def name(self) -> str:
        return SENDER.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(self.revision)

    def facts(self) -> Facts:
        """The fields of the proto."""
        return {
            "name": self.name,
            "display_name": self.display_name,
            "address": self.address,
            "reply_to_address": self.reply_to_address,
            "state": f"STATE_{self.state}",
            "dkim_domain": self.dkim_domain,
            "dkim_selector": self.dkim_selector,
            "verify_time": self.verify_time,
            "code_expire_time": self.code_expire_time if self.code_hash else None,
            "create_time": self.create_time,
            "update_time": self.update_time,
            "etag": self.etag,
        }


class Brake(Row, table=True):
    """A rep's hold on all marketing mail to somebody."""

    __tablename__ = "brake"
    __table_args__ = (
        one_of("target", Target),
        CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason"),
        Index("brake_target_index", "target_id", "expire_time", postgresql_where=text("release_time IS NULL")),
    )

    id: UUID = Field(primary_key=True)
    target: Target = Field(sa_type=Text)
    target_id: UUID
    reason: str = Field(sa_type=Text)
    expire_time: datetime = Field(sa_column=moment())
    creator: str = Field(default="", sa_type=Text)
    create_time: datetime = Field(sa_column=moment())
    release_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    releaser: str = Field(default="", sa_type=Text)
    revision: int = Field(default=1, sa_type=BigInteger)

    @property
    def name(self) -> str:
        return BRAKE.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(self.revision)

    def state(self, now: datetime) -> BrakeState:
        """Whether it holds at a moment."""
        if self.release_time is not None:
            return BrakeState.RELEASED
        return BrakeState.ACTIVE if now < self.expire_time else BrakeState.EXPIRED

    def facts(self, now: datetime) -> Facts:
        """The fields of the proto at a moment."""
        told: dict[str, Any] = {
            "name": self.name,
            str(self.target).lower(): NAMES[Target(self.target)].format(self.target_id),
            "reason": self.reason,
            "expire_time": self.expire_time,
            "state": f"STATE_{self.state(now)}",
            "creator": self.creator,
            "create_time": self.create_time,
            "release_time": self.release_time,
            "releaser": self.releaser,
            "etag": self.etag,
        }
        return told
