"""The audit log of interaction: one entry a call, appended by PostgreSQL, each hashed over the one before."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from chassis.db import Tx

from services.interaction.store.reading import run

APPEND = "SELECT audit_append(%s, %s, %s, %s, %s)"
FIRST = bytes(32)


async def append_audit(
    tx: Tx, *, time: datetime, actor: str, action: str, keys: Iterable[bytes] = (), cursor: str = ""
) -> None:
    """Append one entry: which touches (32 bytes each, subject ‖ touch id), or from which cursor on all of them.

    One writer at a time until its commit, which the chain needs; so it is the last statement of its transaction.
    """
    await run(tx, APPEND, [time, actor, action, cursor, b"".join(keys)])


def chain_hash(entry: Sequence[Any]) -> bytes:
    """What the hash of a row (number, time, actor, action, cursor, touches, previous hash, …) has to be."""
    number, time, actor, action, cursor, touches, previous = entry[:7]
    moment = time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    told = json.dumps([number, moment, actor, action, cursor, bytes(touches).hex()], ensure_ascii=False)
    return hashlib.sha256(bytes(previous) + told.encode()).digest()
