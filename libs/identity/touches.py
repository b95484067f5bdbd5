"""The names of touches: `touches/{base64url of subject and touch id}`; each says under which subject it stands."""

import binascii

from identity.subjects import SIZE

_COLLECTION = "touches/"
_URL, _PLAIN = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
_LENGTH = 43  # characters of 32 bytes, without padding
TOUCH_NAME_LENGTH = len(_COLLECTION) + _LENGTH


def touch_name(subject: bytes, touch: bytes) -> str:
    """The name of a touch, by the 16 bytes of its subject and the 16 of its id."""
    return _COLLECTION + binascii.b2a_base64(subject + touch, newline=False).translate(_URL)[:_LENGTH].decode()


def parse_touch_name(name: str) -> tuple[bytes, bytes]:
    """The subject and the id in the name of a touch; ValueError for what is none."""
    told = name.removeprefix(_COLLECTION)
    if len(told) != _LENGTH or name == told or not told.isascii():
        raise ValueError("no name of a touch")
    raw = binascii.a2b_base64(told.encode().translate(_PLAIN) + b"=", strict_mode=True)
    return raw[:SIZE], raw[SIZE:]
