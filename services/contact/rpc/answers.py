"""Rows and views as messages; whoever sees a contact masked gets it masked here."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from chassis.errors import InvalidArgument
from chassis.masking import mask
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money
from identity import Kind, Owner
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain.consent import Answer, Reason
from services.contact.models import (
    ACCOUNT,
    CONSENT_EVENT,
    CONTACT,
    CONTACT_CHANGE,
    IDENTITY_LINK,
    SUPPRESSION,
    Account,
    AttributeDefinition,
    ConsentEvent,
    Contact,
    ContactChange,
    ContactImport,
    Deal,
    IdentityLink,
    ImportRow,
    Suppression,
)
from services.contact.usecases.accounts import Participants
from services.contact.usecases.merges import Preview
from services.contact.usecases.views import ContactView

REASONS = {reason: pb.CheckConsentResponse.Reason.Value(f"REASON_{reason}") for reason in Reason}


def name_of(format_id: Callable[[UUID], str], known: UUID | None) -> str:
    """The name of a resource that may be absent."""
    return format_id(known) if known else ""


def contact_message(view: ContactView) -> pb.Contact:
    """A contact as its viewer may see it."""
    whole = plain_contact(view.contact, view.held)
    whole.account_display_name = view.account_name
    whole.identifiers.extend(_identifier(link, view.shared) for link in view.identifiers)
    whole.merged_contacts.extend(map(CONTACT.format, view.merged))
    if view.asked is not None:
        whole.merged_into = whole.name
    masked = mask(whole, view.is_visible)
    masked.masked = not view.is_visible
    for name in view.not_personal & whole.attributes.keys():
        masked.attributes[name].CopyFrom(whole.attributes[name])
    return masked


def contact_message_at(view: ContactView) -> pb.Contact:
    """A contact as it was: without an etag, since nobody can change what was."""
    (message := contact_message(view)).ClearField("etag")
    return message


def plain_contact(contact: Contact, held: Contact | None = None) -> pb.Contact:
    """A contact's own fields, unmasked; with the hold of who was merged there, where none lies on it itself."""
    hold = held if held and contact.hold_time is None else contact
    return pb.Contact(
        name=contact.name,
        display_name=contact.display_name,
        given_name=contact.given_name,
        family_name=contact.family_name,
        title=contact.title,
        account=name_of(ACCOUNT.format, contact.account_id),
        owner=contact.owner,
        team=contact.team,
        stage=contact.stage,
        time_zone=contact.time_zone,
        country=contact.country,
        language=contact.language,
        attributes={name: _attribute(value) for name, value in contact.attributes.items()},
        tags=contact.tags,
        state=f"STATE_{contact.state}",
        merged_into=name_of(CONTACT.format, contact.merged_into),
        create_time=contact.create_time,
        update_time=contact.update_time,
        delete_time=contact.delete_time,
        etag=contact.etag,
        restriction=_bar(contact.restrict_time, contact.restrict_reason, contact.restrict_actor),
        legal_hold=_bar(hold.hold_time, hold.hold_reason, hold.hold_actor),
    )


def _bar(time: datetime | None, reason: str, actor: str) -> pb.Contact.Bar | None:
    return pb.Contact.Bar(reason=reason, actor=actor, time=time) if time is not None else None


def link_message(link: IdentityLink, *, sees: bool, opens: bool = True) -> pb.IdentityLink:
    """A link; the value behind its subject, and why it is believed, are for who sees the person.

    `opens` says that a claim is told as what it is; to its own team it is told as what it claims to be.
    """
    is_open = bool(link.claim) and opens
    message = pb.IdentityLink(
        name=link.name,
        kind=f"KIND_{Kind(link.kind if is_open else link.claim or link.kind).upper()}",
        subject=link.subject or b"",
        contact=name_of(CONTACT.format, link.contact_id),
        survivor=name_of(CONTACT.format, link.survivor_id),
        account=name_of(ACCOUNT.format, link.account_id),
        touch=link.touch,
        from_time=link.link().from_time if is_open else link.from_time,
        to_time=link.link().to_time if is_open else link.to_time,
        asserted_time=link.asserted_time,
        retracted_time=link.retracted_time,
        evidence=link.evidence,
        actor=link.actor,
        identifier_kind=link.identifier_kind,
        revision=link.revision,
        identifier_value=link.value,
        alias_of=name_of(IDENTITY_LINK.format, link.alias_of),
        claimed=is_open,
    )
    return message if sees else mask(message, False)


def preview_message(preview: Preview, both: Sequence[ContactView]) -> pb.PreviewMergeResponse:
    """What a merge would make of two contacts; only who sees both whole gets this far."""
    decisions = [
        pb.PreviewMergeResponse.Decision(field=each.field, side=f"MERGE_SIDE_{each.side}", rule=f"RULE_{each.rule}")
        for each in preview.decisions
    ]
    contact, duplicate = map(contact_message, both)
    return pb.PreviewMergeResponse(
        contact=contact, duplicate=duplicate, result=plain_contact(preview.result), decisions=decisions
    )


