"""What contact says to others after a change: one fact with the state after. Ids are UUIDs here, names at the door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from identity import Link

from services.contact.domain.erasures import ErasedSubject


@dataclass(frozen=True, kw_only=True)
class ContactChanged:
    """A contact was created, changed, merged, un-merged, deleted or restored."""

    contact: UUID
    revision: int
    display_name: str
    owner: str
    team: str
    account: UUID | None
    state: str
    merged_into: UUID | None
    stage: str
    country: str
    language: str
    time_zone: str
    tags: tuple[str, ...]
    time: datetime
    given_name: str = ""
    family_name: str = ""
    title: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    create_time: datetime | None = None
    is_restricted: bool = False
    is_held: bool = False


@dataclass(frozen=True, kw_only=True)
class LinkChanged:
    """A link was asserted, ended or retracted."""

    link: Link
    identifier_kind: str
    actor: str
    time: datetime


@dataclass(frozen=True, kw_only=True)
class ConsentChanged:
    """A consent event was recorded."""

    consent_event: UUID
    subject: bytes
    purpose: str
    channel: str
    topic: str
    status: str
    capture_time: datetime
    effective_to_time: datetime | None
    time: datetime


@dataclass(frozen=True, kw_only=True)
class SuppressionChanged:
    """A suppression was made or lifted."""

    suppression: UUID
    revision: int
    subject: bytes
    channel: str
    reason: str
    active: bool
    time: datetime


@dataclass(frozen=True, kw_only=True)
class AccountChanged:
    """An account was created, changed or deleted."""

    account: UUID
    revision: int
    display_name: str
    owner: str
    team: str
    domain: str
    industry: str
    country: str
    active: bool
    time: datetime
    parent: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class DealChanged:
    """A deal was created or changed."""

    deal: UUID
    revision: int
    display_name: str
    account: UUID | None
    contacts: tuple[UUID, ...]
    stage: str
    owner: str
    team: str
    time: datetime


@dataclass(frozen=True, kw_only=True)
class PurchaseRecorded:
    """A purchase was written down, at `time`; the amount is in the currency's smallest unit."""

    purchase: UUID
    contact: UUID
    product: str
    amount_minor: int
    currency: str
    purchase_time: datetime
    time: datetime


@dataclass(frozen=True, kw_only=True)
class AttributeDefinitionChanged:
    """An attribute of contacts was registered, or its definition changed."""

    attribute: str
    revision: int
    display_name: str
    type: str
    choices: tuple[str, ...]
    data_class: str
    archived: bool
    time: datetime


@dataclass(frozen=True, kw_only=True)
class OptInRequested:
    """A mail is to ask the holder of an address to confirm a consent."""

    opt_in: UUID
    mail_number: int
    expire_time: datetime
    time: datetime


@dataclass(frozen=True, kw_only=True)
class ContactErased:
    """A person was erased: `contacts` with the numbers of their last states, `time` is when contact erased her."""

    erasure: UUID
    contact: UUID
    contacts: Sequence[tuple[UUID, int]]
    subjects: Sequence[ErasedSubject]
    deadline_time: datetime
    time: datetime
    delete_time: datetime | None = None  # of whom was erased because the time to undelete was over


Fact = (
    ContactErased
    | ContactChanged
    | LinkChanged
    | ConsentChanged
    | SuppressionChanged
    | AccountChanged
    | DealChanged
    | PurchaseRecorded
    | AttributeDefinitionChanged
    | OptInRequested
)
