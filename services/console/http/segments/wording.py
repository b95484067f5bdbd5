"""A rule read aloud: each node a line that a marketer would say, with its place in the message beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from touchline.segmentation.v1 import segmentation_pb2 as pb

from services.console.http.segments import rule as rules
from services.console.http.times import Reader

KINDS = {
    pb.Segment.KIND_LIST: "List",
    pb.Segment.KIND_EXCLUSION: "Exclusion list",
    pb.Segment.KIND_RULE: "Rule",
}
GROUPS = {"all": "All of these", "any": "At least one of these", "none": "None of these"}
CONDITIONS = {
    "attribute": "About the person",
    "account": "About the company",
    "consent": "Consent",
    "touch": "What happened",
    "segment": "Another segment",
    "everyone": "Everybody",
}
OPERATORS = {
    "equals": "is",
    "contains": "contains",
    "starts_with": "begins with",
    "at_least": "is at least",
    "less_than": "is less than",
    "is_set": "is known",
    "within_last": "was within the last",
    "within_next": "is within the next",
}
STATES = {
    "granted": "opted in",
    "pending": "asked, not confirmed",
    "denied": "refused",
    "withdrawn": "withdrew",
    "expired": "ran out",
    "none": "never asked",
    "suppressed": "must not be written to",
}
CAUSES = {
    pb.Cause.KIND_TOUCH: "something happened",
    pb.Cause.KIND_CONTACT: "the contact changed",
    pb.Cause.KIND_TIME: "time passed",
    pb.Cause.KIND_SEGMENT: "another segment changed",
    pb.Cause.KIND_RULE: "the rule changed",
}
BETWEEN = {"all": "and", "any": "or", "none": "nor"}


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


def condition(rule: pb.Rule, kind: str, at: Reader, segments: Mapping[str, str]) -> str:
    match kind:
        case "attribute" | "account":
            return compared(getattr(rule, kind), at, "company’s " if kind == "account" else "")
        case "consent":
            return consent(rule.consent)
        case "touch":
            return touch(rule.touch)
        case "segment":
            return f"Is in “{segments.get(rule.segment.segment, rule.segment.segment)}”"
        case "everyone":
            return "Everybody"
    return "Nothing"


def compared(found: pb.AttributeCondition | pb.AccountCondition, at: Reader, whose: str) -> str:
    operator = rules.name_in(rules.OPERATORS, found.operator)
    values = " or ".join(f"“{rules.value_text(one, at)}”" for one in found.values)
    if isinstance(found, pb.AttributeCondition) and operator in rules.MOMENT:
        values = time(found)
    said = f"{whose}{attribute(found.attribute)} {OPERATORS.get(operator, operator)} {values}".strip()
    return said[0].upper() + said[1:]


def attribute(name: str) -> str:
    return name.removeprefix("attributes.").replace("_", " ")


def time(found: pb.AttributeCondition | pb.TouchCondition) -> str:
    said = rules.window(found)
    length, unit = said["length"][0], said["unit"][0]
    return f"{unit.removesuffix('s')}" if length == "1" else f"{length} {unit}"


def consent(found: pb.ConsentCondition) -> str:
    about = found.topic or rules.name_in(rules.PURPOSES, found.purpose)
    states = " or ".join(STATES.get(rules.name_in(rules.STATES, one), "?") for one in found.states)
    channel = rules.name_in(rules.CHANNELS, found.channel) or "email"
    return f"Consent to {about} by {channel.replace('email', 'e-mail')}: {states}"


def touch(found: pb.TouchCondition) -> str:
    kinds = " or ".join(name.replace("_", " ") for name in found.types)
    if found.HasField("max_count") and found.max_count == 0:
        times = "never"
    elif found.HasField("max_count"):
        least = f"{found.min_count} to " if found.min_count else "at most "
        times = f"{least}{found.max_count} times"
    else:
        least = found.min_count if found.HasField("min_count") else 1
        times = "at least once" if least == 1 else f"at least {least} times"
    return f"{kinds}: {times}" + (f" in the last {time(found)}" if found.HasField("within") else "")
