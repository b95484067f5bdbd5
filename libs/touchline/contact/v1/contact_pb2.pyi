import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import date_pb2 as _date_pb2
from google.type import money_pb2 as _money_pb2
from touchline.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MergeSide(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MERGE_SIDE_UNSPECIFIED: _ClassVar[MergeSide]
    MERGE_SIDE_CONTACT: _ClassVar[MergeSide]
    MERGE_SIDE_DUPLICATE: _ClassVar[MergeSide]
    MERGE_SIDE_BOTH: _ClassVar[MergeSide]

class Purpose(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PURPOSE_UNSPECIFIED: _ClassVar[Purpose]
    PURPOSE_MARKETING: _ClassVar[Purpose]
    PURPOSE_TRACKING: _ClassVar[Purpose]
    PURPOSE_PROFILING: _ClassVar[Purpose]
    PURPOSE_ADVERTISING: _ClassVar[Purpose]

class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_UNSPECIFIED: _ClassVar[Channel]
    CHANNEL_EMAIL: _ClassVar[Channel]
    CHANNEL_SMS: _ClassVar[Channel]
    CHANNEL_PHONE: _ClassVar[Channel]
    CHANNEL_POST: _ClassVar[Channel]
    CHANNEL_ADVERT: _ClassVar[Channel]
MERGE_SIDE_UNSPECIFIED: MergeSide
MERGE_SIDE_CONTACT: MergeSide
MERGE_SIDE_DUPLICATE: MergeSide
MERGE_SIDE_BOTH: MergeSide
PURPOSE_UNSPECIFIED: Purpose
PURPOSE_MARKETING: Purpose
PURPOSE_TRACKING: Purpose
PURPOSE_PROFILING: Purpose
PURPOSE_ADVERTISING: Purpose
CHANNEL_UNSPECIFIED: Channel
CHANNEL_EMAIL: Channel
CHANNEL_SMS: Channel
CHANNEL_PHONE: Channel
CHANNEL_POST: Channel
CHANNEL_ADVERT: Channel

class Contact(_message.Message):
    __slots__ = ("name", "display_name", "given_name", "family_name", "title", "identifiers", "account", "account_display_name", "owner", "team", "stage", "time_zone", "country", "language", "attributes", "tags", "state", "merged_into", "merged_contacts", "masked", "create_time", "update_time", "delete_time", "etag", "position", "restriction", "legal_hold")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Contact.State]
        STATE_ACTIVE: _ClassVar[Contact.State]
        STATE_MERGED: _ClassVar[Contact.State]
        STATE_DELETED: _ClassVar[Contact.State]
        STATE_ERASED: _ClassVar[Contact.State]
    STATE_UNSPECIFIED: Contact.State
    STATE_ACTIVE: Contact.State
    STATE_MERGED: Contact.State
    STATE_DELETED: Contact.State
    STATE_ERASED: Contact.State
    class Bar(_message.Message):
        __slots__ = ("reason", "actor", "time")
        REASON_FIELD_NUMBER: _ClassVar[int]
        ACTOR_FIELD_NUMBER: _ClassVar[int]
        TIME_FIELD_NUMBER: _ClassVar[int]
        reason: str
        actor: str
        time: _timestamp_pb2.Timestamp
        def __init__(self, reason: _Optional[str] = ..., actor: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: AttributeValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[AttributeValue, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    GIVEN_NAME_FIELD_NUMBER: _ClassVar[int]
    FAMILY_NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIERS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    TEAM_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    MERGED_INTO_FIELD_NUMBER: _ClassVar[int]
    MERGED_CONTACTS_FIELD_NUMBER: _ClassVar[int]
    MASKED_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DELETE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    RESTRICTION_FIELD_NUMBER: _ClassVar[int]
    LEGAL_HOLD_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    given_name: str
    family_name: str
    title: str
    identifiers: _containers.RepeatedCompositeFieldContainer[Identifier]
    account: str
    account_display_name: str
    owner: str
    team: str
    stage: str
    time_zone: str
    country: str
    language: str
    attributes: _containers.MessageMap[str, AttributeValue]
    tags: _containers.RepeatedScalarFieldContainer[str]
    state: Contact.State
    merged_into: str
    merged_contacts: _containers.RepeatedScalarFieldContainer[str]
    masked: bool
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    delete_time: _timestamp_pb2.Timestamp
    etag: str
    position: str
    restriction: Contact.Bar
    legal_hold: Contact.Bar
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., given_name: _Optional[str] = ..., family_name: _Optional[str] = ..., title: _Optional[str] = ..., identifiers: _Optional[_Iterable[_Union[Identifier, _Mapping]]] = ..., account: _Optional[str] = ..., account_display_name: _Optional[str] = ..., owner: _Optional[str] = ..., team: _Optional[str] = ..., stage: _Optional[str] = ..., time_zone: _Optional[str] = ..., country: _Optional[str] = ..., language: _Optional[str] = ..., attributes: _Optional[_Mapping[str, AttributeValue]] = ..., tags: _Optional[_Iterable[str]] = ..., state: _Optional[_Union[Contact.State, str]] = ..., merged_into: _Optional[str] = ..., merged_contacts: _Optional[_Iterable[str]] = ..., masked: _Optional[bool] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., position: _Optional[str] = ..., restriction: _Optional[_Union[Contact.Bar, _Mapping]] = ..., legal_hold: _Optional[_Union[Contact.Bar, _Mapping]] = ...) -> None: ...

class Identifier(_message.Message):
    __slots__ = ("kind", "value", "label", "verified", "subject", "contact", "link", "shared")
    KIND_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    VERIFIED_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    SHARED_FIELD_NUMBER: _ClassVar[int]
    kind: str
    value: str
    label: str
    verified: bool
    subject: bytes
    contact: str
    link: str
    shared: bool
    def __init__(self, kind: _Optional[str] = ..., value: _Optional[str] = ..., label: _Optional[str] = ..., verified: _Optional[bool] = ..., subject: _Optional[bytes] = ..., contact: _Optional[str] = ..., link: _Optional[str] = ..., shared: _Optional[bool] = ...) -> None: ...

class AttributeValue(_message.Message):
    __slots__ = ("string_value", "integer_value", "number_value", "boolean_value", "time_value", "date_value", "strings_value")
    class StringList(_message.Message):
        __slots__ = ("values",)
        VALUES_FIELD_NUMBER: _ClassVar[int]
        values: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, values: _Optional[_Iterable[str]] = ...) -> None: ...
    STRING_VALUE_FIELD_NUMBER: _ClassVar[int]
    INTEGER_VALUE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_VALUE_FIELD_NUMBER: _ClassVar[int]
    BOOLEAN_VALUE_FIELD_NUMBER: _ClassVar[int]
    TIME_VALUE_FIELD_NUMBER: _ClassVar[int]
    DATE_VALUE_FIELD_NUMBER: _ClassVar[int]
    STRINGS_VALUE_FIELD_NUMBER: _ClassVar[int]
    string_value: str
    integer_value: int
    number_value: float
    boolean_value: bool
    time_value: _timestamp_pb2.Timestamp
    date_value: _date_pb2.Date
    strings_value: AttributeValue.StringList
    def __init__(self, string_value: _Optional[str] = ..., integer_value: _Optional[int] = ..., number_value: _Optional[float] = ..., boolean_value: _Optional[bool] = ..., time_value: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., date_value: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., strings_value: _Optional[_Union[AttributeValue.StringList, _Mapping]] = ...) -> None: ...

class AttributeDefinition(_message.Message):
    __slots__ = ("name", "display_name", "description", "type", "choices", "data_class", "archived", "create_time", "update_time", "etag", "position")
    class Type(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        TYPE_UNSPECIFIED: _ClassVar[AttributeDefinition.Type]
        TYPE_STRING: _ClassVar[AttributeDefinition.Type]
        TYPE_NUMBER: _ClassVar[AttributeDefinition.Type]
        TYPE_BOOLEAN: _ClassVar[AttributeDefinition.Type]
        TYPE_DATE: _ClassVar[AttributeDefinition.Type]
        TYPE_TIMESTAMP: _ClassVar[AttributeDefinition.Type]
        TYPE_CHOICE: _ClassVar[AttributeDefinition.Type]
        TYPE_MULTI_CHOICE: _ClassVar[AttributeDefinition.Type]
        TYPE_URL: _ClassVar[AttributeDefinition.Type]
    TYPE_UNSPECIFIED: AttributeDefinition.Type
    TYPE_STRING: AttributeDefinition.Type
    TYPE_NUMBER: AttributeDefinition.Type
    TYPE_BOOLEAN: AttributeDefinition.Type
    TYPE_DATE: AttributeDefinition.Type
    TYPE_TIMESTAMP: AttributeDefinition.Type
    TYPE_CHOICE: AttributeDefinition.Type
    TYPE_MULTI_CHOICE: AttributeDefinition.Type
    TYPE_URL: AttributeDefinition.Type
    class DataClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        DATA_CLASS_UNSPECIFIED: _ClassVar[AttributeDefinition.DataClass]
        DATA_CLASS_NOT_PERSONAL: _ClassVar[AttributeDefinition.DataClass]
        DATA_CLASS_PERSONAL: _ClassVar[AttributeDefinition.DataClass]
    DATA_CLASS_UNSPECIFIED: AttributeDefinition.DataClass
    DATA_CLASS_NOT_PERSONAL: AttributeDefinition.DataClass
    DATA_CLASS_PERSONAL: AttributeDefinition.DataClass
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    DATA_CLASS_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    description: str
    type: AttributeDefinition.Type
    choices: _containers.RepeatedScalarFieldContainer[str]
    data_class: AttributeDefinition.DataClass
    archived: bool
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    position: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., description: _Optional[str] = ..., type: _Optional[_Union[AttributeDefinition.Type, str]] = ..., choices: _Optional[_Iterable[str]] = ..., data_class: _Optional[_Union[AttributeDefinition.DataClass, str]] = ..., archived: _Optional[bool] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., position: _Optional[str] = ...) -> None: ...

class Account(_message.Message):
    __slots__ = ("name", "display_name", "domain", "industry", "country", "owner", "team", "external_id", "tags", "create_time", "update_time", "delete_time", "etag", "position", "parent_account", "role_addresses")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    INDUSTRY_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    TEAM_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_ID_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    DELETE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    PARENT_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ROLE_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    domain: str
    industry: str
    country: str
    owner: str
    team: str
    external_id: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    delete_time: _timestamp_pb2.Timestamp
    etag: str
    position: str
    parent_account: str
    role_addresses: _containers.RepeatedCompositeFieldContainer[RoleAddress]
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., domain: _Optional[str] = ..., industry: _Optional[str] = ..., country: _Optional[str] = ..., owner: _Optional[str] = ..., team: _Optional[str] = ..., external_id: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., position: _Optional[str] = ..., parent_account: _Optional[str] = ..., role_addresses: _Optional[_Iterable[_Union[RoleAddress, _Mapping]]] = ...) -> None: ...

