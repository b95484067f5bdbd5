"""What a caller sees while PostgreSQL is frozen or a call is cut: an answer in time, a loop that runs on, recovery."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
from chassis import errors
from chassis.rpc import channel
from chassis.rpc.status import from_rpc_error

from tests.chassis import notes
from tests.chassis.ground import signal_all


def children(parent: int) -> list[int]:
    """The processes whose parent is this one."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, rest = stat.read_text().split(" (", 1)
            if int(rest.rpartition(")")[2].split()[1]) == parent:
                found.append(int(pid))
    return found


@contextmanager
def frozen(postgres: Any) -> Iterator[None]:
    """Stop PostgreSQL with all its processes; they go on afterwards."""
    pids = [postgres.pid, *children(postgres.pid)]
    try:
        signal_all(pids, signal.SIGSTOP)
        yield
    finally:
        signal_all(pids, signal.SIGCONT)


@pytest.fixture
async def stub(make_database: Any, token: Any) -> AsyncIterator[Any]:
    settings = make_database("contact", migrated=False, grace_seconds=0.2)
    database = await notes.open_database(settings)
    server = notes.server(settings.for_role("contact", "serve"), notes.NoteServicer(database), report=database.health)
    await server.start()
    async with channel(f"127.0.0.1:{server.port}", token=token("rep")) as opened:
        yield notes.stub(opened)
    await server.stop(0.1)
    await database.close()


async def longest_tick(until: asyncio.Event) -> float:
    """How long the event loop was held at most."""
    longest = 0.0
    while not until.is_set():
        started = time.monotonic()
        await asyncio.sleep(0.01)
        longest = max(longest, time.monotonic() - started - 0.01)
    return longest


async def timed(stub: Any, request: Any, **options: Any) -> float:
    started = time.monotonic()
    with pytest.raises(errors.Unavailable):
        await stub.CreateNote(request, **options)
    return time.monotonic() - started


async def test_a_frozen_database_is_unavailable_in_time_and_forgotten_when_it_thaws(stub: Any, postgres: Any) -> None:
    request = notes.CreateNoteRequest(note=notes.Note(title="first", author="ada"), request_id="r-1")
    await stub.CreateNote(request)
    done = asyncio.Event()
    watch = asyncio.create_task(longest_tick(done))
    with frozen(postgres):
        took = await asyncio.gather(*(timed(stub, request) for _ in range(20)), timed(stub, request, timeout=0.8))
        done.set()
    assert max(took[:-1]) < 2.2
    assert took[-1] < 1.0
    assert await watch < 0.3
    for _ in range(20):
        try:
            assert (await stub.CreateNote(request)).name == "notes/1"
            break
        except errors.Unavailable:
            await asyncio.sleep(0.2)
    else:
        pytest.fail("it did not recover")


def test_a_call_that_is_cut_from_afar_may_be_made_again() -> None:
    cut = grpc.aio.AioRpcError(grpc.StatusCode.CANCELLED, grpc.aio.Metadata(), grpc.aio.Metadata(), "CANCELLED")
    told = from_rpc_error(cut)
    assert isinstance(told, errors.Unavailable)
    assert told.reason == "CALL_CUT"


async def test_a_call_on_a_channel_that_has_closed_may_be_made_again_and_is_no_bug_of_the_caller() -> None:
    opened = channel("127.0.0.1:9", token="x")
    stub = notes.stub(opened)
    await opened.close()
    with pytest.raises(errors.Unavailable) as one:
        await stub.CreateNote(notes.CreateNoteRequest())
    with pytest.raises(errors.Unavailable) as many:
        await anext(stub.WatchNotes(notes.GetNoteRequest()))
    assert (one.value.reason, many.value.reason) == ("CALL_CUT", "CALL_CUT")


async def test_a_call_goes_out_on_the_channel_that_is_there_when_its_token_has_come() -> None:
    """The certificate may change, and the channel with it, while a caller waits for its token."""
    opened = channel("127.0.0.1:9", token_source=lambda: replaced(opened), timeout=0.5)
    with pytest.raises(errors.Unavailable) as told:
        await notes.stub(opened).CreateNote(notes.CreateNoteRequest())
    assert told.value.reason != "CALL_CUT"
    await opened.close()


async def replaced(opened: Any) -> str:
    line = opened._line
    old, line.inner = line.inner, line._open()
    await old.close()
    return "x"
