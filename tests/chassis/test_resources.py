"""Names, page tokens, etags, masks: the grammar of resources."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from chassis.errors import Aborted, InvalidArgument
from chassis.resources import PageTokens, ResourceName, apply_mask, changed_paths, check_etag, etag_of, page_size
from google.protobuf.field_mask_pb2 import FieldMask

from tests.chassis.notes import Note

CONTACT = ResourceName("contacts/{contact}")
ID = UUID("0199c0de-0000-7000-8000-000000000001")


def test_names_are_formatted_and_parsed() -> None:
    handle = ResourceName("contacts/{contact}/identifiers/{identifier}")
    assert handle.format("a", "b") == "contacts/a/identifiers/b"
    assert handle.match("contacts/a/identifiers/b") == {"contact": "a", "identifier": "b"}
    assert handle.parse("contacts/a/identifiers/b") == "b"
    assert CONTACT.parse_uuid(f"contacts/{ID}") == ID


@pytest.mark.parametrize("name", ["", "contacts/", "contacts/a/b", "segments/a", "contacts/a\0", "contacts/a\n"])
def test_a_wrong_name_names_field_and_pattern(name: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        CONTACT.parse(name, "contact")
    assert caught.value.reason == "RESOURCE_NAME_INVALID"
    assert caught.value.violations[0].field == "contact"
    assert "contacts/{contact}" in caught.value.violations[0].description


@pytest.mark.parametrize("text", [f"{{{ID}}}", ID.hex, str(ID).upper(), "ada"])
def test_a_uuid_has_one_spelling(text: str) -> None:
    with pytest.raises(InvalidArgument):
        CONTACT.parse_uuid(f"contacts/{text}")


def test_page_sizes() -> None:
    assert [page_size(n) for n in (0, 7, 5000)] == [50, 7, 1000]
    with pytest.raises(InvalidArgument):
        page_size(-1)


def test_a_page_token_keeps_every_kind_of_position() -> None:
    tokens = PageTokens("users/ada", 'name = "x"', "create_time")
    position = ("x", 7, 1.5, None, True, ID, datetime(2026, 1, 2, tzinfo=UTC), b"\x00\xff")
    assert tokens.read(tokens.issue(position)) == position
    assert tokens.read("") is None


@pytest.mark.parametrize(
    "other", [("users/bo", "f", "o"), ("users/ada", "g", "o"), ("users/ada", "f", "p"), ("users/adaf", "", "o")]
)
def test_a_page_token_belongs_to_caller_filter_and_order(other: tuple[str, str, str]) -> None:
    token = PageTokens("users/ada", "f", "o").issue((1,))
    with pytest.raises(InvalidArgument) as caught:
        PageTokens(*other).read(token)
    assert caught.value.reason == "PAGE_TOKEN_MISMATCH"


@pytest.mark.parametrize("token", ["x", "ä", "eyJ9", "W10", "WzEsMl0", "bnVsbA", "W1siYSJdLHsiYiI6MX1d", "A" * 999])
def test_nonsense_is_no_page_token(token: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        PageTokens("a").read(token)
    assert caught.value.reason in {"PAGE_TOKEN_INVALID", "PAGE_TOKEN_MISMATCH"}


def test_a_stale_etag_aborts() -> None:
    check_etag(etag_of(3), "")
    check_etag(Note(etag=etag_of(3)), etag_of(3))
    with pytest.raises(Aborted) as caught:
        check_etag(etag_of(4), etag_of(3))
    assert caught.value.reason == "ETAG_MISMATCH"


def test_without_a_mask_every_populated_field_changes() -> None:
    note = Note(name="notes/1", title="old", phone="+491", author="ada")
    assert apply_mask(note, Note(name="notes/1", title="new"), FieldMask()) == ["title"]
    assert (note.title, note.phone) == ("new", "+491")


def test_a_mask_clears_what_the_patch_leaves_empty() -> None:
    note = Note(title="old", phone="+491", addresses=["a@b.example"])
    apply_mask(note, Note(), FieldMask(paths=["phone", "addresses"]))
    assert (note.title, note.phone, list(note.addresses)) == ("old", "", [])


def test_a_star_replaces_everything_that_may_change() -> None:
    note = Note(name="notes/1", title="old", phone="+491", author="ada")
    note.create_time.seconds = 5
    apply_mask(note, Note(title="new"), FieldMask(paths=["*"]))
    assert (note.name, note.title, note.phone, note.author, note.create_time.seconds) == (
        "notes/1",
        "new",
        "",
        "ada",
        5,
    )


def test_an_immutable_field_must_keep_its_value() -> None:
    note = Note(title="old", author="ada")
    apply_mask(note, Note(title="new", author="ada"), FieldMask())
    with pytest.raises(InvalidArgument) as caught:
        apply_mask(note, Note(author="bo"), FieldMask())
    assert caught.value.reason == "FIELD_IMMUTABLE"


@pytest.mark.parametrize("path", ["colour", "title.x", "handles.value", "create_time.hours"])
def test_an_unknown_path_is_refused(path: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        changed_paths(Note(), FieldMask(paths=[path]))
    assert caught.value.violations[0].field == "update_mask"


def test_output_only_paths_are_ignored() -> None:
    note: Any = Note()
    assert changed_paths(note, FieldMask(paths=["title", "create_time"])) == ["title"]
