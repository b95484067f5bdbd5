"""The catalogue of every span attribute and every metric: names stand here and nowhere else.

They follow the semantic conventions that SCHEMA_URL names (RPC: release candidate, database: stable, messaging:
development), so that a rename there is a change of one file here.
"""

from typing import Final

SCHEMA_URL: Final = "https://opentelemetry.io/schemas/1.44.0"

# Spans: remote procedure calls
RPC_SYSTEM: Final = "rpc.system.name"
RPC_METHOD: Final = "rpc.method"
RPC_STATUS: Final = "rpc.response.status_code"
ERROR_TYPE: Final = "error.type"

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

# Resource
SERVICE_NAME: Final = "service.name"
SERVICE_NAMESPACE: Final = "service.namespace"
SERVICE_ROLE: Final = "touchline.role"

# Metrics, as Prometheus writes them
RPC_SERVER_DURATION: Final = "rpc_server_call_duration_seconds"
RPC_CLIENT_DURATION: Final = "rpc_client_call_duration_seconds"
RPC_DEADLINE_MISSING: Final = "touchline_rpc_deadline_missing_total"
RPC_ABANDONED: Final = "touchline_rpc_abandoned_calls"
REQUEST_ID_REPEATS: Final = "touchline_request_id_repeats_total"
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
DB_CLIENT_DURATION: Final = "db_client_operation_duration_seconds"
DEPENDENCY_UP: Final = "touchline_dependency_up"
TOUCHES_ACCEPTED: Final = "touchline_touches_accepted_total"
TOUCHES_REFUSED: Final = "touchline_touches_refused_total"
TOUCHES_KEPT: Final = "touchline_relay_refused_touches_total"
TOUCHES_WRITTEN: Final = "touchline_touches_written_total"
TOUCH_FRESHNESS: Final = "touchline_touch_freshness_seconds"
ERASURES_OVERDUE: Final = "touchline_erasures_overdue"
EDGE_TOUCHES: Final = "touchline_edge_touches_total"
EDGE_REFUSED: Final = "touchline_edge_refused_total"
EDGE_CONSENT_REQUESTS: Final = "touchline_edge_consent_requests_total"
EDGE_SPOOL_BYTES: Final = "touchline_edge_spool_bytes"
