import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from touchline.interaction.v1 import interaction_pb2 as _interaction_pb2
from touchline.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InteractionEvent(_message.Message):
    __slots__ = ("touch_refused", "touch_reclassified", "touches_erased", "links_applied", "source_registered", "touch_type_registered", "audit_anchored")
    TOUCH_REFUSED_FIELD_NUMBER: _ClassVar[int]
    TOUCH_RECLASSIFIED_FIELD_NUMBER: _ClassVar[int]
    TOUCHES_ERASED_FIELD_NUMBER: _ClassVar[int]
    LINKS_APPLIED_FIELD_NUMBER: _ClassVar[int]
    SOURCE_REGISTERED_FIELD_NUMBER: _ClassVar[int]
    TOUCH_TYPE_REGISTERED_FIELD_NUMBER: _ClassVar[int]
    AUDIT_ANCHORED_FIELD_NUMBER: _ClassVar[int]
    touch_refused: TouchRefused
    touch_reclassified: TouchReclassified
    touches_erased: TouchesErased
    links_applied: LinksApplied
    source_registered: SourceRegistered
    touch_type_registered: TouchTypeRegistered
    audit_anchored: AuditAnchored
    def __init__(self, touch_refused: _Optional[_Union[TouchRefused, _Mapping]] = ..., touch_reclassified: _Optional[_Union[TouchReclassified, _Mapping]] = ..., touches_erased: _Optional[_Union[TouchesErased, _Mapping]] = ..., links_applied: _Optional[_Union[LinksApplied, _Mapping]] = ..., source_registered: _Optional[_Union[SourceRegistered, _Mapping]] = ..., touch_type_registered: _Optional[_Union[TouchTypeRegistered, _Mapping]] = ..., audit_anchored: _Optional[_Union[AuditAnchored, _Mapping]] = ...) -> None: ...

class TouchRefused(_message.Message):
    __slots__ = ("touch", "source", "kept_hash", "refused_hash", "refused_time")
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    KEPT_HASH_FIELD_NUMBER: _ClassVar[int]
    REFUSED_HASH_FIELD_NUMBER: _ClassVar[int]
    REFUSED_TIME_FIELD_NUMBER: _ClassVar[int]
    touch: str
    source: str
    kept_hash: bytes
    refused_hash: bytes
    refused_time: _timestamp_pb2.Timestamp
    def __init__(self, touch: _Optional[str] = ..., source: _Optional[str] = ..., kept_hash: _Optional[bytes] = ..., refused_hash: _Optional[bytes] = ..., refused_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TouchReclassified(_message.Message):
    __slots__ = ("touch", "verdict")
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    touch: str
    verdict: _interaction_pb2.Verdict
    def __init__(self, touch: _Optional[str] = ..., verdict: _Optional[_Union[_interaction_pb2.Verdict, _Mapping]] = ...) -> None: ...

class TouchesErased(_message.Message):
    __slots__ = ("contacts", "subjects")
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    contacts: _containers.RepeatedScalarFieldContainer[str]
    subjects: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, contacts: _Optional[_Iterable[str]] = ..., subjects: _Optional[_Iterable[bytes]] = ...) -> None: ...

class LinksApplied(_message.Message):
    __slots__ = ("contacts",)
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    contacts: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, contacts: _Optional[_Iterable[str]] = ...) -> None: ...

class SourceRegistered(_message.Message):
    __slots__ = ("source",)
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    source: _interaction_pb2.Source
    def __init__(self, source: _Optional[_Union[_interaction_pb2.Source, _Mapping]] = ...) -> None: ...

class TouchTypeRegistered(_message.Message):
    __slots__ = ("touch_type",)
    TOUCH_TYPE_FIELD_NUMBER: _ClassVar[int]
    touch_type: _interaction_pb2.TouchType
    def __init__(self, touch_type: _Optional[_Union[_interaction_pb2.TouchType, _Mapping]] = ...) -> None: ...

