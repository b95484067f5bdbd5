"""The rule of a segment as a typed tree: its nodes, their paths, what a change must be about to matter, and its JSON.

A node's path is its place in the request, so that an error and an explanation point at the same thing:
`rule.and.rules[1].not.rule.touch`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

ANYTHING = "contact"  # a contact came, went, or changed its state: every rule has to look
LINKS = "links"  # touches or addresses moved from one person to another
CONSENT = "consent"
ACCOUNT = "account"
PURCHASES = "purchases"

# The first and the last moment of the calendar. A window may reach beyond them; what lies there never comes.
BEGINNING, END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

Plain = str | int | float | bool | datetime


class Operator(StrEnum):
    """How an attribute is compared."""

    EQUALS = "EQUALS"
    CONTAINS = "CONTAINS"
    STARTS_WITH = "STARTS_WITH"
    AT_LEAST = "AT_LEAST"
    LESS_THAN = "LESS_THAN"
    IS_SET = "IS_SET"
    WITHIN_LAST = "WITHIN_LAST"
    WITHIN_NEXT = "WITHIN_NEXT"


class Reading(StrEnum):
    """What an address allows, as a condition asks for it."""

    GRANTED = "GRANTED"
    PENDING = "PENDING"
    DENIED = "DENIED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    NONE = "NONE"
    SUPPRESSED = "SUPPRESSED"


@dataclass(frozen=True, slots=True)
class And:
    """True when all of its rules are."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """True when one of its rules is."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True when its rule is not."""

    rule: "Rule"


