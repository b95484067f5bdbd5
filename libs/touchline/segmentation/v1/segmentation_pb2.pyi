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
from touchline.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Operator(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPERATOR_UNSPECIFIED: _ClassVar[Operator]
    OPERATOR_EQUALS: _ClassVar[Operator]
    OPERATOR_CONTAINS: _ClassVar[Operator]
    OPERATOR_STARTS_WITH: _ClassVar[Operator]
    OPERATOR_AT_LEAST: _ClassVar[Operator]
    OPERATOR_LESS_THAN: _ClassVar[Operator]
    OPERATOR_IS_SET: _ClassVar[Operator]
    OPERATOR_WITHIN_LAST: _ClassVar[Operator]
    OPERATOR_WITHIN_NEXT: _ClassVar[Operator]

class AttributeType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ATTRIBUTE_TYPE_UNSPECIFIED: _ClassVar[AttributeType]
    ATTRIBUTE_TYPE_TEXT: _ClassVar[AttributeType]
    ATTRIBUTE_TYPE_WORDS: _ClassVar[AttributeType]
    ATTRIBUTE_TYPE_NUMBER: _ClassVar[AttributeType]
    ATTRIBUTE_TYPE_BOOLEAN: _ClassVar[AttributeType]
    ATTRIBUTE_TYPE_TIME: _ClassVar[AttributeType]
OPERATOR_UNSPECIFIED: Operator
OPERATOR_EQUALS: Operator
OPERATOR_CONTAINS: Operator
OPERATOR_STARTS_WITH: Operator
OPERATOR_AT_LEAST: Operator
OPERATOR_LESS_THAN: Operator
OPERATOR_IS_SET: Operator
OPERATOR_WITHIN_LAST: Operator
OPERATOR_WITHIN_NEXT: Operator
ATTRIBUTE_TYPE_UNSPECIFIED: AttributeType
ATTRIBUTE_TYPE_TEXT: AttributeType
ATTRIBUTE_TYPE_WORDS: AttributeType
ATTRIBUTE_TYPE_NUMBER: AttributeType
ATTRIBUTE_TYPE_BOOLEAN: AttributeType
ATTRIBUTE_TYPE_TIME: AttributeType

class Segment(_message.Message):
    __slots__ = ("name", "display_name", "description", "kind", "member_count", "create_time", "update_time", "etag", "rule", "rule_version", "active_rule_version", "state", "failure")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Segment.Kind]
        KIND_LIST: _ClassVar[Segment.Kind]
        KIND_EXCLUSION: _ClassVar[Segment.Kind]
        KIND_RULE: _ClassVar[Segment.Kind]
    KIND_UNSPECIFIED: Segment.Kind
    KIND_LIST: Segment.Kind
    KIND_EXCLUSION: Segment.Kind
    KIND_RULE: Segment.Kind
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Segment.State]
        STATE_READY: _ClassVar[Segment.State]
        STATE_BUILDING: _ClassVar[Segment.State]
        STATE_FAILED: _ClassVar[Segment.State]
    STATE_UNSPECIFIED: Segment.State
    STATE_READY: Segment.State
    STATE_BUILDING: Segment.State
    STATE_FAILED: Segment.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    MEMBER_COUNT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    RULE_VERSION_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_RULE_VERSION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    description: str
    kind: Segment.Kind
    member_count: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    rule: Rule
    rule_version: int
    active_rule_version: int
    state: Segment.State
    failure: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., kind: _Optional[_Union[Segment.Kind, str]] = ..., member_count: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., rule: _Optional[_Union[Rule, _Mapping]] = ..., rule_version: _Optional[int] = ..., active_rule_version: _Optional[int] = ..., state: _Optional[_Union[Segment.State, str]] = ..., failure: _Optional[str] = ...) -> None: ...

