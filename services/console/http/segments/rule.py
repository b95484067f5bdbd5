"""A rule between its two shapes: the form's tree and the message; and what a reader typed that no message can say."""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation, Overflow

from chassis.money import minor_digits
from google.protobuf.timestamp_pb2 import Timestamp
from touchline.segmentation.v1 import segmentation_pb2 as pb

from services.console.http import language
from services.console.http.language import _
from services.console.http.segments.tree import Node, number
from services.console.http.times import Reader

OPERATORS = {
    "equals": pb.OPERATOR_EQUALS,
    "contains": pb.OPERATOR_CONTAINS,
    "starts_with": pb.OPERATOR_STARTS_WITH,
    "at_least": pb.OPERATOR_AT_LEAST,
    "less_than": pb.OPERATOR_LESS_THAN,
    "is_set": pb.OPERATOR_IS_SET,
    "within_last": pb.OPERATOR_WITHIN_LAST,
    "within_next": pb.OPERATOR_WITHIN_NEXT,
}
STATES = {name.removeprefix("STATE_").lower(): value for name, value in pb.ConsentCondition.State.items() if value}
PURPOSES = {
    name.removeprefix("PURPOSE_").lower(): value for name, value in pb.ConsentCondition.Purpose.items() if value
}
CHANNELS = {
    name.removeprefix("CHANNEL_").lower(): value for name, value in pb.ConsentCondition.Channel.items() if value
}
Windowed = pb.AttributeCondition | pb.TouchCondition | pb.PurchaseCondition
MOMENT = {"within_last", "within_next"}
UNITS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
LARGEST_AMOUNT = 10**15
LONGEST_WINDOW = timedelta(days=1_096)


@dataclass
class Known:
    """What a rule can ask about, as the service lists it."""

    contact: dict[str, pb.SegmentAttribute] = field(default_factory=dict)
    account: dict[str, pb.SegmentAttribute] = field(default_factory=dict)
    touch_types: list[str] = field(default_factory=list)
    segments: dict[str, str] = field(default_factory=dict)

    def of(self, node: Node) -> pb.SegmentAttribute | None:
        return (self.account if node.kind == "account" else self.contact).get(node["name"])

    def operators(self, node: Node) -> list[str]:
        found = self.of(node)
        return [name for name, value in OPERATORS.items() if found is None or value in found.operators]

    def types(self, node: Node) -> list[int]:
        found = self.of(node)
        return list(found.types) if found else [pb.ATTRIBUTE_TYPE_TEXT]


