"""Kafka topics as deploy/topics.yaml wants them: what is missing or different, and making it so."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import TopicAlreadyExistsError

from chassis.bus_kafka.client import admin
from chassis.config import Settings
from chassis.streams import Stream, Streams, catalogue


@dataclass(frozen=True)
class Change:
    """One thing that is not as the catalogue says; `can_apply` is False for what only a person may change."""

    topic: str
    what: str
    can_apply: bool = True


class Topics:
    """The topics of one installation."""

    def __init__(self, streams: Streams) -> None:
        self.streams = streams

    @classmethod
    def load(cls) -> "Topics":
        """From the catalogue."""
        return cls(catalogue())

    def plan(self, settings: Settings) -> list[Change]:
        """What `apply` would change, and what it cannot."""
        client = admin(settings)
        try:
            return [change for change, _ in self._changes(client, settings.topic_prefix)]
        finally:
            client.close()

    def apply(self, settings: Settings) -> list[Change]:
        """Make what is missing, set what is different; partitions are never changed. Blocks."""
        client = admin(settings, patience=30)
        try:
            changes = []
            for change, make in self._changes(client, settings.topic_prefix):
                if change.can_apply:
                    make()
                changes.append(change)
            return changes
        finally:
            client.close()

    def _changes(self, client: KafkaAdminClient, prefix: str) -> "Iterator[tuple[Change, Any]]":
        there = _partitions(client, [prefix + name for name in self.streams])
        configs = _configs(client, list(there))
        for stream in self.streams.values():
            topic = prefix + stream.name
            if topic not in there:
                change = Change(topic, f"create with {stream.partitions} partitions")
                yield change, lambda topic=topic, stream=stream: _create(client, topic, stream)
                continue
            if there[topic] != stream.partitions:
                told = f"has {there[topic]} partitions, not {stream.partitions}: that is a new version of the stream"
                yield Change(topic, told, can_apply=False), None
            wrong = {key: value for key, value in config(stream).items() if configs[topic].get(key) != value}
            if wrong:
                told = ", ".join(f"{key}={value}" for key, value in sorted(wrong.items()))
                yield Change(topic, f"set {told}"), lambda topic=topic, wrong=wrong: _set(client, topic, wrong)


def config(stream: Stream) -> dict[str, str]:
    """A topic's settings, as Kafka writes them."""
    told = {
        "cleanup.policy": "delete",
        "retention.ms": str(int(stream.retention.total_seconds() * 1000)),
        "max.message.bytes": str(stream.max_message),
    }
    if stream.segment is not None:
        told["segment.ms"] = str(int(stream.segment.total_seconds() * 1000))
    if stream.is_personal:
        told["message.timestamp.type"] = "LogAppendTime"
    return told


def _partitions(client: KafkaAdminClient, wanted: list[str]) -> dict[str, int]:
    there = set(client.list_topics())
    described = client.describe_topics([topic for topic in wanted if topic in there]) if there & set(wanted) else []
    return {found["name"]: len(found["partitions"]) for found in described}


def _configs(client: KafkaAdminClient, topics: list[str]) -> dict[str, dict[str, str]]:
    if not topics:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
    found = client.describe_configs(resources, config_filter="all")["topic"]
    return {topic: {key: value["value"] for key, value in found[topic].items()} for topic in topics}


def _create(client: KafkaAdminClient, topic: str, stream: Stream) -> None:
    wanted = {topic: {"num_partitions": stream.partitions, "configs": config(stream)}}
    try:
        client.create_topics(wanted, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        client.wait_for_topics([topic])


def _set(client: KafkaAdminClient, topic: str, wrong: dict[str, str]) -> None:
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=wrong)])
