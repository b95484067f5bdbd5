"""What marketing plans: programmes, campaigns and their activities."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from chassis.resources import etag_of
from sqlalchemy import BigInteger, CheckConstraint, Index, Text, text
from sqlmodel import Field

from services.campaign.domain.activities import Planning, Purpose
from services.campaign.domain.campaigns import State
from services.campaign.domain.facts import Facts
from services.campaign.models.names import (
    ACTIVITY,
    CAMPAIGN,
    PROGRAMME,
    SENDER,
    Row,
    current_epoch,
    day,
    json,
    moment,
    one_of,
    plain,
    texts,
)


class Programme(Row, table=True):
    """A year's theme."""

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("length(display_name) BETWEEN 1 AND 200", name="display_name"),
        CheckConstraint("end_date >= start_date", name="dates"),
    )

    id: UUID = Field(primary_key=True)
    display_name: str = Field(sa_type=Text)
    description: str = Field(default="", sa_type=Text)
    start_date: date | None = None
    end_date: date | None = None
    create_time: datetime = Field(sa_column=moment())
    update_time: datetime = Field(sa_column=moment())
    revision: int = Field(default=1, sa_type=BigInteger)

    @property
    def name(self) -> str:
        return PROGRAMME.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(self.revision)

    def facts(self) -> Facts:
        """The fields of the proto; dates as their three parts."""
        return {
            "name": self.name,
            "display_name": self.display_name,
            "description": self.description,
            "start_date": day(self.start_date),
            "end_date": day(self.end_date),
            "create_time": self.create_time,
            "update_time": self.update_time,
            "etag": self.etag,
        }