class Writer:
    """Makes the message of a tree, notes which node stands at which path, and complains at the node."""

    def __init__(self, known: Known, at: Reader) -> None:
        self._known, self._at = known, at
        self.paths: dict[str, str] = {}
        self.is_whole = True

    def write(self, node: Node, path: str = "rule") -> pb.Rule:
        self.paths[path] = node.id
        if node.is_group:
            return self._group(node, path)
        rule: pb.Rule = getattr(self, f"_{node.kind}")(node)
        return rule

    def complain(self, node: Node, words: str) -> None:
        self.is_whole = False
        if words not in node.wrong:
            node.wrong.append(words)

    def _group(self, node: Node, path: str) -> pb.Rule:
        if not node.parts:
            self.complain(node, _("Add a condition, or remove this group."))
        if node.kind == "all":
            rules = [self.write(part, f"{path}.and.rules[{index}]") for index, part in enumerate(node.parts)]
            return pb.Rule(**{"and": pb.AllOf(rules=rules)})
        if node.kind == "any":
            rules = [self.write(part, f"{path}.or.rules[{index}]") for index, part in enumerate(node.parts)]
            return pb.Rule(**{"or": pb.AnyOf(rules=rules)})
        inner = f"{path}.not.rule"
        if len(node.parts) == 1:
            return pb.Rule(**{"not": pb.NoneOf(rule=self.write(node.parts[0], inner))})
        rules = [self.write(part, f"{inner}.or.rules[{index}]") for index, part in enumerate(node.parts)]
        return pb.Rule(**{"not": pb.NoneOf(rule=pb.Rule(**{"or": pb.AnyOf(rules=rules)}))})

    def _attribute(self, node: Node) -> pb.Rule:
        condition = pb.AttributeCondition(attribute=self._name(node), operator=self._operator(node))
        if node["operator"] in MOMENT:
            self._window(node, condition, needed=True)
        else:
            condition.values.extend(self._values(node))
        return pb.Rule(attribute=condition)

    def _account(self, node: Node) -> pb.Rule:
        condition = pb.AccountCondition(attribute=self._name(node), operator=self._operator(node))
        condition.values.extend(self._values(node))
        return pb.Rule(account=condition)

    def _name(self, node: Node) -> str:
        if not node["name"]:
            self.complain(node, _("Choose what to look at."))
        return node["name"]

    def _operator(self, node: Node) -> "pb.Operator.ValueType":
        found = OPERATORS.get(node["operator"])
        if found is None:
            self.complain(node, _("Choose how to compare."))
        return found or pb.OPERATOR_UNSPECIFIED

    def _values(self, node: Node) -> list[pb.Value]:
        if node["operator"] == "is_set":
            return []
        said = split(node["values"])
        if not said:
            self.complain(node, _("Say what to compare with."))
        return [value for text in said if (value := self._value(node, text)) is not None]

    def _value(self, node: Node, text: str) -> pb.Value | None:
        types = self._known.types(node)
        if pb.ATTRIBUTE_TYPE_BOOLEAN in types and text.lower() in {"yes", "no"}:
            return pb.Value(boolean_value=text.lower() == "yes")
        if pb.ATTRIBUTE_TYPE_NUMBER in types and (found := number_value(text)) is not None:
            return found
        if pb.ATTRIBUTE_TYPE_TIME in types and (moment := self._moment(text)) is not None:
            return pb.Value(time_value=moment)
        if pb.ATTRIBUTE_TYPE_TEXT in types or pb.ATTRIBUTE_TYPE_WORDS in types:
            return pb.Value(string_value=text)
        self.complain(node, _("“{value}” is {fault}.", value=text[:60], fault=wanted(types)))
        return None

    def _moment(self, text: str) -> Timestamp | None:
        try:
            moment = datetime.fromisoformat(text)
            found = Timestamp()
            found.FromDatetime(moment.replace(tzinfo=moment.tzinfo or self._at.zone).astimezone(UTC))
        except (ValueError, OverflowError):
            return None
        return found

    def _window(self, node: Node, condition: Windowed, *, needed: bool) -> None:
        text = node["length"].strip()
        if not text and not needed:
            return
        seconds = int(text) * UNITS.get(node["unit"], UNITS["days"]) if is_whole(text) else 0
        if not 1 <= seconds <= LONGEST_WINDOW.total_seconds():
            self.complain(
                node, _("A whole number of days, up to {most} of them.", most=language.number(LONGEST_WINDOW.days))
            )
            return
        condition.within.FromTimedelta(timedelta(seconds=seconds))

    def _consent(self, node: Node) -> pb.Rule:
        states = [STATES[one] for one in node.all("states") if one in STATES]
        if not states:
            self.complain(node, _("Choose at least one state."))
        return pb.Rule(
            consent=pb.ConsentCondition(
                purpose=PURPOSES.get(node["purpose"], pb.ConsentCondition.PURPOSE_MARKETING),
                channel=CHANNELS.get(node["channel"], pb.ConsentCondition.CHANNEL_EMAIL),
                topic=node["topic"].strip(),
                states=states,
            )
        )

    def _touch(self, node: Node) -> pb.Rule:
        condition = pb.TouchCondition(types=node.all("types") + split(node["other"]))
        if not condition.types:
            self.complain(node, _("Choose at least one kind of touch."))
        self._counts(node, condition)
        self._window(node, condition, needed=False)
        return pb.Rule(touch=condition)

    def _counts(self, node: Node, condition: pb.TouchCondition | pb.PurchaseCondition) -> None:
        for name, most in (("min_count", _("at least")), ("max_count", _("at most"))):
            text = node[name].strip()
            if text and not (is_whole(text) and int(text) < 2**31):
                self.complain(node, _("A whole number for “{most}”.", most=most))
            elif text:
                setattr(condition, name, int(text))

    def _purchase(self, node: Node) -> pb.Rule:
        currency = node["currency"].strip().upper()
        condition = pb.PurchaseCondition(products=split(node["products"]), currency_code=currency[:3])
        self._counts(node, condition)
        if text := node["amount"].strip():
            amount = smallest_units(text, currency)
            if amount is None or not currency:
                self.complain(node, _("An amount such as 500 or 19.99, and its currency, such as EUR."))
            else:
                condition.min_amount_minor = amount
        self._window(node, condition, needed=False)
        return pb.Rule(purchase=condition)

    def _segment(self, node: Node) -> pb.Rule:
        if not node["segment"]:
            self.complain(node, _("Choose a segment."))
        return pb.Rule(segment=pb.SegmentCondition(segment=node["segment"]))

    def _everyone(self, node: Node) -> pb.Rule:
        return pb.Rule(everyone=pb.EveryContact())


def is_whole(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) < 12


def number_value(text: str) -> pb.Value | None:
    try:
        return pb.Value(integer_value=int(text))
    except ValueError:
        pass
    try:
        found = float(text)
    except ValueError:
        return None
    return pb.Value(number_value=found) if math.isfinite(found) else None


def wanted(types: list[int]) -> str:
    words = {
        pb.ATTRIBUTE_TYPE_NUMBER: _("no number"),
        pb.ATTRIBUTE_TYPE_BOOLEAN: _("neither “yes” nor “no”"),
        pb.ATTRIBUTE_TYPE_TIME: _("no day such as 2027-03-31"),
    }
    return _(" and ").join(words[one] for one in types if one in words) or _("not of this attribute’s type")


