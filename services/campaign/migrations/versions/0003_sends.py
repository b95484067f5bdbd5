"""The ledger of sends: what was planned for whom, what became of it, how many of each, and touches that were refused.

Must not lock for long, and must not break the version before: add, do not change.
"""

import touchrelay
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# One row per activity that is being sent: what claims look at before they take anything.
RUN = """
CREATE TABLE send_run (
    activity_id uuid PRIMARY KEY,
    campaign_id uuid NOT NULL,
    state text NOT NULL,
    is_planned boolean NOT NULL DEFAULT false,
    rate integer NOT NULL,
    slot_time timestamptz NOT NULL,
    traceparent text NOT NULL,
    start_time timestamptz NOT NULL,
    CONSTRAINT send_run_state_check CHECK (state IN ('RUNNING', 'PAUSED', 'CANCELLED', 'DONE')),
    CONSTRAINT send_run_rate_check CHECK (rate >= 0)
) WITH (fillfactor = 50)
"""
RUN_CAMPAIGN = "CREATE INDEX send_run_campaign_index ON send_run (campaign_id)"
RUN_OPEN = "CREATE INDEX send_run_open_index ON send_run (activity_id) WHERE state = 'RUNNING'"

# What one sender has taken and not settled. When its lease is over, somebody else puts its sends right.
BATCH = """
CREATE TABLE send_batch (
    id uuid PRIMARY KEY,
    activity_id uuid NOT NULL,
    owner text NOT NULL,
    lease_time timestamptz NOT NULL,
    data_begun boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50)
"""

# One row per (activity, contact, occurrence). No index names a column that settling changes, so that an update of the
# state stays on its page (HOT): `due_time`, `batch_id` and `message` change when a send is claimed, `is_mail` only for
# the few that are suppressed.
SEND = """
CREATE TABLE send (
    activity_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    occurrence integer NOT NULL DEFAULT 1,
    campaign_id uuid NOT NULL,
    subject bytea NOT NULL,
    address text NOT NULL,
    state text NOT NULL,
    reason text NOT NULL DEFAULT '',
    is_mail boolean NOT NULL,
    due_time timestamptz,
    attempts smallint NOT NULL DEFAULT 0,
    batch_id uuid,
    message uuid,
    version integer NOT NULL DEFAULT 0,
    reply_code smallint NOT NULL DEFAULT 0,
    reply_text text NOT NULL DEFAULT '',
    handed_over_time timestamptz,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    PRIMARY KEY (activity_id, contact_id, occurrence),
    CONSTRAINT send_state_check CHECK (state IN ('PLANNED', 'HELD', 'CLAIMED', 'HANDED_OVER', 'DELIVERED', 'BOUNCED',
        'FAILED', 'SUPPRESSED', 'CANCELLED', 'UNKNOWN')),
    CONSTRAINT send_due_time_check CHECK ((due_time IS NOT NULL) = (state IN ('PLANNED', 'HELD'))),
    CONSTRAINT send_message_check CHECK (
        message IS NOT NULL OR state IN ('PLANNED', 'HELD', 'SUPPRESSED', 'CANCELLED')),
    CONSTRAINT send_is_mail_check CHECK (is_mail = (state <> 'SUPPRESSED'))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.2)
"""
SEND_ADDRESS = "CREATE UNIQUE INDEX send_address_key ON send (activity_id, subject, occurrence) WHERE is_mail"
SEND_DUE = "CREATE INDEX send_due_index ON send (activity_id, due_time) WHERE due_time IS NOT NULL"
SEND_BATCH = "CREATE INDEX send_batch_index ON send (batch_id) WHERE batch_id IS NOT NULL"
SEND_MESSAGE = "CREATE UNIQUE INDEX send_message_key ON send (message) WHERE message IS NOT NULL"
SEND_CONTACT = "CREATE INDEX send_contact_index ON send (contact_id)"

# How many sends stand where, kept by the triggers below whoever writes: the sum over the shards is the number of rows,
# always. A session counts in a shard of its own, so that senders do not wait for one another; a shard can be negative.
COUNT = """
CREATE TABLE send_count (
    activity_id uuid NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    shard smallint NOT NULL,
    sends bigint NOT NULL,
    PRIMARY KEY (activity_id, state, reason, shard)
) WITH (fillfactor = 50)
"""
COUNTED = """
CREATE FUNCTION send_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    here smallint := pg_backend_pid() % 64;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO send_count AS kept (activity_id, state, reason, shard, sends)
        SELECT activity_id, state, reason, here, count(*) FROM new_sends GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (activity_id, state, reason, shard) DO UPDATE SET sends = kept.sends + EXCLUDED.sends;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO send_count AS kept (activity_id, state, reason, shard, sends)
        SELECT activity_id, state, reason, here, sum(n) FROM (
            SELECT activity_id, state, reason, 1 AS n FROM new_sends
            UNION ALL SELECT activity_id, state, reason, -1 FROM old_sends
        ) AS moved GROUP BY 1, 2, 3 HAVING sum(n) <> 0 ORDER BY 1, 2, 3
        ON CONFLICT (activity_id, state, reason, shard) DO UPDATE SET sends = kept.sends + EXCLUDED.sends;
    ELSE
        INSERT INTO send_count AS kept (activity_id, state, reason, shard, sends)
        SELECT activity_id, state, reason, here, -count(*) FROM old_sends GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (activity_id, state, reason, shard) DO UPDATE SET sends = kept.sends + EXCLUDED.sends;
    END IF;
    RETURN NULL;
END $$
"""
TRIGGERS = (
    "CREATE TRIGGER send_inserted AFTER INSERT ON send REFERENCING NEW TABLE AS new_sends "
    "FOR EACH STATEMENT EXECUTE FUNCTION send_counted()",
    "CREATE TRIGGER send_updated AFTER UPDATE ON send REFERENCING OLD TABLE AS old_sends NEW TABLE AS new_sends "
    "FOR EACH STATEMENT EXECUTE FUNCTION send_counted()",
    "CREATE TRIGGER send_deleted AFTER DELETE ON send REFERENCING OLD TABLE AS old_sends "
    "FOR EACH STATEMENT EXECUTE FUNCTION send_counted()",
)

# How many were handed over in each second of the last minutes: rate and ETA are read from it.
PACE = """
CREATE TABLE send_pace (
    activity_id uuid NOT NULL,
    second timestamptz NOT NULL,
    shard smallint NOT NULL,
    sends bigint NOT NULL,
    PRIMARY KEY (activity_id, second, shard)
) WITH (fillfactor = 50)
"""


def upgrade() -> None:
    for table in (RUN, BATCH, SEND, COUNT, PACE, touchrelay.SCHEMA):
        op.execute(table)
    for index in (RUN_CAMPAIGN, RUN_OPEN, SEND_ADDRESS, SEND_DUE, SEND_BATCH, SEND_MESSAGE, SEND_CONTACT):
        op.execute(index)
    op.execute(COUNTED)
    for trigger in TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    raise NotImplementedError("a database goes back by restoring a backup")
