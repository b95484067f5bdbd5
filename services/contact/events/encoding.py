"""What contact says on its streams, one fact a record keyed by the resource it is about."""

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from chassis.audit import Anchor
from chassis.outbox import OutboxEvent
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from identity import Link
from touchline.contact.v1 import contact_events_pb2 as pb
from touchline.contact.v1 import contact_pb2

from services.contact.domain import facts
from services.contact.domain.erasures import Holding
from services.contact.models import (
    ACCOUNT,
    ATTRIBUTE_DEFINITION,
    CONSENT_EVENT,
    CONTACT,
    DEAL,
    ERASURE,
    IDENTITY_LINK,
    OPT_IN,
    PURCHASE,
    SUPPRESSION,
)

STREAM = "touchline.contact.events.v1"
ERASURES = "touchline.contact.erasures.v1"
AUDIT = "touchline.contact.audit.v1"
ELSEWHERE = {facts.ContactErased: ERASURES}


def encode(fact: facts.Fact) -> OutboxEvent:
    """A fact as a record of the stream."""
    field, message = ENCODERS[type(fact)](fact)
    name = _about(message)
    told: dict[str, Any] = {field: message}
    envelope = pb.ContactEvent(**told)
    return OutboxEvent(
        stream=ELSEWHERE.get(type(fact), STREAM),
        type=message.DESCRIPTOR.full_name,
        data=envelope.SerializeToString(),
        time=fact.time,
        key=name,
        subject=name,
    )


def anchored(anchor: Anchor) -> OutboxEvent:
    """How far the audit log goes, as a record of its own stream."""
    name = f"auditEntries/{anchor.number}"
    told = pb.AuditAnchored(
        audit_entry=name,
        number=anchor.number,
        digest=anchor.digest,
        anchor_time=_moment(anchor.time),
        signature=anchor.signature,
    )
    data = pb.ContactEvent(audit_anchored=told).SerializeToString()
    kind = pb.AuditAnchored.DESCRIPTOR.full_name
    return OutboxEvent(stream=AUDIT, type=kind, data=data, time=anchor.time, key=name, subject=name)


def _about(message: Any) -> str:
    """The resource that a fact is about: its first field."""
    if isinstance(message, pb.LinkChanged):
        return message.link.name
    if isinstance(message, pb.ContactErased):
        return message.contact
    return str(getattr(message, message.DESCRIPTOR.fields[0].name))


