"""The outbox's tables and functions, as SQL: what takes numbers, compares epochs and inserts rows inside PostgreSQL."""

TABLES = """
CREATE TABLE outbox_epoch (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    epoch bigint NOT NULL,
    system_id bigint NOT NULL,
    timeline text NOT NULL
);

CREATE TABLE outbox_head (
    stream text NOT NULL,
    partition integer NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (stream, partition)
) WITH (fillfactor = 50);

CREATE TABLE outbox_delivered (
    stream text NOT NULL,
    partition integer NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (stream, partition)
) WITH (fillfactor = 50);

CREATE TABLE outbox (
    stream text NOT NULL,
    partition integer NOT NULL,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    key bytea,
    id text NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    time timestamptz NOT NULL,
    traceparent text NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (stream, partition, epoch, seq)
);

CREATE FUNCTION outbox_current_epoch() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    here_system bigint := (SELECT system_identifier FROM pg_control_system());
    here_timeline text := substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8);
    found_epoch bigint;
BEGIN
    SELECT epoch INTO found_epoch FROM outbox_epoch WHERE system_id = here_system AND timeline = here_timeline;
    IF found_epoch IS NOT NULL THEN
        RETURN found_epoch;
    END IF;
    INSERT INTO outbox_epoch AS kept (epoch, system_id, timeline)
    VALUES (extract(epoch FROM now())::bigint, here_system, here_timeline)
    ON CONFLICT (is_only) DO UPDATE SET
        epoch = greatest(kept.epoch + 1, EXCLUDED.epoch), system_id = EXCLUDED.system_id, timeline = EXCLUDED.timeline
    WHERE (kept.system_id, kept.timeline) IS DISTINCT FROM (EXCLUDED.system_id, EXCLUDED.timeline);
    SELECT epoch INTO found_epoch FROM outbox_epoch;
    RETURN found_epoch;
END $$;
"""

# One statement for the heads and one for the rows, whatever the number of partitions: each costs as much as ten rows.
PUT_FUNCTION = """
CREATE OR REPLACE FUNCTION outbox_put(
    streams text[], partitions integer[], keys bytea[], ids text[], types text[], subjects text[],
    times timestamptz[], traceparents text[], datas bytea[]
) RETURNS TABLE (stream text, partition integer, epoch bigint, seq bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    here_epoch bigint := outbox_current_epoch();
BEGIN
    INSERT INTO outbox_head AS head (stream, partition, epoch, seq)
    SELECT s, p, here_epoch, count(*) FROM unnest(streams, partitions) AS u (s, p)
    GROUP BY s, p ORDER BY s COLLATE "C", p
    ON CONFLICT (stream, partition) DO UPDATE SET
        epoch = EXCLUDED.epoch,
        seq = CASE WHEN head.epoch = EXCLUDED.epoch THEN head.seq + EXCLUDED.seq ELSE EXCLUDED.seq END;
    INSERT INTO outbox (stream, partition, epoch, seq, key, id, type, subject, time, traceparent, data)
    SELECT u.s, u.p, head.epoch, head.seq - u.rows + u.n, nullif(keys[u.i], ''), ids[u.i], types[u.i],
           subjects[u.i], times[u.i], traceparents[u.i], datas[u.i]
    FROM (
        SELECT s, p, i, row_number() OVER (PARTITION BY s, p ORDER BY i) AS n, count(*) OVER (PARTITION BY s, p) AS rows
        FROM unnest(streams, partitions) WITH ORDINALITY AS told (s, p, i)
    ) AS u JOIN outbox_head head ON head.stream = u.s AND head.partition = u.p;
    RETURN QUERY SELECT stream, partition, epoch, seq FROM outbox_head
    WHERE (stream, partition) IN (SELECT * FROM unnest(streams, partitions)) ORDER BY stream COLLATE "C", partition;
END $$;
"""
SCHEMA = TABLES + PUT_FUNCTION
REPLACE = PUT_FUNCTION + "DROP FUNCTION IF EXISTS outbox_take(text, integer, bigint);"
