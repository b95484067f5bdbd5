"""kafka-python behind chassis.bus: producer, source of records, topics."""

from chassis.bus_kafka.ends import StreamEnds
from chassis.bus_kafka.producer import KafkaProducer
from chassis.bus_kafka.source import KafkaSource
from chassis.bus_kafka.topics import Topics

__all__ = ["KafkaProducer", "KafkaSource", "StreamEnds", "Topics"]
