"""gRPC, both ways: the server with its door, the servicer's transactions, the client's channel."""

from chassis.calls import Call, Caller, caller, current_call, remaining_seconds
from chassis.rpc.client import Channel, channel
from chassis.rpc.own import own_channel, own_token
from chassis.rpc.server import build_server
from chassis.rpc.servicer import Servicer

__all__ = [
    "Call",
    "Caller",
    "Channel",
    "Servicer",
    "build_server",
    "caller",
    "channel",
    "current_call",
    "own_channel",
    "own_token",
    "remaining_seconds",
]
