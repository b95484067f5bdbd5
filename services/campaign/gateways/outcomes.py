"""Interaction: what touches tell became of mails."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

from chassis.rpc import Channel
from touchline.interaction.v1 import interaction_pb2 as pb
from touchline.interaction.v1.interaction_pb2_grpc import InteractionServiceStub

from services.campaign.domain.restoring import ENDS, Outcome
from services.campaign.models import ACTIVITY, CONTACT

AT_ONCE = 500
PATIENCE = 10.0


class OutcomesBehindError(Exception):
    """Interaction has not written yet everything that was accepted: what it does not know may still come."""


class Outcomes:
    """Asks interaction."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub: Any = InteractionServiceStub(channel)

    async def of(self, campaign: UUID, activity: UUID, subjects: Sequence[bytes]) -> list[Outcome]:
        """What became of an activity's mails to these addresses (at most 500), as it happened.

        Raises OutcomesBehindError, and what interaction raises: UNAVAILABLE where it or Kafka is away.
        """
        request = pb.BatchGetMailOutcomesRequest(parent=ACTIVITY.format(campaign, activity), subjects=subjects)
        answer = await self._stub.BatchGetMailOutcomes(request, timeout=PATIENCE)
        if not answer.complete:
            raise OutcomesBehindError
        return [_outcome(each) for each in answer.outcomes]

    async def close(self) -> None:
        """Let the connection go."""
        await self._channel.close()


def _outcome(said: pb.MailOutcome) -> Outcome:
    message = UUID(said.message) if said.message else None
    contact = CONTACT.parse_uuid(said.contact) if said.contact else None
    return Outcome(
        said.subject, contact, message, ENDS[said.type], said.reason, said.occurred_time.ToDatetime(tzinfo=UTC)
    )
