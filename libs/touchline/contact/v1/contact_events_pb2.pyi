import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from touchline.contact.v1 import contact_pb2 as _contact_pb2
from touchline.options.v1 import options_pb2 as _options_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ContactEvent(_message.Message):
    __slots__ = ("contact_changed", "link_changed", "consent_changed", "suppression_changed", "account_changed", "deal_changed", "attribute_definition_changed", "opt_in_requested", "purchase_recorded", "contact_erased", "audit_anchored")
    CONTACT_CHANGED_FIELD_NUMBER: _ClassVar[int]
    LINK_CHANGED_FIELD_NUMBER: _ClassVar[int]
    CONSENT_CHANGED_FIELD_NUMBER: _ClassVar[int]
    SUPPRESSION_CHANGED_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_CHANGED_FIELD_NUMBER: _ClassVar[int]
    DEAL_CHANGED_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTE_DEFINITION_CHANGED_FIELD_NUMBER: _ClassVar[int]
    OPT_IN_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    PURCHASE_RECORDED_FIELD_NUMBER: _ClassVar[int]
    CONTACT_ERASED_FIELD_NUMBER: _ClassVar[int]
    AUDIT_ANCHORED_FIELD_NUMBER: _ClassVar[int]
    contact_changed: ContactChanged
    link_changed: LinkChanged
    consent_changed: ConsentChanged
    suppression_changed: SuppressionChanged
    account_changed: AccountChanged
    deal_changed: DealChanged
    attribute_definition_changed: AttributeDefinitionChanged
    opt_in_requested: OptInRequested
    purchase_recorded: PurchaseRecorded
    contact_erased: ContactErased
    audit_anchored: AuditAnchored
    def __init__(self, contact_changed: _Optional[_Union[ContactChanged, _Mapping]] = ..., link_changed: _Optional[_Union[LinkChanged, _Mapping]] = ..., consent_changed: _Optional[_Union[ConsentChanged, _Mapping]] = ..., suppression_changed: _Optional[_Union[SuppressionChanged, _Mapping]] = ..., account_changed: _Optional[_Union[AccountChanged, _Mapping]] = ..., deal_changed: _Optional[_Union[DealChanged, _Mapping]] = ..., attribute_definition_changed: _Optional[_Union[AttributeDefinitionChanged, _Mapping]] = ..., opt_in_requested: _Optional[_Union[OptInRequested, _Mapping]] = ..., purchase_recorded: _Optional[_Union[PurchaseRecorded, _Mapping]] = ..., contact_erased: _Optional[_Union[ContactErased, _Mapping]] = ..., audit_anchored: _Optional[_Union[AuditAnchored, _Mapping]] = ...) -> None: ...

