"""What may be filtered and ordered by: an allow-list of columns, each of a kind that says what fits it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from enum import StrEnum
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_

from chassis.errors import InvalidArgument, invalid
from chassis.filters.grammar import And, Compare, Node, Not, Or, parse, refuse

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_ESCAPE = "\\"


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    BOOL = "bool"
    ENUM = "enum"


FITTING = {
    Kind.TEXT: ("=", "!=", "<", "<=", ">", ">=", ":"),
    Kind.NUMBER: ("=", "!=", "<", "<=", ">", ">=", ":"),
    Kind.TIME: ("=", "!=", "<", "<=", ">", ">=", ":"),
    Kind.BOOL: ("=", "!=", ":"),
    Kind.ENUM: ("=", "!=", ":"),
}


@dataclass(frozen=True)
class Column:
    """One name that a filter may use.

    `expression` is compared with the bound value. `values` are an enum's names and what is stored for them. `build`
    stands in for an expression where a comparison is a query of its own: it is given the operator and the value.
    """

    kind: Kind
    expression: Any = None
    values: Mapping[str, Any] = field(default_factory=dict)
    build: Callable[[str, Any], ColumnElement[bool]] | None = None
    operators: Sequence[str] | None = None


def compile_filter(text: str, columns: Mapping[str, Column]) -> ColumnElement[bool] | None:
    """The condition of a filter; None for an empty one. InvalidArgument names the column and its near names."""
    tree = parse(text)
    return None if tree is None else _compiled(tree, columns)


def parse_order(text: str, allowed: Sequence[str]) -> list[tuple[str, bool]]:
    """`create_time desc, name` as (column, is descending); refuses what is not allowed and what is named twice."""
    order: list[tuple[str, bool]] = []
    for part in filter(None, (piece.split() for piece in text.split(","))):
        name, direction = part[0], part[1] if len(part) > 1 else "asc"
        if len(part) > 2 or direction not in {"asc", "desc"} or name in dict(order):
            raise invalid("order_by", "has the form `column [asc|desc], …`, each column once", "ORDER_BY_INVALID")
        if name not in allowed:
            raise invalid("order_by", f"can be {', '.join(sorted(allowed))}", "ORDER_BY_UNKNOWN")
        order.append((name, direction == "desc"))
    return order


def _compiled(tree: Node, columns: Mapping[str, Column]) -> ColumnElement[bool]:
    match tree:
        case And(parts):
            return and_(*(_compiled(part, columns) for part in parts))
        case Or(parts):
            return or_(*(_compiled(part, columns) for part in parts))
        case Not(part):
            return not_(_compiled(part, columns))
        case Compare():
            return _comparison(tree, columns)


def _comparison(said: Compare, columns: Mapping[str, Column]) -> ColumnElement[bool]:
    column = columns.get(said.column)
    if column is None:
        raise _unknown(said.column, columns)
    fitting = column.operators or FITTING[column.kind]
    if said.operator not in fitting:
        raise refuse(f"{said.column} takes {' '.join(fitting)}", "FILTER_OPERATOR")
    if said.operator == ":" and said.value == "*" and column.build is None:
        return _present(column)
    value = _value(said, column)
    if column.build is not None:
        return column.build(said.operator, value)
    return _compared(column, said, value)


def _compared(column: Column, said: Compare, value: Any) -> ColumnElement[bool]:
    if column.kind is Kind.TEXT and said.operator == ":":
        return _like(column, f"%{_escaped(value)}%")
    if column.kind is Kind.TEXT and said.operator in {"=", "!="} and (value[:1] == "*" or value[-1:] == "*"):
        matches = _like(column, f"{'%' * value.startswith('*')}{_escaped(value.strip('*'))}{'%' * value.endswith('*')}")
        return matches if said.operator == "=" else not_(matches)
    return _checked(_OPERATORS["=" if said.operator == ":" else said.operator](column.expression, value))


def _like(column: Column, pattern: str) -> ColumnElement[bool]:
    return _checked(column.expression.ilike(pattern, escape=_ESCAPE))


def _present(column: Column) -> ColumnElement[bool]:
    there = column.expression.is_not(None)
    return _checked(and_(there, column.expression != "") if column.kind is Kind.TEXT else there)


def _checked(expression: Any) -> ColumnElement[bool]:
    if not isinstance(expression, ColumnElement):
        raise TypeError("the column's expression is not one of SQLAlchemy's")
    return expression


def _escaped(text: str) -> str:
    for character in (_ESCAPE, "%", "_"):
        text = text.replace(character, _ESCAPE + character)
    return text


def _value(said: Compare, column: Column) -> Any:
    try:
        return _READERS[column.kind](said, column)
    except ValueError:
        raise refuse(f"{said.column} {_WANTED[column.kind](column)}", "FILTER_VALUE") from None


def _text(said: Compare, _column: Column) -> str:
    if "\0" in said.value:
        raise ValueError
    return said.value


def _number(said: Compare, _column: Column) -> float | int:
    value = float(said.value)
    if said.is_quoted or not abs(value) <= 2**63:
        raise ValueError
    return int(said.value) if said.value.lstrip("-").isdigit() else value


def _time(said: Compare, _column: Column) -> datetime:
    moment = datetime.fromisoformat(said.value)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _bool(said: Compare, _column: Column) -> bool:
    return bool(("false", "true").index(said.value))


def _enum(said: Compare, column: Column) -> Any:
    if said.value not in column.values:
        raise ValueError
    return column.values[said.value]


_READERS: dict[Kind, Callable[[Compare, Column], Any]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.TIME: _time,
    Kind.BOOL: _bool,
    Kind.ENUM: _enum,
}
_WANTED: dict[Kind, Callable[[Column], str]] = {
    Kind.TEXT: lambda _: "takes a text without U+0000",
    Kind.NUMBER: lambda _: "takes a number",
    Kind.TIME: lambda _: 'takes a moment with its zone, like "2026-01-31T09:00:00Z"',
    Kind.BOOL: lambda _: "takes true or false",
    Kind.ENUM: lambda column: f"takes one of {', '.join(column.values)}",
}


def _unknown(name: str, columns: Mapping[str, Column]) -> InvalidArgument:
    near = get_close_matches(name, columns, n=3, cutoff=0.5)
    hint = f"near names: {', '.join(near)}" if near else f"there are {', '.join(sorted(columns))}"
    return refuse(f"knows no column {name[:40]}; {hint}", "FILTER_COLUMN_UNKNOWN")
