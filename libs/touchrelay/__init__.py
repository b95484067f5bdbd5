"""A service's own touches on their way to interaction: outbox rows in the fact's transaction, then RecordTouches.

The rows stand in the service's outbox under the stream `touches`, which is no Kafka topic; its relay hands them to
`TouchSender`, which calls interaction instead of a broker. Touches that interaction refuses for good are kept in
`touch_refused_outbox` (the service's migration creates it with `SCHEMA`) until somebody sends them again.
"""

from touchrelay.refused import SCHEMA, RefusedTouch, list_refused, replay_refused
from touchrelay.rows import STREAM, rows
from touchrelay.sender import TouchSender

__all__ = ["SCHEMA", "STREAM", "RefusedTouch", "TouchSender", "list_refused", "replay_refused", "rows"]
