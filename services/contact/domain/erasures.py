"""How a person is erased: what each erasure waits for, and by when everything has forgotten.

HELD ──hold released──▶ ERASING ──every service acknowledged──▶ FORGETTING ──forget_time──▶ CONFIRMED
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.moments import rfc3339

from services.contact.domain.errors import field_invalid

OURS = "contact"
OTHERS = ("segmentation", "campaign", "interaction")
SERVICES = (OURS, *OTHERS)
ACKNOWLEDGE_WITHIN = timedelta(hours=24)
SUPPRESSED = frozenset(("email", "phone"))  # kinds of address that somebody could send to


class ErasureState(StrEnum):
    """How far an erasure is."""

    HELD = "HELD"
    ERASING = "ERASING"
    FORGETTING = "FORGETTING"
    CONFIRMED = "CONFIRMED"


@dataclass(frozen=True)
class Holding:
    """When a contact held a subject: from ≤ moment < to, None is for ever."""

    contact: UUID
    from_time: datetime | None = None
    to_time: datetime | None = None


@dataclass(frozen=True)
class Exclusion:
    """A touch that is not of a contact who holds or held its subject."""

    touch: str
    contact: UUID


@dataclass(frozen=True)
class ErasedSubject:
    """A subject that an erased person held; `is_shared` where others hold or held it too.

    `holdings` are hers and `others` theirs, `exclusions` which touches under it are not of these others; an erasure
    from before these were told has none.
    """

    subject: bytes
    kind: str
    is_shared: bool
    holdings: tuple[Holding, ...] = ()
    others: tuple[Holding, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()


@dataclass(frozen=True)
class ErasedStore:
    """A store, how many rows were deleted or emptied there, and the moment by which it has forgotten."""

    store: str
    rows: int
    forget_time: datetime


def waiting(acknowledged: Collection[str]) -> list[str]:
    """The services that have still to acknowledge."""
    return [service for service in SERVICES if service not in acknowledged]


def state_of(acknowledged: Collection[str], forget_time: datetime, now: datetime) -> ErasureState:
    """How far an erasure is that no hold keeps."""
    if waiting(acknowledged):
        return ErasureState.ERASING
    return ErasureState.CONFIRMED if now >= forget_time else ErasureState.FORGETTING


def check_service(service: str) -> None:
    """Only who keeps something of people acknowledges; contact does so by itself."""
    if service not in OTHERS:
        raise field_invalid("service", f"is none of {', '.join(OTHERS)}")


def receipt_text(facts: Mapping[str, Any], stores: Mapping[str, Sequence[ErasedStore]]) -> str:
    """What a receipt says, in one spelling: keys in order, no spaces, moments as RFC 3339 in UTC."""
    told = [
        {"service": service, "store": one.store, "rows": one.rows, "forgotten_by": rfc3339(one.forget_time)}
        for service in sorted(stores)
        for one in sorted(stores[service], key=lambda one: one.store)
    ]
    return json.dumps({**facts, "stores": told}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