def change_message(change: ContactChange, names_of: Mapping[UUID, str], *, sees: bool) -> pb.ContactChange:
    """What was done to a contact; what it said is for who sees the person."""
    names = list(dict.fromkeys((*change.before, *change.after)))
    message = pb.ContactChange(
        name=change.name,
        contact=CONTACT.format(change.contact_id),
        action=f"ACTION_{change.action}",
        actor=change.actor,
        source=change.source,
        create_time=change.time,
        fields=[
            pb.ContactChange.FieldChange(
                field=name, before=_worded(change.before.get(name)), after=_worded(change.after.get(name))
            )
            for name in names
        ],
        other_contact=name_of(CONTACT.format, change.other_id),
        other_display_name=names_of.get(change.other_id, "") if change.other_id else "",
        via_contact=name_of(CONTACT.format, change.via_id),
        standing=f"STANDING_{change.standing}",
        settled_by=CONTACT_CHANGE.format(change.settled_by) if change.settled_by else "",
    )
    return message if sees else mask(message, False)


def definition_message(definition: AttributeDefinition) -> pb.AttributeDefinition:
    """A registered attribute."""
    return pb.AttributeDefinition(
        name=definition.name,
        display_name=definition.display_name,
        description=definition.description,
        type=f"TYPE_{definition.type}",
        choices=definition.choices,
        data_class=f"DATA_CLASS_{definition.data_class}",
        archived=definition.archived,
        create_time=definition.create_time,
        update_time=definition.update_time,
        etag=definition.etag,
    )


def account_message(account: Account) -> pb.Account:
    """An account."""
    return pb.Account(
        name=account.name,
        display_name=account.display_name,
        domain=account.domain,
        industry=account.industry,
        country=account.country,
        owner=account.owner,
        team=account.team,
        external_id=account.external_id,
        parent_account=name_of(ACCOUNT.format, account.parent_id),
        tags=account.tags,
        create_time=account.create_time,
        update_time=account.update_time,
        delete_time=account.delete_time,
        etag=account.etag,
    )


def deal_message(deal: Deal, participants: Participants) -> pb.Deal:
    """A deal with its people."""
    day = deal.close_date
    has_amount = bool(deal.currency or deal.units or deal.nanos)
    return pb.Deal(
        name=deal.name,
        display_name=deal.display_name,
        account=name_of(ACCOUNT.format, deal.account_id),
        participants=[pb.Deal.Participant(contact=CONTACT.format(who), role=role) for who, role in participants],
        amount=Money(currency_code=deal.currency, units=deal.units, nanos=deal.nanos) if has_amount else None,
        stage=deal.stage,
        close_date=Date(year=day.year, month=day.month, day=day.day) if day else None,
        owner=deal.owner,
        team=deal.team,
        create_time=deal.create_time,
        update_time=deal.update_time,
        etag=deal.etag,
    )


def consent_message(event: ConsentEvent, *, is_visible: bool) -> pb.ConsentEvent:
    """A consent event; its address is shown to whoever sees the contact whole."""
    message = pb.ConsentEvent(
        name=event.name,
        address=_address(event),
        purpose=f"PURPOSE_{event.purpose}",
        channel=f"CHANNEL_{event.channel or 'UNSPECIFIED'}",
        topic=event.topic,
        status=f"STATUS_{event.status}",
        lawful_basis=f"LAWFUL_BASIS_{event.lawful_basis or 'UNSPECIFIED'}",
        capture_time=event.capture_time,
        effective_to_time=event.effective_to_time,
        source=event.source,
        wording_version=event.wording_version,
        ip_hash=event.ip_hash,
        evidence=event.evidence,
        actor=event.actor,
        create_time=event.create_time,
        etag=event.etag,
    )
    return mask(message, is_visible)


def suppression_message(suppression: Suppression, *, is_visible: bool) -> pb.Suppression:
    """A suppression; its address is shown to whoever sees the contact whole."""
    message = pb.Suppression(
        name=suppression.name,
        address=_address(suppression),
        channel=f"CHANNEL_{suppression.channel or 'UNSPECIFIED'}",
        reason=f"REASON_{suppression.reason}",
        source=suppression.source,
        actor=suppression.actor,
        create_time=suppression.create_time,
        lift_time=suppression.lift_time,
        said_time=suppression.said_time,
        etag=suppression.etag,
    )
    return mask(message, is_visible)


