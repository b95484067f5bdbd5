"""What an erasure says of who held the erased person's subjects, and what of that was hers alone.

An erasure tells each link by which she held a subject and those of others, and which touches had been taken off these
others, as it was when she was erased. So whoever erases need not have heard of any link before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from identity.links import HOLDING, Kind, Link
from identity.touches import parse_touch_name


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a subject was one person's alone, or one touch: from ≤ moment < to, None is for ever."""

    subject: bytes
    from_time: datetime | None = None
    to_time: datetime | None = None
    touch: str = ""


def alone(told: Iterable[Link], hers: Collection[UUID]) -> list[Span]:
    """When subjects were held by these contacts and by nobody else, by what is told of each subject; in order.

    A touch that was taken off others is hers alone where nobody else is left.
    """
    held: dict[bytes, list[Link]] = defaultdict(list)
    off: dict[str, set[UUID | None]] = defaultdict(set)
    for link in told:
        if link.kind in HOLDING:
            held[link.subject].append(link)
        elif link.kind is Kind.EXCLUSION:
            off[link.touch].add(link.contact)
    spans = [span for subject in sorted(held) for span in _alone(subject, held[subject], set(hers))]
    return spans + [span for touch in sorted(off) for span in _alone_with(touch, held, off[touch] - {*hers}, set(hers))]


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


def _alone_with(
    touch: str, held: Mapping[bytes, Sequence[Link]], off: set[UUID | None], hers: set[UUID | None]
) -> list[Span]:
    """When one touch was hers alone, because it was taken off others."""
    subject, _ = parse_touch_name(touch)
    left = [link for link in held.get(subject, ()) if link.contact not in off]
    return [replace(span, touch=touch) for span in _alone(subject, left, hers)]


def _holds_from(link: Link, begin: datetime | None) -> bool:
    """Whether a link holds in the stretch that begins here; None is the first of all."""
    return link.from_time is None if begin is None else link.is_valid(begin)


def as_told(known: Iterable[Link], told: Sequence[Link], hers: Sequence[UUID]) -> list[Link]:
    """What is known, corrected by what an erasure tells: who held the subjects that it names, which touches there are
    not of these, and who she was.

    Of her nothing else is believed, also not that a touch was not hers: what stands under a number that only she held
    goes, whether or not somebody had taken it off her page, and whether or not we heard of that. Whom others were
    merged with stays as it is known.
    """
    subjects, contacts = {link.subject for link in told if link.kind in HOLDING}, {*hers}
    kept = [link for link in known if not ({link.contact, link.survivor} & contacts or _subject_of(link) in subjects)]
    merged = [Link(id=each, kind=Kind.MERGE, contact=each, survivor=hers[0]) for each in hers[1:]]
    return [*kept, *told, *merged]


def _subject_of(link: Link) -> bytes | None:
    """The subject that a link says who holds it, or of which it takes a touch off somebody."""
    if link.kind is Kind.EXCLUSION:
        return parse_touch_name(link.touch)[0]
    return link.subject if link.kind in HOLDING else None
