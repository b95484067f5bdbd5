"""What a rule may say: every wrong node is named by its path, with near names offered where a name is unknown."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.errors import InvalidArgument, Violation

from services.segmentation.domain import rules
from services.segmentation.domain.rules import Operator

DEEPEST = 10
MOST_NODES = 100
MOST_VALUES = 100
MOST_TYPES = 50
SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(days=1096)
MOST_COUNTED = 1_000_000
MOST_PRODUCTS = 50
LONGEST_PRODUCT = 200
LARGEST_AMOUNT = 10**15  # of the currency's smallest unit
CURRENCY = re.compile(r"[A-Z]{3}")
TOUCH_TYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
CUSTOM = "attributes."


class Type(StrEnum):
    """What type an attribute's values have."""

    TEXT = "TEXT"
    WORDS = "WORDS"
    NUMBER = "NUMBER"
    BOOLEAN = "BOOLEAN"
    TIME = "TIME"


CONTACT_ATTRIBUTES: Mapping[str, Type] = {
    "country": Type.TEXT,
    "create_time": Type.TIME,
    "display_name": Type.TEXT,
    "family_name": Type.TEXT,
    "given_name": Type.TEXT,
    "language": Type.TEXT,
    "owner": Type.TEXT,
    "stage": Type.TEXT,
    "tags": Type.WORDS,
    "team": Type.TEXT,
    "time_zone": Type.TEXT,
    "title": Type.TEXT,
}
ACCOUNT_ATTRIBUTES: Mapping[str, Type] = dict.fromkeys(
    ("country", "display_name", "domain", "industry", "owner", "team"), Type.TEXT
)
OPERATORS: Mapping[Type, frozenset[Operator]] = {
    Type.TEXT: frozenset((Operator.EQUALS, Operator.CONTAINS, Operator.STARTS_WITH, Operator.IS_SET)),
    Type.WORDS: frozenset((Operator.EQUALS, Operator.IS_SET)),
    Type.NUMBER: frozenset((Operator.EQUALS, Operator.AT_LEAST, Operator.LESS_THAN, Operator.IS_SET)),
    Type.BOOLEAN: frozenset((Operator.EQUALS, Operator.IS_SET)),
    Type.TIME: frozenset(
        (
            Operator.EQUALS,
            Operator.AT_LEAST,
            Operator.LESS_THAN,
            Operator.IS_SET,
            Operator.WITHIN_LAST,
            Operator.WITHIN_NEXT,
        )
    ),
}


class RuleInvalidError(InvalidArgument):
    """Nodes of the rule are wrong."""

    reason = "RULE_INVALID"


@dataclass(frozen=True)
class Vocabulary:
    """What a rule can name: custom attributes with the types seen, and for each segment those that its rule names."""

    custom: Mapping[str, frozenset[Type]] = field(default_factory=dict)
    segments: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)

    def contact_attributes(self) -> dict[str, frozenset[Type]]:
        """Every attribute of contacts."""
        return {**{name: frozenset((kind,)) for name, kind in CONTACT_ATTRIBUTES.items()}, **self.custom}


def operators(types: frozenset[Type]) -> list[Operator]:
    """How an attribute with values of these types can be compared, in a fixed order."""
    return [each for each in Operator if any(each in OPERATORS[kind] for kind in types)]


def check_rule(rule: rules.Rule, known: Vocabulary, *, itself: UUID | None = None, at: str = "rule") -> None:
    """Refuse a rule with wrong nodes, naming each; `itself` is the segment whose rule it will be."""
    found = list(violations(rule, known, itself, at))
    if found:
        raise RuleInvalidError(violations=found)


def violations(rule: rules.Rule, known: Vocabulary, itself: UUID | None, at: str) -> Iterator[Violation]:
    """What is wrong with each node."""
    nodes = list(rules.walk(rule, at))
    if len(nodes) > MOST_NODES:
        yield Violation(at, f"has {len(nodes)} nodes; {MOST_NODES} is the most", "TOO_MANY_NODES")
    for path, node in nodes:
        if _depth(path, at) > DEEPEST:
            yield Violation(path, f"is deeper than {DEEPEST} levels", "TOO_DEEP")
            return
        yield from _node(path, node, known, itself)


def _depth(path: str, at: str) -> int:
    rest = path.removeprefix(at)
    return rest.count(".rules[") + rest.count(".rule.") + 1


