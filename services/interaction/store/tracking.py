"""Queries about what addresses said of being tracked."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from sqlalchemy import text

from services.interaction.domain.tracking import Said

KEEP = text("""
INSERT INTO tracking_consent (subject_id, channel, topic, is_refused, capture_time, consent_event)
VALUES (:subject_id, :channel, :topic, :is_refused, :capture_time, :consent_event)
ON CONFLICT (subject_id, channel, topic) DO UPDATE SET
    is_refused = EXCLUDED.is_refused, capture_time = EXCLUDED.capture_time, consent_event = EXCLUDED.consent_event
WHERE (tracking_consent.capture_time, tracking_consent.consent_event) < (EXCLUDED.capture_time, EXCLUDED.consent_event)
""")
OF_SUBJECTS = """SELECT subject_id, channel, topic, is_refused, (extract(epoch FROM capture_time) * 1000000)::bigint
FROM tracking_consent WHERE subject_id = ANY (%s::uuid[])"""


async def keep_tracking_consent(
    tx: Tx, subject: UUID, *, channel: str, topic: str, is_refused: bool, capture_time: datetime, event: UUID
) -> None:
    """Keep what was said last about a scope; what was said earlier, and comes later, changes nothing."""
    values = {"subject_id": subject, "channel": channel, "topic": topic, "is_refused": is_refused}
    await tx.execute(KEEP, values | {"capture_time": capture_time, "consent_event": event})


def by_subject(rows: Iterable[tuple[Any, ...]]) -> dict[bytes, list[Said]]:
    """The rows of `OF_SUBJECTS`: what each address said of being tracked."""
    found: dict[bytes, list[Said]] = defaultdict(list)
    for row in rows:
        found[row[0].bytes].append(Said(*row[1:]))
    return found
