"""How often a caller may call: a bucket of calls for each caller and class of methods, in this process.

A bucket fills evenly and holds ten seconds' worth, so that a page or a batch may come at once and a flood may not. An
empty one harms nobody but its caller. Buckets are kept for the callers that were here last; a caller that was forgotten
begins with a full one.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from chassis.calls import Caller
from chassis.errors import ResourceExhausted
from chassis.telemetry import metrics

if TYPE_CHECKING:
    from chassis.config import Settings
    from chassis.rpc.methods import Method

BURST_SECONDS = 10.0
MOST_BUCKETS = 10_000
PEOPLE, SYSTEMS = "people", "systems"
READS, WRITES = "reads", "writes"


class CallerLimitedError(ResourceExhausted):
    """This caller calls more often than the installation allows."""

    reason = "CALLER_LIMITED"


class RateLimits:
    """Calls a second by kind of caller and class of method; 0, or a pair that is not there, is no limit."""

    def __init__(
        self,
        rates: dict[tuple[str, str], float],
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST_BUCKETS,
    ) -> None:
        self._rates = {pair: rate for pair, rate in rates.items() if rate > 0}
        self._clock, self._most = clock, most
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    @classmethod
    def load(cls, settings: "Settings") -> Self | None:
        """The limits of the settings; None where there are none, so that calls do not pay for them."""
        rates = {
            (kind, group): float(getattr(settings, f"limit_{kind}_{group}"))
            for kind in (PEOPLE, SYSTEMS)
            for group in (READS, WRITES)
        }
        return cls(rates) if any(rates.values()) else None

    def check(self, caller: Caller, method: "Method") -> None:
        """Take one call out of the caller's bucket; raises CallerLimitedError with the wait when it is empty."""
        kind = SYSTEMS if "service" in caller.roles else PEOPLE
        group = READS if method.permission.endswith(".read") else WRITES
        rate = self._rates.get((kind, group))
        if rate is None:
            return
        now, key = self._clock(), (caller.subject, group)
        left, since = self._buckets.pop(key, (rate * BURST_SECONDS, now))
        left = min(rate * BURST_SECONDS, left + (now - since) * rate)
        self._buckets[key] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        if left < 1:
            metrics.RPC_LIMITED.labels(method.path, kind).inc()
            wait = timedelta(seconds=(1 - left) / rate)
            raise CallerLimitedError(retry_after=wait, limit=f"{rate:g} {group} a second", caller=caller.subject)
