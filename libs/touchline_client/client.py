"""One caller's connection to an installation: channels, token, deadlines, retries, request ids."""

import asyncio
import json
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Any, Self

import grpc
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from touchline.campaign.v1.campaign_pb2_grpc import CampaignServiceStub
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub
from touchline.interaction.v1.interaction_pb2_grpc import InteractionServiceStub
from touchline.segmentation.v1.segmentation_pb2_grpc import SegmentationServiceStub

from touchline_client.refusals import DETAILS, refusal_of_status

LIMITED = "CALLER_LIMITED"
PORTS = {"contact": 7101, "segmentation": 7102, "campaign": 7103, "interaction": 7104}
TIMEOUT = 10.0  # seconds, for calls that name none
LARGEST_ANSWER = 16 * 1024 * 1024
SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
}
OPTIONS = (
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.max_receive_message_length", LARGEST_ANSWER),
)

Token = str | Callable[[], str]


class Touchline:
    """The four services of one installation, as one caller sees them.

    Every call carries the token and ends in time; UNAVAILABLE is tried again, and what came too often for the
    installation (CALLER_LIMITED) after the wait that it names, where the call's time allows. A mutation without a
    `request_id` gets one, so that those retries do nothing twice. Who repeats a call himself, after a crash say, sets
    his own.
    """

    def __init__(
        self,
        *,
        token: Token = "",
        host: str = "127.0.0.1",
        targets: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        self._targets = {name: f"{host}:{port}" for name, port in PORTS.items()} | dict(targets or {})
        self._credentials = credentials
        self._interceptors = [OneAnswer(token, timeout), ManyAnswers(token, timeout)]
        self._channels: dict[str, grpc.aio.Channel] = {}

    @cached_property
    def contact(self) -> Any:
        """touchline.contact.v1.ContactService."""
        return ContactServiceStub(self.channel("contact"))

    @cached_property
    def segmentation(self) -> Any:
        """touchline.segmentation.v1.SegmentationService."""
        return SegmentationServiceStub(self.channel("segmentation"))

    @cached_property
    def campaign(self) -> Any:
        """touchline.campaign.v1.CampaignService."""
        return CampaignServiceStub(self.channel("campaign"))

    @cached_property
    def interaction(self) -> Any:
        """touchline.interaction.v1.InteractionService."""
        return InteractionServiceStub(self.channel("interaction"))

    def channel(self, service: str) -> grpc.aio.Channel:
        """The channel to a service, opened when first asked for; over TLS when the client was given credentials."""
        if service not in self._channels:
            self._channels[service] = self._open(self._targets[service])
        return self._channels[service]

    def _open(self, target: str) -> grpc.aio.Channel:
        if self._credentials is None:
            return grpc.aio.insecure_channel(target, OPTIONS, interceptors=self._interceptors)
        return grpc.aio.secure_channel(target, self._credentials, OPTIONS, interceptors=self._interceptors)

    async def close(self) -> None:
        for channel in self._channels.values():
            await channel.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class _Caller:
    """Who calls, and how long he waits."""

    def __init__(self, token: Token, timeout: float) -> None:
        self._token, self._timeout = token, timeout

    def told(self, details: grpc.aio.ClientCallDetails, timeout: float | None) -> grpc.aio.ClientCallDetails:
        token = self._token if isinstance(self._token, str) else self._token()
        metadata = [*(details.metadata or ())]
        if token:
            metadata.append(("authorization", f"Bearer {token}"))
        return details._replace(timeout=timeout, metadata=grpc.aio.Metadata(*metadata))


class OneAnswer(_Caller, grpc.aio.UnaryUnaryClientInterceptor):  # type: ignore[misc]
    """Prepares calls that have one answer."""

    async def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Any], Awaitable[Any]],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        end = time.monotonic() + (client_call_details.timeout or self._timeout)
        named = with_request_id(request)
        while True:
            details = self.told(client_call_details, max(0.001, end - time.monotonic()))
            call = await continuation(details, named)
            pause = await pause_of(call)
            if pause is None or time.monotonic() + pause >= end:
                return call
            await asyncio.sleep(pause)


class ManyAnswers(_Caller, grpc.aio.UnaryStreamClientInterceptor):  # type: ignore[misc]
    """Prepares calls that are answered bit by bit, which may go on for ever."""

    async def intercept_unary_stream(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Any], Awaitable[Any]],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        return await continuation(self.told(client_call_details, client_call_details.timeout), request)


async def pause_of(call: Any) -> float | None:
    """Seconds to wait before a call is made again that came too often; None for any other end."""
    if await call.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
        return None
    said = dict(await call.trailing_metadata() or ()).get(DETAILS)
    refusal = refusal_of_status(Status.FromString(bytes(said))) if said else None
    if refusal is None or refusal.reason != LIMITED or refusal.retry_after is None:
        return None
    return refusal.retry_after.total_seconds()


def with_request_id(request: Message) -> Message:
    """The request, with a request_id if it can have one and has none; the caller's own message stays as it is."""
    if "request_id" not in request.DESCRIPTOR.fields_by_name or request.request_id:  # type: ignore[attr-defined]
        return request
    named: Any = type(request)()
    named.CopyFrom(request)
    named.request_id = str(uuid.uuid4())
    return named  # type: ignore[no-any-return]
