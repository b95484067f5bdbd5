"""Alerts, how colleagues want them, and how far the touches have been looked through for them.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

from services.interaction.migrations import indexes

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WHAT = "(partition, epoch, seq) WHERE is_response AND verdict <> 2 AND actor <> 3"
TABLES = """
CREATE TABLE alert_position (
    partition smallint PRIMARY KEY,
    epoch bigint NOT NULL,
    seq bigint NOT NULL
);
CREATE TABLE alert_setting (
    user_id text PRIMARY KEY,
    address text NOT NULL DEFAULT '',
    is_mailed boolean NOT NULL DEFAULT false,
    is_digested boolean NOT NULL DEFAULT false,
    digest_hour smallint NOT NULL DEFAULT 7 CHECK (digest_hour BETWEEN 0 AND 23),
    time_zone text NOT NULL DEFAULT 'UTC',
    webhook_url text NOT NULL DEFAULT '',
    webhook_secret text NOT NULL DEFAULT '',
    reasons smallint[] NOT NULL DEFAULT '{}',
    webhook_trouble text NOT NULL DEFAULT '',
    revision bigint NOT NULL DEFAULT 0,
    next_digest_time timestamptz,
    last_mail_time timestamptz,
    tries integer NOT NULL DEFAULT 0,
    next_try_time timestamptz
);
CREATE TABLE alert (
    user_id text NOT NULL,
    subject_id uuid NOT NULL,
    touch_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    reason smallint NOT NULL,
    type text NOT NULL,
    occurred_time timestamptz NOT NULL,
    create_time timestamptz NOT NULL,
    seen_time timestamptz,
    mail_time timestamptz,
    post_time timestamptz,
    PRIMARY KEY (user_id, subject_id, touch_id)
);
CREATE INDEX alert_newest ON alert (user_id, create_time, subject_id, touch_id);
CREATE INDEX alert_age ON alert (create_time);
"""


def upgrade() -> None:
    """Build the index, then make the tables with the revision: whoever is broken off between them can begin again."""
    with op.get_context().autocommit_block():
        indexes.build("signal", WHAT)
    op.execute(TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP INDEX touch_signal")
    for table in ("alert", "alert_setting", "alert_position"):
        op.execute(f"DROP TABLE {table}")
