"""Keeping the projection of the contact service: states come in any order, the newest wins."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx

from services.interaction import store


@dataclass(frozen=True, slots=True)
class LinkState:
    """A link as the contact service says that it is."""

    link_id: UUID
    kind: str
    subject_id: UUID | None
    contact_id: UUID | None
    survivor_id: UUID | None
    account_id: UUID | None
    touch_subject_id: UUID | None
    touch_id: UUID | None
    from_time: datetime | None
    to_time: datetime | None
    asserted_time: datetime
    retracted_time: datetime | None
    evidence: str
    epoch: int
    revision: int


async def apply_link(tx: Tx, link: LinkState) -> list[UUID]:
    """Keep a link, and say whose pages it may have changed: its own contacts', and whoever holds the subject too."""
    named = [contact for contact in (link.contact_id, link.survivor_id) if contact]
    if await store.is_erased(tx, named) or not await store.upsert(tx, "link", asdict(link)):
        return []
    holders = await store.list_holders(tx, link.subject_id) if link.subject_id else []
    return sorted({contact for contact in (link.contact_id, link.survivor_id, *holders) if contact})


async def apply_contact(tx: Tx, contact: dict[str, Any]) -> list[UUID]:
    """Keep owner, team and state of a contact: they decide who sees its addresses."""
    return [contact["contact_id"]] if await store.upsert(tx, "contact", contact) else []


async def apply_account(tx: Tx, account: dict[str, Any]) -> list[UUID]:
    """Keep owner and state of an account; no contact's page changes by it."""
    await store.upsert(tx, "account", account)
    return []


async def apply_tracking_consent(
    tx: Tx, subject: UUID, *, channel: str, topic: str, is_refused: bool, capture_time: datetime, event: UUID
) -> None:
    """Keep what an address says of being tracked, where it silences mails: by e-mail, or by every channel."""
    if channel in {"", "EMAIL"}:
        await store.keep_tracking_consent(
            tx, subject, channel=channel, topic=topic, is_refused=is_refused, capture_time=capture_time, event=event
        )
