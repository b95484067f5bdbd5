"""Rules between proto and tree, and what a rule can name as a rule builder reads it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.errors import Violation
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from touchline.segmentation.v1 import segmentation_pb2 as pb

from services.segmentation.domain import rules
from services.segmentation.domain.checks import (
    ACCOUNT_ATTRIBUTES,
    DEEPEST,
    RuleInvalidError,
    Type,
    Vocabulary,
    operators,
)
from services.segmentation.domain.rules import Operator, Reading
from services.segmentation.models import SEGMENT


def parse_rule(said: pb.Rule, at: str, depth: int = 1) -> rules.Rule:
    """The tree in a message; refuses a node that is not set, and what is too deep to be one of ours."""
    kind = said.WhichOneof("node")
    if kind is None:
        raise RuleInvalidError(violations=[Violation(at, "has no node", "REQUIRED")])
    path = f"{at}.{kind}"
    if depth > DEEPEST:
        raise RuleInvalidError(violations=[Violation(path, f"is deeper than {DEEPEST} levels", "TOO_DEEP")])
    if kind in {"and", "or"}:
        below = getattr(said, kind).rules
        parsed = tuple(parse_rule(one, f"{path}.rules[{place}]", depth + 1) for place, one in enumerate(below))
        return rules.And(parsed) if kind == "and" else rules.Or(parsed)
    if kind == "not":
        return rules.Not(parse_rule(getattr(said, "not").rule, f"{path}.rule", depth + 1))
    return _parse_leaf(said, kind, path)


def _parse_leaf(said: pb.Rule, kind: str, path: str) -> rules.Rule:  # noqa: PLR0911 - one answer for each kind
    match kind:
        case "attribute":
            asked = said.attribute
            return rules.Attribute(
                asked.attribute, _operator(asked.operator, path), _values(asked, path), _delta(asked)
            )
        case "account":
            on = said.account
            return rules.AccountAttribute(on.attribute, _operator(on.operator, path), _values(on, path))
        case "consent":
            return _parse_consent(said.consent, path)
        case "touch":
            touch = said.touch
            least = touch.min_count if touch.HasField("min_count") else None
            most = touch.max_count if touch.HasField("max_count") else None
            return rules.Touches(tuple(touch.types), least, most, _delta(touch))
        case "purchase":
            return _parse_purchase(said.purchase)
        case "segment":
            return rules.InSegment(SEGMENT.parse_uuid(said.segment.segment, f"{path}.segment"))
    return rules.Everyone()


def _parse_purchase(said: pb.PurchaseCondition) -> rules.Purchases:
    return rules.Purchases(
        tuple(said.products),
        said.min_count if said.HasField("min_count") else None,
        said.max_count if said.HasField("max_count") else None,
        said.min_amount_minor if said.HasField("min_amount_minor") else None,
        said.currency_code,
        _delta(said),
    )


def _parse_consent(said: pb.ConsentCondition, path: str) -> rules.Consent:
    purpose = pb.ConsentCondition.Purpose.Name(said.purpose).removeprefix("PURPOSE_")
    channel = pb.ConsentCondition.Channel.Name(said.channel).removeprefix("CHANNEL_")
    names = [pb.ConsentCondition.State.Name(state).removeprefix("STATE_") for state in said.states]
    if "UNSPECIFIED" in names:
        place = f"{path}.states[{names.index('UNSPECIFIED')}]"
        raise RuleInvalidError(violations=[Violation(place, "is not set", "REQUIRED")])
    return rules.Consent(
        "" if purpose == "UNSPECIFIED" else purpose,
        "EMAIL" if channel == "UNSPECIFIED" else channel,
        said.topic,
        tuple(Reading(name) for name in dict.fromkeys(names)),
    )


def _operator(value: pb.Operator, path: str) -> Operator:
    if not value:
        raise RuleInvalidError(violations=[Violation(f"{path}.operator", "is not set", "REQUIRED")])
    return Operator(pb.Operator.Name(value).removeprefix("OPERATOR_"))


def _values(said: pb.AttributeCondition | pb.AccountCondition, path: str) -> tuple[rules.Plain, ...]:
    return tuple(_value(value, f"{path}.values[{place}]") for place, value in enumerate(said.values))


def _value(said: pb.Value, path: str) -> rules.Plain:
    kind = said.WhichOneof("value")
    if kind is None:
        raise RuleInvalidError(violations=[Violation(path, "has no value", "REQUIRED")])
    if kind == "time_value":
        try:
            return said.time_value.ToDatetime(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise RuleInvalidError(violations=[Violation(path, "is no moment", "TIME")]) from None
    found: rules.Plain = getattr(said, kind)
    return found


def _delta(said: pb.AttributeCondition | pb.TouchCondition | pb.PurchaseCondition) -> timedelta | None:
    """A window; one that no calendar holds is as long as a refusal needs."""
    if not said.HasField("within"):
        return None
    try:
        return said.within.ToTimedelta()
    except (ValueError, OverflowError):
        return timedelta.max


def rule_message(rule: rules.Rule) -> pb.Rule:
    """A tree as a message."""
    said = pb.Rule()
    match rule:
        case rules.And(below) | rules.Or(below):
            holder = getattr(said, rules.KINDS[type(rule)])
            holder.SetInParent()
            holder.rules.extend(rule_message(each) for each in below)
        case rules.Not(child):
            getattr(said, "not").rule.CopyFrom(rule_message(child))
        case _:
            _leaf_message(rule, said)
    return said


def _leaf_message(rule: rules.Rule, said: pb.Rule) -> None:
    match rule:
        case rules.Attribute() | rules.AccountAttribute():
            asked: Any = said.attribute if isinstance(rule, rules.Attribute) else said.account
            asked.attribute, asked.operator = rule.attribute, f"OPERATOR_{rule.operator}"
            asked.values.extend(_value_message(value) for value in rule.values)
            if isinstance(rule, rules.Attribute):
                _set_within(asked.within, rule.within)
        case rules.Consent():
            said.consent.purpose = pb.ConsentCondition.Purpose.Value(f"PURPOSE_{rule.purpose}")
            said.consent.channel = pb.ConsentCondition.Channel.Value(f"CHANNEL_{rule.channel}")
            said.consent.topic = rule.topic
            said.consent.states.extend(pb.ConsentCondition.State.Value(f"STATE_{state}") for state in rule.states)
        case rules.Touches():
            said.touch.types.extend(rule.types)
            if rule.min_count is not None:
                said.touch.min_count = rule.min_count
            if rule.max_count is not None:
                said.touch.max_count = rule.max_count
            _set_within(said.touch.within, rule.within)
        case rules.Purchases():
            _purchase_message(rule, said.purchase)
        case rules.InSegment(segment):
            said.segment.segment = SEGMENT.format(segment)
        case _:
            said.everyone.SetInParent()


def _purchase_message(rule: rules.Purchases, said: pb.PurchaseCondition) -> None:
    said.SetInParent()
    said.products.extend(rule.products)
    said.currency_code = rule.currency
    told = {"min_count": rule.min_count, "max_count": rule.max_count, "min_amount_minor": rule.min_amount}
    for name, value in told.items():
        if value is not None:
            setattr(said, name, value)
    _set_within(said.within, rule.within)


def _set_within(said: Duration, within: timedelta | None) -> None:
    if within is not None:
        said.FromTimedelta(within)


def _value_message(value: rules.Plain) -> pb.Value:
    match value:
        case bool():
            return pb.Value(boolean_value=value)
        case int():
            return pb.Value(integer_value=value)
        case float():
            return pb.Value(number_value=value)
        case datetime():
            return pb.Value(time_value=stamp(value))
    return pb.Value(string_value=value)


def stamp(at: datetime) -> Timestamp:
    """A moment as its proto."""
    found = Timestamp()
    found.FromDatetime(at)
    return found


def contact_attributes(known: Vocabulary) -> list[pb.SegmentAttribute]:
    """The attributes of contacts, by name."""
    return [_attribute(name, types) for name, types in sorted(known.contact_attributes().items())]


def account_attributes() -> list[pb.SegmentAttribute]:
    """The attributes of accounts, by name."""
    return [_attribute(name, frozenset((kind,))) for name, kind in sorted(ACCOUNT_ATTRIBUTES.items())]


def _attribute(name: str, types: frozenset[Type]) -> pb.SegmentAttribute:
    return pb.SegmentAttribute(
        attribute=name,
        types=[pb.AttributeType.Value(f"ATTRIBUTE_TYPE_{kind}") for kind in sorted(types)],
        operators=[pb.Operator.Value(f"OPERATOR_{each}") for each in operators(types)],
    )
