"""The audit log of interaction: one entry a call, appended by PostgreSQL, each hashed over the one before."""

from collections.abc import Iterable
from datetime import datetime

from chassis.db import Tx

from services.interaction.store.reading import run

APPEND = "SELECT audit_append(%s, %s, %s, %s, %s)"


async def append_audit(
    tx: Tx, *, time: datetime, actor: str, action: str, keys: Iterable[bytes] = (), cursor: str = ""
) -> None:
    """Append one entry: which touches (32 bytes each, subject ‖ touch id), or from which cursor on all of them.

    One writer at a time until its commit, which the chain needs; so it is the last statement of its transaction.
    """
    await run(tx, APPEND, [time, actor, action, cursor, b"".join(keys)])
