"""What google.api.field_behavior says of a field, read once from its descriptor."""

from functools import cache

from google.api import field_behavior_pb2
from google.protobuf.descriptor import FieldDescriptor


@cache
def field_behaviour(field: FieldDescriptor) -> frozenset[str]:
    """The names of a field's behaviours: REQUIRED, OUTPUT_ONLY, IMMUTABLE, IDENTIFIER, …"""
    found = field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
    return frozenset(field_behavior_pb2.FieldBehavior.Name(value) for value in found)
