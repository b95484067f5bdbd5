"""What an erasure says of who held the erased person's subjects, and what of that was hers alone.

An erasure tells each link by which she held a subject and those of others, as they were when she was erased. So whoever
erases need not have heard of any link before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from identity.links import HOLDING, Kind, Link


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a subject was one person's alone: from ≤ moment < to, None is for ever."""

    subject: bytes
    from_time: datetime | None = None
    to_time: datetime | None = None


def alone(told: Iterable[Link], hers: Collection[UUID]) -> list[Span]:
    """When subjects were held by these contacts and by nobody else, by what is told of each subject; in order."""
    by_subject: dict[bytes, list[Link]] = defaultdict(list)
    for link in told:
        by_subject[link.subject].append(link)
    return [span for subject in sorted(by_subject) for span in _alone(subject, by_subject[subject], set(hers))]


def _alone(subject: bytes, links: Sequence[Link], hers: set[UUID | None]) -> list[Span]:
    """Who holds it changes only where a link begins or ends, so each stretch between is judged where it begins."""
    cuts = sorted({end for link in links for end in (link.from_time, link.to_time) if end is not None})
    spans: list[Span] = []
    for begin, end in zip([None, *cuts], [*cuts, None], strict=True):
        holders = {link.contact for link in links if _holds_from(link, begin)}
        if not holders or not holders <= hers:
            continue
        is_next = bool(spans) and spans[-1].to_time == begin
        spans.append(Span(subject, spans.pop().from_time if is_next else begin, end))
    return spans


def _holds_from(link: Link, begin: datetime | None) -> bool:
    """Whether a link holds in the stretch that begins here; None is the first of all."""
    return link.from_time is None if begin is None else link.is_valid(begin)


def as_told(known: Iterable[Link], told: Sequence[Link], hers: Sequence[UUID]) -> list[Link]:
    """What is known, corrected by what an erasure tells: who held the subjects that it names, and who she was.

    Of her nothing else is believed, also not that a touch was not hers: what stands under a number that only she held
    goes, whether or not somebody had taken it off her page, and whether or not we heard of that. Exclusions of others,
    and whom they were merged with, stay as they are known.
    """
    subjects, contacts = {link.subject for link in told}, {*hers}
    kept = [
        link
        for link in known
        if not ({link.contact, link.survivor} & contacts or (link.kind in HOLDING and link.subject in subjects))
    ]
    merged = [Link(id=each, kind=Kind.MERGE, contact=each, survivor=hers[0]) for each in hers[1:]]
    return [*kept, *told, *merged]
