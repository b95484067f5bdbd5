"""Contact: the requests for confirmation that mails are written for."""

from typing import Any
from uuid import UUID

from chassis.errors import NotFound
from chassis.rpc import Channel
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

from services.campaign.domain.optins import Asked

PATIENCE = 5.0


class OptIns:
    """Asks contact, as a service that sees every address."""

    def __init__(self, channel: Channel) -> None:
        self._stub: Any = ContactServiceStub(channel)

    async def asked(self, opt_in: UUID) -> Asked | None:
        """A request as it stands now, None where there is none any more; raises what contact raises."""
        try:
            found = await self._stub.GetOptIn(pb.GetOptInRequest(name=f"optIns/{opt_in}"), timeout=PATIENCE)
        except NotFound:
            return None
        return Asked(
            is_waiting=found.state == pb.OptIn.STATE_WAITING,
            state=pb.OptIn.State.Name(found.state).removeprefix("STATE_"),
            address=found.address.value,
            subject=found.address.subject,
            purpose=pb.Purpose.Name(found.purpose).removeprefix("PURPOSE_").lower(),
            topic=found.topic,
            language=found.language,
            sender=_sender(found.sender),
        )


def _sender(name: str) -> UUID | None:
    """The id of a sender; one that is no id is nobody's."""
    if not name:
        return None
    try:
        return UUID(name.removeprefix("senders/"))
    except ValueError:
        return UUID(int=0)
