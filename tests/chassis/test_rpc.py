"""The door and the channel: codes, reasons, deadlines, permissions, form; a real server and a real channel."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import grpc
import pytest
from chassis import calls, errors
from chassis.config import Settings
from chassis.rpc import build_server, channel
from chassis.rpc.methods import UnguardedMethodError
from google.protobuf import field_mask_pb2
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from tests.chassis import notes


@pytest.fixture
def settings(keys: dict[str, Any]) -> Settings:
    return Settings(**keys, service="contact", role="serve", grace_seconds=0.2)


@asynccontextmanager
async def serving(settings: Settings, servicer: Any, **options: Any) -> AsyncIterator[Any]:
    server = notes.server(settings, servicer, **options)
    await server.start()
    try:
        yield server
    finally:
        await server.stop(0.1)


@pytest.fixture
def servicer() -> notes.NoteServicer:
    return notes.NoteServicer()


@pytest.fixture
async def server(settings: Settings, servicer: notes.NoteServicer) -> AsyncIterator[Any]:
    async with serving(settings, servicer) as running:
        yield running


@pytest.fixture
async def stub(server: Any, token: Any) -> AsyncIterator[Any]:
    async with channel(f"127.0.0.1:{server.port}", token=token("rep", subject="users/ada")) as opened:
        yield notes.stub(opened)


async def raw_error(server: Any, method: str, request: Any, token: str | None, **options: Any) -> grpc.aio.AioRpcError:
    """The failure as any gRPC client sees it."""
    metadata = [("authorization", f"Bearer {token}")] if token is not None else []
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}", options=[("grpc.enable_retries", 0)]) as opened:
        call = getattr(notes.stub(opened), method)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(request, metadata=metadata, **options)
    return caught.value


def details(error: grpc.aio.AioRpcError, kind: Any) -> Any:
    trailers = dict(error.trailing_metadata() or ())
    status = Status.FromString(trailers["grpc-status-details-bin"])
    assert status.code == error.code().value[0]
    found = kind()
    return found if any(detail.Unpack(found) for detail in status.details) else None


GET = notes.GetNoteRequest(name="notes/1")


@pytest.mark.parametrize("kind", list(errors.KINDS.values()))
async def test_each_kind_of_error_crosses_the_wire_and_comes_back(kind: Any, servicer: Any, stub: Any) -> None:
    class NoteTornError(kind):
        """The note is torn."""

        reason = "NOTE_TORN"

    async def fail(_request: Any) -> None:
        raise NoteTornError(note="notes/1")

    servicer.on_get = fail
    with pytest.raises(kind) as caught:
        await stub.GetNote(GET)
    assert caught.value.reason == "NOTE_TORN"
    assert caught.value.metadata == {"note": "notes/1"}
    assert caught.value.kind == kind.kind


async def test_an_error_carries_error_info_retry_info_and_pushback(server: Any, servicer: Any, token: Any) -> None:
    async def fail(_request: Any) -> None:
        raise errors.ResourceExhausted(retry_after=timedelta(milliseconds=1500), bound="records")

    servicer.on_get = fail
    error = await raw_error(server, "GetNote", GET, token("rep"))
    info = details(error, error_details_pb2.ErrorInfo)
    assert (info.domain, info.reason, dict(info.metadata)) == (
        "touchline.dev",
        "RESOURCE_EXHAUSTED",
        {"bound": "records"},
    )
    assert details(error, error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() == 1500
    assert dict(error.trailing_metadata())["grpc-retry-pushback-ms"] == "1500"


async def test_a_bug_is_internal_without_detail(server: Any, servicer: Any, token: Any, caplog: Any) -> None:
    async def fail(_request: Any) -> None:
        raise KeyError("ada@kiln.example")

    servicer.on_get = fail
    error = await raw_error(server, "GetNote", GET, token("rep"))
    assert (error.code(), error.details()) == (grpc.StatusCode.INTERNAL, "internal error")
    assert "grpc-status-details-bin" not in dict(error.trailing_metadata() or ())


async def test_a_call_without_a_valid_token_is_unauthenticated(
    server: Any, token: Any, settings: Settings, keys: Any, tmp_path: Any
) -> None:
    import jwt

    good = {"sub": "users/ada", "roles": ["admin"], "iss": "development", "aud": "touchline", "exp": time.time() + 60}
    key = settings.token_key()
    (tmp_path / "other.key").write_text("x" * 40)
    forged = [
        None,
        "",
        "nonsense",
        token("admin", ttl=timedelta(seconds=-1)),
        jwt.encode(good, "x" * 40, algorithm="HS256"),
        jwt.encode(good, None, algorithm="none"),
        jwt.encode(good, key, algorithm="HS384"),
        jwt.encode({**good, "iss": "elsewhere"}, key, algorithm="HS256"),
        jwt.encode({**good, "aud": "other"}, key, algorithm="HS256"),
        jwt.encode({**good, "aud": ["touchline", "other"]}, key, algorithm="HS256"),
        *(
            jwt.encode({k: v for k, v in good.items() if k != name}, key, algorithm="HS256")
            for name in ("exp", "iss", "aud", "sub")
        ),
    ]
    for one in forged:
        error = await raw_error(server, "GetNote", GET, one)
        assert error.code() is grpc.StatusCode.UNAUTHENTICATED, one
        assert details(error, error_details_pb2.ErrorInfo).reason in {"TOKEN_MISSING", "TOKEN_INVALID", "TOKEN_EXPIRED"}


async def test_a_role_without_the_permission_is_refused_before_the_request_is_looked_at(
    server: Any, token: Any
) -> None:
    for roles in (("analyst",), ()):
        error = await raw_error(server, "CreateNote", notes.CreateNoteRequest(), token(*roles))
        assert error.code() is grpc.StatusCode.PERMISSION_DENIED
        assert details(error, error_details_pb2.ErrorInfo).metadata["permission"] == "contact.contacts.write"


async def test_the_caller_is_known_inside_the_call_and_nobody_outside(server: Any, servicer: Any, token: Any) -> None:
    async def answer(_request: Any) -> Any:
        caller = calls.caller()
        assert caller.roles == {"rep"}
        return notes.Note(name=caller.subject, title=caller.team)

    servicer.on_get = answer
    async with channel(f"127.0.0.1:{server.port}", token=token("rep", subject="users/bo", team="teams/n")) as opened:
        note = await notes.stub(opened).GetNote(GET)
    assert (note.name, note.title) == ("users/bo", "teams/n")
    assert calls.caller().subject == ""


async def test_a_method_without_permission_does_not_start(settings: Settings, servicer: Any) -> None:
    with pytest.raises(UnguardedMethodError, match="UnguardedService/GetNote"):
        build_server(settings, [(notes.adder(notes.UNGUARDED), servicer, notes.UNGUARDED)], port=0)


async def test_every_broken_field_is_named_with_its_rule(server: Any, token: Any) -> None:
    note = notes.Note(owner_email="nobody", author="a\0b")
    error = await raw_error(server, "CreateNote", notes.CreateNoteRequest(note=note), token("rep"))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    found = {v.field: v.reason for v in details(error, error_details_pb2.BadRequest).field_violations}
    assert found == {"note.title": "REQUIRED", "note.owner_email": "STRING_EMAIL", "note.author": "STRING_NUL"}
    note = notes.Note(title="fine", addresses=["a", "b\0"], handles=[notes.Note.Handle(value="\0")])
    error = await raw_error(server, "CreateNote", notes.CreateNoteRequest(note=note), token("rep"))
    places = [v.field for v in details(error, error_details_pb2.BadRequest).field_violations]
    assert sorted(places) == ["note.addresses[1]", "note.handles[0].value"]
    error = await raw_error(server, "CreateNote", notes.CreateNoteRequest(), token("rep"))
    assert [v.field for v in details(error, error_details_pb2.BadRequest).field_violations] == ["note"]


async def test_violations_come_back_to_the_client(stub: Any) -> None:
    with pytest.raises(errors.InvalidArgument) as caught:
        await stub.CreateNote(notes.CreateNoteRequest(note=notes.Note(title="x")))
    assert [(v.field, v.reason) for v in caught.value.violations] == [("note.title", "STRING_MIN_LEN")]


async def test_a_thousand_violations_fit_into_what_a_client_takes(stub: Any, servicer: Any) -> None:
    async def fail(_request: Any) -> None:
        raise errors.InvalidArgument(
            violations=[errors.Violation(f"items[{n}].ü", "ü" * 999, "R") for n in range(1000)]
        )

    servicer.on_get = fail
    with pytest.raises(errors.InvalidArgument) as caught:
        await stub.GetNote(GET)
    assert caught.value.violations[0].field == "items[0].ü"
    assert caught.value.violations[-1].reason == "MORE_VIOLATIONS"


async def test_bytes_that_are_no_message_are_an_invalid_argument(server: Any, token: Any) -> None:
    metadata = [("authorization", f"Bearer {token('rep')}")]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as opened:
        call = opened.unary_unary(f"/{notes.SERVICE}/GetNote")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(b"\xff\xff\xff", metadata=metadata)
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(b"\x0a\x02\xed\xa0", metadata=metadata)  # half a surrogate
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_method_that_answers_item_by_item_sees_bad_items_too(stub: Any) -> None:
    request = notes.RecordNotesRequest(notes=[notes.Note(), notes.Note(title="good")])
    assert (await stub.RecordNotes(request)).count == 2


async def test_requests_of_a_stream_are_checked_one_by_one(stub: Any) -> None:
    async def requests(*titles: str) -> AsyncIterator[Any]:
        for title in titles:
            yield notes.CreateNoteRequest(note=notes.Note(title=title))

    assert (await stub.CollectNotes(requests("one", "two"))).count == 2
    with pytest.raises(errors.InvalidArgument):
        await stub.CollectNotes(requests("one", ""))


async def test_a_call_without_deadline_ends_after_the_cap(settings: Settings, servicer: Any, token: Any) -> None:
    answered = asyncio.Event()

    async def hang(_request: Any) -> None:
        assert 1.0 < calls.remaining_seconds(9) < 2.0
        try:  # as a driver that waits for a frozen server, it ignores being cancelled for a while
            await answered.wait()
        finally:
            await answered.wait()

    servicer.on_get = hang
    async with serving(settings, servicer) as server:
        error = await raw_error(server, "GetNote", GET, token("rep"))
        answered.set()
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert details(error, error_details_pb2.RetryInfo) is not None


async def test_a_deadline_is_kept_with_time_to_answer(stub: Any, servicer: Any) -> None:
    async def hang(_request: Any) -> None:
        assert calls.remaining_seconds(9) < 0.4
        await asyncio.Event().wait()

    servicer.on_get = hang
    with pytest.raises(errors.Unavailable) as caught:
        await stub.GetNote(GET, timeout=0.4)
    assert caught.value.reason in {"OUT_OF_TIME", "DEADLINE_EXCEEDED"}


async def test_a_watch_goes_on_where_another_stream_ends(settings: Settings, servicer: Any, token: Any) -> None:
    servicer.pause = 2.3
    async with (
        serving(settings, servicer) as server,
        channel(f"127.0.0.1:{server.port}", token=token("rep")) as opened,
    ):
        stub = notes.stub(opened)

        async def listen() -> None:
            async for _ in stub.ListenNotes(GET):
                pass

        ended = asyncio.create_task(listen())
        assert [note.name async for note in stub.WatchNotes(GET)] == ["notes/1", "notes/last"]
        with pytest.raises(errors.Unavailable):
            await ended


async def test_a_client_that_leaves_cancels_the_work(stub: Any, servicer: Any) -> None:
    cancelled = asyncio.Event()

    async def hang(_request: Any) -> None:
        try:
            await asyncio.sleep(30)
        finally:
            cancelled.set()

    servicer.on_get = hang
    task = asyncio.create_task(stub.GetNote(GET, timeout=20))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(cancelled.wait(), 2)


async def test_unavailable_is_retried_with_the_same_request(stub: Any, servicer: Any) -> None:
    seen = []

    async def answer(request: Any) -> Any:
        seen.append(request.name)
        if len(seen) < 3:
            raise errors.Unavailable(retry_after=timedelta(milliseconds=20))
        return notes.Note(name="notes/1")

    servicer.on_get = answer
    assert (await stub.GetNote(GET)).name == "notes/1"
    assert seen == ["notes/1"] * 3


async def test_a_retry_of_a_mutating_request_has_the_same_request_id(stub: Any, servicer: Any) -> None:
    seen = []

    async def create(request: Any) -> Any:
        seen.append(request.request_id)
        if len(seen) < 2:
            raise errors.Unavailable(retry_after=timedelta(milliseconds=20))
        return notes.Note(name="notes/1")

    servicer.on_create = create
    request = notes.CreateNoteRequest(note=notes.Note(title="new"))
    await stub.CreateNote(request)
    assert len(seen) == 2
    assert seen[0]
    assert seen[0] == seen[1]
    assert request.request_id == ""


async def test_health_names_what_is_away_and_needs_no_token(settings: Settings, servicer: Any) -> None:
    known = {"kafka": "ok", "postgresql": "away"}
    async with (
        serving(settings, servicer, report=lambda: known) as server,
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as opened,
    ):
        stub = health_pb2_grpc.HealthStub(opened)

        async def ask(name: str) -> int:
            return (await stub.Check(health_pb2.HealthCheckRequest(service=name))).status

        assert [await ask(name) for name in ("", notes.SERVICE, "readiness", "kafka")] == [1, 1, 1, 1]
        assert await ask("postgresql") == 2
        assert server.health() == known


async def test_reflection_needs_no_token(server: Any) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as opened:
        stub = reflection_pb2_grpc.ServerReflectionStub(opened)
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        answers = [answer async for answer in stub.ServerReflectionInfo(iter([request]))]
    assert notes.SERVICE in {service.name for service in answers[0].list_services_response.service}


async def test_a_running_server_drains_when_told_to_stop(settings: Settings, servicer: Any, token: Any) -> None:
    server = notes.server(settings.model_copy(update={"grace_seconds": 5.0}), servicer)
    stop = asyncio.Event()
    running = asyncio.create_task(server.run(stop))

    async def answer(_request: Any) -> Any:
        stop.set()
        await asyncio.sleep(0.5)
        return notes.Note(name="notes/1")

    servicer.on_get = answer
    async with channel(f"127.0.0.1:{server.port}", token=token("rep")) as opened:
        assert (await notes.stub(opened).GetNote(GET)).name == "notes/1"
        await asyncio.wait_for(running, 5)
        with pytest.raises(errors.Unavailable):
            await notes.stub(opened).GetNote(GET, timeout=0.3)


async def test_a_connection_ends_with_its_age(settings: Settings, servicer: Any, token: Any) -> None:
    async def answer(_request: Any) -> Any:
        return notes.Note(name="notes/1")

    servicer.on_get = answer
    age = timedelta(milliseconds=300)
    async with (
        serving(settings, servicer, age=age, age_grace=age) as server,
        channel(f"127.0.0.1:{server.port}", token=token("rep")) as opened,
    ):
        stub = notes.stub(opened)
        for _ in range(10):
            assert (await stub.GetNote(GET)).name == "notes/1"
            await asyncio.sleep(0.1)


async def test_update_masks_are_checked_at_the_door(server: Any, token: Any) -> None:
    for path, reason in (("author", "FIELD_IMMUTABLE"), ("colour", "UPDATE_MASK_INVALID")):
        mask = field_mask_pb2.FieldMask(paths=[path])
        request = notes.UpdateNoteRequest(note=notes.Note(name="notes/1"), update_mask=mask)
        error = await raw_error(server, "UpdateNote", request, token("rep"))
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert [v.reason for v in details(error, error_details_pb2.BadRequest).field_violations] == [reason]
