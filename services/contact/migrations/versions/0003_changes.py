"""The history of contacts: what was changed, by whom and from where, and what merges took from whom.

Adds a table only; the version before does not know it. A merge of before has no row here: taking it back gives the
links back, and leaves the fields of the contact that stayed as they are.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE SEQUENCE contact_change_number;

CREATE TABLE contact_change (
    number bigint NOT NULL,
    contact_id uuid NOT NULL,
    earned_id uuid NOT NULL,
    revision bigint NOT NULL,
    action text NOT NULL,
    actor text NOT NULL,
    source text NOT NULL,
    time timestamptz NOT NULL,
    before jsonb NOT NULL DEFAULT '{}',
    after jsonb NOT NULL DEFAULT '{}',
    told jsonb NOT NULL DEFAULT '{}',
    other_id uuid,
    via_id uuid,
    sides jsonb NOT NULL DEFAULT '{}',
    start jsonb NOT NULL DEFAULT '{}',
    standing text NOT NULL,
    settled_by bigint,
    CONSTRAINT contact_change_pkey PRIMARY KEY (number),
    CONSTRAINT contact_change_action_check CHECK (action IN (
        'CREATED', 'EDITED', 'MERGED', 'UNMERGED', 'PLACED', 'DELETED', 'UNDELETED'
    )),
    CONSTRAINT contact_change_standing_check CHECK (standing IN (
        'STANDING', 'UNDONE', 'SET_ASIDE', 'PLACED', 'DISMISSED'
    ))
);

CREATE INDEX contact_change_contact_index ON contact_change (contact_id, number);

CREATE INDEX contact_change_earned_index ON contact_change (earned_id, number);

CREATE INDEX contact_change_merge_index ON contact_change (other_id) WHERE action = 'MERGED';

CREATE INDEX contact_change_aside_index ON contact_change (number) WHERE standing = 'SET_ASIDE';
"""


def upgrade() -> None:
    """Make it."""
    op.execute(TABLES)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE contact_change; DROP SEQUENCE contact_change_number")
