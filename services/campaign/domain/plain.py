"""Templates that hold nothing but texts and plain reads, as most mails do: rendered without Liquid's engine.

What comes out is what the engine would write, to the byte, or None: then the engine has to say what becomes of it. So
everything unusual is None: a tag, another filter than `default`, a value that is neither text nor number, one that is
missing, a carriage return (the engine makes a line feed of it), half a surrogate, too much output.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from liquid import escape
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions.filtered import Filter, FilteredExpression
from liquid.builtin.expressions.path import Path
from liquid.builtin.expressions.primitive import StringLiteral
from liquid.builtin.output import OutputNode

LINKS = "links_"
METHODS = {"first", "last", "size"}  # what a path may end with without there being such a key


class Read(NamedTuple):
    """One value: its place among the parts, its path, and what the filter `default` writes instead of nothing."""

    place: int
    path: tuple[str | int, ...]
    otherwise: str | None


class Plain:
    """Parts of a template; every read has a part of its own. `largest` is the output's limit in bytes."""

    def __init__(self, parts: Sequence[str], reads: Sequence[Read], *, is_html: bool, largest: int) -> None:
        self._parts, self._reads, self._is_html, self._largest = list(parts), tuple(reads), is_html, largest

    def render(self, variables: Mapping[str, Any]) -> str | None:
        """The text for one person; None where the engine has to write it, or to say why it cannot."""
        parts = self._parts.copy()
        for place, path, otherwise in self._reads:
            value: Any = variables
            try:
                for key in path:
                    value = value[key]
            except KeyError:
                value = ""
                if otherwise is None:
                    return None
            except (TypeError, IndexError):
                return None
            if type(value) is str:
                parts[place] = self._written(value, otherwise)
            elif type(value) is int and abs(value) < 1 << 63:
                parts[place] = str(value)
            else:
                return None
        return self._checked("".join(parts))

    def _written(self, value: str, otherwise: str | None) -> str:
        if otherwise is not None and not value:
            return otherwise
        return escape(value) if self._is_html and not value.isalnum() else value

    def _checked(self, text: str) -> str | None:
        if "\r" in text:
            return None
        if not text.isascii() or len(text) > self._largest:
            try:
                return text if len(text.encode()) <= self._largest else None
            except UnicodeEncodeError:
                return None
        return text


def plain(template: Any, *, is_html: bool, largest: int) -> Plain | None:
    """A compiled template of Liquid as parts; None when it holds more than texts and plain reads."""
    parts: list[str] = []
    reads: list[Read] = []
    for node in template.nodes:
        if type(node) is ContentNode:
            parts.append(node.text)
            continue
        read = _read(node, len(parts))
        if read is None:
            return None
        reads.append(read)
        parts.append("")
    return Plain(parts, reads, is_html=is_html, largest=largest)


def _read(node: Any, place: int) -> Read | None:
    if type(node) is not OutputNode or type(node.expression) is not FilteredExpression:
        return None
    left, filters = node.expression.left, node.expression.filters or []
    if type(left) is not Path or not _is_plain(left.path):
        return None
    otherwise = _default(filters[0]) if len(filters) == 1 else None
    return Read(place, tuple(left.path), otherwise) if otherwise is not None or not filters else None


def _is_plain(path: Sequence[Any]) -> bool:
    """Whether it names keys only: a number is one of the links."""
    root, *rest = path
    if root == LINKS:
        return len(rest) == 1 and type(rest[0]) is int
    return all(type(key) is str and key not in METHODS for key in path)


def _default(filter_: Filter) -> str | None:
    """What the filter `default` gives, when it is a plain text."""
    if filter_.name != "default" or len(filter_.args) != 1:
        return None
    (argument,) = filter_.args
    value = argument.value
    return str(value.value) if not getattr(argument, "name", "") and type(value) is StringLiteral else None
