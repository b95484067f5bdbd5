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
from chassis.rpc.status import call_cut, from_rpc_error
from chassis.rpc.tls import Certificates
from chassis.telemetry import metrics

DEFAULT_TIMEOUT = 2.0
MARGIN = 0.05  # kept back from a passed-on deadline, so that the caller can still answer
LOOK_SECONDS = 1.0  # between two looks whether our certificate has changed
REPLACED_SECONDS = 60.0  # that calls under way get when it has
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


class Line:
    """A grpc channel to a target, made anew when our certificate has changed: grpc's own keeps its first one."""

    def __init__(
        self, target: str, certificates: Certificates | None = None, options: Sequence[tuple[str, Any]] = ()
    ) -> None:
        self._target, self._certificates, self._options = target, certificates, [*OPTIONS, *options]
        self._shown = certificates.latest() if certificates else None
        self._looked = time.monotonic()
        self._closing: set[asyncio.Task[None]] = set()
        self.inner = self._open()

    def prepare(self, make: Callable[[grpc.aio.Channel], Any]) -> Callable[[], Any]:
        """What `make` makes of the channel; made again on a new channel."""
        made = self.inner, make(self.inner)

        def latest() -> Any:
            nonlocal made
            self._renew()
            if made[0] is not self.inner:
                made = self.inner, make(self.inner)
            return made[1]

        return latest

    async def close(self, grace: float | None = None) -> None:
        """Close it, and those that were replaced."""
        await asyncio.gather(self.inner.close(grace), *self._closing)

    def _open(self) -> grpc.aio.Channel:
        if self._certificates is None:
            return grpc.aio.insecure_channel(self._target, options=self._options)
        return grpc.aio.secure_channel(self._target, self._certificates.channel_credentials(), options=self._options)

    def _renew(self) -> None:
        """Look after the files, once a second at most; calls that are under way on the old channel may end."""
        if self._certificates is None or time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        if (found := self._certificates.latest()) != self._shown:
            old, self._shown, self.inner = self.inner, found, self._open()
            closing = asyncio.ensure_future(old.close(REPLACED_SECONDS))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)


class Channel(grpc.aio.Channel):  # type: ignore[misc]  # grpcio has no types
    """A grpc.aio channel for generated stubs whose calls raise DomainErrors, end in time, and carry token and trace.

    An awaited unary call gives its response; what streams is an async iterator of responses. Retries by gRPC cover
    UNAVAILABLE only, and are safe: a request that can have a request_id gets one.
    """

    def __init__(self, line: Line, *, token_source: TokenSource | None, timeout: float) -> None:
        self._line, self._token_source, self._timeout = line, token_source, timeout

    def unary_unary(self, method: str, *serializers: Any, **options: Any) -> Any:
        call = self._line.prepare(lambda inner: inner.unary_unary(method, *serializers, **options))
        return lambda request, **given: self._one(method, call, request, **given)

    def stream_unary(self, method: str, *serializers: Any, **options: Any) -> Any:
        call = self._line.prepare(lambda inner: inner.stream_unary(method, *serializers, **options))
        return lambda requests, **given: self._one(method, call, requests, **given)

    def unary_stream(self, method: str, *serializers: Any, **options: Any) -> Any:
        call = self._line.prepare(lambda inner: inner.unary_stream(method, *serializers, **options))
        return lambda request, **given: self._many(method, call, request, **given)

    def stream_stream(self, method: str, *serializers: Any, **options: Any) -> Any:
        call = self._line.prepare(lambda inner: inner.stream_stream(method, *serializers, **options))
        return lambda requests, **given: self._many(method, call, requests, **given)

    async def _one(self, method: str, call: Any, request: Any, **given: Any) -> Any:
        path, started = method.lstrip("/"), time.perf_counter()
        with telemetry.client_span(path) as span:
            timeout = given.pop("timeout", None) or max(0.001, remaining_seconds(self._timeout + MARGIN) - MARGIN)
            metadata = await self._metadata(given.pop("metadata", None))
            try:
                return await call()(_named(request), timeout=timeout, metadata=metadata, **given)
            except grpc.aio.AioRpcError as error:
                span.failed(error.code().name)
                raise from_rpc_error(error) from None
            except (asyncio.CancelledError, grpc.aio.UsageError) as error:  # the second: begun on a channel that closes
                if isinstance(error, asyncio.CancelledError) and _leaves():
                    raise
                span.failed(grpc.StatusCode.CANCELLED.name)
                raise call_cut() from None
            finally:
                span.answered()
                metrics.RPC_CLIENT_DURATION.labels(path, span.code).observe(time.perf_counter() - started)

    async def _many(self, method: str, call: Any, request: Any, **given: Any) -> AsyncIterator[Any]:
        metadata = await self._metadata(given.pop("metadata", None))
        try:
            responses = call()(request, metadata=metadata, **given)
        except grpc.aio.UsageError:  # its channel closes
            raise call_cut() from None
        try:
            async for response in responses:
                yield response
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from None
        except asyncio.CancelledError:
            if _leaves():
                raise
            raise call_cut() from None
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
        await self._line.close(grace)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        return self._line.inner.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        await self._line.inner.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        await self._line.inner.channel_ready()

    async def __aenter__(self) -> "Channel":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _leaves() -> bool:
    """Whether whoever calls was told to end: else his channel was replaced, or closed, before the answer."""
    task = asyncio.current_task()
    return task is None or bool(task.cancelling())


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
    certificates: Certificates | None = None,
    options: Sequence[tuple[str, Any]] = (),
) -> Channel:
    """Open a channel to one of our services, over TLS with certificates; `timeout` is for calls that name none."""
    source = (lambda: token) if token is not None else token_source
    return Channel(Line(target, certificates, options), token_source=source, timeout=timeout)