def _node(path: str, node: rules.Rule, known: Vocabulary, itself: UUID | None) -> Iterator[Violation]:
    match node:
        case rules.And(below) | rules.Or(below):
            if not below:
                yield Violation(f"{path}.rules", "holds no rule; use everyone for all contacts", "EMPTY")
        case rules.Attribute():
            yield from _attribute(path, node, known.contact_attributes())
        case rules.AccountAttribute(name, operator, values):
            types = {name: frozenset((kind,)) for name, kind in ACCOUNT_ATTRIBUTES.items()}
            yield from _attribute(path, rules.Attribute(name, operator, values), types)
        case rules.Consent():
            if not node.states:
                yield Violation(f"{path}.states", "names no state", "EMPTY")
            if not node.purpose:
                yield Violation(f"{path}.purpose", "is not set", "REQUIRED")
        case rules.Touches():
            yield from _touches(path, node)
        case rules.Purchases():
            yield from _purchases(path, node)
        case rules.InSegment(segment):
            yield from _segment(path, segment, known, itself)


def _attribute(path: str, node: rules.Attribute, known: Mapping[str, frozenset[Type]]) -> Iterator[Violation]:
    types = known.get(node.attribute)
    if types is None:
        near = difflib.get_close_matches(node.attribute, known, n=3, cutoff=0.6)
        offer = f"; near it are {', '.join(near)}" if near else ""
        yield Violation(f"{path}.attribute", f"is no attribute that is known{offer}", "UNKNOWN_ATTRIBUTE")
        return
    usable = {kind for kind in types if node.operator in OPERATORS[kind]}
    if not usable:
        fitting = ", ".join(operators(types))
        yield Violation(f"{path}.operator", f"does not fit values of type {_told(types)}; {fitting} do", "WRONG_TYPE")
        return
    yield from _values(path, node, usable)
    yield from _within(path, node)


def _told(types: frozenset[Type] | set[Type]) -> str:
    return " or ".join(sorted(types))


def _values(path: str, node: rules.Attribute, types: set[Type]) -> Iterator[Violation]:
    least, most = _how_many(node.operator)
    if not least <= len(node.values) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        yield Violation(f"{path}.values", f"holds {len(node.values)} values; {node.operator} takes {wanted}", "NUMBER")
    for place, value in enumerate(node.values):
        if not any(_fits(value, kind) for kind in types):
            yield Violation(f"{path}.values[{place}]", f"is not of type {_told(types)}", "WRONG_TYPE")
        elif isinstance(value, str) and ("\0" in value or not value):
            yield Violation(f"{path}.values[{place}]", "is empty or holds U+0000", "WRONG_TEXT")


def _how_many(operator: Operator) -> tuple[int, int]:
    if operator in {Operator.IS_SET, Operator.WITHIN_LAST, Operator.WITHIN_NEXT}:
        return 0, 0
    if operator in {Operator.AT_LEAST, Operator.LESS_THAN}:
        return 1, 1
    return 1, MOST_VALUES


def _fits(value: rules.Plain, kind: Type) -> bool:
    match kind:
        case Type.BOOLEAN:
            return isinstance(value, bool)
        case Type.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Type.TIME:
            return isinstance(value, datetime)
    return isinstance(value, str)


def _within(path: str, node: rules.Attribute | rules.Touches | rules.Purchases) -> Iterator[Violation]:
    is_windowed = isinstance(node, rules.Attribute) and node.operator in {Operator.WITHIN_LAST, Operator.WITHIN_NEXT}
    if node.within is None:
        if is_windowed:
            yield Violation(f"{path}.within", "is not set", "REQUIRED")
    elif isinstance(node, rules.Attribute) and not is_windowed:
        yield Violation(f"{path}.within", f"does not belong to {node.operator}", "NOT_TAKEN")
    elif not SHORTEST <= node.within <= LONGEST:
        yield Violation(f"{path}.within", f"is not between 1 second and {LONGEST.days} days", "RANGE")


