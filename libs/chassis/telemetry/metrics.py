"""Every metric that the chassis and the touch path keep, in Prometheus' default registry; /metrics shows them all.

Labels that conventions require and that would always say the same (`rpc.system.name`, `messaging.system`,
`db.system.name`) are left out.
"""

from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import Counter, Gauge, Histogram

from chassis.telemetry import names

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
RPC = (names.LABEL_RPC_METHOD, names.LABEL_RPC_STATUS)
HTTP = (names.LABEL_HTTP_METHOD, names.LABEL_HTTP_ROUTE, names.LABEL_HTTP_STATUS)
CONSUMER = (names.LABEL_DESTINATION, names.LABEL_CONSUMER_GROUP)
STREAM, PARTITION = (names.LABEL_STREAM,), (names.LABEL_STREAM, names.LABEL_GROUP, names.LABEL_PARTITION)
GROUP, OUTCOME, REASON = (names.LABEL_STREAM, names.LABEL_GROUP), (names.LABEL_OUTCOME,), (names.LABEL_REASON,)

RPC_SERVER_DURATION = Histogram(
    names.RPC_SERVER_DURATION, "Time from a call's arrival to its answer.", RPC, buckets=SECONDS
)
RPC_CLIENT_DURATION = Histogram(
    names.RPC_CLIENT_DURATION, "Time from a call's start to its answer.", RPC, buckets=SECONDS
)
HTTP_SERVER_DURATION = Histogram(
    names.HTTP_SERVER_DURATION, "Time from an HTTP request to the beginning of its answer.", HTTP, buckets=SECONDS
)
RPC_DEADLINE_MISSING = Counter(names.RPC_DEADLINE_MISSING, "Calls that came without a deadline.", RPC[:1])
RPC_LIMITED = Counter(
    names.RPC_LIMITED,
    "Calls refused because their caller calls too often.",
    (names.LABEL_RPC_METHOD, names.LABEL_CALLER),
)
RPC_ABANDONED = Gauge(names.RPC_ABANDONED, "Handlers that still clean up after their call was answered.")
REQUEST_ID_REPEATS = Counter(names.REQUEST_ID_REPEATS, "Repeated requests answered by reading again.", RPC[:1])
MESSAGING_SENT = Counter(names.MESSAGING_SENT, "Records that Kafka acknowledged.", CONSUMER[:1])
MESSAGING_SEND_DURATION = Histogram(
    names.MESSAGING_SEND_DURATION, "Time from sending a record to Kafka's answer.", CONSUMER[:1], buckets=SECONDS
)
MESSAGING_CONSUMED = Counter(names.MESSAGING_CONSUMED, "Records handed to a handler.", CONSUMER)
MESSAGING_PROCESS_DURATION = Histogram(
    names.MESSAGING_PROCESS_DURATION, "Time that a handler took for a batch.", CONSUMER, buckets=SECONDS
)
CONSUMER_LAG = Gauge(names.CONSUMER_LAG, "Records not yet applied.", PARTITION)
CONSUMER_LAG_SECONDS = Gauge(
    names.CONSUMER_LAG_SECONDS, "How long the oldest record not yet applied has been there.", GROUP
)
CONSUMER_STALLED = Gauge(
    names.CONSUMER_STALLED,
    "1 while a partition's position stands still and its end moves.",
    PARTITION,
)
DEAD_LETTERS = Counter(names.DEAD_LETTERS, "Records put aside.", GROUP)
PRODUCER_BUFFERED = Gauge(names.PRODUCER_BUFFERED, "Records sent and not yet acknowledged.")
OUTBOX_PENDING = Gauge(names.OUTBOX_PENDING, "Outbox rows not yet delivered.", STREAM)
OUTBOX_AGE = Gauge(names.OUTBOX_AGE, "Age of the oldest outbox row not yet delivered.", STREAM)
DB_CLIENT_DURATION = Histogram(
    names.DB_CLIENT_DURATION,
    "Time of one statement.",
    (names.LABEL_DB_OPERATION, names.LABEL_DB_COLLECTION),
    buckets=SECONDS,
)
DEPENDENCY_UP = Gauge(names.DEPENDENCY_UP, "1 while Kafka or PostgreSQL answers.", (names.LABEL_DEPENDENCY,))
TOUCHES_ACCEPTED = Counter(names.TOUCHES_ACCEPTED, "Touches that Kafka acknowledged.")
TOUCHES_REFUSED = Counter(names.TOUCHES_REFUSED, "Touches refused at the door or when written.", REASON)
TOUCHES_KEPT = Counter(names.TOUCHES_KEPT, "Own touches refused for good and kept for an operator.", REASON)
TOUCHES_WRITTEN = Counter(names.TOUCHES_WRITTEN, "Touches written to the timeline table.", OUTCOME)
TOUCH_FRESHNESS = Histogram(
    names.TOUCH_FRESHNESS, "Time from accepting a touch to its being visible.", buckets=(*SECONDS, 30, 60, 300)
)
BROWSERS_TOLD = Counter(names.BROWSERS_TOLD, "New cookies that the edge told contact, by what became of them.", OUTCOME)
ERASURES_OVERDUE = Gauge(names.ERASURES_OVERDUE, "Erasures that a service has not acknowledged in time.")
EDGE_TOUCHES = Counter(names.EDGE_TOUCHES, "Opens, clicks and unsubscribes seen by the edge.", OUTCOME)
EDGE_BROWSERS = Counter(names.EDGE_BROWSERS, "Browsers that a followed link gave a new cookie.", OUTCOME)
EDGE_REFUSED = Counter(names.EDGE_REFUSED, "Requests that the edge refused.", REASON)
EDGE_CONSENT_REQUESTS = Counter(names.EDGE_CONSENT_REQUESTS, "Changes of consent that people asked for.", OUTCOME)
EDGE_SPOOL_BYTES = Gauge(names.EDGE_SPOOL_BYTES, "What waits on disk for Kafka.")


def observe_all(histogram: Histogram, values: Sequence[float]) -> None:
    """Observe many values at once; one by one it would cost more than what is measured."""
    found = Tally(bisect_left(histogram._upper_bounds, value) for value in values)
    histogram._sum.inc(sum(values))
    for place, count in found.items():
        histogram._buckets[place].inc(count)
