"""Contact, asked by the edge to confirm a consent: what its link still does, and that its button was pressed."""

from typing import Any
from uuid import UUID

from chassis.config import Settings
from chassis.errors import DomainError, FailedPrecondition, NotFound, Unavailable
from chassis.rpc import own_channel
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

LOOK_SECONDS = 1.0
CONFIRM_SECONDS = 5.0
ENDED = {
    pb.OptIn.STATE_CONFIRMED: "OPT_IN_USED",
    pb.OptIn.STATE_EXPIRED: "OPT_IN_EXPIRED",
    pb.OptIn.STATE_WITHDRAWN: "OPT_IN_WITHDRAWN",
}


class OptIns:
    """Asks with interaction's own token."""

    def __init__(self, settings: Settings) -> None:
        self._channel = own_channel(settings, "contact")
        self._stub: Any = ContactServiceStub(self._channel)

    async def obstacle(self, opt_in: UUID) -> str:
        """Why a link confirms nothing any more, UPPER_SNAKE; empty while it does, or while nobody can say."""
        try:
            found = await self._stub.GetOptIn(pb.GetOptInRequest(name=f"optIns/{opt_in}"), timeout=LOOK_SECONDS)
        except NotFound as error:
            return error.reason
        except (DomainError, ValueError, OSError):
            return ""
        return ENDED.get(found.state, "")

    async def confirm(self, opt_in: UUID, caller_hash: bytes) -> str:
        """Confirm it; empty, or why not. Raises Unavailable when it is not known to be done."""
        request = pb.ConfirmOptInRequest(name=f"optIns/{opt_in}", ip_hash=caller_hash)
        try:
            await self._stub.ConfirmOptIn(request, timeout=CONFIRM_SECONDS)
        except (FailedPrecondition, NotFound) as error:
            return error.reason
        except (DomainError, ValueError, OSError) as error:
            raise Unavailable("the confirmation could not be kept") from error
        return ""

    async def close(self) -> None:
        """Let the connection go."""
        await self._channel.close()
