"""Short ways to say what tests of contact say often."""

from typing import Any

from touchline.contact.v1 import contact_pb2 as pb


def email(value: str, **fields: Any) -> pb.Identifier:
    return pb.Identifier(kind="email", value=value, **fields)


def phone(value: str) -> pb.Identifier:
    return pb.Identifier(kind="phone", value=value)


def crm(value: str) -> pb.Identifier:
    return pb.Identifier(kind="crm:hubspot", value=value)


async def create(api: Any, name: str, *identifiers: pb.Identifier, request_id: str = "", **fields: Any) -> pb.Contact:
    wanted = pb.Contact(display_name=name, identifiers=identifiers, **fields)
    request = pb.CreateContactRequest(contact=wanted, request_id=request_id)
    return await api.CreateContact(request, timeout=10)


async def get(api: Any, contact: pb.Contact | str) -> pb.Contact:
    name = contact if isinstance(contact, str) else contact.name
    return await api.GetContact(pb.GetContactRequest(name=name))


def values(contact: pb.Contact) -> list[str]:
    return [identifier.value for identifier in contact.identifiers]
