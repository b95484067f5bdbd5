"""What the tables of campaign share: the base class, the resource names, and kinds of columns."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from chassis.db import row_base
from chassis.resources import ResourceName
from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Column, DateTime, Text, column, text
from sqlalchemy.dialects.postgresql import JSONB

PROGRAMME = ResourceName("programmes/{programme}")
CAMPAIGN = ResourceName("campaigns/{campaign}")
ACTIVITY = ResourceName("campaigns/{campaign}/activities/{activity}")
SEND = ResourceName("campaigns/{campaign}/activities/{activity}/sends/{send}")
SENDER = ResourceName("senders/{sender}")
BRAKE = ResourceName("brakes/{brake}")
CONTACT = ResourceName("contacts/{contact}")
ACCOUNT = ResourceName("accounts/{account}")
DEAL = ResourceName("deals/{deal}")
SEGMENT = ResourceName("segments/{segment}")

Row = row_base()


def moment(*, nullable: bool = False) -> Column[datetime]:
    """A point in time with its zone, to the microsecond."""
    return Column(DateTime(timezone=True), nullable=nullable)


def current_epoch() -> Column[int]:
    """The epoch of the outbox's numbers at the moment of the insert; the database fills it in."""
    return Column(BigInteger, server_default=text("outbox_current_epoch()"), nullable=True)


def json() -> Column[Any]:
    """A JSON document."""
    return Column(JSONB, nullable=False)


def texts() -> Column[Any]:
    """An array of texts."""
    return Column(ARRAY(Text), nullable=False)


def one_of(name: str, values: type[StrEnum]) -> CheckConstraint:
    """A text column that holds one value of an enum."""
    return CheckConstraint(column(name).in_([value.value for value in values]), name=name)


def day(value: date | None) -> dict[str, int] | None:
    """A date as google.type.Date has it."""
    return {"year": value.year, "month": value.month, "day": value.day} if value else None


def plain(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Only what is set: an unset field of a proto is left out."""
    return {name: value for name, value in values if value is not None}
