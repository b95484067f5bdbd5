import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from touchline.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Programme(_message.Message):
    __slots__ = ("name", "display_name", "description", "start_date", "end_date", "create_time", "update_time", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    START_DATE_FIELD_NUMBER: _ClassVar[int]
    END_DATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    description: str
    start_date: _date_pb2.Date
    end_date: _date_pb2.Date
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., start_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., end_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class Campaign(_message.Message):
    __slots__ = ("name", "display_name", "programme", "description", "brand", "state", "owner", "planned_start_time", "planned_end_time", "create_time", "update_time", "etag", "goal", "scheduled_time", "launch_time", "launcher", "finish_time", "state_reason", "counts")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Campaign.State]
        STATE_DRAFT: _ClassVar[Campaign.State]
        STATE_RUNNING: _ClassVar[Campaign.State]
        STATE_PAUSED: _ClassVar[Campaign.State]
        STATE_FINISHED: _ClassVar[Campaign.State]
        STATE_CANCELLED: _ClassVar[Campaign.State]
        STATE_SCHEDULED: _ClassVar[Campaign.State]
    STATE_UNSPECIFIED: Campaign.State
    STATE_DRAFT: Campaign.State
    STATE_RUNNING: Campaign.State
    STATE_PAUSED: Campaign.State
    STATE_FINISHED: Campaign.State
    STATE_CANCELLED: Campaign.State
    STATE_SCHEDULED: Campaign.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    PLANNED_START_TIME_FIELD_NUMBER: _ClassVar[int]
    PLANNED_END_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    GOAL_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_TIME_FIELD_NUMBER: _ClassVar[int]
    LAUNCH_TIME_FIELD_NUMBER: _ClassVar[int]
    LAUNCHER_FIELD_NUMBER: _ClassVar[int]
    FINISH_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_REASON_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    programme: str
    description: str
    brand: str
    state: Campaign.State
    owner: str
    planned_start_time: _timestamp_pb2.Timestamp
    planned_end_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    goal: Goal
    scheduled_time: _timestamp_pb2.Timestamp
    launch_time: _timestamp_pb2.Timestamp
    launcher: str
    finish_time: _timestamp_pb2.Timestamp
    state_reason: str
    counts: SendCounts
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., programme: _Optional[str] = ..., description: _Optional[str] = ..., brand: _Optional[str] = ..., state: _Optional[_Union[Campaign.State, str]] = ..., owner: _Optional[str] = ..., planned_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., planned_end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., goal: _Optional[_Union[Goal, _Mapping]] = ..., scheduled_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., launch_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., launcher: _Optional[str] = ..., finish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state_reason: _Optional[str] = ..., counts: _Optional[_Union[SendCounts, _Mapping]] = ...) -> None: ...

class Goal(_message.Message):
    __slots__ = ("description", "measure", "target", "due_date")
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    MEASURE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    DUE_DATE_FIELD_NUMBER: _ClassVar[int]
    description: str
    measure: str
    target: int
    due_date: _date_pb2.Date
    def __init__(self, description: _Optional[str] = ..., measure: _Optional[str] = ..., target: _Optional[int] = ..., due_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ...) -> None: ...

