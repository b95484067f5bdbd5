"""What all tables share: their base, their columns of a kind, and the resource names of their rows."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from chassis.db import row_metadata
from chassis.resources import ResourceName
from sqlalchemy import CheckConstraint, Column, DateTime, Text, column
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import SQLModel

CONTACT = ResourceName("contacts/{contact}")
ACCOUNT = ResourceName("accounts/{account}")
DEAL = ResourceName("deals/{deal}")
IDENTITY_LINK = ResourceName("identityLinks/{identity_link}")
CONSENT_EVENT = ResourceName("consentEvents/{consent_event}")
OPT_IN = ResourceName("optIns/{opt_in}")
SUPPRESSION = ResourceName("suppressions/{suppression}")
IMPORT = ResourceName("imports/{import}")
DUPLICATE_CANDIDATE = ResourceName("duplicateCandidates/{duplicate_candidate}")
CONTACT_CHANGE = ResourceName("contactChanges/{contact_change}")
PURCHASE = ResourceName("purchases/{purchase}")
ATTRIBUTE_DEFINITION = ResourceName("attributeDefinitions/{attribute_definition}")
ERASURE = ResourceName("erasures/{erasure}")


class Row(SQLModel):
    """The base of contact's tables, with their own metadata."""

    metadata = row_metadata()


def moment(*, nullable: bool = False) -> Column[datetime]:
    """A point in time with its zone, to the microsecond."""
    return Column(DateTime(timezone=True), nullable=nullable)


def texts() -> Column[Any]:
    """A list of texts."""
    return Column(ARRAY(Text), nullable=False, server_default="{}")


def json() -> Column[Any]:
    """A mapping by name."""
    return Column(JSONB, nullable=False, server_default="{}")


def one_of(name: str, values: type[StrEnum]) -> CheckConstraint:
    """A column that holds one of an enumeration's values."""
    return CheckConstraint(column(name).in_([value.value for value in values]), name=name)