def split(text: str) -> list[str]:
    """`Brno, "Praha, Smíchov"` is two values."""
    try:
        rows = list(csv.reader(text.splitlines(), skipinitialspace=True))
    except csv.Error:
        return [text.strip()]
    return [value.strip() for row in rows for value in row if value.strip()]


def join(values: list[str]) -> str:
    return ", ".join('"' + one.replace('"', '""') + '"' if set(one) & set(',"\n') else one for one in values)


# ---- the message as a tree ---------------------------------------------------------------------------------------


def tree_of(rule: pb.Rule, at: Reader) -> Node:
    """The form's tree of a rule. `none of` stands for a NOT around an OR, or around one condition."""
    return number(as_group(node_of(rule, at)))


def as_group(node: Node) -> Node:
    return node if node.is_group else Node("all", parts=[node])


def node_of(rule: pb.Rule, at: Reader) -> Node:
    kind = rule.WhichOneof("node")
    if kind in {"and", "or"}:
        parts = [node_of(one, at) for one in getattr(rule, kind).rules]
        return Node({"and": "all", "or": "any"}[kind], parts=parts)
    if kind == "not":
        inner = getattr(rule, "not").rule
        found = node_of(inner, at)
        return Node("none", parts=found.parts if found.kind == "any" else [found])
    if kind is None:
        return Node("all")
    return Node(kind, values_of(getattr(rule, kind), at))


def values_of(condition: object, at: Reader) -> dict[str, list[str]]:
    match condition:
        case pb.AttributeCondition() | pb.AccountCondition():
            return attribute_values(condition, at)
        case pb.ConsentCondition():
            return {
                "purpose": [name_in(PURPOSES, condition.purpose)],
                "channel": [name_in(CHANNELS, condition.channel) or "email"],
                "topic": [condition.topic],
                "states": [name_in(STATES, one) for one in condition.states],
            }
        case pb.TouchCondition():
            return touch_values(condition)
        case pb.PurchaseCondition():
            return purchase_values(condition)
        case pb.SegmentCondition():
            return {"segment": [condition.segment]}
    return {}


def attribute_values(condition: pb.AttributeCondition | pb.AccountCondition, at: Reader) -> dict[str, list[str]]:
    return {
        "name": [condition.attribute],
        "operator": [name_in(OPERATORS, condition.operator)],
        "values": [join([value_text(one, at) for one in condition.values])],
        **(window(condition) if isinstance(condition, pb.AttributeCondition) else {}),
    }


def touch_values(condition: pb.TouchCondition) -> dict[str, list[str]]:
    return {"types": list(condition.types), **counts(condition), **window(condition)}


def purchase_values(condition: pb.PurchaseCondition) -> dict[str, list[str]]:
    amount, currency = condition.min_amount_minor, condition.currency_code
    return {
        "products": [join(list(condition.products))],
        "amount": [main_units(amount, currency)] if condition.HasField("min_amount_minor") else [],
        "currency": [currency],
        **counts(condition),
        **window(condition),
    }


def counts(condition: pb.TouchCondition | pb.PurchaseCondition) -> dict[str, list[str]]:
    return {
        "min_count": [str(condition.min_count)] if condition.HasField("min_count") else [],
        "max_count": [str(condition.max_count)] if condition.HasField("max_count") else [],
    }


def smallest_units(text: str, currency: str) -> int | None:
    """`19.99` EUR as 1999; None for what is no amount of that currency above zero."""
    try:
        amount = Decimal(text).scaleb(minor_digits(currency))
    except (InvalidOperation, Overflow):
        return None
    is_whole = amount.is_finite() and amount == amount.to_integral_value()
    return int(amount) if is_whole and 0 < amount <= LARGEST_AMOUNT else None


def main_units(amount: int, currency: str) -> str:
    """`19.99` of 1999 EUR."""
    digits = minor_digits(currency)
    return f"{Decimal(amount).scaleb(-digits):.{digits}f}"


def window(condition: Windowed) -> dict[str, list[str]]:
    """A length of time in the largest unit that says it exactly."""
    if not condition.HasField("within"):
        return {}
    seconds = max(1, condition.within.seconds)
    unit = next(name for name, size in UNITS.items() if seconds % size == 0)
    return {"length": [str(seconds // UNITS[unit])], "unit": [unit]}


def value_text(value: pb.Value, at: Reader) -> str:
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "integer_value":
            return str(value.integer_value)
        case "number_value":
            return repr(value.number_value)
        case "boolean_value":
            return "yes" if value.boolean_value else "no"
        case "time_value":
            local = at.local(value.time_value)
            return moment_text(local) if local else ""
    return ""


def moment_text(when: datetime) -> str:
    """A day where it is a midnight, else the moment to the last digit that it has."""
    text = when.replace(tzinfo=None).isoformat()
    return text.removesuffix("T00:00:00")


def name_in(table: Mapping[str, int], value: int) -> str:
    return next((name for name, known in table.items() if known == value), "")
