"""Touches, what is folded from them, sources, touch types, and the projection of links.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op
from chassis import inbox, outbox

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PARTITIONS = 16

TOUCH = """
CREATE TABLE touch (
    subject_id uuid NOT NULL,
    touch_id uuid NOT NULL,
    thread uuid NOT NULL,
    thread_time timestamptz NOT NULL,
    occurred_time timestamptz NOT NULL,
    accepted_time timestamptz NOT NULL,
    recorded_time timestamptz NOT NULL,
    rank smallint NOT NULL,
    touch_class smallint NOT NULL,
    channel smallint NOT NULL,
    direction smallint NOT NULL,
    actor smallint NOT NULL,
    verdict smallint NOT NULL,
    is_response boolean NOT NULL,
    type text NOT NULL,
    type_version integer NOT NULL,
    contact_id uuid,
    account_id uuid,
    deal_id uuid,
    campaign_id uuid,
    activity_id uuid,
    variant_id uuid,
    message text,
    source text NOT NULL,
    correction_of uuid,
    attributes jsonb,
    payload bytea NOT NULL,
    content_hash uuid NOT NULL,
    partition smallint NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (subject_id, touch_id)
) PARTITION BY HASH (subject_id);
CREATE INDEX touch_timeline ON touch
    (subject_id, thread_time, thread, occurred_time, rank, touch_id, type, touch_class);
CREATE INDEX touch_correction ON touch (subject_id, correction_of) WHERE correction_of IS NOT NULL;
CREATE INDEX touch_active ON touch (subject_id, occurred_time) WHERE touch_class = 1;
CREATE INDEX touch_call ON touch (subject_id, occurred_time) WHERE channel = 3;
CREATE INDEX touch_account ON touch (account_id, thread_time, thread, occurred_time, rank, touch_id)
    WHERE account_id IS NOT NULL;
"""

FOLDED = """
CREATE TABLE touch_count (
    subject_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    day date NOT NULL,
    type text NOT NULL,
    verdict smallint NOT NULL,
    touches bigint NOT NULL,
    PRIMARY KEY (subject_id, contact_id, day, type, verdict)
);
CREATE TABLE contact_subject (
    contact_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    PRIMARY KEY (contact_id, subject_id)
);
CREATE TABLE touch_conflict (
    subject_id uuid NOT NULL,
    touch_id uuid NOT NULL,
    refused_hash uuid NOT NULL,
    kept_hash uuid NOT NULL,
    source text NOT NULL,
    source_event_id text NOT NULL,
    type text NOT NULL,
    accepted_time timestamptz NOT NULL,
    refused_time timestamptz NOT NULL,
    PRIMARY KEY (subject_id, touch_id, refused_hash)
);
CREATE INDEX touch_conflict_time ON touch_conflict (refused_time, subject_id, touch_id, refused_hash);
CREATE TABLE tombstone (
    subject_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    time timestamptz NOT NULL,
    is_closed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (subject_id, contact_id)
);
"""

LOOKUPS = """
CREATE FUNCTION touch_known(subjects uuid[], touches uuid[])
RETURNS TABLE (subject_id uuid, touch_id uuid, content_hash uuid, thread uuid, thread_us bigint) LANGUAGE sql STABLE
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
    SELECT t.subject_id, t.touch_id, t.content_hash, t.thread, (extract(epoch FROM t.thread_time) * 1000000)::bigint
    FROM unnest(subjects, touches) AS k (s, i) JOIN touch t ON t.subject_id = k.s AND t.touch_id = k.i
$$;
CREATE FUNCTION touch_corrections(subjects uuid[], touches uuid[])
RETURNS TABLE (subject_id uuid, touch_id uuid, thread uuid, thread_us bigint) LANGUAGE sql STABLE
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
    SELECT t.subject_id, t.correction_of, t.thread, (extract(epoch FROM t.thread_time) * 1000000)::bigint
    FROM unnest(subjects, touches) AS k (s, i) JOIN touch t ON t.subject_id = k.s AND t.correction_of = k.i
    WHERE t.correction_of IS NOT NULL
$$;
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
CREATE FUNCTION links_of_subjects(subjects uuid[]) RETURNS SETOF link LANGUAGE plpgsql STABLE AS $$
DECLARE
    others uuid[] := contacts_merged_with(array(
        SELECT DISTINCT l.contact_id FROM link l WHERE l.subject_id = ANY (subjects) AND l.contact_id IS NOT NULL));
BEGIN
    RETURN QUERY SELECT l.* FROM link l WHERE l.subject_id = ANY (subjects)
    UNION SELECT l.* FROM link l WHERE l.contact_id = ANY (others) AND l.kind IN ('merge', 'exclusion');
