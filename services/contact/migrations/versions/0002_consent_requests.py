"""What people asked for on the edge: each request once, and how far they are read.

Adds tables only; the version before does not know them.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE consent_request (
    message uuid NOT NULL,
    purpose text NOT NULL,
    topic text NOT NULL,
    wish text NOT NULL,
    slot bigint NOT NULL,
    CONSTRAINT consent_request_pkey PRIMARY KEY (message, purpose, topic, wish, slot),
    CONSTRAINT consent_request_wish_check CHECK (wish IN ('GRANT', 'WITHDRAW'))
);

CREATE TABLE consent_reading (
    is_only boolean NOT NULL DEFAULT true,
    read_time timestamptz NOT NULL,
    CONSTRAINT consent_reading_pkey PRIMARY KEY (is_only),
    CONSTRAINT consent_reading_is_only_check CHECK (is_only)
);
"""


def upgrade() -> None:
    """Make them."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE consent_request; DROP TABLE consent_reading")