class Rule(_message.Message):
    __slots__ = ("attribute", "account", "consent", "touch", "segment", "everyone", "purchase")
    AND_FIELD_NUMBER: _ClassVar[int]
    OR_FIELD_NUMBER: _ClassVar[int]
    NOT_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    EVERYONE_FIELD_NUMBER: _ClassVar[int]
    PURCHASE_FIELD_NUMBER: _ClassVar[int]
    attribute: AttributeCondition
    account: AccountCondition
    consent: ConsentCondition
    touch: TouchCondition
    segment: SegmentCondition
    everyone: EveryContact
    purchase: PurchaseCondition
    def __init__(self, attribute: _Optional[_Union[AttributeCondition, _Mapping]] = ..., account: _Optional[_Union[AccountCondition, _Mapping]] = ..., consent: _Optional[_Union[ConsentCondition, _Mapping]] = ..., touch: _Optional[_Union[TouchCondition, _Mapping]] = ..., segment: _Optional[_Union[SegmentCondition, _Mapping]] = ..., everyone: _Optional[_Union[EveryContact, _Mapping]] = ..., purchase: _Optional[_Union[PurchaseCondition, _Mapping]] = ..., **kwargs) -> None: ...

class AllOf(_message.Message):
    __slots__ = ("rules",)
    RULES_FIELD_NUMBER: _ClassVar[int]
    rules: _containers.RepeatedCompositeFieldContainer[Rule]
    def __init__(self, rules: _Optional[_Iterable[_Union[Rule, _Mapping]]] = ...) -> None: ...

class AnyOf(_message.Message):
    __slots__ = ("rules",)
    RULES_FIELD_NUMBER: _ClassVar[int]
    rules: _containers.RepeatedCompositeFieldContainer[Rule]
    def __init__(self, rules: _Optional[_Iterable[_Union[Rule, _Mapping]]] = ...) -> None: ...

class NoneOf(_message.Message):
    __slots__ = ("rule",)
    RULE_FIELD_NUMBER: _ClassVar[int]
    rule: Rule
    def __init__(self, rule: _Optional[_Union[Rule, _Mapping]] = ...) -> None: ...

