"""What deploy/topics.yaml says of each stream, and which partition a key belongs to."""

import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CATALOGUE = Path(__file__).resolve().parents[2] / "deploy" / "topics.yaml"
DEAD_LETTERS = ".dlq"
TOUCH_PARTITIONS = 24
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


@dataclass(frozen=True)
class Stream:
    """One Kafka topic as it has to be; `name` is without the installation's prefix."""

    name: str
    owner: str
    partitions: int
    retention: timedelta
    max_message: int
    key: str = ""
    segment: timedelta | None = None
    is_outbox: bool = False
    is_personal: bool = False

    @property
    def is_dead_letter(self) -> bool:
        return self.name.endswith(DEAD_LETTERS)


class Streams(Mapping[str, Stream]):
    """Every stream by its name, dead letters included."""

    def __init__(self, streams: Iterable[Stream]) -> None:
        self._streams = {stream.name: stream for stream in streams}

    @classmethod
    def load(cls, touch_partitions: int = TOUCH_PARTITIONS, path: Path = CATALOGUE) -> "Streams":
        """Read the catalogue; each stream brings its dead-letter stream with it."""
        told = yaml.safe_load(path.read_text())
        defaults = told["defaults"] | {"touch_partitions": touch_partitions}
        return cls(stream for name, facts in told["streams"].items() for stream in _read(name, facts, defaults))

    def __getitem__(self, name: str) -> Stream:
        return self._streams[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._streams)

    def __len__(self) -> int:
        return len(self._streams)

    def partition(self, name: str, key: bytes | str) -> int:
        """The partition that a key belongs to, as every Kafka client computes it."""
        return partition_of(key, self._streams[name].partitions)


@cache
def _load(touch_partitions: int) -> Streams:
    return Streams.load(touch_partitions)


_installed = TOUCH_PARTITIONS


def choose(touch_partitions: int) -> None:
    """Say how many partitions the touches of this installation have: a process does so before anything else."""
    global _installed  # noqa: PLW0603 - a process belongs to one installation
    _installed = touch_partitions


def catalogue() -> Streams:
    """The installation's streams, read once."""
    return _load(_installed)


def dead_letters(stream: str) -> str:
    """The stream that takes what `stream` cannot digest."""
    return stream + DEAD_LETTERS


def partition_of(key: bytes | str, partitions: int) -> int:
    """Kafka's default partitioner: murmur2 without its sign, modulo the partitions."""
    return (murmur2(key.encode() if isinstance(key, str) else key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """The 32-bit hash of Kafka's Java client; 16 bytes take about 1.2 µs."""
    length = len(data)
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = 0x9747B28C ^ length
    whole = length & ~3
    for word in struct.unpack_from(f"<{length >> 2}I", data):
        k = word * m & mask
        h = (h * m & mask) ^ ((k ^ (k >> 24)) * m & mask)
    if rest := data[whole:]:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return h ^ (h >> 15)


def _read(name: str, facts: dict[str, Any], defaults: dict[str, Any]) -> Iterator[Stream]:
    personal = bool(facts.get("personal"))
    yield Stream(
        name=name,
        owner=facts["owner"],
        partitions=defaults["touch_partitions"] if facts["partitions"] == "touch_partitions" else facts["partitions"],
        retention=_duration(facts.get("retention", defaults["retention"])),
        max_message=facts.get("max_message", defaults["max_message"]),
        key=facts["key"],
        segment=_duration(facts["segment"]) if "segment" in facts else None,
        is_outbox=bool(facts.get("outbox")),
        is_personal=personal,
    )
    yield Stream(
        name=dead_letters(name),
        owner=facts["owner"],
        partitions=facts["dead_letter_partitions"],
        retention=_duration(defaults["dead_letter_retention"]),
        max_message=defaults["dead_letter_max_message"],
        key=facts["key"],
        is_personal=personal,
    )


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"(\d+)([dhms])", text)
    if found is None:
        raise ValueError(f"not a duration: {text}")
    return timedelta(**{UNITS[found[2]]: int(found[1])})
