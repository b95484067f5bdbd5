"""Feeds personal data to every method that there is: each request with a canary in all texts, and in personal ones."""

import importlib
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import grpc
from chassis.errors import DomainError
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from tests.flows.system import System
from tests.house.permissions import methods

FED = f"fed{uuid.uuid4().hex[:12]}"
ADDRESS = f"{FED}@fed.example"
DEEPEST = 6
PATIENCE = 30.0
Text = Callable[[FieldDescriptor], str]


async def feed(system: System) -> dict[str, list[str]]:
    """Call every method as an administrator, twice; what each refusal said, by the method's path."""
    told: dict[str, list[str]] = {}
    for service, group in grouped().items():
        async with system.channel(service, "admin", timeout=PATIENCE) as channel:
            module = importlib.import_module(f"touchline.{service}.v1.{service}_pb2_grpc")
            for method in group:
                stub = getattr(module, f"{method.containing_service.name}Stub")(channel)
                path = f"{method.containing_service.full_name}/{method.name}"
                told[path] = [said async for said in _said(getattr(stub, method.name), method)]
    return told


def grouped() -> dict[str, list[MethodDescriptor]]:
    """Every method, by the service that answers it."""
    found: dict[str, list[MethodDescriptor]] = {}
    for method in methods().values():
        found.setdefault(method.full_name.split(".")[1], []).append(method)
    return found


async def _said(call: Any, method: MethodDescriptor) -> Any:
    for text in (everywhere, where_it_is_personal):
        request = filled(method.input_type, text)
        try:
            if method.server_streaming:
                async for _ in call(request, timeout=PATIENCE):
                    break
            else:
                await call(request)
        except (DomainError, grpc.aio.AioRpcError) as error:
            yield f"{error} {vars(error)}"


def everywhere(_field: FieldDescriptor) -> str:
    return ADDRESS


def where_it_is_personal(field: FieldDescriptor) -> str:
    """The canary in personal fields; elsewhere what makes a request reach as far as it can."""
    option = descriptor_pool.Default().FindExtensionByName("touchline.options.v1.pii")
    if field.GetOptions().Extensions[option]:
        return ADDRESS
    plausible = {"kind": "email", "request_id": str(uuid.uuid4()), "source_event_id": str(uuid.uuid4())}
    plausible |= {"type": "form.submitted", "source": "sources/pii-email", "page_token": "", "filter": "", "etag": ""}
    return plausible.get(field.name, f"contacts/{uuid.uuid4()}")


def filled(kind: Descriptor, text: Text, depth: int = 0) -> Message:
    """A message with something in every field."""
    message = GetMessageClass(kind)()
    if kind.full_name == "google.protobuf.Timestamp":
        message.FromDatetime(datetime.now(UTC))
    elif kind.full_name == "google.protobuf.Struct":
        message.update({"secret": ADDRESS, "text": ADDRESS})
    elif kind.full_name not in {"google.protobuf.FieldMask", "google.protobuf.Duration"} and depth < DEEPEST:
        for field in kind.fields:
            _fill(message, field, text, depth)
    return message


def _fill(message: Message, field: FieldDescriptor, text: Text, depth: int) -> None:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return
    values = list(_values(field, text, depth))
    if field.is_repeated:
        getattr(message, field.name).extend(values)
    elif field.message_type is not None:
        getattr(message, field.name).CopyFrom(values[0])
    else:
        setattr(message, field.name, values[0])


def _values(field: FieldDescriptor, text: Text, depth: int) -> Iterator[Any]:
    """One value of this field."""
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_MESSAGE:
            yield filled(field.message_type, text, depth + 1)
        case FieldDescriptor.CPPTYPE_STRING:
            yield text(field).encode() if field.type == FieldDescriptor.TYPE_BYTES else text(field)
        case FieldDescriptor.CPPTYPE_ENUM:
            yield field.enum_type.values[-1].number
        case FieldDescriptor.CPPTYPE_BOOL:
            yield True
        case _:
            yield 1
