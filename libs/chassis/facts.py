"""How a domain's fact (a plain dataclass) becomes a record of its service's stream."""

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Any, Protocol

from google.protobuf.message import Message

from chassis.outbox import OutboxEvent

HEADER = {"subject", "revision", "time"}


class Fact(Protocol):
    """What every fact knows: the resource it is about, that resource's revision after it, and when it happened."""

    @property
    def subject(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def time(self) -> datetime: ...


def encoder(stream: str, envelope: type[Message]) -> Callable[[Any], OutboxEvent]:
    """Encode facts into `envelope`, a message with `revision` and one event field per kind of fact.

    The class `CampaignCreated` fills the field `campaign_created`; its attributes beside the header are that message's
    fields. The record is keyed by the resource, so that its facts stay in order.
    """

    def encode(fact: Fact) -> OutboxEvent:
        field = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(fact).__name__).lower()
        told = {each.name: getattr(fact, each.name) for each in fields(fact) if each.name not in HEADER}  # type: ignore[arg-type]
        message = envelope(revision=fact.revision, **{field: told})
        return OutboxEvent(
            stream=stream,
            type=getattr(message, field).DESCRIPTOR.full_name,
            data=message.SerializeToString(),
            time=fact.time,
            key=fact.subject,
            subject=fact.subject,
        )

    return encode
