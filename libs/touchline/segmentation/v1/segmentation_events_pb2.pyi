import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from touchline.segmentation.v1 import segmentation_pb2 as _segmentation_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SegmentationEvent(_message.Message):
    __slots__ = ("revision", "segment_created", "segment_updated", "segment_deleted", "members_added", "members_removed", "segment_membership_changed")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_CREATED_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_UPDATED_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_DELETED_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_ADDED_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_REMOVED_FIELD_NUMBER: _ClassVar[int]
    SEGMENT_MEMBERSHIP_CHANGED_FIELD_NUMBER: _ClassVar[int]
    revision: int
    segment_created: SegmentCreated
    segment_updated: SegmentUpdated
    segment_deleted: SegmentDeleted
    members_added: MembersAdded
    members_removed: MembersRemoved
    segment_membership_changed: SegmentMembershipChanged
    def __init__(self, revision: _Optional[int] = ..., segment_created: _Optional[_Union[SegmentCreated, _Mapping]] = ..., segment_updated: _Optional[_Union[SegmentUpdated, _Mapping]] = ..., segment_deleted: _Optional[_Union[SegmentDeleted, _Mapping]] = ..., members_added: _Optional[_Union[MembersAdded, _Mapping]] = ..., members_removed: _Optional[_Union[MembersRemoved, _Mapping]] = ..., segment_membership_changed: _Optional[_Union[SegmentMembershipChanged, _Mapping]] = ...) -> None: ...

class SegmentCreated(_message.Message):
    __slots__ = ("segment",)
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    segment: _segmentation_pb2.Segment
    def __init__(self, segment: _Optional[_Union[_segmentation_pb2.Segment, _Mapping]] = ...) -> None: ...

class SegmentUpdated(_message.Message):
    __slots__ = ("segment",)
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    segment: _segmentation_pb2.Segment
    def __init__(self, segment: _Optional[_Union[_segmentation_pb2.Segment, _Mapping]] = ...) -> None: ...

class SegmentDeleted(_message.Message):
    __slots__ = ("segment", "delete_time")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    DELETE_TIME_FIELD_NUMBER: _ClassVar[int]
    segment: str
    delete_time: _timestamp_pb2.Timestamp
    def __init__(self, segment: _Optional[str] = ..., delete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MembersAdded(_message.Message):
    __slots__ = ("segment", "contacts", "join_time")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    JOIN_TIME_FIELD_NUMBER: _ClassVar[int]
    segment: _segmentation_pb2.Segment
    contacts: _containers.RepeatedScalarFieldContainer[str]
    join_time: _timestamp_pb2.Timestamp
    def __init__(self, segment: _Optional[_Union[_segmentation_pb2.Segment, _Mapping]] = ..., contacts: _Optional[_Iterable[str]] = ..., join_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class MembersRemoved(_message.Message):
    __slots__ = ("segment", "contacts", "leave_time")
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    LEAVE_TIME_FIELD_NUMBER: _ClassVar[int]
    segment: _segmentation_pb2.Segment
    contacts: _containers.RepeatedScalarFieldContainer[str]
    leave_time: _timestamp_pb2.Timestamp
    def __init__(self, segment: _Optional[_Union[_segmentation_pb2.Segment, _Mapping]] = ..., contacts: _Optional[_Iterable[str]] = ..., leave_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SegmentMembershipChanged(_message.Message):
    __slots__ = ("segment", "contact", "change", "rule_version", "change_time", "cause")
    class Change(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CHANGE_UNSPECIFIED: _ClassVar[SegmentMembershipChanged.Change]
        CHANGE_ENTERED: _ClassVar[SegmentMembershipChanged.Change]
        CHANGE_LEFT: _ClassVar[SegmentMembershipChanged.Change]
    CHANGE_UNSPECIFIED: SegmentMembershipChanged.Change
    CHANGE_ENTERED: SegmentMembershipChanged.Change
    CHANGE_LEFT: SegmentMembershipChanged.Change
    SEGMENT_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    RULE_VERSION_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    segment: str
    contact: str
    change: SegmentMembershipChanged.Change
    rule_version: int
    change_time: _timestamp_pb2.Timestamp
    cause: _segmentation_pb2.Cause
    def __init__(self, segment: _Optional[str] = ..., contact: _Optional[str] = ..., change: _Optional[_Union[SegmentMembershipChanged.Change, str]] = ..., rule_version: _Optional[int] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cause: _Optional[_Union[_segmentation_pb2.Cause, _Mapping]] = ...) -> None: ...