@dataclass(frozen=True, slots=True)
class Everyone:
    """True for every contact."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """Asks an attribute of the contact."""

    attribute: str
    operator: Operator
    values: tuple[Plain, ...] = ()
    within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class AccountAttribute:
    """Asks an attribute of the contact's account."""

    attribute: str
    operator: Operator
    values: tuple[Plain, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """Asks what one of the contact's addresses allows."""

    purpose: str
    channel: str
    topic: str
    states: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Touches:
    """Counts touches: at least `min_count`, at most `max_count`, not longer ago than `within`."""

    types: tuple[str, ...]
    min_count: int | None = None
    max_count: int | None = None
    within: timedelta | None = None

    @property
    def least(self) -> int:
        """How many at least, 1 where neither bound is given."""
        if self.min_count is not None:
            return self.min_count
        return 1 if self.max_count is None else 0


@dataclass(frozen=True, slots=True)
class Purchases:
    """Counts purchases and adds up what was paid, of some products or any, not longer ago than `within`.

    An amount is asked in one currency, in its smallest unit, and then only purchases in that currency are looked at:
    nothing is converted. Money given back lessens the amount and counts as no purchase.
    """

    products: tuple[str, ...] = ()
    min_count: int | None = None
    max_count: int | None = None
    min_amount: int | None = None
    currency: str = ""
    within: timedelta | None = None

    @property
    def least(self) -> int:
        """How many at least, 1 where no bound is given."""
        if self.min_count is not None:
            return self.min_count
        return 1 if self.max_count is None and self.min_amount is None else 0


@dataclass(frozen=True, slots=True)
class InSegment:
    """Asks whether the contact is in another segment."""

    segment: UUID


Leaf = Everyone | Attribute | AccountAttribute | Consent | Touches | Purchases | InSegment
Rule = And | Or | Not | Leaf

# The names of the nodes in requests, paths and JSON.
KINDS: dict[type, str] = {
    And: "and",
    Or: "or",
    Not: "not",
    Attribute: "attribute",
    AccountAttribute: "account",
    Consent: "consent",
    Touches: "touch",
    Purchases: "purchase",
    InSegment: "segment",
    Everyone: "everyone",
}


def walk(rule: Rule, at: str = "rule") -> Iterator[tuple[str, Rule]]:
    """Every node with its path, a parent before its children."""
    path = f"{at}.{KINDS[type(rule)]}"
    yield path, rule
    for place, child in children(rule, path):
        yield from walk(child, place)


def children(rule: Rule, path: str) -> list[tuple[str, Rule]]:
    """The rules under a node, each with the place that its own path begins with."""
    match rule:
        case And(rules) | Or(rules):
            return [(f"{path}.rules[{number}]", child) for number, child in enumerate(rules)]
        case Not(child):
            return [(f"{path}.rule", child)]
    return []


def concerns(rule: Rule) -> frozenset[str]:  # noqa: PLR0911 - one answer for each kind
    """What a change must be about for a node's answer to depend on it."""
    match rule:
        case Attribute(attribute=name):
            return frozenset((f"attribute:{name}",))
        case AccountAttribute():
            return frozenset((ACCOUNT,))
        case Consent():
            return frozenset((CONSENT, LINKS))
        case Touches(types=types):
            return frozenset((LINKS, *(f"touch:{each}" for each in types)))
        case Purchases():
            return frozenset((PURCHASES,))
        case InSegment(segment):
            return frozenset((f"segment:{segment}",))
    return frozenset()


def all_concerns(rule: Rule) -> frozenset[str]:
    """What a change must be about for the rule's answer to depend on it."""
    return frozenset((ANYTHING,)).union(*(concerns(node) for _, node in walk(rule)))


def segments_of(rule: Rule) -> frozenset[UUID]:
    """The segments that a rule names."""
    return frozenset(node.segment for _, node in walk(rule) if isinstance(node, InSegment))


def is_timed(rule: Rule) -> bool:
    """Whether time alone can change its answer."""
    return any(
        isinstance(node, Consent | Touches | Purchases)
        or (isinstance(node, Attribute) and node.operator in {Operator.WITHIN_LAST, Operator.WITHIN_NEXT})
        for _, node in walk(rule)
    )


def dump(rule: Rule) -> dict[str, Any]:  # noqa: PLR0911 - one answer for each kind
    """A rule as JSON."""
    match rule:
        case And(rules) | Or(rules):
            return {KINDS[type(rule)]: [dump(each) for each in rules]}
        case Not(child):
            return {"not": dump(child)}
        case Attribute() | AccountAttribute():
            told = {"attribute": rule.attribute, "operator": rule.operator.value, "values": _values(rule.values)}
            within = rule.within if isinstance(rule, Attribute) else None
            return {KINDS[type(rule)]: {**told, "within": _microseconds(within)}}
        case Consent():
            told = {"purpose": rule.purpose, "channel": rule.channel, "topic": rule.topic}
            return {"consent": {**told, "states": [state.value for state in rule.states]}}
        case Touches():
            told = {"types": list(rule.types), "min_count": rule.min_count, "max_count": rule.max_count}
            return {"touch": {**told, "within": _microseconds(rule.within)}}
        case Purchases():
            names = ("min_count", "max_count", "min_amount", "currency")
            asked = {name: getattr(rule, name) for name in names}
            return {"purchase": {"products": list(rule.products), **asked, "within": _microseconds(rule.within)}}
        case InSegment(segment):
            return {"segment": str(segment)}
    return {"everyone": {}}


def load(told: dict[str, Any]) -> Rule:  # noqa: PLR0911 - one answer for each kind
    """The rule in JSON made by `dump`."""
    ((kind, rest),) = told.items()
    match kind:
        case "and" | "or":
            return (And if kind == "and" else Or)(tuple(load(each) for each in rest))
        case "not":
            return Not(load(rest))
        case "attribute":
            return Attribute(
                rest["attribute"], Operator(rest["operator"]), _plain(rest["values"]), _delta(rest["within"])
            )
        case "account":
            return AccountAttribute(rest["attribute"], Operator(rest["operator"]), _plain(rest["values"]))
        case "consent":
            states = tuple(Reading(state) for state in rest["states"])
            return Consent(rest["purpose"], rest["channel"], rest["topic"], states)
        case "touch":
            return Touches(tuple(rest["types"]), rest["min_count"], rest["max_count"], _delta(rest["within"]))
        case "purchase":
            return Purchases(**{**rest, "products": tuple(rest["products"]), "within": _delta(rest["within"])})
        case "segment":
            return InSegment(UUID(rest))
    return Everyone()


def _values(values: tuple[Plain, ...]) -> list[Any]:
    return [{"time": value.isoformat()} if isinstance(value, datetime) else value for value in values]


def _plain(values: list[Any]) -> tuple[Plain, ...]:
    return tuple(datetime.fromisoformat(value["time"]) if isinstance(value, dict) else value for value in values)


def _microseconds(within: timedelta | None) -> int | None:
    return None if within is None else within // timedelta(microseconds=1)


def _delta(microseconds: int | None) -> timedelta | None:
    return None if microseconds is None else timedelta(microseconds=microseconds)
