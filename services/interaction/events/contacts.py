"""What the contact service says becomes our projection of links, owners and teams; older states change nothing."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chassis.bus import Invalid, Record
from chassis.clock import Clock, SystemClock
from chassis.db import Tx
from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp
from touchline.contact.v1 import contact_events_pb2 as theirs
from touchline.contact.v1.contact_pb2 import Channel, ConsentEvent, IdentityLink, Purpose

from services.interaction.domain.errors import ArgumentInvalidError
from services.interaction.domain.ids import parse_touch_name
from services.interaction.events.encoding import links_applied
from services.interaction.usecases import LinkState, apply_account, apply_contact, apply_link, apply_tracking_consent

CONTACTS = "touchline.contact.events.v1"
DECIDED = (
    ConsentEvent.STATUS_GRANTED,
    ConsentEvent.STATUS_DENIED,
    ConsentEvent.STATUS_WITHDRAWN,
    ConsentEvent.STATUS_EXPIRED,
)


class ContactHandler:
    """Applies each event of the contact service by itself."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    async def __call__(self, tx: Tx, record: Record) -> None:
        """Apply one event, and say whose pages changed."""
        event, epoch = _decode(record)
        match event.WhichOneof("event"):
            case "link_changed":
                changed = await apply_link(tx, _link(event.link_changed.link, epoch))
            case "contact_changed":
                changed = await apply_contact(tx, _contact(event.contact_changed, epoch))
            case "account_changed":
                changed = await apply_account(tx, _account(event.account_changed, epoch))
            case "consent_changed":
                changed = await _hear_consent(tx, event.consent_changed)
            case _:
                changed = []
        if changed:
            for said in links_applied(changed, self._clock.now()):
                tx.emit(said)


async def _hear_consent(tx: Tx, said: theirs.ConsentChanged) -> list[UUID]:
    """Keep what an address says of being tracked; no page changes by it."""
    if said.purpose == Purpose.PURPOSE_TRACKING and said.status in DECIDED:
        channel = Channel.Name(said.channel).removeprefix("CHANNEL_") if said.channel else ""
        await apply_tracking_consent(
            tx,
            _subject(said.subject),
            channel=channel,
            topic=said.topic,
            is_refused=said.status != ConsentEvent.STATUS_GRANTED,
            capture_time=_at(said.capture_time),
            event=_uuid(said.consent_event) or UUID(int=0),
        )
    return []


def _decode(record: Record) -> tuple[theirs.ContactEvent, int]:
    try:
        return theirs.ContactEvent.FromString(record.value), int(record.header("ce_sequence").partition(".")[0])
    except (DecodeError, ValueError):
        raise Invalid("not an event of the contact service") from None


def _link(link: IdentityLink, epoch: int) -> LinkState:
    try:
        touch = parse_touch_name(link.touch) if link.touch else (None, None)
    except ArgumentInvalidError:
        raise Invalid("an exclusion that names no touch") from None
    return LinkState(
        link_id=_uuid(link.name) or UUID(int=0),
        kind=IdentityLink.Kind.Name(link.kind).removeprefix("KIND_").lower(),
        subject_id=UUID(bytes=link.subject) if link.subject else None,
        contact_id=_uuid(link.contact),
        survivor_id=_uuid(link.survivor),
        account_id=_uuid(link.account),
        touch_subject_id=touch[0],
        touch_id=touch[1],
        from_time=_time(link, "from_time"),
        to_time=_time(link, "to_time"),
        asserted_time=_at(link.asserted_time),
        retracted_time=_time(link, "retracted_time"),
        evidence=link.evidence,
        epoch=epoch,
        revision=link.revision,
    )


def _contact(said: theirs.ContactChanged, epoch: int) -> dict[str, Any]:
    return {
        "contact_id": _uuid(said.contact),
        "display_name": said.display_name,
        "owner": said.owner,
        "team": said.team,
        "account_id": _uuid(said.account),
        "state": int(said.state),
        "is_held": said.held,
        "epoch": epoch,
        "revision": said.revision,
    }


def _account(said: theirs.AccountChanged, epoch: int) -> dict[str, Any]:
    return {
        "account_id": _uuid(said.account),
        "display_name": said.display_name,
        "owner": said.owner,
        "team": said.team,
        "is_deleted": not said.active,
        "epoch": epoch,
        "revision": said.revision,
    }


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name.rpartition("/")[2]) if name else None
    except ValueError:
        raise Invalid("a name that holds no UUID") from None


def _subject(said: bytes) -> UUID:
    if len(said) != 16:
        raise Invalid("a subject that has no 16 bytes")
    return UUID(bytes=said)


def _time(link: IdentityLink, field: str) -> datetime | None:
    return _at(getattr(link, field)) if link.HasField(field) else None


def _at(moment: Timestamp) -> datetime:
    return moment.ToDatetime(tzinfo=UTC)
