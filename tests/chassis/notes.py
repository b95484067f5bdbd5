"""The notes service of the chassis' tests: its messages from notes.proto, its servicer, its server and its stub."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
from buf.validate import validate_pb2  # noqa: F401 - its descriptor must be in the pool
from chassis import inbox, outbox
from chassis.auth import Authenticator
from chassis.db import Database
from chassis.errors import NotFound
from chassis.resources import ResourceName, apply_mask, check_etag, etag_of
from chassis.rpc import Servicer, build_server
from google.api import field_behavior_pb2  # noqa: F401
from google.protobuf import descriptor_pool, empty_pb2, field_mask_pb2, timestamp_pb2  # noqa: F401
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message_factory import GetMessageClass
from sqlalchemy import text
from touchline.options.v1 import options_pb2  # noqa: F401

from deploy.protos import protoc

SERVICE = "touchline.notes.v1.NoteService"
UNGUARDED = "touchline.notes.v1.UnguardedService"
NOTE = ResourceName("notes/{note}")
SCHEMA = (
    "CREATE TABLE note (id bigserial PRIMARY KEY, title text NOT NULL, author text NOT NULL, revision int NOT NULL)"
)


@cache
def descriptors() -> Any:
    """Compile notes.proto into the default pool, once per process."""
    folder = Path(__file__).parent
    with tempfile.TemporaryDirectory() as target:
        out = Path(target) / "notes.binpb"
        protoc(f"-I{folder}", f"--descriptor_set_out={out}", "notes.proto")
        for file in FileDescriptorSet.FromString(out.read_bytes()).file:
            descriptor_pool.Default().AddSerializedFile(file.SerializeToString())
    return descriptor_pool.Default().FindFileByName("notes.proto")


def message(name: str) -> Any:
    return GetMessageClass(descriptors().message_types_by_name[name])


Note = message("Note")
CreateNoteRequest = message("CreateNoteRequest")
GetNoteRequest = message("GetNoteRequest")
UpdateNoteRequest = message("UpdateNoteRequest")
DeleteNoteRequest = message("DeleteNoteRequest")
RecordNotesRequest = message("RecordNotesRequest")
RecordNotesResponse = message("RecordNotesResponse")


class NoteServicer(Servicer):
    """Keeps notes in PostgreSQL; `on_get` and `on_create` let a test decide what those methods do."""

    def __init__(self, database: Any = None) -> None:
        super().__init__(database)
        self.on_get: Any = None
        self.on_create: Any = None
        self.seen: list[Any] = []
        self.calls = 0
        self.pause = 0.0

    async def CreateNote(self, request: Any, context: Any) -> Any:
        if self.on_create is not None:
            return await self.on_create(request)
        async with self.transaction() as tx:
            self.calls += 1
            await asyncio.sleep(self.pause)
            made = "INSERT INTO note (title, author, revision) VALUES (:title, :author, 1) RETURNING id"
            found = await tx.execute(text(made), {"title": request.note.title, "author": request.note.author})
            return tx.answer(await self._read(tx, found.scalar_one()))

    async def GetNote(self, request: Any, context: Any) -> Any:
        if self.on_get is not None:
            return await self.on_get(request)
        return await self.reread(request.name, "GetNote")

    async def UpdateNote(self, request: Any, context: Any) -> Any:
        async with self.transaction() as tx:
            self.seen.append(request)
            note_id = int(NOTE.parse(request.note.name, "note.name"))
            note = await self._read(tx, note_id)
            check_etag(note.etag, request.note.etag)
            apply_mask(note, request.note, request.update_mask)
            change = "UPDATE note SET title = :title, revision = revision + 1 WHERE id = :id"
            await tx.execute(text(change), {"title": note.title, "id": note_id})
            return tx.answer(await self._read(tx, note_id))

    async def DeleteNote(self, request: Any, context: Any) -> Any:
        async with self.transaction() as tx:
            note_id = int(NOTE.parse(request.name))
            await self._read(tx, note_id)
            await tx.execute(text("DELETE FROM note WHERE id = :id"), {"id": note_id})
            return empty_pb2.Empty()

    async def RecordNotes(self, request: Any, context: Any) -> Any:
        return RecordNotesResponse(count=len(request.notes))

    async def WatchNotes(self, request: Any, context: Any) -> AsyncIterator[Any]:
        yield Note(name=request.name)
        await asyncio.sleep(self.pause)
        yield Note(name="notes/last")

    async def ListenNotes(self, request: Any, context: Any) -> AsyncIterator[Any]:
        yield Note(name=request.name)
        await asyncio.sleep(self.pause)
        yield Note(name="notes/last")

    async def CollectNotes(self, requests: Any, context: Any) -> Any:
        return RecordNotesResponse(count=len([request async for request in requests]))

    async def reread(self, name: str, method: str) -> Any:
        async with self.database.transaction() as tx:
            return await self._read(tx, int(NOTE.parse(name)))

    async def _read(self, tx: Any, note_id: int) -> Any:
        found = await tx.execute(text("SELECT * FROM note WHERE id = :id"), {"id": note_id})
        row = found.one_or_none()
        if row is None:
            raise NotFound(note=NOTE.format(note_id))
        return Note(name=NOTE.format(row.id), title=row.title, author=row.author, etag=etag_of(row.revision))


def adder(service: str) -> Any:
    """What generated code calls add_…_to_server, from the descriptor."""

    def add(servicer: Any, server: Any) -> None:
        handlers = {}
        for method in descriptor_pool.Default().FindServiceByName(service).methods:
            streams = ("unary", "stream")
            name = f"{streams[method.client_streaming]}_{streams[method.server_streaming]}_rpc_method_handler"
            read, write = GetMessageClass(method.input_type).FromString, GetMessageClass(method.output_type)
            handlers[method.name] = getattr(grpc, name)(
                getattr(servicer, method.name), request_deserializer=read, response_serializer=write.SerializeToString
            )
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
        server.add_registered_method_handlers(service, handlers)

    return add


def stub(channel: Any) -> Any:
    """What generated code calls a stub, from the descriptor."""
    methods = {}
    for method in descriptor_pool.Default().FindServiceByName(SERVICE).methods:
        streams = ("unary", "stream")
        make = getattr(channel, f"{streams[method.client_streaming]}_{streams[method.server_streaming]}")
        methods[method.name] = make(
            f"/{SERVICE}/{method.name}",
            request_serializer=GetMessageClass(method.input_type).SerializeToString,
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
    return SimpleNamespace(**methods)


def server(settings: Any, servicer: Any, **options: Any) -> Any:
    """A server for notes on a free port."""
    registrations = [(adder(SERVICE), servicer, SERVICE)]
    options = {"unlimited": ("WatchNotes",), "item_wise": ("RecordNotes",), "port": 0, **options}
    return build_server(settings, registrations, authenticator=Authenticator.load(settings), **options)


async def open_database(settings: Any) -> Database:
    """A database with the chassis' tables and the notes."""
    database = Database(settings, pool_size=5)
    await database.open()
    async with database.connection() as conn:
        for statement in (outbox.SCHEMA, inbox.SCHEMA, SCHEMA):
            await conn.execute(statement)
    return database
