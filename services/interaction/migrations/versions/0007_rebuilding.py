"""What a comparison of the counts with the touches found: kept beside the live ones until they are corrected.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE touch_count_difference (
    subject_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    day date NOT NULL,
    type text NOT NULL,
    verdict smallint NOT NULL,
    live bigint NOT NULL,
    folded bigint NOT NULL,
    PRIMARY KEY (subject_id, contact_id, day, type, verdict)
);
CREATE TABLE contact_subject_missing (
    contact_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    PRIMARY KEY (subject_id, contact_id)
);
"""


def upgrade() -> None:
    """Make them."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE contact_subject_missing")
    op.execute("DROP TABLE touch_count_difference")
