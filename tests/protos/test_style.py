"""The rules of protos/README.md and the AIPs, held over the descriptors of every file of ours."""

import re
from pathlib import PurePosixPath

import pytest
from google.api import annotations_pb2, resource_pb2
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from touchline.options.v1 import options_pb2

from tests.protos.tree import Method, behaviours, elements, enums, files, message, messages, methods

READING = re.compile(
    r"^(Get|List|BatchGet|Watch|Read|Search|Check|Resolve|Count|BatchCheck|Snapshot|Preview|DryRun|Explain|Stream)"
)
VAGUE = re.compile(r"^(Process|Handle|Do|Manage|Execute)(?=[A-Z]|$)")
# Mutations that need no request_id, each with what makes a repeat harmless.
IDEMPOTENT = {
    "RecordTouches": "by touch id",
    "ReceiveText": "by the provider's id of the message",
    "ImportSuppressions": "an address is suppressed once",
    "ImportPurchases": "a purchase is known by its source and number",
    "RevealContact": "each reveal is written down by itself",
    "ExportContact": "each export is written down by itself",
}
every_file = pytest.mark.parametrize("file", files(), ids=lambda file: file.name)
every_method = pytest.mark.parametrize("method", methods(), ids=lambda method: method.name)


@every_file
def test_everything_is_commented(file: FileDescriptorProto) -> None:
    assert [each.where for each in elements(file) if len(each.comment) < 4] == []


@every_file
def test_the_folder_is_the_package(file: FileDescriptorProto) -> None:
    assert file.package == ".".join(PurePosixPath(file.name).parent.parts)
    assert re.fullmatch(r"touchline\.[a-z]+\.v\d+", file.package)


@every_file
def test_the_file_is_named_after_its_noun(file: FileDescriptorProto) -> None:
    stem, noun = PurePosixPath(file.name).stem, file.package.split(".")[1]
    assert stem in {noun, f"{noun}_events", f"{noun}_errors", "intake"}
    assert len(file.service) == (1 if stem == noun and noun != "options" else 0)


@every_file
def test_enum_values_carry_the_prefix_and_begin_with_unspecified(file: FileDescriptorProto) -> None:
    for enum in enums(file):
        prefix = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", enum.name).upper()
        assert enum.value[0].name == f"{prefix}_UNSPECIFIED"
        assert enum.value[0].number == 0
        assert [value.name for value in enum.value if not value.name.startswith(f"{prefix}_")] == []


@every_file
def test_fields_are_named_as_the_aips_name_them(file: FileDescriptorProto) -> None:
    for each in messages(file):
        for field in each.field:
            assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", field.name)
            assert not re.search(r"_(at|on|timestamp)$|^(created|updated|deleted)", field.name), field.name


@pytest.mark.parametrize("file", [file for file in files() if not file.name.endswith("/intake.proto")])
def test_moments_are_timestamps_and_spans_are_durations(file: FileDescriptorProto) -> None:
    # The inside of the intake stream is left out: it packs its moments as microseconds.
    for field in (field for each in messages(file) for field in each.field):
        if field.name.endswith("_time"):
            assert field.type_name == ".google.protobuf.Timestamp", field.name
        if field.name.endswith(("_duration", "_ttl", "_timeout")):
            assert field.type_name == ".google.protobuf.Duration", field.name


@every_file
def test_resources_have_a_pattern_and_a_name_first(file: FileDescriptorProto) -> None:
    for each in messages(file):
        resource = each.options.Extensions[resource_pb2.resource]
        if resource.type:
            assert resource.type == f"touchline.dev/{each.name}"
            assert resource.pattern
            assert (each.field[0].name, each.field[0].number) == ("name", 1)


@every_file
def test_a_state_is_output_only(file: FileDescriptorProto) -> None:
    for each in messages(file):
        if each.options.Extensions[resource_pb2.resource].type:
            for field in each.field:
                if field.type_name.endswith(".State") or field.name in {"create_time", "update_time"}:
                    assert "OUTPUT_ONLY" in behaviours(field), f"{each.name}.{field.name}"


@every_method
def test_every_method_says_who_may_call_it(method: Method) -> None:
    permission = method.proto.options.Extensions[options_pb2.permission]
    assert re.fullmatch(r"[a-z]+\.[a-z_]+\.[a-z_]+", permission)
    assert permission.split(".")[0] == method.file.package.split(".")[1]


@every_method
def test_every_method_is_reachable_over_http(method: Method) -> None:
    rule = method.proto.options.Extensions[annotations_pb2.http]
    verb = rule.WhichOneof("pattern")
    assert verb, "no google.api.http"
    assert getattr(rule, verb).startswith("/v1/")
    if READING.match(method.name) and verb == "get":
        assert rule.body == ""
    if not READING.match(method.name):
        assert verb != "get", "GET never changes anything"


@every_method
def test_a_mutation_carries_a_request_id(method: Method) -> None:
    if READING.match(method.name) or method.name in IDEMPOTENT:
        return
    fields = {field.name: field for field in method.request.field}
    assert "request_id" in fields
    assert fields["request_id"].type == FieldDescriptorProto.TYPE_STRING


@every_method
def test_a_list_is_paged(method: Method) -> None:
    if not method.name.startswith("List"):
        return
    assert method.has("page_size")
    assert method.has("page_token")
    response = {field.name for field in message(method.response).field}
    assert "next_page_token" in response


@every_file
def test_the_page_size_says_its_default_and_maximum(file: FileDescriptorProto) -> None:
    for each in elements(file):
        if each.where.endswith("Request.page_size"):
            default, *maximum = [int(number.replace(",", "")) for number in re.findall(r"[1-9][\d,]*", each.comment)]
            assert maximum, each.where
            assert default <= maximum[0], each.where


@every_method
def test_an_update_takes_a_mask(method: Method) -> None:
    if method.name.startswith("Update"):
        assert method.has("update_mask")


@every_method
def test_standard_methods_answer_with_the_resource(method: Method) -> None:
    found = re.fullmatch(r"(Get|Create|Update)(\w+)", method.name)
    if found and message(f".{method.file.package}.{found[2]}").field:
        assert method.response == f".{method.file.package}.{found[2]}"


@every_method
def test_no_method_has_a_vague_name(method: Method) -> None:
    assert not VAGUE.match(method.name)


@every_method
def test_requests_are_named_after_their_method(method: Method) -> None:
    assert method.proto.input_type == f".{method.file.package}.{method.name}Request"


def test_there_are_methods_to_hold_to_the_rules() -> None:
    assert len(methods()) > 20