class ContactChanged(_message.Message):
    __slots__ = ("contact", "revision", "display_name", "owner", "team", "account", "state", "merged_into", "stage", "country", "language", "time_zone", "tags", "change_time", "given_name", "family_name", "title", "attributes", "create_time", "restricted", "held")
    class AttributesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _contact_pb2.AttributeValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_contact_pb2.AttributeValue, _Mapping]] = ...) -> None: ...
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    TEAM_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    MERGED_INTO_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    GIVEN_NAME_FIELD_NUMBER: _ClassVar[int]
    FAMILY_NAME_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RESTRICTED_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    contact: str
    revision: int
    display_name: str
    owner: str
    team: str
    account: str
    state: _contact_pb2.Contact.State
    merged_into: str
    stage: str
    country: str
    language: str
    time_zone: str
    tags: _containers.RepeatedScalarFieldContainer[str]
    change_time: _timestamp_pb2.Timestamp
    given_name: str
    family_name: str
    title: str
    attributes: _containers.MessageMap[str, _contact_pb2.AttributeValue]
    create_time: _timestamp_pb2.Timestamp
    restricted: bool
    held: bool
    def __init__(self, contact: _Optional[str] = ..., revision: _Optional[int] = ..., display_name: _Optional[str] = ..., owner: _Optional[str] = ..., team: _Optional[str] = ..., account: _Optional[str] = ..., state: _Optional[_Union[_contact_pb2.Contact.State, str]] = ..., merged_into: _Optional[str] = ..., stage: _Optional[str] = ..., country: _Optional[str] = ..., language: _Optional[str] = ..., time_zone: _Optional[str] = ..., tags: _Optional[_Iterable[str]] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., given_name: _Optional[str] = ..., family_name: _Optional[str] = ..., title: _Optional[str] = ..., attributes: _Optional[_Mapping[str, _contact_pb2.AttributeValue]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., restricted: _Optional[bool] = ..., held: _Optional[bool] = ...) -> None: ...

class LinkChanged(_message.Message):
    __slots__ = ("link",)
    LINK_FIELD_NUMBER: _ClassVar[int]
    link: _contact_pb2.IdentityLink
    def __init__(self, link: _Optional[_Union[_contact_pb2.IdentityLink, _Mapping]] = ...) -> None: ...

class ConsentChanged(_message.Message):
    __slots__ = ("consent_event", "subject", "purpose", "channel", "topic", "status", "capture_time", "effective_to_time")
    CONSENT_EVENT_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    EFFECTIVE_TO_TIME_FIELD_NUMBER: _ClassVar[int]
    consent_event: str
    subject: bytes
    purpose: _contact_pb2.Purpose
    channel: _contact_pb2.Channel
    topic: str
    status: _contact_pb2.ConsentEvent.Status
    capture_time: _timestamp_pb2.Timestamp
    effective_to_time: _timestamp_pb2.Timestamp
    def __init__(self, consent_event: _Optional[str] = ..., subject: _Optional[bytes] = ..., purpose: _Optional[_Union[_contact_pb2.Purpose, str]] = ..., channel: _Optional[_Union[_contact_pb2.Channel, str]] = ..., topic: _Optional[str] = ..., status: _Optional[_Union[_contact_pb2.ConsentEvent.Status, str]] = ..., capture_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., effective_to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SuppressionChanged(_message.Message):
    __slots__ = ("suppression", "revision", "subject", "channel", "reason", "active")
    SUPPRESSION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    suppression: str
    revision: int
    subject: bytes
    channel: _contact_pb2.Channel
    reason: _contact_pb2.Suppression.Reason
    active: bool
    def __init__(self, suppression: _Optional[str] = ..., revision: _Optional[int] = ..., subject: _Optional[bytes] = ..., channel: _Optional[_Union[_contact_pb2.Channel, str]] = ..., reason: _Optional[_Union[_contact_pb2.Suppression.Reason, str]] = ..., active: _Optional[bool] = ...) -> None: ...

class PurchaseRecorded(_message.Message):
    __slots__ = ("purchase", "contact", "product", "amount_minor", "currency_code", "purchase_time")
    PURCHASE_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    PRODUCT_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_MINOR_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_CODE_FIELD_NUMBER: _ClassVar[int]
    PURCHASE_TIME_FIELD_NUMBER: _ClassVar[int]
    purchase: str
    contact: str
    product: str
    amount_minor: int
    currency_code: str
    purchase_time: _timestamp_pb2.Timestamp
    def __init__(self, purchase: _Optional[str] = ..., contact: _Optional[str] = ..., product: _Optional[str] = ..., amount_minor: _Optional[int] = ..., currency_code: _Optional[str] = ..., purchase_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class AccountChanged(_message.Message):
    __slots__ = ("account", "revision", "display_name", "owner", "team", "domain", "industry", "country", "active", "parent_account")
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    TEAM_FIELD_NUMBER: _ClassVar[int]
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    INDUSTRY_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    PARENT_ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    account: str
    revision: int
    display_name: str
    owner: str
    team: str
    domain: str
    industry: str
    country: str
    active: bool
    parent_account: str
    def __init__(self, account: _Optional[str] = ..., revision: _Optional[int] = ..., display_name: _Optional[str] = ..., owner: _Optional[str] = ..., team: _Optional[str] = ..., domain: _Optional[str] = ..., industry: _Optional[str] = ..., country: _Optional[str] = ..., active: _Optional[bool] = ..., parent_account: _Optional[str] = ...) -> None: ...

class DealChanged(_message.Message):
    __slots__ = ("deal", "revision", "display_name", "account", "contacts", "stage", "owner", "team")
    DEAL_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    TEAM_FIELD_NUMBER: _ClassVar[int]
    deal: str
    revision: int
    display_name: str
    account: str
    contacts: _containers.RepeatedScalarFieldContainer[str]
    stage: str
    owner: str
    team: str
    def __init__(self, deal: _Optional[str] = ..., revision: _Optional[int] = ..., display_name: _Optional[str] = ..., account: _Optional[str] = ..., contacts: _Optional[_Iterable[str]] = ..., stage: _Optional[str] = ..., owner: _Optional[str] = ..., team: _Optional[str] = ...) -> None: ...

class AttributeDefinitionChanged(_message.Message):
    __slots__ = ("attribute_definition", "revision", "display_name", "type", "choices", "data_class", "archived")
    ATTRIBUTE_DEFINITION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    CHOICES_FIELD_NUMBER: _ClassVar[int]
    DATA_CLASS_FIELD_NUMBER: _ClassVar[int]
    ARCHIVED_FIELD_NUMBER: _ClassVar[int]
    attribute_definition: str
    revision: int
    display_name: str
    type: _contact_pb2.AttributeDefinition.Type
    choices: _containers.RepeatedScalarFieldContainer[str]
    data_class: _contact_pb2.AttributeDefinition.DataClass
    archived: bool
    def __init__(self, attribute_definition: _Optional[str] = ..., revision: _Optional[int] = ..., display_name: _Optional[str] = ..., type: _Optional[_Union[_contact_pb2.AttributeDefinition.Type, str]] = ..., choices: _Optional[_Iterable[str]] = ..., data_class: _Optional[_Union[_contact_pb2.AttributeDefinition.DataClass, str]] = ..., archived: _Optional[bool] = ...) -> None: ...

class OptInRequested(_message.Message):
    __slots__ = ("opt_in", "mail_number", "expire_time")
    OPT_IN_FIELD_NUMBER: _ClassVar[int]
    MAIL_NUMBER_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    opt_in: str
    mail_number: int
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, opt_in: _Optional[str] = ..., mail_number: _Optional[int] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ContactErased(_message.Message):
    __slots__ = ("erasure", "contact", "contacts", "subjects", "erase_time", "deadline_time", "delete_time")
    class Erased(_message.Message):
        __slots__ = ("contact", "revision")
        CONTACT_FIELD_NUMBER: _ClassVar[int]
        REVISION_FIELD_NUMBER: _ClassVar[int]
        contact: str
        revision: int
        def __init__(self, contact: _Optional[str] = ..., revision: _Optional[int] = ...) -> None: ...
    class Holding(_message.Message):
        __slots__ = ("contact", "from_time", "to_time")
        CONTACT_FIELD_NUMBER: _ClassVar[int]
        FROM_TIME_FIELD_NUMBER: _ClassVar[int]
        TO_TIME_FIELD_NUMBER: _ClassVar[int]
        contact: str
        from_time: _timestamp_pb2.Timestamp
        to_time: _timestamp_pb2.Timestamp
        def __init__(self, contact: _Optional[str] = ..., from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., to_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    class Exclusion(_message.Message):
        __slots__ = ("touch", "contact")
        TOUCH_FIELD_NUMBER: _ClassVar[int]
        CONTACT_FIELD_NUMBER: _ClassVar[int]
        touch: str
        contact: str
        def __init__(self, touch: _Optional[str] = ..., contact: _Optional[str] = ...) -> None: ...
    class Subject(_message.Message):
        __slots__ = ("subject", "shared", "kind", "holdings", "other_holdings", "other_exclusions")
        SUBJECT_FIELD_NUMBER: _ClassVar[int]
        SHARED_FIELD_NUMBER: _ClassVar[int]
        KIND_FIELD_NUMBER: _ClassVar[int]
        HOLDINGS_FIELD_NUMBER: _ClassVar[int]
        OTHER_HOLDINGS_FIELD_NUMBER: _ClassVar[int]
        OTHER_EXCLUSIONS_FIELD_NUMBER: _ClassVar[int]
        subject: bytes
        shared: bool
        kind: str
        holdings: _containers.RepeatedCompositeFieldContainer[ContactErased.Holding]
        other_holdings: _containers.RepeatedCompositeFieldContainer[ContactErased.Holding]
        other_exclusions: _containers.RepeatedCompositeFieldContainer[ContactErased.Exclusion]
        def __init__(self, subject: _Optional[bytes] = ..., shared: _Optional[bool] = ..., kind: _Optional[str] = ..., holdings: _Optional[_Iterable[_Union[ContactErased.Holding, _Mapping]]] = ..., other_holdings: _Optional[_Iterable[_Union[ContactErased.Holding, _Mapping]]] = ..., other_exclusions: _Optional[_Iterable[_Union[ContactErased.Exclusion, _Mapping]]] = ...) -> None: ...
    ERASURE_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    ERASE_TIME_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_TIME_FIELD_NUMBER: _ClassVar[int]
    DELETE_TIME_FIELD_NUMBER: _ClassVar[int]
    erasure: str
    contact: str
    contacts: _containers.RepeatedCompositeFieldContainer[ContactErased.Erased]
    subjects: _containers.RepeatedCompositeFieldContainer[ContactErased.Subject]
    erase_time: _timestamp_pb2.Timestamp
    deadline_time: _timestamp_pb2.Timestamp
    delete_time: _timestamp_pb2.Timestamp
    def __init__(self, erasure: _Optional[str] = ..., contact: _Optional[str] = ..., contacts: _Optional[_Iterable[_Union[ContactErased.Erased, _Mapping]]] = ..., subjects: _Optional[_Iterable[_Union[ContactErased.Subject, _Mapping]]] = ..., erase_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., deadline_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

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
