"""Most touches differ in little: where that stands in the bytes of each, and what is known of all that follows.

Protobuf writes fields in the order of their numbers, each with its length. So the bytes of a touch are whom it is
about, what it names and its message; its type; its moment; its source; its event; and a tail, which most touches of a
campaign have in common. They are cut there without reading each field, and a tail is read once.
"""

from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain.types import TouchType
from services.interaction.gateways import tag

MOST_TAILS, LONGEST_TAIL = 2_000, 500  # what is longer does not come again
MOST_SHAPES = 1_000
_IDENTIFIER, _SHORT = tag(pb.Touch, "identifier")[0], 128  # less than that is a length of one byte
_OCCURRED, _EVENT = tag(pb.Touch, "occurred_time"), tag(pb.Touch, "source_event_id")
_VALUE = tag(pb.Identifier, "value")
_MESSAGE_BYTES = 36  # of a message of our own
_MESSAGE = tag(pb.Touch, "message") + bytes([_MESSAGE_BYTES])

About = tuple[str, str, int, int]
about = attrgetter("source", "type", "type_version", "direction")  # what touches of one shape share


class Shape:
    """How touches of one source, kind of identifier, type, version and direction are written."""

    __slots__ = ("_behind_moment", "_behind_person", "_person")

    def __init__(self, named: About, identifier_kind: str) -> None:
        source, kind, version, direction = named
        told = pb.Touch(type=kind, type_version=version, direction=direction)  # type: ignore[arg-type]
        self._person = pb.Identifier(kind=identifier_kind).SerializeToString() + _VALUE
        self._behind_person = told.SerializeToString() + _OCCURRED
        self._behind_moment = pb.Touch(source=source).SerializeToString() + _EVENT

    def cut(self, raw: bytes) -> tuple[bytes, int, bytes, bytes, bytes] | None:
        """The identifier, how many bytes of other names follow, the message, the event, and the tail.

        None for what is written in another way. Each length is looked at, so a text that looks like the fields around
        it misleads nobody; whether names alone take those bytes is left to whoever reads them.
        """
        person, _, rest = raw.partition(self._behind_person)
        moment, _, rest = rest.partition(self._behind_moment)
        if not rest or not 1 < len(moment) == moment[0] + 1 <= _SHORT:
            return None
        if not person.startswith(self._person, 2) or person[0] != _IDENTIFIER or rest[0] >= _SHORT:
            return None
        end, size, message = person[1] + 2, rest[0] + 1, b""
        if person[-_MESSAGE_BYTES - 2 : -_MESSAGE_BYTES] == _MESSAGE:
            person, message = person[: -_MESSAGE_BYTES - 2], person[-_MESSAGE_BYTES:]
        return person[2:end], len(person) - end, message, rest[1:size], rest[size:]


shape_of = lru_cache(MOST_SHAPES)(Shape)


class Tail(NamedTuple):
    """What is searched of a tail, and who did it where the tail says so, as ActorKind."""

    searched: bytes
    actor: int


class Tails:
    """Tails of touches that were read, by the type of the touch."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, int], dict[bytes, Tail]] = {}
        self._count = 0

    def of(self, kind: TouchType) -> dict[bytes, Tail]:
        """The tails that are known to break no rule of this type."""
        return self._held.setdefault((kind.name, kind.version), {})

    def keep(self, kind: TouchType, tail: bytes, read: Tail) -> None:
        """Know a tail from now on, if it is so short that it may come again."""
        if len(tail) > LONGEST_TAIL:
            return
        if self._count >= MOST_TAILS:
            for held in self._held.values():
                held.clear()
            self._count = 0
        self._count += 1
        self.of(kind)[tail] = read
