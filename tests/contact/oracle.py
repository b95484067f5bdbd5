"""Who is who and what each says, folded from scratch from everything that was done; imports nothing of the services.

The rule is one sentence: play everything again as if the merges that were taken back had never been, except that what
was edited on a record while such a merge stood is left out.
"""

from dataclasses import dataclass, field
from typing import Any

Values = dict[str, Any]


@dataclass
class Done:
    """One thing that was done, at its place in time."""

    kind: str
    who: str = ""
    other: str = ""
    told: Values = field(default_factory=dict)
    sides: dict[str, str] = field(default_factory=dict)
    subject: str = ""
    at: int = 0
    touch: int = 0


@dataclass(frozen=True)
class Touched:
    """A touch: under a subject, at a moment, perhaps naming whom it was meant for."""

    number: int
    subject: str
    at: int
    contact: str = ""


class Oracle:
    """Everything that was done, and what follows from it."""

    def __init__(self) -> None:
        self.done: list[Done] = []

    def do(self, kind: str, **fields: Any) -> None:
        self.done.append(Done(kind, **fields))

    def above(self, until: int | None = None, lasting: set[int] | None = None) -> dict[str, str]:
        """Who is merged into whom after so many steps; with `lasting`, only by those merges."""
        found: dict[str, str] = {}
        for place, each in enumerate(self.done[:until]):
            if each.kind == "merge" and (lasting is None or place in lasting):
                found[each.other] = each.who
            if each.kind == "unmerge":
                found.pop(each.who, None)
        return found

    def roots(self) -> list[str]:
        merged = self.above()
        return [each.who for each in self.done if each.kind == "create" and each.who not in merged]

    def sides(self, who: str, other: str, chosen: dict[str, str]) -> dict[str, str]:
        """What the rules decide for two people as they are now."""
        values, _ = self.fold()
        mine, theirs = values[who], values[other]
        return {name: chosen.get(name) or self._usual(name, mine, theirs) for name in {*mine, *theirs}}

    def fold(self) -> tuple[dict[str, Values], list[int]]:
        """What each contact says, and which edits are set aside."""
        lasting, aside = self._lasting(), []
        values: dict[str, Values] = {}
        for place, each in enumerate(self.done):
            if each.kind == "create":
                values[each.who] = dict(each.told)
            elif each.kind == "edit":
                if self._is_shaken(each.who, place, lasting):
                    aside.append(place)
                else:
                    say(values[each.who], each.told)
            elif each.kind == "row":
                say(values[top(each.who, self.above(place, lasting))], each.told)
            elif each.kind == "merge" and place in lasting:
                take(values[each.who], values[each.other], each.sides)
        return values, aside

    def owners(self, touch: Touched) -> set[str]:
        """Whose a touch is."""
        holders = {touch.contact} if touch.contact else self._holders(touch.subject, touch.at)
        merged = self.above()
        off = {top(each.who, merged) for each in self._excluded() if each.touch == touch.number}
        return {top(each, merged) for each in holders} - off

    def _lasting(self) -> set[int]:
        """The places of the merges that were never taken back."""
        open_: dict[str, int] = {}
        for place, each in enumerate(self.done):
            if each.kind == "merge":
                open_[each.other] = place
            if each.kind == "unmerge":
                del open_[each.who]
        return set(open_.values())

    def _is_shaken(self, who: str, place: int, lasting: set[int]) -> bool:
        """Whether a record was then several people of whom one has left since."""
        merged = self.above(place)
        standing = [
            at for at, each in enumerate(self.done[:place])
            if each.kind == "merge" and merged.get(each.other) == each.who
            and not any(later.kind == "unmerge" and later.who == each.other for later in self.done[at:place])
        ]  # fmt: skip
        return any(at not in lasting and top(self.done[at].who, merged) == who for at in standing)

    def _holders(self, subject: str, at: int) -> set[str]:
        since: dict[str, int | None] = {}
        until: dict[str, int] = {}
        for each in self.done:
            if each.subject != subject:
                continue
            if each.kind == "hold":
                since[each.who] = each.at if each.at else None
            elif each.kind == "end":
                until[each.who] = each.at
            elif each.kind == "retract":
                since.pop(each.who, None)
        return {who for who, begin in since.items() if (begin is None or begin <= at) and at < until.get(who, 1 << 60)}

    def _excluded(self) -> list[Done]:
        found: list[Done] = []
        for each in self.done:
            if each.kind == "exclude":
                found.append(each)
            elif each.kind == "include":
                found = [one for one in found if (one.who, one.touch) != (each.who, each.touch)]
        return found

    @staticmethod
    def _usual(name: str, mine: Values, theirs: Values) -> str:
        if mine.get(name) == theirs.get(name):
            return "CONTACT"
        if name in {"owner", "team"} and ("owner" in mine or "team" in mine):
            return "CONTACT"
        if name not in mine:
            return "DUPLICATE"
        return "BOTH" if name == "tags" and name in theirs else "CONTACT"


def top(who: str, merged: dict[str, str]) -> str:
    while who in merged:
        who = merged[who]
    return who


def say(values: Values, told: Values) -> None:
    for name, value in told.items():
        if name == "+tags":
            values["tags"] = list(dict.fromkeys([*values.get("tags", []), *value]))
        elif value:
            values[name] = value
        else:
            values.pop(name, None)


def take(mine: Values, theirs: Values, sides: dict[str, str]) -> None:
    for name, side in sides.items():
        if side == "BOTH":
            say(mine, {"tags": list(dict.fromkeys([*mine.get("tags", []), *theirs.get("tags", [])]))})
        elif side == "DUPLICATE":
            say(mine, {name: theirs.get(name)})
