"""Questions about rules: whom one would hold, what it can name, and why a contact is in a segment or not."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Tx

from services.segmentation.domain import Kind, rules
from services.segmentation.domain.checks import Vocabulary, check_rule
from services.segmentation.domain.evaluate import Answer, Facts, evaluate, is_member
from services.segmentation.domain.viewing import Viewer
from services.segmentation.models import Membership
from services.segmentation.store import facts as store
from services.segmentation.store import segments
from services.segmentation.store.evaluation import prepare

SAMPLES = 10


@dataclass(frozen=True)
class Preview:
    """Whom a rule would hold: how many, of how many, and the first (contact, name shown)."""

    count: int
    contacts: int
    samples: list[tuple[UUID, str]]


@dataclass(frozen=True)
class Explanation:
    """Why a contact is in a segment; `contact` is the survivor of the one asked for."""

    contact: UUID
    is_member: bool
    kept: Membership | None
    nodes: list[Answer]
    rule_version: int


async def preview(tx: Tx, rule: rules.Rule, *, viewer: Viewer, now: datetime) -> Preview:
    """Count whom a rule would hold, as the viewer counts."""
    check_rule(rule, await segments.get_vocabulary(tx))
    await prepare(tx)
    count, samples = await store.count_members(tx, rule, now, SAMPLES, viewer)
    return Preview(count, await store.count_people(tx, viewer), samples)


async def get_vocabulary(tx: Tx) -> tuple[Vocabulary, list[str]]:
    """What rules can name, and the touch types seen so far."""
    return await segments.get_vocabulary(tx), await segments.list_touch_types(tx)


async def explain(tx: Tx, segment_id: UUID, contact: UUID, *, viewer: Viewer, at: datetime) -> Explanation:
    """Ask each node of a segment's rule about one contact; one who is not there for the viewer is nobody."""
    segment = await segments.get_segment(tx, segment_id)
    is_there = await store.may_know(tx, contact, viewer)
    person = await store.person_of(tx, contact) if is_there else contact
    kept = await segments.find_member(tx, segment_id, await store.list_contacts(tx, person)) if is_there else None
    if segment.kind != Kind.RULE:
        return Explanation(person, kept is not None, kept, [], 0)
    version = segment.active_rule_version or segment.rule_version
    rule = await segments.find_rule(tx, segment_id, version)
    if rule is None:
        return Explanation(person, kept is not None, kept, [], version)
    found = await store.get_facts(tx, person, rule) if is_there else Facts(is_active=False)
    return Explanation(person, is_member(rule, found, at), kept, evaluate(rule, found, at), version)
