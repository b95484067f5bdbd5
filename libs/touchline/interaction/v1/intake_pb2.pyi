from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TouchBatch(_message.Message):
    __slots__ = ("subjects", "touches", "recorded_us")
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    TOUCHES_FIELD_NUMBER: _ClassVar[int]
    RECORDED_US_FIELD_NUMBER: _ClassVar[int]
    subjects: bytes
    touches: _containers.RepeatedCompositeFieldContainer[IntakeTouch]
    recorded_us: int
    def __init__(self, subjects: _Optional[bytes] = ..., touches: _Optional[_Iterable[_Union[IntakeTouch, _Mapping]]] = ..., recorded_us: _Optional[int] = ...) -> None: ...

class IntakeTouch(_message.Message):
    __slots__ = ("touch_id", "subject", "thread", "thread_us", "occurred_us", "accepted_us", "rank", "touch_class", "channel", "direction", "verdict", "type", "type_version", "contact", "account", "deal", "campaign", "activity", "variant", "message", "correction_of", "source", "attributes_json", "payload", "raw", "content_hash", "trace", "actor", "is_response", "browser")
    TOUCH_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    THREAD_FIELD_NUMBER: _ClassVar[int]
    THREAD_US_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_US_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_US_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    TOUCH_CLASS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TYPE_VERSION_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    DEAL_FIELD_NUMBER: _ClassVar[int]
    CAMPAIGN_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    VARIANT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CORRECTION_OF_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_JSON_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    IS_RESPONSE_FIELD_NUMBER: _ClassVar[int]
    BROWSER_FIELD_NUMBER: _ClassVar[int]
    touch_id: bytes
    subject: bytes
    thread: bytes
    thread_us: int
    occurred_us: int
    accepted_us: int
    rank: int
    touch_class: int
    channel: int
    direction: int
    verdict: int
    type: str
    type_version: int
    contact: bytes
    account: bytes
    deal: bytes
    campaign: bytes
    activity: bytes
    variant: bytes
    message: bytes
    correction_of: bytes
    source: str
    attributes_json: bytes
    payload: bytes
    raw: bytes
    content_hash: bytes
    trace: bytes
    actor: int
    is_response: bool
    browser: bytes
    def __init__(self, touch_id: _Optional[bytes] = ..., subject: _Optional[bytes] = ..., thread: _Optional[bytes] = ..., thread_us: _Optional[int] = ..., occurred_us: _Optional[int] = ..., accepted_us: _Optional[int] = ..., rank: _Optional[int] = ..., touch_class: _Optional[int] = ..., channel: _Optional[int] = ..., direction: _Optional[int] = ..., verdict: _Optional[int] = ..., type: _Optional[str] = ..., type_version: _Optional[int] = ..., contact: _Optional[bytes] = ..., account: _Optional[bytes] = ..., deal: _Optional[bytes] = ..., campaign: _Optional[bytes] = ..., activity: _Optional[bytes] = ..., variant: _Optional[bytes] = ..., message: _Optional[bytes] = ..., correction_of: _Optional[bytes] = ..., source: _Optional[str] = ..., attributes_json: _Optional[bytes] = ..., payload: _Optional[bytes] = ..., raw: _Optional[bytes] = ..., content_hash: _Optional[bytes] = ..., trace: _Optional[bytes] = ..., actor: _Optional[int] = ..., is_response: _Optional[bool] = ..., browser: _Optional[bytes] = ...) -> None: ...
