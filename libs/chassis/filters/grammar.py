"""The grammar: AND, OR, NOT or -, comparisons, parentheses. As AIP-160 has it, OR binds closer than AND.

filter     = factor { "AND" factor }
factor     = term { "OR" term }
term       = [ "NOT" | "-" ] ( "(" filter ")" | comparison )
comparison = column operator value          operator: = != < <= > >= :
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from chassis.errors import InvalidArgument, invalid

LONGEST = 2000
MOST_COMPARISONS = 50
DEEPEST = 20

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<operator><=|>=|!=|=|<|>|:)
  | (?P<bracket>[()])
  | (?P<minus>-(?=[A-Za-z(]))
  | (?P<word>[^\s"'()<>=!:]+)
    )""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


class Token(NamedTuple):
    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class Compare:
    """One column, one operator, one value; `is_quoted` tells a text from a bare word."""

    column: str
    operator: str
    value: str
    is_quoted: bool


@dataclass(frozen=True)
class Not:
    part: "Node"


@dataclass(frozen=True)
class And:
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Or:
    parts: tuple["Node", ...]


Node = Compare | Not | And | Or


def parse(text: str) -> Node | None:
    """The tree of a filter; None for an empty one."""
    if len(text) > LONGEST:
        raise refuse(f"is longer than {LONGEST} characters")
    tokens = list(_tokens(text))
    return _Parser(tokens).whole() if tokens else None


def refuse(description: str, reason: str = "FILTER_INVALID") -> InvalidArgument:
    """The filter is wrong, for this reason."""
    return invalid("filter", description, reason)


def _tokens(text: str) -> Iterator[Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise refuse(f"cannot be read at character {at + 1}")
        yield Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup))
        at = found.end()


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._next, self._compared = tokens, 0, 0

    def whole(self) -> Node:
        tree = self._conjunction(0)
        if self._next < len(self._tokens):
            raise self._unexpected("AND, OR or the end")
        return tree

    def _conjunction(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise refuse(f"nests more than {DEEPEST} levels")
        parts = [self._disjunction(depth)]
        while self._take("word", "AND"):
            parts.append(self._disjunction(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _disjunction(self, depth: int) -> Node:
        parts = [self._term(depth)]
        while self._take("word", "OR"):
            parts.append(self._term(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _term(self, depth: int) -> Node:
        if self._take("word", "NOT") or self._take("minus", "-"):
            return Not(self._simple(depth))
        return self._simple(depth)

    def _simple(self, depth: int) -> Node:
        if not self._take("bracket", "("):
            return self._comparison()
        tree = self._conjunction(depth + 1)
        if not self._take("bracket", ")"):
            raise self._unexpected("a closing parenthesis")
        return tree

    def _comparison(self) -> Compare:
        self._compared += 1
        if self._compared > MOST_COMPARISONS:
            raise refuse(f"holds more than {MOST_COMPARISONS} comparisons")
        column = self._expect("a column", "word")
        if not _COLUMN.fullmatch(column.text) or column.text in {"AND", "OR", "NOT"}:
            raise refuse(f"needs a column at character {column.at + 1}")
        operator = self._expect("an operator", "operator").text
        return self._value(column.text, operator)

    def _value(self, column: str, operator: str) -> Compare:
        sign = "-" if self._take("minus", "-") else ""
        token = self._expect("a value", "string", "word")
        if token.kind == "string" and not sign:
            return Compare(column, operator, _ESCAPED.sub(r"\1", token.text[1:-1]), is_quoted=True)
        return Compare(column, operator, sign + token.text, is_quoted=False)

    def _take(self, kind: str, text: str) -> bool:
        if self._next < len(self._tokens) and self._tokens[self._next][:2] == (kind, text):
            self._next += 1
            return True
        return False

    def _expect(self, what: str, *kinds: str) -> Token:
        if self._next >= len(self._tokens) or self._tokens[self._next].kind not in kinds:
            raise self._unexpected(what)
        self._next += 1
        return self._tokens[self._next - 1]

    def _unexpected(self, wanted: str) -> InvalidArgument:
        if self._next >= len(self._tokens):
            return refuse(f"ends where {wanted} should stand")
        return refuse(f"needs {wanted} at character {self._tokens[self._next].at + 1}")
