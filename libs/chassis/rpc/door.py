"""The door that every call comes through: trace, errors, deadline, peer, identity, permission, form, request_id.

Handlers are wrapped once per method; so a servicer holds no `try` and no status code.
A failure is answered by `context.abort`, because only that sends trailers alone, and gRPC's clients retry nothing else.
It is the last thing that happens in a call: grpc.aio's stop(grace) does not wait for what follows it (grpc/grpc#37239).
"""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from functools import cache
from typing import Any, NoReturn

import grpc
from google.protobuf.message import DecodeError, Message
from grpc.aio import ServicerContext

from chassis import telemetry, validation
from chassis.auth import Authenticator, Permissions
from chassis.calls import CALL, Call
from chassis.errors import DomainError, InvalidArgument, NotFound, PermissionDenied
from chassis.rpc.limits import RateLimits
from chassis.rpc.methods import Method
from chassis.rpc.peers import Peers
from chassis.rpc.servicer import Repeated
from chassis.rpc.status import CODES, LONGEST_MESSAGE, trailers
from chassis.rpc.timely import in_time
from chassis.telemetry import metrics

LOG = telemetry.logger(__name__)
DEFAULT_CAP = 2.0
SERVER_FAULTS = {"UNAVAILABLE", "INTERNAL"}
READING = ".read"  # the verb of permissions that read and change nothing
OPEN = ("/grpc.health.v1.Health/", "/grpc.reflection.")

Handler = Callable[[Any, ServicerContext], Any]
Metadata = Iterable[tuple[str, str | bytes]]


class PermissionMissingError(PermissionDenied):
    """The caller's roles do not allow this method."""

    reason = "PERMISSION_MISSING"


class DeletedSinceError(NotFound):
    """The request was done, and what it made has been deleted since."""

    reason = "DELETED_SINCE"


class UndecodableError(InvalidArgument):
    """The request is not a message of the method's type."""

    reason = "REQUEST_UNDECODABLE"


class Door(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpcio has no types
    """Guards the methods it knows; health and reflection are open to everybody, anything else does not exist.

    Servicers are added to it as to a server, which is given the door alone. A grpc.aio server waits for the next call
    of each method registered with it, so that every call would pay for all of them, and for interceptors as well.
    """

    def __init__(
        self,
        methods: Mapping[str, Method],
        authenticator: Authenticator,
        permissions: Permissions,
        cap: float = DEFAULT_CAP,
        *,
        peers: Peers | None = None,
        limits: RateLimits | None = None,
    ) -> None:
        self._peers, self._limits = peers, limits
        self._methods, self._authenticator, self._permissions, self._cap = methods, authenticator, permissions, cap
        self._behind: list[grpc.GenericRpcHandler] = []
        self._handlers: dict[str, grpc.RpcMethodHandler] = {}
        self._without_deadline: set[tuple[str, str]] = set()

    def add_generic_rpc_handlers(self, handlers: Iterable[grpc.GenericRpcHandler]) -> None:
        """Let handlers answer behind the door."""
        self._behind.extend(handlers)

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, grpc.RpcMethodHandler]) -> None:
        """The same handlers once more, as generated code adds them."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        known = self._handlers.get(handler_call_details.method)
        return known if known is not None else self._find(handler_call_details)

    def _find(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        path = details.method
        handler = next(filter(None, (each.service(details) for each in self._behind)), None)
        if handler is None or path.startswith(OPEN):
            return handler
        if path not in self._methods:
            return None
        self._handlers[path] = self._wrap(self._methods[path], handler)
        return self._handlers[path]

    def _wrap(self, method: Method, handler: grpc.RpcMethodHandler) -> grpc.RpcMethodHandler:
        decode = _decoder(getattr(method.servicer, f"decode_{method.short}", method.request.FromString))
        if handler.request_streaming and handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler(
                self._streaming(method, handler.stream_stream, _each), decode, handler.response_serializer
            )
        if handler.request_streaming:
            return grpc.stream_unary_rpc_method_handler(
                self._unary(method, handler.stream_unary, _each), decode, handler.response_serializer
            )
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                self._streaming(method, handler.unary_stream, _once), decode, handler.response_serializer
            )
        return grpc.unary_unary_rpc_method_handler(
            self._unary(method, handler.unary_unary, _once), decode, handler.response_serializer
        )

    def _unary(self, method: Method, behaviour: Handler, form: "Form") -> Handler:
        async def answer(request: Any, context: ServicerContext) -> Any:
            try:
                metadata = context.invocation_metadata() or ()
                with _Observed(method, metadata):
                    call = await self._admit(method, context, metadata)
                    asked = form(method, call, request)
                    if method.is_timely:
                        return await behaviour(asked, context)
                    return await in_time(self._answer(method, behaviour, asked, context), call.deadline)
            except Exception as error:  # the door is where every error ends
                await _refuse(context, error)

        return answer

    def _streaming(self, method: Method, behaviour: Handler, form: "Form") -> Handler:
        async def answer(request: Any, context: ServicerContext) -> AsyncIterator[Any]:
            try:
                metadata = context.invocation_metadata() or ()
                with _Observed(method, metadata):
                    call = await self._admit(method, context, metadata)
                    responses = behaviour(form(method, call, request), context)
                    async for response in self._each_in_time(responses, call):
                        yield response
            except Exception as error:
                await _refuse(context, error)

        return answer

    async def _admit(self, method: Method, context: ServicerContext, metadata: Metadata) -> Call:
        """The peer where calls are encrypted, identity, its limit, then permission; then the call is known to all."""
        remaining = context.time_remaining()
        call = Call(method.path, deadline=self._deadline(method, remaining))
        CALL.set(call)
        if self._peers is not None:
            self._peers.check(context, method.short_path)
        authorization = next((value for key, value in metadata if key == "authorization"), None)
        known = self._authenticator.remembered(authorization)
        call.caller = known if known is not None else await self._authenticator.authenticate(authorization)
        if self._limits is not None:
            self._limits.check(call.caller, method)
        is_too_much = call.caller.reads_only and not method.permission.endswith(READING)
        if is_too_much or not self._permissions.allows(call.caller.roles, method.permission):
            raise PermissionMissingError(permission=method.permission)
        if remaining is None and not method.is_unlimited:
            self._note_missing_deadline(method, call)
        return call

    def _deadline(self, method: Method, remaining: float | None) -> float | None:
        """When we answer at the latest: a little before the caller stops waiting."""
        if remaining is None and method.is_unlimited:
            return None
        given = self._cap if remaining is None else remaining
        return time.monotonic() + given - min(0.1, given * 0.05)

    def _note_missing_deadline(self, method: Method, call: Call) -> None:
        metrics.RPC_DEADLINE_MISSING.labels(method.path).inc()
        key = (method.path, call.caller.client or call.caller.subject)
        if key not in self._without_deadline:
            self._without_deadline.add(key)
            LOG.info("deadline.missing", method=method.path, client=call.caller.client)

    async def _answer(self, method: Method, behaviour: Handler, request: Any, context: ServicerContext) -> Any:
        try:
            return await behaviour(request, context)
        except Repeated as repeated:
            metrics.REQUEST_ID_REPEATS.labels(method.path).inc()
            return await _reread(method, repeated)

    async def _each_in_time(self, responses: AsyncIterator[Any], call: Call) -> AsyncIterator[Any]:
        if call.deadline is None:
            async for response in responses:
                yield response
            return
        while True:
            try:
                yield await in_time(_next(responses), call.deadline)
            except StopAsyncIteration:
                return


Form = Callable[[Method, Call, Any], Any]


def _once(method: Method, call: Call, request: Any) -> Any:
    """Check the one request of a call."""
    if isinstance(request, DecodeError):
        raise UndecodableError("the request is not a message of the method's type")
    validation.check(request, is_item_wise=method.is_item_wise)
    if method.has_request_id and request.request_id:
        validation.check_request_id(request.request_id)
        call.request_id, call.request_hash = request.request_id, validation.request_hash(request)
        call.must_answer = not method.answers_nothing
    return request


async def _each(method: Method, call: Call, requests: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """Check each request of a stream as it comes; the first one's request_id counts for all."""
    is_first = True
    async for request in requests:
        if is_first:
            yield _once(method, call, request)
        else:
            validation.check(request, is_item_wise=method.is_item_wise)
            yield request
        is_first = False


