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


_LENGTHS = [varint(number) for number in range(4096)]


def length(number: int) -> bytes:
    """The same, from a table where most lengths are found."""
    return _LENGTHS[number] if number < 4096 else varint(number)
