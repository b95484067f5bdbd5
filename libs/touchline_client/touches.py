"""Recording touches until each one is accepted or refused for good."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import grpc
from touchline.interaction.v1.interaction_pb2 import RecordTouchesRequest, Touch

from touchline_client.refusals import Refusal, refusal_of, refusal_of_status

if TYPE_CHECKING:
    from touchline_client.client import Touchline

AT_ONCE = 500
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
PATIENCE = 60.0
AHEAD = "TOUCH_AHEAD_OF_TIME"
Call = Callable[[Sequence[Touch]], Awaitable[list[str | Refusal]]]


async def record_touches(
    touchline: "Touchline", touches: Sequence[Touch], *, patience: float = PATIENCE, validate_only: bool = False
) -> list[str | Refusal]:
    """Record touches, and give each one's name or why it was refused, in their order.

    What may succeed later is sent again for `patience` seconds; that is harmless, because every touch names its source
    and the source's own id of the event. That id must have been minted before the first call of this function.
    With `validate_only` nothing is recorded: the outcomes are those that there would be.
    """
    call = partial(_send, touchline, validate_only=validate_only)
    outcomes: list[str | Refusal] = [Refusal("UNAVAILABLE", "not tried")] * len(touches)
    for start in range(0, len(touches), AT_ONCE):
        places = list(range(start, min(start + AT_ONCE, len(touches))))
        await _record(call, touches, places, outcomes, patience)
    return outcomes


async def _record(
    call: Call, touches: Sequence[Touch], places: list[int], outcomes: list[str | Refusal], patience: float
) -> None:
    """One batch, and what is left of it again and again."""
    deadline = asyncio.get_running_loop().time() + patience
    pause = FIRST_PAUSE
    while True:
        answers = await call([touches[place] for place in places])
        for place, answer in zip(places, answers, strict=True):
            outcomes[place] = answer
        places = [place for place in places if _may_pass(outcomes[place])]
        if not places or asyncio.get_running_loop().time() + pause > deadline:
            return
        await asyncio.sleep(max(pause, _asked(outcomes[places[0]])))
        pause = min(pause * 2, LONGEST_PAUSE)


async def _send(touchline: "Touchline", touches: Sequence[Touch], *, validate_only: bool) -> list[str | Refusal]:
    request = RecordTouchesRequest(touches=touches, validate_only=validate_only)
    try:
        response = await touchline.interaction.RecordTouches(request)
    except grpc.aio.AioRpcError as error:
        return [refusal_of(error)] * len(touches)
    return [result.name or refusal_of_status(result.status) for result in response.results]


def _may_pass(outcome: str | Refusal) -> bool:
    return isinstance(outcome, Refusal) and (outcome.is_passing or outcome.reason == AHEAD)


def _asked(outcome: str | Refusal) -> float:
    """How long the other side asked us to wait, in seconds."""
    if isinstance(outcome, str) or outcome.retry_after is None:
        return 0.0
    return min(outcome.retry_after.total_seconds(), LONGEST_PAUSE)
