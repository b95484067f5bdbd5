"""The names of every span attribute, metric and label: they stand here and nowhere else.

They follow the semantic conventions that SCHEMA_URL names (RPC: release candidate, HTTP and database: stable,
messaging: development), so that a rename there is a change of one file here. Which span has which attributes, and which
metric which labels, stands in spans.py and metrics.py; docs/telemetry.md is written from all three.
"""

from typing import Final

SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.44.0"

# Spans: remote procedure calls
RPC_SYSTEM: Final = "rpc.system.name"
RPC_METHOD: Final = "rpc.method"
RPC_STATUS: Final = "rpc.response.status_code"
ERROR_TYPE: Final = "error.type"

# Spans: HTTP
HTTP_METHOD: Final = "http.request.method"
HTTP_ROUTE: Final = "http.route"
HTTP_STATUS: Final = "http.response.status_code"

# Spans: messaging
MESSAGING_SYSTEM: Final = "messaging.system"
MESSAGING_OPERATION: Final = "messaging.operation.name"
MESSAGING_OPERATION_TYPE: Final = "messaging.operation.type"
MESSAGING_DESTINATION: Final = "messaging.destination.name"
MESSAGING_PARTITION: Final = "messaging.destination.partition.id"
MESSAGING_GROUP: Final = "messaging.consumer.group.name"
MESSAGING_OFFSET: Final = "messaging.kafka.offset"
MESSAGING_COUNT: Final = "messaging.batch.message_count"

# Spans: database
DB_SYSTEM: Final = "db.system.name"
DB_OPERATION: Final = "db.operation.name"
DB_COLLECTION: Final = "db.collection.name"
DB_SUMMARY: Final = "db.query.summary"
DB_STATUS: Final = "db.response.status_code"

# Spans: the way of a campaign's mails
CLAIM_SENDS: Final = "claim sends"
HAND_OVER_MAILS: Final = "hand over mails"
SEND_MAILS: Final = "send mails"
SETTLE_SENDS: Final = "settle sends"

# Resource
SERVICE_NAME: Final = "service.name"
SERVICE_NAMESPACE: Final = "service.namespace"
SERVICE_ROLE: Final = "touchline.role"

# Labels of metrics: attributes as Prometheus writes them, and our own
LABEL_RPC_METHOD: Final = "rpc_method"
LABEL_RPC_STATUS: Final = "rpc_response_status_code"
LABEL_CALLER: Final = "caller"
LABEL_HTTP_METHOD: Final = "http_request_method"
LABEL_HTTP_ROUTE: Final = "http_route"
LABEL_HTTP_STATUS: Final = "http_response_status_code"
LABEL_DESTINATION: Final = "messaging_destination_name"
LABEL_CONSUMER_GROUP: Final = "messaging_consumer_group_name"
LABEL_DB_OPERATION: Final = "db_operation_name"
LABEL_DB_COLLECTION: Final = "db_collection_name"
LABEL_STREAM: Final = "stream"
LABEL_GROUP: Final = "group"
LABEL_PARTITION: Final = "partition"
LABEL_REASON: Final = "reason"
LABEL_OUTCOME: Final = "outcome"
LABEL_DEPENDENCY: Final = "dependency"

# Metrics, as Prometheus writes them
RPC_SERVER_DURATION: Final = "rpc_server_call_duration_seconds"
RPC_CLIENT_DURATION: Final = "rpc_client_call_duration_seconds"
RPC_DEADLINE_MISSING: Final = "touchline_rpc_deadline_missing_total"
RPC_ABANDONED: Final = "touchline_rpc_abandoned_calls"
RPC_LIMITED: Final = "touchline_rpc_limited_total"
REQUEST_ID_REPEATS: Final = "touchline_request_id_repeats_total"
HTTP_SERVER_DURATION: Final = "http_server_request_duration_seconds"
MESSAGING_SENT: Final = "messaging_client_sent_messages_total"
MESSAGING_SEND_DURATION: Final = "messaging_client_operation_duration_seconds"
MESSAGING_CONSUMED: Final = "messaging_client_consumed_messages_total"
MESSAGING_PROCESS_DURATION: Final = "messaging_process_duration_seconds"
CONSUMER_LAG: Final = "touchline_consumer_lag_records"
CONSUMER_LAG_SECONDS: Final = "touchline_consumer_lag_seconds"
CONSUMER_STALLED: Final = "touchline_consumer_stalled"
DEAD_LETTERS: Final = "touchline_dead_letters_total"
PRODUCER_BUFFERED: Final = "touchline_producer_buffered_records"
OUTBOX_PENDING: Final = "touchline_outbox_pending_rows"
OUTBOX_AGE: Final = "touchline_outbox_age_seconds"
DB_CLIENT_DURATION: Final = "db_client_operation_duration_seconds"
DEPENDENCY_UP: Final = "touchline_dependency_up"
TOUCHES_ACCEPTED: Final = "touchline_touches_accepted_total"
TOUCHES_REFUSED: Final = "touchline_touches_refused_total"
TOUCHES_KEPT: Final = "touchline_relay_refused_touches_total"
TOUCHES_WRITTEN: Final = "touchline_touches_written_total"
TOUCH_FRESHNESS: Final = "touchline_touch_freshness_seconds"
BROWSERS_TOLD: Final = "touchline_browsers_told_total"
ERASURES_OVERDUE: Final = "touchline_erasures_overdue"
EDGE_TOUCHES: Final = "touchline_edge_touches_total"
EDGE_BROWSERS: Final = "touchline_edge_browsers_total"
EDGE_REFUSED: Final = "touchline_edge_refused_total"
EDGE_CONSENT_REQUESTS: Final = "touchline_edge_consent_requests_total"
EDGE_SPOOL_BYTES: Final = "touchline_edge_spool_bytes"
