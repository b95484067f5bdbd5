"""The consent_requests stream: what people ask for on the edge, told as done only when Kafka has it."""

import asyncio
from datetime import timedelta

from chassis.bus import Producer
from chassis.errors import DomainError, Unavailable
from chassis.streams import partition_of
from chassis.telemetry import inject_headers, send_span
from touchline.interaction.v1.interaction_events_pb2 import ConsentRequest

CONSENT_REQUESTS = "touchline.interaction.consent_requests.v1"
PATIENCE = 3.0
AGAIN = timedelta(seconds=10)


class ConsentRequests:
    """Writes requests, keyed by subject, so that one person's stay in order."""

    def __init__(self, producer: Producer, *, partitions: int, patience: float = PATIENCE) -> None:
        self._producer = producer
        self._partitions = partitions
        self._patience = patience

    async def ask(self, requests: list[ConsentRequest]) -> None:
        """Returns when Kafka has them all; raises Unavailable when it does not say so within 3 seconds."""
        try:
            sent = [self._send(request) for request in requests]
        except DomainError as error:
            raise Unavailable("the request could not be kept", retry_after=AGAIN) from error
        _, waiting = await asyncio.wait(sent, timeout=self._patience)
        for future in waiting:
            future.add_done_callback(_failed)
        failed = [_failed(future) for future in sent if future not in waiting]
        if waiting or any(failed):
            raise Unavailable("the request could not be kept", retry_after=AGAIN)

    def _send(self, request: ConsentRequest) -> "asyncio.Future[int]":
        partition = partition_of(request.subject, self._partitions)
        with send_span(CONSENT_REQUESTS, partition=partition):
            headers = [
                *inject_headers(),
                ("ce_type", request.DESCRIPTOR.full_name.encode()),
                ("ce_source", b"/touchline/interaction"),
                ("ce_time", request.request_time.ToJsonString().encode()),
                ("content-type", b"application/protobuf"),
            ]
            return self._producer.send(
                CONSENT_REQUESTS,
                partition=partition,
                key=request.subject,
                value=request.SerializeToString(),
                headers=headers,
            )


def _failed(future: "asyncio.Future[int]") -> bool:
    return future.cancelled() or future.exception() is not None
