"""What a record of the stream of erasures says."""

from datetime import UTC
from uuid import UUID

from chassis.bus import Invalid, Record
from chassis.erasures import Erased
from google.protobuf.message import DecodeError
from touchline.contact.v1.contact_events_pb2 import ContactEvent

STREAM = "touchline.contact.erasures.v1"
OWN_ID = "contact"  # the kind of identifier that a contact's own id is


def read(record: Record) -> Erased:
    """The erasure in a record; what is none is a dead letter."""
    try:
        said = ContactEvent.FromString(record.value).contact_erased
        epoch = int(record.header("ce_sequence").partition(".")[0])
        contacts = {_id(each.contact): each.revision for each in said.contacts}
        erasure = _id(said.erasure)
    except (DecodeError, ValueError):
        raise Invalid("not an erasure of the contact service") from None
    if any(len(each.subject) != 16 for each in said.subjects):
        raise Invalid("a subject that has no 16 bytes")
    others = [each for each in said.subjects if each.kind != OWN_ID]
    return Erased(
        erasure=erasure,
        contacts=contacts,
        alone=frozenset(each.subject for each in others if not each.shared),
        shared=frozenset(each.subject for each in others if each.shared),
        own=frozenset(each.subject for each in said.subjects if each.kind == OWN_ID),
        epoch=epoch,
        time=said.erase_time.ToDatetime(tzinfo=UTC),
    )


def _id(name: str) -> UUID:
    return UUID(name.rpartition("/")[2])
