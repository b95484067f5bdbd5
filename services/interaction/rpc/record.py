"""RecordTouches: each item accepted or refused by itself, and OK only when Kafka has it."""

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
from services.interaction.gateways import Intake, length, tag, timestamp
from services.interaction.rpc.accept import Accepted, Door, Within
from services.interaction.usecases import microseconds

DEFAULT_PATIENCE = 2.0
MARGIN = 0.1
Result = pb.RecordTouchesResponse.Result
_RESULTS, _NAME = tag(pb.RecordTouchesResponse, "results"), tag(Result, "name")
Outcome = tuple[Accepted, int] | DomainError


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
        unknown = await self._learn(request)
        outcomes = self._judge(request, now_us, unknown)
        if not request.validate_only:
            outcomes = await self._send(outcomes)
        return _answer(outcomes, now_us)

    async def _learn(self, request: pb.RecordTouchesRequest) -> Unavailable | None:
        """Look up sources and types; while PostgreSQL is away what is known still goes."""
        learning = self._door.learning(request.touches)
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

    def _judge(self, request: pb.RecordTouchesRequest, now_us: int, unknown: Unavailable | None) -> list[Outcome]:
        judge = self._door.judge(client=caller().client, now_us=now_us, trace=traceparent().encode())
        within = Within()
        outcomes: list[Outcome] = []
        for index, said in enumerate(request.touches):
            try:
                if unknown is not None:
                    self._door.check_known(said, unknown)
                outcomes.append(within.place(judge.accept(said), index))
            except DomainError as error:
                outcomes.append(error)
        return outcomes

    async def _send(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Offer each distinct touch once; a repeat within the request shares its answer."""
        first = [at for at, outcome in enumerate(outcomes) if isinstance(outcome, tuple) and outcome[1] == at]
        ticket = self._intake.offer([_accepted(outcomes[at]).parcel for at in first])
        patience = max(0.01, remaining_seconds(DEFAULT_PATIENCE) - MARGIN)
        await ticket.settled(patience)
        errors = dict(zip(first, ticket.errors, strict=True))
        metrics.TOUCHES_ACCEPTED.inc(sum(error is None for error in errors.values()))
        return [(errors[outcome[1]] or outcome) if isinstance(outcome, tuple) else outcome for outcome in outcomes]


def _accepted(outcome: Outcome) -> Accepted:
    assert isinstance(outcome, tuple)
    return outcome[0]


def _answer(outcomes: list[Outcome], now_us: int) -> pb.RecordTouchesResponse:
    """One result per touch; those that are OK differ in the name alone, so they are put together as bytes."""
    fine = Result(status=Status(), accepted_time=timestamp(now_us)).SerializeToString()
    refused: dict[int, bytes] = {}
    parts = []
    for outcome in outcomes:
        if isinstance(outcome, tuple):
            name = outcome[0].name.encode()
            result = b"".join((fine, _NAME, length(len(name)), name))
        else:
            metrics.TOUCHES_REFUSED.labels(outcome.reason).inc()
            result = refused.get(id(outcome)) or Result(status=to_status(outcome)).SerializeToString()
            refused[id(outcome)] = result
        parts += (_RESULTS, length(len(result)), result)
    return pb.RecordTouchesResponse.FromString(b"".join(parts))
