"""What a record of the stream of erasures says."""

from collections.abc import Iterator
from datetime import UTC
from uuid import UUID

from chassis.bus import Invalid, Record
from chassis.erasures import Erased
from google.protobuf.message import DecodeError
from identity import Kind, Link, parse_touch_name, touch_name
from touchline.contact.v1.contact_events_pb2 import ContactErased, ContactEvent

STREAM = "touchline.contact.erasures.v1"
OWN_ID = "contact"  # the kind of identifier that a contact's own id is


def read(record: Record) -> Erased:
    """The erasure in a record; what is none is a dead letter."""
    try:
        said = ContactEvent.FromString(record.value).contact_erased
        epoch = int(record.header("ce_sequence").partition(".")[0])
        contacts = {_id(each.contact): each.revision for each in said.contacts}
        erasure = _id(said.erasure)
        links = tuple(link for each in said.subjects for link in (*_held(each), *_excluded(each)))
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
        links=links,
    )


def _held(said: ContactErased.Subject) -> Iterator[Link]:
    """Who held a subject, as links: they have no ids of their own, and need none to be judged by."""
    for each in (*said.holdings, *said.other_holdings):
        ends = {
            name: getattr(each, name).ToDatetime(tzinfo=UTC) for name in ("from_time", "to_time") if each.HasField(name)
        }
        contact = _id(each.contact)
        yield Link(id=contact, kind=Kind.HOLDS, subject=said.subject, contact=contact, **ends)


def _excluded(said: ContactErased.Subject) -> Iterator[Link]:
    """What was taken off others who held a subject, as links too."""
    for each in said.other_exclusions:
        contact, touch = _id(each.contact), touch_name(*parse_touch_name(each.touch))
        yield Link(id=contact, kind=Kind.EXCLUSION, contact=contact, touch=touch)


def _id(name: str) -> UUID:
    return UUID(name.rpartition("/")[2])
