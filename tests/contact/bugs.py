"""Twelve bugs of identity, consent and erasure, each planted by itself into the running code at one function's seam.

Nothing in production knows of them. Drawn lives must notice each, or their comparison with the oracle proves nothing.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import identity
from identity.links import Link

from services.contact.domain import consent, history
from services.contact.domain.erasures import ErasedSubject
from services.contact.usecases import consents, erasures, import_rows, merges
from tests.planting import replaced


@dataclass(frozen=True)
class Bug:
    """A bug, and how it is planted for the length of a block."""

    name: str
    planted: Callable[[], AbstractContextManager[None]]


def _never_ends(link: Link, at: Any) -> bool:
    return link.from_time is None or link.from_time <= at


def _always_began(link: Link, at: Any) -> bool:
    return link.to_time is None or at < link.to_time


def _unexcluded(kept: Any) -> Any:
    """Whose a touch is, whatever was said of it alone."""

    def owner_of(resolver: identity.Resolver, touch: identity.TouchFacts) -> Any:
        return kept(resolver, replace(touch, touch=""))

    return owner_of


def _folded(**less: tuple[int, ...]) -> Any:
    """A fold that says nothing of the changes that are to move, or to be set aside."""
    kept = history.fold_without

    def fold_without(*told: Any) -> history.Fold:
        return replace(kept(*told), **less)

    return fold_without


async def _alone(tx: Any, person: Any) -> dict[Any, Any]:
    """The person who is erased without whoever was merged into her."""
    return {person.id: person}


async def _nobody_suppressed(*_: Any) -> None:
    return None


def _unshared(kept: Any) -> Any:
    async def subjects_of(*told: Any) -> Sequence[ErasedSubject]:
        return [replace(each, is_shared=False) for each in await kept(*told)]

    return subjects_of


def _judged_loosely(kept: Any) -> Any:
    """What was refused counts for nothing once anything was granted."""

    def judge(question: Any, events: Any, stops: Any) -> consent.Answer:
        said = list(events)
        is_granted = any(each.status is consent.Status.GRANTED for each in said)
        left = [each for each in said if not is_granted or each.status not in consent.REFUSALS]
        return kept(question, left, stops)

    return judge


BUGS = [
    Bug("a link that ended still holds", lambda: replaced(Link, "is_valid", _never_ends)),
    Bug("a link holds before it began", lambda: replaced(Link, "is_valid", _always_began)),
    Bug(
        "an exclusion is ignored",
        lambda: replaced(identity.Resolver, "owner_of", _unexcluded(identity.Resolver.owner_of)),
    ),
    Bug("an un-merge leaves the two linked", lambda: replaced(merges, "retract", lambda *_: None)),
    Bug(
        "what was edited while they were one is not set aside",
        lambda: replaced(history, "fold_without", _folded(aside=())),
    ),
    Bug("what came under her identifiers stays behind", lambda: replaced(history, "fold_without", _folded(moved=()))),
    Bug("what somebody chose in a merge is ignored", lambda: replaced(history, "check_choices", lambda *_: {})),
    Bug("a grant outweighs a later withdrawal", lambda: replaced(consents, "judge", _judged_loosely(consent.judge))),
    Bug("an erasure leaves whoever was merged into her", lambda: replaced(erasures, "lock_person", _alone)),
    Bug("an erased person's address may be written to", lambda: replaced(erasures, "_suppress", _nobody_suppressed)),
    Bug(
        "a table brings an erased person back",
        lambda: replaced(import_rows.Batch, "_check_erased", lambda *_: None),
    ),
    Bug(
        "what others share is forgotten with her",
        lambda: replaced(erasures, "_subjects_of", _unshared(erasures._subjects_of)),
    ),
]
