"""A person's attributes in a form: one box each, by what is registered, else by what the value is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from chassis.errors import Violation
from google.type.date_pb2 import Date
from touchline.contact.v1 import contact_pb2 as pb

from services.console.http.forms import Form, sentence
from services.console.http.language import _, sayings
from services.console.http.times import Reader

PREFIX = "attribute:"
PATH = "contact.attributes."
INPUTS = {
    pb.AttributeDefinition.TYPE_STRING: "text",
    pb.AttributeDefinition.TYPE_NUMBER: "number",
    pb.AttributeDefinition.TYPE_BOOLEAN: "boolean",
    pb.AttributeDefinition.TYPE_DATE: "day",
    pb.AttributeDefinition.TYPE_TIMESTAMP: "moment",
    pb.AttributeDefinition.TYPE_CHOICE: "choice",
    pb.AttributeDefinition.TYPE_MULTI_CHOICE: "choices",
    pb.AttributeDefinition.TYPE_URL: "text",
}
HELD = {
    "string_value": "text",
    "integer_value": "number",
    "number_value": "number",
    "boolean_value": "boolean",
    "time_value": "moment",
    "date_value": "day",
    "strings_value": "choices",
}
WANTED = sayings({"day": "A day such as 2027-03-31", "number": "A number such as 12.5", "moment": "A day and a time"})
HINTS = sayings({pb.AttributeDefinition.TYPE_URL: "An address that begins with https://"})


@dataclass(frozen=True)
class Box:
    """Where one attribute is written: its kind decides how it is drawn and read."""

    name: str
    label: str
    kind: str
    hint: str = ""
    choices: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return PREFIX + self.name

    @property
    def keys(self) -> tuple[str, ...]:
        """The fields of the form that hold it: one for each choice of several."""
        return tuple(f"{self.key}:{place}" for place in range(len(self.choices))) if self.kind == "choices" else ()


def boxes(contact: pb.Contact, definitions: Iterable[pb.AttributeDefinition]) -> list[Box]:
    """The attributes that can be written: what is registered and not archived, and what the person has."""
    known = {one.name.rpartition("/")[2]: one for one in definitions}
    wanted = [name for name, one in known.items() if not one.archived or name in contact.attributes]
    free = sorted(name for name in contact.attributes if name not in known)
    return [_registered(name, known[name], contact) for name in wanted] + [_free(name, contact) for name in free]


def drawn(box: Box, contact: pb.Contact, at: Reader) -> dict[str, str]:
    """What the form says of an attribute before anybody has typed."""
    if box.name not in contact.attributes:
        return {}
    value = contact.attributes[box.name]
    if box.kind == "choices":
        held = words(value)
        return {key: "1" for key, choice in zip(box.keys, box.choices, strict=True) if choice in held}
    return {box.key: written(value, at)}


def read(box: Box, form: Form, contact: pb.Contact, at: Reader) -> pb.AttributeValue | None:
    """The value that a form says, exactly the one there was where nobody typed; None for none."""
    held = contact.attributes[box.name] if box.name in contact.attributes else None  # noqa: SIM401 - a map has no get
    if box.kind == "choices":
        if {key for key in box.keys if form[key]} == drawn(box, contact, at).keys():
            return held
        chosen = [choice for key, choice in zip(box.keys, box.choices, strict=True) if form[key]]
        return pb.AttributeValue(strings_value=pb.AttributeValue.StringList(values=chosen)) if chosen else None
    said = form[box.key].strip()
    if said == drawn(box, contact, at).get(box.key, ""):
        return held
    if not said:
        return None
    try:
        return parsed(box, said, at)
    except (ValueError, OverflowError):  # the second: a moment whose UTC is before the year 1
        form.complain(box.key, f"{WANTED[box.kind]}.")
        return None


def complain(form: Form, violations: Iterable[Violation]) -> list[Violation]:
    """Put what is wrong with attributes beside them; gives what is wrong elsewhere."""
    others = []
    for one in violations:
        if one.field.startswith(PATH):
            name = one.field.removeprefix(PATH).partition(".")[0].partition("[")[0]
            form.complain(PREFIX + name, sentence(one.description))
        else:
            others.append(one)
    return others


def words(value: pb.AttributeValue) -> list[str]:
    """What somebody has of several choices; one text is one."""
    return list(value.strings_value.values) if value.HasField("strings_value") else [written(value, None)]


def written(value: pb.AttributeValue, at: Reader | None) -> str:
    """A value as an input has it."""
    match value.WhichOneof("value"):
        case "boolean_value":
            return "yes" if value.boolean_value else "no"
        case "number_value":
            return repr(value.number_value)
        case "integer_value":
            return str(value.integer_value)
        case "time_value":
            local = at.local(value.time_value) if at else None
            return f"{local:%Y-%m-%dT%H:%M}" if local else value.time_value.ToJsonString()
        case "date_value":
            return day_text(value.date_value)
    return value.string_value


def day_text(day: Date) -> str:
    return f"{day.year:04d}-{day.month:02d}-{day.day:02d}"


def parsed(box: Box, said: str, at: Reader) -> pb.AttributeValue:
    match box.kind:
        case "number":
            return _number(said)
        case "boolean":
            return pb.AttributeValue(boolean_value=said == "yes")
        case "day":
            day = date.fromisoformat(said)
            return pb.AttributeValue(date_value=Date(year=day.year, month=day.month, day=day.day))
        case "moment":
            found = pb.AttributeValue()
            found.time_value.FromDatetime(datetime.fromisoformat(said).replace(tzinfo=at.zone))
            return found
    return pb.AttributeValue(string_value=said)


def _number(said: str) -> pb.AttributeValue:
    try:
        return pb.AttributeValue(integer_value=int(said))
    except ValueError:
        return pb.AttributeValue(number_value=float(said))


def _registered(name: str, known: pb.AttributeDefinition, contact: pb.Contact) -> Box:
    kind, choices = INPUTS.get(known.type, "text"), list(known.choices)
    if kind in {"choice", "choices"} and name in contact.attributes:  # what is no choice any more is still hers
        choices += [word for word in words(contact.attributes[name]) if word not in choices]
    hint = _("Archived: takes no new value") if known.archived else known.description or HINTS.get(known.type, "")
    return Box(name, known.display_name, kind, hint, tuple(choices))


def _free(name: str, contact: pb.Contact) -> Box:
    value: Mapping[str, pb.AttributeValue] = contact.attributes
    kind = HELD.get(value[name].WhichOneof("value") or "", "text")
    choices = tuple(words(value[name])) if kind == "choices" else ()
    return Box(name, name.replace("_", " "), kind, _("Not registered"), choices)
