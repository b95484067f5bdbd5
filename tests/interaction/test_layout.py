"""Tables that docs/capacity.md distributes by subject can be: each of their unique keys names the subject."""

import re
from collections.abc import Callable
from pathlib import Path

import psycopg
from chassis.config import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "capacity.md"
COLUMNS = """
SELECT c.relname, a.attname, a.attnotnull FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'subject_id'
"""
KEYS = """
SELECT c.relname, array_agg(a.attname::text) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace GROUP BY c.relname, i.indexrelid
"""


def test_a_table_that_is_distributed_has_the_subject_in_every_unique_key(database: Callable[..., Settings]) -> None:
    layout = re.search(r"\*\*Distributed by `subject_id`\*\*(.*?)\. Counts", PAGE.read_text("utf-8"), re.DOTALL)
    assert layout
    distributed = set(re.findall(r"`([a-z_]+)`", layout[1])) - {"shards", "workers"}
    with psycopg.connect(database("interaction").database_dsn()) as connection:
        subjects = {table: is_required for table, _, is_required in connection.execute(COLUMNS).fetchall()}
        keys = connection.execute(KEYS).fetchall()
    assert {table for table in distributed if not subjects.get(table)} == set(), "each row has a subject"
    assert [(table, columns) for table, columns in keys if table in distributed and "subject_id" not in columns] == []
    assert distributed >= {"touch", "touch_count", "touch_raw", "tombstone"}
