"""Contact: the states of people, with their addresses, as this service projects them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.errors import NotFound
from chassis.rpc import Channel
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

AT_ONCE = 500
PATIENCE = 10.0
TEXTS = ("given_name", "family_name", "display_name", "title", "owner", "team", "stage", "language", "time_zone")

Values = dict[str, Any]


class Contacts:
    """Asks contact, as a service that sees every address."""

    def __init__(self, channel: Channel) -> None:
        self._stub: Any = ContactServiceStub(channel)

    async def people(self, contacts: Sequence[UUID]) -> list[Values]:
        """The states of these contacts now, columns of `person` by name; merged ones with their survivor.

        One that is not there any more is inactive and empty. Raises what contact raises, UNAVAILABLE where it is away.
        """
        found: list[Values] = []
        for start in range(0, len(contacts), AT_ONCE):
            found += await self._people(contacts[start : start + AT_ONCE])
        return found

    async def _people(self, contacts: Sequence[UUID]) -> list[Values]:
        try:
            return await self._batch(contacts)
        except NotFound:
            if len(contacts) == 1:
                return [nobody(contacts[0])]
            half = len(contacts) // 2
            return [*await self._people(contacts[:half]), *await self._people(contacts[half:])]

    async def _batch(self, contacts: Sequence[UUID]) -> list[Values]:
        request = pb.BatchGetContactsRequest(names=[f"contacts/{contact}" for contact in contacts])
        answer = await self._stub.BatchGetContacts(request, timeout=PATIENCE)
        return [person_of(asked, found) for asked, found in zip(contacts, answer.contacts, strict=True)]


def person_of(asked: UUID, found: pb.Contact) -> Values:
    """The row of a contact that was asked for, out of what was answered: itself, or the survivor of a merge."""
    emails = [each for each in found.identifiers if each.kind == "email"]
    chosen = next((each for each in emails if not each.shared), emails[0] if emails else None)
    return {
        **{field: getattr(found, field) for field in (*TEXTS, "country")},
        "id": asked,
        "survivor_id": _id(found.name),
        "direct_id": _id(chosen.contact) if chosen is not None and chosen.contact else _id(found.name),
        "account_id": _id(found.account) if found.account else None,
        "email": chosen.value if chosen is not None else "",
        "subject": chosen.subject if chosen is not None else None,
        "attributes": {name: attribute_of(value) for name, value in found.attributes.items()},
        "tags": list(found.tags),
        "is_active": found.state == pb.Contact.STATE_ACTIVE,
        "is_held": found.HasField("legal_hold"),
        "epoch": 0,
        "revision": 0,
    }


def attribute_of(value: pb.AttributeValue) -> Any:
    """A typed value as JSON has it: text, number, true or false, words; moments and days as RFC 3339 writes them."""
    kind = value.WhichOneof("value")
    if kind is None:
        return ""
    found = getattr(value, kind)
    match kind:
        case "time_value":
            return found.ToJsonString()
        case "date_value":
            return f"{found.year:04d}-{found.month:02d}-{found.day:02d}"
        case "strings_value":
            return list(found.values)
    return found


def nobody(asked: UUID) -> Values:
    """The row of a contact that is not there any more: nothing is kept of it but that."""
    texts = dict.fromkeys((*TEXTS, "country", "email"), "")
    ids = {"id": asked, "survivor_id": asked, "direct_id": asked, "account_id": None, "subject": None}
    told = {"attributes": {}, "tags": [], "is_active": False, "is_held": False}
    return {**texts, **ids, **told, "epoch": 0, "revision": 0}


def _id(name: str) -> UUID:
    return UUID(name.rpartition("/")[2])
