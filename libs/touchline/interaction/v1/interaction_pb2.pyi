import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.type import money_pb2 as _money_pb2
from touchline.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_UNSPECIFIED: _ClassVar[Channel]
    CHANNEL_EMAIL: _ClassVar[Channel]
    CHANNEL_SMS: _ClassVar[Channel]
    CHANNEL_CALL: _ClassVar[Channel]
    CHANNEL_MEETING: _ClassVar[Channel]
    CHANNEL_NOTE: _ClassVar[Channel]
    CHANNEL_WEB: _ClassVar[Channel]
    CHANNEL_FORM: _ClassVar[Channel]
    CHANNEL_CHAT: _ClassVar[Channel]
    CHANNEL_AD: _ClassVar[Channel]
    CHANNEL_EVENT: _ClassVar[Channel]
    CHANNEL_DEAL: _ClassVar[Channel]
    CHANNEL_TASK: _ClassVar[Channel]
    CHANNEL_CONSENT: _ClassVar[Channel]
    CHANNEL_POSTAL: _ClassVar[Channel]
    CHANNEL_SOCIAL: _ClassVar[Channel]
    CHANNEL_PUSH: _ClassVar[Channel]
    CHANNEL_SYSTEM: _ClassVar[Channel]
    CHANNEL_OTHER: _ClassVar[Channel]

class TouchClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TOUCH_CLASS_UNSPECIFIED: _ClassVar[TouchClass]
    TOUCH_CLASS_ACTIVE: _ClassVar[TouchClass]
    TOUCH_CLASS_PASSIVE: _ClassVar[TouchClass]
    TOUCH_CLASS_SYSTEM: _ClassVar[TouchClass]
    TOUCH_CLASS_SUPPRESSED: _ClassVar[TouchClass]

class Direction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DIRECTION_UNSPECIFIED: _ClassVar[Direction]
    DIRECTION_INBOUND: _ClassVar[Direction]
    DIRECTION_OUTBOUND: _ClassVar[Direction]
    DIRECTION_INTERNAL: _ClassVar[Direction]

class ActorKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTOR_KIND_UNSPECIFIED: _ClassVar[ActorKind]
    ACTOR_KIND_SYSTEM: _ClassVar[ActorKind]
    ACTOR_KIND_PERSON: _ClassVar[ActorKind]
    ACTOR_KIND_MACHINE: _ClassVar[ActorKind]

class VerdictKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_KIND_UNSPECIFIED: _ClassVar[VerdictKind]
    VERDICT_KIND_HUMAN: _ClassVar[VerdictKind]
    VERDICT_KIND_MACHINE: _ClassVar[VerdictKind]
    VERDICT_KIND_UNKNOWN: _ClassVar[VerdictKind]
CHANNEL_UNSPECIFIED: Channel
CHANNEL_EMAIL: Channel
CHANNEL_SMS: Channel
CHANNEL_CALL: Channel
CHANNEL_MEETING: Channel
CHANNEL_NOTE: Channel
CHANNEL_WEB: Channel
CHANNEL_FORM: Channel
CHANNEL_CHAT: Channel
CHANNEL_AD: Channel
CHANNEL_EVENT: Channel
CHANNEL_DEAL: Channel
CHANNEL_TASK: Channel
CHANNEL_CONSENT: Channel
CHANNEL_POSTAL: Channel
CHANNEL_SOCIAL: Channel
CHANNEL_PUSH: Channel
CHANNEL_SYSTEM: Channel
CHANNEL_OTHER: Channel
TOUCH_CLASS_UNSPECIFIED: TouchClass
TOUCH_CLASS_ACTIVE: TouchClass
TOUCH_CLASS_PASSIVE: TouchClass
TOUCH_CLASS_SYSTEM: TouchClass
TOUCH_CLASS_SUPPRESSED: TouchClass
DIRECTION_UNSPECIFIED: Direction
DIRECTION_INBOUND: Direction
DIRECTION_OUTBOUND: Direction
DIRECTION_INTERNAL: Direction
ACTOR_KIND_UNSPECIFIED: ActorKind
ACTOR_KIND_SYSTEM: ActorKind
ACTOR_KIND_PERSON: ActorKind
ACTOR_KIND_MACHINE: ActorKind
VERDICT_KIND_UNSPECIFIED: VerdictKind
VERDICT_KIND_HUMAN: VerdictKind
VERDICT_KIND_MACHINE: VerdictKind
VERDICT_KIND_UNKNOWN: VerdictKind

class Touch(_message.Message):
    __slots__ = ("name", "identifier", "contact", "account", "deal", "campaign", "activity", "variant", "message", "message_time", "channel", "type", "type_version", "direction", "touch_class", "occurred_time", "accepted_time", "recorded_time", "source", "source_event_id", "value", "utm", "names", "attributes", "verdict", "correction_of", "actor", "evidence", "rank", "thread", "title", "detail", "shared", "uncounted", "traceparent")
    NAME_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    DEAL_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    VARIANT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_TIME_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TYPE_VERSION_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    TOUCH_CLASS_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_TIME_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_TIME_FIELD_NUMBER: _ClassVar[int]
    RECORDED_TIME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    UTM_FIELD_NUMBER: _ClassVar[int]
    NAMES_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    CORRECTION_OF_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    THREAD_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    SHARED_FIELD_NUMBER: _ClassVar[int]
    UNCOUNTED_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    name: str
    identifier: Identifier
    contact: str
    account: str
    deal: str
    campaign: str
    activity: str
    variant: str
    message: str
    message_time: _timestamp_pb2.Timestamp
    channel: Channel
    type: str
    type_version: int
    direction: Direction
    touch_class: TouchClass
    occurred_time: _timestamp_pb2.Timestamp
    accepted_time: _timestamp_pb2.Timestamp
    recorded_time: _timestamp_pb2.Timestamp
    source: str
    source_event_id: str
    value: _money_pb2.Money
    utm: Utm
    names: Names
    attributes: _struct_pb2.Struct
    verdict: Verdict
    correction_of: str
    actor: Actor
    evidence: Evidence
    rank: int
    thread: str
    title: str
    detail: str
    shared: bool
    uncounted: bool
    traceparent: str
    def __init__(self, name: _Optional[str] = ..., identifier: _Optional[_Union[Identifier, _Mapping]] = ..., contact: _Optional[str] = ..., account: _Optional[str] = ..., deal: _Optional[str] = ..., campaign: _Optional[str] = ..., activity: _Optional[str] = ..., variant: _Optional[str] = ..., message: _Optional[str] = ..., message_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., channel: _Optional[_Union[Channel, str]] = ..., type: _Optional[str] = ..., type_version: _Optional[int] = ..., direction: _Optional[_Union[Direction, str]] = ..., touch_class: _Optional[_Union[TouchClass, str]] = ..., occurred_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., accepted_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recorded_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., source: _Optional[str] = ..., source_event_id: _Optional[str] = ..., value: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., utm: _Optional[_Union[Utm, _Mapping]] = ..., names: _Optional[_Union[Names, _Mapping]] = ..., attributes: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., verdict: _Optional[_Union[Verdict, _Mapping]] = ..., correction_of: _Optional[str] = ..., actor: _Optional[_Union[Actor, _Mapping]] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ..., rank: _Optional[int] = ..., thread: _Optional[str] = ..., title: _Optional[str] = ..., detail: _Optional[str] = ..., shared: _Optional[bool] = ..., uncounted: _Optional[bool] = ..., traceparent: _Optional[str] = ...) -> None: ...

