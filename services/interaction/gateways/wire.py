"""Protobuf's wire format, as far as the touch path writes it by hand: tags by descriptor, lengths from a table."""

from google.protobuf.message import Message

_WIRE_TYPES = {"fixed64": 1, "sized": 2, "varint": 0}


def tag(message: type[Message], field: str, form: str = "sized") -> bytes:
    """What stands before a value of this field, whose form is `sized`, `fixed64` or `varint`."""
    return varint(message.DESCRIPTOR.fields_by_name[field].number << 3 | _WIRE_TYPES[form])


def varint(number: int) -> bytes:
    """A number of at least zero in base 128."""
    out = bytearray()
    while number > 127:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


class _Lengths(dict[int, bytes]):
    def __missing__(self, number: int) -> bytes:
        return varint(number)


length = _Lengths((number, varint(number)) for number in range(4096)).__getitem__  # the same, most of it from a table


def sized(at: bytes, value: bytes) -> bytes:
    """A value with its length, behind its tag."""
    return at + length(len(value)) + value
