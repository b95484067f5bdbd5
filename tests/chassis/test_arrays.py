"""Arrays that we write ourselves are read as what they say, and no others are written so."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from chassis.arrays import Ints, Moments, Texts, Uuids

START = datetime(2026, 6, 1, 12, tzinfo=UTC)


def us(at):
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def test_arrays_of_what_we_hold_are_read_as_what_they_say(postgres):
    ids = [uuid4() for _ in range(3)]
    moments = [START, datetime(1969, 12, 31, 23, tzinfo=UTC), START + timedelta(microseconds=1)]
    texts = ["email.clicked", "", "Übel 100%_", "email.clicked"]
    asked = {
        "uuid[]": (Uuids([one.bytes for one in ids]), ids),
        "uuid[] ": (Uuids([ids[0].bytes, b"", ids[1].bytes]), [ids[0], None, ids[1]]),
        "uuid[]  ": (Uuids(()), []),
        "integer[]": (Ints([1, -2, 2**31 - 1]), [1, -2, 2**31 - 1]),
        "text[]": (Texts(texts), texts),
        "text[] ": (Texts(()), []),
        "timestamptz[]": (Moments([us(moment) for moment in moments]), moments),
    }
    query = ", ".join(f"%s::{kind}" for kind in asked)
    with postgres.connect() as conn:
        row = conn.execute(f"SELECT {query}", [given for given, _ in asked.values()]).fetchone()
    assert list(row) == [read for _, read in asked.values()]


@pytest.mark.parametrize("ids", [[bytes(15)], [b"", bytes(17)]], ids=["short", "long"])
def test_an_id_of_another_length_is_refused(postgres, ids):
    with postgres.connect() as conn, pytest.raises(ValueError, match="16 bytes"):
        conn.execute("SELECT %s::uuid[]", [Uuids(ids)])


def test_other_arrays_are_written_as_ever(postgres):
    row = (["Übel"], [uuid4()], [7], [START])
    kinds = ["text[]", "uuid[]", "integer[]", "timestamptz[]"]
    with postgres.connect() as conn, conn.transaction():
        conn.execute("CREATE TEMP TABLE other (texts text[], ids uuid[], numbers integer[], moments timestamptz[])")
        with conn.cursor().copy("COPY other FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(kinds)
            copy.write_row(row)
        assert conn.execute("SELECT * FROM other").fetchone() == row
