from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_SEGMENT_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_SEGMENT_NAME_TAKEN: _ClassVar[ErrorReason]
    ERROR_REASON_SEGMENT_FULL: _ClassVar[ErrorReason]
    ERROR_REASON_RULE_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_SEGMENT_IS_RULE: _ClassVar[ErrorReason]
    ERROR_REASON_SEGMENT_BUILDING: _ClassVar[ErrorReason]
    ERROR_REASON_SEGMENT_IN_USE: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_SEGMENT_NOT_FOUND: ErrorReason
ERROR_REASON_SEGMENT_NAME_TAKEN: ErrorReason
ERROR_REASON_SEGMENT_FULL: ErrorReason
ERROR_REASON_RULE_INVALID: ErrorReason
ERROR_REASON_SEGMENT_IS_RULE: ErrorReason
ERROR_REASON_SEGMENT_BUILDING: ErrorReason
ERROR_REASON_SEGMENT_IN_USE: ErrorReason
