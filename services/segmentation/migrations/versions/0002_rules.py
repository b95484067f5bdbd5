"""Rules, what they look at (projections of contact and interaction), and what is still to be evaluated.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEGMENT = """
ALTER TABLE segment
    ADD COLUMN rule_version bigint NOT NULL DEFAULT 0,
    ADD COLUMN active_rule_version bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT segment_kind_check,
    ADD CONSTRAINT segment_kind_check CHECK (kind IN ('LIST', 'EXCLUSION', 'RULE'));
ALTER TABLE membership
    ADD COLUMN rule_version bigint NOT NULL DEFAULT 0,
    ADD COLUMN cause jsonb;
CREATE TABLE segment_rule (
    segment_id uuid NOT NULL CONSTRAINT segment_rule_segment_id_fkey REFERENCES segment (id) ON DELETE CASCADE,
    version bigint NOT NULL,
    tree jsonb NOT NULL,
    is_active boolean NOT NULL,
    is_filled boolean NOT NULL,
    reached uuid NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (segment_id, version)
);
CREATE TABLE candidate (
    segment_id uuid NOT NULL,
    version bigint NOT NULL,
    contact_id uuid NOT NULL,
    PRIMARY KEY (segment_id, version, contact_id),
    CONSTRAINT candidate_segment_id_fkey FOREIGN KEY (segment_id, version)
        REFERENCES segment_rule (segment_id, version) ON DELETE CASCADE
);
CREATE TABLE timer (
    segment_id uuid NOT NULL,
    version bigint NOT NULL,
    contact_id uuid NOT NULL,
    due_time timestamptz NOT NULL,
    PRIMARY KEY (segment_id, version, contact_id),
    CONSTRAINT timer_segment_id_fkey FOREIGN KEY (segment_id, version)
        REFERENCES segment_rule (segment_id, version) ON DELETE CASCADE
);
CREATE INDEX timer_due_time_index ON timer (due_time);
CREATE TABLE change (
    number bigserial PRIMARY KEY,
    contact_id uuid NOT NULL,
    concern text NOT NULL,
    touch text NOT NULL,
    resource text NOT NULL
);
"""

PEOPLE = """
CREATE TABLE person (
    contact_id uuid PRIMARY KEY,
    person_id uuid NOT NULL,
    state text NOT NULL,
    account_id uuid,
    display_name text NOT NULL,
    attributes jsonb NOT NULL,
    epoch bigint NOT NULL,
    revision bigint NOT NULL
);
CREATE INDEX person_person_index ON person (person_id);
CREATE INDEX person_account_index ON person (account_id) WHERE account_id IS NOT NULL;
CREATE TABLE account (
    account_id uuid PRIMARY KEY,
    is_active boolean NOT NULL,
    attributes jsonb NOT NULL,
    epoch bigint NOT NULL,
    revision bigint NOT NULL
);
CREATE TABLE link (
    link_id uuid PRIMARY KEY,
    kind text NOT NULL,
    subject_id uuid,
    contact_id uuid,
    survivor_id uuid,
    account_id uuid,
    touch text NOT NULL,
    from_time timestamptz,
    to_time timestamptz,
    asserted_time timestamptz NOT NULL,
    retracted_time timestamptz,
    identifier_kind text NOT NULL,
    epoch bigint NOT NULL,
    revision bigint NOT NULL
);
CREATE INDEX link_subject_index ON link (subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX link_contact_index ON link (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX link_survivor_index ON link (survivor_id) WHERE survivor_id IS NOT NULL;
CREATE TABLE consent (
    consent_id uuid PRIMARY KEY,
    subject_id uuid NOT NULL,
    purpose text NOT NULL,
    channel text NOT NULL,
    topic text NOT NULL,
    status text NOT NULL,
    capture_time timestamptz NOT NULL,
    effective_to_time timestamptz
);
CREATE INDEX consent_subject_index ON consent (subject_id);
CREATE TABLE suppression (
    suppression_id uuid PRIMARY KEY,
    subject_id uuid NOT NULL,
    channel text NOT NULL,
    is_active boolean NOT NULL,
    epoch bigint NOT NULL,
    revision bigint NOT NULL
);
CREATE INDEX suppression_subject_index ON suppression (subject_id);
CREATE TABLE vocabulary (
    kind text NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    PRIMARY KEY (kind, name, type)
);
"""

TOUCHES = """
CREATE TABLE touch (
    subject_id uuid NOT NULL,
    touch_id uuid NOT NULL,
    person_id uuid NOT NULL,
    contact_id uuid,
    type text NOT NULL,
    occurred_time timestamptz NOT NULL,
    corrects uuid,
    is_corrected boolean NOT NULL,
    PRIMARY KEY (subject_id, touch_id, person_id)
);
CREATE INDEX touch_person_index ON touch (person_id, type, occurred_time) WHERE NOT is_corrected;
CREATE INDEX touch_contact_index ON touch (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX touch_corrects_index ON touch (subject_id, corrects) WHERE corrects IS NOT NULL;
"""

FUNCTIONS = """
CREATE FUNCTION contacts_merged_with(contacts uuid[]) RETURNS uuid[] LANGUAGE sql STABLE AS $$
    WITH RECURSIVE merged (contact) AS (
        SELECT unnest(contacts)
        UNION
        SELECT other.contact FROM merged, LATERAL (
            SELECT l.survivor_id AS contact FROM link l
            WHERE l.contact_id = merged.contact AND l.kind = 'merge' AND l.retracted_time IS NULL
            UNION ALL
            SELECT l.contact_id FROM link l
            WHERE l.survivor_id = merged.contact AND l.kind = 'merge' AND l.retracted_time IS NULL
        ) AS other
    )
    SELECT coalesce(array_agg(contact), '{}') FROM merged
$$;
CREATE FUNCTION links_about(subjects uuid[], contacts uuid[]) RETURNS SETOF link LANGUAGE plpgsql STABLE AS $$
DECLARE
    others uuid[] := contacts_merged_with(contacts || array(
        SELECT DISTINCT l.contact_id FROM link l WHERE l.subject_id = ANY (subjects) AND l.contact_id IS NOT NULL));
BEGIN
    RETURN QUERY SELECT l.* FROM link l WHERE l.subject_id = ANY (subjects)
    UNION SELECT l.* FROM link l WHERE l.contact_id = ANY (others) AND l.kind IN ('merge', 'exclusion');
END $$;
"""


def upgrade() -> None:
    for schema in (SEGMENT, PEOPLE, TOUCHES, FUNCTIONS):
        op.execute(schema)


def downgrade() -> None:
    raise NotImplementedError("a database goes back by restoring a backup")
