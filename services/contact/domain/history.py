"""What a contact's fields say, how they changed, and which of two people's values stand after a merge.

Values are flat: a field by its name, an attribute as `attributes.<name>`, and what says nothing is left out. A contact
that was merged away keeps its values as they were, so a merge is two people's values and a side for each field, and
taking it back is the same fold without it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.contact.domain.errors import field_invalid

Values = Mapping[str, Any]
TEXTS = (
    "display_name", "given_name", "family_name", "title", "account", "owner", "team", "stage",
    "time_zone", "country", "language",
)  # fmt: skip
TAGS = "tags"
MORE_TAGS = "+tags"  # said by a table: these tags too
ATTRIBUTE = "attributes."
IDENTIFIER = "identifiers."
TOGETHER = ("owner", "team")  # who looks after somebody comes from one side
MOST_TAGS, MOST_ATTRIBUTES = 50, 100


class Action(StrEnum):
    """What was done to a contact."""

    CREATED = "CREATED"
    EDITED = "EDITED"
    MERGED = "MERGED"
    UNMERGED = "UNMERGED"
    PLACED = "PLACED"
    DELETED = "DELETED"
    UNDELETED = "UNDELETED"
    VERIFIED = "VERIFIED"  # an address or number; the fields of these two are named by their kind
    UNVERIFIED = "UNVERIFIED"


class Standing(StrEnum):
    """What became of a change."""

    STANDING = "STANDING"
    UNDONE = "UNDONE"  # a merge that was taken back
    SET_ASIDE = "SET_ASIDE"  # an edit of a merged record that waits for a person to say whose it is
    PLACED = "PLACED"
    DISMISSED = "DISMISSED"


class Side(StrEnum):
    """Whose value a merge keeps."""

    CONTACT = "CONTACT"
    DUPLICATE = "DUPLICATE"
    BOTH = "BOTH"


class Rule(StrEnum):
    """Why a merge keeps a side's value."""

    SAME = "SAME"
    ONLY_ONE = "ONLY_ONE"
    KEPT = "KEPT"
    UNITED = "UNITED"
    CHOSEN = "CHOSEN"


@dataclass(frozen=True, slots=True)
class Decision:
    """Which side's value of a field stands after a merge, and why."""

    field: str
    side: Side
    rule: Rule


@dataclass(frozen=True, slots=True)
class Step:
    """One change as the fold reads it: a merge has `sides`; `told` is what an edit wrote; `via` under whose id."""

    told: Values
    via: UUID | None = None
    sides: Mapping[str, Side] | None = None
    other: UUID | None = None


@dataclass(frozen=True)
class Fold:
    """What is left of a contact without somebody who was merged into it: each step's place tells where it went."""

    values: Values
    starts: Mapping[int, Values]  # what the contact said before each merge that stands
    moved: tuple[int, ...]  # edits that came under an id of who leaves
    aside: tuple[int, ...]  # edits of the merged record


