"""A table that makes its writers wait, or refuses what they write, for the length of a block."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.engines import interaction_sessions
from tests.flows.system import Engines, System

BEFORE_INSERT = "BEFORE INSERT ON touch"
SLEEP = "PERFORM pg_sleep({});"
REFUSE = "RAISE EXCEPTION 'refused for now' USING ERRCODE = '22023';"

FUNCTION = "CREATE OR REPLACE FUNCTION hinder() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {} RETURN NULL; END $$"
ON_STATEMENT = "CREATE TRIGGER hinder {} FOR EACH STATEMENT EXECUTE FUNCTION hinder()"
AT_COMMIT = """CREATE CONSTRAINT TRIGGER hinder AFTER UPDATE ON inbox_offset DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION hinder()"""


@contextmanager
def hindered(system: System, body: str, when: str = BEFORE_INSERT, service: str = "interaction") -> Iterator[None]:
    """Every transaction of a service runs `body` (PL/pgSQL) `when`: at a statement on a table, or `AT COMMIT`.

    `AT COMMIT` are the transactions that move a consumer's position.
    """
    table = "inbox_offset" if when == "AT COMMIT" else when.rpartition(" ")[2]
    with system.sql(service) as connection:
        connection.execute(FUNCTION.format(body))
        connection.execute(AT_COMMIT if when == "AT COMMIT" else ON_STATEMENT.format(when))
    try:
        yield
    finally:
        with system.sql(service) as connection:
            connection.execute(f"DROP TRIGGER hinder ON {table}")


def sleeping(engines: Engines) -> list[int]:
    """The sessions that wait in such a body now."""
    return interaction_sessions(engines, "wait_event = 'PgSleep'")
