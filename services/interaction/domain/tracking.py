"""Whether an open or a click may still be written: a withdrawal of tracking silences mails that were sent before it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

SOURCE = "edge"
MEASURED = frozenset(("email.opened", "email.clicked"))


class Said(NamedTuple):
    """The newest word about one scope of tracking; channel and topic are empty for every one."""

    channel: str
    topic: str
    is_refused: bool
    time_us: int

    def lifts(self, refusal: "Said") -> bool:
        """Whether it is a grant that came after a refusal, of the same scope or a narrower one."""
        is_within = refusal.channel in ("", self.channel) and refusal.topic in ("", self.topic)
        return not self.is_refused and is_within and self.time_us > refusal.time_us


def is_measured(touch: Any) -> bool:
    """Whether a touch (an IntakeTouch) is there only because a mail was tracked."""
    return touch.source == SOURCE and touch.type in MEASURED


def silenced_since(said: Iterable[Said]) -> int | None:
    """The moment from which an address is silent, or None: the first of its refusals that no grant lifted."""
    known = list(said)
    standing = [one.time_us for one in known if one.is_refused and not any(other.lifts(one) for other in known)]
    return min(standing, default=None)
