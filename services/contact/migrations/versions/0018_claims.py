"""Identifiers that a team claims while another team's contact, hidden from it, holds them. Adds a column."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No link of before is a claim; the rows that there are are read afterwards, while everybody writes."""
    op.execute("""
    ALTER TABLE identity_link ADD COLUMN claim TEXT NOT NULL DEFAULT '',
        ADD CONSTRAINT identity_link_claim_check
            CHECK (claim = '' OR (kind = 'shared' AND claim IN ('holds', 'shared'))) NOT VALID
    """)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE identity_link VALIDATE CONSTRAINT identity_link_claim_check")


def downgrade() -> None:
    """Claims earn nothing: they go, and nobody else has lost anything."""
    op.execute("DELETE FROM identity_link WHERE claim <> ''")
    op.execute("ALTER TABLE identity_link DROP COLUMN claim")
