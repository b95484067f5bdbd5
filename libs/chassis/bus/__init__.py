"""Records, the consumer loop and its failure policy; knows no Kafka."""

from chassis.bus.limits import Limits
from chassis.bus.loop import ConsumerLoop
from chassis.bus.records import (
    Batch,
    BatchHandler,
    Beginning,
    Counts,
    Halver,
    Headers,
    Invalid,
    Locate,
    NotNow,
    OneAtATime,
    Part,
    Partition,
    Producer,
    Record,
    RecordRefusedError,
    Snapshot,
    Source,
    Subscription,
    Unfit,
    one_at_a_time,
)
from chassis.bus.watchdog import Watchdog

__all__ = [
    "Batch",
    "BatchHandler",
    "Beginning",
    "ConsumerLoop",
    "Counts",
    "Halver",
    "Headers",
    "Invalid",
    "Limits",
    "Locate",
    "NotNow",
    "OneAtATime",
    "Part",
    "Partition",
    "Producer",
    "Record",
    "RecordRefusedError",
    "Snapshot",
    "Source",
    "Subscription",
    "Unfit",
    "Watchdog",
    "one_at_a_time",
]
