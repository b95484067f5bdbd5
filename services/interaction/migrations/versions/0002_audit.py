"""The audit log: who read touches with their personal fields, each entry hashed over the one before.

Must not lock for long, and must not break the version before: add, do not change.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

AUDIT = """
CREATE TABLE audit_entry (
    number bigint PRIMARY KEY,
    time timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    cursor text NOT NULL,
    touches bytea NOT NULL CHECK (octet_length(touches) % 32 = 0),
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL
);
CREATE FUNCTION audit_append(of_time timestamptz, of_actor text, of_action text, of_cursor text, of_touches bytea)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last_number bigint;
    last_hash bytea;
    told text;
BEGIN
    PERFORM pg_advisory_xact_lock(7104, 0);
    SELECT number, hash INTO last_number, last_hash FROM audit_entry ORDER BY number DESC LIMIT 1;
    last_number := coalesce(last_number, 0);
    last_hash := coalesce(last_hash, decode(repeat('00', 32), 'hex'));
    told := json_build_array(
        last_number + 1, to_char(of_time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        of_actor, of_action, of_cursor, encode(of_touches, 'hex'))::text;
    INSERT INTO audit_entry VALUES (
        last_number + 1, of_time, of_actor, of_action, of_cursor, of_touches,
        last_hash, sha256(last_hash || convert_to(told, 'UTF8')));
END $$;
"""


def upgrade() -> None:
    """Make the table and the function that alone writes it."""
    op.execute(AUDIT)


def downgrade() -> None:
    """There is no way back: what was seen stays seen."""
    raise NotImplementedError
