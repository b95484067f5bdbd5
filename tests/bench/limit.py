"""The limit that ingest is measured against: a bare producer of envelopes, bare consumers, a staged COPY, an insert.

`python -m tests.bench.limit <dsn> <bootstrap> <half>` is one of the two consumers; it does nothing but get rows in.
"""

import asyncio
import sys
import time
from collections.abc import Sequence

import psycopg
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from touchline.interaction.v1 import intake_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain.writing import Arrived, Row
from services.interaction.store import staging

TOPIC = "bench.limit"
PARTITIONS = 24
HALVES = 2
ENVELOPE = 256
BATCH = 4000
INSERT = f"INSERT INTO touch ({staging.COPIED}, epoch, seq) SELECT {staging.COPIED}, 0, 0 FROM touch_staging"
TALLY = "CREATE TABLE bench_tally (half integer PRIMARY KEY, touches bigint NOT NULL)"
TALLIED = """INSERT INTO bench_tally AS kept VALUES (%s, %s)
ON CONFLICT (half) DO UPDATE SET touches = kept.touches + EXCLUDED.touches"""
WRITTEN = "SELECT coalesce(sum(touches), 0) FROM bench_tally"


def make_tally(dsn: str) -> None:
    """Make the table of how many touches each consumer wrote: to count them all takes longer than to write some."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(TALLY)


def make_topic(bootstrap: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])
    finally:
        admin.close()


def envelopes(touches: Sequence[pb.Touch], subject_of, touch_id_of) -> list[tuple[int, bytes]]:
    """What the door would put on the intake stream for these touches, by partition."""
    gathered: dict[int, intake_pb2.TouchBatch] = {}
    full: list[tuple[int, bytes]] = []
    for said in touches:
        subject = subject_of(said)
        partition = subject[0] % PARTITIONS
        batch = gathered.setdefault(partition, intake_pb2.TouchBatch())
        moment = said.occurred_time.ToMicroseconds()
        batch.touches.add(
            touch_id=touch_id_of(said), subject=subject, thread=subject, thread_us=moment, occurred_us=moment,
            accepted_us=moment, rank=30, touch_class=2, channel=1, direction=1, actor=2, verdict=0, type=said.type,
            type_version=1, message=said.message.encode(), source="bench", payload=said.SerializeToString(),
            attributes_json=b'{"client": "Mail"}', content_hash=subject,
        )  # fmt: skip
        if len(batch.touches) == ENVELOPE:
            full.append((partition, gathered.pop(partition).SerializeToString()))
    return full + [(partition, batch.SerializeToString()) for partition, batch in gathered.items()]


def produce(bootstrap: str, parcels: Sequence[tuple[int, bytes]]) -> None:
    """Send every envelope and wait for every acknowledgement."""
    producer = KafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=False, max_request_size=4 << 20, linger_ms=5
    )
    try:
        for waiting in [producer.send(TOPIC, value=body, partition=partition) for partition, body in parcels]:
            waiting.get(timeout=60)
    finally:
        producer.close()


async def consume(dsn: str, bootstrap: str, half: int) -> None:
    """Poll, decode, COPY to staging, insert, commit; for ever."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, fetch_max_bytes=16 << 20)
    partitions = [TopicPartition(TOPIC, number) for number in range(half, PARTITIONS, HALVES)]
    consumer.assign(partitions)
    consumer.seek_to_beginning(*partitions)
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        await connection.execute(staging.STAGING)
        await connection.commit()
        while True:
            polled = consumer.poll(timeout_ms=100, max_records=BATCH // ENVELOPE)
            rows = [
                Row(said, record.partition, said.thread, said.thread_us, b"")
                for records in polled.values()
                for record in records
                for said in Arrived.by(intake_pb2.TouchBatch.FromString(record.value).touches)
            ]
            if rows:
                await staging.stage(connection, rows, int(time.time() * 1e6))
                await connection.execute(INSERT)
                await connection.execute(TALLIED, (half, len(rows)))
                await connection.commit()


if __name__ == "__main__":
    asyncio.run(consume(sys.argv[1], sys.argv[2], int(sys.argv[3])))
