"""Why somebody is in a segment is said in the reader's language: each answer of segmentation has its words."""

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.console.http.language import LANGUAGES, reading
from services.console.http.segments.reasons import reason

ROOT = Path(__file__).resolve().parents[2]
EVALUATE = ROOT / "services/segmentation/domain/evaluate.py"
THIRD, VALUE = 2, "7"


def said() -> set[str]:
    """Every answer that a rule can get, `7` in place of each value."""
    found: set[str] = set()
    for function in ast.parse(EVALUATE.read_text()).body:
        if isinstance(function, ast.FunctionDef):
            named = _named(function)
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Answer":
                    found |= set(_texts(node.args[THIRD], named))
    return found


def _named(function: ast.FunctionDef) -> dict[str, list[str]]:
    """What the function calls `words`, with what it adds to it."""
    named: dict[str, list[str]] = {}
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name("words" as name)], value=value):
                named[name] = [*_texts(value, {})]
            case ast.AugAssign(target=ast.Name("words" as name), value=value):
                named[name] += [one + more for one in named[name] for more in _texts(value, {})]
    return named


def _texts(node: ast.expr, named: dict[str, list[str]]) -> Iterator[str]:
    """What an expression says: each of its ways."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Name(id=name) if name in named:
            yield from named[name]
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*_texts(body, named), *_texts(orelse, named))
        case ast.JoinedStr(values=values):
            yield from map("".join, itertools.product(*([*_texts(each, named)] for each in values)))
        case ast.FormattedValue(value=value):
            yield from [*_texts(value, named)]
        case _:
            yield VALUE


@pytest.mark.parametrize("language", sorted(LANGUAGES.keys() - {"en"}))
def test_every_answer_of_a_rule_is_said_in_the_readers_language(language: str) -> None:
    assert len(said()) >= 16
    with reading(language):
        assert [told for told in said() if reason(told) == told] == []


def test_what_somebody_else_says_stays_as_it_is() -> None:
    with reading("de"):
        assert reason("the moon is full") == "the moon is full"
