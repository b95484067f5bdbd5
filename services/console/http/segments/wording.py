"""A rule read aloud: each node a line that a marketer would say, with its place in the message beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from touchline.segmentation.v1 import segmentation_pb2 as pb

from services.console.http.language import _, plural, sayings
from services.console.http.segments import rule as rules
from services.console.http.times import Reader

KINDS = sayings(
    {
        pb.Segment.KIND_LIST: "List",
        pb.Segment.KIND_EXCLUSION: "Exclusion list",
        pb.Segment.KIND_RULE: "Rule",
    }
)
GROUPS = sayings({"all": "All of these", "any": "At least one of these", "none": "None of these"})
CONDITIONS = sayings(
    {
        "attribute": "About the person",
        "account": "About the company",
        "consent": "Consent",
        "touch": "What happened",
        "purchase": "What was bought",
        "segment": "Another segment",
        "everyone": "Everybody",
    }
)
OPERATORS = sayings(
    {
        "equals": "is",
        "contains": "contains",
        "starts_with": "begins with",
        "at_least": "is at least",
        "less_than": "is less than",
        "is_set": "is known",
        "within_last": "was within the last",
        "within_next": "is within the next",
    }
)
STATES = sayings(
    {
        "granted": "opted in",
        "pending": "asked, not confirmed",
        "denied": "refused",
        "withdrawn": "withdrew",
        "expired": "ran out",
        "none": "never asked",
        "suppressed": "must not be written to",
    }
)
CAUSES = sayings(
    {
        pb.Cause.KIND_TOUCH: "something happened",
        pb.Cause.KIND_CONTACT: "the contact changed",
        pb.Cause.KIND_TIME: "time passed",
        pb.Cause.KIND_SEGMENT: "another segment changed",
        pb.Cause.KIND_RULE: "the rule changed",
    }
)
BETWEEN = sayings({"all": "and", "any": "or", "none": "nor"})


@dataclass(frozen=True)
class Line:
    """One node of a rule in words; its children indented below it."""

    text: str
    path: str
    parts: Sequence["Line"] = field(default_factory=tuple)
    segment: str = ""


def lines(rule: pb.Rule, at: Reader, segments: Mapping[str, str], path: str = "rule") -> Line:
    """The rule as lines, each with the path by which errors and explanations name it."""
    kind = rule.WhichOneof("node") or ""
    here = f"{path}.{kind}"
    if kind in {"and", "or"}:
        parts = [
            lines(one, at, segments, f"{here}.rules[{index}]") for index, one in enumerate(getattr(rule, kind).rules)
        ]
        return Line(GROUPS["all" if kind == "and" else "any"], here, parts)
    if kind == "not":
        return Line(GROUPS["none"], here, [lines(getattr(rule, "not").rule, at, segments, f"{here}.rule")])
    segment = rule.segment.segment if kind == "segment" else ""
    return Line(condition(rule, kind, at, segments), here, segment=segment)


def condition(  # noqa: PLR0911 - one answer for each kind
    rule: pb.Rule, kind: str, at: Reader, segments: Mapping[str, str]
) -> str:
    match kind:
        case "attribute" | "account":
            return compared(getattr(rule, kind), at, _("company’s ") if kind == "account" else "")
        case "consent":
            return consent(rule.consent)
        case "touch":
            return touch(rule.touch)
        case "purchase":
            return purchase(rule.purchase)
        case "segment":
            return _("Is in “{segment}”", segment=segments.get(rule.segment.segment, rule.segment.segment))
        case "everyone":
            return _("Everybody")
    return _("Nothing")


def compared(found: pb.AttributeCondition | pb.AccountCondition, at: Reader, whose: str) -> str:
    operator = rules.name_in(rules.OPERATORS, found.operator)
    values = _(" or ").join(f"“{rules.value_text(one, at)}”" for one in found.values)
    if isinstance(found, pb.AttributeCondition) and operator in rules.MOMENT:
        values = time(found)
    told = f"{whose}{attribute(found.attribute)} {OPERATORS.get(operator, operator)} {values}".strip()
    return told[0].upper() + told[1:]


def attribute(name: str) -> str:
    return name.removeprefix("attributes.").replace("_", " ")


def time(found: rules.Windowed) -> str:
    window = rules.window(found)
    length, unit = window["length"][0], window["unit"][0]
    return lasting(int(length), unit)


def lasting(length: int, unit: str) -> str:
    """`30 days`, `day`: a length of time behind “in the last”."""
    match unit:
        case "days":
            return plural(length, "day", "{n} days")
        case "hours":
            return plural(length, "hour", "{n} hours")
        case "minutes":
            return plural(length, "minute", "{n} minutes")
    return plural(length, "second", "{n} seconds")


def consent(found: pb.ConsentCondition) -> str:
    about = found.topic or rules.name_in(rules.PURPOSES, found.purpose)
    states = _(" or ").join(STATES.get(rules.name_in(rules.STATES, one), "?") for one in found.states)
    channel = rules.name_in(rules.CHANNELS, found.channel) or "email"
    by = channel.replace("email", "e-mail")
    return _("Consent to {about} by {channel}: {states}", about=about, channel=by, states=states)


def touch(found: pb.TouchCondition) -> str:
    kinds = _(" or ").join(name.replace("_", " ") for name in found.types)
    least = found.min_count if found.HasField("min_count") else 1
    return f"{kinds}: {times(found, least)}{lately(found)}"


def purchase(found: pb.PurchaseCondition) -> str:
    """`Bought “Mill” or “Kiln”: at least 2 times, for at least 500.00 EUR in the last 90 days`."""
    products = _(" or ").join(f"“{name}”" for name in found.products) or _("anything")
    is_paid = found.HasField("min_amount_minor")
    parts = []
    if not is_paid or found.HasField("min_count") or found.HasField("max_count"):
        parts.append(times(found, found.min_count if found.HasField("min_count") or is_paid else 1))
    if is_paid:
        amount = rules.main_units(found.min_amount_minor, found.currency_code)
        parts.append(_("for at least {amount} {currency}", amount=amount, currency=found.currency_code))
    elif found.currency_code:
        parts.append(_("paid in {currency}", currency=found.currency_code))
    return _("Bought {products}: {told}", products=products, told=", ".join(parts)) + lately(found)


def lately(found: pb.TouchCondition | pb.PurchaseCondition) -> str:
    return _(" in the last {time}", time=time(found)) if found.HasField("within") else ""


def times(found: pb.TouchCondition | pb.PurchaseCondition, at_least: int) -> str:
    """How often, `at_least` where no bound is set."""
    if found.HasField("max_count") and found.max_count == 0:
        return _("never")
    if found.HasField("max_count"):
        least = _("{n} to ", n=found.min_count) if found.min_count else _("at most ")
        return plural(found.max_count, "{least}{n} time", "{least}{n} times", least=least)
    return _("at least once") if at_least == 1 else _("at least {least} times", least=at_least)
