"""HTTP spans and timings: by method and route, never by the address itself, which may hold ids and tokens."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.trace import SpanKind

from chassis.telemetry import metrics, names
from chassis.telemetry.tracing import Told, span

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
OTHER_METHOD = "_OTHER"  # as the conventions call it
NO_ROUTE = "other"
FIRST_FAULT = 500


class Answering:
    """A request that is being answered; `told` is its span."""

    def __init__(self, method: str, told: Told) -> None:
        self._method, self.told = method, told
        self._started = time.perf_counter()

    def responded(self, route: str, status: int) -> None:
        """Note the route, as it is written down, and the status, when the answer begins."""
        route = route or NO_ROUTE
        taken = time.perf_counter() - self._started
        metrics.HTTP_SERVER_DURATION.labels(self._method, route, str(status)).observe(taken)
        running = self.told.span
        if running.is_recording():
            running.update_name(f"{self._method} {route}")
            running.set_attributes({names.HTTP_ROUTE: route, names.HTTP_STATUS: status})
            if status >= FIRST_FAULT:
                self.told.failed(str(status))


@contextmanager
def http_span(method: str, *, context: Context) -> Iterator[Answering]:
    """The span of a request that we answer."""
    known = method if method in METHODS else OTHER_METHOD
    with span(f"{known} {NO_ROUTE}", SpanKind.SERVER, {names.HTTP_METHOD: known}, context=context) as told:
        yield Answering(known, told)
