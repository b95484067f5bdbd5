"""Programmes and campaigns.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op
from chassis import inbox, outbox

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PROGRAMME = """
CREATE TABLE programme (
    id uuid PRIMARY KEY,
    display_name text NOT NULL,
    description text NOT NULL,
    start_date date,
    end_date date,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT programme_display_name_check CHECK (length(display_name) BETWEEN 1 AND 200),
    CONSTRAINT programme_dates_check CHECK (end_date >= start_date)
)
"""
CAMPAIGN = """
CREATE TABLE campaign (
    id uuid PRIMARY KEY,
    programme_id uuid CONSTRAINT campaign_programme_id_fkey REFERENCES programme (id),
    display_name text NOT NULL,
    description text NOT NULL,
    brand text NOT NULL,
    state text NOT NULL,
    owner text NOT NULL,
    planned_start_time timestamptz,
    planned_end_time timestamptz,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT campaign_display_name_check CHECK (length(display_name) BETWEEN 1 AND 200),
    CONSTRAINT campaign_state_check CHECK (state IN ('DRAFT', 'RUNNING', 'PAUSED', 'FINISHED', 'CANCELLED')),
    CONSTRAINT campaign_times_check CHECK (planned_end_time >= planned_start_time)
)
"""


def upgrade() -> None:
    op.execute(outbox.SCHEMA)
    op.execute(inbox.SCHEMA)
    op.execute(PROGRAMME)
    op.execute(CAMPAIGN)
    op.create_index("campaign_programme_index", "campaign", ["programme_id", "id"])


def downgrade() -> None:
    raise NotImplementedError("a database goes back by restoring a backup")
