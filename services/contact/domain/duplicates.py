"""Who may be one person twice: keys under which likely records meet, and a score that says where it comes from.

Only records that share a key are compared. A key is what survives another spelling: a folded name, the ends of its
words with an initial, an address without its domain, the last digits of a number.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import permutations
from uuid import UUID

from identity import EMAIL, PHONE
from identity.kinds import is_role_address
from rapidfuzz import fuzz

THRESHOLD = 60
MOST_IN_BLOCK = 50  # a key that more people share tells nothing
LONGEST_NAME = 4  # words
DIGITS = 9
STEM = 4
ALIKE = 88.0  # of 100
_WORD = re.compile(r"[^\W_]+")
_LETTERS = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


class Clue(StrEnum):
    """What speaks for two records being one person, or against it."""

    SAME_NAME = "SAME_NAME"
    SIMILAR_NAME = "SIMILAR_NAME"
    INITIALS = "INITIALS"
    SAME_MAIL_NAME = "SAME_MAIL_NAME"
    SHARED_ADDRESS = "SHARED_ADDRESS"
    SAME_FORM = "SAME_FORM"
    SAME_COMPANY = "SAME_COMPANY"
    TWO_EXTERNAL_IDS = "TWO_EXTERNAL_IDS"


POINTS = {
    Clue.SAME_NAME: 50,
    Clue.INITIALS: 35,
    Clue.SAME_MAIL_NAME: 30,
    Clue.SHARED_ADDRESS: 45,
    Clue.SAME_FORM: 90,  # a candidate even with two ids in one system
    Clue.SAME_COMPANY: 20,
    Clue.TWO_EXTERNAL_IDS: -25,
}


class CandidateState(StrEnum):
    """Where a candidate is."""

    OPEN = "OPEN"
    DISMISSED = "DISMISSED"


@dataclass(frozen=True)
class Traits:
    """What is compared of one record; `subjects` are its addresses and numbers by kind."""

    id: UUID
    name: str
    account: UUID | None
    mails: frozenset[str]
    phones: frozenset[str]
    external: frozenset[tuple[str, str]]  # system and id
    forms: frozenset[tuple[bytes, bytes]] = frozenset()  # newest form and subject of what has several forms


@dataclass(frozen=True)
class Likeness:
    """How alike two records are, of 100, and each clue with its points."""

    score: int
    clues: tuple[tuple[Clue, int], ...]


def fold(text: str) -> list[str]:
    """The words of a name without case, accents and signs: `Łukasz Müller-Groß` is lukasz, muller, gross."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))


def keys(traits: Traits) -> set[str]:
    """The keys under which a record meets others."""
    words = fold(traits.name)[:LONGEST_NAME]
    found = {f"name:{' '.join(sorted(words))}"} if words else set[str]()
    for word, other in permutations(words, 2):
        if len(word) >= STEM:
            found |= {f"head:{word[:STEM]}:{other[0]}", f"tail:{word[-STEM:]}:{other[0]}"}
    found |= {f"mail:{name}" for name in mail_names(traits.mails)}
    found |= {f"phone:{number[-DIGITS:]}" for number in traits.phones}
    found |= {f"form:{form.hex()}" for form, _ in traits.forms}
    return found


def mail_names(mails: Iterable[str]) -> set[str]:
    """What stands before the @, without dots and what follows a plus; no desks, nothing too short to tell."""
    personal = (mail for mail in mails if not is_role_address(mail))
    names = {"".join(fold(mail.rpartition("@")[0].partition("+")[0])) for mail in personal}
    return {name for name in names if len(name) > STEM}


def compare(one: Traits, other: Traits) -> Likeness:
    """How alike two records are."""
    clues = list(_of_names(fold(one.name), fold(other.name)))
    if mail_names(one.mails) & mail_names(other.mails):
        clues.append((Clue.SAME_MAIL_NAME, POINTS[Clue.SAME_MAIL_NAME]))
    if one.mails & other.mails or one.phones & other.phones:
        clues.append((Clue.SHARED_ADDRESS, POINTS[Clue.SHARED_ADDRESS]))
    if {form for form, _ in one.forms - other.forms} & {form for form, _ in other.forms - one.forms}:
        clues.append((Clue.SAME_FORM, POINTS[Clue.SAME_FORM]))
    if one.account is not None and one.account == other.account:
        clues.append((Clue.SAME_COMPANY, POINTS[Clue.SAME_COMPANY]))
    systems = {system for system, _ in one.external} & {system for system, _ in other.external}
    if systems and not one.external & other.external:
        clues.append((Clue.TWO_EXTERNAL_IDS, POINTS[Clue.TWO_EXTERNAL_IDS]))
    return Likeness(max(0, min(100, sum(points for _, points in clues))), tuple(clues))


def traits(
    contact: UUID,
    name: str,
    account: UUID | None,
    identifiers: Iterable[tuple[str, str]],
    forms: Iterable[tuple[bytes, bytes]] = (),
) -> Traits:
    """What is compared of a record with these identifiers, kind and value, and with these newest forms and subjects."""
    held = list(identifiers)
    return Traits(
        contact,
        name,
        account,
        frozenset(value.lower() for kind, value in held if kind == EMAIL),
        frozenset(value for kind, value in held if kind == PHONE),
        frozenset((kind, value) for kind, value in held if kind.startswith("crm:")),
        frozenset(forms),
    )


def _of_names(one: list[str], other: list[str]) -> Iterable[tuple[Clue, int]]:
    if not one or not other:
        return
    if sorted(one) == sorted(other):
        yield Clue.SAME_NAME, POINTS[Clue.SAME_NAME]
        return
    if _are_initials(one, other):
        yield Clue.INITIALS, POINTS[Clue.INITIALS]
        return
    alike = fuzz.token_sort_ratio(" ".join(one), " ".join(other))
    if alike >= ALIKE:
        yield Clue.SIMILAR_NAME, round(alike / 100 * POINTS[Clue.SAME_NAME])


def _are_initials(one: list[str], other: list[str]) -> bool:
    """`I. Weber` beside `Ines Weber`: each word is the other's or begins it, at least one of them whole."""
    if len(one) != len(other) or len(one) < 2:
        return False
    pairs = list(zip(one, other, strict=True))
    fits = all(a == b or (min(len(a), len(b)) == 1 and a[0] == b[0]) for a, b in pairs)
    return fits and any(a == b and len(a) > 1 for a, b in pairs)
