"""The history of a contact says when an address was verified, and when that was taken back. Widens a check."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ACTIONS = "'CREATED', 'EDITED', 'MERGED', 'UNMERGED', 'PLACED', 'DELETED', 'UNDELETED'"
VERIFYING = "'VERIFIED', 'UNVERIFIED'"


def upgrade() -> None:
    """Allow both; the rows that there are are read afterwards, while everybody writes."""
    op.execute(f"""
    ALTER TABLE contact_change DROP CONSTRAINT contact_change_action_check,
        ADD CONSTRAINT contact_change_action_check CHECK (action IN ({ACTIONS}, {VERIFYING})) NOT VALID
    """)
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE contact_change VALIDATE CONSTRAINT contact_change_action_check")


def downgrade() -> None:
    """Forget these lines of the history."""
    op.execute("DELETE FROM contact_change WHERE action IN ('VERIFIED', 'UNVERIFIED')")
    op.execute(f"""
    ALTER TABLE contact_change DROP CONSTRAINT contact_change_action_check,
        ADD CONSTRAINT contact_change_action_check CHECK (action IN ({ACTIONS}))
    """)