@lru_cache(64)  # what one transaction says, it says at one moment
def _moment(at: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(at)
    return made


def _contact(fact: facts.ContactChanged) -> tuple[str, Message]:
    return "contact_changed", pb.ContactChanged(
        contact=_contact_name(fact.contact),
        revision=fact.revision,
        display_name=fact.display_name,
        owner=fact.owner,
        team=fact.team,
        account=_name(ACCOUNT.format, fact.account),
        state=f"STATE_{fact.state}",
        merged_into=_name(CONTACT.format, fact.merged_into),
        stage=fact.stage,
        country=fact.country,
        language=fact.language,
        time_zone=fact.time_zone,
        tags=fact.tags,
        change_time=_moment(fact.time),
        given_name=fact.given_name,
        family_name=fact.family_name,
        title=fact.title,
        attributes={name: _attribute(value) for name, value in fact.attributes.items()},
        create_time=fact.create_time and _moment(fact.create_time),
        restricted=fact.is_restricted,
        held=fact.is_held,
    )


def _attribute(kept: Any) -> contact_pb2.AttributeValue:  # noqa: PLR0911 - one answer for each kind
    """An attribute as it is kept, as others read it."""
    match kept:
        case bool():
            return contact_pb2.AttributeValue(boolean_value=kept)
        case int():
            return contact_pb2.AttributeValue(integer_value=kept)
        case {"number": number}:
            return contact_pb2.AttributeValue(number_value=number)
        case {"time": text}:
            return contact_pb2.AttributeValue(time_value=datetime.fromisoformat(text))
        case {"date": text}:
            day = date.fromisoformat(text)
            return contact_pb2.AttributeValue(date_value=Date(year=day.year, month=day.month, day=day.day))
        case list():
            return contact_pb2.AttributeValue(strings_value=contact_pb2.AttributeValue.StringList(values=kept))
    return contact_pb2.AttributeValue(string_value=str(kept))


def _link(fact: facts.LinkChanged) -> tuple[str, Message]:
    return "link_changed", pb.LinkChanged(link=link_message(fact.link, fact.identifier_kind, fact.actor))


def link_message(link: Link, identifier_kind: str, actor: str) -> contact_pb2.IdentityLink:
    """A link as others learn it."""
    return contact_pb2.IdentityLink(
        name=IDENTITY_LINK.format(link.id),
        kind=f"KIND_{link.kind.upper()}",
        subject=link.subject,
        contact=_contact_name(link.contact) if link.contact else "",
        survivor=_name(CONTACT.format, link.survivor),
        account=_name(ACCOUNT.format, link.account),
        touch=link.touch,
        from_time=link.from_time,
        to_time=link.to_time,
        asserted_time=link.asserted_time and _moment(link.asserted_time),
        retracted_time=link.retracted_time,
        evidence=link.evidence,
        actor=actor,
        identifier_kind=identifier_kind,
        revision=link.revision,
    )


def _consent(fact: facts.ConsentChanged) -> tuple[str, Message]:
    return "consent_changed", pb.ConsentChanged(
        consent_event=CONSENT_EVENT.format(fact.consent_event),
        subject=fact.subject,
        purpose=f"PURPOSE_{fact.purpose}",
        channel=f"CHANNEL_{fact.channel or 'UNSPECIFIED'}",
        topic=fact.topic,
        status=f"STATUS_{fact.status}",
        capture_time=_moment(fact.capture_time),
        effective_to_time=fact.effective_to_time,
    )


def _suppression(fact: facts.SuppressionChanged) -> tuple[str, Message]:
    return "suppression_changed", pb.SuppressionChanged(
        suppression=SUPPRESSION.format(fact.suppression),
        revision=fact.revision,
        subject=fact.subject,
        channel=f"CHANNEL_{fact.channel or 'UNSPECIFIED'}",
        reason=f"REASON_{fact.reason}",
        active=fact.active,
    )


def _account(fact: facts.AccountChanged) -> tuple[str, Message]:
    return "account_changed", pb.AccountChanged(
        account=ACCOUNT.format(fact.account),
        revision=fact.revision,
        display_name=fact.display_name,
        owner=fact.owner,
        team=fact.team,
        domain=fact.domain,
        industry=fact.industry,
        country=fact.country,
        active=fact.active,
        parent_account=_name(ACCOUNT.format, fact.parent),
    )


def _deal(fact: facts.DealChanged) -> tuple[str, Message]:
    return "deal_changed", pb.DealChanged(
        deal=DEAL.format(fact.deal),
        revision=fact.revision,
        display_name=fact.display_name,
        account=_name(ACCOUNT.format, fact.account),
        contacts=map(CONTACT.format, fact.contacts),
        stage=fact.stage,
        owner=fact.owner,
        team=fact.team,
    )


def _purchase(fact: facts.PurchaseRecorded) -> tuple[str, Message]:
    return "purchase_recorded", pb.PurchaseRecorded(
        purchase=PURCHASE.format(fact.purchase),
        contact=CONTACT.format(fact.contact),
        product=fact.product,
        amount_minor=fact.amount_minor,
        currency_code=fact.currency,
        purchase_time=_moment(fact.purchase_time),
    )


def _definition(fact: facts.AttributeDefinitionChanged) -> tuple[str, Message]:
    return "attribute_definition_changed", pb.AttributeDefinitionChanged(
        attribute_definition=ATTRIBUTE_DEFINITION.format(fact.attribute),
        revision=fact.revision,
        display_name=fact.display_name,
        type=f"TYPE_{fact.type}",
        choices=fact.choices,
        data_class=f"DATA_CLASS_{fact.data_class}",
        archived=fact.archived,
    )


def _erased(fact: facts.ContactErased) -> tuple[str, Message]:
    return "contact_erased", pb.ContactErased(
        erasure=ERASURE.format(fact.erasure),
        contact=CONTACT.format(fact.contact),
        contacts=[
            pb.ContactErased.Erased(contact=CONTACT.format(contact), revision=revision)
            for contact, revision in fact.contacts
        ],
        subjects=[
            pb.ContactErased.Subject(
                subject=each.subject,
                kind=each.kind,
                shared=each.is_shared,
                holdings=map(_held, each.holdings),
                other_holdings=map(_held, each.others),
                other_exclusions=(
                    pb.ContactErased.Exclusion(touch=one.touch, contact=_contact_name(one.contact))
                    for one in each.exclusions
                ),
            )
            for each in fact.subjects
        ],
        erase_time=_moment(fact.time),
        deadline_time=_moment(fact.deadline_time),
        delete_time=fact.delete_time and _moment(fact.delete_time),
    )


def _held(holding: Holding) -> pb.ContactErased.Holding:
    return pb.ContactErased.Holding(
        contact=_contact_name(holding.contact),
        from_time=holding.from_time and _moment(holding.from_time),
        to_time=holding.to_time and _moment(holding.to_time),
    )


@lru_cache(4096)  # a contact is named by each of its links
def _contact_name(known: UUID) -> str:
    return CONTACT.format(known)


def _name(format_id: Callable[[UUID], str], known: UUID | None) -> str:
    return format_id(known) if known else ""


def _opt_in(fact: facts.OptInRequested) -> tuple[str, Message]:
    return "opt_in_requested", pb.OptInRequested(
        opt_in=OPT_IN.format(fact.opt_in), mail_number=fact.mail_number, expire_time=_moment(fact.expire_time)
    )


ENCODERS: dict[type, Callable[[Any], tuple[str, Message]]] = {
    facts.ContactErased: _erased,
    facts.ContactChanged: _contact,
    facts.LinkChanged: _link,
    facts.ConsentChanged: _consent,
    facts.SuppressionChanged: _suppression,
    facts.AccountChanged: _account,
    facts.DealChanged: _deal,
    facts.PurchaseRecorded: _purchase,
    facts.AttributeDefinitionChanged: _definition,
    facts.OptInRequested: _opt_in,
}
