"""ReceiveText: a text message that somebody sent us is a touch, and where it is a known word, a wish about consent."""

import asyncio
import uuid
from datetime import UTC

from chassis.calls import caller, remaining_seconds
from chassis.clock import Clock
from chassis.telemetry import traceparent
from identity import PHONE
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_events_pb2 import ConsentRequest

from services.interaction.domain.keywords import Keyword, read, reply
from services.interaction.gateways import ConsentRequests, Intake, timestamp
from services.interaction.rpc.accept import Accepted, Door
from services.interaction.usecases import microseconds

SPACE = uuid.UUID("0197f3c0-5a1e-7b22-9c40-6d1c8f2a9b10")  # of messages that carry a provider's id
PATIENCE, MARGIN = 2.0, 0.1
TYPES = {Keyword.STOP: "sms.opted_out", Keyword.START: "consent.given"}
WISHES = {Keyword.STOP: ConsentRequest.WISH_WITHDRAW, Keyword.START: ConsentRequest.WISH_GRANT}
Response = pb.ReceiveTextResponse


class Texts:
    """The answer to ReceiveText."""

    def __init__(self, door: Door, intake: Intake, consents: ConsentRequests, clock: Clock) -> None:
        self._door, self._intake, self._consents, self._clock = door, intake, consents, clock

    async def receive(self, request: pb.ReceiveTextRequest) -> pb.ReceiveTextResponse:
        """Keep the wish, then the touch; whoever is told that one failed sends both again, and nothing is twice."""
        keyword, word = read(request.text)
        now_us = microseconds(self._clock.now())
        said = touch_of(request, keyword)
        await self._door.learn(said)
        accepted = self._door.accept(said, client=caller().client, now_us=now_us, trace=traceparent().encode())
        if keyword in WISHES:
            await self._consents.ask([self._wish(request, keyword, word, now_us)])
        await self._keep(accepted)
        return Response(
            keyword=Response.Keyword.Value(f"KEYWORD_{keyword}") if keyword is not Keyword.NONE else 0,
            word=word,
            reply=reply(keyword, word, brand=request.brand, language=request.language),
            touch=accepted.name,
        )

    def _wish(self, request: pb.ReceiveTextRequest, keyword: Keyword, word: str, now_us: int) -> ConsentRequest:
        said_us = microseconds(request.receive_time.ToDatetime(tzinfo=UTC))
        return ConsentRequest(
            message=str(uuid.uuid5(SPACE, f"{request.source}/{request.message_id}")),
            subject=self._door.subject_of(PHONE, request.phone),
            wish=WISHES[keyword],
            purpose="MARKETING",
            channel="SMS",
            keyword=word,
            origin=ConsentRequest.ORIGIN_KEYWORD,
            request_time=timestamp(min(said_us, now_us)),
        )

    async def _keep(self, accepted: Accepted) -> None:
        ticket = self._intake.offer([accepted.parcel])
        await asyncio.wait((ticket.future,), timeout=max(0.01, remaining_seconds(PATIENCE) - MARGIN))
        if (error := ticket.errors[0]) is not None:
            raise error


def touch_of(request: pb.ReceiveTextRequest, keyword: Keyword) -> pb.Touch:
    """The message as a touch under its provider's id."""
    said = pb.Touch(type=TYPES.get(keyword, "sms.received"), source=request.source, source_event_id=request.message_id)
    said.identifier.kind, said.identifier.value = PHONE, request.phone
    said.occurred_time.CopyFrom(request.receive_time)
    if keyword is Keyword.START:
        said.attributes["topic"] = "text messages"
    elif keyword is not Keyword.STOP:
        said.attributes["text"] = request.text
    return said
