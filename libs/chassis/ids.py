"""New identifiers: UUIDv7, so that ids sort by the moment they were minted."""

import os
from datetime import datetime
from uuid import UUID


def uuid7(now: datetime) -> UUID:
    """An id of this microsecond: 48 bits of milliseconds, 12 of the fraction (RFC 9562, method 3), 62 of chance."""
    micros = int(now.timestamp() * 1_000_000)
    millis, rest = divmod(micros, 1000)
    fraction = rest * 4096 // 1000
    chance = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return UUID(int=(millis << 80) | (7 << 76) | (fraction << 64) | (2 << 62) | chance)
