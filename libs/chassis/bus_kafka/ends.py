"""Where a stream ends: what somebody asks of Kafka who wants to know whether everything of it is applied."""

import asyncio
from typing import Any

import kafka
from kafka import TopicPartition, errors

from chassis.bus_kafka.client import client_options
from chassis.config import Settings
from chassis.errors import Unavailable
from chassis.streams import catalogue

TIMEOUT_MS = 5_000


class StreamEnds:
    """Asks the broker itself, since a consumer that has gone deaf would believe that it had read everything."""

    def __init__(self, settings: Settings, stream: str) -> None:
        self._settings = settings
        count = catalogue()[stream].partitions
        self._partitions = [TopicPartition(settings.topic_prefix + stream, number) for number in range(count)]
        self._client: Any = None

    async def read(self) -> dict[int, int]:
        """The end of each partition; raises Unavailable when Kafka does not answer."""
        try:
            return await asyncio.to_thread(self._read)
        except (errors.KafkaError, OSError, AssertionError) as error:
            await self.close()
            raise Unavailable("Kafka is away") from error

    async def close(self) -> None:
        """Let the connection go."""
        client, self._client = self._client, None
        if client is not None:
            await asyncio.to_thread(client.close, autocommit=False, timeout_ms=500)

    def _read(self) -> dict[int, int]:
        if self._client is None:
            self._client = kafka.KafkaConsumer(
                **client_options(self._settings), enable_auto_commit=False, bootstrap_timeout_ms=TIMEOUT_MS
            )
        found = self._client.end_offsets(self._partitions, timeout_ms=TIMEOUT_MS)
        return {topic.partition: end for topic, end in found.items()}
