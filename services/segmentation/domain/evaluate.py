"""A rule asked of one contact: pure, from its facts and a moment, with what each node rests on.

It answers the same as the set-based SQL of `store.compiled`; a property test holds them together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.segmentation.domain import rules
from services.segmentation.domain.consent import IDENTIFIER_OF_CHANNEL, Address, next_change, read
from services.segmentation.domain.rules import Operator

MOST_TOUCHES = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """A touch of the person: type, moment, and resource name."""

    type: str
    occurred_time: datetime
    name: str = ""


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase of the person; the amount in the currency's smallest unit, below zero for money given back."""

    product: str
    amount_minor: int
    currency: str
    purchase_time: datetime


@dataclass(frozen=True)
class Facts:
    """What is known of a person. Attributes hold text, number, bool, moment, or a list of words; `account` is None
    without one.
    """

    is_active: bool = True
    attributes: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[str, Any] | None = None
    touches: Sequence[Seen] = ()
    addresses: Sequence[Address] = ()
    segments: frozenset[UUID] = frozenset()
    purchases: Sequence[Bought] = ()


@dataclass(frozen=True)
class Answer:
    """A node's answer, in words without the values, the touches that count, and when time alone may change it."""

    path: str
    is_true: bool
    reason: str
    touches: tuple[str, ...] = ()
    touch_count: int = 0
    next_change: datetime | None = None


def evaluate(rule: rules.Rule, facts: Facts, now: datetime, at: str = "rule") -> list[Answer]:
    """Every node's answer, a parent before its children; the first is the rule's."""
    path = f"{at}.{rules.KINDS[type(rule)]}"
    below = [evaluate(child, facts, now, place) for place, child in rules.children(rule, path)]
    if below:
        own = _combine(rule, path, [each[0] for each in below])
        return [own, *(answer for each in below for answer in each)]
    return [_leaf(rule, path, facts, now)]


def is_member(rule: rules.Rule, facts: Facts, now: datetime) -> bool:
    """Whether the person is in the segment."""
    return facts.is_active and evaluate(rule, facts, now)[0].is_true


def _combine(rule: rules.Rule, path: str, below: list[Answer]) -> Answer:
    """Time alone changes nothing where one answer that it does not change settles the whole."""
    number = sum(each.is_true for each in below)
    settling = {rules.And: False, rules.Or: True}.get(type(rule))
    is_settled = any(each.is_true is settling and each.next_change is None for each in below)
    soon = None if is_settled else _earliest(each.next_change for each in below)
    match rule:
        case rules.And():
            return Answer(path, number == len(below), f"{number} of {len(below)} are true", next_change=soon)
        case rules.Or():
            return Answer(path, number > 0, f"{number} of {len(below)} are true", next_change=soon)
    return Answer(path, not number, "turned round", next_change=soon)


def _leaf(rule: rules.Rule, path: str, facts: Facts, now: datetime) -> Answer:  # noqa: PLR0911 - one answer for each kind
    match rule:
        case rules.Attribute():
            return _attribute(rule, path, facts.attributes, now)
        case rules.AccountAttribute(name, operator, values):
            if facts.account is None:
                return Answer(path, False, "the contact has no account")
            return _attribute(rules.Attribute(name, operator, values), path, facts.account, now)
        case rules.Consent():
            return _consent(rule, path, facts, now)
        case rules.Touches():
            return _touches(rule, path, facts, now)
        case rules.Purchases():
            return _purchases(rule, path, facts, now)
        case rules.InSegment(segment):
            is_in = segment in facts.segments
            return Answer(path, is_in, f"is {'' if is_in else 'not '}in segments/{segment}")
        case rules.And():
            return Answer(path, True, "nothing to ask")
        case rules.Or():
            return Answer(path, False, "nothing to ask")
    return Answer(path, True, "every contact")


def _attribute(asked: rules.Attribute, path: str, known: Mapping[str, Any], now: datetime) -> Answer:
    value = known.get(asked.attribute)
    if value is None:
        return Answer(path, False, f"{asked.attribute} is not set")
    is_true = compare(asked, value, now)
    words = "fits" if is_true else "does not fit"
    soon = _window(asked, value, now) if asked.within else None
    return Answer(path, is_true, f"{asked.attribute} is set and {words}", next_change=soon)