def refused_suppression(refused: InvalidArgument, place: int) -> pb.ImportSuppressionsResponse.Result:
    """Why an address of an old system was not kept."""
    first = refused.violations[0] if refused.violations else None
    return pb.ImportSuppressionsResponse.Result(
        outcome=pb.ImportSuppressionsResponse.OUTCOME_REFUSED,
        field=first.field if first else f"items[{place}]",
        description=first.description if first else refused.message,
    )


def answer_message(subject: bytes, answer: Answer) -> pb.CheckConsentResponse.Answer:
    """What may be done to an address."""
    return pb.CheckConsentResponse.Answer(
        decision=pb.CheckConsentResponse.DECISION_ALLOW if answer.is_allowed else pb.CheckConsentResponse.DECISION_DENY,
        reason=REASONS[answer.reason],
        consent_event=name_of(CONSENT_EVENT.format, answer.consent_event),
        suppression=name_of(SUPPRESSION.format, answer.suppression),
        suppression_source=answer.source,
        subject=subject,
    )


def resolution_message(subject: bytes, owner: Owner) -> pb.ResolveIdentifiersResponse.Resolution:
    """Whom an identifier belongs to."""
    return pb.ResolveIdentifiersResponse.Resolution(
        subject=subject,
        contacts=map(CONTACT.format, owner.contacts),
        account=name_of(ACCOUNT.format, owner.account),
        holders=map(CONTACT.format, owner.holders),
    )


def import_message(contact_import: ContactImport) -> pb.Import:
    """An import and how far it is."""
    return pb.Import(
        name=contact_import.name,
        display_name=contact_import.display_name,
        columns=contact_import.columns,
        mapping=contact_import.mapping,
        region=contact_import.region,
        owner=contact_import.owner,
        team=contact_import.team,
        total_rows=contact_import.total_rows,
        state=f"STATE_{contact_import.state}",
        next_row=contact_import.next_row,
        rows_created=contact_import.rows_created,
        rows_updated=contact_import.rows_updated,
        rows_unchanged=contact_import.rows_unchanged,
        rows_refused=contact_import.rows_refused,
        create_time=contact_import.create_time,
        update_time=contact_import.update_time,
        etag=contact_import.etag,
    )


def row_message(row: ImportRow, *, names: bool) -> pb.ImportRowReport:
    """What became of a row; `names` says that who asks may know its contact."""
    return pb.ImportRowReport(
        row=row.number,
        outcome=f"OUTCOME_{row.outcome}",
        reason=row.reason,
        column=row.column_title,
        contact=name_of(CONTACT.format, row.contact_id if names else None),
    )


def entry_message(contact: Contact) -> pb.SnapshotContactsResponse.Entry:
    """What a projection keeps of a contact."""
    return pb.SnapshotContactsResponse.Entry(
        contact=contact.name,
        display_name=contact.display_name,
        owner=contact.owner,
        team=contact.team,
        account=name_of(ACCOUNT.format, contact.account_id),
        state=f"STATE_{contact.state}",
        revision=contact.revision,
        stage=contact.stage,
        country=contact.country,
        language=contact.language,
        time_zone=contact.time_zone,
        tags=contact.tags,
        given_name=contact.given_name,
        family_name=contact.family_name,
        title=contact.title,
        attributes={name: _attribute(value) for name, value in contact.attributes.items()},
        merged_into=name_of(CONTACT.format, contact.merged_into),
        create_time=contact.create_time,
    )


def _identifier(link: IdentityLink, shared: set[bytes]) -> pb.Identifier:
    return pb.Identifier(
        kind=link.identifier_kind,
        value=link.value,
        label=link.label,
        verified=link.verified,
        subject=link.subject or b"",
        contact=name_of(CONTACT.format, link.contact_id),
        link=link.name,
        shared=bytes(link.subject or b"") in shared,
    )


def _address(row: ConsentEvent | Suppression) -> pb.Identifier:
    return pb.Identifier(kind=row.identifier_kind, value=row.value, subject=row.subject)


def _worded(value: Any) -> str:
    """A value as a person reads it; empty for none."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, value))
        case {"number": number}:
            return f"{number:g}"
        case {"time": text} | {"date": text}:
            return str(text)
    return str(value)


def _attribute(value: Any) -> pb.AttributeValue:  # noqa: PLR0911 - one answer for each kind
    match value:
        case bool():
            return pb.AttributeValue(boolean_value=value)
        case int():
            return pb.AttributeValue(integer_value=value)
        case {"number": number}:
            return pb.AttributeValue(number_value=number)
        case {"time": text}:
            return pb.AttributeValue(time_value=datetime.fromisoformat(text))
        case {"date": text}:
            day = date.fromisoformat(text)
            return pb.AttributeValue(date_value=Date(year=day.year, month=day.month, day=day.day))
        case list():
            return pb.AttributeValue(strings_value=pb.AttributeValue.StringList(values=value))
    return pb.AttributeValue(string_value=str(value))
