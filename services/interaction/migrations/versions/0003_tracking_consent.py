"""What addresses said of being tracked, newest of each scope: who takes it back silences the mails already sent.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE tracking_consent (
    subject_id uuid NOT NULL,
    channel text NOT NULL,
    topic text NOT NULL,
    is_refused boolean NOT NULL,
    capture_time timestamptz NOT NULL,
    consent_event uuid NOT NULL,
    PRIMARY KEY (subject_id, channel, topic)
);
"""


def upgrade() -> None:
    """Make it."""
    op.execute(TABLE)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE tracking_consent")
