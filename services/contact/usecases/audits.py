"""What an audit of consents asks: who is written to on no ground, and whose consent ran out."""

from datetime import datetime
from enum import StrEnum

from chassis.db import Tx
from chassis.lists import Paging
from sqlmodel import col

from services.contact.domain.contacts import Viewer
from services.contact.domain.errors import field_invalid
from services.contact.models import ConsentEvent
from services.contact.store import consents as store
from services.contact.usecases.consents import list_visible_subjects


class Finding(StrEnum):
    """What is looked for."""

    WITHOUT_BASIS = "WITHOUT_BASIS"
    EXPIRED = "EXPIRED"


async def list_consent_findings(
    tx: Tx, finding: Finding, period: tuple[datetime, datetime], paging: Paging, *, viewer: Viewer
) -> tuple[list[ConsentEvent], set[bytes], str]:
    """One page of grants, and whose addresses the viewer sees; where teams are hidden only those are there."""
    begin, end = period
    if begin >= end:
        raise field_invalid("to_time", "is not after from_time")
    conditions = {
        Finding.WITHOUT_BASIS: [col(ConsentEvent.lawful_basis) == ""],
        Finding.EXPIRED: [col(ConsentEvent.effective_to_time) >= begin, col(ConsentEvent.effective_to_time) < end],
    }
    found, token = await store.list_findings(tx, conditions[finding], end, paging)
    seen = await list_visible_subjects(tx, [bytes(each.subject) for each in found], viewer=viewer)
    if viewer.hides_teams and not viewer.sees_all:
        found = [each for each in found if bytes(each.subject) in seen]
    return found, seen, token
