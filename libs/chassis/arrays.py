"""Arrays in PostgreSQL's binary format, from what we hold already: psycopg takes a microsecond for each UUID.

No dumper names the type of its array, or psycopg would use it for every array of that type; so each query does.
"""

import struct
from collections.abc import Collection

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD = struct.Struct(">iiIii")
_UUID, _INT, _TEXT, _MOMENT = 2950, 23, 25, 1184
_SIXTEEN, _NULL = struct.pack(">i", 16), struct.pack(">i", -1)
_2000_US = 946_684_800_000_000


class Uuids:
    """A uuid[] parameter of ids of 16 bytes each; an empty one is NULL."""

    def __init__(self, ids: Collection[bytes]) -> None:
        self.ids = ids


class Ints:
    """An integer[] parameter."""

    def __init__(self, numbers: Collection[int]) -> None:
        self.numbers = numbers


class Texts:
    """A text[] parameter of few texts, many times over."""

    def __init__(self, texts: Collection[str]) -> None:
        self.texts = texts


class Moments:
    """A timestamptz[] parameter of microseconds since 1970."""

    def __init__(self, numbers: Collection[int]) -> None:
        self.numbers = numbers


class _UuidsDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Uuids) -> bytes:
        ids = obj.ids
        sized = _SIXTEEN.join([_HEAD.pack(1, 0, _UUID, len(ids), 1), *ids])
        if len(sized) == _HEAD.size + 20 * len(ids):
            return sized
        if any(len(id_) not in {0, 16} for id_ in ids):
            raise ValueError("an id that is not 16 bytes long")
        return _HEAD.pack(1, 1, _UUID, len(ids), 1) + b"".join([_SIXTEEN + id_ if id_ else _NULL for id_ in ids])


class _IntsDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Ints) -> bytes:
        sized = [part for number in obj.numbers for part in (4, number)]
        return _HEAD.pack(1, 0, _INT, len(obj.numbers), 1) + struct.pack(f">{len(sized)}i", *sized)


class _TextsDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Texts) -> bytes:
        sized = {text: _sized(text.encode()) for text in set(obj.texts)}
        return _HEAD.pack(1, 0, _TEXT, len(obj.texts), 1) + b"".join([sized[text] for text in obj.texts])


class _MomentsDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Moments) -> bytes:
        sized = [part for number in obj.numbers for part in (8, number - _2000_US)]
        return _HEAD.pack(1, 0, _MOMENT, len(obj.numbers), 1) + struct.pack(">" + "iq" * len(obj.numbers), *sized)


def _sized(value: bytes) -> bytes:
    return struct.pack(">i", len(value)) + value


psycopg.adapters.register_dumper(Uuids, _UuidsDumper)
psycopg.adapters.register_dumper(Ints, _IntsDumper)
psycopg.adapters.register_dumper(Texts, _TextsDumper)
psycopg.adapters.register_dumper(Moments, _MomentsDumper)
