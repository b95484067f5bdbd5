"""Writing down what people bought, and reading it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.errors import InvalidArgument
from chassis.lists import Paging
from identity import TouchFacts, resolve

from services.contact.domain.contacts import Viewer
from services.contact.domain.errors import field_invalid
from services.contact.domain.purchases import Bought
from services.contact.models import Contact, Purchase
from services.contact.store import contacts as contact_store
from services.contact.store import links as link_store
from services.contact.store import purchases as store
from services.contact.usecases.changes import following_ids, known_survivor_of

PORTION = 500
NOBODY = "is nobody's whom you may change: the person must be there, be known by it alone, and be seen by you whole"


@dataclass(frozen=True)
class Written:
    """A purchase as it is known now, and whether it is new."""

    purchase: Purchase
    is_new: bool


async def import_purchases(
    tx: Tx, said: Sequence[Bought], source: str, *, viewer: Viewer, now: datetime
) -> list[Written | InvalidArgument]:
    """Write down what a system says was bought; for each what is known now, or why it cannot be kept."""
    whose = await _Buyers.load(tx, said, viewer)
    ids, rows = following_ids(now), dict[str, Purchase]()
    for bought in said:
        contact_id = whose.of(bought)
        if contact_id is not None:
            row = Purchase(
                id=next(ids),
                contact_id=contact_id,
                product=bought.product,
                amount_minor=bought.amount_minor,
                currency=bought.currency,
                purchase_time=bought.purchase_time,
                source=source,
                source_purchase_id=bought.source_purchase_id,
                actor=viewer.user,
                create_time=now,
            )
            rows.setdefault(bought.source_purchase_id, row)
    made = await store.insert_purchases(tx, list(rows.values()))
    for row in rows.values():
        if row.id in made:
            tx.emit(row.changed(now))
    known = await store.list_known(tx, source, {bought.source_purchase_id for bought in said})
    return [_outcome(bought, whose.of(bought), known.get(bought.source_purchase_id), made) for bought in said]


async def tell_purchases(tx: Tx, *, now: datetime, most: int = PORTION) -> int:
    """Put the next purchases on the stream that were written down before it told of any; gives how many."""
    rows = await store.list_untold(tx, most)
    for row in rows:
        row.is_told = True
        tx.add(row)
        tx.emit(row.changed(now))
    return len(rows)


def _outcome(
    bought: Bought, contact_id: UUID | None, kept: Purchase | None, made: set[UUID]
) -> Written | InvalidArgument:
    if contact_id is None:
        return field_invalid(f"{bought.field}.{'contact' if bought.contact else 'identifier_value'}", NOBODY)
    if kept is None or kept.said() != (bought.product, bought.amount_minor, bought.currency, bought.purchase_time):
        return field_invalid(f"{bought.field}.source_purchase_id", "is another purchase of this source")
    is_new = kept.id in made
    made.discard(kept.id)  # said twice in one call, it is new once
    return Written(kept, is_new)


async def list_purchases(
    tx: Tx, contact_id: UUID, paging: Paging, *, viewer: Viewer
) -> tuple[list[Purchase], str, bool]:
    """One page of what a contact and those merged into it bought, and whether the viewer sees what."""
    person = await known_survivor_of(tx, contact_id, viewer)
    members = (await contact_store.list_members(tx, [person.id]))[person.id]
    rows, token = await store.list_purchases(tx, members, paging)
    return rows, token, viewer.sees(person.owner, person.team)


class _Buyers:
    """Whose each purchase is: the contact that holds directly, if the viewer sees the person whole."""

    def __init__(self, survivors: Mapping[UUID, UUID], people: Mapping[UUID, Contact], viewer: Viewer) -> None:
        self._survivors, self._people, self._viewer = survivors, people, viewer
        self._holders: dict[tuple[bytes, datetime], UUID | None] = {}

    @classmethod
    async def load(cls, tx: Tx, said: Sequence[Bought], viewer: Viewer) -> "_Buyers":
        """Read everybody whom these purchases could meet."""
        held = await link_store.list_holding(tx, {bought.subject for bought in said if bought.subject})
        holders = {link.contact_id for link in held if link.contact_id}
        named = {bought.contact for bought in said if bought.contact is not None}
        survivors = await contact_store.list_survivors(tx, holders | named)
        found = cls(survivors, await contact_store.get_contacts(tx, survivors.values()), viewer)
        links = resolve(link.link() for link in held)
        for bought in said:
            if bought.subject:
                owner = links.owner_of(TouchFacts(bought.subject, bought.purchase_time))
                alone = owner.holders[0] if len({survivors[each] for each in owner.holders}) == 1 else None
                found._holders[bought.subject, bought.purchase_time] = alone
        return found

    def of(self, bought: Bought) -> UUID | None:
        """Whose it is; None for nobody whom the viewer may change."""
        found = bought.contact or self._holders.get((bought.subject, bought.purchase_time))
        person = self._people.get(self._survivors[found]) if found in self._survivors and found else None
        is_theirs = person is not None and person.state == "ACTIVE" and self._viewer.sees(person.owner, person.team)
        return found if is_theirs else None
