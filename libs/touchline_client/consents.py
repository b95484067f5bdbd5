"""Checking a proof of consents without the installation that made it: its lines, and anchors that were noted elsewhere.

A proof is JSON lines: what it is, then parts of the chain. A part begins behind an anchor, holds for each number either
the whole record or only its hash, and ends at an anchor. Whoever checks it needs nothing else; whether the anchors are
the installation's she knows by those that she was given at another time.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.chain import EMPTY, Head, canonical, link

FORMAT = "touchline.consent-proof.v1"


class BrokenProofError(ValueError):
    """The proof does not hold; says the line and what is wrong there."""


@dataclass
class Report:
    """What a proof that holds shows."""

    records: list[Mapping[str, Any]] = field(default_factory=list)
    anchors: list[Head] = field(default_factory=list)
    met: list[Head] = field(default_factory=list)
    about: int = 0  # how many of the records are about the address that was given


def check(lines: Iterable[str], known: Sequence[Head] = (), *, address: str = "", kind: str = "email") -> Report:
    """Follow a proof from its first line to its last; raises BrokenProofError at the first thing that is wrong.

    `known` are anchors noted elsewhere; each that lies within the proof is met or the proof is broken. `address`, in
    normal form, is looked for in records that hold their salt.
    """
    return _Check(known, f"{kind}:{address}" if address else "").run(lines)


class _Check:
    def __init__(self, known: Sequence[Head], address: str) -> None:
        self.known, self.address = {one.number: one.digest for one in known}, address
        self.report, self.place = Report(), 0
        self.head: Head | None = None  # inside a part: what was followed to
        self.last, self.whole = EMPTY, True
        self.segments = 0
        self.ordinals: dict[str, int] = {}

    def run(self, lines: Iterable[str]) -> Report:
        told: Mapping[str, Any] = {}
        for line in lines:
            self.place += 1
            found = self._parse(line)
            if self.place == 1:
                told = found
                if told.get("format") != FORMAT:
                    raise self._broken("is no proof of consents")
            elif "after" in found:
                self._begin(_head(self, found, "after"))
            elif "until" in found:
                self._end(_head(self, found, "until"))
            else:
                self._follow(found)
        self._finish(told)
        return self.report

    def _begin(self, after: Head) -> None:
        if self.head is not None:
            raise self._broken("begins a part inside another")
        if after.number < self.last.number or (after.number == self.last.number and after != self.last):
            raise self._broken("does not begin where the part before ended, or behind it")
        self.whole = self.whole and after.number == self.last.number
        self.head = after
        self.segments += 1
        self._meet(after)

    def _follow(self, found: Mapping[str, Any]) -> None:
        if self.head is None:
            raise self._broken("stands outside of a part")
        number = found.get("number")
        if number != self.head.number + 1:
            raise self._broken(f"has number {number} where {self.head.number + 1} follows")
        record = found.get("record")
        hashed = _record_hash(record) if isinstance(record, dict) else _bytes(self, found, "hash")
        if isinstance(record, dict):
            self._note(record, found)
        self.head = Head(self.head.number + 1, link(self.head.digest, hashed))
        self._meet(self.head)

    def _end(self, until: Head) -> None:
        if self.head != until:
            raise self._broken("is not where the part leads: something in it was changed, taken out or put in")
        self.report.anchors.append(until)
        self.head, self.last = None, until

    def _finish(self, told: Mapping[str, Any]) -> None:
        if not told:
            raise self._broken("is empty")
        if self.head is not None:
            raise self._broken("ends inside a part: lines are missing")
        for name, count in (("segments", self.segments), ("events", len(self.report.records))):
            if name in told and told[name] != count:
                raise self._broken(f"ends with {count} {name} where its first line says {told[name]}")
        if beyond := [number for number in self.known if number > self.last.number and self._is_chain(told)]:
            raise self._broken(f"ends at {self.last.number}, before the anchor {min(beyond)}: its end was cut")

    def _is_chain(self, told: Mapping[str, Any]) -> bool:
        """Whether it is the whole chain, and not a person's part of it."""
        return told.get("whole") is True

    def _note(self, record: Mapping[str, Any], found: Mapping[str, Any]) -> None:
        """Keep a record; a person's come in the order in which they were said, none left out before the last."""
        person, ordinal = str(found.get("person", "")), record.get("ordinal")
        if person:
            if ordinal != self.ordinals.get(person, 0) + 1:
                raise self._broken(f"is event {ordinal} of its address: one before it is missing")
            self.ordinals[person] = int(str(ordinal))
        if self.address and "salt" in found:
            salted = hashlib.sha256(_bytes(self, found, "salt", 16) + self.address.encode()).hexdigest()
            self.report.about += salted == record.get("address")
        self.report.records.append(record)

    def _meet(self, head: Head) -> None:
        digest = self.known.get(head.number)
        if digest is None:
            return
        if digest != head.digest:
            raise self._broken(f"is not the chain whose anchor {head.number} was noted: it was made anew")
        if head not in self.report.met:
            self.report.met.append(head)

    def _parse(self, line: str) -> Mapping[str, Any]:
        try:
            found = json.loads(line)
        except ValueError:
            raise self._broken("is no JSON") from None
        if not isinstance(found, dict):
            raise self._broken("is no object")
        return found

    def _broken(self, what: str) -> BrokenProofError:
        return BrokenProofError(f"line {self.place} {what}")


def _record_hash(record: Mapping[str, Any]) -> bytes:
    """As the installation hashes it: names and values in the order of the names."""
    return hashlib.sha256(canonical([part for name in sorted(record) for part in (name, record[name])])).digest()


def _head(check_: _Check, found: Mapping[str, Any], name: str) -> Head:
    number = found[name]
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise check_._broken(f"has no number as {name}")
    head = Head(number, _bytes(check_, found, "digest"))
    if not number and head != EMPTY:
        raise check_._broken("has a digest before the first record")
    return head


def _bytes(check_: _Check, found: Mapping[str, Any], name: str, size: int = 32) -> bytes:
    try:
        value = bytes.fromhex(str(found.get(name, "")))
    except ValueError:
        value = b""
    if len(value) != size:
        raise check_._broken(f"has no {name} of {size} bytes")
    return value
