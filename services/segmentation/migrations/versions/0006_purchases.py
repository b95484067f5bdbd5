"""What people bought, so that rules can ask for it.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PURCHASE = """
CREATE TABLE purchase (
    purchase_id uuid PRIMARY KEY,
    contact_id uuid NOT NULL,
    product text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    purchase_time timestamptz NOT NULL
);
CREATE INDEX purchase_contact_index ON purchase (contact_id, purchase_time);
"""


def upgrade() -> None:
    op.execute(PURCHASE)


def downgrade() -> None:
    raise NotImplementedError("a database goes back by restoring a backup")
