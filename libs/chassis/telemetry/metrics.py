"""Every metric that the chassis and the touch path keep, in Prometheus' default registry; /metrics shows them all."""

from prometheus_client import Counter, Gauge, Histogram

from chassis.telemetry import names

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

RPC_SERVER_DURATION = Histogram(
    names.RPC_SERVER_DURATION, "Time from a call's arrival to its answer.", ["method", "code"], buckets=SECONDS
)
RPC_CLIENT_DURATION = Histogram(
    names.RPC_CLIENT_DURATION, "Time from a call's start to its answer.", ["method", "code"], buckets=SECONDS
)
RPC_DEADLINE_MISSING = Counter(names.RPC_DEADLINE_MISSING, "Calls that came without a deadline.", ["method"])
RPC_ABANDONED = Gauge(names.RPC_ABANDONED, "Handlers that still clean up after their call was answered.")
REQUEST_ID_REPEATS = Counter(names.REQUEST_ID_REPEATS, "Repeated requests answered by reading again.", ["method"])
MESSAGING_SENT = Counter(names.MESSAGING_SENT, "Records that Kafka acknowledged.", ["stream"])
MESSAGING_SEND_DURATION = Histogram(
    names.MESSAGING_SEND_DURATION, "Time from sending a record to Kafka's answer.", ["stream"], buckets=SECONDS
)
MESSAGING_CONSUMED = Counter(names.MESSAGING_CONSUMED, "Records handed to a handler.", ["stream", "group"])
MESSAGING_PROCESS_DURATION = Histogram(
    names.MESSAGING_PROCESS_DURATION, "Time that a handler took for a batch.", ["stream", "group"], buckets=SECONDS
)
CONSUMER_LAG = Gauge(names.CONSUMER_LAG, "Records not yet applied.", ["stream", "group", "partition"])
CONSUMER_LAG_SECONDS = Gauge(names.CONSUMER_LAG_SECONDS, "Age of the last applied record.", ["stream", "group"])
CONSUMER_STALLED = Gauge(
    names.CONSUMER_STALLED,
    "1 while a partition's position stands still and its end moves.",
    ["stream", "group", "partition"],
)
DEAD_LETTERS = Counter(names.DEAD_LETTERS, "Records put aside.", ["stream", "group"])
PRODUCER_BUFFERED = Gauge(names.PRODUCER_BUFFERED, "Records sent and not yet acknowledged.")
OUTBOX_PENDING = Gauge(names.OUTBOX_PENDING, "Outbox rows not yet delivered.", ["stream"])
DB_CLIENT_DURATION = Histogram(
    names.DB_CLIENT_DURATION, "Time of one statement.", ["operation", "collection"], buckets=SECONDS
)
DEPENDENCY_UP = Gauge(names.DEPENDENCY_UP, "1 while Kafka or PostgreSQL answers.", ["dependency"])
TOUCHES_ACCEPTED = Counter(names.TOUCHES_ACCEPTED, "Touches that Kafka acknowledged.")
TOUCHES_REFUSED = Counter(names.TOUCHES_REFUSED, "Touches refused at the door or when written.", ["reason"])
TOUCHES_KEPT = Counter(names.TOUCHES_KEPT, "Own touches refused for good and kept for an operator.", ["reason"])
TOUCHES_WRITTEN = Counter(names.TOUCHES_WRITTEN, "Touches written to the timeline table.", ["outcome"])
TOUCH_FRESHNESS = Histogram(
    names.TOUCH_FRESHNESS, "Time from accepting a touch to its being visible.", buckets=(*SECONDS, 30, 60, 300)
)
ERASURES_OVERDUE = Gauge(names.ERASURES_OVERDUE, "Erasures that a service has not acknowledged in time.")
EDGE_TOUCHES = Counter(names.EDGE_TOUCHES, "Opens, clicks and unsubscribes seen by the edge.", ["outcome"])
EDGE_REFUSED = Counter(names.EDGE_REFUSED, "Requests that the edge refused.", ["reason"])
EDGE_CONSENT_REQUESTS = Counter(names.EDGE_CONSENT_REQUESTS, "Changes of consent that people asked for.", ["outcome"])
EDGE_SPOOL_BYTES = Gauge(names.EDGE_SPOOL_BYTES, "What waits on disk for Kafka.")
