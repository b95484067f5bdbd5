"""What contact says of an address at the moment of sending; no answer is a no."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chassis.errors import DomainError
from chassis.rpc import Channel
from touchline.contact.v1.contact_pb2 import CHANNEL_EMAIL, PURPOSE_MARKETING, PURPOSE_TRACKING
from touchline.contact.v1.contact_pb2 import CheckConsentRequest as Request
from touchline.contact.v1.contact_pb2 import CheckConsentResponse as Response
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

AT_ONCE = 1000  # questions of one call
PATIENCE = 5.0
ALLOW = Response.DECISION_ALLOW


class ConsentAwayError(Exception):
    """Contact gave no answer: nobody may be written to."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What one address allows: `denial` is empty or contact's reason why marketing mail may not be sent (STALE too).

    `source` says of a suppression where it comes from; `is_tracking_unsaid` that nobody said anything about tracking.
    """

    denial: str
    is_tracked: bool
    source: str = ""
    is_tracking_unsaid: bool = False


class Consents:
    """Asks contact."""

    def __init__(self, channel: Channel) -> None:
        self._stub: Any = ContactServiceStub(channel)

    async def check(self, subjects: Sequence[bytes], topic: str, *, with_tracking: bool = True) -> list[Consent]:
        """For each address (its 16 bytes), in their order; raises ConsentAwayError."""
        purposes = [(PURPOSE_MARKETING, topic), *([(PURPOSE_TRACKING, "")] if with_tracking else [])]
        size = AT_ONCE // len(purposes)
        found: list[Consent] = []
        for start in range(0, len(subjects), size):
            found += await self._check(subjects[start : start + size], purposes)
        return found

    async def _check(self, subjects: Sequence[bytes], purposes: Sequence[tuple[Any, str]]) -> list[Consent]:
        queries = [
            Request.Query(subject=subject, purpose=purpose, channel=CHANNEL_EMAIL, topic=topic)
            for purpose, topic in purposes
            for subject in subjects
        ]
        try:
            answers = (await self._stub.CheckConsent(Request(queries=queries), timeout=PATIENCE)).answers
        except DomainError as error:
            raise ConsentAwayError(error.reason) from None
        if len(answers) != len(queries):
            raise ConsentAwayError("INCOMPLETE")
        tracking = answers[len(subjects) :] or [None] * len(subjects)
        return [
            Consent(
                _denial(answer),
                tracked is not None and tracked.decision == ALLOW,
                answer.suppression_source,
                tracked is not None and tracked.reason == Response.REASON_NO_CONSENT,
            )
            for answer, tracked in zip(answers, tracking, strict=False)
        ]


def _denial(answer: Any) -> str:
    if answer.decision == ALLOW:
        return ""
    return str(Response.Reason.Name(answer.reason)).removeprefix("REASON_")
