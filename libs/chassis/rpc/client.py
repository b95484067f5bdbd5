"""The client's channel: deadlines, retries and traces on the way out, DomainErrors on the way back."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
from google.protobuf.message import Message

from chassis import telemetry
from chassis.calls import remaining_seconds
from chassis.rpc.status import from_rpc_error
from chassis.telemetry import metrics

DEFAULT_TIMEOUT = 2.0
MARGIN = 0.05  # kept back from a passed-on deadline, so that the caller can still answer
MEGABYTE = 1024 * 1024
SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.05s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ],
    "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},
}
OPTIONS: Sequence[tuple[str, Any]] = (
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
    ("grpc.enable_retries", 1),
    ("grpc.max_receive_message_length", 16 * MEGABYTE),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 500),
)

TokenSource = Callable[[], str | Awaitable[str]]


class Channel(grpc.aio.Channel):  # type: ignore[misc]  # grpcio has no types
    """A grpc.aio channel for generated stubs whose calls raise DomainErrors, end in time, and carry token and trace.

    An awaited unary call gives its response; what streams is an async iterator of responses. Retries by gRPC cover
    UNAVAILABLE only, and are safe: a request that can have a request_id gets one.
    """

    def __init__(self, inner: grpc.aio.Channel, *, token_source: TokenSource | None, timeout: float) -> None:
        self._inner, self._token_source, self._timeout = inner, token_source, timeout

    def unary_unary(self, method: str, *serializers: Any, **options: Any) -> Any:
        call = self._inner.unary_unary(method, *serializers, **options)
        return lambda request, **given: self._one(method, call, request, **given)

    def stream_unary(self, method: str, *serializers: Any, **options: Any) -> Any:
        call = self._inner.stream_unary(method, *serializers, **options)
        return lambda requests, **given: self._one(method, call, requests, **given)

    def unary_stream(self, method: str, *serializers: Any, **options: Any) -> Any:
        call = self._inner.unary_stream(method, *serializers, **options)
        return lambda request, **given: self._many(method, call, request, **given)

    def stream_stream(self, method: str, *serializers: Any, **options: Any) -> Any:
        call = self._inner.stream_stream(method, *serializers, **options)
        return lambda requests, **given: self._many(method, call, requests, **given)

    async def _one(self, method: str, call: Any, request: Any, **given: Any) -> Any:
        path, started = method.lstrip("/"), time.perf_counter()
        with telemetry.client_span(path) as span:
            timeout = given.pop("timeout", None) or max(0.001, remaining_seconds(self._timeout + MARGIN) - MARGIN)
            metadata = await self._metadata(given.pop("metadata", None))
            try:
                return await call(_named(request), timeout=timeout, metadata=metadata, **given)
            except grpc.aio.AioRpcError as error:
                span.failed(error.code().name)
                raise from_rpc_error(error) from None
            finally:
                span.answered()
                metrics.RPC_CLIENT_DURATION.labels(path, span.code).observe(time.perf_counter() - started)

    async def _many(self, method: str, call: Any, request: Any, **given: Any) -> AsyncIterator[Any]:
        metadata = await self._metadata(given.pop("metadata", None))
        responses = call(request, metadata=metadata, **given)
        try:
            async for response in responses:
                yield response
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from None
        finally:
            responses.cancel()

    async def _metadata(self, given: Sequence[tuple[str, str | bytes]] | None) -> list[tuple[str, str | bytes]]:
        metadata = list(given or ())
        if self._token_source is not None:
            token = self._token_source()
            text = token if isinstance(token, str) else await token
            metadata.append(("authorization", f"Bearer {text}"))
        metadata.extend(telemetry.inject().items())
        return metadata

    async def close(self, grace: float | None = None) -> None:
        await self._inner.close(grace)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        return self._inner.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        await self._inner.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        await self._inner.channel_ready()

    async def __aenter__(self) -> "Channel":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _named(request: Any) -> Any:
    """A mutating request always has a request_id, so that a retry of gRPC's or of ours does nothing twice."""
    if not isinstance(request, Message) or "request_id" not in request.DESCRIPTOR.fields_by_name:
        return request
    if getattr(request, "request_id"):  # noqa: B009 - the descriptor says that it is there
        return request
    named = type(request)()
    named.CopyFrom(request)
    setattr(named, "request_id", str(uuid4()))  # noqa: B010
    return named


def token_file(path: Path) -> TokenSource:
    """A token that is read from its file at each call, so that it can be renewed underneath."""
    return lambda: asyncio.to_thread(lambda: path.read_text(encoding="ascii").strip())


def channel(
    target: str,
    *,
    token: str | None = None,
    token_source: TokenSource | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    options: Sequence[tuple[str, Any]] = (),
) -> Channel:
    """Open a channel to one of our services; `timeout` is for calls that name none."""
    source = (lambda: token) if token is not None else token_source
    inner = grpc.aio.insecure_channel(target, options=[*OPTIONS, *options])
    return Channel(inner, token_source=source, timeout=timeout)
