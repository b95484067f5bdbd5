"""Hash chains: each record's digest holds the one before, so that nothing in between can be changed unseen.

    digest 1 = SHA-256(FIRST ‖ record 1)      digest n = SHA-256(digest n-1 ‖ record n)

A chain by itself does not know where it ends, nor does it notice that all of it was made anew: whoever verifies needs
anchors (numbers and digests that were noted elsewhere) for that. Pure: what a record's bytes are, its owner decides.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

DIGEST_BYTES = 32
FIRST = bytes(DIGEST_BYTES)


class Fault(StrEnum):
    """What is wrong with a chain."""

    CHANGED = "CHANGED"  # a record is not the one that was linked, or not in its place
    MISSING = "MISSING"  # a number is not there, or there twice, or out of its turn
    TRUNCATED = "TRUNCATED"  # the chain ends before an anchor
    REWRITTEN = "REWRITTEN"  # it holds together, and is not the chain that was anchored
    FORGED = "FORGED"  # an anchor that somebody else signed


class Head(NamedTuple):
    """How far a chain goes: the number of its last record, from 1, and that one's digest; number 0 before any."""

    number: int
    digest: bytes


EMPTY = Head(0, FIRST)


class Linked(NamedTuple):
    """A record of a chain: its number, its own bytes, and the digest that was kept with it (32 bytes)."""

    number: int
    record: bytes
    digest: bytes


class Finding(NamedTuple):
    """The first thing that is wrong, and the number of the record that shows it."""

    fault: Fault
    number: int


def link(previous: bytes, record: bytes) -> bytes:
    """The digest, 32 bytes, of a record that follows the one with the digest `previous` (FIRST: none)."""
    if len(previous) != DIGEST_BYTES:
        raise ValueError("a digest has 32 bytes")
    return hashlib.sha256(previous + record).digest()


def canonical(told: Sequence[str | int | None]) -> bytes:
    """The bytes of a record made of texts and whole numbers: JSON in ASCII, an array, without spaces.

    Other lists have other bytes; bytes and moments are told as text by the caller.
    """
    return json.dumps(list(told), ensure_ascii=True, separators=(",", ":")).encode()


def verify(records: Iterable[Linked], anchors: Iterable[Head] = (), *, after: Head = EMPTY) -> Finding | None:
    """The first fault of a chain, or None where it is whole; `records` come in the chain's order, read once.

    `after` is what stands before the first record, for a part of a chain. Each anchor beyond it must be met, so
    the anchor that was noted last also says where the chain may not have ended before.
    """
    noted = {anchor.number: anchor.digest for anchor in anchors if anchor.number > after.number}
    head = after
    for each in records:
        if each.number != head.number + 1:
            return Finding(Fault.MISSING, head.number + 1)
        head = Head(each.number, link(head.digest, each.record))
        if head.digest != each.digest:
            return Finding(Fault.CHANGED, each.number)
        if noted.pop(each.number, head.digest) != head.digest:
            return Finding(Fault.REWRITTEN, each.number)
    return Finding(Fault.TRUNCATED, head.number + 1) if noted else None
