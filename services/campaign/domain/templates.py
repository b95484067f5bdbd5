"""Liquid templates of a mail: what is wrong with them, compiled once for each activity, rendered for each person.

A template reads `contact`, `account`, `sender`, `campaign`, `unsubscribe_url`, `preferences_url` and `view` ("mail",
"preview" or "test"), and nothing else; whoever has no value is an error, unless the filter `default` gives one. In HTML
every value is escaped. A template has at most 512 KiB, its output 2 MiB, its loops 10,000 rounds.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import liquid
from chassis.errors import Violation
from liquid import exceptions as faults
from liquid.builtin.expressions.path import Path
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.for_tag import ForNode
from liquid.undefined import StrictDefaultUndefined

from services.campaign.domain.errors import RenderFailedError, TemplateInvalidError
from services.campaign.domain.plain import Plain, plain

LARGEST = 512 * 1024
LONGEST_SUBJECT = 1000
FIELDS = {
    "contact": {
        *("given_name", "family_name", "display_name", "title", "email", "language", "time_zone", "country", "stage"),
        *("tags", "attributes"),
    },
    "account": {"display_name", "domain", "industry", "country"},
    "sender": {"display_name", "address"},
    "campaign": {"display_name"},
}
TEXTS = {"unsubscribe_url", "preferences_url", "view"}
# Others read files, keep state from mail to mail, or switch escaping off.
WITHOUT_TAGS = ("include", "render", "tablerow", "increment", "decrement", "ifchanged", "doc")
WITHOUT_FILTERS = ("safe",)
TAG = re.compile(r"\{%-?\s*(\w+).*?%\}", re.DOTALL)


class Liquid(liquid.Environment):
    """Liquid with limits, strict about what is missing."""

    loop_iteration_limit = 10_000
    output_stream_limit = 2 * 1024 * 1024
    local_namespace_limit = 1024 * 1024
    context_depth_limit = 30

    def __init__(self, *, is_html: bool) -> None:
        super().__init__(undefined=StrictDefaultUndefined, autoescape=is_html)
        for tag in WITHOUT_TAGS:
            self.tags.pop(tag, None)
        for name in WITHOUT_FILTERS:
            self.filters.pop(name, None)


class Problem(NamedTuple):
    """A fault of a template: where (line and column from 1), which (UPPER_SNAKE), and the same for people."""

    field: str
    line: int
    column: int
    reason: str
    description: str


@dataclass(frozen=True)
class Compiled:
    """A template that was found good, ready to render; `plain` is it without the engine, where it can be."""

    field: str
    template: Any
    plain: Plain | None


@lru_cache(maxsize=2)
def environment(*, is_html: bool) -> Liquid:
    """The one environment for HTML, the one for texts."""
    return Liquid(is_html=is_html)


def check(field: str, source: str) -> list[Problem]:
    """Everything that is wrong with a template; nothing when it can be used."""
    largest = LONGEST_SUBJECT if field == "subject_template" else LARGEST
    if len(source.encode(errors="replace")) > largest:
        return [Problem(field, 1, 1, "TOO_LARGE", f"is larger than {largest} bytes")]
    if "\x00" in source:
        return [Problem(field, *position(source, source.index("\x00")), "NOT_TEXT", "holds a NUL character")]
    env = environment(is_html=field == "html_template")
    try:
        template = env.from_string(source)
        found = template.analyze()
        strange = _strange_filters(field, source, found.filters, env.filters)
        loops = _empty_loops(field, source, template, set(found.locals))
        return [*_unknown(field, source, found.globals), *strange, *loops]
    except faults.LiquidError as error:
        return [Problem(field, *_place(source, error), _reason(error), str(error.message))]
    except RecursionError:
        return [Problem(field, 1, 1, "TOO_DEEP", "is nested too deep")]


def refuse(problems: Sequence[Problem], prefix: str = "activity.") -> None:
    """Raise what is wrong, each with its line and column; nothing when nothing is."""
    if problems:
        raise TemplateInvalidError(violations=[_violation(prefix, each) for each in problems])


def _violation(prefix: str, found: Problem) -> Violation:
    said = f"line {found.line}, column {found.column}: {found.description}"
    return Violation(f"{prefix}{found.field}", said, found.reason)


def compile_template(field: str, source: str) -> Compiled:
    """A template that `check` found good."""
    is_html = field == "html_template"
    template = environment(is_html=is_html).from_string(source)
    return Compiled(field, template, plain(template, is_html=is_html, largest=Liquid.output_stream_limit))


def render(compiled: Compiled, variables: Mapping[str, Any]) -> str:
    """The text for one person; RenderFailedError says where it could not be made, and quotes no value."""
    if compiled.plain is not None and (text := compiled.plain.render(variables)) is not None:
        return text
    try:
        return str(compiled.template.render(variables))
    except faults.LiquidError as error:
        line, column = _place("", error)
        raise _failed(compiled.field, line, column, _reason(error)) from None
    except (ArithmeticError, TypeError, ValueError, RecursionError, LookupError):
        raise _failed(compiled.field, 0, 0, "NOT_RENDERED") from None


def position(source: str, index: int) -> tuple[int, int]:
    """Line and column, both from 1, of a place in a text."""
    before = source[: max(0, index)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _failed(field: str, line: int, column: int, problem: str) -> RenderFailedError:
    return RenderFailedError(field=field, line=line, column=column, problem=problem)


def _reason(error: faults.LiquidError) -> str:
    match error:
        case faults.UndefinedError():
            return "UNDEFINED"
        case faults.UnknownFilterError():
            return "UNKNOWN_FILTER"
        case faults.LoopIterationLimitError():
            return "TOO_MANY_LOOPS"
        case faults.ResourceLimitError():
            return "TOO_LARGE"
        case faults.LiquidSyntaxError():
            return "SYNTAX"
        case _:
            return "NOT_RENDERED"


def _place(source: str, error: faults.LiquidError) -> tuple[int, int]:
    """Where an error is; liquid forgets it where an expression ends too early, so the tag is found again."""
    token = error.token
    if token is not None and token.start_index >= 0:
        return position(token.source or source, token.start_index)
    last = 0  # of an unclosed block: its last tag
    for found in TAG.finditer(source):
        last = found.start()
        if _is_at_fault(found[0], found[1], str(error.message)):
            break
    return position(source, last)


def _is_at_fault(tag: str, name: str, message: str) -> bool:
    try:
        environment(is_html=False).from_string(f"{tag}{{% end{name} %}}")
    except faults.LiquidError as error:
        return str(error.message) == message
    return False


def _unknown(field: str, source: str, found: Mapping[str, Any]) -> Iterator[Problem]:
    for reads in found.values():
        for read in reads:
            if not _is_known(read.segments):
                name = _spelled(read.segments)
                place = position(source, read.span.index)
                yield Problem(field, *place, "UNKNOWN_VARIABLE", f"{name} is not among the variables of a mail")


def _strange_filters(field: str, source: str, used: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[Problem]:
    for name in used.keys() - known.keys():
        for span in used[name]:
            yield Problem(field, *position(source, span.index), "UNKNOWN_FILTER", f"there is no filter {name[:60]}")


def _is_known(segments: Sequence[Any]) -> bool:
    """`contact.given_name`, `contact.attributes.plan`, `contact.tags.first`; never a path that is computed."""
    root, *rest = segments
    if root in TEXTS:
        return not rest
    if not rest or not all(isinstance(part, str | int) for part in rest) or rest[0] not in FIELDS.get(root, ()):
        return False
    return len(rest) == 1 or rest[0] == "tags" or (rest[0] == "attributes" and len(rest) <= 3)


def _spelled(segments: Sequence[Any]) -> str:
    return ".".join(str(part) if isinstance(part, str | int) else "[…]" for part in segments)[:200]


def _empty_loops(field: str, source: str, template: Any, local: set[str]) -> Iterator[Problem]:
    context = liquid.RenderContext(template)
    loops = [node for node in _walk(template.nodes, context) if isinstance(node, ForNode)]
    local |= {node.expression.identifier for node in loops}
    for node in loops:
        if not _is_list(node.expression.iterable, local):
            place = position(source, node.token.start_index)
            yield Problem(field, *place, "LOOP_OVER_NOTHING", "this loop goes over nothing: it needs a list")


def _walk(nodes: Sequence[Any], context: Any) -> Iterator[Any]:
    for node in nodes:
        yield node
        yield from _walk(list(node.children(context, include_partials=False)), context)


def _is_list(over: Any, local: set[str]) -> bool:
    if isinstance(over, RangeLiteral):
        start, stop = (getattr(end, "value", None) for end in (over.start, over.stop))
        return not (isinstance(start, int) and isinstance(stop, int)) or start <= stop
    if not isinstance(over, Path):
        return False
    root, *rest = over.path
    if root in local:
        return True
    return root == "contact" and (rest == ["tags"] or (rest[:1] == ["attributes"] and len(rest) == 2))
