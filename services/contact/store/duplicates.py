"""Keys, candidates, and the walk over contacts that changed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.lists import Paging, keyset_page
from sqlalchemy import ColumnElement, exists, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.contact.domain.contacts import State
from services.contact.domain.duplicates import MOST_IN_BLOCK, CandidateState
from services.contact.domain.errors import DuplicateCandidateNotFoundError
from services.contact.models import DUPLICATE_CANDIDATE, Contact, DuplicateCandidate

# '-infinity' is no moment of Python's, so the row itself is compared.
WALKED = text("""
SELECT c.id, c.update_time FROM contact c, duplicate_walk w
WHERE (c.update_time, c.id) > (w.update_time, w.contact_id) AND c.update_time <= :until
ORDER BY c.update_time, c.id LIMIT :most
""")
LOCK_WALK = text("SELECT 1 FROM duplicate_walk FOR UPDATE")
MOVE_WALK = text("UPDATE duplicate_walk SET update_time = :update_time, contact_id = :contact_id")
FORGET_KEYS = text("DELETE FROM duplicate_key WHERE contact_id = ANY (:contacts)")
MEETING = text("""
SELECT key, array_agg(contact_id) AS contacts FROM duplicate_key
WHERE key IN (SELECT key FROM duplicate_key WHERE contact_id = ANY (:contacts))
GROUP BY key HAVING count(*) BETWEEN 2 AND :most
""")


async def walk(tx: Tx, until: datetime, most: int) -> list[UUID]:
    """The next contacts that changed, and the walk moved behind them; one walker at a time."""
    await tx.execute(LOCK_WALK)
    rows = list(await tx.execute(WALKED, {"until": until, "most": most}))
    if rows:
        await tx.execute(MOVE_WALK, {"update_time": rows[-1].update_time, "contact_id": rows[-1].id})
    return [row.id for row in rows]


async def replace_keys(tx: Tx, contacts: Sequence[UUID], keys: Iterable[tuple[UUID, str]]) -> None:
    """The keys of these contacts, in place of those of before."""
    await tx.execute(FORGET_KEYS, {"contacts": list(contacts)})
    await tx.copy("duplicate_key", {"contact_id": "uuid", "key": "text"}, keys)


async def list_meeting(tx: Tx, contacts: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """With whom each of these contacts shares a key that few share."""
    wanted, found = set(contacts), defaultdict[UUID, set[UUID]](set)
    for row in await tx.execute(MEETING, {"contacts": list(contacts), "most": MOST_IN_BLOCK}):
        for contact in wanted.intersection(row.contacts):
            found[contact].update(other for other in row.contacts if other != contact)
    return found


async def keep_candidates(tx: Tx, contacts: Sequence[UUID], found: Sequence[DuplicateCandidate]) -> None:
    """What was found about these contacts, in place of what was open; what somebody dismissed stays dismissed."""
    pairs = [(each.one_id, each.other_id) for each in found]
    about = col(DuplicateCandidate.one_id).in_(contacts) | col(DuplicateCandidate.other_id).in_(contacts)
    open_ = await tx.scalars(
        select(DuplicateCandidate).where(about, col(DuplicateCandidate.state) == CandidateState.OPEN.value)
    )
    for each in open_:
        if (each.one_id, each.other_id) not in pairs:
            await tx.delete(each)
    await tx.flush()
    if found:
        statement = insert(DuplicateCandidate).values([each.model_dump() for each in found])
        new = {"score": statement.excluded.score, "clues": statement.excluded.clues}
        await tx.execute(
            statement.on_conflict_do_update(
                index_elements=["one_id", "other_id"], set_=new, where=col(DuplicateCandidate.state) == "OPEN"
            )
        )


async def list_candidates(tx: Tx, sees: ColumnElement[bool], paging: Paging) -> tuple[list[DuplicateCandidate], str]:
    """One page of open pairs of active contacts for which `sees` holds of both, the likeliest first."""
    both = [
        exists().where(col(Contact.id) == side, col(Contact.state) == State.ACTIVE.value, sees)
        for side in (col(DuplicateCandidate.one_id), col(DuplicateCandidate.other_id))
    ]
    statement = select(DuplicateCandidate).where(col(DuplicateCandidate.state) == CandidateState.OPEN.value, *both)
    keys = [DuplicateCandidate.score, DuplicateCandidate.id]
    return await keyset_page(tx, statement, keys, paging, is_descending=True)


async def get_candidate(tx: Tx, candidate_id: UUID, *, lock: bool = False) -> DuplicateCandidate:
    """One candidate."""
    found = await tx.get(DuplicateCandidate, candidate_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise DuplicateCandidateNotFoundError(duplicate_candidate=DUPLICATE_CANDIDATE.format(candidate_id))
    return found