class Campaign(Row, table=True):
    """A plan of activities towards a goal."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("length(display_name) BETWEEN 1 AND 200", name="display_name"),
        one_of("state", State),
        CheckConstraint("planned_end_time >= planned_start_time", name="times"),
        Index("campaign_programme_index", "programme_id", "id"),
        Index("campaign_scheduled_index", "scheduled_time", postgresql_where=text("state = 'SCHEDULED'")),
        Index("campaign_running_index", "id", postgresql_where=text("state = 'RUNNING'")),
    )

    id: UUID = Field(primary_key=True)
    programme_id: UUID | None = Field(default=None, foreign_key="programme.id")
    display_name: str = Field(sa_type=Text)
    description: str = Field(default="", sa_type=Text)
    brand: str = Field(default="", sa_type=Text)
    state: State = Field(default=State.DRAFT, sa_type=Text)
    owner: str = Field(default="", sa_type=Text)
    planned_start_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    planned_end_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    goal: dict[str, Any] = Field(default_factory=dict, sa_column=json())
    scheduled_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    launch_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    launcher: str = Field(default="", sa_type=Text)
    finish_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    state_reason: str = Field(default="", sa_type=Text)
    create_time: datetime = Field(sa_column=moment())
    update_time: datetime = Field(sa_column=moment())
    revision: int = Field(default=1, sa_type=BigInteger)

    @property
    def name(self) -> str:
        return CAMPAIGN.format(self.id)

    @property
    def etag(self) -> str:
        return etag_of(self.revision)

    def facts(self) -> Facts:
        """The fields of the proto, without counts."""
        return {
            "name": self.name,
            "display_name": self.display_name,
            "programme": PROGRAMME.format(self.programme_id) if self.programme_id else "",
            "description": self.description,
            "brand": self.brand,
            "state": f"STATE_{self.state}",
            "owner": self.owner,
            "planned_start_time": self.planned_start_time,
            "planned_end_time": self.planned_end_time,
            "goal": self.goal or None,
            "scheduled_time": self.scheduled_time,
            "launch_time": self.launch_time,
            "launcher": self.launcher,
            "finish_time": self.finish_time,
            "state_reason": self.state_reason,
            "create_time": self.create_time,
            "update_time": self.update_time,
            "etag": self.etag,
        }


class Activity(Row, table=True):
    """One mailing of a campaign, and how far its planning is."""

    __tablename__ = "activity"
    __table_args__ = (
        CheckConstraint("length(display_name) BETWEEN 1 AND 200", name="display_name"),
        one_of("purpose", Purpose),
        one_of("planning", Planning),
        Index("activity_campaign_index", "campaign_id", "id"),
        Index("activity_sender_index", "sender_id"),
        Index("activity_planning_index", "id", postgresql_where=text("planning IN ('WAITING', 'RUNNING')")),
    )

    id: UUID = Field(primary_key=True)
    campaign_id: UUID = Field(foreign_key="campaign.id", ondelete="CASCADE")
    display_name: str = Field(sa_type=Text)
    include_segments: list[str] = Field(default_factory=list, sa_column=texts())
    exclude_segments: list[str] = Field(default_factory=list, sa_column=texts())
    sender_id: UUID | None = Field(default=None, foreign_key="sender.id")
    subscription_topic: str = Field(default="", sa_type=Text)
    purpose: Purpose = Field(default=Purpose.MARKETING, sa_type=Text)
    subject_template: str = Field(default="", sa_type=Text)
    html_template: str = Field(default="", sa_type=Text)
    text_template: str = Field(default="", sa_type=Text)
    rate_per_second: int = 0
    untracked: bool = False
    version: int = 1
    links: list[str] = Field(default_factory=list, sa_column=texts())
    # Which carrying out of the activity the ledger speaks of; there is one today.
    occurrence: int = 1
    planning: Planning = Field(default=Planning.NONE, sa_type=Text)
    members_read: int = Field(default=0, sa_type=BigInteger)
    people_planned: int = Field(default=0, sa_type=BigInteger)
    plan_start_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    plan_finish_time: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    obstacle: str = Field(default="", sa_type=Text)
    create_time: datetime = Field(sa_column=moment())
    update_time: datetime = Field(sa_column=moment())
    revision: int = Field(default=1, sa_type=BigInteger)
    # In which of our outbox's epochs it was made: from a later one on, the database has gone back since.
    epoch: int | None = Field(default=None, sa_column=current_epoch())

    @property
    def name(self) -> str:
        return ACTIVITY.format(self.campaign_id, self.id)

    @property
    def etag(self) -> str:
        return etag_of(self.revision)

    def facts(self) -> Facts:
        """The fields of the proto, without counts."""
        return {
            "name": self.name,
            "display_name": self.display_name,
            "include_segments": self.include_segments,
            "exclude_segments": self.exclude_segments,
            "sender": SENDER.format(self.sender_id) if self.sender_id else "",
            "subscription_topic": self.subscription_topic,
            "purpose": f"PURPOSE_{self.purpose}",
            "subject_template": self.subject_template,
            "html_template": self.html_template,
            "text_template": self.text_template,
            "rate_per_second": self.rate_per_second,
            "untracked": self.untracked,
            "version": self.version,
            "links": [{"number": number, "url": url} for number, url in enumerate(self.links, 1)],
            "planning": self._progress(),
            "create_time": self.create_time,
            "update_time": self.update_time,
            "etag": self.etag,
        }

    def _progress(self) -> Facts | None:
        if self.planning == Planning.NONE:
            return None
        return plain(
            {
                "state": f"STATE_{self.planning}",
                "members_read": self.members_read,
                "people_planned": self.people_planned,
                "start_time": self.plan_start_time,
                "finish_time": self.plan_finish_time,
                "obstacle": self.obstacle,
            }.items()
        )


class AudienceMember(Row, table=True):
    """Somebody of a launched activity's audience who is not in the ledger yet."""

    __tablename__ = "audience_member"

    activity_id: UUID = Field(foreign_key="activity.id", ondelete="CASCADE", primary_key=True)
    contact_id: UUID = Field(primary_key=True)