class EveryContact(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Value(_message.Message):
    __slots__ = ("string_value", "integer_value", "number_value", "boolean_value", "time_value")
    STRING_VALUE_FIELD_NUMBER: _ClassVar[int]
    INTEGER_VALUE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_VALUE_FIELD_NUMBER: _ClassVar[int]
    BOOLEAN_VALUE_FIELD_NUMBER: _ClassVar[int]
    TIME_VALUE_FIELD_NUMBER: _ClassVar[int]
    string_value: str
    integer_value: int
    number_value: float
    boolean_value: bool
    time_value: _timestamp_pb2.Timestamp
    def __init__(self, string_value: _Optional[str] = ..., integer_value: _Optional[int] = ..., number_value: _Optional[float] = ..., boolean_value: _Optional[bool] = ..., time_value: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AttributeCondition(_message.Message):
    __slots__ = ("attribute", "operator", "values", "within")
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    attribute: str
    operator: Operator
    values: _containers.RepeatedCompositeFieldContainer[Value]
    within: _duration_pb2.Duration
    def __init__(self, attribute: _Optional[str] = ..., operator: _Optional[_Union[Operator, str]] = ..., values: _Optional[_Iterable[_Union[Value, _Mapping]]] = ..., within: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class AccountCondition(_message.Message):
    __slots__ = ("attribute", "operator", "values")
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    attribute: str
    operator: Operator
    values: _containers.RepeatedCompositeFieldContainer[Value]
    def __init__(self, attribute: _Optional[str] = ..., operator: _Optional[_Union[Operator, str]] = ..., values: _Optional[_Iterable[_Union[Value, _Mapping]]] = ...) -> None: ...

class ConsentCondition(_message.Message):
    __slots__ = ("purpose", "channel", "topic", "states")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[ConsentCondition.State]
        STATE_GRANTED: _ClassVar[ConsentCondition.State]
        STATE_PENDING: _ClassVar[ConsentCondition.State]
        STATE_DENIED: _ClassVar[ConsentCondition.State]
        STATE_WITHDRAWN: _ClassVar[ConsentCondition.State]
        STATE_EXPIRED: _ClassVar[ConsentCondition.State]
        STATE_NONE: _ClassVar[ConsentCondition.State]
        STATE_SUPPRESSED: _ClassVar[ConsentCondition.State]
    STATE_UNSPECIFIED: ConsentCondition.State
    STATE_GRANTED: ConsentCondition.State
    STATE_PENDING: ConsentCondition.State
    STATE_DENIED: ConsentCondition.State
    STATE_WITHDRAWN: ConsentCondition.State
    STATE_EXPIRED: ConsentCondition.State
    STATE_NONE: ConsentCondition.State
    STATE_SUPPRESSED: ConsentCondition.State
    class Purpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PURPOSE_UNSPECIFIED: _ClassVar[ConsentCondition.Purpose]
        PURPOSE_MARKETING: _ClassVar[ConsentCondition.Purpose]
        PURPOSE_TRACKING: _ClassVar[ConsentCondition.Purpose]
        PURPOSE_PROFILING: _ClassVar[ConsentCondition.Purpose]
        PURPOSE_ADVERTISING: _ClassVar[ConsentCondition.Purpose]
    PURPOSE_UNSPECIFIED: ConsentCondition.Purpose
    PURPOSE_MARKETING: ConsentCondition.Purpose
    PURPOSE_TRACKING: ConsentCondition.Purpose
    PURPOSE_PROFILING: ConsentCondition.Purpose
    PURPOSE_ADVERTISING: ConsentCondition.Purpose
    class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CHANNEL_UNSPECIFIED: _ClassVar[ConsentCondition.Channel]
        CHANNEL_EMAIL: _ClassVar[ConsentCondition.Channel]
        CHANNEL_SMS: _ClassVar[ConsentCondition.Channel]
        CHANNEL_PHONE: _ClassVar[ConsentCondition.Channel]
    CHANNEL_UNSPECIFIED: ConsentCondition.Channel
    CHANNEL_EMAIL: ConsentCondition.Channel
    CHANNEL_SMS: ConsentCondition.Channel
    CHANNEL_PHONE: ConsentCondition.Channel
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    purpose: ConsentCondition.Purpose
    channel: ConsentCondition.Channel
    topic: str
    states: _containers.RepeatedScalarFieldContainer[ConsentCondition.State]
    def __init__(self, purpose: _Optional[_Union[ConsentCondition.Purpose, str]] = ..., channel: _Optional[_Union[ConsentCondition.Channel, str]] = ..., topic: _Optional[str] = ..., states: _Optional[_Iterable[_Union[ConsentCondition.State, str]]] = ...) -> None: ...

class TouchCondition(_message.Message):
    __slots__ = ("types", "min_count", "max_count", "within")
    TYPES_FIELD_NUMBER: _ClassVar[int]
    MIN_COUNT_FIELD_NUMBER: _ClassVar[int]
    MAX_COUNT_FIELD_NUMBER: _ClassVar[int]
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    types: _containers.RepeatedScalarFieldContainer[str]
    min_count: int
    max_count: int
    within: _duration_pb2.Duration
    def __init__(self, types: _Optional[_Iterable[str]] = ..., min_count: _Optional[int] = ..., max_count: _Optional[int] = ..., within: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class PurchaseCondition(_message.Message):
    __slots__ = ("products", "min_count", "max_count", "min_amount_minor", "currency_code", "within")
    PRODUCTS_FIELD_NUMBER: _ClassVar[int]
    MIN_COUNT_FIELD_NUMBER: _ClassVar[int]
    MAX_COUNT_FIELD_NUMBER: _ClassVar[int]
    MIN_AMOUNT_MINOR_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    products: _containers.RepeatedScalarFieldContainer[str]
    min_count: int
    max_count: int
    min_amount_minor: int
    currency_code: str
    within: _duration_pb2.Duration
    def __init__(self, products: _Optional[_Iterable[str]] = ..., min_count: _Optional[int] = ..., max_count: _Optional[int] = ..., min_amount_minor: _Optional[int] = ..., currency_code: _Optional[str] = ..., within: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class SegmentCondition(_message.Message):
    __slots__ = ("segment",)
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    segment: str
    def __init__(self, segment: _Optional[str] = ...) -> None: ...

class Member(_message.Message):
    __slots__ = ("name", "contact", "join_time", "added_by", "cause", "rule_version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    JOIN_TIME_FIELD_NUMBER: _ClassVar[int]
    ADDED_BY_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    RULE_VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    contact: str
    join_time: _timestamp_pb2.Timestamp
    added_by: str
    cause: Cause
    rule_version: int
    def __init__(self, name: _Optional[str] = ..., contact: _Optional[str] = ..., join_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., added_by: _Optional[str] = ..., cause: _Optional[_Union[Cause, _Mapping]] = ..., rule_version: _Optional[int] = ...) -> None: ...

class Cause(_message.Message):
    __slots__ = ("kind", "touches", "resource", "node_path")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Cause.Kind]
        KIND_TOUCH: _ClassVar[Cause.Kind]
        KIND_CONTACT: _ClassVar[Cause.Kind]
        KIND_TIME: _ClassVar[Cause.Kind]
        KIND_SEGMENT: _ClassVar[Cause.Kind]
        KIND_RULE: _ClassVar[Cause.Kind]
    KIND_UNSPECIFIED: Cause.Kind
    KIND_TOUCH: Cause.Kind
    KIND_CONTACT: Cause.Kind
    KIND_TIME: Cause.Kind
    KIND_SEGMENT: Cause.Kind
    KIND_RULE: Cause.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    TOUCHES_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    NODE_PATH_FIELD_NUMBER: _ClassVar[int]
    kind: Cause.Kind
    touches: _containers.RepeatedScalarFieldContainer[str]
    resource: str
    node_path: str
    def __init__(self, kind: _Optional[_Union[Cause.Kind, str]] = ..., touches: _Optional[_Iterable[str]] = ..., resource: _Optional[str] = ..., node_path: _Optional[str] = ...) -> None: ...

class GetSegmentRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListSegmentsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ...) -> None: ...

class ListSegmentsResponse(_message.Message):
    __slots__ = ("segments", "next_page_token")
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    next_page_token: str
    def __init__(self, segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateSegmentRequest(_message.Message):
    __slots__ = ("segment", "request_id")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    segment: Segment
    request_id: str
    def __init__(self, segment: _Optional[_Union[Segment, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateSegmentRequest(_message.Message):
    __slots__ = ("segment", "update_mask", "request_id")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    segment: Segment
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, segment: _Optional[_Union[Segment, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteSegmentRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AddMembersRequest(_message.Message):
    __slots__ = ("name", "contacts", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    contacts: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, name: _Optional[str] = ..., contacts: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RemoveMembersRequest(_message.Message):
    __slots__ = ("name", "contacts", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    contacts: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, name: _Optional[str] = ..., contacts: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ListMembersRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListMembersResponse(_message.Message):
    __slots__ = ("members", "next_page_token")
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    members: _containers.RepeatedCompositeFieldContainer[Member]
    next_page_token: str
    def __init__(self, members: _Optional[_Iterable[_Union[Member, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class StreamMembersRequest(_message.Message):
    __slots__ = ("segment", "after_contact")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    AFTER_CONTACT_FIELD_NUMBER: _ClassVar[int]
    segment: str
    after_contact: str
    def __init__(self, segment: _Optional[str] = ..., after_contact: _Optional[str] = ...) -> None: ...

class StreamMembersResponse(_message.Message):
    __slots__ = ("contacts", "rule_version")
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    RULE_VERSION_FIELD_NUMBER: _ClassVar[int]
    contacts: _containers.RepeatedScalarFieldContainer[str]
    rule_version: int
    def __init__(self, contacts: _Optional[_Iterable[str]] = ..., rule_version: _Optional[int] = ...) -> None: ...

class PreviewSegmentRequest(_message.Message):
    __slots__ = ("rule",)
    RULE_FIELD_NUMBER: _ClassVar[int]
    rule: Rule
    def __init__(self, rule: _Optional[_Union[Rule, _Mapping]] = ...) -> None: ...

class PreviewSegmentResponse(_message.Message):
    __slots__ = ("member_count", "contact_count", "samples", "evaluate_time")
    class Sample(_message.Message):
        __slots__ = ("contact", "display_name")
        CONTACT_FIELD_NUMBER: _ClassVar[int]
        DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
        contact: str
        display_name: str
        def __init__(self, contact: _Optional[str] = ..., display_name: _Optional[str] = ...) -> None: ...
    MEMBER_COUNT_FIELD_NUMBER: _ClassVar[int]
    CONTACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    EVALUATE_TIME_FIELD_NUMBER: _ClassVar[int]
    member_count: int
    contact_count: int
    samples: _containers.RepeatedCompositeFieldContainer[PreviewSegmentResponse.Sample]
    evaluate_time: _timestamp_pb2.Timestamp
    def __init__(self, member_count: _Optional[int] = ..., contact_count: _Optional[int] = ..., samples: _Optional[_Iterable[_Union[PreviewSegmentResponse.Sample, _Mapping]]] = ..., evaluate_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListSegmentAttributesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSegmentAttributesResponse(_message.Message):
    __slots__ = ("contact_attributes", "account_attributes", "touch_types", "next_page_token")
    CONTACT_ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    TOUCH_TYPES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    contact_attributes: _containers.RepeatedCompositeFieldContainer[SegmentAttribute]
    account_attributes: _containers.RepeatedCompositeFieldContainer[SegmentAttribute]
    touch_types: _containers.RepeatedScalarFieldContainer[str]
    next_page_token: str
    def __init__(self, contact_attributes: _Optional[_Iterable[_Union[SegmentAttribute, _Mapping]]] = ..., account_attributes: _Optional[_Iterable[_Union[SegmentAttribute, _Mapping]]] = ..., touch_types: _Optional[_Iterable[str]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SegmentAttribute(_message.Message):
    __slots__ = ("attribute", "types", "operators")
    ATTRIBUTE_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    OPERATORS_FIELD_NUMBER: _ClassVar[int]
    attribute: str
    types: _containers.RepeatedScalarFieldContainer[AttributeType]
    operators: _containers.RepeatedScalarFieldContainer[Operator]
    def __init__(self, attribute: _Optional[str] = ..., types: _Optional[_Iterable[_Union[AttributeType, str]]] = ..., operators: _Optional[_Iterable[_Union[Operator, str]]] = ...) -> None: ...

class ExplainMembershipRequest(_message.Message):
    __slots__ = ("segment", "contact", "at_time")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    AT_TIME_FIELD_NUMBER: _ClassVar[int]
    segment: str
    contact: str
    at_time: _timestamp_pb2.Timestamp
    def __init__(self, segment: _Optional[str] = ..., contact: _Optional[str] = ..., at_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ExplainMembershipResponse(_message.Message):
    __slots__ = ("is_member", "is_kept", "member", "nodes", "contact", "rule_version", "evaluate_time")
    class Node(_message.Message):
        __slots__ = ("path", "is_true", "reason", "touches", "touch_count", "next_change_time")
        PATH_FIELD_NUMBER: _ClassVar[int]
        IS_TRUE_FIELD_NUMBER: _ClassVar[int]
        REASON_FIELD_NUMBER: _ClassVar[int]
        TOUCHES_FIELD_NUMBER: _ClassVar[int]
        TOUCH_COUNT_FIELD_NUMBER: _ClassVar[int]
        NEXT_CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
        path: str
        is_true: bool
        reason: str
        touches: _containers.RepeatedScalarFieldContainer[str]
        touch_count: int
        next_change_time: _timestamp_pb2.Timestamp
        def __init__(self, path: _Optional[str] = ..., is_true: _Optional[bool] = ..., reason: _Optional[str] = ..., touches: _Optional[_Iterable[str]] = ..., touch_count: _Optional[int] = ..., next_change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    IS_MEMBER_FIELD_NUMBER: _ClassVar[int]
    IS_KEPT_FIELD_NUMBER: _ClassVar[int]
    MEMBER_FIELD_NUMBER: _ClassVar[int]
    NODES_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    RULE_VERSION_FIELD_NUMBER: _ClassVar[int]
    EVALUATE_TIME_FIELD_NUMBER: _ClassVar[int]
    is_member: bool
    is_kept: bool
    member: Member
    nodes: _containers.RepeatedCompositeFieldContainer[ExplainMembershipResponse.Node]
    contact: str
    rule_version: int
    evaluate_time: _timestamp_pb2.Timestamp
    def __init__(self, is_member: _Optional[bool] = ..., is_kept: _Optional[bool] = ..., member: _Optional[_Union[Member, _Mapping]] = ..., nodes: _Optional[_Iterable[_Union[ExplainMembershipResponse.Node, _Mapping]]] = ..., contact: _Optional[str] = ..., rule_version: _Optional[int] = ..., evaluate_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