class PublishedTouch(_message.Message):
    __slots__ = ("touch", "contacts")
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    touch: _interaction_pb2.Touch
    contacts: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, touch: _Optional[_Union[_interaction_pb2.Touch, _Mapping]] = ..., contacts: _Optional[_Iterable[str]] = ...) -> None: ...

class ConsentRequest(_message.Message):
    __slots__ = ("message", "subject", "contact", "campaign", "activity", "wish", "purpose", "topic", "origin", "request_time", "slot", "caller_hash", "channel", "keyword")
    class Wish(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        WISH_UNSPECIFIED: _ClassVar[ConsentRequest.Wish]
        WISH_WITHDRAW: _ClassVar[ConsentRequest.Wish]
        WISH_GRANT: _ClassVar[ConsentRequest.Wish]
    WISH_UNSPECIFIED: ConsentRequest.Wish
    WISH_WITHDRAW: ConsentRequest.Wish
    WISH_GRANT: ConsentRequest.Wish
    class Origin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ORIGIN_UNSPECIFIED: _ClassVar[ConsentRequest.Origin]
        ORIGIN_ONE_CLICK: _ClassVar[ConsentRequest.Origin]
        ORIGIN_PAGE: _ClassVar[ConsentRequest.Origin]
        ORIGIN_PREFERENCES: _ClassVar[ConsentRequest.Origin]
        ORIGIN_KEYWORD: _ClassVar[ConsentRequest.Origin]
    ORIGIN_UNSPECIFIED: ConsentRequest.Origin
    ORIGIN_ONE_CLICK: ConsentRequest.Origin
    ORIGIN_PAGE: ConsentRequest.Origin
    ORIGIN_PREFERENCES: ConsentRequest.Origin
    ORIGIN_KEYWORD: ConsentRequest.Origin
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    WISH_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    REQUEST_TIME_FIELD_NUMBER: _ClassVar[int]
    SLOT_FIELD_NUMBER: _ClassVar[int]
    CALLER_HASH_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    KEYWORD_FIELD_NUMBER: _ClassVar[int]
    message: str
    subject: bytes
    contact: str
    campaign: str
    activity: str
    wish: ConsentRequest.Wish
    purpose: str
    topic: str
    origin: ConsentRequest.Origin
    request_time: _timestamp_pb2.Timestamp
    slot: int
    caller_hash: bytes
    channel: str
    keyword: str
    def __init__(self, message: _Optional[str] = ..., subject: _Optional[bytes] = ..., contact: _Optional[str] = ..., campaign: _Optional[str] = ..., activity: _Optional[str] = ..., wish: _Optional[_Union[ConsentRequest.Wish, str]] = ..., purpose: _Optional[str] = ..., topic: _Optional[str] = ..., origin: _Optional[_Union[ConsentRequest.Origin, str]] = ..., request_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., slot: _Optional[int] = ..., caller_hash: _Optional[bytes] = ..., channel: _Optional[str] = ..., keyword: _Optional[str] = ...) -> None: ...

class BrowserBound(_message.Message):
    __slots__ = ("cookie", "subject", "contact", "message", "bind_time")
    COOKIE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    BIND_TIME_FIELD_NUMBER: _ClassVar[int]
    cookie: str
    subject: bytes
    contact: str
    message: str
    bind_time: _timestamp_pb2.Timestamp
    def __init__(self, cookie: _Optional[str] = ..., subject: _Optional[bytes] = ..., contact: _Optional[str] = ..., message: _Optional[str] = ..., bind_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AuditAnchored(_message.Message):
    __slots__ = ("audit_entry", "number", "digest", "anchor_time", "signature")
    AUDIT_ENTRY_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ANCHOR_TIME_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    audit_entry: str
    number: int
    digest: bytes
    anchor_time: _timestamp_pb2.Timestamp
    signature: bytes
    def __init__(self, audit_entry: _Optional[str] = ..., number: _Optional[int] = ..., digest: _Optional[bytes] = ..., anchor_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., signature: _Optional[bytes] = ...) -> None: ...
