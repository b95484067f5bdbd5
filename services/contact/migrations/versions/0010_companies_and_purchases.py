"""Which company belongs to which, and what people bought. Adds a column without a value and a table."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PARENT = """
ALTER TABLE account
    ADD COLUMN parent_id uuid,
    ADD CONSTRAINT account_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES account (id),
    ADD CONSTRAINT account_parent_another_check CHECK (parent_id <> id);

CREATE INDEX account_parent_index ON account (parent_id) WHERE parent_id IS NOT NULL;
"""
PURCHASE = """
CREATE TABLE purchase (
    id uuid NOT NULL,
    contact_id uuid NOT NULL,
    product text NOT NULL,
    amount_minor bigint NOT NULL,
    currency text NOT NULL,
    purchase_time timestamptz NOT NULL,
    source text NOT NULL,
    source_purchase_id text NOT NULL,
    actor text NOT NULL,
    create_time timestamptz NOT NULL,
    CONSTRAINT purchase_pkey PRIMARY KEY (id),
    CONSTRAINT purchase_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES contact (id),
    CONSTRAINT purchase_product_check CHECK (length(product) BETWEEN 1 AND 200),
    CONSTRAINT purchase_currency_check CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE UNIQUE INDEX purchase_source_index ON purchase (source, source_purchase_id);

CREATE INDEX purchase_contact_index ON purchase (contact_id, purchase_time, id);
"""


def upgrade() -> None:
    """Add them."""
    op.execute(PARENT)
    op.execute(PURCHASE)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE purchase; ALTER TABLE account DROP COLUMN parent_id")
