"""What the contact service says becomes our people, accounts, links and consents; older states change nothing."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.bus import Invalid, Record
from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp
from psycopg import AsyncConnection
from touchline.contact.v1 import contact_events_pb2 as theirs
from touchline.contact.v1 import contact_pb2

from services.segmentation.domain.changes import Change, subject_of
from services.segmentation.domain.checks import ACCOUNT_ATTRIBUTES, CONTACT_ATTRIBUTES, CUSTOM, Type
from services.segmentation.store.people import insert_changes
from services.segmentation.usecases.projecting import Told, apply_told

CONTACTS = "touchline.contact.events.v1"
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
TYPES = {
    contact_pb2.AttributeDefinition.TYPE_STRING: Type.TEXT,
    contact_pb2.AttributeDefinition.TYPE_NUMBER: Type.NUMBER,
    contact_pb2.AttributeDefinition.TYPE_BOOLEAN: Type.BOOLEAN,
    contact_pb2.AttributeDefinition.TYPE_DATE: Type.TIME,
    contact_pb2.AttributeDefinition.TYPE_TIMESTAMP: Type.TIME,
    contact_pb2.AttributeDefinition.TYPE_CHOICE: Type.TEXT,
    contact_pb2.AttributeDefinition.TYPE_MULTI_CHOICE: Type.WORDS,
    contact_pb2.AttributeDefinition.TYPE_URL: Type.TEXT,
}
TEXTS = [name for name, kind in CONTACT_ATTRIBUTES.items() if kind is Type.TEXT]
Row = dict[str, Any]


class ContactsHandler:
    """The consumer's BatchHandler for the contact service's events."""

    async def prepare(self, conn: AsyncConnection[Any], batch: Sequence[Record]) -> list[Change]:
        """Keep what they say; commits with the fence, or not at all."""
        told = Told()
        for record in batch:
            _read(record, told)
        return await apply_told(conn, told)

    async def flush(self, conn: AsyncConnection[Any], prepared: list[Change]) -> None:
        """Note for whom something changed."""
        await insert_changes(conn, prepared)


def _read(record: Record, told: Told) -> None:
    try:
        event = theirs.ContactEvent.FromString(record.value)
        epoch = int(record.header("ce_sequence").partition(".")[0])
        kind = event.WhichOneof("event") or ""
        if kind in READERS:
            READERS[kind](told, getattr(event, kind), epoch)
    except (DecodeError, ValueError):
        raise Invalid("not an event of the contact service") from None


def _contact(told: Told, said: theirs.ContactChanged, epoch: int) -> None:
    contact = _id(said.contact)
    row = {
        "contact_id": contact,
        "state": state_of(said),
        "account_id": _id(said.account) if said.account else None,
        "display_name": said.display_name,
        "attributes": attributes(said),
        "epoch": epoch,
        "revision": said.revision,
    }
    told.put(told.contacts, contact, row)


def state_of(said: theirs.ContactChanged) -> str:
    """Whoever is restricted is not active here: no rule holds her."""
    found = contact_pb2.Contact.State.Name(said.state).removeprefix("STATE_")
    return "RESTRICTED" if said.restricted and found == "ACTIVE" else found


def attributes(said: Any) -> Row:
    """What is set of a contact, by the names that rules use; moments in microseconds."""
    found: Row = {name: value for name in TEXTS if (value := getattr(said, name))}
    if said.tags:
        found["tags"] = list(said.tags)
    if said.HasField("create_time"):
        found["create_time"] = {"time": _microseconds(said.create_time)}
    return found | {f"{CUSTOM}{name}": _plain(value) for name, value in said.attributes.items()}


def _plain(said: contact_pb2.AttributeValue) -> Any:
    match said.WhichOneof("value"):
        case "time_value":
            return {"time": _microseconds(said.time_value)}
        case "date_value":  # its first moment in UTC
            day = datetime(said.date_value.year, said.date_value.month, said.date_value.day, tzinfo=UTC)
            return {"time": (day - _1970) // timedelta(microseconds=1)}
        case "strings_value":
            return list(said.strings_value.values)
        case kind:
            return getattr(said, kind or "string_value")


def _account(told: Told, said: theirs.AccountChanged, epoch: int) -> None:
    account = _id(said.account)
    row = {
        "account_id": account,
        "is_active": said.active,
        "attributes": {name: value for name in ACCOUNT_ATTRIBUTES if (value := getattr(said, name))},
        "epoch": epoch,
        "revision": said.revision,
    }
    told.put(told.accounts, account, row)


def _definition(told: Told, said: theirs.AttributeDefinitionChanged, epoch: int) -> None:
    """What is registered can be asked about before anybody has it."""
    name = said.attribute_definition.rpartition("/")[2]
    if kind := TYPES.get(said.type):
        told.words.add(("attribute", f"{CUSTOM}{name}", kind))


def _link(told: Told, said: theirs.LinkChanged, epoch: int) -> None:
    link = said.link
    if link.touch:
        subject_of(link.touch)
    row = {
        "link_id": _id(link.name),
        "kind": contact_pb2.IdentityLink.Kind.Name(link.kind).removeprefix("KIND_").lower(),
        "subject_id": UUID(bytes=link.subject) if link.subject else None,
        "contact_id": _id(link.contact) if link.contact else None,
        "survivor_id": _id(link.survivor) if link.survivor else None,
        "account_id": _id(link.account) if link.account else None,
        "touch": link.touch,
        "from_time": _moment(link, "from_time"),
        "to_time": _moment(link, "to_time"),
        "asserted_time": _moment(link, "asserted_time") or _1970,
        "retracted_time": _moment(link, "retracted_time"),
        "identifier_kind": link.identifier_kind,
        "epoch": epoch,
        "revision": link.revision,
    }
    told.put(told.links, row["link_id"], row)


def _consent(told: Told, said: theirs.ConsentChanged, epoch: int) -> None:
    consent = _id(said.consent_event)
    channel = contact_pb2.Channel.Name(said.channel).removeprefix("CHANNEL_")
    row = {
        "consent_id": consent,
        "subject_id": UUID(bytes=said.subject),
        "purpose": contact_pb2.Purpose.Name(said.purpose).removeprefix("PURPOSE_"),
        "channel": "" if channel == "UNSPECIFIED" else channel,
        "topic": said.topic,
        "status": contact_pb2.ConsentEvent.Status.Name(said.status).removeprefix("STATUS_"),
        "capture_time": _moment(said, "capture_time") or _1970,
        "effective_to_time": _moment(said, "effective_to_time"),
    }
    told.put(told.consents, consent, row)


def _suppression(told: Told, said: theirs.SuppressionChanged, epoch: int) -> None:
    suppression = _id(said.suppression)
    channel = contact_pb2.Channel.Name(said.channel).removeprefix("CHANNEL_")
    row = {
        "suppression_id": suppression,
        "subject_id": UUID(bytes=said.subject),
        "channel": "" if channel == "UNSPECIFIED" else channel,
        "is_active": said.active,
        "epoch": epoch,
        "revision": said.revision,
    }
    told.put(told.suppressions, suppression, row)


def _purchase(told: Told, said: theirs.PurchaseRecorded, epoch: int) -> None:
    purchase = _id(said.purchase)
    row = {
        "purchase_id": purchase,
        "contact_id": _id(said.contact),
        "product": said.product,
        "amount_minor": said.amount_minor,
        "currency": said.currency_code,
        "purchase_time": _moment(said, "purchase_time") or _1970,
    }
    told.put(told.purchases, purchase, row)


def _id(name: str) -> UUID:
    return UUID(name.rpartition("/")[2])


def _moment(said: Any, field: str) -> datetime | None:
    if not said.HasField(field):
        return None
    return _1970 + timedelta(microseconds=_microseconds(getattr(said, field)))


def _microseconds(said: Timestamp) -> int:
    return said.seconds * 1_000_000 + said.nanos // 1000


READERS: dict[str, Callable[[Told, Any, int], None]] = {
    "contact_changed": _contact,
    "account_changed": _account,
    "link_changed": _link,
    "consent_changed": _consent,
    "suppression_changed": _suppression,
    "attribute_definition_changed": _definition,
    "purchase_recorded": _purchase,
}
