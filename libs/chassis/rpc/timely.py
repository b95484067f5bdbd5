"""Work that may take as long as the call it is for; then its caller is answered, and it cleans up behind."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from chassis import telemetry
from chassis.errors import DomainError, Unavailable
from chassis.telemetry import metrics

LOG = telemetry.logger(__name__)
V = TypeVar("V")
_ABANDONED: set[asyncio.Future[Any]] = set()


class OutOfTimeError(Unavailable):
    """The work did not end within the call's time; repeat it with its request_id to learn whether it was done."""

    reason = "OUT_OF_TIME"


async def in_time(work: Coroutine[Any, Any, V], deadline: float | None) -> V:
    """What the work gives, until `deadline` on time.monotonic()'s scale; None is no end."""
    if deadline is None:
        return await work
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait((task,), timeout=max(0.0, deadline - time.monotonic()))
    finally:
        if not task.done():
            _abandon(task)
    if not task.done():
        raise OutOfTimeError
    return task.result()


def _abandon(task: "asyncio.Future[Any]") -> None:
    """Cancel without waiting: cleaning up may take as long as a frozen database does."""
    task.cancel()
    _ABANDONED.add(task)
    metrics.RPC_ABANDONED.inc()
    task.add_done_callback(_forget)


def _forget(task: "asyncio.Future[Any]") -> None:
    _ABANDONED.discard(task)
    metrics.RPC_ABANDONED.dec()
    if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, DomainError):
        LOG.warning("call.abandoned_failed", error=type(error).__name__)
