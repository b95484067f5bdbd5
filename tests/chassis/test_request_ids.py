"""Each request_id is done once: fifty at a time, another body, deleted since, killed between effect and answer."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from chassis import errors
from chassis.rpc import channel
from google.protobuf import field_mask_pb2
from sqlalchemy import text

from tests.chassis import notes


@pytest.fixture
async def servicer(make_database: Any) -> AsyncIterator[notes.NoteServicer]:
    settings = make_database("contact", migrated=False, grace_seconds=0.2)
    database = await notes.open_database(settings)
    yield notes.NoteServicer(database)
    await database.close()


@pytest.fixture
async def server(servicer: notes.NoteServicer) -> AsyncIterator[Any]:
    running = notes.server(servicer.database.settings.for_role("contact", "serve"), servicer)
    await running.start()
    yield running
    await running.stop(0.1)


@pytest.fixture
async def stub(server: Any, token: Any) -> AsyncIterator[Any]:
    async with channel(f"127.0.0.1:{server.port}", token=token("rep", subject="users/ada")) as opened:
        yield notes.stub(opened)


def create(title: str = "first", request_id: str = "r-1") -> Any:
    return notes.CreateNoteRequest(note=notes.Note(title=title, author="ada"), request_id=request_id)


async def count(servicer: notes.NoteServicer, table: str = "note") -> int:
    async with servicer.database.transaction() as tx:
        return int(await tx.scalar(text(f"SELECT count(*) FROM {table}")))


async def until_answered(stub: Any, request: Any) -> Any:
    """What a client does: ABORTED and UNAVAILABLE are retried whole, with the same request_id."""
    for _ in range(20):
        try:
            return await stub.CreateNote(request)
        except (errors.Aborted, errors.Unavailable):
            await asyncio.sleep(0.2)
    raise AssertionError("never answered")


async def test_fifty_concurrent_calls_have_one_effect_and_one_answer(stub: Any, servicer: Any) -> None:
    servicer.pause = 0.3
    answers = await asyncio.gather(*(until_answered(stub, create()) for _ in range(50)))
    assert {answer.name for answer in answers} == {answers[0].name}
    assert await count(servicer) == 1
    assert await count(servicer, "request_id") == 1


async def test_a_repeat_shows_the_resource_as_it_is_now(stub: Any, servicer: Any) -> None:
    note = await stub.CreateNote(create())
    mask = field_mask_pb2.FieldMask(paths=["title"])
    await stub.UpdateNote(notes.UpdateNoteRequest(note=notes.Note(name=note.name, title="second"), update_mask=mask))
    again = await stub.CreateNote(create())
    assert (again.name, again.title) == (note.name, "second")
    assert again.etag != note.etag
    assert await count(servicer) == 1


async def test_another_body_with_the_same_id_is_refused(stub: Any, servicer: Any) -> None:
    await stub.CreateNote(create())
    with pytest.raises(errors.InvalidArgument) as caught:
        await stub.CreateNote(create("other"))
    assert caught.value.reason == "REQUEST_ID_REUSED"
    assert await count(servicer) == 1


async def test_unknown_fields_do_not_make_another_body(stub: Any, servicer: Any) -> None:
    await stub.CreateNote(create())
    newer = notes.CreateNoteRequest.FromString(create().SerializeToString() + b"\xf8\x07\x01")
    await stub.CreateNote(newer)
    assert await count(servicer) == 1


async def test_another_caller_has_request_ids_of_its_own(stub: Any, server: Any, servicer: Any, token: Any) -> None:
    await stub.CreateNote(create())
    async with channel(f"127.0.0.1:{server.port}", token=token("rep", subject="users/bo")) as opened:
        await notes.stub(opened).CreateNote(create())
    assert await count(servicer) == 2


async def test_a_failure_is_not_stored(stub: Any, servicer: Any) -> None:
    missing = notes.UpdateNoteRequest(note=notes.Note(name="notes/7", title="new"), request_id="r-2")
    with pytest.raises(errors.NotFound):
        await stub.UpdateNote(missing)
    assert await count(servicer, "request_id") == 0


async def test_a_repeated_delete_is_ok_and_a_repeated_create_says_deleted_since(stub: Any) -> None:
    note = await stub.CreateNote(create())
    request = notes.DeleteNoteRequest(name=note.name, request_id="r-9")
    await stub.DeleteNote(request)
    await stub.DeleteNote(request)
    with pytest.raises(errors.NotFound) as caught:
        await stub.DeleteNote(notes.DeleteNoteRequest(name=note.name, request_id="r-10"))
    assert caught.value.reason == "NOT_FOUND"
    with pytest.raises(errors.NotFound) as caught:
        await stub.CreateNote(create())
    assert caught.value.reason == "DELETED_SINCE"


async def test_the_request_id_is_looked_at_before_the_etag(stub: Any, servicer: Any) -> None:
    note = await stub.CreateNote(create())
    patch = notes.Note(name=note.name, title="second", etag=note.etag)
    request = notes.UpdateNoteRequest(note=patch, request_id="r-3")
    first = await stub.UpdateNote(request)
    assert (await stub.UpdateNote(request)).etag == first.etag
    with pytest.raises(errors.Aborted) as caught:
        await stub.UpdateNote(notes.UpdateNoteRequest(note=patch, request_id="r-4"))
    assert caught.value.reason == "ETAG_MISMATCH"


async def test_a_twin_waits_at_most_as_long_as_the_lock_then_is_aborted(stub: Any, servicer: Any) -> None:
    servicer.pause = 4.0
    first = asyncio.create_task(stub.CreateNote(create(), timeout=10))
    await asyncio.sleep(0.3)
    with pytest.raises(errors.Aborted):
        await stub.CreateNote(create(), timeout=5)
    with pytest.raises(errors.Aborted):
        await stub.CreateNote(create(), timeout=1)
    await first
    assert await count(servicer) == 1


async def test_a_process_killed_between_effect_and_answer_has_done_it_once(servicer: Any, token: Any) -> None:
    settings = servicer.database.settings.for_role("contact", "serve")
    bearer = token("rep", subject="users/ada")
    for is_killed in (True, False):
        process, port = await asyncio.to_thread(mortal, settings, is_killed)
        async with channel(f"127.0.0.1:{port}", token=bearer) as opened:
            if is_killed:
                with pytest.raises(errors.Unavailable):
                    await notes.stub(opened).CreateNote(create(), timeout=5)
                assert process.wait(10) == -9
            else:
                assert (await notes.stub(opened).CreateNote(create(), timeout=5)).title == "first"
                process.kill()
                process.wait(10)
        assert await count(servicer) == 1


def mortal(settings: Any, is_killed: bool) -> tuple[subprocess.Popen[bytes], int]:
    """A server in a process of its own, which may kill itself when it has committed."""
    root = Path(__file__).parents[2]
    environment = {"PYTHONPATH": f"{root}:{root / 'libs'}", "KILLED": str(int(is_killed))}
    command = [sys.executable, "-m", "tests.chassis.mortal", settings.model_dump_json()]
    process = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    line = process.stdout.readline()
    process.stdout.close()
    return process, int(line)


async def test_output_only_fields_are_ignored_and_updates_touch_what_they_name(stub: Any, servicer: Any) -> None:
    note = await stub.CreateNote(create())
    patch = notes.Note(name=note.name, author="mallory")
    patch.create_time.GetCurrentTime()
    with pytest.raises(errors.InvalidArgument) as caught:
        await stub.UpdateNote(notes.UpdateNoteRequest(note=patch))
    assert caught.value.reason == "FIELD_IMMUTABLE"
    assert not servicer.seen[-1].note.HasField("create_time")


async def test_a_strange_request_id_is_refused(stub: Any) -> None:
    for request_id in ("x" * 65, "a b", "ü"):
        with pytest.raises(errors.InvalidArgument) as caught:
            await stub.CreateNote(create(request_id=request_id))
        assert [v.field for v in caught.value.violations] == ["request_id"]
