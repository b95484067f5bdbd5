"""Moments as text."""

from datetime import UTC, datetime


def rfc3339(moment: datetime, timespec: str = "auto") -> str:
    """A moment in UTC as RFC 3339 writes it, `2026-03-01T08:00:00Z`; a time without a zone is this machine's.

    `timespec` as `datetime.isoformat` takes it; "auto" writes microseconds where there are any.
    """
    return moment.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
