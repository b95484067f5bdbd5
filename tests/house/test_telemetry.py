"""The catalogue of spans and metrics: what code names stands in it, and docs/telemetry.md says the same."""

import ast

from chassis.telemetry import metrics, names, spans

from deploy import telemetry
from tests.house.tree import modules, parse


def test_the_document_says_what_the_code_does():
    assert telemetry.FILE.read_text("utf-8") == telemetry.wanted(), "run python -m deploy.telemetry"


def test_a_span_is_opened_by_a_name_of_the_catalogue():
    """Outside of the chassis, whose own spans are made from what varies."""
    told = {span.name for span in spans.CATALOGUE}
    known = {name for name, value in vars(names).items() if name.isupper() and value in told}
    for path in modules():
        if path.parts[0] in {"services", "libs"} and path.parts[:3] != ("libs", "chassis", "telemetry"):
            for call in (node for node in ast.walk(parse(path)) if isinstance(node, ast.Call)):
                if ast.unparse(call.func) == "telemetry.span":
                    said = call.args[0]
                    assert isinstance(said, ast.Attribute), f"{path}:{call.lineno} names a span itself"
                    assert said.attr in known, f"{path}:{call.lineno} {said.attr}"


def test_every_label_and_metric_has_its_name_in_the_catalogue():
    labels = {value for name, value in vars(names).items() if name.startswith("LABEL_")}
    told = telemetry.declared()
    assert {label for metric in told for label in metric._labelnames} == labels
    named = {value for name, value in vars(names).items() if name.isupper() and hasattr(metrics, name)}
    shown = {f"{one.describe()[0].name}{'_total' if one._type == 'counter' else ''}" for one in told}
    assert shown == named
