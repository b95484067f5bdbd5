"""What campaign says to others after a change: one fact with the state after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# A resource as the outside sees it: the fields of its proto by name, with plain values.
Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that happened: the resource it is about, that resource's revision after it, and when."""

    subject: str
    revision: int
    time: datetime


@dataclass(frozen=True, kw_only=True)
class ProgrammeCreated(Fact):
    programme: Facts


@dataclass(frozen=True, kw_only=True)
class ProgrammeUpdated(Fact):
    programme: Facts


@dataclass(frozen=True, kw_only=True)
class ProgrammeDeleted(Fact):
    programme: str
    delete_time: datetime


@dataclass(frozen=True, kw_only=True)
class CampaignFact(Fact):
    """A fact about a campaign, with the campaign after it."""

    campaign: Facts


class CampaignCreated(CampaignFact):
    pass


class CampaignUpdated(CampaignFact):
    pass


@dataclass(frozen=True, kw_only=True)
class CampaignDeleted(Fact):
    campaign: str
    delete_time: datetime


class CampaignLaunched(CampaignFact):
    pass


class CampaignStarted(CampaignFact):
    pass


class CampaignPaused(CampaignFact):
    pass


class CampaignResumed(CampaignFact):
    pass


class CampaignCancelled(CampaignFact):
    pass


class CampaignFinished(CampaignFact):
    pass


@dataclass(frozen=True, kw_only=True)
class ActivityFact(Fact):
    """A fact about an activity, with the activity after it."""

    activity: Facts


class ActivityCreated(ActivityFact):
    pass


class ActivityUpdated(ActivityFact):
    pass


class ActivityPlanned(ActivityFact):
    pass


@dataclass(frozen=True, kw_only=True)
class ActivityDeleted(Fact):
    activity: str
    delete_time: datetime


@dataclass(frozen=True, kw_only=True)
class SenderCreated(Fact):
    sender: Facts


@dataclass(frozen=True, kw_only=True)
class SenderVerified(Fact):
    sender: Facts


@dataclass(frozen=True, kw_only=True)
class SenderDeleted(Fact):
    sender: str
    delete_time: datetime


@dataclass(frozen=True, kw_only=True)
class BrakeSet(Fact):
    brake: Facts


@dataclass(frozen=True, kw_only=True)
class BrakeReleased(Fact):
    brake: Facts
