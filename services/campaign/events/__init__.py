"""What campaign says on its stream, and what it hears from others."""

from typing import Any

from chassis.facts import encoder
from chassis.outbox import OutboxEvent
from touchline.campaign.v1.campaign_events_pb2 import CampaignEvent

from services.campaign.domain.optins import OptInMailed
from services.campaign.domain.touches import BrakeNoted, TouchesNoted
from services.campaign.events import touches
from services.campaign.events.touches import SOURCES

__all__ = ["SOURCES", "STREAM", "encode"]

STREAM = "touchline.campaign.events.v1"

_encode = encoder(STREAM, CampaignEvent)


def encode(fact: Any) -> OutboxEvent | list[OutboxEvent]:
    """A fact as its record on our stream, or touches on their way to interaction."""
    return touches.encode(fact) if isinstance(fact, TouchesNoted | BrakeNoted | OptInMailed) else _encode(fact)