def differences(before: Values, after: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that changed, as they were and as they are; None where a side says nothing."""
    names = [name for name in _fields(before, after) if not _is_same(before.get(name), after.get(name))]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}


def applied(values: Values, told: Values) -> dict[str, Any]:
    """Values after something was said."""
    said = {**values, **told}
    more = said.pop(MORE_TAGS, ())
    if more:
        said[TAGS] = list(dict.fromkeys([*(said.get(TAGS) or ()), *more]))
    return {name: value for name, value in said.items() if value is not None}


def undone(values: Values, befores: Iterable[Values]) -> dict[str, Any]:
    """Values as they were before these changes, the newest first, each by what it said before."""
    was = dict(values)
    for before in befores:
        was.update(before)
    return {name: value for name, value in was.items() if value is not None}


def verified_before(changes: Iterable[tuple[Action, Values]]) -> dict[tuple[str, str], bool]:
    """Of each address or number, by kind and value, whether it was verified before these changes, the oldest first."""
    found: dict[tuple[str, str], bool] = {}
    for action, said in changes:
        for name, value in said.items():
            found.setdefault((name.removeprefix(IDENTIFIER), str(value)), action is Action.UNVERIFIED)
    return found


def decide(contact: Values, duplicate: Values, chosen: Mapping[str, Side]) -> list[Decision]:
    """Whose value of each field stands: the chosen one, else the contact's, else the duplicate's."""
    found = []
    for name in _fields(contact, duplicate):
        if name in chosen:
            found.append(Decision(name, chosen[name], Rule.CHOSEN))
        else:
            found.append(_usual(name, contact, duplicate))
    return found


def combine(contact: Values, duplicate: Values, sides: Mapping[str, Side]) -> dict[str, Any]:
    """The values of the merged record."""
    merged = dict(contact)
    for name, side in sides.items():
        if side is Side.DUPLICATE:
            merged[name] = duplicate.get(name)
        elif side is Side.BOTH:
            merged[name] = list(dict.fromkeys([*contact.get(name, ()), *duplicate.get(name, ())])) or None
    return applied(merged, {})


def check_choices(choices: Iterable[tuple[str, Side]], contact: Values, duplicate: Values) -> dict[str, Side]:
    """What somebody chose, field by field; refuses what cannot be chosen."""
    known, found = set(_fields(contact, duplicate)), dict[str, Side]()
    for place, (name, side) in enumerate(choices):
        where = f"choices[{place}]"
        if name not in known:
            raise field_invalid(f"{where}.field", "is no field that either of the two says anything in")
        if name in found:
            raise field_invalid(f"{where}.field", "is chosen twice")
        if side is Side.BOTH and name != TAGS:
            raise field_invalid(f"{where}.side", "can be both for tags only")
        found[name] = side
    return found


def check_room(values: Values) -> None:
    """A merged record is bounded as any other."""
    if len(values.get(TAGS, ())) > MOST_TAGS:
        raise field_invalid("choices", f"would leave more than {MOST_TAGS} tags: choose one side's")
    if sum(name.startswith(ATTRIBUTE) for name in values) > MOST_ATTRIBUTES:
        raise field_invalid("choices", f"would leave more than {MOST_ATTRIBUTES} attributes: choose the contact's")


def fold_without(start: Values, steps: Iterable[Step], leaving: frozenset[UUID], frozen: Mapping[UUID, Values]) -> Fold:
    """A contact's values from `start` on, without what somebody who leaves brought; `frozen` are merged people's."""
    values, starts, moved, aside = dict(start), dict[int, Values](), list[int](), list[int]()
    for place, step in enumerate(steps):
        if step.sides is not None and step.other is not None:
            starts[place] = values
            values = combine(values, frozen[step.other], step.sides)
        elif step.via in leaving:
            moved.append(place)
        elif step.via is None:
            aside.append(place)
        else:
            values = applied(values, step.told)
    return Fold(values, starts, tuple(moved), tuple(aside))


def _usual(name: str, contact: Values, duplicate: Values) -> Decision:
    mine, theirs = contact.get(name), duplicate.get(name)
    if _is_same(mine, theirs):
        return Decision(name, Side.CONTACT, Rule.SAME)
    if name in TOGETHER and any(each in contact for each in TOGETHER):
        return Decision(name, Side.CONTACT, Rule.KEPT)
    if mine is None:
        return Decision(name, Side.DUPLICATE, Rule.ONLY_ONE)
    if theirs is None:
        return Decision(name, Side.CONTACT, Rule.ONLY_ONE)
    if name == TAGS and len({*mine, *theirs}) <= MOST_TAGS:
        return Decision(name, Side.BOTH, Rule.UNITED)
    return Decision(name, Side.CONTACT, Rule.KEPT)


def _fields(one: Values, other: Values) -> list[str]:
    """Every field in which either says something, in the order of a record."""
    names = {*one, *other}
    return [name for name in (*TEXTS, TAGS) if name in names] + sorted(each for each in names if "." in each)


def _is_same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)
