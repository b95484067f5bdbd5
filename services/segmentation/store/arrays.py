"""Arrays in PostgreSQL's binary format, from bytes that we hold already: psycopg takes a microsecond for each UUID."""

import struct
from collections.abc import Collection

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD = struct.Struct(">iiIii")
_UUID, _UUIDS = 2950, 2951
_TEXT, _TEXTS = 25, 1009
_MOMENT, _MOMENTS = 1184, 1185
_SIXTEEN, _NULL = struct.pack(">i", 16), struct.pack(">i", -1)
_2000_US = 946_684_800_000_000


class Uuids:
    """A uuid[] parameter of ids of 16 bytes each; an empty one is NULL."""

    def __init__(self, ids: Collection[bytes]) -> None:
        self.ids = ids


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
    oid = _UUIDS

    def dump(self, obj: Uuids) -> bytes:
        ids = obj.ids
        sized = b"".join([_SIXTEEN + id_ if id_ else _NULL for id_ in ids])
        nulls = (20 * len(ids) - len(sized)) // 16
        if len(sized) + 16 * nulls != 20 * len(ids):
            raise ValueError("an id that is not 16 bytes long")
        return _HEAD.pack(1, nulls > 0, _UUID, len(ids), 1) + sized


class _TextsDumper(Dumper):
    format = Format.BINARY
    oid = _TEXTS

    def dump(self, obj: Texts) -> bytes:
        sized = {text: struct.pack(">i", len(said)) + said for text in set(obj.texts) for said in [text.encode()]}
        return _HEAD.pack(1, 0, _TEXT, len(obj.texts), 1) + b"".join([sized[text] for text in obj.texts])


class _MomentsDumper(Dumper):
    format = Format.BINARY
    oid = _MOMENTS

    def dump(self, obj: Moments) -> bytes:
        sized = [part for number in obj.numbers for part in (8, number - _2000_US)]
        return _HEAD.pack(1, 0, _MOMENT, len(obj.numbers), 1) + struct.pack(">" + "iq" * len(obj.numbers), *sized)


psycopg.adapters.register_dumper(Uuids, _UuidsDumper)
psycopg.adapters.register_dumper(Texts, _TextsDumper)
psycopg.adapters.register_dumper(Moments, _MomentsDumper)
