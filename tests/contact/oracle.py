"""Who is who and what each says, folded from scratch from everything that was done; imports nothing of the services.

The rule is one sentence: play everything again as if the merges that were taken back had never been, except that what
was edited on a record while such a merge stood is left out, and that of whom was erased nothing is left.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
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
    at: int = 0  # when a hold begins or ends; when somebody is erased, where it is not before everything that is done
    touch: int = 0


@dataclass
class Held:
    """Who holds a subject, since when and until when; None is for ever."""

    who: str
    subject: str
    since: int | None
    until: int | None = None

    def is_valid(self, at: int) -> bool:
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


@dataclass(frozen=True)
class Touched:
    """A touch: under a subject, at a moment, perhaps naming whom it was meant for; `place` is when it came."""

    number: int
    subject: str
    at: int
    contact: str = ""
    place: int = 0


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
            elif each.kind == "unmerge":
                found.pop(each.who, None)
            elif each.kind == "erase":
                for who in below(each.who, found):
                    found.pop(who, None)
        return found

    def erased(self, until: int | None = None) -> dict[str, int]:
        """Who was erased after so many steps, and at which of them."""
        return {
            who: place
            for place, each in enumerate(self.done[:until])
            if each.kind == "erase"
            for who in below(each.who, self.above(place))
        }

    def roots(self) -> list[str]:
        gone = {*self.above(), *self.erased()}
        return [each.who for each in self.done if each.kind == "create" and each.who not in gone]

    def root(self, who: str) -> str:
        """Who somebody is now."""
        return top(who, self.above())

    def sides(self, who: str, other: str, chosen: dict[str, str]) -> dict[str, str]:
        """What the rules decide for two people as they are now."""
        values, _ = self.fold()
        mine, theirs = values[who], values[other]
        return {name: chosen.get(name) or self._usual(name, mine, theirs) for name in {*mine, *theirs}}

    def fold(self) -> tuple[dict[str, Values], list[int]]:
        """What each contact says, and which edits are set aside."""
        lasting, erased, aside = self._lasting(), self.erased(), []
        values: dict[str, Values] = {}
        for place, each in enumerate(self.done):
            if each.kind == "create":
                values[each.who] = dict(each.told)
            elif each.kind == "edit":
                leaver = self._shaken_by(each.who, place, lasting)
                if not leaver:
                    say(values[each.who], each.told)
                elif not {each.who, leaver} & erased.keys():
                    aside.append(place)
            elif each.kind == "row":
                say(values[top(each.who, self.above(place, lasting))], each.told)
            elif each.kind == "merge" and place in lasting:
                take(values[each.who], values[each.other], each.sides)
            elif each.kind == "erase":
                for who in below(each.who, self.above(place)):
                    values[who] = {name: values[who][name] for name in ("owner", "team") if name in values[who]}
        return values, aside

    def owners(self, touch: Touched, until: int | None = None) -> set[str]:
        """Whose a touch is after so many steps."""
        holders = {touch.contact} if touch.contact else self.holders(touch.subject, touch.at, until)
        merged = self.above(until)
        off = {top(each.who, merged) for each in self.excluded(until) if each.touch == touch.number}
        return {top(each, merged) for each in holders} - off

    def kept(self, touch: Touched) -> Touched | None:
        """What is kept of a touch: nothing of what was an erased person's, and no name of hers on what came later."""
        kept: Touched | None = touch
        for place, each in enumerate(self.done):
            if each.kind == "erase" and kept is not None:
                kept = self._spared(kept, place)
        return kept

    def delivered(self, touch: Touched, places: Iterable[int], rank: Callable[[str], Any]) -> Touched | None:
        """What is kept of a touch that came at each of these places: the same again changes nothing while it is there.

        `rank` orders those who hold a subject at once.
        """
        came, kept = set(places), None
        for place in range(len(self.done) + 1):
            if place in came and kept is None:
                kept = self._arrived(replace(touch, place=place), rank)
            if kept is not None and place < len(self.done) and self.done[place].kind == "erase":
                kept = self._spared(kept, place)
        return kept

    def _arrived(self, touch: Touched, rank: Callable[[str], Any]) -> Touched | None:
        """What is written down of a touch that comes now: with who holds its subject herself, where she is named as
        whom she was merged into.
        """
        for place in (place for place in range(touch.place) if self.done[place].kind == "erase"):
            spared = self._spared(touch, place)
            if spared is None:
                return None
            touch = spared
        holders, merged = self.holders(touch.subject, touch.at, touch.place), self.above(touch.place)
        hers = [each for each in holders if touch.contact and top(each, merged) == top(touch.contact, merged)]
        return touch if touch.contact in holders or not hers else replace(touch, contact=min(hers, key=rank))

    def _spared(self, touch: Touched, place: int) -> Touched | None:
        """What an erasure leaves of a touch, which came before it or comes later."""
        who = self.done[place].who
        hers = below(who, self.above(place))
        is_named, is_alone = touch.contact in hers, touch.subject in self.alone(place)
        if touch.at < (self.done[place].at or LATEST_PAST + 1):
            if touch.place < place:
                is_hers = not touch.contact and (is_alone or self._is_left(touch, place))
                return None if is_hers or is_named else touch
            is_shared = any(each.who in hers and each.subject == touch.subject for each in self.held(place))
            if is_alone or (is_named and is_shared):
                return None
            names_nobody = not touch.contact or touch.contact in self.erased(touch.place)
            if names_nobody and self._is_left(touch, place):
                return None
        return replace(touch, contact="") if is_named else touch

    def _is_left(self, touch: Touched, place: int) -> bool:
        """Whether nobody but whom this step erased held the subject then, of whom the touch was not taken off."""
        who, merged = self.done[place].who, self.above(place)
        off = {top(each.who, merged) for each in self.excluded(place) if each.touch == touch.number} - {who}
        people = {top(each, merged) for each in self.holders(touch.subject, touch.at, place)}
        return people - off == {who}

    def alone(self, place: int) -> set[str]:
        """The subjects that whom this step erased held, and nobody else holds or held."""
        hers = below(self.done[place].who, self.above(place))
        held = self.held(place)
        return {each.subject for each in held if each.who in hers} - {
            each.subject for each in held if each.who not in hers
        }

    def holders(self, subject: str, at: int, until: int | None = None) -> set[str]:
        """Who holds a subject directly at a moment, as was known after so many steps."""
        return {each.who for each in self.held(until) if each.subject == subject and each.is_valid(at)}

    def held(self, until: int | None = None) -> list[Held]:
        """Everything that somebody holds or held after so many steps, as it was said."""
        found: list[Held] = []
        for place, each in enumerate(self.done[:until]):
            if each.kind == "hold":
                found.append(Held(each.who, each.subject, each.at or None))
            if each.kind in {"end", "retract", "erase"}:
                person = below(each.who, self.above(place))
                hers = [one for one in found if one.who in person and each.subject in {"", one.subject}]
                if each.kind == "end":
                    [one for one in hers if one.until is None][-1].until = each.at
                else:
                    found = [one for one in found if one not in hers]
        return found

    def said(self) -> dict[str, list[str]]:
        """What was said about consent under each subject, oldest first; erasing somebody deletes none of it."""
        found: dict[str, list[str]] = {}
        for each in self.done:
            if each.kind == "consent":
                found.setdefault(each.subject, []).append(each.told["status"])
        return found

    def stopped(self) -> set[str]:
        """The subjects that must not be sent to any more: an erased person held them alone."""
        erasing = (place for place, each in enumerate(self.done) if each.kind == "erase")
        return {subject for place in erasing for subject in self.alone(place)}

    def excluded(self, until: int | None = None) -> list[Done]:
        """What is said of touches that are not somebody's."""
        found: list[Done] = []
        for each in self.done[:until]:
            if each.kind == "exclude":
                found.append(each)
            elif each.kind == "include":
                found = [one for one in found if (one.who, one.touch) != (each.who, each.touch)]
        gone = self.erased(until)
        return [each for each in found if each.who not in gone]

    def _lasting(self) -> set[int]:
        """The places of the merges that were never taken back."""
        open_: dict[str, int] = {}
        for place, each in enumerate(self.done):
            if each.kind == "merge":
                open_[each.other] = place
            if each.kind == "unmerge":
                del open_[each.who]
        return set(open_.values())

    def _shaken_by(self, who: str, place: int, lasting: set[int]) -> str:
        """Who has left since a record that was then several people; nobody while all of them are together."""
        merged = self.above(place)
        standing = {
            each.other for at, each in enumerate(self.done[:place])
            if each.kind == "merge" and at not in lasting and merged.get(each.other) == each.who
            and top(each.who, merged) == who and not any(
                later.kind == "unmerge" and later.who == each.other for later in self.done[at:place]
            )
        }  # fmt: skip
        left = (each.who for each in self.done[place:] if each.kind == "unmerge" and each.who in standing)
        return next(left, "")

    @staticmethod
    def _usual(name: str, mine: Values, theirs: Values) -> str:
        if mine.get(name) == theirs.get(name):
            return "CONTACT"
        if name in {"owner", "team"} and ("owner" in mine or "team" in mine):
            return "CONTACT"
        if name not in mine:
            return "DUPLICATE"
        return "BOTH" if name == "tags" and name in theirs else "CONTACT"


LATEST_PAST = 999  # days up to this one are before everything that is done


def top(who: str, merged: dict[str, str]) -> str:
    while who in merged:
        who = merged[who]
    return who


def below(who: str, merged: dict[str, str]) -> set[str]:
    """Everybody who is a person: herself, and whoever was merged into her."""
    return {each for each in {who, *merged} if top(each, merged) == who}


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


def latest_end(held: Iterable[Held]) -> int | None:
    """When the last of those who held something stopped."""
    return max((each.until for each in held if each.until is not None), default=None)
