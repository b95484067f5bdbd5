"""The door for gRPC callers: proto → use case → proto."""

from touchline.contact.v1.contact_pb2_grpc import ContactServiceServicer

from services.contact.rpc.identifiers import Identifiers
from services.contact.rpc.purchases import Purchases
from services.contact.rpc.reread import Rereads
from services.contact.rpc.snapshots import Snapshots

API = "touchline.contact.v1.ContactService"
UNLIMITED = ("ExportContact",)


class ContactServicer(Rereads, Identifiers, Purchases, Snapshots, ContactServiceServicer):  # type: ignore[misc]
    """Answers touchline.contact.v1.ContactService."""


__all__ = ["API", "UNLIMITED", "ContactServicer"]
