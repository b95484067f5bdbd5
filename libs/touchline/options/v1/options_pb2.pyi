from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class Pii(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PII_UNSPECIFIED: _ClassVar[Pii]
    PII_EMAIL: _ClassVar[Pii]
    PII_PHONE: _ClassVar[Pii]
    PII_OPAQUE: _ClassVar[Pii]
    PII_NAME: _ClassVar[Pii]
    PII_IDENTIFIER: _ClassVar[Pii]
PII_UNSPECIFIED: Pii
PII_EMAIL: Pii
PII_PHONE: Pii
PII_OPAQUE: Pii
PII_NAME: Pii
PII_IDENTIFIER: Pii
PERMISSION_FIELD_NUMBER: _ClassVar[int]
permission: _descriptor.FieldDescriptor
PII_FIELD_NUMBER: _ClassVar[int]
pii: _descriptor.FieldDescriptor