async def _next(responses: AsyncIterator[Any]) -> Any:
    return await anext(responses)


async def _reread(method: Method, repeated: Repeated) -> Message:
    """The answer to a request that was done before (style A4.6)."""
    if method.answers_nothing:
        return method.response()
    try:
        answer: Message = await method.servicer.reread(repeated.name, method.short)
    except NotFound:
        if method.short.startswith("Delete"):
            return method.response()
        raise DeletedSinceError(name=repeated.name) from None
    return answer


def _decoder(read: Callable[[bytes], Message]) -> Callable[[bytes], Message | DecodeError]:
    """grpc answers INTERNAL to bytes that are no message; to us that is the caller's mistake.

    A servicer with `decode_<Method>` reads that method's requests itself: of a batch it can save what is sound.
    """

    def decode(raw: bytes) -> Message | DecodeError:
        try:
            return read(raw)
        except DecodeError as error:
            return error

    return decode


class _Observed:
    """Traces and times one call; what is no DomainError is a bug, and everything about it goes into the log."""

    __slots__ = ("_method", "_running", "_started", "_told")

    def __init__(self, method: Method, metadata: Metadata) -> None:
        self._method = method
        self._running = telemetry.server_span(method.path, metadata)

    def __enter__(self) -> None:
        self._started = time.perf_counter()
        self._told = self._running.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if error is not None:
            self._fail(error)
        self._told.answered()
        _duration(self._method.path, self._told.code).observe(time.perf_counter() - self._started)
        self._running.__exit__(kind, error, trace)

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, DomainError):
            self._told.failed(error.kind, is_error=error.kind in SERVER_FAULTS)
        elif isinstance(error, Exception):
            self._told.failed("INTERNAL")
            LOG.error("call.failed", method=self._method.path, exc_info=error)
        else:
            self._told.failed("CANCELLED", is_error=False)


@cache
def _duration(path: str, code: str) -> Any:
    """The histogram of a method and a status; looking it up by its labels costs twice as much as observing."""
    return metrics.RPC_SERVER_DURATION.labels(path, code)


async def _refuse(context: ServicerContext, error: Exception) -> NoReturn:
    """Answer with the error's status, without detail if it is none of ours."""
    if isinstance(error, DomainError):
        await context.abort(
            CODES[error.kind], error.message[:LONGEST_MESSAGE], trailers(error, context.time_remaining())
        )
    await context.abort(grpc.StatusCode.INTERNAL, "internal error")
    raise AssertionError("abort always raises")
