"""What services refuse is said in the reader's language: each sentence that a form can meet is in the catalogue."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from buf.validate import validate_pb2
from chassis.errors import InvalidArgument, Violation

from services.console.http.forms import Form, refuse
from services.console.http.language import LANGUAGES, reading
from services.console.http.refusals import REFUSALS, patterns, plain, refusal

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("contact", "segmentation", "campaign", "interaction")
SOURCES = [
    *(path for service in SERVICES for path in sorted((ROOT / "services" / service).rglob("*.py"))),
    ROOT / "libs/identity/kinds.py",
]
# Where a refusal's sentence stands among the arguments of what makes it.
SAYING = {"Violation": 1, "field_invalid": 1, "identifier_invalid": 1, "invalid": 1, "bad_argument": 1, "_invalid": 1}
SAYING |= {"Problem": -1, "InvalidIdentifierError": 1}
FORMS = {"WORDS", "_FORM"}  # of contact's attributes
WORDED = {"words", "description"}  # what is said a few lines below; evaluate.py explains and refuses nothing
PLACE = "\0"
# What no form of the console can meet: other systems' calls, what the console makes of its own, readers' positions.
UNMET = {
    "There is no such link.",
    "There is no such consent event.",
    "Services have still to acknowledge the erasure.",
    "A deal has that id.",
    "The link was used already.",
    "The link ended before it was used: ask for a new one.",
    "The address has refused since it was asked to confirm.",
    "The caller sees the address masked, and so cannot allow sending to it.",
    "The source was registered for another kind of identifier.",
    "There is no such source.",
    "The source belongs to another client.",
    "A request holds 1 to 1,000 items.",
    "The links that min_position names are not applied yet.",
    "The watcher is still joining the streams.",
    "The source is registered for another client or another kind of identifier.",
    "A new version may only widen the one before, and built-in types stay as they are.",
    "or actor.kind is not a known value",
    "comes with message_time",
    "is needed, since message is no UUIDv7",
    f"is {PLACE} for this source",
    "is a touch of another identifier",
    "is no position",
    "is no position of ours",
    "is no cursor of ours",
    "is a thread of the parent",
    "names fields of TouchBrief",
    "is contacts/{contact} or accounts/{account}",
    "are reasons of ContactActivity",
    "have 16 bytes each",
    f"names fields among {PLACE}",
    f"are at most {PLACE}",
    f"are at most {PLACE} names",
    f"are names of the form {PLACE}/{{uuid}}",
    "are names of the form contacts/{uuid}",
    f"has {PLACE} bytes, beside a number from 0",
    f"is not of 1 to {PLACE} characters",
    "is another purchase of this source",
    "is no currency of three capitals, such as EUR",
    "is not email, phone or crm:<system>, and no contact is named",
}


def sentences(node: ast.expr | None) -> Iterator[str]:
    """The sentences that an expression can be, each place of them as PLACE."""
    match node:
        case ast.Constant(str(text)):
            yield text
        case ast.JoinedStr(parts):
            yield "".join(part.value if isinstance(part, ast.Constant) else PLACE for part in parts)
        case ast.IfExp():
            yield from sentences(node.body)
            yield from sentences(node.orelse)
        case ast.BoolOp():
            for each in node.values:
                yield from sentences(each)


def said(path: Path) -> Iterator[str]:
    """Every sentence by which a module refuses something."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            place = SAYING.get(getattr(node.func, "id", ""))
            if place is not None and node.args[place:]:
                yield from sentences(node.args[place])
        elif isinstance(node, ast.ClassDef) and any(_is_reason(each) for each in node.body):
            yield (ast.get_docstring(node) or "").partition("\n")[0]
        elif (
            isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in WORDED and path.name != "evaluate.py"
        ):
            yield from sentences(node.value)
        elif path.name == "attributes.py" and isinstance(node, ast.Assign | ast.AugAssign):
            target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
            for each in getattr(node.value, "values", ()) if getattr(target, "id", "") in FORMS else ():
                yield from sentences(each)


def _is_reason(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "reason"


def rules() -> dict[str, str]:
    """A message of each rule that a field of a request has, as protovalidate writes it."""
    found: dict[str, str] = {}
    for service in SERVICES:
        file = import_module(f"touchline.{service}.v1.{service}_pb2").DESCRIPTOR
        waiting = list(file.message_types_by_name.values())
        for message in waiting:
            waiting.extend(message.nested_types)
            for field in message.fields:
                found |= _rules(field.GetOptions().Extensions[validate_pb2.field])
    return found


def _rules(told: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, value in told.ListFields():  # type: ignore[attr-defined]
        for rule, given in value.ListFields() if kind.message_type and not kind.is_repeated else ():
            if rule.name in {"items", "keys", "values"}:
                found |= _rules(given)
            for each in rule.GetOptions().Extensions[validate_pb2.predefined].cel:
                texts = [each.message] if each.message else each.expression.split("'")[1::2]
                found |= {text: rule.full_name for text in texts if " " in text}
    return found


def is_known(text: str) -> bool:
    """Whether a sentence, its places filled with something, has an entry."""
    filled = text.replace(PLACE, "7")
    return filled in plain() or any(pattern.fullmatch(filled) for pattern, _ in patterns())


def test_every_refusal_that_a_form_can_meet_has_an_entry():
    found = {text: path.name for path in SOURCES for text in said(path) if text and text not in UNMET}
    assert len(found) > 150
    missing = sorted(f"{file}: {text.replace(PLACE, '{…}')}" for text, file in found.items() if not is_known(text))
    assert missing == [], "add them to services/console/http/refusals.py, or to UNMET where no form can meet them"


def test_what_no_form_can_meet_is_still_said_by_somebody():
    found = {text for path in SOURCES for text in said(path)}
    assert sorted(UNMET - found) == []


def test_every_rule_of_the_protos_has_an_entry():
    found = rules()
    assert any("max_len" in rule for rule in found.values())
    filled = {text.replace("%s", PLACE).replace("%d", PLACE): rule for text, rule in found.items()}
    unused = {text for text in filled if ("greater than " in text and "equal" not in text) or " or less than" in text}
    assert sorted(text for text in filled.keys() - unused if not is_known(text)) == []


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("must be at most 200 characters", "darf höchstens 200 Zeichen haben"),
        ("is not a number", "ist nicht: eine Zahl"),
        ("line 3, column 7: there is no filter shout", "Zeile 3, Spalte 7: es gibt keinen Filter shout"),
        ("holds 3 values; BETWEEN takes 2", "hat 3 Werte; BETWEEN nimmt 2"),
        ("has a field called {n} {path}", "has a field called {n} {path}"),
        ("", ""),
    ],
)
def test_a_refusal_is_said_with_its_values_and_what_is_unknown_as_it_is(english: str, german: str):
    assert refusal(english) == english
    with reading("de"):
        assert refusal(english) == german


def test_a_form_says_a_refusal_at_its_field_in_the_language_of_who_reads():
    told = InvalidArgument(violations=[Violation("sender.address", "must be one e-mail address", "ADDRESS_INVALID")])
    for language, words in (("en", "Must be one e-mail address."), ("de", "Muss eine einzige E-Mail-Adresse sein.")):
        with reading(language):
            assert refuse(Form(), told, {"address"}).wrong == {"address": words}


def test_the_places_of_an_entry_are_found_in_what_it_says():
    for text in REFUSALS:
        for language in LANGUAGES:
            with reading(language):
                assert refusal(text)
