"""Days of evidence made and dropped one by one: no day waits for another, and what lay outside moves into its day.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ADD = """
CREATE FUNCTION touch_raw_add(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := 'touch_raw_' || to_char(day, 'YYYYMMDD');
    first_moment timestamptz := day::timestamp AT TIME ZONE 'UTC';
    last_moment timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN;
    END IF;
    -- Attaching, unlike CREATE … PARTITION OF, lets those go on who write into other days.
    LOCK TABLE touch_raw_other IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I (LIKE touch_raw INCLUDING ALL)', name);
    EXECUTE format('WITH moved AS (DELETE FROM touch_raw_other WHERE accepted_time >= $1 AND accepted_time < $2
        RETURNING *) INSERT INTO %I SELECT * FROM moved', name) USING first_moment, last_moment;
    EXECUTE format('ALTER TABLE touch_raw ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        name, first_moment, last_moment);
END $$;
"""
DROP = """
CREATE FUNCTION touch_raw_drop(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS %I', name);
END $$;
"""


def upgrade() -> None:
    """Make them."""
    op.execute(ADD)
    op.execute(DROP)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION touch_raw_add(date)")
    op.execute("DROP FUNCTION touch_raw_drop(text)")
