"""Which subjects are one identifier, what was said of them, and how far the aliases are."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.db import Tx
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.contact.models import ConsentEvent, IdentityLink, Renormalisation, SubjectAlias, Suppression
from services.contact.store.links import any_of_subjects

FORMS_LOCK = 7103
LOCK = text("SELECT pg_advisory_xact_lock(:lock, 0)")
MOVE = text("UPDATE subject_alias SET form = :form WHERE form = ANY (CAST(:olds AS bytea[]))")


async def lock_forms(tx: Tx) -> None:
    """Until the end of this transaction nobody else says which subjects are one identifier."""
    await tx.execute(LOCK, {"lock": FORMS_LOCK})


async def list_forms(tx: Tx, subjects: Iterable[bytes]) -> dict[bytes, bytes]:
    """The newest form of each of these subjects that is one of several."""
    statement = select(SubjectAlias).where(col(SubjectAlias.subject) == any_of_subjects(subjects))
    found = await tx.scalars(statement.execution_options(populate_existing=True))
    return {bytes(row.subject): bytes(row.form) for row in found}


async def list_members(tx: Tx, forms: Iterable[bytes]) -> dict[bytes, list[bytes]]:
    """Every subject that is one identifier with each of these newest forms."""
    statement = select(SubjectAlias).where(col(SubjectAlias.form) == any_of_subjects(forms))
    found: dict[bytes, list[bytes]] = defaultdict(list)
    for row in await tx.scalars(statement.order_by(col(SubjectAlias.subject))):
        found[bytes(row.form)].append(bytes(row.subject))
    return found


async def join(tx: Tx, form: bytes, subjects: Iterable[bytes], olds: Collection[bytes]) -> None:
    """State that these subjects, and all that had one of the old forms, have this newest form."""
    if olds:
        await tx.execute(MOVE, {"form": form, "olds": list(olds)})
    values = [{"subject": subject, "form": form} for subject in sorted(subjects)]
    statement = insert(SubjectAlias).values(values)
    await tx.execute(statement.on_conflict_do_update(index_elements=["subject"], set_={"form": form}))


async def list_events(tx: Tx, subjects: Iterable[bytes]) -> list[ConsentEvent]:
    """Everything that was ever said of these addresses, in the order in which it was written down."""
    statement = select(ConsentEvent).where(col(ConsentEvent.subject) == any_of_subjects(subjects))
    return list(await tx.scalars(statement.order_by(col(ConsentEvent.id))))


async def list_in_force(tx: Tx, subjects: Iterable[bytes]) -> list[Suppression]:
    """The suppressions of these addresses that nobody lifted."""
    statement = select(Suppression).where(
        col(Suppression.subject) == any_of_subjects(subjects), col(Suppression.lift_time).is_(None)
    )
    return list(await tx.scalars(statement.order_by(col(Suppression.id))))


async def lock_same(tx: Tx, suppression: Suppression) -> list[Suppression]:
    """The others in force that say the same as a suppression under other forms of its address, locked."""
    root = suppression.alias_of or suppression.id
    statement = select(Suppression).where(
        (col(Suppression.id) == root) | (col(Suppression.alias_of) == root),
        col(Suppression.id) != suppression.id,
        col(Suppression.lift_time).is_(None),
    )
    return list(await tx.scalars(statement.order_by(col(Suppression.id)).with_for_update()))


async def list_aliases(tx: Tx, links: Collection[UUID]) -> list[IdentityLink]:
    """The aliases of these links, believed or not, oldest first."""
    statement = select(IdentityLink).where(col(IdentityLink.alias_of).in_(list(links)))
    return list(await tx.scalars(statement.order_by(col(IdentityLink.id))))


async def reread_links(tx: Tx, links: Collection[UUID]) -> list[IdentityLink]:
    """These links as they are now, oldest first; who was erased since has none."""
    statement = select(IdentityLink).where(col(IdentityLink.id).in_(list(links))).order_by(col(IdentityLink.id))
    return list(await tx.scalars(statement.execution_options(populate_existing=True)))


async def lock_progress(tx: Tx, version: int, source: str, now: datetime) -> Renormalisation:
    """How far a table is; one worker at a time."""
    row = Renormalisation(version=version, source=source, update_time=now)
    await tx.execute(insert(Renormalisation).values(**row.model_dump()).on_conflict_do_nothing())
    found = await tx.get(Renormalisation, (version, source), with_for_update=True, populate_existing=True)
    return found or row


async def list_next(tx: Tx, kind: Any, after: UUID, until: datetime, most: int) -> Sequence[Any]:
    """The next rows of a table that hold an identifier and were written up to a moment."""
    written = kind.asserted_time if kind is IdentityLink else kind.create_time
    statement = select(kind).where(
        col(kind.id) > after, col(kind.value) != "", col(kind.alias_of).is_(None), col(written) <= until
    )
    return list(await tx.scalars(statement.order_by(col(kind.id)).limit(most)))