def _touches(path: str, node: rules.Touches) -> Iterator[Violation]:
    if not 1 <= len(node.types) <= MOST_TYPES:
        yield Violation(f"{path}.types", f"holds {len(node.types)} types; 1 to {MOST_TYPES} are taken", "NUMBER")
    for place, name in enumerate(node.types):
        if not TOUCH_TYPE.fullmatch(name) or len(name) > 100:
            yield Violation(f"{path}.types[{place}]", "is no touch type, such as email.clicked", "TOUCH_TYPE")
    yield from _counts(path, node)
    yield from _within(path, node)


def _counts(path: str, node: rules.Touches | rules.Purchases) -> Iterator[Violation]:
    for field_name, count in (("min_count", node.min_count), ("max_count", node.max_count)):
        if count is not None and not 0 <= count <= MOST_COUNTED:
            yield Violation(f"{path}.{field_name}", f"is not between 0 and {MOST_COUNTED}", "RANGE")
    if node.max_count is not None and node.least > node.max_count:
        yield Violation(f"{path}.max_count", "is less than min_count", "RANGE")


def _purchases(path: str, node: rules.Purchases) -> Iterator[Violation]:
    if len(node.products) > MOST_PRODUCTS:
        words = f"holds {len(node.products)} products; {MOST_PRODUCTS} are the most"
        yield Violation(f"{path}.products", words, "NUMBER")
    for place, name in enumerate(node.products):
        if not 1 <= len(name) <= LONGEST_PRODUCT or "\0" in name:
            words = f"is empty, longer than {LONGEST_PRODUCT} characters, or holds U+0000"
            yield Violation(f"{path}.products[{place}]", words, "WRONG_TEXT")
    if node.currency and not CURRENCY.fullmatch(node.currency):
        yield Violation(f"{path}.currency_code", "is no currency, such as EUR", "CURRENCY")
    if node.min_amount is not None and not node.currency:
        yield Violation(f"{path}.currency_code", "is not set; amounts of several currencies are not added", "REQUIRED")
    if node.min_amount is not None and not 1 <= node.min_amount <= LARGEST_AMOUNT:
        yield Violation(f"{path}.min_amount_minor", f"is not between 1 and {LARGEST_AMOUNT}", "RANGE")
    yield from _counts(path, node)
    yield from _within(path, node)


def _segment(path: str, segment: UUID, known: Vocabulary, itself: UUID | None) -> Iterator[Violation]:
    if segment not in known.segments:
        yield Violation(f"{path}.segment", "is no segment that is known", "UNKNOWN_SEGMENT")
    elif itself is not None and itself in reach(segment, known.segments):
        yield Violation(f"{path}.segment", "would make the segment part of itself", "CYCLE")
    elif _above(itself, known.segments) + levels(segment, known.segments) > DEEPEST:
        words = f"would make a chain of segments deeper than {DEEPEST} levels; name what is in it instead"
        yield Violation(f"{path}.segment", words, "TOO_DEEP")


def _above(itself: UUID | None, graph: Mapping[UUID, frozenset[UUID]]) -> int:
    """The levels of a chain from the segment that is written up to the farthest whose rule leads to it."""
    users: dict[UUID, set[UUID]] = {}
    for user, named in graph.items():
        for each in named:
            users.setdefault(each, set()).add(user)
    return 1 if itself is None else levels(itself, users)


def levels(start: UUID, graph: Mapping[UUID, Set[UUID]]) -> int:
    """How many levels the longest chain from a segment on has, counted no farther than one beyond `DEEPEST`."""
    count, front = 0, {start}
    while front and count <= DEEPEST:
        count += 1
        front = {other for each in front for other in graph.get(each, ())}
    return count


def reach(start: UUID, graph: Mapping[UUID, frozenset[UUID]]) -> set[UUID]:
    """A segment and all that its rule names, directly or through others."""
    seen, front = {start}, [start]
    while front:
        new = graph.get(front.pop(), frozenset()) - seen
        seen |= new
        front.extend(new)
    return seen


def in_order(graph: Mapping[UUID, frozenset[UUID]]) -> Sequence[UUID]:
    """The segments, each behind those that its rule names; what a ring holds comes in any order."""
    placed: dict[UUID, None] = {}
    entered: set[UUID] = set()
    waiting = sorted(graph, reverse=True)
    while waiting:
        segment = waiting[-1]
        if segment in entered:
            placed[waiting.pop()] = None
        else:
            entered.add(segment)
            waiting += sorted(graph.get(segment, frozenset()) - entered, reverse=True)
    return [segment for segment in placed if segment in graph]