END $$;
CREATE FUNCTION links_of_person(of_contact uuid) RETURNS SETOF link LANGUAGE plpgsql STABLE AS $$
DECLARE
    members uuid[] := contacts_merged_with(ARRAY[of_contact]);
    subjects uuid[] := array(
        SELECT DISTINCT l.subject_id FROM link l WHERE l.contact_id = ANY (members) AND l.subject_id IS NOT NULL
        UNION SELECT c.subject_id FROM contact_subject c WHERE c.contact_id = ANY (members));
BEGIN
    RETURN QUERY SELECT l.* FROM link l WHERE l.contact_id = ANY (members)
    UNION SELECT * FROM links_of_subjects(subjects);
END $$;
"""

RAW = """
CREATE TABLE touch_raw (
    subject_id uuid NOT NULL,
    touch_id uuid NOT NULL,
    accepted_time timestamptz NOT NULL,
    evidence bytea NOT NULL
) PARTITION BY RANGE (accepted_time);
CREATE TABLE touch_raw_other PARTITION OF touch_raw DEFAULT;
CREATE INDEX touch_raw_touch ON touch_raw (subject_id, touch_id);
CREATE FUNCTION touch_raw_keep(first_day date, last_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    day date;
    old record;
BEGIN
    FOR day IN SELECT generate_series(current_date, last_day, '1 day')::date LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF touch_raw FOR VALUES FROM (%L) TO (%L)',
            'touch_raw_' || to_char(day, 'YYYYMMDD'),
            day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
    END LOOP;
    FOR old IN
        SELECT inhrelid::regclass AS name FROM pg_inherits WHERE inhparent = 'touch_raw'::regclass
        AND inhrelid::regclass::text ~ '^touch_raw_[0-9]{8}$'
        AND right(inhrelid::regclass::text, 8) < to_char(first_day, 'YYYYMMDD')
    LOOP
        EXECUTE format('DROP TABLE %s', old.name);
    END LOOP;
    DELETE FROM touch_raw_other WHERE accepted_time < first_day::timestamp AT TIME ZONE 'UTC';
END $$;
SELECT touch_raw_keep(current_date - 30, current_date + 7);
"""

KNOWN = """
CREATE TABLE source (
    source_id text PRIMARY KEY,
    client text NOT NULL,
    identifier_kind text NOT NULL,
    display_name text NOT NULL DEFAULT '',
    is_whole_seconds boolean NOT NULL DEFAULT false,
    create_time timestamptz NOT NULL
);
INSERT INTO source (source_id, client, identifier_kind, display_name, create_time) VALUES
    ('console', 'console', 'contact', 'The console', now()),
    ('contact', 'contact', 'contact', 'The contact service', now()),
    ('campaign', 'campaign', 'email', 'The campaign service', now()),
    ('edge', 'edge', 'email', 'The tracking edge', now());
CREATE TABLE touch_type (
    name text NOT NULL,
    version integer NOT NULL,
    definition jsonb NOT NULL,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (name, version)
);
CREATE TABLE link (
    link_id uuid PRIMARY KEY,
    kind text NOT NULL,
    subject_id uuid,
    contact_id uuid,
    survivor_id uuid,
    account_id uuid,
    touch_subject_id uuid,
    touch_id uuid,
    from_time timestamptz,
    to_time timestamptz,
    asserted_time timestamptz NOT NULL,
    retracted_time timestamptz,
    evidence text NOT NULL DEFAULT '',
    epoch bigint NOT NULL,
    revision bigint NOT NULL
);
CREATE INDEX link_subject ON link (subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX link_contact ON link (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX link_survivor ON link (survivor_id) WHERE survivor_id IS NOT NULL;
CREATE INDEX link_touch ON link (touch_subject_id, touch_id) WHERE touch_id IS NOT NULL;
CREATE INDEX link_account ON link (account_id) WHERE account_id IS NOT NULL;
CREATE TABLE contact (
    contact_id uuid PRIMARY KEY,
    display_name text NOT NULL DEFAULT '',
    owner text NOT NULL DEFAULT '',
    team text NOT NULL DEFAULT '',
    account_id uuid,
    state smallint NOT NULL,
    epoch bigint NOT NULL,
    revision bigint NOT NULL
);
CREATE TABLE account (
    account_id uuid PRIMARY KEY,
    display_name text NOT NULL DEFAULT '',
    owner text NOT NULL DEFAULT '',
    team text NOT NULL DEFAULT '',
    is_deleted boolean NOT NULL DEFAULT false,
    epoch bigint NOT NULL,
    revision bigint NOT NULL
);
"""


def upgrade() -> None:
    """Make everything."""
    for schema in (outbox.SCHEMA, inbox.SCHEMA, TOUCH, FOLDED, RAW, KNOWN, LOOKUPS):
        op.execute(schema)
    for number in range(PARTITIONS):
        op.execute(
            f"CREATE TABLE touch_{number:02} PARTITION OF touch "
            f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
        )


def downgrade() -> None:
    """There is no way back from the first."""
    raise NotImplementedError
