"""How long touches of a type are kept, where their history begins, and what was deleted.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE touch_retention (
    type text PRIMARY KEY,
    days integer CHECK (days BETWEEN 1 AND 36500),
    begin_day date,
    update_time timestamptz NOT NULL
);
CREATE TABLE touch_deletion (
    day date NOT NULL,
    type text NOT NULL,
    begin_day date NOT NULL,
    touches bigint NOT NULL,
    PRIMARY KEY (day, type)
);
CREATE TABLE touch_walk (
    is_row boolean PRIMARY KEY DEFAULT true CHECK (is_row),
    part smallint NOT NULL,
    block bigint NOT NULL
);
INSERT INTO touch_walk (part, block) VALUES (16, 0);
"""
# Whoever prepared a batch by the beginnings as they were is fenced, so nothing is written behind a beginning that has
# moved, and what is deleted afterwards is nothing that a batch relies on: no portion has to raise a version again.
BEGIN = """
CREATE FUNCTION touch_retention_begin(of_consumer text, of_stream text, today date) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM touch_walk WHERE part < 16 FOR UPDATE;
    IF FOUND THEN
        RETURN true;
    END IF;
    PERFORM 1 FROM touch_walk FOR UPDATE;
    UPDATE touch_retention SET begin_day = today - days, update_time = now()
    WHERE days IS NOT NULL AND (begin_day IS NULL OR begin_day < today - days);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE touch_walk SET part = 0, block = 0;
    PERFORM 1 FROM inbox_offset WHERE consumer = of_consumer AND stream = of_stream ORDER BY partition FOR UPDATE;
    UPDATE inbox_offset SET version = version + 1 WHERE consumer = of_consumer AND stream = of_stream;
    RETURN true;
END $$;
"""
PORTION = """
CREATE FUNCTION touch_retire(blocks integer, today date) RETURNS bigint LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    walk record;
    name text;
    subjects uuid[];
    touches uuid[];
    times timestamptz[];
    types text[];
BEGIN
    SELECT part, block INTO walk FROM touch_walk FOR UPDATE;
    IF walk.part >= 16 THEN
        RETURN NULL;
    END IF;
    name := 'touch_' || to_char(walk.part, 'FM00');
    EXECUTE format('WITH gone AS (
        DELETE FROM %I t WHERE t.ctid >= %L::tid AND t.ctid < %L::tid AND t.occurred_time <
            (SELECT r.begin_day::timestamp AT TIME ZONE ''UTC'' FROM touch_retention r WHERE r.type = t.type)
        RETURNING t.subject_id, t.touch_id, t.accepted_time, t.type)
        SELECT array_agg(subject_id), array_agg(touch_id), array_agg(accepted_time), array_agg(type) FROM gone',
        name, format('(%s,0)', walk.block), format('(%s,0)', walk.block + blocks))
    INTO subjects, touches, times, types;
    DELETE FROM touch_raw r USING unnest(subjects, touches, times) AS k (s, i, at)
    WHERE k.at > now() - interval '40 days' AND r.accepted_time = k.at AND r.subject_id = k.s AND r.touch_id = k.i;
    DELETE FROM touch_conflict c USING unnest(subjects, touches) AS k (s, i)
    WHERE c.subject_id = k.s AND c.touch_id = k.i;
    INSERT INTO touch_deletion (day, type, begin_day, touches)
    SELECT today, r.type, r.begin_day, count(*) FROM unnest(types) AS k (type) JOIN touch_retention r ON r.type = k.type
    GROUP BY r.type, r.begin_day
    ON CONFLICT (day, type) DO UPDATE
    SET touches = touch_deletion.touches + EXCLUDED.touches, begin_day = EXCLUDED.begin_day;
    IF walk.block + blocks < pg_relation_size(name::regclass) / current_setting('block_size')::bigint THEN
        UPDATE touch_walk SET block = walk.block + blocks;
    ELSE
        UPDATE touch_walk SET part = walk.part + 1, block = 0;
    END IF;
    RETURN coalesce(cardinality(types), 0);
END $$;
"""


def upgrade() -> None:
    """Make them."""
    for statement in (TABLES, BEGIN, PORTION):
        op.execute(statement)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION touch_retire(integer, date)")
    op.execute("DROP FUNCTION touch_retention_begin(text, text, date)")
    for table in ("touch_walk", "touch_deletion", "touch_retention"):
        op.execute(f"DROP TABLE {table}")
