"""Reading whole streams, as a consumer that belongs to nobody."""

from collections.abc import Iterator, Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from tests.flows.system import System


def records(system: System, stream: str) -> Iterator[tuple[bytes | None, bytes]]:
    """Key and value of every record that a stream has now."""
    for record in read(system, stream):
        yield record.key, record.value or b""


def read(system: System, stream: str, since: Mapping[int, int] | None = None) -> Iterator[Any]:
    """Every record that a stream has now, each partition from its beginning or from the offset that `since` says."""
    topic, ends = system.settings.topic_prefix + stream, system.end_offsets(stream)
    consumer = KafkaConsumer(bootstrap_servers=system.settings.kafka_bootstrap, enable_auto_commit=False)
    try:
        partitions = [TopicPartition(topic, number) for number in ends]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        for partition in partitions:
            if since is not None:
                consumer.seek(partition, since[partition.partition])
        while any(consumer.position(partition) < ends[partition.partition] for partition in partitions):
            for found in consumer.poll(timeout_ms=500).values():
                yield from found
    finally:
        consumer.close()
