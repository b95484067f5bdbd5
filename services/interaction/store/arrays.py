"""Arrays in PostgreSQL's binary format, from bytes that we hold already: psycopg takes a microsecond for each UUID."""

import struct
from collections.abc import Collection

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD = struct.Struct(">iiIii")
_UUID, _UUIDS = 2950, 2951
_INT, _INTS = 23, 1007
_SIXTEEN = struct.pack(">i", 16)


class Uuids:
    """A uuid[] parameter of ids of 16 bytes each."""

    def __init__(self, ids: Collection[bytes]) -> None:
        self.ids = ids


class Ints:
    """An integer[] parameter."""

    def __init__(self, numbers: Collection[int]) -> None:
        self.numbers = numbers


class _UuidsDumper(Dumper):
    format = Format.BINARY
    oid = _UUIDS

    def dump(self, obj: Uuids) -> bytes:
        ids = obj.ids
        sized = _SIXTEEN.join([_HEAD.pack(1, 0, _UUID, len(ids), 1), *ids])
        if len(sized) != _HEAD.size + 20 * len(ids):
            raise ValueError("an id that is not 16 bytes long")
        return sized


class _IntsDumper(Dumper):
    format = Format.BINARY
    oid = _INTS

    def dump(self, obj: Ints) -> bytes:
        sized = [part for number in obj.numbers for part in (4, number)]
        return _HEAD.pack(1, 0, _INT, len(obj.numbers), 1) + struct.pack(f">{len(sized)}i", *sized)


psycopg.adapters.register_dumper(Uuids, _UuidsDumper)
psycopg.adapters.register_dumper(Ints, _IntsDumper)
