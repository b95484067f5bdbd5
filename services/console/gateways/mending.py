"""A channel on which also a service that broke answers with an error of ours, so that a page can say so."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import grpc
from chassis.errors import Unavailable
from chassis.rpc import Channel


class BrokenError(Unavailable):
    """A service broke over the call; whatever it found is in its log, under the trace."""

    reason = "SERVICE_BROKE"


class Mending:
    """What stubs need of a channel. Codes that are none of ours (INTERNAL, UNKNOWN, …) become BrokenError: a page that
    can do without the answer is shown without it, as where a service is away.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def unary_unary(self, method: str, *serializers: Any, **options: Any) -> Callable[..., Awaitable[Any]]:
        return mended(self._channel.unary_unary(method, *serializers, **options))

    def stream_unary(self, method: str, *serializers: Any, **options: Any) -> Callable[..., Awaitable[Any]]:
        return mended(self._channel.stream_unary(method, *serializers, **options))

    def unary_stream(self, method: str, *serializers: Any, **options: Any) -> Callable[..., AsyncIterator[Any]]:
        return mended_each(self._channel.unary_stream(method, *serializers, **options))

    def stream_stream(self, method: str, *serializers: Any, **options: Any) -> Callable[..., AsyncIterator[Any]]:
        return mended_each(self._channel.stream_stream(method, *serializers, **options))

    async def close(self) -> None:
        await self._channel.close()


def mended(call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A call with one answer."""

    async def one(request: Any, **given: Any) -> Any:
        try:
            return await call(request, **given)
        except grpc.aio.AioRpcError as error:
            raise BrokenError(code=error.code()) from None

    return one


def mended_each(call: Callable[..., AsyncIterator[Any]]) -> Callable[..., AsyncIterator[Any]]:
    """A call with a stream of answers; closing it ends the call."""

    async def many(request: Any, **given: Any) -> AsyncIterator[Any]:
        try:
            async with aclosing(call(request, **given)) as answers:  # type: ignore[type-var]
                async for answer in answers:
                    yield answer
        except grpc.aio.AioRpcError as error:
            raise BrokenError(code=error.code()) from None

    return many
