"""The servicer that every service's servicer extends: transactions owned by the door, and each request_id done once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from google.protobuf.message import Message
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import inbox
from chassis.calls import Call, current_call, remaining_seconds
from chassis.clock import Clock, SystemClock
from chassis.errors import Aborted

if TYPE_CHECKING:
    from chassis.db import Database, Tx

LONGEST_WAIT = 2.0  # for a twin with the same request_id
MARGIN = 0.2  # of the call's time, kept for answering
LOCK_NOT_AVAILABLE = "55P03"
PATIENCE = text("SELECT set_config('lock_timeout', :milliseconds, true)")


class Repeated(Exception):  # noqa: N818 - no error: the work is done already, and the door answers by reading again
    """This request_id was done before; `name` is what it made or changed, empty for what answers nothing."""

    def __init__(self, name: str, etag: str) -> None:
        super().__init__(name)
        self.name, self.etag = name, etag


class RequestInProgressError(Aborted):
    """Another call with this request_id is still at work."""

    reason = "REQUEST_IN_PROGRESS"


class Servicer:
    """Holds what a method needs: the database and the clock.

    A mutating method works inside `async with self.transaction() as tx` and ends it with `return tx.answer(message)`,
    which notes the resource's name and etag beside the call's request_id in the same transaction.
    """

    def __init__(self, database: "Database", clock: Clock | None = None) -> None:
        self.database = database
        self.clock: Clock = clock or SystemClock()

    @asynccontextmanager
    async def transaction(self) -> "AsyncIterator[Tx]":
        """One transaction; its first statement claims the call's request_id, its last notes the answer.

        Of several in one call only the first does so: a long flow does its irrevocable part there.
        """
        call = current_call()
        has_claim = call is not None and bool(call.request_id) and not call.is_noted
        async with self.database.transaction() as tx:
            if call is not None and has_claim:
                await _claim(tx, call)
            yield tx
            if call is not None and has_claim:
                await _note(tx, call)

    async def reread(self, name: str, method: str) -> Message:
        """Answer a repeated request: read the resource as it is now, as `method` would have answered it.

        Every servicer with a method that has a request_id overrides it; it raises NotFound for a resource gone since.
        `method` is the method's short name, `CreateContact`.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot read {name} again for {method}")


async def _claim(tx: "Tx", call: Call) -> None:
    patience = min(LONGEST_WAIT, max(0.05, remaining_seconds(LONGEST_WAIT) - MARGIN))
    await tx.execute(PATIENCE, {"milliseconds": str(int(patience * 1000))})
    try:
        answered = await inbox.claim_request(tx, **_key(call), request_hash=call.request_hash)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise RequestInProgressError from None
        raise
    call.is_noted = True
    if answered is not None:
        raise Repeated(answered.resource, answered.etag)


async def _note(tx: "Tx", call: Call) -> None:
    if call.must_answer and not tx.answered_name:
        raise RuntimeError(f"{call.method} has a request_id and must end with tx.answer(resource)")
    answered = inbox.Answered(tx.answered_name, tx.answered_etag)
    await inbox.note_answer(tx, **_key(call), answered=answered)


def _key(call: Call) -> dict[str, Any]:
    return {"caller": call.caller.subject, "method": call.method, "request_id": call.request_id}
