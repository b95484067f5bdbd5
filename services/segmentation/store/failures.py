"""A rule that PostgreSQL refuses to evaluate: how that is told from trouble that passes, and how it is kept."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from chassis.db import Tx
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from services.segmentation.domain.changes import RuleFailsError, Version
from services.segmentation.models import SEGMENT_RULES, SEGMENTS, TIMER

# Values that no type holds; a query that does not fit the data, or is beyond what PostgreSQL plans.
REFUSALS = ("22", "42", "54")


@contextmanager
def refusals_of(version: Version) -> Iterator[None]:
    """Raise RuleFailsError for what is refused because of this version; the transaction is lost then.

    The failure is named as PostgreSQL names it, without its text, which may hold values of contacts.
    """
    try:
        yield
    except (DBAPIError, psycopg.DataError) as error:
        found = error.orig if isinstance(error, DBAPIError) else error
        state = getattr(found, "sqlstate", None) or ""
        if not (state.startswith(REFUSALS) or (not state and isinstance(found, psycopg.DataError))):
            raise
        failure = f"{type(found).__name__} {state}".strip()
        raise RuleFailsError(version.segment, version.number, failure) from error


async def set_failed(tx: Tx, failed: RuleFailsError) -> None:
    """Evaluate this version no more; its segment says why, unless a newer rule stands there already."""
    stands = (SEGMENTS.c.id == failed.segment, SEGMENTS.c.rule_version == failed.number)
    await tx.execute(update(SEGMENTS).where(*stands).values(failure=failed.failure))
    is_it = (SEGMENT_RULES.c.segment_id == failed.segment, SEGMENT_RULES.c.version == failed.number)
    await tx.execute(update(SEGMENT_RULES).where(*is_it).values(is_failed=True))
    await tx.execute(delete(TIMER).where(TIMER.c.segment_id == failed.segment, TIMER.c.version == failed.number))
