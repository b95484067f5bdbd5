"""A rule as a form holds it: a tree of groups and conditions, fields named by their place, and what buttons do to it.

`0` is the root, `0.1` its second part; `0.1:operator` is a field of that part. What was typed stays, right or wrong.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

GROUPS = ("all", "any", "none")
CONDITIONS = ("attribute", "account", "consent", "touch", "purchase", "segment", "everyone")
MOST_NODES = 120
DEEPEST = 10
LONGEST_VALUE = 20_000
ROOT = "0"


@dataclass
class Node:
    """A group with its parts, or a condition with its fields."""

    kind: str
    values: dict[str, list[str]] = field(default_factory=dict)
    parts: list["Node"] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    id: str = ROOT
    is_new: bool = False

    @property
    def is_group(self) -> bool:
        return self.kind in GROUPS

    def __getitem__(self, name: str) -> str:
        return next(iter(self.values.get(name, ())), "")

    def all(self, name: str) -> list[str]:
        return [value for value in self.values.get(name, ()) if value]


def begin() -> Node:
    """The tree of a new rule: all of one condition."""
    return number(Node("all", parts=[Node("attribute")]))


def number(root: Node, place: str = ROOT) -> Node:
    """Give every node the id of its place."""
    root.id = place
    for index, part in enumerate(root.parts):
        number(part, f"{place}.{index}")
    return root


def walk(node: Node) -> Iterator[Node]:
    yield node
    for part in node.parts:
        yield from walk(part)


def read(pairs: Sequence[tuple[str, str]]) -> Node:
    """The tree that a form holds. What belongs to no group is left out, a tree without a root is a new one."""
    kinds, values = sorted_fields(pairs)
    found: dict[str, Node] = {}
    for place in sorted((one for one in kinds if is_place(one)), key=in_order)[:MOST_NODES]:
        kind = kinds[place]
        parent = found.get(place.rpartition(".")[0])
        if kind not in GROUPS + CONDITIONS or (place != ROOT and (parent is None or not parent.is_group)):
            continue
        found[place] = Node(kind, values.get(place, {}))
        if parent is not None:
            parent.parts.append(found[place])
    return number(found[ROOT]) if ROOT in found else begin()


def sorted_fields(pairs: Sequence[tuple[str, str]]) -> tuple[dict[str, str], dict[str, dict[str, list[str]]]]:
    kinds: dict[str, str] = {}
    values: dict[str, dict[str, list[str]]] = {}
    for key, value in pairs:
        place, mark, name = key.partition(":")
        if mark and name == "kind":
            kinds[place] = value
        elif mark:
            values.setdefault(place, {}).setdefault(name, []).append(value[:LONGEST_VALUE])
    return kinds, values


def is_place(text: str) -> bool:
    parts = text.split(".")
    whole = all(part.isdecimal() and part.isascii() and len(part) < 5 for part in parts)
    return whole and parts[0] == ROOT and len(parts) <= DEEPEST


def in_order(place: str) -> list[int]:
    return [int(part) for part in place.split(".")]


def act(root: Node, wish: str) -> Node:
    """What a button does: `add 0 touch`, `group 0.1 any`, `remove 0.1`. Other wishes change nothing."""
    verb, _blank, rest = wish.partition(" ")
    place, _blank, kind = rest.partition(" ")
    at = {node.id: node for node in walk(root)}
    node = at.get(place)
    if node is None or len(at) > MOST_NODES:
        return root
    if verb == "add" and node.is_group and kind in CONDITIONS:
        node.parts.append(Node(kind, is_new=True))
    elif verb == "group" and node.is_group and kind in GROUPS and place.count(".") < DEEPEST - 2:
        node.parts.append(Node(kind, parts=[Node("attribute", is_new=True)]))
    elif verb == "remove" and place != ROOT:
        at[place.rpartition(".")[0]].parts.remove(node)
    return number(root)


def blame(root: Node, paths: Mapping[str, str], path: str, words: str) -> bool:
    """Put what is wrong at a path of the message beside the node of that place; whether there is one."""
    fitting = [one for one in paths if path == one or path.startswith((one + ".", one + "["))]
    if not fitting:
        return False
    place = paths[max(fitting, key=len)]
    for node in walk(root):
        if node.id == place and words not in node.wrong:
            node.wrong.append(words)
    return True
