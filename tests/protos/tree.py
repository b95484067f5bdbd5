"""The protos as data: every file of ours with its descriptors and comments, read from a freshly built image."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from google.api import annotations_pb2, field_behavior_pb2, resource_pb2
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
)
from touchline.options.v1 import options_pb2

from deploy import protos

# The extensions are registered by importing their modules; without them every option below would read as unset.
OPTIONS = (annotations_pb2, field_behavior_pb2, resource_pb2, options_pb2)

Path_ = tuple[int, ...]


@dataclass(frozen=True)
class Element:
    """Something with a name and, one hopes, a comment."""

    where: str
    comment: str


@dataclass(frozen=True)
class Method:
    """A method with the messages it takes and gives."""

    file: FileDescriptorProto
    proto: MethodDescriptorProto
    request: DescriptorProto
    response: str

    @property
    def name(self) -> str:
        return self.proto.name

    def has(self, field: str) -> bool:
        return any(each.name == field for each in self.request.field)


@cache
def files() -> list[FileDescriptorProto]:
    with TemporaryDirectory() as folder:
        image = Path(folder) / "image.binpb"
        protos.build_image(image)
        everything = FileDescriptorSet.FromString(image.read_bytes())
    return [file for file in everything.file if file.name.startswith("touchline/")]


def messages(file: FileDescriptorProto) -> Iterator[DescriptorProto]:
    """Every message of a file, nested ones too, without the entries of maps."""
    waiting = list(file.message_type)
    while waiting:
        message = waiting.pop()
        if not message.options.map_entry:
            yield message
        waiting.extend(message.nested_type)


def enums(file: FileDescriptorProto) -> list[EnumDescriptorProto]:
    return [*file.enum_type, *(enum for message in messages(file) for enum in message.enum_type)]


def message(name: str) -> DescriptorProto:
    """The message of a full name, as requests are named: at the top of its file."""
    for file in files():
        for each in file.message_type:
            if f".{file.package}.{each.name}" == name:
                return each
    return DescriptorProto(name=name)


def methods() -> list[Method]:
    return [
        Method(file, method, message(method.input_type), method.output_type)
        for file in files()
        for service in file.service
        for method in service.method
    ]


def comments(file: FileDescriptorProto) -> dict[Path_, str]:
    return {
        tuple(place.path): " ".join(place.leading_comments.split()) or " ".join(place.trailing_comments.split())
        for place in file.source_code_info.location
    }


def elements(file: FileDescriptorProto) -> Iterator[Element]:
    """Everything in a file that must carry a comment."""
    said = comments(file)
    for path, where in paths(file):
        yield Element(f"{file.name}: {where}", said.get(path, ""))


def paths(file: FileDescriptorProto) -> Iterator[tuple[Path_, str]]:
    """The source path and the name of each element, numbered as descriptor.proto numbers its own fields."""
    for at, service in enumerate(file.service):
        yield (6, at), service.name
        yield from (((6, at, 2, n), f"{service.name}.{each.name}") for n, each in enumerate(service.method))
    for at, each in enumerate(file.message_type):
        yield from message_paths((4, at), each)
    for at, enum in enumerate(file.enum_type):
        yield from enum_paths((5, at), enum)
    yield from (((7, at), each.name) for at, each in enumerate(file.extension))


def message_paths(path: Path_, proto: DescriptorProto) -> Iterator[tuple[Path_, str]]:
    if proto.options.map_entry:
        return
    yield path, proto.name
    yield from (((*path, 2, n), f"{proto.name}.{each.name}") for n, each in enumerate(proto.field))
    for at, nested in enumerate(proto.nested_type):
        yield from message_paths((*path, 3, at), nested)
    for at, enum in enumerate(proto.enum_type):
        yield from enum_paths((*path, 4, at), enum)
    real = [n for n, each in enumerate(proto.oneof_decl) if not each.name.startswith("_")]
    yield from (((*path, 8, n), f"{proto.name}.{proto.oneof_decl[n].name}") for n in real)


def enum_paths(path: Path_, enum: EnumDescriptorProto) -> Iterator[tuple[Path_, str]]:
    yield path, enum.name
    yield from (((*path, 2, n), each.name) for n, each in enumerate(enum.value))


def behaviours(field: FieldDescriptorProto) -> set[str]:
    named = field.options.Extensions[field_behavior_pb2.field_behavior]
    return {field_behavior_pb2.FieldBehavior.Name(value) for value in named}
