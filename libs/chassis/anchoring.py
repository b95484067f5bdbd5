"""Telling how far an audit log goes outside of its database, signed: to a stream that is kept for years.

Whoever owns the database can make the whole chain anew, and cannot take back what was told. Whoever owns the stream
can tell something else, and cannot sign it.
"""

from collections.abc import Callable

from sqlalchemy import text

from chassis import chain
from chassis.audit import Anchor, statement
from chassis.chores import Chore
from chassis.clock import Clock, SystemClock
from chassis.db import Database, Tx
from chassis.outbox import OutboxEvent
from chassis.signing import Signer

EVERY_SECONDS = 60.0
SCHEMA = """
CREATE TABLE audit_anchor (
    number bigint NOT NULL,
    digest bytea NOT NULL,
    time timestamptz NOT NULL,
    CONSTRAINT audit_anchor_pkey PRIMARY KEY (number)
);
"""
HEAD = text("SELECT number, hash FROM audit_entry ORDER BY number DESC LIMIT 1")
ANCHORED = text("SELECT coalesce(max(number), 0) FROM audit_anchor")
ANCHOR = text("INSERT INTO audit_anchor (number, digest, time) VALUES (:number, :digest, :time)")


class Anchoring:
    """Tells the head of a service's `audit_entry`; `encode` makes the record of what is told."""

    def __init__(
        self,
        database: Database,
        service: str,
        signer: Signer,
        encode: Callable[[Anchor], OutboxEvent],
        clock: Clock | None = None,
    ) -> None:
        self._database, self._service, self._signer, self._encode = database, service, signer, encode
        self._clock = clock or SystemClock()

    async def anchor(self) -> bool:
        """Do it once; False where there is nothing new."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            head = await find_head(tx)
            if head.number <= (await tx.execute(ANCHORED)).scalar_one():
                return False
            await tx.execute(ANCHOR, {"number": head.number, "digest": head.digest, "time": now})
            signature = self._signer.sign(statement(self._service, head, now))
            tx.emit(self._encode(Anchor(head.number, head.digest, now, signature)))
        return True

    def chore(self) -> Chore:
        """The same by the clock: once a minute."""
        return Chore("audit_anchor", self.anchor, every=EVERY_SECONDS, again=EVERY_SECONDS)


async def find_head(tx: Tx) -> chain.Head:
    """How far the log goes."""
    row = (await tx.execute(HEAD)).one_or_none()
    return chain.Head(row.number, bytes(row.hash)) if row else chain.EMPTY
