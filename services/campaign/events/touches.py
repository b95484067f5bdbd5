"""How the touches of the ledger and of brakes become Touch messages in the outbox, on their way to interaction."""

from datetime import datetime
from functools import lru_cache

import touchrelay
from chassis.moments import rfc3339
from chassis.outbox import OutboxEvent
from google.protobuf.timestamp_pb2 import Timestamp
from touchline.interaction.v1.interaction_pb2 import ACTOR_KIND_PERSON, Actor, Source, Touch

from services.campaign.domain.optins import OptInMailed
from services.campaign.domain.touches import TYPES, BrakeNoted, Named, SendTouch, TouchesNoted
from services.campaign.models import ACCOUNT, ACTIVITY, CAMPAIGN, CONTACT

# Of two kinds, because a source speaks of one kind of identifier: whoever has no address is known by her contact's id.
BY_ADDRESS = Source(name="sources/campaign", display_name="Campaign mail", client="campaign", identifier_kind="email")
BY_CONTACT = Source(
    name="sources/campaign-contacts",
    display_name="Campaign mail to nobody's address",
    client="campaign",
    identifier_kind="contact",
)
SOURCES = (BY_ADDRESS, BY_CONTACT)


def encode(noted: TouchesNoted | BrakeNoted | OptInMailed) -> list[OutboxEvent]:
    """The outbox rows of some touches."""
    if isinstance(noted, BrakeNoted):
        return touchrelay.rows([of_brake(noted)], time=noted.time)
    if isinstance(noted, OptInMailed):
        return touchrelay.rows([of_opt_in(noted)], time=noted.time)
    return touchrelay.rows((touch(noted.named, one) for one in noted.touches), time=noted.time)


def of_brake(noted: BrakeNoted) -> Touch:
    """The touch of a brake, under the contact's own id."""
    verb = "released" if noted.is_released else "set"
    contact = CONTACT.format(noted.contact)
    found = Touch(
        contact=contact,
        type=f"brake.{verb}",
        source=BY_CONTACT.name,
        source_event_id=f"{noted.brake}/{verb}",
        occurred_time=_timestamp(noted.time),
        actor=Actor(kind=ACTOR_KIND_PERSON, user=noted.user),
    )
    found.identifier.kind, found.identifier.value = "contact", contact
    found.attributes["reason"] = noted.reason
    if not noted.is_released:
        found.attributes["until"] = rfc3339(noted.until)
    return found


def of_opt_in(noted: OptInMailed) -> Touch:
    """The touch of a mail that asks for a confirmation; all of them stand with what is answered to the request."""
    mail = noted.mail
    found = Touch(
        type="email.failed" if noted.reason else "consent.requested",
        source=BY_ADDRESS.name,
        source_event_id=f"{mail.opt_in}/mail/{mail.number}",
        occurred_time=_timestamp(noted.time),
        message=str(mail.opt_in),
    )
    found.identifier.kind, found.identifier.value = "email", noted.address
    if noted.reason:
        found.attributes["reason"] = noted.reason
    else:
        found.attributes["topic"] = noted.topic
    found.names.message = noted.subject_line
    return found


def touch(named: Named, one: SendTouch) -> Touch:
    """One touch as interaction takes it."""
    found = Touch()
    found.CopyFrom(_common(named, TYPES[one.state], one.time))
    found.contact, found.source_event_id = CONTACT.format(one.contact), one.event_id
    if one.address:
        found.source, found.identifier.kind, found.identifier.value = BY_ADDRESS.name, "email", one.address
    else:
        found.source, found.identifier.kind, found.identifier.value = BY_CONTACT.name, "contact", found.contact
    if one.message is not None:
        found.message = str(one.message)
    if one.account is not None:
        found.account = ACCOUNT.format(one.account)
    if one.reason:
        found.attributes["reason"] = one.reason
    if one.until is not None:
        found.attributes["until"] = rfc3339(one.until)
    if not one.is_measured:
        found.attributes["measured"] = False
    found.names.contact, found.names.message = one.contact_name, one.subject_line
    return found


@lru_cache(16)
def _common(named: Named, kind: str, time: datetime) -> Touch:
    """What is the same in the touches of one batch."""
    found = Touch(
        campaign=CAMPAIGN.format(named.campaign),
        activity=ACTIVITY.format(named.campaign, named.activity),
        type=kind,
        occurred_time=_timestamp(time),
    )
    found.names.campaign, found.names.activity = named.campaign_name, named.activity_name
    return found


def _timestamp(time: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp
