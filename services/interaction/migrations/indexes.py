"""Indexes of the touch table, built beside its writers."""

from alembic import op

PARTITIONS = 16


def build(short: str, what: str) -> None:
    """Build `touch_{short}` partition by partition, each without a lock, and join them; outside of a transaction.

    `what` is what stands behind the table's name: the columns, and WHERE for a partial one.
    """
    op.execute(f"CREATE INDEX IF NOT EXISTS touch_{short} ON ONLY touch {what}")
    for number in range(PARTITIONS):
        name = f"touch_{number:02}"
        op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name}_{short} ON {name} {what}")
        op.execute(f"ALTER INDEX touch_{short} ATTACH PARTITION {name}_{short}")