def compare(asked: rules.Attribute, value: Any, now: datetime) -> bool:  # noqa: PLR0911 - one answer for each kind
    """Whether a value that is set fits."""
    match asked.operator:
        case Operator.IS_SET:
            return True
        case Operator.EQUALS:
            found = value if isinstance(value, list) else [value]
            return any(_is_same(each, wanted) for each in found for wanted in asked.values)
        case Operator.CONTAINS:
            return isinstance(value, str) and any(str(each) in value for each in asked.values)
        case Operator.STARTS_WITH:
            return isinstance(value, str) and any(value.startswith(str(each)) for each in asked.values)
        case Operator.AT_LEAST | Operator.LESS_THAN:
            if _kind(value) != _kind(asked.values[0]) or _kind(value) not in {"number", "time"}:
                return False
            is_less = bool(_exact(value) < _exact(asked.values[0]))
            return is_less if asked.operator is Operator.LESS_THAN else not is_less
    if not isinstance(value, datetime) or asked.within is None:
        return False
    if asked.operator is Operator.WITHIN_LAST:
        return timedelta() <= now - value < asked.within
    return timedelta() < value - now <= asked.within


def _window(asked: rules.Attribute, value: Any, now: datetime) -> datetime | None:
    if not isinstance(value, datetime) or asked.within is None:
        return None
    other = _moved(value, asked.within if asked.operator is Operator.WITHIN_LAST else -asked.within)
    return _earliest(moment for moment in (value, other) if moment is not None and moment > now)


def _moved(moment: datetime, by: timedelta) -> datetime | None:
    """A moment so much later; None beyond the calendar."""
    return moment + by if rules.BEGINNING - moment <= by <= rules.END - moment else None


def _is_same(one: Any, other: Any) -> bool:
    return _kind(one) == _kind(other) and _exact(one) == _exact(other)


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case datetime():
            return "time"
    return "text"


def _exact(value: Any) -> Any:
    """Numbers as PostgreSQL's numeric compares them."""
    return Decimal(repr(value)) if _kind(value) == "number" else value


def _consent(asked: rules.Consent, path: str, facts: Facts, now: datetime) -> Answer:
    kind = IDENTIFIER_OF_CHANNEL[asked.channel]
    held = [address for address in facts.addresses if address.kind == kind]
    found = sorted({read(asked, address, now).value for address in held})
    soon = _earliest(next_change(asked, address, now) for address in held)
    words = f"its addresses say {', '.join(found)}" if found else "it has no such address"
    return Answer(path, bool(set(found) & set(asked.states)), words, next_change=soon)


def _touches(asked: rules.Touches, path: str, facts: Facts, now: datetime) -> Answer:
    ours = [touch for touch in facts.touches if touch.type in asked.types]
    counted = sorted(
        (touch for touch in ours if _is_within(touch.occurred_time, asked.within, now)),
        key=lambda touch: (touch.occurred_time, touch.name),
        reverse=True,
    )
    number = len(counted)
    is_true = number >= asked.least and (asked.max_count is None or number <= asked.max_count)
    coming = [touch.occurred_time for touch in ours if touch.occurred_time > now]
    soon = _earliest([*coming, *_expiries(asked, counted)])
    names = tuple(touch.name for touch in counted[:MOST_TOUCHES])
    return Answer(path, is_true, f"{number} touches count", names, number, soon)


def _purchases(asked: rules.Purchases, path: str, facts: Facts, now: datetime) -> Answer:
    ours = [
        one
        for one in facts.purchases
        if (not asked.products or one.product in asked.products) and asked.currency in {"", one.currency}
    ]
    counted = [one for one in ours if _is_within(one.purchase_time, asked.within, now)]
    number, paid = sum(one.amount_minor >= 0 for one in counted), sum(one.amount_minor for one in counted)
    is_true = number >= asked.least and (asked.max_count is None or number <= asked.max_count)
    is_paid = asked.min_amount is None or paid >= asked.min_amount
    changes: list[datetime | None] = [one.purchase_time for one in ours if one.purchase_time > now]
    if asked.within is not None and counted:
        changes.append(_moved(min(one.purchase_time for one in counted), asked.within))
    words = f"{number} purchases count"
    if asked.min_amount is not None:
        words += ", and enough was paid" if is_paid else ", and less was paid"
    return Answer(path, is_true and is_paid, words, next_change=_earliest(changes))


def _is_within(moment: datetime, within: timedelta | None, now: datetime) -> bool:
    return moment <= now and (within is None or now - moment < within)


def _expiries(asked: rules.Touches, counted: list[Seen]) -> list[datetime | None]:
    """When the window loses the touch that makes a bound hold or break."""
    if asked.within is None:
        return []
    bounds = {asked.least} if asked.max_count is None else {asked.least, asked.max_count + 1}
    return [_moved(counted[bound - 1].occurred_time, asked.within) for bound in bounds if 0 < bound <= len(counted)]


def _earliest(moments: Any) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
