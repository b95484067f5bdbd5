"""Masks: what each kind of personal field looks like to whom."""

import pytest
from chassis.masking import mask, mask_email, mask_phone, personal_fields

from tests.chassis.notes import CreateNoteRequest, Note

NOTE = Note(
    name="notes/1",
    title="Hello",
    owner_email="ada@kiln.example",
    phone="+493012345678",
    author_name="Ada Ovens",
    addresses=["bo@clay.test", ""],
    attributes={"shoe": "43"},
    handles=[
        Note.Handle(kind=1, value="ada@kiln.example"),
        Note.Handle(kind=2, value="+442071234567"),
        Note.Handle(kind=3, value="ck-1234"),
    ],
)


def test_every_personal_field_is_masked_by_its_kind() -> None:
    masked = mask(NOTE, can_see=False)
    assert (masked.owner_email, masked.phone) == ("a•••@k•••.example", "+49•••78")
    assert list(masked.addresses) == ["b•••@c•••.test", ""]
    assert [handle.value for handle in masked.handles] == ["a•••@k•••.example", "+44•••67", "•••"]
    assert dict(masked.attributes) == {"shoe": "•••"}
    assert (masked.name, masked.title, masked.author_name) == ("notes/1", "Hello", "Ada Ovens")
    assert NOTE.owner_email == "ada@kiln.example"


def test_masks_reach_into_nested_messages() -> None:
    masked = mask(CreateNoteRequest(note=NOTE), can_see=False)
    assert masked.note.phone == "+49•••78"


def test_who_may_see_sees() -> None:
    assert mask(NOTE, can_see=True) == NOTE
    masked = mask(NOTE, lambda kind: kind == "PII_PHONE")
    assert (masked.phone, masked.owner_email) == (NOTE.phone, "a•••@k•••.example")


def test_personal_fields_are_listed_from_the_descriptor() -> None:
    assert dict(personal_fields(CreateNoteRequest.DESCRIPTOR)) == {
        "note.owner_email": "PII_EMAIL",
        "note.handles.value": "PII_IDENTIFIER",
        "note.phone": "PII_PHONE",
        "note.author_name": "PII_NAME",
        "note.attributes": "PII_OPAQUE",
        "note.addresses": "PII_EMAIL",
    }


@pytest.mark.parametrize("value", ["no address", "@", "a@", "a@b", "ü"])
def test_what_is_no_address_is_hidden_whole(value: str) -> None:
    assert mask_email(value) == "•••"


def test_what_is_no_number_is_hidden_whole() -> None:
    assert mask_phone("call me") == "•••"
