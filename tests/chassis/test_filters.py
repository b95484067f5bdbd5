"""AIP-160 filters: what they mean, and what they refuse."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from chassis.errors import InvalidArgument
from chassis.filters import And, Column, Compare, Kind, Not, Or, compile_filter, parse, parse_order
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import column
from sqlalchemy.dialects import postgresql

COLUMNS = {
    "title": Column(Kind.TEXT, column("title")),
    "size": Column(Kind.NUMBER, column("size")),
    "create_time": Column(Kind.TIME, column("create_time")),
    "is_open": Column(Kind.BOOL, column("is_open")),
    "state": Column(Kind.ENUM, column("state"), values={"DRAFT": 1, "RUNNING": 2}),
    "email": Column(Kind.TEXT, build=lambda operator, value: column("subject") == value[::-1], operators=("=",)),
}


def sql(text: str) -> tuple[str, dict[str, Any]]:
    compiled = compile_filter(text, COLUMNS).compile(dialect=postgresql.dialect())
    return re.sub(r"::[A-Z]+", "", " ".join(str(compiled).split())), compiled.params


def test_or_binds_closer_than_and() -> None:
    a, b, c = (Compare("size", "=", str(n), is_quoted=False) for n in (1, 2, 3))
    assert parse("size = 1 AND size = 2 OR size = 3") == And((a, Or((b, c))))
    assert parse("(size=1 AND size=2) OR size=3") == Or((And((a, b)), c))
    assert parse("NOT size = 1") == parse("-size = 1") == Not(a)
    assert parse("-(size=1 OR size=2)") == Not(Or((a, b)))


@pytest.mark.parametrize(
    ("text", "expected", "bound"),
    [
        ('title = "a b"', "title = %(title_1)s", {"title_1": "a b"}),
        ("title != 'it\\'s'", "title != %(title_1)s", {"title_1": "it's"}),
        ("size >= -1.5", "size >= %(size_1)s", {"size_1": -1.5}),
        ("size < 10", "size < %(size_1)s", {"size_1": 10}),
        ("is_open = true", "is_open = true", {}),
        ("state = RUNNING", "state = %(state_1)s", {"state_1": 2}),
        ("state:*", "state IS NOT NULL", {}),
        ("title:*", "title IS NOT NULL AND title != %(title_1)s", {"title_1": ""}),
        ('title:"50%_"', "title ILIKE %(title_1)s ESCAPE '\\'", {"title_1": "%50\\%\\_%"}),
        ('title = "spring*"', "title ILIKE %(title_1)s ESCAPE '\\'", {"title_1": "spring%"}),
        ('email = "abc"', "subject = %(subject_1)s", {"subject_1": "cba"}),
        ("NOT is_open = false AND size:3", "is_open != false AND size = %(size_1)s", {"size_1": 3}),
    ],
)
def test_what_a_filter_means(text: str, expected: str, bound: dict[str, Any]) -> None:
    assert sql(text) == (expected, bound)


def test_moments_are_bound_in_utc() -> None:
    _, bound = sql('create_time > "2026-03-01T10:00:00+02:00"')
    assert bound == {"create_time_1": datetime(2026, 3, 1, 8, tzinfo=UTC)}


def test_an_empty_filter_is_none() -> None:
    assert compile_filter("  ", COLUMNS) is None


@pytest.mark.parametrize(
    ("text", "reason", "said"),
    [
        ("titel = 1", "FILTER_COLUMN_UNKNOWN", "near names: title"),
        ("zzz = 1", "FILTER_COLUMN_UNKNOWN", "there are create_time"),
        ("is_open > true", "FILTER_OPERATOR", "is_open takes"),
        ("email:*", "FILTER_OPERATOR", "email takes ="),
        ("size = many", "FILTER_VALUE", "a number"),
        ("size = nan", "FILTER_VALUE", "a number"),
        ("size = 1e400", "FILTER_VALUE", "a number"),
        ('create_time > "2026-01-01T00:00:00"', "FILTER_VALUE", "zone"),
        ("state = PAUSED", "FILTER_VALUE", "DRAFT, RUNNING"),
        ("is_open = yes", "FILTER_VALUE", "true or false"),
        ('title = "\0"', "FILTER_VALUE", "U+0000"),
        ("title", "FILTER_INVALID", "an operator"),
        ("title =", "FILTER_INVALID", "a value"),
        ("(size = 1", "FILTER_INVALID", "closing parenthesis"),
        ("size = 1)", "FILTER_INVALID", "at character 9"),
        ("size = 1 size = 2", "FILTER_INVALID", "AND, OR or the end"),
        ('title = "open', "FILTER_INVALID", "character 8"),
        ("title = 'a'; DROP TABLE note", "FILTER_INVALID", "AND, OR or the end"),
        ("AND = 1", "FILTER_INVALID", "a column"),
        ("(" * 30 + "size=1" + ")" * 30, "FILTER_INVALID", "levels"),
        (" AND ".join(["size = 1"] * 51), "FILTER_INVALID", "comparisons"),
        ("x" * 2001, "FILTER_INVALID", "longer"),
    ],
)
def test_what_a_filter_refuses(text: str, reason: str, said: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        compile_filter(text, COLUMNS)
    assert caught.value.reason == reason
    assert said in caught.value.violations[0].description


@given(st.text(max_size=60))
def test_whatever_is_typed_is_understood_or_refused(text: str) -> None:
    with suppress(InvalidArgument):
        compile_filter(text, COLUMNS)


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30))
def test_any_text_can_be_looked_for_and_is_bound(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    statement, bound = sql(f'title != "{quoted}"')
    assert set(bound) == {"title_1"}
    if not (text.startswith("*") or text.endswith("*")):
        assert (statement, bound["title_1"]) == ("title != %(title_1)s", text)


def test_orders_are_allow_listed() -> None:
    assert parse_order("create_time desc, title", ["create_time", "title"]) == [("create_time", True), ("title", False)]
    assert parse_order("", ["title"]) == []
    for text in ("title up", "title desc asc", "title, title", "pg_sleep(1)"):
        with pytest.raises(InvalidArgument):
            parse_order(text, ["title"])
