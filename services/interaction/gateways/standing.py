"""What contact knows of an address: the present choices that the preference centre shows."""

from typing import Any, NamedTuple

from chassis.config import Settings
from chassis.errors import DomainError
from chassis.rpc import own_channel
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

PURPOSES = ("TRACKING", "PROFILING", "ADVERTISING")
WAYS = ("SMS", "PHONE")
TOPICS = 20
TIMEOUT = 1.0


class Stands(NamedTuple):
    """What an address allows for a purpose and topic; `is_allowed` is None when nobody could say.

    With a `channel` it is about the person's number for that way.
    """

    purpose: str
    topic: str
    is_allowed: bool | None
    channel: str = ""


class Standing:
    """Asks contact with interaction's own token; whoever has none, or no answer within a second, knows nothing."""

    def __init__(self, settings: Settings) -> None:
        self._channel = own_channel(settings, "contact")
        self._stub = ContactServiceStub(self._channel)

    async def of(self, *, subject: bytes, contact: str, topic: str) -> list[Stands]:
        """Each subscription topic of the person and each purpose, as the address stands now."""
        try:
            topics = await self._topics(contact)
            return await self._answers(subject, contact, _asked([topic, *topics]))
        except (DomainError, ValueError, OSError):
            return self.unknown(topic)

    def unknown(self, topic: str) -> list[Stands]:
        """The same rows without an answer."""
        return [Stands(purpose, name, None) for purpose, name in _asked([topic])]

    async def close(self) -> None:
        """Let the connection go."""
        await self._channel.close()

    async def _topics(self, contact: str) -> list[str]:
        if not contact:
            return []
        request = pb.ListConsentEventsRequest(parent=f"contacts/{contact}", page_size=200)
        try:
            found = await self._stub.ListConsentEvents(request, timeout=TIMEOUT)
        except DomainError as error:
            if error.reason == "CONTACT_NOT_FOUND":
                return []
            raise
        return [event.topic for event in found.consent_events if event.topic]

    async def _answers(self, subject: bytes, contact: str, asked: list[tuple[str, str]]) -> list[Stands]:
        """The rows of the address, then one for each other way by which the person can be reached at all."""
        request = pb.CheckConsentRequest()
        for purpose, topic in asked:
            query = request.queries.add(subject=subject, channel=pb.CHANNEL_EMAIL, topic=topic)
            query.purpose = getattr(pb, f"PURPOSE_{purpose}")
        for way in WAYS if contact else ():
            query = request.queries.add(contact=f"contacts/{contact}", purpose=pb.PURPOSE_MARKETING)
            query.channel = getattr(pb, f"CHANNEL_{way}")
        answers = (await self._stub.CheckConsent(request, timeout=TIMEOUT)).answers
        rows = [Stands(*one, _allowed(answer)) for one, answer in zip(asked, answers, strict=False)]
        beside = [
            Stands("MARKETING", "", _allowed(answer), way)
            for way, answer in zip(WAYS, answers[len(asked) :], strict=False)
            if answer.reason != pb.CheckConsentResponse.REASON_NO_ADDRESS
        ]
        return [*rows, *beside]


def _allowed(answer: Any) -> bool | None:
    if answer.reason == pb.CheckConsentResponse.REASON_STALE:
        return None
    return bool(answer.decision == pb.CheckConsentResponse.DECISION_ALLOW)


def _asked(topics: list[str]) -> list[tuple[str, str]]:
    """What to show: the topics, marketing as a whole, and the other purposes."""
    named = [topic for topic in dict.fromkeys(topics) if topic][:TOPICS]
    return [*(("MARKETING", topic) for topic in [*named, ""]), *((purpose, "") for purpose in PURPOSES)]