class RoleAddress(_message.Message):
    __slots__ = ("address", "assert_time", "evidence", "actor", "suppressed")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    ASSERT_TIME_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    SUPPRESSED_FIELD_NUMBER: _ClassVar[int]
    address: Identifier
    assert_time: _timestamp_pb2.Timestamp
    evidence: str
    actor: str
    suppressed: Suppression.Reason
    def __init__(self, address: _Optional[_Union[Identifier, _Mapping]] = ..., assert_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., evidence: _Optional[str] = ..., actor: _Optional[str] = ..., suppressed: _Optional[_Union[Suppression.Reason, str]] = ...) -> None: ...

class Purchase(_message.Message):
    __slots__ = ("name", "contact", "product", "amount_minor", "currency_code", "purchase_time", "source", "source_purchase_id", "create_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_MINOR_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    PURCHASE_TIME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_PURCHASE_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    contact: str
    product: str
    amount_minor: int
    currency_code: str
    purchase_time: _timestamp_pb2.Timestamp
    source: str
    source_purchase_id: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., contact: _Optional[str] = ..., product: _Optional[str] = ..., amount_minor: _Optional[int] = ..., currency_code: _Optional[str] = ..., purchase_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., source: _Optional[str] = ..., source_purchase_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Deal(_message.Message):
    __slots__ = ("name", "display_name", "account", "participants", "amount", "stage", "close_date", "owner", "team", "create_time", "update_time", "etag", "position")
    class Participant(_message.Message):
        __slots__ = ("contact", "role")
        CONTACT_FIELD_NUMBER: _ClassVar[int]
        ROLE_FIELD_NUMBER: _ClassVar[int]
        contact: str
        role: str
        def __init__(self, contact: _Optional[str] = ..., role: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    CLOSE_DATE_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    TEAM_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    account: str
    participants: _containers.RepeatedCompositeFieldContainer[Deal.Participant]
    amount: _money_pb2.Money
    stage: str
    close_date: _date_pb2.Date
    owner: str
    team: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    position: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., account: _Optional[str] = ..., participants: _Optional[_Iterable[_Union[Deal.Participant, _Mapping]]] = ..., amount: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., stage: _Optional[str] = ..., close_date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., owner: _Optional[str] = ..., team: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., position: _Optional[str] = ...) -> None: ...

class IdentityLink(_message.Message):
    __slots__ = ("name", "kind", "subject", "contact", "survivor", "account", "touch", "from_time", "to_time", "asserted_time", "retracted_time", "evidence", "actor", "identifier_kind", "revision", "position", "identifier_value", "alias_of", "claimed")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[IdentityLink.Kind]
        KIND_HOLDS: _ClassVar[IdentityLink.Kind]
        KIND_SHARED: _ClassVar[IdentityLink.Kind]
        KIND_ROLE: _ClassVar[IdentityLink.Kind]
        KIND_MERGE: _ClassVar[IdentityLink.Kind]
        KIND_EXCLUSION: _ClassVar[IdentityLink.Kind]
    KIND_UNSPECIFIED: IdentityLink.Kind
    KIND_HOLDS: IdentityLink.Kind
    KIND_SHARED: IdentityLink.Kind
    KIND_ROLE: IdentityLink.Kind
    KIND_MERGE: IdentityLink.Kind
    KIND_EXCLUSION: IdentityLink.Kind
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    SURVIVOR_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    ASSERTED_TIME_FIELD_NUMBER: _ClassVar[int]
    RETRACTED_TIME_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_KIND_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_VALUE_FIELD_NUMBER: _ClassVar[int]
    ALIAS_OF_FIELD_NUMBER: _ClassVar[int]
    CLAIMED_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: IdentityLink.Kind
    subject: bytes
    contact: str
    survivor: str
    account: str
    touch: str
    from_time: _timestamp_pb2.Timestamp
    to_time: _timestamp_pb2.Timestamp
    asserted_time: _timestamp_pb2.Timestamp
    retracted_time: _timestamp_pb2.Timestamp
    evidence: str
    actor: str
    identifier_kind: str
    revision: int
    position: str
    identifier_value: str
    alias_of: str
    claimed: bool
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[_Union[IdentityLink.Kind, str]] = ..., subject: _Optional[bytes] = ..., contact: _Optional[str] = ..., survivor: _Optional[str] = ..., account: _Optional[str] = ..., touch: _Optional[str] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., asserted_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., retracted_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., evidence: _Optional[str] = ..., actor: _Optional[str] = ..., identifier_kind: _Optional[str] = ..., revision: _Optional[int] = ..., position: _Optional[str] = ..., identifier_value: _Optional[str] = ..., alias_of: _Optional[str] = ..., claimed: _Optional[bool] = ...) -> None: ...

