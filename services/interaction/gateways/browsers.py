"""Browsers that got a new cookie, told to contact on the stream of consent requests.

On their way there they are parcels as touches are, so that the spool keeps them while Kafka is away. Each looks like a
touch whose payload is none: an edge of before that finds one in its spool makes one dead letter of it, and drains the
rest.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

from chassis.bus import Producer
from chassis.errors import Unavailable
from chassis.streams import partition_of
from chassis.telemetry import inject_headers, send_span
from touchline.interaction.v1.intake_pb2 import IntakeTouch
from touchline.interaction.v1.interaction_events_pb2 import BrowserBound

from services.interaction.gateways.consent_requests import CONSENT_REQUESTS
from services.interaction.gateways.intake import Ticket
from services.interaction.gateways.parcels import Parcel

NO_TOUCH, NO_PAYLOAD = b"\xff" * 16, b"\xff"
_HEAD = IntakeTouch(touch_id=NO_TOUCH).SerializeToString()


def browser_parcel(bound: BrowserBound) -> Parcel:
    """A browser as delivery and spool carry it."""
    inside = IntakeTouch(touch_id=NO_TOUCH, subject=bound.subject, thread=NO_TOUCH, payload=NO_PAYLOAD)
    inside.browser = bound.SerializeToString()
    return Parcel(0, bound.subject, inside.SerializeToString())


def is_browser(parcel: Parcel) -> bool:
    """Whether a parcel is a browser, and no touch."""
    return parcel.encoded.startswith(_HEAD)


class Browsers:
    """Writes them, keyed by the recipient's subject. Told twice, a browser is linked once."""

    def __init__(self, producer: Producer, *, partitions: int) -> None:
        self._producer = producer
        self._partitions = partitions

    def offer(self, parcels: Sequence[Parcel]) -> Ticket:
        """Send these; the ticket says what became of each. Raises DomainError when the producer takes no more."""
        ticket = Ticket(len(parcels))
        for place, parcel in enumerate(parcels):
            self._send(parcel).add_done_callback(partial(_settle, ticket, place))
        return ticket

    def _send(self, parcel: Parcel) -> "asyncio.Future[int]":
        partition = partition_of(parcel.subject, self._partitions)
        with send_span(CONSENT_REQUESTS, partition=partition):
            headers = [
                *inject_headers(),
                ("ce_type", BrowserBound.DESCRIPTOR.full_name.encode()),
                ("ce_source", b"/touchline/interaction"),
                ("content-type", b"application/protobuf"),
            ]
            return self._producer.send(
                CONSENT_REQUESTS,
                partition=partition,
                key=parcel.subject,
                value=IntakeTouch.FromString(parcel.encoded).browser,
                headers=headers,
            )


def _settle(ticket: Ticket, place: int, done: "asyncio.Future[int]") -> None:
    failed = done.cancelled() or done.exception() is not None
    ticket.settle([place], Unavailable("the browser could not be told") if failed else None)
