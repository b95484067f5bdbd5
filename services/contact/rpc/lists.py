"""What may be filtered by: an allow-list for each resource."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from chassis.filters import Column, Kind
from chassis.resources import ResourceName
from identity import InvalidIdentifierError, Subjects
from sqlalchemy import ColumnElement, and_, not_
from sqlmodel import col
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain.contacts import State, Viewer
from services.contact.models import ACCOUNT, CONTACT, Account, Contact, Deal, Suppression
from services.contact.store import accounts as account_store
from services.contact.store import conditions

EQUAL = ("=", "!=")


def contact_columns(viewer: Viewer, subjects: Subjects) -> Mapping[str, Column]:
    """A contact's columns; addresses are found only by who may see them."""

    def identified(kind: str) -> Column:
        def build(operator: str, value: str) -> ColumnElement[bool]:
            return conditions.has_identifier(kind, operator, value, subject_of(kind, value, subjects), viewer)

        return Column(Kind.TEXT, build=build, operators=("=", "!=", ":"))

    return {
        **{name: Column(Kind.TEXT, col(getattr(Contact, name))) for name in TEXTS},
        "account": Column(Kind.TEXT, build=_reference(Contact.account_id, ACCOUNT), operators=EQUAL),
        "tags": Column(Kind.TEXT, build=conditions.has_tag, operators=("=", "!=", ":")),
        "state": Column(Kind.ENUM, col(Contact.state), {state.value: state.value for state in State}),
        "create_time": Column(Kind.TIME, col(Contact.create_time)),
        "update_time": Column(Kind.TIME, col(Contact.update_time)),
        "email": identified("email"),
        "phone": identified("phone"),
    }


def account_columns() -> Mapping[str, Column]:
    """An account's columns."""

    def below(_operator: str, value: str) -> ColumnElement[bool]:
        return account_store.is_below(ACCOUNT.parse_uuid(value, "filter"))

    names = ("display_name", "domain", "industry", "country", "owner", "team", "external_id")
    return {
        **{name: Column(Kind.TEXT, col(getattr(Account, name))) for name in names},
        "parent_account": Column(Kind.TEXT, build=_reference(Account.parent_id, ACCOUNT), operators=EQUAL),
        "ancestor_account": Column(Kind.TEXT, build=below, operators=("=",)),
        "create_time": Column(Kind.TIME, col(Account.create_time)),
    }


def deal_columns(viewer: Viewer) -> Mapping[str, Column]:
    """A deal's columns; where teams are hidden, who is another's is in no deal."""

    def in_deal(_operator: str, value: str) -> ColumnElement[bool]:
        contact = CONTACT.parse_uuid(value, "filter")
        takes_part = account_store.has_participant(contact)
        return and_(takes_part, conditions.is_known(contact, viewer)) if viewer.hides_teams else takes_part

    return {
        **{name: Column(Kind.TEXT, col(getattr(Deal, name))) for name in ("display_name", "stage", "owner", "team")},
        "account": Column(Kind.TEXT, build=_reference(Deal.account_id, ACCOUNT), operators=EQUAL),
        "contact": Column(Kind.TEXT, build=in_deal, operators=("=",)),
        "create_time": Column(Kind.TIME, col(Deal.create_time)),
    }


def suppression_columns() -> Mapping[str, Column]:
    """A suppression's columns."""
    channels = {name.removeprefix("CHANNEL_"): name.removeprefix("CHANNEL_") for name in pb.Channel.keys()[1:]}
    reasons = {name.removeprefix("REASON_"): name.removeprefix("REASON_") for name in pb.Suppression.Reason.keys()[1:]}
    return {
        "channel": Column(Kind.ENUM, col(Suppression.channel), channels),
        "reason": Column(Kind.ENUM, col(Suppression.reason), reasons),
        "source": Column(Kind.TEXT, col(Suppression.source)),
        "create_time": Column(Kind.TIME, col(Suppression.create_time)),
    }


def subject_of(kind: str, value: str, subjects: Subjects) -> bytes | None:
    """The subject of a value that may be an identifier of this kind."""
    try:
        return subjects.of(kind, value)
    except InvalidIdentifierError:
        return None


TEXTS = ("display_name", "owner", "team", "stage", "country", "language", "time_zone")


def _reference(column: UUID | None, names: ResourceName) -> Callable[[str, Any], ColumnElement[bool]]:
    def build(operator: str, value: str) -> ColumnElement[bool]:
        same = col(column) == names.parse_uuid(value, "filter")
        return same if operator == "=" else not_(same)

    return build