class ContactChange(_message.Message):
    __slots__ = ("name", "contact", "action", "actor", "source", "create_time", "fields", "other_contact", "via_contact", "standing", "settled_by", "position", "other_display_name")
    class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ACTION_UNSPECIFIED: _ClassVar[ContactChange.Action]
        ACTION_CREATED: _ClassVar[ContactChange.Action]
        ACTION_EDITED: _ClassVar[ContactChange.Action]
        ACTION_MERGED: _ClassVar[ContactChange.Action]
        ACTION_UNMERGED: _ClassVar[ContactChange.Action]
        ACTION_PLACED: _ClassVar[ContactChange.Action]
        ACTION_DELETED: _ClassVar[ContactChange.Action]
        ACTION_UNDELETED: _ClassVar[ContactChange.Action]
        ACTION_VERIFIED: _ClassVar[ContactChange.Action]
        ACTION_UNVERIFIED: _ClassVar[ContactChange.Action]
    ACTION_UNSPECIFIED: ContactChange.Action
    ACTION_CREATED: ContactChange.Action
    ACTION_EDITED: ContactChange.Action
    ACTION_MERGED: ContactChange.Action
    ACTION_UNMERGED: ContactChange.Action
    ACTION_PLACED: ContactChange.Action
    ACTION_DELETED: ContactChange.Action
    ACTION_UNDELETED: ContactChange.Action
    ACTION_VERIFIED: ContactChange.Action
    ACTION_UNVERIFIED: ContactChange.Action
    class Standing(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STANDING_UNSPECIFIED: _ClassVar[ContactChange.Standing]
        STANDING_STANDING: _ClassVar[ContactChange.Standing]
        STANDING_UNDONE: _ClassVar[ContactChange.Standing]
        STANDING_SET_ASIDE: _ClassVar[ContactChange.Standing]
        STANDING_PLACED: _ClassVar[ContactChange.Standing]
        STANDING_DISMISSED: _ClassVar[ContactChange.Standing]
    STANDING_UNSPECIFIED: ContactChange.Standing
    STANDING_STANDING: ContactChange.Standing
    STANDING_UNDONE: ContactChange.Standing
    STANDING_SET_ASIDE: ContactChange.Standing
    STANDING_PLACED: ContactChange.Standing
    STANDING_DISMISSED: ContactChange.Standing
    class FieldChange(_message.Message):
        __slots__ = ("field", "before", "after")
        FIELD_FIELD_NUMBER: _ClassVar[int]
        BEFORE_FIELD_NUMBER: _ClassVar[int]
        AFTER_FIELD_NUMBER: _ClassVar[int]
        field: str
        before: str
        after: str
        def __init__(self, field: _Optional[str] = ..., before: _Optional[str] = ..., after: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    OTHER_CONTACT_FIELD_NUMBER: _ClassVar[int]
    VIA_CONTACT_FIELD_NUMBER: _ClassVar[int]
    STANDING_FIELD_NUMBER: _ClassVar[int]
    SETTLED_BY_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    OTHER_DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    contact: str
    action: ContactChange.Action
    actor: str
    source: str
    create_time: _timestamp_pb2.Timestamp
    fields: _containers.RepeatedCompositeFieldContainer[ContactChange.FieldChange]
    other_contact: str
    via_contact: str
    standing: ContactChange.Standing
    settled_by: str
    position: str
    other_display_name: str
    def __init__(self, name: _Optional[str] = ..., contact: _Optional[str] = ..., action: _Optional[_Union[ContactChange.Action, str]] = ..., actor: _Optional[str] = ..., source: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., fields: _Optional[_Iterable[_Union[ContactChange.FieldChange, _Mapping]]] = ..., other_contact: _Optional[str] = ..., via_contact: _Optional[str] = ..., standing: _Optional[_Union[ContactChange.Standing, str]] = ..., settled_by: _Optional[str] = ..., position: _Optional[str] = ..., other_display_name: _Optional[str] = ...) -> None: ...

class Erasure(_message.Message):
    __slots__ = ("name", "contact", "contacts", "state", "requester", "request_time", "deadline_time", "erase_time", "forget_time", "acknowledgements", "waiting_services", "overdue", "etag", "position", "delete_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Erasure.State]
        STATE_HELD: _ClassVar[Erasure.State]
        STATE_ERASING: _ClassVar[Erasure.State]
        STATE_FORGETTING: _ClassVar[Erasure.State]
        STATE_CONFIRMED: _ClassVar[Erasure.State]
    STATE_UNSPECIFIED: Erasure.State
    STATE_HELD: Erasure.State
    STATE_ERASING: Erasure.State
    STATE_FORGETTING: Erasure.State
    STATE_CONFIRMED: Erasure.State
    class Acknowledgement(_message.Message):
        __slots__ = ("service", "stores", "acknowledge_time")
        SERVICE_FIELD_NUMBER: _ClassVar[int]
        STORES_FIELD_NUMBER: _ClassVar[int]
        ACKNOWLEDGE_TIME_FIELD_NUMBER: _ClassVar[int]
        service: str
        stores: _containers.RepeatedCompositeFieldContainer[ErasedStore]
        acknowledge_time: _timestamp_pb2.Timestamp
        def __init__(self, service: _Optional[str] = ..., stores: _Optional[_Iterable[_Union[ErasedStore, _Mapping]]] = ..., acknowledge_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REQUESTER_FIELD_NUMBER: _ClassVar[int]
    REQUEST_TIME_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_TIME_FIELD_NUMBER: _ClassVar[int]
    ERASE_TIME_FIELD_NUMBER: _ClassVar[int]
    FORGET_TIME_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGEMENTS_FIELD_NUMBER: _ClassVar[int]
    WAITING_SERVICES_FIELD_NUMBER: _ClassVar[int]
    OVERDUE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    DELETE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    contact: str
    contacts: _containers.RepeatedScalarFieldContainer[str]
    state: Erasure.State
    requester: str
    request_time: _timestamp_pb2.Timestamp
    deadline_time: _timestamp_pb2.Timestamp
    erase_time: _timestamp_pb2.Timestamp
    forget_time: _timestamp_pb2.Timestamp
    acknowledgements: _containers.RepeatedCompositeFieldContainer[Erasure.Acknowledgement]
    waiting_services: _containers.RepeatedScalarFieldContainer[str]
    overdue: bool
    etag: str
    position: str
    delete_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., contact: _Optional[str] = ..., contacts: _Optional[_Iterable[str]] = ..., state: _Optional[_Union[Erasure.State, str]] = ..., requester: _Optional[str] = ..., request_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., deadline_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., erase_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., forget_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acknowledgements: _Optional[_Iterable[_Union[Erasure.Acknowledgement, _Mapping]]] = ..., waiting_services: _Optional[_Iterable[str]] = ..., overdue: _Optional[bool] = ..., etag: _Optional[str] = ..., position: _Optional[str] = ..., delete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ErasedStore(_message.Message):
    __slots__ = ("store", "rows", "forget_time")
    STORE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    FORGET_TIME_FIELD_NUMBER: _ClassVar[int]
    store: str
    rows: int
    forget_time: _timestamp_pb2.Timestamp
    def __init__(self, store: _Optional[str] = ..., rows: _Optional[int] = ..., forget_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ErasureReceipt(_message.Message):
    __slots__ = ("name", "text", "signature", "public_key")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    name: str
    text: str
    signature: bytes
    public_key: bytes
    def __init__(self, name: _Optional[str] = ..., text: _Optional[str] = ..., signature: _Optional[bytes] = ..., public_key: _Optional[bytes] = ...) -> None: ...

class DuplicateCandidate(_message.Message):
    __slots__ = ("name", "contact", "duplicate", "contact_display_name", "duplicate_display_name", "score", "clues", "state", "create_time", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[DuplicateCandidate.State]
        STATE_OPEN: _ClassVar[DuplicateCandidate.State]
        STATE_DISMISSED: _ClassVar[DuplicateCandidate.State]
    STATE_UNSPECIFIED: DuplicateCandidate.State
    STATE_OPEN: DuplicateCandidate.State
    STATE_DISMISSED: DuplicateCandidate.State
    class Clue(_message.Message):
        __slots__ = ("kind", "points")
        class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
            __slots__ = ()
            KIND_UNSPECIFIED: _ClassVar[DuplicateCandidate.Clue.Kind]
            KIND_SAME_NAME: _ClassVar[DuplicateCandidate.Clue.Kind]
            KIND_SIMILAR_NAME: _ClassVar[DuplicateCandidate.Clue.Kind]
            KIND_INITIALS: _ClassVar[DuplicateCandidate.Clue.Kind]
            KIND_SAME_MAIL_NAME: _ClassVar[DuplicateCandidate.Clue.Kind]
            KIND_SHARED_ADDRESS: _ClassVar[DuplicateCandidate.Clue.Kind]
            KIND_SAME_COMPANY: _ClassVar[DuplicateCandidate.Clue.Kind]
            KIND_TWO_EXTERNAL_IDS: _ClassVar[DuplicateCandidate.Clue.Kind]
            KIND_SAME_FORM: _ClassVar[DuplicateCandidate.Clue.Kind]
        KIND_UNSPECIFIED: DuplicateCandidate.Clue.Kind
        KIND_SAME_NAME: DuplicateCandidate.Clue.Kind
        KIND_SIMILAR_NAME: DuplicateCandidate.Clue.Kind
        KIND_INITIALS: DuplicateCandidate.Clue.Kind
        KIND_SAME_MAIL_NAME: DuplicateCandidate.Clue.Kind
        KIND_SHARED_ADDRESS: DuplicateCandidate.Clue.Kind
        KIND_SAME_COMPANY: DuplicateCandidate.Clue.Kind
        KIND_TWO_EXTERNAL_IDS: DuplicateCandidate.Clue.Kind
        KIND_SAME_FORM: DuplicateCandidate.Clue.Kind
        KIND_FIELD_NUMBER: _ClassVar[int]
        POINTS_FIELD_NUMBER: _ClassVar[int]
        kind: DuplicateCandidate.Clue.Kind
        points: int
        def __init__(self, kind: _Optional[_Union[DuplicateCandidate.Clue.Kind, str]] = ..., points: _Optional[int] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    CONTACT_DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    CLUES_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    contact: str
    duplicate: str
    contact_display_name: str
    duplicate_display_name: str
    score: int
    clues: _containers.RepeatedCompositeFieldContainer[DuplicateCandidate.Clue]
    state: DuplicateCandidate.State
    create_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., contact: _Optional[str] = ..., duplicate: _Optional[str] = ..., contact_display_name: _Optional[str] = ..., duplicate_display_name: _Optional[str] = ..., score: _Optional[int] = ..., clues: _Optional[_Iterable[_Union[DuplicateCandidate.Clue, _Mapping]]] = ..., state: _Optional[_Union[DuplicateCandidate.State, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class MergeChoice(_message.Message):
    __slots__ = ("field", "side")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    field: str
    side: MergeSide
    def __init__(self, field: _Optional[str] = ..., side: _Optional[_Union[MergeSide, str]] = ...) -> None: ...

class ConsentEvent(_message.Message):
    __slots__ = ("name", "address", "purpose", "channel", "topic", "status", "lawful_basis", "capture_time", "effective_to_time", "source", "wording_version", "ip_hash", "evidence", "actor", "create_time", "etag", "position")
    class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATUS_UNSPECIFIED: _ClassVar[ConsentEvent.Status]
        STATUS_PENDING: _ClassVar[ConsentEvent.Status]
        STATUS_GRANTED: _ClassVar[ConsentEvent.Status]
        STATUS_DENIED: _ClassVar[ConsentEvent.Status]
        STATUS_WITHDRAWN: _ClassVar[ConsentEvent.Status]
        STATUS_EXPIRED: _ClassVar[ConsentEvent.Status]
    STATUS_UNSPECIFIED: ConsentEvent.Status
    STATUS_PENDING: ConsentEvent.Status
    STATUS_GRANTED: ConsentEvent.Status
    STATUS_DENIED: ConsentEvent.Status
    STATUS_WITHDRAWN: ConsentEvent.Status
    STATUS_EXPIRED: ConsentEvent.Status
    class LawfulBasis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        LAWFUL_BASIS_UNSPECIFIED: _ClassVar[ConsentEvent.LawfulBasis]
        LAWFUL_BASIS_CONSENT: _ClassVar[ConsentEvent.LawfulBasis]
        LAWFUL_BASIS_LEGITIMATE_INTEREST: _ClassVar[ConsentEvent.LawfulBasis]
        LAWFUL_BASIS_CONTRACT: _ClassVar[ConsentEvent.LawfulBasis]
        LAWFUL_BASIS_LEGAL_OBLIGATION: _ClassVar[ConsentEvent.LawfulBasis]
    LAWFUL_BASIS_UNSPECIFIED: ConsentEvent.LawfulBasis
    LAWFUL_BASIS_CONSENT: ConsentEvent.LawfulBasis
    LAWFUL_BASIS_LEGITIMATE_INTEREST: ConsentEvent.LawfulBasis
    LAWFUL_BASIS_CONTRACT: ConsentEvent.LawfulBasis
    LAWFUL_BASIS_LEGAL_OBLIGATION: ConsentEvent.LawfulBasis
    NAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    LAWFUL_BASIS_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TO_TIME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    WORDING_VERSION_FIELD_NUMBER: _ClassVar[int]
    IP_HASH_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    name: str
    address: Identifier
    purpose: Purpose
    channel: Channel
    topic: str
    status: ConsentEvent.Status
    lawful_basis: ConsentEvent.LawfulBasis
    capture_time: _timestamp_pb2.Timestamp
    effective_to_time: _timestamp_pb2.Timestamp
    source: str
    wording_version: str
    ip_hash: bytes
    evidence: str
    actor: str
    create_time: _timestamp_pb2.Timestamp
    etag: str
    position: str
    def __init__(self, name: _Optional[str] = ..., address: _Optional[_Union[Identifier, _Mapping]] = ..., purpose: _Optional[_Union[Purpose, str]] = ..., channel: _Optional[_Union[Channel, str]] = ..., topic: _Optional[str] = ..., status: _Optional[_Union[ConsentEvent.Status, str]] = ..., lawful_basis: _Optional[_Union[ConsentEvent.LawfulBasis, str]] = ..., capture_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., effective_to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., source: _Optional[str] = ..., wording_version: _Optional[str] = ..., ip_hash: _Optional[bytes] = ..., evidence: _Optional[str] = ..., actor: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., position: _Optional[str] = ...) -> None: ...

class OptIn(_message.Message):
    __slots__ = ("name", "address", "purpose", "topic", "language", "wording_version", "source", "ip_hash", "evidence", "sender", "state", "mail_count", "create_time", "expire_time", "confirm_time", "consent_event", "etag", "position")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[OptIn.State]
        STATE_WAITING: _ClassVar[OptIn.State]
        STATE_CONFIRMED: _ClassVar[OptIn.State]
        STATE_EXPIRED: _ClassVar[OptIn.State]
        STATE_WITHDRAWN: _ClassVar[OptIn.State]
    STATE_UNSPECIFIED: OptIn.State
    STATE_WAITING: OptIn.State
    STATE_CONFIRMED: OptIn.State
    STATE_EXPIRED: OptIn.State
    STATE_WITHDRAWN: OptIn.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    WORDING_VERSION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    IP_HASH_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    MAIL_COUNT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_TIME_FIELD_NUMBER: _ClassVar[int]
    CONSENT_EVENT_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    name: str
    address: Identifier
    purpose: Purpose
    topic: str
    language: str
    wording_version: str
    source: str
    ip_hash: bytes
    evidence: str
    sender: str
    state: OptIn.State
    mail_count: int
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    confirm_time: _timestamp_pb2.Timestamp
    consent_event: str
    etag: str
    position: str
    def __init__(self, name: _Optional[str] = ..., address: _Optional[_Union[Identifier, _Mapping]] = ..., purpose: _Optional[_Union[Purpose, str]] = ..., topic: _Optional[str] = ..., language: _Optional[str] = ..., wording_version: _Optional[str] = ..., source: _Optional[str] = ..., ip_hash: _Optional[bytes] = ..., evidence: _Optional[str] = ..., sender: _Optional[str] = ..., state: _Optional[_Union[OptIn.State, str]] = ..., mail_count: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., confirm_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., consent_event: _Optional[str] = ..., etag: _Optional[str] = ..., position: _Optional[str] = ...) -> None: ...

class ConsentProof(_message.Message):
    __slots__ = ("lines", "event_count", "unsealed_count")
    LINES_FIELD_NUMBER: _ClassVar[int]
    EVENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNSEALED_COUNT_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedScalarFieldContainer[str]
    event_count: int
    unsealed_count: int
    def __init__(self, lines: _Optional[_Iterable[str]] = ..., event_count: _Optional[int] = ..., unsealed_count: _Optional[int] = ...) -> None: ...

class ConsentAnchor(_message.Message):
    __slots__ = ("number", "digest", "create_time")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    number: int
    digest: bytes
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, number: _Optional[int] = ..., digest: _Optional[bytes] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Suppression(_message.Message):
    __slots__ = ("name", "address", "channel", "reason", "source", "actor", "create_time", "lift_time", "etag", "position", "said_time")
    class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REASON_UNSPECIFIED: _ClassVar[Suppression.Reason]
        REASON_BOUNCE: _ClassVar[Suppression.Reason]
        REASON_COMPLAINT: _ClassVar[Suppression.Reason]
        REASON_UNSUBSCRIBED: _ClassVar[Suppression.Reason]
        REASON_MANUAL: _ClassVar[Suppression.Reason]
        REASON_ERASED: _ClassVar[Suppression.Reason]
    REASON_UNSPECIFIED: Suppression.Reason
    REASON_BOUNCE: Suppression.Reason
    REASON_COMPLAINT: Suppression.Reason
    REASON_UNSUBSCRIBED: Suppression.Reason
    REASON_MANUAL: Suppression.Reason
    REASON_ERASED: Suppression.Reason
    NAME_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    LIFT_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    SAID_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    address: Identifier
    channel: Channel
    reason: Suppression.Reason
    source: str
    actor: str
    create_time: _timestamp_pb2.Timestamp
    lift_time: _timestamp_pb2.Timestamp
    etag: str
    position: str
    said_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., address: _Optional[_Union[Identifier, _Mapping]] = ..., channel: _Optional[_Union[Channel, str]] = ..., reason: _Optional[_Union[Suppression.Reason, str]] = ..., source: _Optional[str] = ..., actor: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lift_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., position: _Optional[str] = ..., said_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Import(_message.Message):
    __slots__ = ("name", "display_name", "columns", "mapping", "region", "owner", "team", "total_rows", "state", "next_row", "rows_created", "rows_updated", "rows_unchanged", "rows_refused", "create_time", "update_time", "etag", "position")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Import.State]
        STATE_OPEN: _ClassVar[Import.State]
        STATE_FINISHED: _ClassVar[Import.State]
    STATE_UNSPECIFIED: Import.State
    STATE_OPEN: Import.State
    STATE_FINISHED: Import.State
    class MappingEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    COLUMNS_FIELD_NUMBER: _ClassVar[int]
    MAPPING_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    TEAM_FIELD_NUMBER: _ClassVar[int]
    TOTAL_ROWS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    NEXT_ROW_FIELD_NUMBER: _ClassVar[int]
    ROWS_CREATED_FIELD_NUMBER: _ClassVar[int]
    ROWS_UPDATED_FIELD_NUMBER: _ClassVar[int]
    ROWS_UNCHANGED_FIELD_NUMBER: _ClassVar[int]
    ROWS_REFUSED_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    columns: _containers.RepeatedScalarFieldContainer[str]
    mapping: _containers.ScalarMap[str, str]
    region: str
    owner: str
    team: str
    total_rows: int
    state: Import.State
    next_row: int
    rows_created: int
    rows_updated: int
    rows_unchanged: int
    rows_refused: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    position: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., columns: _Optional[_Iterable[str]] = ..., mapping: _Optional[_Mapping[str, str]] = ..., region: _Optional[str] = ..., owner: _Optional[str] = ..., team: _Optional[str] = ..., total_rows: _Optional[int] = ..., state: _Optional[_Union[Import.State, str]] = ..., next_row: _Optional[int] = ..., rows_created: _Optional[int] = ..., rows_updated: _Optional[int] = ..., rows_unchanged: _Optional[int] = ..., rows_refused: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., position: _Optional[str] = ...) -> None: ...

class ImportRowReport(_message.Message):
    __slots__ = ("row", "outcome", "reason", "column", "contact")
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[ImportRowReport.Outcome]
        OUTCOME_CREATED: _ClassVar[ImportRowReport.Outcome]
        OUTCOME_UPDATED: _ClassVar[ImportRowReport.Outcome]
        OUTCOME_UNCHANGED: _ClassVar[ImportRowReport.Outcome]
        OUTCOME_REFUSED: _ClassVar[ImportRowReport.Outcome]
    OUTCOME_UNSPECIFIED: ImportRowReport.Outcome
    OUTCOME_CREATED: ImportRowReport.Outcome
    OUTCOME_UPDATED: ImportRowReport.Outcome
    OUTCOME_UNCHANGED: ImportRowReport.Outcome
    OUTCOME_REFUSED: ImportRowReport.Outcome
    ROW_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    row: int
    outcome: ImportRowReport.Outcome
    reason: str
    column: str
    contact: str
    def __init__(self, row: _Optional[int] = ..., outcome: _Optional[_Union[ImportRowReport.Outcome, str]] = ..., reason: _Optional[str] = ..., column: _Optional[str] = ..., contact: _Optional[str] = ...) -> None: ...

class CreateContactRequest(_message.Message):
    __slots__ = ("contact", "contact_id", "request_id")
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    CONTACT_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    contact: Contact
    contact_id: str
    request_id: str
    def __init__(self, contact: _Optional[_Union[Contact, _Mapping]] = ..., contact_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetContactRequest(_message.Message):
    __slots__ = ("name", "read_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    read_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class UpdateContactRequest(_message.Message):
    __slots__ = ("contact", "update_mask", "request_id")
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    contact: Contact
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, contact: _Optional[_Union[Contact, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ListContactsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by", "query", "show_deleted")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    SHOW_DELETED_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    query: str
    show_deleted: bool
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ..., query: _Optional[str] = ..., show_deleted: _Optional[bool] = ...) -> None: ...

class ListContactsResponse(_message.Message):
    __slots__ = ("contacts", "next_page_token")
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    contacts: _containers.RepeatedCompositeFieldContainer[Contact]
    next_page_token: str
    def __init__(self, contacts: _Optional[_Iterable[_Union[Contact, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class BatchGetContactsRequest(_message.Message):
    __slots__ = ("names",)
    NAMES_FIELD_NUMBER: _ClassVar[int]
    names: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, names: _Optional[_Iterable[str]] = ...) -> None: ...

class BatchGetContactsResponse(_message.Message):
    __slots__ = ("contacts",)
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    contacts: _containers.RepeatedCompositeFieldContainer[Contact]
    def __init__(self, contacts: _Optional[_Iterable[_Union[Contact, _Mapping]]] = ...) -> None: ...

class DeleteContactRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class UndeleteContactRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AuditEntry(_message.Message):
    __slots__ = ("number", "time", "actor", "action", "resource", "reason", "reason_hash", "reason_salt", "digest", "erased", "previous_digest")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REASON_HASH_FIELD_NUMBER: _ClassVar[int]
    REASON_SALT_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ERASED_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    number: int
    time: _timestamp_pb2.Timestamp
    actor: str
    action: str
    resource: str
    reason: str
    reason_hash: bytes
    reason_salt: bytes
    digest: bytes
    erased: bool
    previous_digest: bytes
    def __init__(self, number: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., actor: _Optional[str] = ..., action: _Optional[str] = ..., resource: _Optional[str] = ..., reason: _Optional[str] = ..., reason_hash: _Optional[bytes] = ..., reason_salt: _Optional[bytes] = ..., digest: _Optional[bytes] = ..., erased: _Optional[bool] = ..., previous_digest: _Optional[bytes] = ...) -> None: ...

class ListAuditEntriesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ...) -> None: ...

class ListAuditEntriesResponse(_message.Message):
    __slots__ = ("audit_entries", "next_page_token")
    AUDIT_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    audit_entries: _containers.RepeatedCompositeFieldContainer[AuditEntry]
    next_page_token: str
    def __init__(self, audit_entries: _Optional[_Iterable[_Union[AuditEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ExportContactRequest(_message.Message):
    __slots__ = ("name", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ExportContactResponse(_message.Message):
    __slots__ = ("chunk", "progress")
    class Progress(_message.Message):
        __slots__ = ("file", "items")
        FILE_FIELD_NUMBER: _ClassVar[int]
        ITEMS_FIELD_NUMBER: _ClassVar[int]
        file: str
        items: int
        def __init__(self, file: _Optional[str] = ..., items: _Optional[int] = ...) -> None: ...
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    chunk: bytes
    progress: ExportContactResponse.Progress
    def __init__(self, chunk: _Optional[bytes] = ..., progress: _Optional[_Union[ExportContactResponse.Progress, _Mapping]] = ...) -> None: ...

class RestrictContactRequest(_message.Message):
    __slots__ = ("name", "reason", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class LiftRestrictionRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class HoldContactRequest(_message.Message):
    __slots__ = ("name", "reason", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReleaseContactRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RequestErasureRequest(_message.Message):
    __slots__ = ("name", "verification", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERIFICATION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    verification: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., verification: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetErasureRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListErasuresRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListErasuresResponse(_message.Message):
    __slots__ = ("erasures", "next_page_token")
    ERASURES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    erasures: _containers.RepeatedCompositeFieldContainer[Erasure]
    next_page_token: str
    def __init__(self, erasures: _Optional[_Iterable[_Union[Erasure, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetErasureReceiptRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class AcknowledgeErasureRequest(_message.Message):
    __slots__ = ("name", "service", "stores", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    STORES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    service: str
    stores: _containers.RepeatedCompositeFieldContainer[ErasedStore]
    request_id: str
    def __init__(self, name: _Optional[str] = ..., service: _Optional[str] = ..., stores: _Optional[_Iterable[_Union[ErasedStore, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ResolveIdentifiersRequest(_message.Message):
    __slots__ = ("queries",)
    class Query(_message.Message):
        __slots__ = ("identifier", "subject", "occurred_time")
        IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
        SUBJECT_FIELD_NUMBER: _ClassVar[int]
        OCCURRED_TIME_FIELD_NUMBER: _ClassVar[int]
        identifier: Identifier
        subject: bytes
        occurred_time: _timestamp_pb2.Timestamp
        def __init__(self, identifier: _Optional[_Union[Identifier, _Mapping]] = ..., subject: _Optional[bytes] = ..., occurred_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    queries: _containers.RepeatedCompositeFieldContainer[ResolveIdentifiersRequest.Query]
    def __init__(self, queries: _Optional[_Iterable[_Union[ResolveIdentifiersRequest.Query, _Mapping]]] = ...) -> None: ...

class ResolveIdentifiersResponse(_message.Message):
    __slots__ = ("resolutions",)
    class Resolution(_message.Message):
        __slots__ = ("subject", "contacts", "account", "holders")
        SUBJECT_FIELD_NUMBER: _ClassVar[int]
        CONTACTS_FIELD_NUMBER: _ClassVar[int]
        ACCOUNT_FIELD_NUMBER: _ClassVar[int]
        HOLDERS_FIELD_NUMBER: _ClassVar[int]
        subject: bytes
        contacts: _containers.RepeatedScalarFieldContainer[str]
        account: str
        holders: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, subject: _Optional[bytes] = ..., contacts: _Optional[_Iterable[str]] = ..., account: _Optional[str] = ..., holders: _Optional[_Iterable[str]] = ...) -> None: ...
    RESOLUTIONS_FIELD_NUMBER: _ClassVar[int]
    resolutions: _containers.RepeatedCompositeFieldContainer[ResolveIdentifiersResponse.Resolution]
    def __init__(self, resolutions: _Optional[_Iterable[_Union[ResolveIdentifiersResponse.Resolution, _Mapping]]] = ...) -> None: ...

class AddIdentifierRequest(_message.Message):
    __slots__ = ("parent", "identifier", "from_time", "evidence", "etag", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    identifier: Identifier
    from_time: _timestamp_pb2.Timestamp
    evidence: str
    etag: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., identifier: _Optional[_Union[Identifier, _Mapping]] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., evidence: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class EndIdentifierRequest(_message.Message):
    __slots__ = ("parent", "identifier", "end_time", "etag", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    identifier: Identifier
    end_time: _timestamp_pb2.Timestamp
    etag: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., identifier: _Optional[_Union[Identifier, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RetractIdentifierRequest(_message.Message):
    __slots__ = ("parent", "identifier", "etag", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    identifier: Identifier
    etag: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., identifier: _Optional[_Union[Identifier, _Mapping]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ShareIdentifierRequest(_message.Message):
    __slots__ = ("parent", "identifier", "from_time", "evidence", "etag", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    identifier: Identifier
    from_time: _timestamp_pb2.Timestamp
    evidence: str
    etag: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., identifier: _Optional[_Union[Identifier, _Mapping]] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., evidence: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class VerifyIdentifierRequest(_message.Message):
    __slots__ = ("parent", "identifier", "withdrawn", "etag", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    IDENTIFIER_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWN_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    identifier: Identifier
    withdrawn: bool
    etag: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., identifier: _Optional[_Union[Identifier, _Mapping]] = ..., withdrawn: _Optional[bool] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class MergeContactsRequest(_message.Message):
    __slots__ = ("name", "duplicate", "evidence", "etag", "duplicate_etag", "request_id", "choices")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    name: str
    duplicate: str
    evidence: str
    etag: str
    duplicate_etag: str
    request_id: str
    choices: _containers.RepeatedCompositeFieldContainer[MergeChoice]
    def __init__(self, name: _Optional[str] = ..., duplicate: _Optional[str] = ..., evidence: _Optional[str] = ..., etag: _Optional[str] = ..., duplicate_etag: _Optional[str] = ..., request_id: _Optional[str] = ..., choices: _Optional[_Iterable[_Union[MergeChoice, _Mapping]]] = ...) -> None: ...

class PreviewMergeRequest(_message.Message):
    __slots__ = ("name", "duplicate", "choices")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    name: str
    duplicate: str
    choices: _containers.RepeatedCompositeFieldContainer[MergeChoice]
    def __init__(self, name: _Optional[str] = ..., duplicate: _Optional[str] = ..., choices: _Optional[_Iterable[_Union[MergeChoice, _Mapping]]] = ...) -> None: ...

class PreviewMergeResponse(_message.Message):
    __slots__ = ("contact", "duplicate", "result", "decisions")
    class Rule(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        RULE_UNSPECIFIED: _ClassVar[PreviewMergeResponse.Rule]
        RULE_SAME: _ClassVar[PreviewMergeResponse.Rule]
        RULE_ONLY_ONE: _ClassVar[PreviewMergeResponse.Rule]
        RULE_KEPT: _ClassVar[PreviewMergeResponse.Rule]
        RULE_UNITED: _ClassVar[PreviewMergeResponse.Rule]
        RULE_CHOSEN: _ClassVar[PreviewMergeResponse.Rule]
    RULE_UNSPECIFIED: PreviewMergeResponse.Rule
    RULE_SAME: PreviewMergeResponse.Rule
    RULE_ONLY_ONE: PreviewMergeResponse.Rule
    RULE_KEPT: PreviewMergeResponse.Rule
    RULE_UNITED: PreviewMergeResponse.Rule
    RULE_CHOSEN: PreviewMergeResponse.Rule
    class Decision(_message.Message):
        __slots__ = ("field", "side", "rule")
        FIELD_FIELD_NUMBER: _ClassVar[int]
        SIDE_FIELD_NUMBER: _ClassVar[int]
        RULE_FIELD_NUMBER: _ClassVar[int]
        field: str
        side: MergeSide
        rule: PreviewMergeResponse.Rule
        def __init__(self, field: _Optional[str] = ..., side: _Optional[_Union[MergeSide, str]] = ..., rule: _Optional[_Union[PreviewMergeResponse.Rule, str]] = ...) -> None: ...
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    contact: Contact
    duplicate: Contact
    result: Contact
    decisions: _containers.RepeatedCompositeFieldContainer[PreviewMergeResponse.Decision]
    def __init__(self, contact: _Optional[_Union[Contact, _Mapping]] = ..., duplicate: _Optional[_Union[Contact, _Mapping]] = ..., result: _Optional[_Union[Contact, _Mapping]] = ..., decisions: _Optional[_Iterable[_Union[PreviewMergeResponse.Decision, _Mapping]]] = ...) -> None: ...

class ListDuplicateCandidatesRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListDuplicateCandidatesResponse(_message.Message):
    __slots__ = ("duplicate_candidates", "next_page_token")
    DUPLICATE_CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    duplicate_candidates: _containers.RepeatedCompositeFieldContainer[DuplicateCandidate]
    next_page_token: str
    def __init__(self, duplicate_candidates: _Optional[_Iterable[_Union[DuplicateCandidate, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DismissDuplicateCandidateRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ListContactChangesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "set_aside_only")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SET_ASIDE_ONLY_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    set_aside_only: bool
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., set_aside_only: _Optional[bool] = ...) -> None: ...

class ListContactChangesResponse(_message.Message):
    __slots__ = ("contact_changes", "next_page_token")
    CONTACT_CHANGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    contact_changes: _containers.RepeatedCompositeFieldContainer[ContactChange]
    next_page_token: str
    def __init__(self, contact_changes: _Optional[_Iterable[_Union[ContactChange, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class PlaceContactChangeRequest(_message.Message):
    __slots__ = ("name", "contact", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    contact: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., contact: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class UnmergeContactRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ExcludeTouchRequest(_message.Message):
    __slots__ = ("parent", "touch", "evidence", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    touch: str
    evidence: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., touch: _Optional[str] = ..., evidence: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class IncludeTouchRequest(_message.Message):
    __slots__ = ("parent", "touch", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    TOUCH_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    touch: str
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., touch: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ListIdentityLinksRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListIdentityLinksResponse(_message.Message):
    __slots__ = ("identity_links", "next_page_token")
    IDENTITY_LINKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    identity_links: _containers.RepeatedCompositeFieldContainer[IdentityLink]
    next_page_token: str
    def __init__(self, identity_links: _Optional[_Iterable[_Union[IdentityLink, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RevealContactRequest(_message.Message):
    __slots__ = ("name", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CreateAttributeDefinitionRequest(_message.Message):
    __slots__ = ("attribute_definition", "attribute_definition_id", "request_id")
    ATTRIBUTE_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTE_DEFINITION_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    attribute_definition: AttributeDefinition
    attribute_definition_id: str
    request_id: str
    def __init__(self, attribute_definition: _Optional[_Union[AttributeDefinition, _Mapping]] = ..., attribute_definition_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetAttributeDefinitionRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListAttributeDefinitionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListAttributeDefinitionsResponse(_message.Message):
    __slots__ = ("attribute_definitions", "next_page_token")
    ATTRIBUTE_DEFINITIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    attribute_definitions: _containers.RepeatedCompositeFieldContainer[AttributeDefinition]
    next_page_token: str
    def __init__(self, attribute_definitions: _Optional[_Iterable[_Union[AttributeDefinition, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateAttributeDefinitionRequest(_message.Message):
    __slots__ = ("attribute_definition", "update_mask", "request_id")
    ATTRIBUTE_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    attribute_definition: AttributeDefinition
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, attribute_definition: _Optional[_Union[AttributeDefinition, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateAccountRequest(_message.Message):
    __slots__ = ("account", "account_id", "request_id")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    account: Account
    account_id: str
    request_id: str
    def __init__(self, account: _Optional[_Union[Account, _Mapping]] = ..., account_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetAccountRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListAccountsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ...) -> None: ...

class ListAccountsResponse(_message.Message):
    __slots__ = ("accounts", "next_page_token")
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    accounts: _containers.RepeatedCompositeFieldContainer[Account]
    next_page_token: str
    def __init__(self, accounts: _Optional[_Iterable[_Union[Account, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateAccountRequest(_message.Message):
    __slots__ = ("account", "update_mask", "request_id")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    account: Account
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, account: _Optional[_Union[Account, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteAccountRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ImportPurchasesRequest(_message.Message):
    __slots__ = ("items", "source")
    class Item(_message.Message):
        __slots__ = ("contact", "identifier_kind", "identifier_value", "product", "amount_minor", "currency_code", "purchase_time", "source_purchase_id")
        CONTACT_FIELD_NUMBER: _ClassVar[int]
        IDENTIFIER_KIND_FIELD_NUMBER: _ClassVar[int]
        IDENTIFIER_VALUE_FIELD_NUMBER: _ClassVar[int]
        PRODUCT_FIELD_NUMBER: _ClassVar[int]
        AMOUNT_MINOR_FIELD_NUMBER: _ClassVar[int]
        CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
        PURCHASE_TIME_FIELD_NUMBER: _ClassVar[int]
        SOURCE_PURCHASE_ID_FIELD_NUMBER: _ClassVar[int]
        contact: str
        identifier_kind: str
        identifier_value: str
        product: str
        amount_minor: int
        currency_code: str
        purchase_time: _timestamp_pb2.Timestamp
        source_purchase_id: str
        def __init__(self, contact: _Optional[str] = ..., identifier_kind: _Optional[str] = ..., identifier_value: _Optional[str] = ..., product: _Optional[str] = ..., amount_minor: _Optional[int] = ..., currency_code: _Optional[str] = ..., purchase_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., source_purchase_id: _Optional[str] = ...) -> None: ...
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ImportPurchasesRequest.Item]
    source: str
    def __init__(self, items: _Optional[_Iterable[_Union[ImportPurchasesRequest.Item, _Mapping]]] = ..., source: _Optional[str] = ...) -> None: ...

class ImportPurchasesResponse(_message.Message):
    __slots__ = ("results",)
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[ImportPurchasesResponse.Outcome]
        OUTCOME_MADE: _ClassVar[ImportPurchasesResponse.Outcome]
        OUTCOME_STANDING: _ClassVar[ImportPurchasesResponse.Outcome]
        OUTCOME_REFUSED: _ClassVar[ImportPurchasesResponse.Outcome]
    OUTCOME_UNSPECIFIED: ImportPurchasesResponse.Outcome
    OUTCOME_MADE: ImportPurchasesResponse.Outcome
    OUTCOME_STANDING: ImportPurchasesResponse.Outcome
    OUTCOME_REFUSED: ImportPurchasesResponse.Outcome
    class Result(_message.Message):
        __slots__ = ("outcome", "field", "description", "purchase")
        OUTCOME_FIELD_NUMBER: _ClassVar[int]
        FIELD_FIELD_NUMBER: _ClassVar[int]
        DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
        PURCHASE_FIELD_NUMBER: _ClassVar[int]
        outcome: ImportPurchasesResponse.Outcome
        field: str
        description: str
        purchase: str
        def __init__(self, outcome: _Optional[_Union[ImportPurchasesResponse.Outcome, str]] = ..., field: _Optional[str] = ..., description: _Optional[str] = ..., purchase: _Optional[str] = ...) -> None: ...
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ImportPurchasesResponse.Result]
    def __init__(self, results: _Optional[_Iterable[_Union[ImportPurchasesResponse.Result, _Mapping]]] = ...) -> None: ...

class ListPurchasesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPurchasesResponse(_message.Message):
    __slots__ = ("purchases", "next_page_token")
    PURCHASES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    purchases: _containers.RepeatedCompositeFieldContainer[Purchase]
    next_page_token: str
    def __init__(self, purchases: _Optional[_Iterable[_Union[Purchase, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateDealRequest(_message.Message):
    __slots__ = ("deal", "deal_id", "request_id")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    DEAL_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    deal: Deal
    deal_id: str
    request_id: str
    def __init__(self, deal: _Optional[_Union[Deal, _Mapping]] = ..., deal_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetDealRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListDealsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ...) -> None: ...

class ListDealsResponse(_message.Message):
    __slots__ = ("deals", "next_page_token")
    DEALS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    deals: _containers.RepeatedCompositeFieldContainer[Deal]
    next_page_token: str
    def __init__(self, deals: _Optional[_Iterable[_Union[Deal, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RecordConsentRequest(_message.Message):
    __slots__ = ("consent_event", "request_id")
    CONSENT_EVENT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    consent_event: ConsentEvent
    request_id: str
    def __init__(self, consent_event: _Optional[_Union[ConsentEvent, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ListConsentEventsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListConsentEventsResponse(_message.Message):
    __slots__ = ("consent_events", "next_page_token")
    CONSENT_EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    consent_events: _containers.RepeatedCompositeFieldContainer[ConsentEvent]
    next_page_token: str
    def __init__(self, consent_events: _Optional[_Iterable[_Union[ConsentEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CheckConsentRequest(_message.Message):
    __slots__ = ("queries",)
    class Query(_message.Message):
        __slots__ = ("address", "subject", "contact", "purpose", "channel", "topic", "at_time")
        ADDRESS_FIELD_NUMBER: _ClassVar[int]
        SUBJECT_FIELD_NUMBER: _ClassVar[int]
        CONTACT_FIELD_NUMBER: _ClassVar[int]
        PURPOSE_FIELD_NUMBER: _ClassVar[int]
        CHANNEL_FIELD_NUMBER: _ClassVar[int]
        TOPIC_FIELD_NUMBER: _ClassVar[int]
        AT_TIME_FIELD_NUMBER: _ClassVar[int]
        address: Identifier
        subject: bytes
        contact: str
        purpose: Purpose
        channel: Channel
        topic: str
        at_time: _timestamp_pb2.Timestamp
        def __init__(self, address: _Optional[_Union[Identifier, _Mapping]] = ..., subject: _Optional[bytes] = ..., contact: _Optional[str] = ..., purpose: _Optional[_Union[Purpose, str]] = ..., channel: _Optional[_Union[Channel, str]] = ..., topic: _Optional[str] = ..., at_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    QUERIES_FIELD_NUMBER: _ClassVar[int]
    queries: _containers.RepeatedCompositeFieldContainer[CheckConsentRequest.Query]
    def __init__(self, queries: _Optional[_Iterable[_Union[CheckConsentRequest.Query, _Mapping]]] = ...) -> None: ...

class CheckConsentResponse(_message.Message):
    __slots__ = ("answers",)
    class Decision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        DECISION_UNSPECIFIED: _ClassVar[CheckConsentResponse.Decision]
        DECISION_ALLOW: _ClassVar[CheckConsentResponse.Decision]
        DECISION_DENY: _ClassVar[CheckConsentResponse.Decision]
    DECISION_UNSPECIFIED: CheckConsentResponse.Decision
    DECISION_ALLOW: CheckConsentResponse.Decision
    DECISION_DENY: CheckConsentResponse.Decision
    class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REASON_UNSPECIFIED: _ClassVar[CheckConsentResponse.Reason]
        REASON_GRANTED: _ClassVar[CheckConsentResponse.Reason]
        REASON_NO_CONSENT: _ClassVar[CheckConsentResponse.Reason]
        REASON_PENDING: _ClassVar[CheckConsentResponse.Reason]
        REASON_DENIED: _ClassVar[CheckConsentResponse.Reason]
        REASON_WITHDRAWN: _ClassVar[CheckConsentResponse.Reason]
        REASON_EXPIRED: _ClassVar[CheckConsentResponse.Reason]
        REASON_SUPPRESSED: _ClassVar[CheckConsentResponse.Reason]
        REASON_NO_ADDRESS: _ClassVar[CheckConsentResponse.Reason]
        REASON_STALE: _ClassVar[CheckConsentResponse.Reason]
        REASON_RESTRICTED: _ClassVar[CheckConsentResponse.Reason]
    REASON_UNSPECIFIED: CheckConsentResponse.Reason
    REASON_GRANTED: CheckConsentResponse.Reason
    REASON_NO_CONSENT: CheckConsentResponse.Reason
    REASON_PENDING: CheckConsentResponse.Reason
    REASON_DENIED: CheckConsentResponse.Reason
    REASON_WITHDRAWN: CheckConsentResponse.Reason
    REASON_EXPIRED: CheckConsentResponse.Reason
    REASON_SUPPRESSED: CheckConsentResponse.Reason
    REASON_NO_ADDRESS: CheckConsentResponse.Reason
    REASON_STALE: CheckConsentResponse.Reason
    REASON_RESTRICTED: CheckConsentResponse.Reason
    class Answer(_message.Message):
        __slots__ = ("decision", "reason", "consent_event", "suppression", "subject", "suppression_source")
        DECISION_FIELD_NUMBER: _ClassVar[int]
        REASON_FIELD_NUMBER: _ClassVar[int]
        CONSENT_EVENT_FIELD_NUMBER: _ClassVar[int]
        SUPPRESSION_FIELD_NUMBER: _ClassVar[int]
        SUBJECT_FIELD_NUMBER: _ClassVar[int]
        SUPPRESSION_SOURCE_FIELD_NUMBER: _ClassVar[int]
        decision: CheckConsentResponse.Decision
        reason: CheckConsentResponse.Reason
        consent_event: str
        suppression: str
        subject: bytes
        suppression_source: str
        def __init__(self, decision: _Optional[_Union[CheckConsentResponse.Decision, str]] = ..., reason: _Optional[_Union[CheckConsentResponse.Reason, str]] = ..., consent_event: _Optional[str] = ..., suppression: _Optional[str] = ..., subject: _Optional[bytes] = ..., suppression_source: _Optional[str] = ...) -> None: ...
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    answers: _containers.RepeatedCompositeFieldContainer[CheckConsentResponse.Answer]
    def __init__(self, answers: _Optional[_Iterable[_Union[CheckConsentResponse.Answer, _Mapping]]] = ...) -> None: ...

class RequestOptInRequest(_message.Message):
    __slots__ = ("opt_in", "request_id")
    OPT_IN_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    opt_in: OptIn
    request_id: str
    def __init__(self, opt_in: _Optional[_Union[OptIn, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetOptInRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ConfirmOptInRequest(_message.Message):
    __slots__ = ("name", "ip_hash", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    IP_HASH_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    ip_hash: bytes
    request_id: str
    def __init__(self, name: _Optional[str] = ..., ip_hash: _Optional[bytes] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetConsentProofRequest(_message.Message):
    __slots__ = ("parent", "open_addresses")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    OPEN_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    parent: str
    open_addresses: bool
    def __init__(self, parent: _Optional[str] = ..., open_addresses: _Optional[bool] = ...) -> None: ...

class ReadConsentChainRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ReadConsentChainResponse(_message.Message):
    __slots__ = ("lines", "next_page_token")
    LINES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedScalarFieldContainer[str]
    next_page_token: str
    def __init__(self, lines: _Optional[_Iterable[str]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListConsentFindingsRequest(_message.Message):
    __slots__ = ("finding", "from_time", "to_time", "page_size", "page_token")
    class Finding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        FINDING_UNSPECIFIED: _ClassVar[ListConsentFindingsRequest.Finding]
        FINDING_WITHOUT_BASIS: _ClassVar[ListConsentFindingsRequest.Finding]
        FINDING_EXPIRED: _ClassVar[ListConsentFindingsRequest.Finding]
    FINDING_UNSPECIFIED: ListConsentFindingsRequest.Finding
    FINDING_WITHOUT_BASIS: ListConsentFindingsRequest.Finding
    FINDING_EXPIRED: ListConsentFindingsRequest.Finding
    FINDING_FIELD_NUMBER: _ClassVar[int]
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    TO_TIME_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    finding: ListConsentFindingsRequest.Finding
    from_time: _timestamp_pb2.Timestamp
    to_time: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    def __init__(self, finding: _Optional[_Union[ListConsentFindingsRequest.Finding, str]] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListConsentFindingsResponse(_message.Message):
    __slots__ = ("consent_events", "next_page_token")
    CONSENT_EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    consent_events: _containers.RepeatedCompositeFieldContainer[ConsentEvent]
    next_page_token: str
    def __init__(self, consent_events: _Optional[_Iterable[_Union[ConsentEvent, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ListConsentAnchorsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListConsentAnchorsResponse(_message.Message):
    __slots__ = ("consent_anchors", "next_page_token")
    CONSENT_ANCHORS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    consent_anchors: _containers.RepeatedCompositeFieldContainer[ConsentAnchor]
    next_page_token: str
    def __init__(self, consent_anchors: _Optional[_Iterable[_Union[ConsentAnchor, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CheckConsentChainRequest(_message.Message):
    __slots__ = ("after", "known_anchors")
    AFTER_FIELD_NUMBER: _ClassVar[int]
    KNOWN_ANCHORS_FIELD_NUMBER: _ClassVar[int]
    after: ConsentAnchor
    known_anchors: _containers.RepeatedCompositeFieldContainer[ConsentAnchor]
    def __init__(self, after: _Optional[_Union[ConsentAnchor, _Mapping]] = ..., known_anchors: _Optional[_Iterable[_Union[ConsentAnchor, _Mapping]]] = ...) -> None: ...

class CheckConsentChainResponse(_message.Message):
    __slots__ = ("head", "finished", "fault", "fault_number", "consent_event")
    class Fault(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        FAULT_UNSPECIFIED: _ClassVar[CheckConsentChainResponse.Fault]
        FAULT_CHANGED: _ClassVar[CheckConsentChainResponse.Fault]
        FAULT_MISSING: _ClassVar[CheckConsentChainResponse.Fault]
        FAULT_TRUNCATED: _ClassVar[CheckConsentChainResponse.Fault]
        FAULT_REWRITTEN: _ClassVar[CheckConsentChainResponse.Fault]
    FAULT_UNSPECIFIED: CheckConsentChainResponse.Fault
    FAULT_CHANGED: CheckConsentChainResponse.Fault
    FAULT_MISSING: CheckConsentChainResponse.Fault
    FAULT_TRUNCATED: CheckConsentChainResponse.Fault
    FAULT_REWRITTEN: CheckConsentChainResponse.Fault
    HEAD_FIELD_NUMBER: _ClassVar[int]
    FINISHED_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    FAULT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CONSENT_EVENT_FIELD_NUMBER: _ClassVar[int]
    head: ConsentAnchor
    finished: bool
    fault: CheckConsentChainResponse.Fault
    fault_number: int
    consent_event: str
    def __init__(self, head: _Optional[_Union[ConsentAnchor, _Mapping]] = ..., finished: _Optional[bool] = ..., fault: _Optional[_Union[CheckConsentChainResponse.Fault, str]] = ..., fault_number: _Optional[int] = ..., consent_event: _Optional[str] = ...) -> None: ...

class SuppressAddressRequest(_message.Message):
    __slots__ = ("suppression", "request_id")
    SUPPRESSION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    suppression: Suppression
    request_id: str
    def __init__(self, suppression: _Optional[_Union[Suppression, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ImportSuppressionsRequest(_message.Message):
    __slots__ = ("items", "source")
    class Item(_message.Message):
        __slots__ = ("address", "channel", "reason", "said_time")
        ADDRESS_FIELD_NUMBER: _ClassVar[int]
        CHANNEL_FIELD_NUMBER: _ClassVar[int]
        REASON_FIELD_NUMBER: _ClassVar[int]
        SAID_TIME_FIELD_NUMBER: _ClassVar[int]
        address: str
        channel: Channel
        reason: Suppression.Reason
        said_time: _timestamp_pb2.Timestamp
        def __init__(self, address: _Optional[str] = ..., channel: _Optional[_Union[Channel, str]] = ..., reason: _Optional[_Union[Suppression.Reason, str]] = ..., said_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ImportSuppressionsRequest.Item]
    source: str
    def __init__(self, items: _Optional[_Iterable[_Union[ImportSuppressionsRequest.Item, _Mapping]]] = ..., source: _Optional[str] = ...) -> None: ...

class ImportSuppressionsResponse(_message.Message):
    __slots__ = ("results",)
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[ImportSuppressionsResponse.Outcome]
        OUTCOME_MADE: _ClassVar[ImportSuppressionsResponse.Outcome]
        OUTCOME_STANDING: _ClassVar[ImportSuppressionsResponse.Outcome]
        OUTCOME_REFUSED: _ClassVar[ImportSuppressionsResponse.Outcome]
    OUTCOME_UNSPECIFIED: ImportSuppressionsResponse.Outcome
    OUTCOME_MADE: ImportSuppressionsResponse.Outcome
    OUTCOME_STANDING: ImportSuppressionsResponse.Outcome
    OUTCOME_REFUSED: ImportSuppressionsResponse.Outcome
    class Result(_message.Message):
        __slots__ = ("outcome", "field", "description")
        OUTCOME_FIELD_NUMBER: _ClassVar[int]
        FIELD_FIELD_NUMBER: _ClassVar[int]
        DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
        outcome: ImportSuppressionsResponse.Outcome
        field: str
        description: str
        def __init__(self, outcome: _Optional[_Union[ImportSuppressionsResponse.Outcome, str]] = ..., field: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ImportSuppressionsResponse.Result]
    def __init__(self, results: _Optional[_Iterable[_Union[ImportSuppressionsResponse.Result, _Mapping]]] = ...) -> None: ...

class LiftSuppressionRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id", "reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    reason: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ListSuppressionsRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "filter", "order_by")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    filter: str
    order_by: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filter: _Optional[str] = ..., order_by: _Optional[str] = ...) -> None: ...

class ListSuppressionsResponse(_message.Message):
    __slots__ = ("suppressions", "next_page_token")
    SUPPRESSIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    suppressions: _containers.RepeatedCompositeFieldContainer[Suppression]
    next_page_token: str
    def __init__(self, suppressions: _Optional[_Iterable[_Union[Suppression, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CreateImportRequest(_message.Message):
    __slots__ = ("contact_import", "import_id", "request_id")
    CONTACT_IMPORT_FIELD_NUMBER: _ClassVar[int]
    IMPORT_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    contact_import: Import
    import_id: str
    request_id: str
    def __init__(self, contact_import: _Optional[_Union[Import, _Mapping]] = ..., import_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AppendImportRowsRequest(_message.Message):
    __slots__ = ("parent", "first_row", "rows", "last", "request_id")
    class Row(_message.Message):
        __slots__ = ("values",)
        VALUES_FIELD_NUMBER: _ClassVar[int]
        values: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, values: _Optional[_Iterable[str]] = ...) -> None: ...
    PARENT_FIELD_NUMBER: _ClassVar[int]
    FIRST_ROW_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    first_row: int
    rows: _containers.RepeatedCompositeFieldContainer[AppendImportRowsRequest.Row]
    last: bool
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., first_row: _Optional[int] = ..., rows: _Optional[_Iterable[_Union[AppendImportRowsRequest.Row, _Mapping]]] = ..., last: _Optional[bool] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetImportRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListImportRowReportsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "refused_only")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    REFUSED_ONLY_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    refused_only: bool
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., refused_only: _Optional[bool] = ...) -> None: ...

class ListImportRowReportsResponse(_message.Message):
    __slots__ = ("row_reports", "next_page_token")
    ROW_REPORTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    row_reports: _containers.RepeatedCompositeFieldContainer[ImportRowReport]
    next_page_token: str
    def __init__(self, row_reports: _Optional[_Iterable[_Union[ImportRowReport, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SnapshotLinksRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class SnapshotLinksResponse(_message.Message):
    __slots__ = ("identity_links", "next_page_token", "position", "epoch")
    IDENTITY_LINKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    identity_links: _containers.RepeatedCompositeFieldContainer[IdentityLink]
    next_page_token: str
    position: str
    epoch: int
    def __init__(self, identity_links: _Optional[_Iterable[_Union[IdentityLink, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., position: _Optional[str] = ..., epoch: _Optional[int] = ...) -> None: ...

class SnapshotContactsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class SnapshotContactsResponse(_message.Message):
    __slots__ = ("entries", "next_page_token", "position", "epoch")
    class Entry(_message.Message):
        __slots__ = ("contact", "display_name", "owner", "team", "account", "state", "revision", "stage", "country", "language", "time_zone", "tags", "given_name", "family_name", "title", "attributes", "merged_into", "create_time")
        class AttributesEntry(_message.Message):
            __slots__ = ("key", "value")
            KEY_FIELD_NUMBER: _ClassVar[int]
            VALUE_FIELD_NUMBER: _ClassVar[int]
            key: str
            value: AttributeValue
            def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[AttributeValue, _Mapping]] = ...) -> None: ...
        CONTACT_FIELD_NUMBER: _ClassVar[int]
        DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
        OWNER_FIELD_NUMBER: _ClassVar[int]
        TEAM_FIELD_NUMBER: _ClassVar[int]
        ACCOUNT_FIELD_NUMBER: _ClassVar[int]
        STATE_FIELD_NUMBER: _ClassVar[int]
        REVISION_FIELD_NUMBER: _ClassVar[int]
        STAGE_FIELD_NUMBER: _ClassVar[int]
        COUNTRY_FIELD_NUMBER: _ClassVar[int]
        LANGUAGE_FIELD_NUMBER: _ClassVar[int]
        TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
        TAGS_FIELD_NUMBER: _ClassVar[int]
        GIVEN_NAME_FIELD_NUMBER: _ClassVar[int]
        FAMILY_NAME_FIELD_NUMBER: _ClassVar[int]
        TITLE_FIELD_NUMBER: _ClassVar[int]
        ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
        MERGED_INTO_FIELD_NUMBER: _ClassVar[int]
        CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
        contact: str
        display_name: str
        owner: str
        team: str
        account: str
        state: Contact.State
        revision: int
        stage: str
        country: str
        language: str
        time_zone: str
        tags: _containers.RepeatedScalarFieldContainer[str]
        given_name: str
        family_name: str
        title: str
        attributes: _containers.MessageMap[str, AttributeValue]
        merged_into: str
        create_time: _timestamp_pb2.Timestamp
        def __init__(self, contact: _Optional[str] = ..., display_name: _Optional[str] = ..., owner: _Optional[str] = ..., team: _Optional[str] = ..., account: _Optional[str] = ..., state: _Optional[_Union[Contact.State, str]] = ..., revision: _Optional[int] = ..., stage: _Optional[str] = ..., country: _Optional[str] = ..., language: _Optional[str] = ..., time_zone: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., given_name: _Optional[str] = ..., family_name: _Optional[str] = ..., title: _Optional[str] = ..., attributes: _Optional[_Mapping[str, AttributeValue]] = ..., merged_into: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[SnapshotContactsResponse.Entry]
    next_page_token: str
    position: str
    epoch: int
    def __init__(self, entries: _Optional[_Iterable[_Union[SnapshotContactsResponse.Entry, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., position: _Optional[str] = ..., epoch: _Optional[int] = ...) -> None: ...

class SnapshotEventsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class SnapshotEventsResponse(_message.Message):
    __slots__ = ("events", "next_page_token", "position", "epoch")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedScalarFieldContainer[bytes]
    next_page_token: str
    position: str
    epoch: int
    def __init__(self, events: _Optional[_Iterable[bytes]] = ..., next_page_token: _Optional[str] = ..., position: _Optional[str] = ..., epoch: _Optional[int] = ...) -> None: ...
