"""Writing touches: looking up what a batch needs to know, and judging it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import identity
from chassis.erasures import Forgotten
from psycopg import AsyncConnection

from services.interaction import store
from services.interaction.domain.ids import DAY_US
from services.interaction.domain.tracking import is_measured, silenced_since
from services.interaction.domain.writing import FIRST_US, LAST_US, Arrived, Judged, Known, judge

_1970 = datetime(1970, 1, 1, tzinfo=UTC)
Conn = AsyncConnection[Any]


def moment(us: int) -> datetime:
    """A moment in microseconds as a datetime."""
    return _1970 + timedelta(microseconds=us)


def microseconds(at: datetime) -> int:
    """A datetime in microseconds since 1970."""
    return (at - _1970) // timedelta(microseconds=1)


async def judge_batch(conn: Conn, said: Sequence[tuple[Any, Arrived]], *, is_hopeful: bool = False) -> Judged:
    """Sort out a batch of (envelope, touch) against what is written, erased and linked.

    The hopeful take every touch for one that is not written yet, which the table's key refuses where it is not so.
    Of a touch that is not to be written the key would not be asked: then all are looked up.
    """
    known = await _look_up(conn, [touch for _, touch in said], is_hopeful=is_hopeful)
    judged = judge(said, known, moment)
    if is_hopeful and len(judged.rows) < len(said):
        return await judge_batch(conn, said)
    judged.named -= await store.find_named(conn, judged.named)
    return judged


async def _look_up(conn: Conn, touches: list[Arrived], *, is_hopeful: bool) -> Known:
    asked = _asked(touches)
    found = await store.look_up(conn, asked, is_hopeful=is_hopeful)
    known = Known(
        hashes={key: kept.content_hash for key, kept in found.kept.items()},
        threads={key: (kept.thread, kept.thread_us) for key, kept in found.kept.items()},
        corrected={key: thread for key, thread in found.corrected.items() if key not in found.kept},
        closed=frozenset(subject for subject, _, _, is_closed in found.tombstones if is_closed),
        erased={(subject, contact): microseconds(time) for subject, contact, time, _ in found.tombstones},
        spans={subject: [_in_microseconds(span) for span in spans] for subject, spans in found.spans.items()},
        beginnings={kind: day * DAY_US for kind, day in found.beginnings.items()},
    )
    since = {subject: silenced_since(said) for subject, said in found.consents.items()}
    known.silenced = {subject: moment_us for subject, moment_us in since.items() if moment_us is not None}
    if asked.named:
        known.resolver = identity.resolve(await store.list_links_of_subjects(conn, asked.named))
    return known


def _in_microseconds(span: Forgotten) -> tuple[int, int, int, str]:
    begin = FIRST_US if span.from_time is None else microseconds(span.from_time)
    end = LAST_US + 1 if span.to_time is None else microseconds(span.to_time)
    return begin, end, microseconds(span.erase_time), span.touch


def _asked(touches: list[Arrived]) -> store.Asked:
    """What has to be looked up about a batch, in one pass over it."""
    asked = store.Asked()
    for touch in touches:
        subject = touch.subject
        asked.keys.add(subject + touch.touch_id)
        asked.subjects.add(subject)
        if touch.correction_of:
            asked.originals.add(touch.correction_of)
        if touch.contact:
            asked.contacts.add(touch.contact)
            asked.named.add(subject)
        if is_measured(touch):
            asked.measured.add(subject)
    return asked


__all__ = ["judge_batch", "microseconds", "moment"]
