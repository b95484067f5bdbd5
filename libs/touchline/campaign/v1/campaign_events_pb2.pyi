import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from touchline.campaign.v1 import campaign_pb2 as _campaign_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CampaignEvent(_message.Message):
    __slots__ = ("revision", "programme_created", "programme_updated", "programme_deleted", "campaign_created", "campaign_updated", "campaign_deleted", "campaign_launched", "campaign_started", "campaign_paused", "campaign_resumed", "campaign_cancelled", "campaign_finished", "activity_created", "activity_updated", "activity_deleted", "activity_planned", "sender_created", "sender_verified", "sender_deleted", "brake_set", "brake_released")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PROGRAMME_CREATED_FIELD_NUMBER: _ClassVar[int]
    PROGRAMME_UPDATED_FIELD_NUMBER: _ClassVar[int]
    PROGRAMME_DELETED_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_CREATED_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_UPDATED_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_DELETED_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_LAUNCHED_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_STARTED_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_PAUSED_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_RESUMED_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_CANCELLED_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_FINISHED_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_CREATED_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_UPDATED_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_DELETED_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_PLANNED_FIELD_NUMBER: _ClassVar[int]
    SENDER_CREATED_FIELD_NUMBER: _ClassVar[int]
    SENDER_VERIFIED_FIELD_NUMBER: _ClassVar[int]
    SENDER_DELETED_FIELD_NUMBER: _ClassVar[int]
    BRAKE_SET_FIELD_NUMBER: _ClassVar[int]
    BRAKE_RELEASED_FIELD_NUMBER: _ClassVar[int]
    revision: int
    programme_created: ProgrammeCreated
    programme_updated: ProgrammeUpdated
    programme_deleted: ProgrammeDeleted
    campaign_created: CampaignCreated
    campaign_updated: CampaignUpdated
    campaign_deleted: CampaignDeleted
    campaign_launched: CampaignLaunched
    campaign_started: CampaignStarted
    campaign_paused: CampaignPaused
    campaign_resumed: CampaignResumed
    campaign_cancelled: CampaignCancelled
    campaign_finished: CampaignFinished
    activity_created: ActivityCreated
    activity_updated: ActivityUpdated
    activity_deleted: ActivityDeleted
    activity_planned: ActivityPlanned
    sender_created: SenderCreated
    sender_verified: SenderVerified
    sender_deleted: SenderDeleted
    brake_set: BrakeSet
    brake_released: BrakeReleased
    def __init__(self, revision: _Optional[int] = ..., programme_created: _Optional[_Union[ProgrammeCreated, _Mapping]] = ..., programme_updated: _Optional[_Union[ProgrammeUpdated, _Mapping]] = ..., programme_deleted: _Optional[_Union[ProgrammeDeleted, _Mapping]] = ..., campaign_created: _Optional[_Union[CampaignCreated, _Mapping]] = ..., campaign_updated: _Optional[_Union[CampaignUpdated, _Mapping]] = ..., campaign_deleted: _Optional[_Union[CampaignDeleted, _Mapping]] = ..., campaign_launched: _Optional[_Union[CampaignLaunched, _Mapping]] = ..., campaign_started: _Optional[_Union[CampaignStarted, _Mapping]] = ..., campaign_paused: _Optional[_Union[CampaignPaused, _Mapping]] = ..., campaign_resumed: _Optional[_Union[CampaignResumed, _Mapping]] = ..., campaign_cancelled: _Optional[_Union[CampaignCancelled, _Mapping]] = ..., campaign_finished: _Optional[_Union[CampaignFinished, _Mapping]] = ..., activity_created: _Optional[_Union[ActivityCreated, _Mapping]] = ..., activity_updated: _Optional[_Union[ActivityUpdated, _Mapping]] = ..., activity_deleted: _Optional[_Union[ActivityDeleted, _Mapping]] = ..., activity_planned: _Optional[_Union[ActivityPlanned, _Mapping]] = ..., sender_created: _Optional[_Union[SenderCreated, _Mapping]] = ..., sender_verified: _Optional[_Union[SenderVerified, _Mapping]] = ..., sender_deleted: _Optional[_Union[SenderDeleted, _Mapping]] = ..., brake_set: _Optional[_Union[BrakeSet, _Mapping]] = ..., brake_released: _Optional[_Union[BrakeReleased, _Mapping]] = ...) -> None: ...

class ProgrammeCreated(_message.Message):
    __slots__ = ("programme",)
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    programme: _campaign_pb2.Programme
    def __init__(self, programme: _Optional[_Union[_campaign_pb2.Programme, _Mapping]] = ...) -> None: ...

