"""Importing a table through the real contact service: what is reported, and what a kill in the middle leaves."""

import asyncio
import csv
import json
import os
import random
import sys

import grpc
import pytest
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub
from touchline_client import Touchline
from touchline_client.imports import ChangedTableError, ImportRun
from touchline_client.tables import sniff

from tests.flows.export import make_export
from tests.serving import serving

ROWS = 2500


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "people.csv"
    lines = [f"{n},Given {n},Family {n},person{n}@people.example" for n in range(1, ROWS + 1)]
    lines[6] = "7,Given 7,Family 7,no address"
    path.write_text("Record ID,First Name,Last Name,Email\n" + "\n".join(lines))
    return path


async def names(touchline):
    found, token = set(), ""
    while True:
        page = await touchline.contact.ListContacts(pb.ListContactsRequest(page_size=1000, page_token=token))
        found |= {contact.display_name for contact in page.contacts}
        token = page.next_page_token
        if not token:
            return found


def report(run):
    with run.report_file.open(encoding="utf-8-sig", newline="") as file:
        return {int(row["row"]): row["reason"] for row in csv.DictReader(file)}


async def test_good_rows_are_imported_and_bad_ones_reported(touchline, table):
    run = ImportRun(touchline, sniff(table))
    finished = await run.run()
    assert (finished.state, finished.rows_created, finished.rows_refused) == (pb.Import.STATE_FINISHED, ROWS - 1, 1)
    assert report(run) == {7: "INVALID_EMAIL"}
    assert len(await names(touchline)) == ROWS - 1
    assert not run.state_file.exists()


async def test_imported_twice_nothing_is_new(touchline, table):
    await ImportRun(touchline, sniff(table)).run()
    again = await ImportRun(touchline, sniff(table)).run()
    assert (again.rows_created, again.rows_updated, again.rows_unchanged) == (0, 0, ROWS - 1)


@pytest.mark.parametrize("seed", range(3))
async def test_killed_at_any_moment_it_goes_on_where_it_ended(touchline, table, seed):
    deaths = random.Random(seed).sample(range(4), 2)

    class Killed(BaseException):
        """As SIGKILL: nothing is tidied up."""

    for death in sorted(deaths):
        calls = iter(range(10))

        def progress(_read, _state, calls=calls, death=death):
            if next(calls) == death:
                raise Killed

        run = ImportRun(touchline, sniff(table), on_progress=progress)
        try:
            await run.run()
        except Killed:
            assert run.state_file.exists()
    finished = await ImportRun(touchline, sniff(table)).run()
    assert finished.rows_created + finished.rows_unchanged + finished.rows_updated == ROWS - 1
    assert len(await names(touchline)) == ROWS - 1


async def test_a_table_that_changed_since_is_not_mixed_with_the_old_one(touchline, table):
    run = ImportRun(touchline, sniff(table))
    run.state_file.write_text(json.dumps({"import_id": "x", "fingerprint": "other", "mapping": {}}))
    with pytest.raises(ChangedTableError):
        await run.run()


async def test_what_no_request_may_carry_costs_its_row_only(touchline, tmp_path):
    path = tmp_path / "people.csv"
    rows = [
        "a@people.example,fine",
        "b@people.example,nul\0here",
        f"c@people.example,{'x' * 70_000}",
        "d@people.example,fine",
    ]
    path.write_text("Email,Notes\n" + "\n".join(rows) + "\n")
    run = ImportRun(touchline, sniff(path))
    finished = await run.run()
    assert finished.rows_created == 2
    assert report(run) == {2: "NUL_CHARACTER", 3: "VALUE_TOO_LONG"}


async def test_every_kind_of_bad_row_is_named_with_its_reason_and_the_others_are_imported(touchline, tmp_path):
    path = tmp_path / "people.csv"
    good = "Jörg,Groß,{}@people.example\n"
    rows = [good.format(n).encode() for n in range(1, 21)]
    rows[2] = b",,\n,Nobody,\n"  # separators alone are a row too
    rows[5] = "J\xf6rg,x,latin@people.example\n".encode("latin-1")
    rows[8] = b"one,two\n"
    rows[11] = b"Ada,Lovelace,two@@signs.example\n"
    path.write_bytes(b"First Name,Last Name,Email\n" + b"".join(rows))
    run = ImportRun(touchline, sniff(path))
    finished = await run.run()
    reasons = {7: "WRONG_ENCODING", 10: "RAGGED_ROW", 13: "INVALID_EMAIL"}
    assert report(run) == {3: "NO_IDENTIFIER", 4: "NO_IDENTIFIER"} | reasons
    assert finished.rows_created == 16


async def test_a_table_without_any_identifier_is_refused_at_once(touchline, tmp_path):
    path = tmp_path / "colours.csv"
    path.write_text("Colour,Number\nred,1\n")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await ImportRun(touchline, sniff(path)).run()
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_columns_are_mapped_by_hand(touchline, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("Adresse;Wie er heißt\na@people.example;Ada\n", encoding="cp1252")
    mapping = {"Adresse": "email", "Wie er heißt": "display_name"}
    await ImportRun(touchline, sniff(path), mapping).run()
    assert await names(touchline) == {"Ada"}


@pytest.mark.parametrize("seed", range(12))
async def test_an_export_is_imported_whatever_its_form_and_exactly_its_dirty_rows_are_named(touchline, tmp_path, seed):
    export = make_export(seed)
    path = tmp_path / "export.csv"
    path.write_bytes(export.data)
    run = ImportRun(touchline, sniff(path))
    finished = await run.run()
    assert set(report(run)) == set(export.dirty)
    assert finished.rows_created == len(export.clean)
    wanted = {f"{row.given_name} {row.family_name}" for row in export.clean.values()}
    assert wanted <= await names(touchline)


async def test_the_command_killed_in_the_middle_goes_on_when_it_is_started_again(make_database, token, keys, table):
    async with serving("contact", make_database("contact"), ContactServiceStub, token) as served:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TOUCHLINE_STATE": str(table.parent),
            "TOUCHLINE_DEVELOPMENT": "true",
            "TOUCHLINE_TOKEN_KEY_FILE": keys["token_key_file"],
            "TOUCHLINE_PORT_CONTACT": served.target.rpartition(":")[2],
        }
        command = [sys.executable, "-m", "touchline_client.cli", "contacts", "import", str(table)]
        killed = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.DEVNULL)
        async with served.database.connection() as conn, asyncio.timeout(90):  # a busy machine starts it in 15 s
            while await (await conn.execute("SELECT FROM contact LIMIT 1")).fetchone() is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        killed.kill()
        await killed.wait()
        again = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        said, complained = await again.communicate()
        assert again.returncode == 0, complained.decode()
        assert "1 row refused" in said.decode()
        async with Touchline(token=token("marketer"), targets={"contact": served.target}) as touchline:
            assert len(await names(touchline)) == ROWS - 1