class SendCounts(_message.Message):
    __slots__ = ("planned", "handed_over", "delivered", "bounced", "failed", "suppressed", "held", "cancelled", "unknown", "in_flight", "rate_per_second", "eta", "lines")
    class Line(_message.Message):
        __slots__ = ("state", "reason", "count")
        STATE_FIELD_NUMBER: _ClassVar[int]
        REASON_FIELD_NUMBER: _ClassVar[int]
        COUNT_FIELD_NUMBER: _ClassVar[int]
        state: Send.State
        reason: str
        count: int
        def __init__(self, state: _Optional[_Union[Send.State, str]] = ..., reason: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...
    PLANNED_FIELD_NUMBER: _ClassVar[int]
    HANDED_OVER_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_FIELD_NUMBER: _ClassVar[int]
    BOUNCED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    SUPPRESSED_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    RATE_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    ETA_FIELD_NUMBER: _ClassVar[int]
    LINES_FIELD_NUMBER: _ClassVar[int]
    planned: int
    handed_over: int
    delivered: int
    bounced: int
    failed: int
    suppressed: int
    held: int
    cancelled: int
    unknown: int
    in_flight: int
    rate_per_second: float
    eta: _duration_pb2.Duration
    lines: _containers.RepeatedCompositeFieldContainer[SendCounts.Line]
    def __init__(self, planned: _Optional[int] = ..., handed_over: _Optional[int] = ..., delivered: _Optional[int] = ..., bounced: _Optional[int] = ..., failed: _Optional[int] = ..., suppressed: _Optional[int] = ..., held: _Optional[int] = ..., cancelled: _Optional[int] = ..., unknown: _Optional[int] = ..., in_flight: _Optional[int] = ..., rate_per_second: _Optional[float] = ..., eta: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., lines: _Optional[_Iterable[_Union[SendCounts.Line, _Mapping]]] = ...) -> None: ...

class Activity(_message.Message):
    __slots__ = ("name", "display_name", "include_segments", "exclude_segments", "sender", "subscription_topic", "purpose", "subject_template", "html_template", "text_template", "rate_per_second", "untracked", "version", "links", "planning", "counts", "create_time", "update_time", "etag")
    class Purpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PURPOSE_UNSPECIFIED: _ClassVar[Activity.Purpose]
        PURPOSE_MARKETING: _ClassVar[Activity.Purpose]
    PURPOSE_UNSPECIFIED: Activity.Purpose
    PURPOSE_MARKETING: Activity.Purpose
    class Link(_message.Message):
        __slots__ = ("number", "url")
        NUMBER_FIELD_NUMBER: _ClassVar[int]
        URL_FIELD_NUMBER: _ClassVar[int]
        number: int
        url: str
        def __init__(self, number: _Optional[int] = ..., url: _Optional[str] = ...) -> None: ...
    class Planning(_message.Message):
        __slots__ = ("state", "members_read", "people_planned", "start_time", "finish_time", "obstacle")
        class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            STATE_UNSPECIFIED: _ClassVar[Activity.Planning.State]
            STATE_WAITING: _ClassVar[Activity.Planning.State]
            STATE_RUNNING: _ClassVar[Activity.Planning.State]
            STATE_DONE: _ClassVar[Activity.Planning.State]
            STATE_CANCELLED: _ClassVar[Activity.Planning.State]
        STATE_UNSPECIFIED: Activity.Planning.State
        STATE_WAITING: Activity.Planning.State
        STATE_RUNNING: Activity.Planning.State
        STATE_DONE: Activity.Planning.State
        STATE_CANCELLED: Activity.Planning.State
        STATE_FIELD_NUMBER: _ClassVar[int]
        MEMBERS_READ_FIELD_NUMBER: _ClassVar[int]
        PEOPLE_PLANNED_FIELD_NUMBER: _ClassVar[int]
        START_TIME_FIELD_NUMBER: _ClassVar[int]
        FINISH_TIME_FIELD_NUMBER: _ClassVar[int]
        OBSTACLE_FIELD_NUMBER: _ClassVar[int]
        state: Activity.Planning.State
        members_read: int
        people_planned: int
        start_time: _timestamp_pb2.Timestamp
        finish_time: _timestamp_pb2.Timestamp
        obstacle: str
        def __init__(self, state: _Optional[_Union[Activity.Planning.State, str]] = ..., members_read: _Optional[int] = ..., people_planned: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finish_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., obstacle: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    SUBSCRIPTION_TOPIC_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    HTML_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    TEXT_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    RATE_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    UNTRACKED_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    PLANNING_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    include_segments: _containers.RepeatedScalarFieldContainer[str]
    exclude_segments: _containers.RepeatedScalarFieldContainer[str]
    sender: str
    subscription_topic: str
    purpose: Activity.Purpose
    subject_template: str
    html_template: str
    text_template: str
    rate_per_second: int
    untracked: bool
    version: int
    links: _containers.RepeatedCompositeFieldContainer[Activity.Link]
    planning: Activity.Planning
    counts: SendCounts
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., include_segments: _Optional[_Iterable[str]] = ..., exclude_segments: _Optional[_Iterable[str]] = ..., sender: _Optional[str] = ..., subscription_topic: _Optional[str] = ..., purpose: _Optional[_Union[Activity.Purpose, str]] = ..., subject_template: _Optional[str] = ..., html_template: _Optional[str] = ..., text_template: _Optional[str] = ..., rate_per_second: _Optional[int] = ..., untracked: _Optional[bool] = ..., version: _Optional[int] = ..., links: _Optional[_Iterable[_Union[Activity.Link, _Mapping]]] = ..., planning: _Optional[_Union[Activity.Planning, _Mapping]] = ..., counts: _Optional[_Union[SendCounts, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class Sender(_message.Message):
    __slots__ = ("name", "display_name", "address", "reply_to_address", "state", "dkim_domain", "dkim_selector", "verify_time", "code_expire_time", "create_time", "update_time", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Sender.State]
        STATE_UNVERIFIED: _ClassVar[Sender.State]
        STATE_VERIFIED: _ClassVar[Sender.State]
    STATE_UNSPECIFIED: Sender.State
    STATE_UNVERIFIED: Sender.State
    STATE_VERIFIED: Sender.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    REPLY_TO_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    DKIM_DOMAIN_FIELD_NUMBER: _ClassVar[int]
    DKIM_SELECTOR_FIELD_NUMBER: _ClassVar[int]
    VERIFY_TIME_FIELD_NUMBER: _ClassVar[int]
    CODE_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    address: str
    reply_to_address: str
    state: Sender.State
    dkim_domain: str
    dkim_selector: str
    verify_time: _timestamp_pb2.Timestamp
    code_expire_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., address: _Optional[str] = ..., reply_to_address: _Optional[str] = ..., state: _Optional[_Union[Sender.State, str]] = ..., dkim_domain: _Optional[str] = ..., dkim_selector: _Optional[str] = ..., verify_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., code_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class Brake(_message.Message):
    __slots__ = ("name", "contact", "account", "deal", "reason", "expire_time", "state", "creator", "create_time", "release_time", "releaser", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Brake.State]
        STATE_ACTIVE: _ClassVar[Brake.State]
        STATE_EXPIRED: _ClassVar[Brake.State]
        STATE_RELEASED: _ClassVar[Brake.State]
    STATE_UNSPECIFIED: Brake.State
    STATE_ACTIVE: Brake.State
    STATE_EXPIRED: Brake.State
    STATE_RELEASED: Brake.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    DEAL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATOR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RELEASE_TIME_FIELD_NUMBER: _ClassVar[int]
    RELEASER_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    contact: str
    account: str
    deal: str
    reason: str
    expire_time: _timestamp_pb2.Timestamp
    state: Brake.State
    creator: str
    create_time: _timestamp_pb2.Timestamp
    release_time: _timestamp_pb2.Timestamp
    releaser: str
    etag: str
    def __init__(self, name: _Optional[str] = ..., contact: _Optional[str] = ..., account: _Optional[str] = ..., deal: _Optional[str] = ..., reason: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[Brake.State, str]] = ..., creator: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., release_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., releaser: _Optional[str] = ..., etag: _Optional[str] = ...) -> None: ...

class Send(_message.Message):
    __slots__ = ("name", "contact", "display_name", "address", "occurrence", "state", "reason", "message", "activity_version", "attempts", "hold_until_time", "plan_time", "change_time", "hand_over_time", "reply_code", "reply_text")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Send.State]
        STATE_PLANNED: _ClassVar[Send.State]
        STATE_HELD: _ClassVar[Send.State]
        STATE_CLAIMED: _ClassVar[Send.State]
        STATE_HANDED_OVER: _ClassVar[Send.State]
        STATE_DELIVERED: _ClassVar[Send.State]
        STATE_BOUNCED: _ClassVar[Send.State]
        STATE_FAILED: _ClassVar[Send.State]
        STATE_SUPPRESSED: _ClassVar[Send.State]
        STATE_CANCELLED: _ClassVar[Send.State]
        STATE_UNKNOWN: _ClassVar[Send.State]
    STATE_UNSPECIFIED: Send.State
    STATE_PLANNED: Send.State
    STATE_HELD: Send.State
    STATE_CLAIMED: Send.State
    STATE_HANDED_OVER: Send.State
    STATE_DELIVERED: Send.State
    STATE_BOUNCED: Send.State
    STATE_FAILED: Send.State
    STATE_SUPPRESSED: Send.State
    STATE_CANCELLED: Send.State
    STATE_UNKNOWN: Send.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    OCCURRENCE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_VERSION_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    HOLD_UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    PLAN_TIME_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    HAND_OVER_TIME_FIELD_NUMBER: _ClassVar[int]
    REPLY_CODE_FIELD_NUMBER: _ClassVar[int]
    REPLY_TEXT_FIELD_NUMBER: _ClassVar[int]
    name: str
    contact: str
    display_name: str
    address: str
    occurrence: int
    state: Send.State
    reason: str
    message: str
    activity_version: int
    attempts: int
    hold_until_time: _timestamp_pb2.Timestamp
    plan_time: _timestamp_pb2.Timestamp
    change_time: _timestamp_pb2.Timestamp
    hand_over_time: _timestamp_pb2.Timestamp
    reply_code: int
    reply_text: str
    def __init__(self, name: _Optional[str] = ..., contact: _Optional[str] = ..., display_name: _Optional[str] = ..., address: _Optional[str] = ..., occurrence: _Optional[int] = ..., state: _Optional[_Union[Send.State, str]] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., activity_version: _Optional[int] = ..., attempts: _Optional[int] = ..., hold_until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., plan_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., hand_over_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reply_code: _Optional[int] = ..., reply_text: _Optional[str] = ...) -> None: ...

class ComingMail(_message.Message):
    __slots__ = ("activity", "campaign_display_name", "activity_display_name", "subject", "due_time", "stage", "obstacle")
    class Stage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STAGE_UNSPECIFIED: _ClassVar[ComingMail.Stage]
        STAGE_SCHEDULED: _ClassVar[ComingMail.Stage]
        STAGE_PLANNED: _ClassVar[ComingMail.Stage]
        STAGE_HELD: _ClassVar[ComingMail.Stage]
    STAGE_UNSPECIFIED: ComingMail.Stage
    STAGE_SCHEDULED: ComingMail.Stage
    STAGE_PLANNED: ComingMail.Stage
    STAGE_HELD: ComingMail.Stage
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    OBSTACLE_FIELD_NUMBER: _ClassVar[int]
    activity: str
    campaign_display_name: str
    activity_display_name: str
    subject: str
    due_time: _timestamp_pb2.Timestamp
    stage: ComingMail.Stage
    obstacle: str
    def __init__(self, activity: _Optional[str] = ..., campaign_display_name: _Optional[str] = ..., activity_display_name: _Optional[str] = ..., subject: _Optional[str] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stage: _Optional[_Union[ComingMail.Stage, str]] = ..., obstacle: _Optional[str] = ...) -> None: ...

class Outlook(_message.Message):
    __slots__ = ("coming_mails", "incomplete")
    COMING_MAILS_FIELD_NUMBER: _ClassVar[int]
    INCOMPLETE_FIELD_NUMBER: _ClassVar[int]
    coming_mails: _containers.RepeatedCompositeFieldContainer[ComingMail]
    incomplete: bool
    def __init__(self, coming_mails: _Optional[_Iterable[_Union[ComingMail, _Mapping]]] = ..., incomplete: _Optional[bool] = ...) -> None: ...

class SentMail(_message.Message):
    __slots__ = ("send", "message", "activity_version", "subject", "html", "text", "links", "rendering")
    class Rendering(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        RENDERING_UNSPECIFIED: _ClassVar[SentMail.Rendering]
        RENDERING_AS_SENT: _ClassVar[SentMail.Rendering]
        RENDERING_AGAIN: _ClassVar[SentMail.Rendering]
        RENDERING_MASKED: _ClassVar[SentMail.Rendering]
    RENDERING_UNSPECIFIED: SentMail.Rendering
    RENDERING_AS_SENT: SentMail.Rendering
    RENDERING_AGAIN: SentMail.Rendering
    RENDERING_MASKED: SentMail.Rendering
    class Link(_message.Message):
        __slots__ = ("number", "url")
        NUMBER_FIELD_NUMBER: _ClassVar[int]
        URL_FIELD_NUMBER: _ClassVar[int]
        number: int
        url: str
        def __init__(self, number: _Optional[int] = ..., url: _Optional[str] = ...) -> None: ...
    SEND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_VERSION_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    HTML_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    RENDERING_FIELD_NUMBER: _ClassVar[int]
    send: str
    message: str
    activity_version: int
    subject: str
    html: str
    text: str
    links: _containers.RepeatedCompositeFieldContainer[SentMail.Link]
    rendering: SentMail.Rendering
    def __init__(self, send: _Optional[str] = ..., message: _Optional[str] = ..., activity_version: _Optional[int] = ..., subject: _Optional[str] = ..., html: _Optional[str] = ..., text: _Optional[str] = ..., links: _Optional[_Iterable[_Union[SentMail.Link, _Mapping]]] = ..., rendering: _Optional[_Union[SentMail.Rendering, str]] = ...) -> None: ...

class TemplateProblem(_message.Message):
    __slots__ = ("field", "line", "column", "reason", "description")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    field: str
    line: int
    column: int
    reason: str
    description: str
    def __init__(self, field: _Optional[str] = ..., line: _Optional[int] = ..., column: _Optional[int] = ..., reason: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class LaunchProblem(_message.Message):
    __slots__ = ("reason", "activity", "description")
    REASON_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    reason: str
    activity: str
    description: str
    def __init__(self, reason: _Optional[str] = ..., activity: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class GetProgrammeRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListProgrammesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ...) -> None: ...

class ListProgrammesResponse(_message.Message):
    __slots__ = ("programmes", "next_page_token")
    PROGRAMMES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    programmes: _containers.RepeatedCompositeFieldContainer[Programme]
    next_page_token: str
    def __init__(self, programmes: _Optional[_Iterable[_Union[Programme, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateProgrammeRequest(_message.Message):
    __slots__ = ("programme", "request_id")
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    programme: Programme
    request_id: str
    def __init__(self, programme: _Optional[_Union[Programme, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateProgrammeRequest(_message.Message):
    __slots__ = ("programme", "update_mask", "request_id")
    PROGRAMME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    programme: Programme
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, programme: _Optional[_Union[Programme, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteProgrammeRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetCampaignRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListCampaignsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ...) -> None: ...

class ListCampaignsResponse(_message.Message):
    __slots__ = ("campaigns", "next_page_token")
    CAMPAIGNS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    campaigns: _containers.RepeatedCompositeFieldContainer[Campaign]
    next_page_token: str
    def __init__(self, campaigns: _Optional[_Iterable[_Union[Campaign, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateCampaignRequest(_message.Message):
    __slots__ = ("campaign", "request_id")
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    campaign: Campaign
    request_id: str
    def __init__(self, campaign: _Optional[_Union[Campaign, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateCampaignRequest(_message.Message):
    __slots__ = ("campaign", "update_mask", "request_id")
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    campaign: Campaign
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, campaign: _Optional[_Union[Campaign, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteCampaignRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DryRunCampaignRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DryRunCampaignResponse(_message.Message):
    __slots__ = ("activities", "problems")
    class Reason(_message.Message):
        __slots__ = ("reason", "count")
        REASON_FIELD_NUMBER: _ClassVar[int]
        COUNT_FIELD_NUMBER: _ClassVar[int]
        reason: str
        count: int
        def __init__(self, reason: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...
    class Origin(_message.Message):
        __slots__ = ("source", "count")
        SOURCE_FIELD_NUMBER: _ClassVar[int]
        COUNT_FIELD_NUMBER: _ClassVar[int]
        source: str
        count: int
        def __init__(self, source: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...
    class Person(_message.Message):
        __slots__ = ("contact", "display_name", "address")
        CONTACT_FIELD_NUMBER: _ClassVar[int]
        DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
        ADDRESS_FIELD_NUMBER: _ClassVar[int]
        contact: str
        display_name: str
        address: str
        def __init__(self, contact: _Optional[str] = ..., display_name: _Optional[str] = ..., address: _Optional[str] = ...) -> None: ...
    class ActivityRun(_message.Message):
        __slots__ = ("activity", "audience", "planned", "suppressed", "held", "people", "suppressed_by")
        ACTIVITY_FIELD_NUMBER: _ClassVar[int]
        AUDIENCE_FIELD_NUMBER: _ClassVar[int]
        PLANNED_FIELD_NUMBER: _ClassVar[int]
        SUPPRESSED_FIELD_NUMBER: _ClassVar[int]
        HELD_FIELD_NUMBER: _ClassVar[int]
        PEOPLE_FIELD_NUMBER: _ClassVar[int]
        SUPPRESSED_BY_FIELD_NUMBER: _ClassVar[int]
        activity: str
        audience: int
        planned: int
        suppressed: _containers.RepeatedCompositeFieldContainer[DryRunCampaignResponse.Reason]
        held: _containers.RepeatedCompositeFieldContainer[DryRunCampaignResponse.Reason]
        people: _containers.RepeatedCompositeFieldContainer[DryRunCampaignResponse.Person]
        suppressed_by: _containers.RepeatedCompositeFieldContainer[DryRunCampaignResponse.Origin]
        def __init__(self, activity: _Optional[str] = ..., audience: _Optional[int] = ..., planned: _Optional[int] = ..., suppressed: _Optional[_Iterable[_Union[DryRunCampaignResponse.Reason, _Mapping]]] = ..., held: _Optional[_Iterable[_Union[DryRunCampaignResponse.Reason, _Mapping]]] = ..., people: _Optional[_Iterable[_Union[DryRunCampaignResponse.Person, _Mapping]]] = ..., suppressed_by: _Optional[_Iterable[_Union[DryRunCampaignResponse.Origin, _Mapping]]] = ...) -> None: ...
    ACTIVITIES_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    activities: _containers.RepeatedCompositeFieldContainer[DryRunCampaignResponse.ActivityRun]
    problems: _containers.RepeatedCompositeFieldContainer[LaunchProblem]
    def __init__(self, activities: _Optional[_Iterable[_Union[DryRunCampaignResponse.ActivityRun, _Mapping]]] = ..., problems: _Optional[_Iterable[_Union[LaunchProblem, _Mapping]]] = ...) -> None: ...

class LaunchCampaignRequest(_message.Message):
    __slots__ = ("name", "scheduled_time", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    scheduled_time: _timestamp_pb2.Timestamp
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., scheduled_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class PauseCampaignRequest(_message.Message):
    __slots__ = ("name", "reason", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ResumeCampaignRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CancelCampaignRequest(_message.Message):
    __slots__ = ("name", "reason", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetActivityRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListActivitiesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "filter")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    filter: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ...) -> None: ...

class ListActivitiesResponse(_message.Message):
    __slots__ = ("activities", "next_page_token")
    ACTIVITIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    activities: _containers.RepeatedCompositeFieldContainer[Activity]
    next_page_token: str
    def __init__(self, activities: _Optional[_Iterable[_Union[Activity, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateActivityRequest(_message.Message):
    __slots__ = ("parent", "activity", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    activity: Activity
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., activity: _Optional[_Union[Activity, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateActivityRequest(_message.Message):
    __slots__ = ("activity", "update_mask", "request_id")
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    activity: Activity
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, activity: _Optional[_Union[Activity, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteActivityRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class PreviewActivityRequest(_message.Message):
    __slots__ = ("name", "contact")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    name: str
    contact: str
    def __init__(self, name: _Optional[str] = ..., contact: _Optional[str] = ...) -> None: ...

class PreviewActivityResponse(_message.Message):
    __slots__ = ("subject", "html", "text", "headers")
    class Header(_message.Message):
        __slots__ = ("name", "value")
        NAME_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        name: str
        value: str
        def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    HTML_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    subject: str
    html: str
    text: str
    headers: _containers.RepeatedCompositeFieldContainer[PreviewActivityResponse.Header]
    def __init__(self, subject: _Optional[str] = ..., html: _Optional[str] = ..., text: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[PreviewActivityResponse.Header, _Mapping]]] = ...) -> None: ...

class TestActivityRequest(_message.Message):
    __slots__ = ("name", "contact", "addresses", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    contact: str
    addresses: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, name: _Optional[str] = ..., contact: _Optional[str] = ..., addresses: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class TestActivityResponse(_message.Message):
    __slots__ = ("results",)
    class Result(_message.Message):
        __slots__ = ("address", "accepted", "reason")
        ADDRESS_FIELD_NUMBER: _ClassVar[int]
        ACCEPTED_FIELD_NUMBER: _ClassVar[int]
        REASON_FIELD_NUMBER: _ClassVar[int]
        address: str
        accepted: bool
        reason: str
        def __init__(self, address: _Optional[str] = ..., accepted: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[TestActivityResponse.Result]
    def __init__(self, results: _Optional[_Iterable[_Union[TestActivityResponse.Result, _Mapping]]] = ...) -> None: ...

class GetSenderRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListSendersRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ...) -> None: ...

class ListSendersResponse(_message.Message):
    __slots__ = ("senders", "next_page_token")
    SENDERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    senders: _containers.RepeatedCompositeFieldContainer[Sender]
    next_page_token: str
    def __init__(self, senders: _Optional[_Iterable[_Union[Sender, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateSenderRequest(_message.Message):
    __slots__ = ("sender", "request_id")
    SENDER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    sender: Sender
    request_id: str
    def __init__(self, sender: _Optional[_Union[Sender, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ResendSenderCodeRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class VerifySenderRequest(_message.Message):
    __slots__ = ("name", "code", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    code: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., code: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteSenderRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetBrakeRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListBrakesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ...) -> None: ...

class ListBrakesResponse(_message.Message):
    __slots__ = ("brakes", "next_page_token")
    BRAKES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    brakes: _containers.RepeatedCompositeFieldContainer[Brake]
    next_page_token: str
    def __init__(self, brakes: _Optional[_Iterable[_Union[Brake, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateBrakeRequest(_message.Message):
    __slots__ = ("brake", "request_id")
    BRAKE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    brake: Brake
    request_id: str
    def __init__(self, brake: _Optional[_Union[Brake, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReleaseBrakeRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetSendRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListSendsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "filter")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    filter: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ...) -> None: ...

class ListSendsResponse(_message.Message):
    __slots__ = ("sends", "next_page_token")
    SENDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    sends: _containers.RepeatedCompositeFieldContainer[Send]
    next_page_token: str
    def __init__(self, sends: _Optional[_Iterable[_Union[Send, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ExplainSendRequest(_message.Message):
    __slots__ = ("campaign", "contact")
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    campaign: str
    contact: str
    def __init__(self, campaign: _Optional[str] = ..., contact: _Optional[str] = ...) -> None: ...

class ExplainSendResponse(_message.Message):
    __slots__ = ("explanations",)
    class Step(_message.Message):
        __slots__ = ("kind", "passed", "reason", "description", "decide_time", "resource")
        class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            KIND_UNSPECIFIED: _ClassVar[ExplainSendResponse.Step.Kind]
            KIND_LAUNCH: _ClassVar[ExplainSendResponse.Step.Kind]
            KIND_AUDIENCE: _ClassVar[ExplainSendResponse.Step.Kind]
            KIND_ADDRESS: _ClassVar[ExplainSendResponse.Step.Kind]
            KIND_CONSENT: _ClassVar[ExplainSendResponse.Step.Kind]
            KIND_BRAKE: _ClassVar[ExplainSendResponse.Step.Kind]
            KIND_SENDING: _ClassVar[ExplainSendResponse.Step.Kind]
            KIND_DELIVERY: _ClassVar[ExplainSendResponse.Step.Kind]
        KIND_UNSPECIFIED: ExplainSendResponse.Step.Kind
        KIND_LAUNCH: ExplainSendResponse.Step.Kind
        KIND_AUDIENCE: ExplainSendResponse.Step.Kind
        KIND_ADDRESS: ExplainSendResponse.Step.Kind
        KIND_CONSENT: ExplainSendResponse.Step.Kind
        KIND_BRAKE: ExplainSendResponse.Step.Kind
        KIND_SENDING: ExplainSendResponse.Step.Kind
        KIND_DELIVERY: ExplainSendResponse.Step.Kind
        KIND_FIELD_NUMBER: _ClassVar[int]
        PASSED_FIELD_NUMBER: _ClassVar[int]
        REASON_FIELD_NUMBER: _ClassVar[int]
        DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
        DECIDE_TIME_FIELD_NUMBER: _ClassVar[int]
        RESOURCE_FIELD_NUMBER: _ClassVar[int]
        kind: ExplainSendResponse.Step.Kind
        passed: bool
        reason: str
        description: str
        decide_time: _timestamp_pb2.Timestamp
        resource: str
        def __init__(self, kind: _Optional[_Union[ExplainSendResponse.Step.Kind, str]] = ..., passed: _Optional[bool] = ..., reason: _Optional[str] = ..., description: _Optional[str] = ..., decide_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resource: _Optional[str] = ...) -> None: ...
    class Explanation(_message.Message):
        __slots__ = ("activity", "send", "steps")
        ACTIVITY_FIELD_NUMBER: _ClassVar[int]
        SEND_FIELD_NUMBER: _ClassVar[int]
        STEPS_FIELD_NUMBER: _ClassVar[int]
        activity: str
        send: Send
        steps: _containers.RepeatedCompositeFieldContainer[ExplainSendResponse.Step]
        def __init__(self, activity: _Optional[str] = ..., send: _Optional[_Union[Send, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[ExplainSendResponse.Step, _Mapping]]] = ...) -> None: ...
    EXPLANATIONS_FIELD_NUMBER: _ClassVar[int]
    explanations: _containers.RepeatedCompositeFieldContainer[ExplainSendResponse.Explanation]
    def __init__(self, explanations: _Optional[_Iterable[_Union[ExplainSendResponse.Explanation, _Mapping]]] = ...) -> None: ...

class GetOutlookRequest(_message.Message):
    __slots__ = ("contact",)
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    contact: str
    def __init__(self, contact: _Optional[str] = ...) -> None: ...

class GetSentMailRequest(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class ReportDeliveryRequest(_message.Message):
    __slots__ = ("message", "outcome", "report_time", "reply_text", "request_id")
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[ReportDeliveryRequest.Outcome]
        OUTCOME_DELIVERED: _ClassVar[ReportDeliveryRequest.Outcome]
        OUTCOME_BOUNCED_HARD: _ClassVar[ReportDeliveryRequest.Outcome]
        OUTCOME_BOUNCED_SOFT: _ClassVar[ReportDeliveryRequest.Outcome]
    OUTCOME_UNSPECIFIED: ReportDeliveryRequest.Outcome
    OUTCOME_DELIVERED: ReportDeliveryRequest.Outcome
    OUTCOME_BOUNCED_HARD: ReportDeliveryRequest.Outcome
    OUTCOME_BOUNCED_SOFT: ReportDeliveryRequest.Outcome
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REPORT_TIME_FIELD_NUMBER: _ClassVar[int]
    REPLY_TEXT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    message: str
    outcome: ReportDeliveryRequest.Outcome
    report_time: _timestamp_pb2.Timestamp
    reply_text: str
    request_id: str
    def __init__(self, message: _Optional[str] = ..., outcome: _Optional[_Union[ReportDeliveryRequest.Outcome, str]] = ..., report_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reply_text: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SettleSendRequest(_message.Message):
    __slots__ = ("name", "decision", "request_id")
    class Decision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        DECISION_UNSPECIFIED: _ClassVar[SettleSendRequest.Decision]
        DECISION_HANDED_OVER: _ClassVar[SettleSendRequest.Decision]
        DECISION_SEND_AGAIN: _ClassVar[SettleSendRequest.Decision]
    DECISION_UNSPECIFIED: SettleSendRequest.Decision
    DECISION_HANDED_OVER: SettleSendRequest.Decision
    DECISION_SEND_AGAIN: SettleSendRequest.Decision
    NAME_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    decision: SettleSendRequest.Decision
    request_id: str
    def __init__(self, name: _Optional[str] = ..., decision: _Optional[_Union[SettleSendRequest.Decision, str]] = ..., request_id: _Optional[str] = ...) -> None: ...