class ProgrammeUpdated(_message.Message):
    __slots__ = ("programme",)
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    programme: _campaign_pb2.Programme
    def __init__(self, programme: _Optional[_Union[_campaign_pb2.Programme, _Mapping]] = ...) -> None: ...

class ProgrammeDeleted(_message.Message):
    __slots__ = ("programme", "delete_time")
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    DELETE_TIME_FIELD_NUMBER: _ClassVar[int]
    programme: str
    delete_time: _timestamp_pb2.Timestamp
    def __init__(self, programme: _Optional[str] = ..., delete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CampaignCreated(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaign_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaign_pb2.Campaign, _Mapping]] = ...) -> None: ...

class CampaignUpdated(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaign_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaign_pb2.Campaign, _Mapping]] = ...) -> None: ...

class CampaignDeleted(_message.Message):
    __slots__ = ("campaign", "delete_time")
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    DELETE_TIME_FIELD_NUMBER: _ClassVar[int]
    campaign: str
    delete_time: _timestamp_pb2.Timestamp
    def __init__(self, campaign: _Optional[str] = ..., delete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CampaignLaunched(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaign_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaign_pb2.Campaign, _Mapping]] = ...) -> None: ...

class CampaignStarted(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaign_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaign_pb2.Campaign, _Mapping]] = ...) -> None: ...

class CampaignPaused(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaign_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaign_pb2.Campaign, _Mapping]] = ...) -> None: ...

class CampaignResumed(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaign_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaign_pb2.Campaign, _Mapping]] = ...) -> None: ...

class CampaignCancelled(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaign_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaign_pb2.Campaign, _Mapping]] = ...) -> None: ...

class CampaignFinished(_message.Message):
    __slots__ = ("campaign",)
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    campaign: _campaign_pb2.Campaign
    def __init__(self, campaign: _Optional[_Union[_campaign_pb2.Campaign, _Mapping]] = ...) -> None: ...

class ActivityCreated(_message.Message):
    __slots__ = ("activity",)
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    activity: _campaign_pb2.Activity
    def __init__(self, activity: _Optional[_Union[_campaign_pb2.Activity, _Mapping]] = ...) -> None: ...

class ActivityUpdated(_message.Message):
    __slots__ = ("activity",)
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    activity: _campaign_pb2.Activity
    def __init__(self, activity: _Optional[_Union[_campaign_pb2.Activity, _Mapping]] = ...) -> None: ...

class ActivityDeleted(_message.Message):
    __slots__ = ("activity", "delete_time")
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    DELETE_TIME_FIELD_NUMBER: _ClassVar[int]
    activity: str
    delete_time: _timestamp_pb2.Timestamp
    def __init__(self, activity: _Optional[str] = ..., delete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ActivityPlanned(_message.Message):
    __slots__ = ("activity",)
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    activity: _campaign_pb2.Activity
    def __init__(self, activity: _Optional[_Union[_campaign_pb2.Activity, _Mapping]] = ...) -> None: ...

class SenderCreated(_message.Message):
    __slots__ = ("sender",)
    SENDER_FIELD_NUMBER: _ClassVar[int]
    sender: _campaign_pb2.Sender
    def __init__(self, sender: _Optional[_Union[_campaign_pb2.Sender, _Mapping]] = ...) -> None: ...

class SenderVerified(_message.Message):
    __slots__ = ("sender",)
    SENDER_FIELD_NUMBER: _ClassVar[int]
    sender: _campaign_pb2.Sender
    def __init__(self, sender: _Optional[_Union[_campaign_pb2.Sender, _Mapping]] = ...) -> None: ...

class SenderDeleted(_message.Message):
    __slots__ = ("sender", "delete_time")
    SENDER_FIELD_NUMBER: _ClassVar[int]
    DELETE_TIME_FIELD_NUMBER: _ClassVar[int]
    sender: str
    delete_time: _timestamp_pb2.Timestamp
    def __init__(self, sender: _Optional[str] = ..., delete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BrakeSet(_message.Message):
    __slots__ = ("brake",)
    BRAKE_FIELD_NUMBER: _ClassVar[int]
    brake: _campaign_pb2.Brake
    def __init__(self, brake: _Optional[_Union[_campaign_pb2.Brake, _Mapping]] = ...) -> None: ...

class BrakeReleased(_message.Message):
    __slots__ = ("brake",)
    BRAKE_FIELD_NUMBER: _ClassVar[int]
    brake: _campaign_pb2.Brake
    def __init__(self, brake: _Optional[_Union[_campaign_pb2.Brake, _Mapping]] = ...) -> None: ...
