"""RecordTouches: each item accepted or refused by itself, and OK only when Kafka has it."""

from collections.abc import Iterable, Sequence

import identity
from chassis.calls import caller, current_call, remaining_seconds
from chassis.clock import Clock
from chassis.errors import DomainError, Unavailable
from chassis.rpc.status import to_status
from chassis.rpc.timely import OutOfTimeError, in_time
from chassis.telemetry import metrics, traceparent
from google.rpc.status_pb2 import Status
from touchline.interaction.v1 import interaction_pb2 as pb

from services.interaction.domain.errors import BatchSizeError
from services.interaction.domain.touch import MAX_BATCH
from services.interaction.gateways import Intake, length, sized, tag, timestamp
from services.interaction.rpc.accept import Accepted, Batch, Door
from services.interaction.rpc.shape import About, about
from services.interaction.usecases import microseconds

DEFAULT_PATIENCE = 2.0
MARGIN = 0.1
Result = pb.RecordTouchesResponse.Result
_RESULTS, _NAME = tag(pb.RecordTouchesResponse, "results"), tag(Result, "name")


class Recording:
    """The answer to RecordTouches."""

    def __init__(self, door: Door, intake: Intake, clock: Clock) -> None:
        self._door = door
        self._intake = intake
        self._clock = clock

    async def record(self, request: pb.RecordTouchesRequest) -> pb.RecordTouchesResponse:
        """Accept what may be accepted, and wait until Kafka has it or the call's time is over."""
        count = len(request.touches)
        if not 1 <= count <= MAX_BATCH:
            raise BatchSizeError(touches=count, limit=MAX_BATCH)
        now_us = microseconds(self._clock.now())
        named = list(map(about, request.touches))
        unknown = await self._learn(named)
        batch = self._judge(request, named, now_us, unknown)
        if not request.validate_only:
            await self._send(batch)
        return _answer(batch.outcomes, now_us)

    async def _learn(self, named: Sequence[About]) -> Unavailable | None:
        """Look up sources and types; while PostgreSQL is away what is known still goes."""
        learning = self._door.learning(named)
        if learning is None:
            return None
        call = current_call()
        try:
            await in_time(learning, call.deadline if call is not None else None)
        except OutOfTimeError:
            raise
        except Unavailable as error:
            return error
        return None

    def _judge(
        self, request: pb.RecordTouchesRequest, named: Sequence[About], now_us: int, unknown: Unavailable | None
    ) -> Batch:
        judge = self._door.judge(client=caller().client, now_us=now_us, trace=traceparent().encode())
        batch = Batch()
        for said, its in zip(request.touches, named, strict=True):
            try:
                if unknown is not None:
                    self._door.check_known(its, unknown)
                batch.accept(judge.accept(said, its))
            except DomainError as error:
                batch.refuse(error)
        return batch

    async def _send(self, batch: Batch) -> None:
        """Offer each distinct touch once."""
        ticket = self._intake.offer(batch.parcels())
        patience = max(0.01, remaining_seconds(DEFAULT_PATIENCE) - MARGIN)
        await ticket.settled(patience)
        metrics.TOUCHES_ACCEPTED.inc(ticket.errors.count(None))
        batch.settle(ticket.errors)


def _answer(outcomes: Iterable[Accepted | DomainError], now_us: int) -> pb.RecordTouchesResponse:
    """One result per touch; those that are OK differ in the name alone, so they are put together as bytes."""
    fine = Result(status=Status(), accepted_time=timestamp(now_us)).SerializeToString()
    size = length(identity.TOUCH_NAME_LENGTH)
    accepted = _RESULTS + length(len(fine) + len(_NAME) + len(size) + identity.TOUCH_NAME_LENGTH) + fine + _NAME + size
    refused: dict[int, bytes] = {}
    parts: list[bytes] = []
    for outcome in outcomes:
        if isinstance(outcome, Accepted):
            parts += (accepted, outcome.name.encode())
        else:
            metrics.TOUCHES_REFUSED.labels(outcome.reason).inc()
            if id(outcome) not in refused:
                refused[id(outcome)] = sized(_RESULTS, Result(status=to_status(outcome)).SerializeToString())
            parts.append(refused[id(outcome)])
    return pb.RecordTouchesResponse.FromString(b"".join(parts))
