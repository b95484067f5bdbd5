"""Reading whole streams, as a consumer that belongs to nobody."""

from collections.abc import Iterator

from kafka import KafkaConsumer, TopicPartition

from tests.flows.system import System


def records(system: System, stream: str) -> Iterator[tuple[bytes | None, bytes]]:
    """Every record that a stream has now."""
    topic, ends = system.settings.topic_prefix + stream, system.end_offsets(stream)
    consumer = KafkaConsumer(bootstrap_servers=system.settings.kafka_bootstrap, enable_auto_commit=False)
    try:
        partitions = [TopicPartition(topic, number) for number in ends]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        while any(consumer.position(partition) < ends[partition.partition] for partition in partitions):
            for found in consumer.poll(timeout_ms=500).values():
                for record in found:
                    yield record.key, record.value or b""
    finally:
        consumer.close()