class Identifier(_message.Message):
    __slots__ = ("kind", "value")
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    kind: str
    value: str
    def __init__(self, kind: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class Utm(_message.Message):
    __slots__ = ("source", "medium", "campaign", "term", "content")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    MEDIUM_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    TERM_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    source: str
    medium: str
    campaign: str
    term: str
    content: str
    def __init__(self, source: _Optional[str] = ..., medium: _Optional[str] = ..., campaign: _Optional[str] = ..., term: _Optional[str] = ..., content: _Optional[str] = ...) -> None: ...

class Names(_message.Message):
    __slots__ = ("contact", "account", "deal", "campaign", "activity", "variant", "message")
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    DEAL_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    VARIANT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    contact: str
    account: str
    deal: str
    campaign: str
    activity: str
    variant: str
    message: str
    def __init__(self, contact: _Optional[str] = ..., account: _Optional[str] = ..., deal: _Optional[str] = ..., campaign: _Optional[str] = ..., activity: _Optional[str] = ..., variant: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class Actor(_message.Message):
    __slots__ = ("kind", "user", "display_name")
    KIND_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    kind: ActorKind
    user: str
    display_name: str
    def __init__(self, kind: _Optional[_Union[ActorKind, str]] = ..., user: _Optional[str] = ..., display_name: _Optional[str] = ...) -> None: ...

class Verdict(_message.Message):
    __slots__ = ("kind", "reasons", "confidence", "ruleset_version")
    KIND_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    RULESET_VERSION_FIELD_NUMBER: _ClassVar[int]
    kind: VerdictKind
    reasons: _containers.RepeatedScalarFieldContainer[str]
    confidence: float
    ruleset_version: str
    def __init__(self, kind: _Optional[_Union[VerdictKind, str]] = ..., reasons: _Optional[_Iterable[str]] = ..., confidence: _Optional[float] = ..., ruleset_version: _Optional[str] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("ip", "user_agent", "body")
    IP_FIELD_NUMBER: _ClassVar[int]
    USER_AGENT_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    ip: str
    user_agent: str
    body: bytes
    def __init__(self, ip: _Optional[str] = ..., user_agent: _Optional[str] = ..., body: _Optional[bytes] = ...) -> None: ...

class Source(_message.Message):
    __slots__ = ("name", "display_name", "client", "identifier_kind", "is_whole_seconds", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_KIND_FIELD_NUMBER: _ClassVar[int]
    IS_WHOLE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    client: str
    identifier_kind: str
    is_whole_seconds: bool
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., client: _Optional[str] = ..., identifier_kind: _Optional[str] = ..., is_whole_seconds: _Optional[bool] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TouchType(_message.Message):
    __slots__ = ("name", "version", "display_name", "channel", "touch_class", "rank", "direction", "actor", "audience", "audience_role", "fields", "title_template", "detail_template", "is_response", "is_builtin", "create_time", "retention", "history_begin_time")
    class FieldKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        FIELD_KIND_UNSPECIFIED: _ClassVar[TouchType.FieldKind]
        FIELD_KIND_STRING: _ClassVar[TouchType.FieldKind]
        FIELD_KIND_NUMBER: _ClassVar[TouchType.FieldKind]
        FIELD_KIND_BOOL: _ClassVar[TouchType.FieldKind]
    FIELD_KIND_UNSPECIFIED: TouchType.FieldKind
    FIELD_KIND_STRING: TouchType.FieldKind
    FIELD_KIND_NUMBER: TouchType.FieldKind
    FIELD_KIND_BOOL: TouchType.FieldKind
    class Audience(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        AUDIENCE_UNSPECIFIED: _ClassVar[TouchType.Audience]
        AUDIENCE_EVERYONE: _ClassVar[TouchType.Audience]
        AUDIENCE_OWNER_TEAM: _ClassVar[TouchType.Audience]
        AUDIENCE_ROLE: _ClassVar[TouchType.Audience]
    AUDIENCE_UNSPECIFIED: TouchType.Audience
    AUDIENCE_EVERYONE: TouchType.Audience
    AUDIENCE_OWNER_TEAM: TouchType.Audience
    AUDIENCE_ROLE: TouchType.Audience
    class Field(_message.Message):
        __slots__ = ("key", "display_name", "kind", "is_required", "is_personal")
        KEY_FIELD_NUMBER: _ClassVar[int]
        DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
        KIND_FIELD_NUMBER: _ClassVar[int]
        IS_REQUIRED_FIELD_NUMBER: _ClassVar[int]
        IS_PERSONAL_FIELD_NUMBER: _ClassVar[int]
        key: str
        display_name: str
        kind: TouchType.FieldKind
        is_required: bool
        is_personal: bool
        def __init__(self, key: _Optional[str] = ..., display_name: _Optional[str] = ..., kind: _Optional[_Union[TouchType.FieldKind, str]] = ..., is_required: _Optional[bool] = ..., is_personal: _Optional[bool] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    TOUCH_CLASS_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_FIELD_NUMBER: _ClassVar[int]
    AUDIENCE_ROLE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    TITLE_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    IS_RESPONSE_FIELD_NUMBER: _ClassVar[int]
    IS_BUILTIN_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RETENTION_FIELD_NUMBER: _ClassVar[int]
    HISTORY_BEGIN_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: int
    display_name: str
    channel: Channel
    touch_class: TouchClass
    rank: int
    direction: Direction
    actor: ActorKind
    audience: TouchType.Audience
    audience_role: str
    fields: _containers.RepeatedCompositeFieldContainer[TouchType.Field]
    title_template: str
    detail_template: str
    is_response: bool
    is_builtin: bool
    create_time: _timestamp_pb2.Timestamp
    retention: _duration_pb2.Duration
    history_begin_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., version: _Optional[int] = ..., display_name: _Optional[str] = ..., channel: _Optional[_Union[Channel, str]] = ..., touch_class: _Optional[_Union[TouchClass, str]] = ..., rank: _Optional[int] = ..., direction: _Optional[_Union[Direction, str]] = ..., actor: _Optional[_Union[ActorKind, str]] = ..., audience: _Optional[_Union[TouchType.Audience, str]] = ..., audience_role: _Optional[str] = ..., fields: _Optional[_Iterable[_Union[TouchType.Field, _Mapping]]] = ..., title_template: _Optional[str] = ..., detail_template: _Optional[str] = ..., is_response: _Optional[bool] = ..., is_builtin: _Optional[bool] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., retention: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., history_begin_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Thread(_message.Message):
    __slots__ = ("name", "thread_time", "touches", "has_more_touches", "machine_touches")
    NAME_FIELD_NUMBER: _ClassVar[int]
    THREAD_TIME_FIELD_NUMBER: _ClassVar[int]
    TOUCHES_FIELD_NUMBER: _ClassVar[int]
    HAS_MORE_TOUCHES_FIELD_NUMBER: _ClassVar[int]
    MACHINE_TOUCHES_FIELD_NUMBER: _ClassVar[int]
    name: str
    thread_time: _timestamp_pb2.Timestamp
    touches: _containers.RepeatedCompositeFieldContainer[Touch]
    has_more_touches: bool
    machine_touches: _containers.RepeatedCompositeFieldContainer[MachineTouches]
    def __init__(self, name: _Optional[str] = ..., thread_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., touches: _Optional[_Iterable[_Union[Touch, _Mapping]]] = ..., has_more_touches: _Optional[bool] = ..., machine_touches: _Optional[_Iterable[_Union[MachineTouches, _Mapping]]] = ...) -> None: ...

class MachineTouches(_message.Message):
    __slots__ = ("type", "count", "reasons")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    type: str
    count: int
    reasons: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, type: _Optional[str] = ..., count: _Optional[int] = ..., reasons: _Optional[_Iterable[str]] = ...) -> None: ...

class TimelineHeader(_message.Message):
    __slots__ = ("last_human_response", "last_call", "next_from_marketing", "campaigns_in_flight", "last_active_time")
    class CampaignInFlight(_message.Message):
        __slots__ = ("campaign", "display_name", "last_touch_time")
        CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
        DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
        LAST_TOUCH_TIME_FIELD_NUMBER: _ClassVar[int]
        campaign: str
        display_name: str
        last_touch_time: _timestamp_pb2.Timestamp
        def __init__(self, campaign: _Optional[str] = ..., display_name: _Optional[str] = ..., last_touch_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    class Planned(_message.Message):
        __slots__ = ("campaign", "activity", "display_name", "due_time")
        CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
        ACTIVITY_FIELD_NUMBER: _ClassVar[int]
        DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
        DUE_TIME_FIELD_NUMBER: _ClassVar[int]
        campaign: str
        activity: str
        display_name: str
        due_time: _timestamp_pb2.Timestamp
        def __init__(self, campaign: _Optional[str] = ..., activity: _Optional[str] = ..., display_name: _Optional[str] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    LAST_HUMAN_RESPONSE_FIELD_NUMBER: _ClassVar[int]
    LAST_CALL_FIELD_NUMBER: _ClassVar[int]
    NEXT_FROM_MARKETING_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGNS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    LAST_ACTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    last_human_response: Touch
    last_call: Touch
    next_from_marketing: TimelineHeader.Planned
    campaigns_in_flight: _containers.RepeatedCompositeFieldContainer[TimelineHeader.CampaignInFlight]
    last_active_time: _timestamp_pb2.Timestamp
    def __init__(self, last_human_response: _Optional[_Union[Touch, _Mapping]] = ..., last_call: _Optional[_Union[Touch, _Mapping]] = ..., next_from_marketing: _Optional[_Union[TimelineHeader.Planned, _Mapping]] = ..., campaigns_in_flight: _Optional[_Iterable[_Union[TimelineHeader.CampaignInFlight, _Mapping]]] = ..., last_active_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TimelineCounts(_message.Message):
    __slots__ = ("total", "machine", "by_type")
    class ByType(_message.Message):
        __slots__ = ("type", "count", "machine_count")
        TYPE_FIELD_NUMBER: _ClassVar[int]
        COUNT_FIELD_NUMBER: _ClassVar[int]
        MACHINE_COUNT_FIELD_NUMBER: _ClassVar[int]
        type: str
        count: int
        machine_count: int
        def __init__(self, type: _Optional[str] = ..., count: _Optional[int] = ..., machine_count: _Optional[int] = ...) -> None: ...
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    MACHINE_FIELD_NUMBER: _ClassVar[int]
    BY_TYPE_FIELD_NUMBER: _ClassVar[int]
    total: int
    machine: int
    by_type: _containers.RepeatedCompositeFieldContainer[TimelineCounts.ByType]
    def __init__(self, total: _Optional[int] = ..., machine: _Optional[int] = ..., by_type: _Optional[_Iterable[_Union[TimelineCounts.ByType, _Mapping]]] = ...) -> None: ...

class TimelineFilter(_message.Message):
    __slots__ = ("types", "classes", "channels", "campaigns", "accounts", "deals", "actors", "from_time", "to_time", "people_only", "text")
    TYPES_FIELD_NUMBER: _ClassVar[int]
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGNS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    DEALS_FIELD_NUMBER: _ClassVar[int]
    ACTORS_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    PEOPLE_ONLY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    types: _containers.RepeatedScalarFieldContainer[str]
    classes: _containers.RepeatedScalarFieldContainer[TouchClass]
    channels: _containers.RepeatedScalarFieldContainer[Channel]
    campaigns: _containers.RepeatedScalarFieldContainer[str]
    accounts: _containers.RepeatedScalarFieldContainer[str]
    deals: _containers.RepeatedScalarFieldContainer[str]
    actors: _containers.RepeatedScalarFieldContainer[ActorKind]
    from_time: _timestamp_pb2.Timestamp
    to_time: _timestamp_pb2.Timestamp
    people_only: bool
    text: str
    def __init__(self, types: _Optional[_Iterable[str]] = ..., classes: _Optional[_Iterable[_Union[TouchClass, str]]] = ..., channels: _Optional[_Iterable[_Union[Channel, str]]] = ..., campaigns: _Optional[_Iterable[str]] = ..., accounts: _Optional[_Iterable[str]] = ..., deals: _Optional[_Iterable[str]] = ..., actors: _Optional[_Iterable[_Union[ActorKind, str]]] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., people_only: _Optional[bool] = ..., text: _Optional[str] = ...) -> None: ...

class RecordTouchesRequest(_message.Message):
    __slots__ = ("touches", "validate_only")
    TOUCHES_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    touches: _containers.RepeatedCompositeFieldContainer[Touch]
    validate_only: bool
    def __init__(self, touches: _Optional[_Iterable[_Union[Touch, _Mapping]]] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class RecordTouchesResponse(_message.Message):
    __slots__ = ("results",)
    class Result(_message.Message):
        __slots__ = ("status", "name", "accepted_time")
        STATUS_FIELD_NUMBER: _ClassVar[int]
        NAME_FIELD_NUMBER: _ClassVar[int]
        ACCEPTED_TIME_FIELD_NUMBER: _ClassVar[int]
        status: _status_pb2.Status
        name: str
        accepted_time: _timestamp_pb2.Timestamp
        def __init__(self, status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., name: _Optional[str] = ..., accepted_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[RecordTouchesResponse.Result]
    def __init__(self, results: _Optional[_Iterable[_Union[RecordTouchesResponse.Result, _Mapping]]] = ...) -> None: ...

class GetTouchRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class BatchGetTouchesRequest(_message.Message):
    __slots__ = ("names",)
    NAMES_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, names: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchGetTouchesResponse(_message.Message):
    __slots__ = ("touches",)
    TOUCHES_FIELD_NUMBER: _ClassVar[int]
    touches: _containers.RepeatedCompositeFieldContainer[Touch]
    def __init__(self, touches: _Optional[_Iterable[_Union[Touch, _Mapping]]] = ...) -> None: ...

class BatchGetTouchEvidenceRequest(_message.Message):
    __slots__ = ("names",)
    NAMES_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, names: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchGetTouchEvidenceResponse(_message.Message):
    __slots__ = ("touch_evidence",)
    class TouchEvidence(_message.Message):
        __slots__ = ("touch", "accepted_time", "evidence")
        TOUCH_FIELD_NUMBER: _ClassVar[int]
        ACCEPTED_TIME_FIELD_NUMBER: _ClassVar[int]
        EVIDENCE_FIELD_NUMBER: _ClassVar[int]
        touch: str
        accepted_time: _timestamp_pb2.Timestamp
        evidence: Evidence
        def __init__(self, touch: _Optional[str] = ..., accepted_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ...) -> None: ...
    TOUCH_EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    touch_evidence: _containers.RepeatedCompositeFieldContainer[BatchGetTouchEvidenceResponse.TouchEvidence]
    def __init__(self, touch_evidence: _Optional[_Iterable[_Union[BatchGetTouchEvidenceResponse.TouchEvidence, _Mapping]]] = ...) -> None: ...

class GetTimelineRequest(_message.Message):
    __slots__ = ("parent", "filter", "page_size", "page_token", "min_position", "start_time", "start_thread", "for_export")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    MIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    START_THREAD_FIELD_NUMBER: _ClassVar[int]
    FOR_EXPORT_FIELD_NUMBER: _ClassVar[int]
    parent: str
    filter: TimelineFilter
    page_size: int
    page_token: str
    min_position: str
    start_time: _timestamp_pb2.Timestamp
    start_thread: str
    for_export: bool
    def __init__(self, parent: _Optional[str] = ..., filter: _Optional[_Union[TimelineFilter, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., min_position: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_thread: _Optional[str] = ..., for_export: _Optional[bool] = ...) -> None: ...

class GetTimelineResponse(_message.Message):
    __slots__ = ("threads", "next_page_token", "header", "counts", "watch_position", "links_changed", "history_begins")
    THREADS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    WATCH_POSITION_FIELD_NUMBER: _ClassVar[int]
    LINKS_CHANGED_FIELD_NUMBER: _ClassVar[int]
    HISTORY_BEGINS_FIELD_NUMBER: _ClassVar[int]
    threads: _containers.RepeatedCompositeFieldContainer[Thread]
    next_page_token: str
    header: TimelineHeader
    counts: TimelineCounts
    watch_position: str
    links_changed: bool
    history_begins: _containers.RepeatedCompositeFieldContainer[HistoryBegin]
    def __init__(self, threads: _Optional[_Iterable[_Union[Thread, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., header: _Optional[_Union[TimelineHeader, _Mapping]] = ..., counts: _Optional[_Union[TimelineCounts, _Mapping]] = ..., watch_position: _Optional[str] = ..., links_changed: _Optional[bool] = ..., history_begins: _Optional[_Iterable[_Union[HistoryBegin, _Mapping]]] = ...) -> None: ...

class HistoryBegin(_message.Message):
    __slots__ = ("type", "display_name", "begin_time")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    BEGIN_TIME_FIELD_NUMBER: _ClassVar[int]
    type: str
    display_name: str
    begin_time: _timestamp_pb2.Timestamp
    def __init__(self, type: _Optional[str] = ..., display_name: _Optional[str] = ..., begin_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListThreadTouchesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListThreadTouchesResponse(_message.Message):
    __slots__ = ("touches", "next_page_token")
    TOUCHES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    touches: _containers.RepeatedCompositeFieldContainer[Touch]
    next_page_token: str
    def __init__(self, touches: _Optional[_Iterable[_Union[Touch, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchTimelineRequest(_message.Message):
    __slots__ = ("parent", "watch_position")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    WATCH_POSITION_FIELD_NUMBER: _ClassVar[int]
    parent: str
    watch_position: str
    def __init__(self, parent: _Optional[str] = ..., watch_position: _Optional[str] = ...) -> None: ...

class WatchTimelineResponse(_message.Message):
    __slots__ = ("watch_position", "touch", "refused_touch", "resync", "heartbeat")
    WATCH_POSITION_FIELD_NUMBER: _ClassVar[int]
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    REFUSED_TOUCH_FIELD_NUMBER: _ClassVar[int]
    RESYNC_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    watch_position: str
    touch: Touch
    refused_touch: str
    resync: Resync
    heartbeat: bool
    def __init__(self, watch_position: _Optional[str] = ..., touch: _Optional[_Union[Touch, _Mapping]] = ..., refused_touch: _Optional[str] = ..., resync: _Optional[_Union[Resync, _Mapping]] = ..., heartbeat: _Optional[bool] = ...) -> None: ...

class Resync(_message.Message):
    __slots__ = ("reason",)
    class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REASON_UNSPECIFIED: _ClassVar[Resync.Reason]
        REASON_POSITION_TOO_OLD: _ClassVar[Resync.Reason]
        REASON_LINKS_APPLIED: _ClassVar[Resync.Reason]
        REASON_TOUCHES_ERASED: _ClassVar[Resync.Reason]
    REASON_UNSPECIFIED: Resync.Reason
    REASON_POSITION_TOO_OLD: Resync.Reason
    REASON_LINKS_APPLIED: Resync.Reason
    REASON_TOUCHES_ERASED: Resync.Reason
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: Resync.Reason
    def __init__(self, reason: _Optional[_Union[Resync.Reason, str]] = ...) -> None: ...

class TouchBrief(_message.Message):
    __slots__ = ("name", "contact", "display_name", "last_active_time", "past", "open_items", "next_steps", "consents", "brakes", "conflicts", "campaigns_in_flight", "unknown_parts")
    class Part(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PART_UNSPECIFIED: _ClassVar[TouchBrief.Part]
        PART_CONSENTS: _ClassVar[TouchBrief.Part]
        PART_BRAKES: _ClassVar[TouchBrief.Part]
        PART_MAILINGS: _ClassVar[TouchBrief.Part]
    PART_UNSPECIFIED: TouchBrief.Part
    PART_CONSENTS: TouchBrief.Part
    PART_BRAKES: TouchBrief.Part
    PART_MAILINGS: TouchBrief.Part
    class OpenItem(_message.Message):
        __slots__ = ("kind", "touch", "due_time")
        class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            KIND_UNSPECIFIED: _ClassVar[TouchBrief.OpenItem.Kind]
            KIND_TASK: _ClassVar[TouchBrief.OpenItem.Kind]
            KIND_ANSWER_AWAITED: _ClassVar[TouchBrief.OpenItem.Kind]
        KIND_UNSPECIFIED: TouchBrief.OpenItem.Kind
        KIND_TASK: TouchBrief.OpenItem.Kind
        KIND_ANSWER_AWAITED: TouchBrief.OpenItem.Kind
        KIND_FIELD_NUMBER: _ClassVar[int]
        TOUCH_FIELD_NUMBER: _ClassVar[int]
        DUE_TIME_FIELD_NUMBER: _ClassVar[int]
        kind: TouchBrief.OpenItem.Kind
        touch: Touch
        due_time: _timestamp_pb2.Timestamp
        def __init__(self, kind: _Optional[_Union[TouchBrief.OpenItem.Kind, str]] = ..., touch: _Optional[_Union[Touch, _Mapping]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    class NextStep(_message.Message):
        __slots__ = ("kind", "display_name", "due_time", "campaign", "activity", "touch")
        class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            KIND_UNSPECIFIED: _ClassVar[TouchBrief.NextStep.Kind]
            KIND_MAILING: _ClassVar[TouchBrief.NextStep.Kind]
            KIND_MEETING: _ClassVar[TouchBrief.NextStep.Kind]
            KIND_TASK: _ClassVar[TouchBrief.NextStep.Kind]
        KIND_UNSPECIFIED: TouchBrief.NextStep.Kind
        KIND_MAILING: TouchBrief.NextStep.Kind
        KIND_MEETING: TouchBrief.NextStep.Kind
        KIND_TASK: TouchBrief.NextStep.Kind
        KIND_FIELD_NUMBER: _ClassVar[int]
        DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
        DUE_TIME_FIELD_NUMBER: _ClassVar[int]
        CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
        ACTIVITY_FIELD_NUMBER: _ClassVar[int]
        TOUCH_FIELD_NUMBER: _ClassVar[int]
        kind: TouchBrief.NextStep.Kind
        display_name: str
        due_time: _timestamp_pb2.Timestamp
        campaign: str
        activity: str
        touch: str
        def __init__(self, kind: _Optional[_Union[TouchBrief.NextStep.Kind, str]] = ..., display_name: _Optional[str] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., campaign: _Optional[str] = ..., activity: _Optional[str] = ..., touch: _Optional[str] = ...) -> None: ...
    class Consent(_message.Message):
        __slots__ = ("purpose", "channel", "topic", "state", "since_time")
        class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            STATE_UNSPECIFIED: _ClassVar[TouchBrief.Consent.State]
            STATE_GRANTED: _ClassVar[TouchBrief.Consent.State]
            STATE_PENDING: _ClassVar[TouchBrief.Consent.State]
            STATE_REFUSED: _ClassVar[TouchBrief.Consent.State]
            STATE_EXPIRED: _ClassVar[TouchBrief.Consent.State]
        STATE_UNSPECIFIED: TouchBrief.Consent.State
        STATE_GRANTED: TouchBrief.Consent.State
        STATE_PENDING: TouchBrief.Consent.State
        STATE_REFUSED: TouchBrief.Consent.State
        STATE_EXPIRED: TouchBrief.Consent.State
        PURPOSE_FIELD_NUMBER: _ClassVar[int]
        CHANNEL_FIELD_NUMBER: _ClassVar[int]
        TOPIC_FIELD_NUMBER: _ClassVar[int]
        STATE_FIELD_NUMBER: _ClassVar[int]
        SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
        purpose: str
        channel: str
        topic: str
        state: TouchBrief.Consent.State
        since_time: _timestamp_pb2.Timestamp
        def __init__(self, purpose: _Optional[str] = ..., channel: _Optional[str] = ..., topic: _Optional[str] = ..., state: _Optional[_Union[TouchBrief.Consent.State, str]] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    class Brake(_message.Message):
        __slots__ = ("brake", "target", "reason", "expire_time")
        BRAKE_FIELD_NUMBER: _ClassVar[int]
        TARGET_FIELD_NUMBER: _ClassVar[int]
        REASON_FIELD_NUMBER: _ClassVar[int]
        EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
        brake: str
        target: str
        reason: str
        expire_time: _timestamp_pb2.Timestamp
        def __init__(self, brake: _Optional[str] = ..., target: _Optional[str] = ..., reason: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    class Conflict(_message.Message):
        __slots__ = ("kind", "subject", "other", "occur_time")
        class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            KIND_UNSPECIFIED: _ClassVar[TouchBrief.Conflict.Kind]
            KIND_MAILING_NEAR_MEETING: _ClassVar[TouchBrief.Conflict.Kind]
            KIND_MAILING_DURING_BRAKE: _ClassVar[TouchBrief.Conflict.Kind]
            KIND_MAILING_WITHOUT_CONSENT: _ClassVar[TouchBrief.Conflict.Kind]
            KIND_TASK_OVERDUE: _ClassVar[TouchBrief.Conflict.Kind]
            KIND_MEETINGS_COLLIDE: _ClassVar[TouchBrief.Conflict.Kind]
        KIND_UNSPECIFIED: TouchBrief.Conflict.Kind
        KIND_MAILING_NEAR_MEETING: TouchBrief.Conflict.Kind
        KIND_MAILING_DURING_BRAKE: TouchBrief.Conflict.Kind
        KIND_MAILING_WITHOUT_CONSENT: TouchBrief.Conflict.Kind
        KIND_TASK_OVERDUE: TouchBrief.Conflict.Kind
        KIND_MEETINGS_COLLIDE: TouchBrief.Conflict.Kind
        KIND_FIELD_NUMBER: _ClassVar[int]
        SUBJECT_FIELD_NUMBER: _ClassVar[int]
        OTHER_FIELD_NUMBER: _ClassVar[int]
        OCCUR_TIME_FIELD_NUMBER: _ClassVar[int]
        kind: TouchBrief.Conflict.Kind
        subject: str
        other: str
        occur_time: _timestamp_pb2.Timestamp
        def __init__(self, kind: _Optional[_Union[TouchBrief.Conflict.Kind, str]] = ..., subject: _Optional[str] = ..., other: _Optional[str] = ..., occur_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    LAST_ACTIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    PAST_FIELD_NUMBER: _ClassVar[int]
    OPEN_ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_STEPS_FIELD_NUMBER: _ClassVar[int]
    CONSENTS_FIELD_NUMBER: _ClassVar[int]
    BRAKES_FIELD_NUMBER: _ClassVar[int]
    CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGNS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_PARTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    contact: str
    display_name: str
    last_active_time: _timestamp_pb2.Timestamp
    past: _containers.RepeatedCompositeFieldContainer[Touch]
    open_items: _containers.RepeatedCompositeFieldContainer[TouchBrief.OpenItem]
    next_steps: _containers.RepeatedCompositeFieldContainer[TouchBrief.NextStep]
    consents: _containers.RepeatedCompositeFieldContainer[TouchBrief.Consent]
    brakes: _containers.RepeatedCompositeFieldContainer[TouchBrief.Brake]
    conflicts: _containers.RepeatedCompositeFieldContainer[TouchBrief.Conflict]
    campaigns_in_flight: _containers.RepeatedCompositeFieldContainer[TimelineHeader.CampaignInFlight]
    unknown_parts: _containers.RepeatedScalarFieldContainer[TouchBrief.Part]
    def __init__(self, name: _Optional[str] = ..., contact: _Optional[str] = ..., display_name: _Optional[str] = ..., last_active_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., past: _Optional[_Iterable[_Union[Touch, _Mapping]]] = ..., open_items: _Optional[_Iterable[_Union[TouchBrief.OpenItem, _Mapping]]] = ..., next_steps: _Optional[_Iterable[_Union[TouchBrief.NextStep, _Mapping]]] = ..., consents: _Optional[_Iterable[_Union[TouchBrief.Consent, _Mapping]]] = ..., brakes: _Optional[_Iterable[_Union[TouchBrief.Brake, _Mapping]]] = ..., conflicts: _Optional[_Iterable[_Union[TouchBrief.Conflict, _Mapping]]] = ..., campaigns_in_flight: _Optional[_Iterable[_Union[TimelineHeader.CampaignInFlight, _Mapping]]] = ..., unknown_parts: _Optional[_Iterable[_Union[TouchBrief.Part, str]]] = ...) -> None: ...

class GetTouchBriefRequest(_message.Message):
    __slots__ = ("name", "read_mask")
    NAME_FIELD_NUMBER: _ClassVar[int]
    READ_MASK_FIELD_NUMBER: _ClassVar[int]
    name: str
    read_mask: _field_mask_pb2.FieldMask
    def __init__(self, name: _Optional[str] = ..., read_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ...) -> None: ...

class ContactActivity(_message.Message):
    __slots__ = ("contact", "display_name", "reason", "touch", "touch_count", "last_time")
    class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REASON_UNSPECIFIED: _ClassVar[ContactActivity.Reason]
        REASON_ASKED: _ClassVar[ContactActivity.Reason]
        REASON_BOUGHT: _ClassVar[ContactActivity.Reason]
        REASON_CAME: _ClassVar[ContactActivity.Reason]
        REASON_LEFT: _ClassVar[ContactActivity.Reason]
        REASON_READ: _ClassVar[ContactActivity.Reason]
        REASON_VISITED: _ClassVar[ContactActivity.Reason]
        REASON_OTHER: _ClassVar[ContactActivity.Reason]
        REASON_REMINDED: _ClassVar[ContactActivity.Reason]
    REASON_UNSPECIFIED: ContactActivity.Reason
    REASON_ASKED: ContactActivity.Reason
    REASON_BOUGHT: ContactActivity.Reason
    REASON_CAME: ContactActivity.Reason
    REASON_LEFT: ContactActivity.Reason
    REASON_READ: ContactActivity.Reason
    REASON_VISITED: ContactActivity.Reason
    REASON_OTHER: ContactActivity.Reason
    REASON_REMINDED: ContactActivity.Reason
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    TOUCH_COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_TIME_FIELD_NUMBER: _ClassVar[int]
    contact: str
    display_name: str
    reason: ContactActivity.Reason
    touch: Touch
    touch_count: int
    last_time: _timestamp_pb2.Timestamp
    def __init__(self, contact: _Optional[str] = ..., display_name: _Optional[str] = ..., reason: _Optional[_Union[ContactActivity.Reason, str]] = ..., touch: _Optional[_Union[Touch, _Mapping]] = ..., touch_count: _Optional[int] = ..., last_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListContactActivitiesRequest(_message.Message):
    __slots__ = ("owner", "since_time", "page_size", "page_token")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    owner: str
    since_time: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    def __init__(self, owner: _Optional[str] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListContactActivitiesResponse(_message.Message):
    __slots__ = ("contact_activities", "next_page_token")
    CONTACT_ACTIVITIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    contact_activities: _containers.RepeatedCompositeFieldContainer[ContactActivity]
    next_page_token: str
    def __init__(self, contact_activities: _Optional[_Iterable[_Union[ContactActivity, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Task(_message.Message):
    __slots__ = ("touch", "contact", "display_name", "title", "note", "assignee", "due_time", "remind_time", "create_time")
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    REMIND_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    touch: str
    contact: str
    display_name: str
    title: str
    note: str
    assignee: str
    due_time: _timestamp_pb2.Timestamp
    remind_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, touch: _Optional[str] = ..., contact: _Optional[str] = ..., display_name: _Optional[str] = ..., title: _Optional[str] = ..., note: _Optional[str] = ..., assignee: _Optional[str] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., remind_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListTasksRequest(_message.Message):
    __slots__ = ("assignee", "due_before_time", "page_size", "page_token")
    ASSIGNEE_FIELD_NUMBER: _ClassVar[int]
    DUE_BEFORE_TIME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    assignee: str
    due_before_time: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    def __init__(self, assignee: _Optional[str] = ..., due_before_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTasksResponse(_message.Message):
    __slots__ = ("tasks", "next_page_token")
    TASKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    tasks: _containers.RepeatedCompositeFieldContainer[Task]
    next_page_token: str
    def __init__(self, tasks: _Optional[_Iterable[_Union[Task, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class Engagement(_message.Message):
    __slots__ = ("contact", "state", "last_response", "response_count", "last_touch_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Engagement.State]
        STATE_ENGAGED: _ClassVar[Engagement.State]
        STATE_SILENT: _ClassVar[Engagement.State]
        STATE_UNTOUCHED: _ClassVar[Engagement.State]
        STATE_OPTED_OUT: _ClassVar[Engagement.State]
    STATE_UNSPECIFIED: Engagement.State
    STATE_ENGAGED: Engagement.State
    STATE_SILENT: Engagement.State
    STATE_UNTOUCHED: Engagement.State
    STATE_OPTED_OUT: Engagement.State
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LAST_RESPONSE_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_TOUCH_TIME_FIELD_NUMBER: _ClassVar[int]
    contact: str
    state: Engagement.State
    last_response: Touch
    response_count: int
    last_touch_time: _timestamp_pb2.Timestamp
    def __init__(self, contact: _Optional[str] = ..., state: _Optional[_Union[Engagement.State, str]] = ..., last_response: _Optional[_Union[Touch, _Mapping]] = ..., response_count: _Optional[int] = ..., last_touch_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BatchGetEngagementsRequest(_message.Message):
    __slots__ = ("contacts", "since_time")
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    SINCE_TIME_FIELD_NUMBER: _ClassVar[int]
    contacts: _containers.RepeatedScalarFieldContainer[str]
    since_time: _timestamp_pb2.Timestamp
    def __init__(self, contacts: _Optional[_Iterable[str]] = ..., since_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class BatchGetEngagementsResponse(_message.Message):
    __slots__ = ("engagements", "is_consent_unknown")
    ENGAGEMENTS_FIELD_NUMBER: _ClassVar[int]
    IS_CONSENT_UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    engagements: _containers.RepeatedCompositeFieldContainer[Engagement]
    is_consent_unknown: bool
    def __init__(self, engagements: _Optional[_Iterable[_Union[Engagement, _Mapping]]] = ..., is_consent_unknown: _Optional[bool] = ...) -> None: ...

class ListDealTouchesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDealTouchesResponse(_message.Message):
    __slots__ = ("touches", "next_page_token")
    TOUCHES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    touches: _containers.RepeatedCompositeFieldContainer[Touch]
    next_page_token: str
    def __init__(self, touches: _Optional[_Iterable[_Union[Touch, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AlertSettings(_message.Message):
    __slots__ = ("name", "address", "is_mailed", "is_digested", "digest_hour", "time_zone", "webhook_url", "webhook_secret", "webhook_trouble", "reasons", "next_digest_time", "unseen_count", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    IS_MAILED_FIELD_NUMBER: _ClassVar[int]
    IS_DIGESTED_FIELD_NUMBER: _ClassVar[int]
    DIGEST_HOUR_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_URL_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_SECRET_FIELD_NUMBER: _ClassVar[int]
    WEBHOOK_TROUBLE_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_DIGEST_TIME_FIELD_NUMBER: _ClassVar[int]
    UNSEEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    address: str
    is_mailed: bool
    is_digested: bool
    digest_hour: int
    time_zone: str
    webhook_url: str
    webhook_secret: str
    webhook_trouble: str
    reasons: _containers.RepeatedScalarFieldContainer[ContactActivity.Reason]
    next_digest_time: _timestamp_pb2.Timestamp
    unseen_count: int
    etag: str
    def __init__(self, name: _Optional[str] = ..., address: _Optional[str] = ..., is_mailed: _Optional[bool] = ..., is_digested: _Optional[bool] = ..., digest_hour: _Optional[int] = ..., time_zone: _Optional[str] = ..., webhook_url: _Optional[str] = ..., webhook_secret: _Optional[str] = ..., webhook_trouble: _Optional[str] = ..., reasons: _Optional[_Iterable[_Union[ContactActivity.Reason, str]]] = ..., next_digest_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., unseen_count: _Optional[int] = ..., etag: _Optional[str] = ...) -> None: ...

class Alert(_message.Message):
    __slots__ = ("contact", "display_name", "reason", "touch", "create_time", "seen_time")
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SEEN_TIME_FIELD_NUMBER: _ClassVar[int]
    contact: str
    display_name: str
    reason: ContactActivity.Reason
    touch: Touch
    create_time: _timestamp_pb2.Timestamp
    seen_time: _timestamp_pb2.Timestamp
    def __init__(self, contact: _Optional[str] = ..., display_name: _Optional[str] = ..., reason: _Optional[_Union[ContactActivity.Reason, str]] = ..., touch: _Optional[_Union[Touch, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., seen_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetAlertSettingsRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class UpdateAlertSettingsRequest(_message.Message):
    __slots__ = ("alert_settings", "update_mask", "request_id")
    ALERT_SETTINGS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    alert_settings: AlertSettings
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, alert_settings: _Optional[_Union[AlertSettings, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ListAlertsRequest(_message.Message):
    __slots__ = ("parent", "only_unseen", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    ONLY_UNSEEN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    only_unseen: bool
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., only_unseen: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAlertsResponse(_message.Message):
    __slots__ = ("alerts", "next_page_token", "unseen_count")
    ALERTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    UNSEEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    alerts: _containers.RepeatedCompositeFieldContainer[Alert]
    next_page_token: str
    unseen_count: int
    def __init__(self, alerts: _Optional[_Iterable[_Union[Alert, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., unseen_count: _Optional[int] = ...) -> None: ...

class MarkAlertsSeenRequest(_message.Message):
    __slots__ = ("parent", "until_time", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    until_time: _timestamp_pb2.Timestamp
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class Pins(_message.Message):
    __slots__ = ("name", "pins")
    class Pin(_message.Message):
        __slots__ = ("touch", "user", "create_time")
        TOUCH_FIELD_NUMBER: _ClassVar[int]
        USER_FIELD_NUMBER: _ClassVar[int]
        CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
        touch: Touch
        user: str
        create_time: _timestamp_pb2.Timestamp
        def __init__(self, touch: _Optional[_Union[Touch, _Mapping]] = ..., user: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    PINS_FIELD_NUMBER: _ClassVar[int]
    name: str
    pins: _containers.RepeatedCompositeFieldContainer[Pins.Pin]
    def __init__(self, name: _Optional[str] = ..., pins: _Optional[_Iterable[_Union[Pins.Pin, _Mapping]]] = ...) -> None: ...

class GetPinsRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class PinTouchRequest(_message.Message):
    __slots__ = ("parent", "touch", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    touch: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., touch: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class UnpinTouchRequest(_message.Message):
    __slots__ = ("parent", "touch", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    touch: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., touch: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SavedFilter(_message.Message):
    __slots__ = ("name", "display_name", "filter", "create_time", "update_time", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    filter: TimelineFilter
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., filter: _Optional[_Union[TimelineFilter, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class GetSavedFilterRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListSavedFiltersRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSavedFiltersResponse(_message.Message):
    __slots__ = ("saved_filters", "next_page_token")
    SAVED_FILTERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    saved_filters: _containers.RepeatedCompositeFieldContainer[SavedFilter]
    next_page_token: str
    def __init__(self, saved_filters: _Optional[_Iterable[_Union[SavedFilter, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateSavedFilterRequest(_message.Message):
    __slots__ = ("parent", "saved_filter", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    SAVED_FILTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    saved_filter: SavedFilter
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., saved_filter: _Optional[_Union[SavedFilter, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateSavedFilterRequest(_message.Message):
    __slots__ = ("saved_filter", "update_mask", "request_id")
    SAVED_FILTER_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    saved_filter: SavedFilter
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, saved_filter: _Optional[_Union[SavedFilter, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteSavedFilterRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReadTouchesRequest(_message.Message):
    __slots__ = ("cursor", "batch_size")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    BATCH_SIZE_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    batch_size: int
    def __init__(self, cursor: _Optional[str] = ..., batch_size: _Optional[int] = ...) -> None: ...

class ReadTouchesResponse(_message.Message):
    __slots__ = ("positions", "touches", "cursor")
    class Position(_message.Message):
        __slots__ = ("partition", "epoch", "seq")
        PARTITION_FIELD_NUMBER: _ClassVar[int]
        EPOCH_FIELD_NUMBER: _ClassVar[int]
        SEQ_FIELD_NUMBER: _ClassVar[int]
        partition: int
        epoch: int
        seq: int
        def __init__(self, partition: _Optional[int] = ..., epoch: _Optional[int] = ..., seq: _Optional[int] = ...) -> None: ...
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    TOUCHES_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    positions: _containers.RepeatedCompositeFieldContainer[ReadTouchesResponse.Position]
    touches: _containers.RepeatedCompositeFieldContainer[Touch]
    cursor: str
    def __init__(self, positions: _Optional[_Iterable[_Union[ReadTouchesResponse.Position, _Mapping]]] = ..., touches: _Optional[_Iterable[_Union[Touch, _Mapping]]] = ..., cursor: _Optional[str] = ...) -> None: ...

class BatchGetMailOutcomesRequest(_message.Message):
    __slots__ = ("parent", "subjects")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    parent: str
    subjects: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, parent: _Optional[str] = ..., subjects: _Optional[_Iterable[bytes]] = ...) -> None: ...

class BatchGetMailOutcomesResponse(_message.Message):
    __slots__ = ("outcomes", "complete")
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[MailOutcome]
    complete: bool
    def __init__(self, outcomes: _Optional[_Iterable[_Union[MailOutcome, _Mapping]]] = ..., complete: _Optional[bool] = ...) -> None: ...

class MailOutcome(_message.Message):
    __slots__ = ("subject", "message", "type", "reason", "occurred_time", "contact")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_TIME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    subject: bytes
    message: str
    type: str
    reason: str
    occurred_time: _timestamp_pb2.Timestamp
    contact: str
    def __init__(self, subject: _Optional[bytes] = ..., message: _Optional[str] = ..., type: _Optional[str] = ..., reason: _Optional[str] = ..., occurred_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., contact: _Optional[str] = ...) -> None: ...

class TouchConflict(_message.Message):
    __slots__ = ("touch", "source", "source_event_id", "type", "accepted_time", "refused_time", "kept_hash", "refused_hash")
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_TIME_FIELD_NUMBER: _ClassVar[int]
    REFUSED_TIME_FIELD_NUMBER: _ClassVar[int]
    KEPT_HASH_FIELD_NUMBER: _ClassVar[int]
    REFUSED_HASH_FIELD_NUMBER: _ClassVar[int]
    touch: str
    source: str
    source_event_id: str
    type: str
    accepted_time: _timestamp_pb2.Timestamp
    refused_time: _timestamp_pb2.Timestamp
    kept_hash: bytes
    refused_hash: bytes
    def __init__(self, touch: _Optional[str] = ..., source: _Optional[str] = ..., source_event_id: _Optional[str] = ..., type: _Optional[str] = ..., accepted_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., refused_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kept_hash: _Optional[bytes] = ..., refused_hash: _Optional[bytes] = ...) -> None: ...

class ListTouchConflictsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "source")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    source: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...

class ListTouchConflictsResponse(_message.Message):
    __slots__ = ("touch_conflicts", "next_page_token")
    TOUCH_CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    touch_conflicts: _containers.RepeatedCompositeFieldContainer[TouchConflict]
    next_page_token: str
    def __init__(self, touch_conflicts: _Optional[_Iterable[_Union[TouchConflict, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListUnlinkedTouchesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListUnlinkedTouchesResponse(_message.Message):
    __slots__ = ("touches", "next_page_token", "total_size")
    TOUCHES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    touches: _containers.RepeatedCompositeFieldContainer[Touch]
    next_page_token: str
    total_size: int
    def __init__(self, touches: _Optional[_Iterable[_Union[Touch, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class RegisterSourceRequest(_message.Message):
    __slots__ = ("source", "request_id")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    source: Source
    request_id: str
    def __init__(self, source: _Optional[_Union[Source, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetSourceRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListSourcesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSourcesResponse(_message.Message):
    __slots__ = ("sources", "next_page_token")
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    sources: _containers.RepeatedCompositeFieldContainer[Source]
    next_page_token: str
    def __init__(self, sources: _Optional[_Iterable[_Union[Source, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReceiveTextRequest(_message.Message):
    __slots__ = ("source", "message_id", "phone", "text", "receive_time", "brand", "language")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    PHONE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    RECEIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    BRAND_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    source: str
    message_id: str
    phone: str
    text: str
    receive_time: _timestamp_pb2.Timestamp
    brand: str
    language: str
    def __init__(self, source: _Optional[str] = ..., message_id: _Optional[str] = ..., phone: _Optional[str] = ..., text: _Optional[str] = ..., receive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., brand: _Optional[str] = ..., language: _Optional[str] = ...) -> None: ...

class ReceiveTextResponse(_message.Message):
    __slots__ = ("keyword", "word", "reply", "touch")
    class Keyword(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KEYWORD_UNSPECIFIED: _ClassVar[ReceiveTextResponse.Keyword]
        KEYWORD_STOP: _ClassVar[ReceiveTextResponse.Keyword]
        KEYWORD_START: _ClassVar[ReceiveTextResponse.Keyword]
        KEYWORD_HELP: _ClassVar[ReceiveTextResponse.Keyword]
    KEYWORD_UNSPECIFIED: ReceiveTextResponse.Keyword
    KEYWORD_STOP: ReceiveTextResponse.Keyword
    KEYWORD_START: ReceiveTextResponse.Keyword
    KEYWORD_HELP: ReceiveTextResponse.Keyword
    KEYWORD_FIELD_NUMBER: _ClassVar[int]
    WORD_FIELD_NUMBER: _ClassVar[int]
    REPLY_FIELD_NUMBER: _ClassVar[int]
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    keyword: ReceiveTextResponse.Keyword
    word: str
    reply: str
    touch: str
    def __init__(self, keyword: _Optional[_Union[ReceiveTextResponse.Keyword, str]] = ..., word: _Optional[str] = ..., reply: _Optional[str] = ..., touch: _Optional[str] = ...) -> None: ...

class RegisterTouchTypeRequest(_message.Message):
    __slots__ = ("touch_type", "request_id")
    TOUCH_TYPE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    touch_type: TouchType
    request_id: str
    def __init__(self, touch_type: _Optional[_Union[TouchType, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetTouchTypeRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListTouchTypesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTouchTypesResponse(_message.Message):
    __slots__ = ("touch_types", "next_page_token")
    TOUCH_TYPES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    touch_types: _containers.RepeatedCompositeFieldContainer[TouchType]
    next_page_token: str
    def __init__(self, touch_types: _Optional[_Iterable[_Union[TouchType, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SetTouchTypeRetentionRequest(_message.Message):
    __slots__ = ("name", "retention", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RETENTION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    retention: _duration_pb2.Duration
    request_id: str
    def __init__(self, name: _Optional[str] = ..., retention: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class TouchDeletion(_message.Message):
    __slots__ = ("day_time", "type", "begin_time", "touch_count")
    DAY_TIME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    BEGIN_TIME_FIELD_NUMBER: _ClassVar[int]
    TOUCH_COUNT_FIELD_NUMBER: _ClassVar[int]
    day_time: _timestamp_pb2.Timestamp
    type: str
    begin_time: _timestamp_pb2.Timestamp
    touch_count: int
    def __init__(self, day_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., type: _Optional[str] = ..., begin_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., touch_count: _Optional[int] = ...) -> None: ...

class ListTouchDeletionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTouchDeletionsResponse(_message.Message):
    __slots__ = ("touch_deletions", "next_page_token")
    TOUCH_DELETIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    touch_deletions: _containers.RepeatedCompositeFieldContainer[TouchDeletion]
    next_page_token: str
    def __init__(self, touch_deletions: _Optional[_Iterable[_Union[TouchDeletion, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
