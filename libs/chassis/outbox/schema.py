"""The outbox's tables and functions, as SQL: what takes numbers, compares epochs and inserts rows inside PostgreSQL."""

SCHEMA = """
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

CREATE FUNCTION outbox_take(of_stream text, of_partition integer, rows bigint, OUT epoch bigint, OUT seq bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO outbox_head AS head (stream, partition, epoch, seq)
    VALUES (of_stream, of_partition, outbox_current_epoch(), rows)
    ON CONFLICT (stream, partition) DO UPDATE SET
        epoch = EXCLUDED.epoch,
        seq = CASE WHEN head.epoch = EXCLUDED.epoch THEN head.seq + EXCLUDED.seq ELSE EXCLUDED.seq END
    RETURNING head.epoch, head.seq INTO outbox_take.epoch, outbox_take.seq;
END $$;

CREATE FUNCTION outbox_put(
    streams text[], partitions integer[], keys bytea[], ids text[], types text[], subjects text[],
    times timestamptz[], traceparents text[], datas bytea[]
) RETURNS TABLE (stream text, partition integer, epoch bigint, seq bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    head record;
    taken record;
BEGIN
    FOR head IN
        SELECT s, p, count(*) AS rows, array_agg(i ORDER BY i) AS places
        FROM unnest(streams, partitions) WITH ORDINALITY AS u (s, p, i)
        GROUP BY s, p ORDER BY s COLLATE "C", p
    LOOP
        SELECT * INTO taken FROM outbox_take(head.s, head.p, head.rows);
        INSERT INTO outbox (stream, partition, epoch, seq, key, id, type, subject, time, traceparent, data)
        SELECT head.s, head.p, taken.epoch, taken.seq - head.rows + n, nullif(keys[i], ''), ids[i], types[i],
               subjects[i], times[i], traceparents[i], datas[i]
        FROM unnest(head.places) WITH ORDINALITY AS place (i, n);
        RETURN QUERY SELECT head.s, head.p, taken.epoch, taken.seq;
    END LOOP;
END $$;
"""
