"""Messages as values: what a caller says, in the words of the use cases."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date
from identity import EMAIL, PHONE, Subjects
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain.consent import Question, Status
from services.contact.domain.errors import field_invalid
from services.contact.domain.history import Side
from services.contact.domain.identifiers import Given, Known, know
from services.contact.domain.purchases import Bought
from services.contact.models import ACCOUNT, CONTACT
from services.contact.usecases.consents import Query

CONTACT_TEXTS = (
    "display_name",
    "given_name",
    "family_name",
    "title",
    "owner",
    "team",
    "stage",
    "time_zone",
    "country",
    "language",
)
DEFINITION_FIELDS = ("display_name", "description", "type", "choices", "data_class", "archived")
ACCOUNT_TEXTS = ("display_name", "domain", "industry", "country", "owner", "team", "external_id")


def moment(stamp: Timestamp, field: str) -> datetime:
    """A moment that the calendar knows."""
    try:
        return stamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise field_invalid(field, "is no moment of the calendar") from None


def given_moment(message: Any, name: str, field: str) -> datetime | None:
    """A moment that may be left out."""
    return moment(getattr(message, name), field) if message.HasField(name) else None


def new_id(text: str) -> UUID | None:
    """The id that a caller chose for a new resource."""
    return UUID(text) if text else None


def contact_values(contact: pb.Contact, paths: Iterable[str]) -> dict[str, Any]:
    """What these fields of a contact say."""
    told: dict[str, Any] = {}
    for path in paths:
        if path in CONTACT_TEXTS:
            told[path] = getattr(contact, path)
        elif path == "account":
            account = contact.account
            told["account_id"] = ACCOUNT.parse_uuid(account, "contact.account") if account else None
        elif path == "attributes":
            told["attributes"] = {name: _attribute(name, value) for name, value in contact.attributes.items()}
        elif path == "tags":
            told["tags"] = list(dict.fromkeys(contact.tags))
    return told


def definition_values(definition: pb.AttributeDefinition, paths: Iterable[str]) -> dict[str, Any]:
    """What these fields of a definition say."""
    told: dict[str, Any] = {}
    for path in paths:
        if path in {"display_name", "description", "archived"}:
            told[path] = getattr(definition, path)
        elif path == "choices":
            told[path] = list(definition.choices)
        elif path == "type":
            told[path] = _enum(pb.AttributeDefinition.Type, "TYPE", definition.type)
        elif path == "data_class":
            told[path] = _enum(pb.AttributeDefinition.DataClass, "DATA_CLASS", definition.data_class)
    return told


def account_values(account: pb.Account, paths: Iterable[str]) -> dict[str, Any]:
    """What these fields of an account say."""
    told: dict[str, Any] = {path: getattr(account, path) for path in paths if path in ACCOUNT_TEXTS}
    if "tags" in paths:
        told["tags"] = list(dict.fromkeys(account.tags))
    if "parent_account" in paths:
        parent = account.parent_account
        told["parent_id"] = ACCOUNT.parse_uuid(parent, "account.parent_account") if parent else None
    return told


def deal_values(deal: pb.Deal) -> dict[str, Any]:
    """What a deal says, without its people."""
    return {
        "display_name": deal.display_name,
        "account_id": ACCOUNT.parse_uuid(deal.account, "deal.account") if deal.account else None,
        "currency": deal.amount.currency_code,
        "units": deal.amount.units,
        "nanos": deal.amount.nanos,
        "stage": deal.stage,
        "close_date": _day(deal),
        "owner": deal.owner,
        "team": deal.team,
    }


def participants(deal: pb.Deal) -> list[tuple[UUID, str]]:
    """The people of a deal."""
    return [
        (CONTACT.parse_uuid(each.contact, f"deal.participants[{place}].contact"), each.role)
        for place, each in enumerate(deal.participants)
    ]


def merge_choices(choices: Iterable[pb.MergeChoice]) -> list[tuple[str, Side]]:
    """Whose value of which field a merge is to keep."""
    return [(each.field, Side(_enum(pb.MergeSide, "MERGE_SIDE", each.side))) for each in choices]


def consent_values(event: pb.ConsentEvent) -> dict[str, Any]:
    """What a consent event says, without its address."""
    return {
        "purpose": _enum(pb.Purpose, "PURPOSE", event.purpose),
        "channel": _enum(pb.Channel, "CHANNEL", event.channel),
        "topic": event.topic,
        "status": Status(_enum(pb.ConsentEvent.Status, "STATUS", event.status)),
        "lawful_basis": _enum(pb.ConsentEvent.LawfulBasis, "LAWFUL_BASIS", event.lawful_basis),
        "capture_time": given_moment(event, "capture_time", "consent_event.capture_time"),
        "effective_to_time": given_moment(event, "effective_to_time", "consent_event.effective_to_time"),
        "source": event.source,
        "wording_version": event.wording_version,
        "ip_hash": event.ip_hash,
        "evidence": event.evidence,
    }


def suppression_values(suppression: pb.Suppression) -> dict[str, Any]:
    """What a suppression says, without its address."""
    return {
        "channel": _enum(pb.Channel, "CHANNEL", suppression.channel),
        "reason": _enum(pb.Suppression.Reason, "REASON", suppression.reason),
        "source": suppression.source,
        "said_time": given_moment(suppression, "said_time", "suppression.said_time"),
    }


def suppression_item(
    item: pb.ImportSuppressionsRequest.Item, place: int, subjects: Subjects
) -> tuple[Known, dict[str, Any]]:
    """An address of an old system, and what is said of it."""
    field = f"items[{place}]"
    kind = EMAIL if "@" in item.address else PHONE
    address = know(Given(kind, item.address, "", False, f"{field}.address"), subjects)
    return address, {
        "channel": _enum(pb.Channel, "CHANNEL", item.channel),
        "reason": _enum(pb.Suppression.Reason, "REASON", item.reason),
        "said_time": given_moment(item, "said_time", f"{field}.said_time"),
    }


def bought(item: pb.ImportPurchasesRequest.Item, place: int, subjects: Subjects) -> Bought:
    """A purchase as a system says it."""
    field = f"items[{place}]"
    if not item.HasField("purchase_time"):
        raise field_invalid(f"{field}.purchase_time", "is not set")
    contact, subject = None, b""
    if item.contact:
        contact = CONTACT.parse_uuid(item.contact, f"{field}.contact")
    elif item.identifier_kind in {EMAIL, PHONE} or item.identifier_kind.startswith("crm:"):
        given = Given(item.identifier_kind, item.identifier_value, "", False, f"{field}.identifier")
        subject = know(given, subjects).subject
    else:
        raise field_invalid(f"{field}.identifier_kind", "is not email, phone or crm:<system>, and no contact is named")
    return Bought(
        product=item.product,
        amount_minor=item.amount_minor,
        currency=item.currency_code,
        purchase_time=moment(item.purchase_time, f"{field}.purchase_time"),
        source_purchase_id=item.source_purchase_id,
        field=field,
        contact=contact,
        subject=subject,
    )


def import_values(told: pb.Import) -> dict[str, Any]:
    """What an import says when it is opened."""
    if len(set(told.columns)) != len(told.columns):
        raise field_invalid("contact_import.columns", "names a column twice")
    return {
        "display_name": told.display_name,
        "columns": list(told.columns),
        "mapping": dict(told.mapping),
        "region": told.region,
        "owner": told.owner,
        "team": told.team,
        "total_rows": told.total_rows,
    }


def known(identifier: pb.Identifier, subjects: Subjects, field: str) -> Known:
    """An identifier in normal form."""
    return know(Given(identifier.kind, identifier.value, identifier.label, identifier.verified, field), subjects)


def consent_query(query: pb.CheckConsentRequest.Query, place: int, subjects: Subjects, now: datetime) -> Query:
    """A question about an address, a subject or a contact."""
    field = f"queries[{place}]"
    question = Question(
        _enum(pb.Purpose, "PURPOSE", query.purpose),
        _enum(pb.Channel, "CHANNEL", query.channel),
        query.topic,
        given_moment(query, "at_time", f"{field}.at_time") or now,
    )
    match query.WhichOneof("by"):
        case "contact":
            return Query(question, contact=CONTACT.parse_uuid(query.contact, f"{field}.contact"))
        case "subject":
            return Query(question, subject=query.subject)
    address = known(query.address, subjects, f"{field}.address")
    return Query(question, subject=address.subject, others=address.subjects - {address.subject})


def resolve_query(
    query: pb.ResolveIdentifiersRequest.Query, place: int, subjects: Subjects, now: datetime
) -> tuple[bytes, datetime]:
    """The subject that is asked about, and the moment."""
    field = f"queries[{place}]"
    at = given_moment(query, "occurred_time", f"{field}.occurred_time") or now
    if query.WhichOneof("by") == "subject":
        return query.subject, at
    return known(query.identifier, subjects, f"{field}.identifier").subject, at


@lru_cache(256)
def _enum(kind: Any, prefix: str, value: int) -> str:
    name = str(kind.Name(value)).removeprefix(f"{prefix}_")
    return "" if name == "UNSPECIFIED" else name


def _attribute(name: str, value: pb.AttributeValue) -> Any:  # noqa: PLR0911 - one answer for each kind
    match value.WhichOneof("value"):
        case "number_value":
            return {"number": value.number_value}
        case "time_value":
            return {"time": moment(value.time_value, f"contact.attributes.{name}").isoformat()}
        case "string_value":
            return _text(name, value.string_value)
        case "date_value":
            return {"date": _attribute_day(name, value.date_value).isoformat()}
        case "strings_value":
            return list(dict.fromkeys(_text(name, each) for each in value.strings_value.values))
        case "integer_value":
            return value.integer_value
    return value.boolean_value


def _text(name: str, said: str) -> str:
    if "\0" in said:
        raise field_invalid(f"contact.attributes.{name}", "holds U+0000")
    return said


def _attribute_day(name: str, said: Date) -> date:
    try:
        return date(said.year, said.month, said.day)
    except ValueError:
        raise field_invalid(f"contact.attributes.{name}", "is no day of the calendar") from None


def _day(deal: pb.Deal) -> date | None:
    if not deal.HasField("close_date"):
        return None
    try:
        return date(deal.close_date.year, deal.close_date.month, deal.close_date.day)
    except ValueError:
        raise field_invalid("deal.close_date", "is no day of the calendar") from None
