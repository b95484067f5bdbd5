"""The door for gRPC callers."""

from services.interaction.rpc.servicer import API, ITEM_WISE, TIMELY, UNLIMITED, InteractionServicer, Streams
from services.interaction.rpc.timeline import CONSUMER

__all__ = ["API", "CONSUMER", "ITEM_WISE", "TIMELY", "UNLIMITED", "InteractionServicer", "Streams"]
