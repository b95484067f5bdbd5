"""What somebody saw masked is written back by nobody: neither by who sees it so, nor by who pastes it and sees all."""

from typing import Any

import pytest
from chassis.errors import InvalidArgument, PermissionDenied
from chassis.masking import DOTS
from google.protobuf.field_mask_pb2 import FieldMask
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain.attributes import MASK
from tests.contact.people import create, email, get, values

Value = pb.AttributeValue
LIKES = Value(strings_value=Value.StringList(values=["tea", "rum"]))
TOLD = {"vat": Value(string_value="DE 1"), "likes": LIKES}


@pytest.fixture
async def ines(api: Any) -> pb.Contact:
    """Somebody of the south, of whom three things are hidden from the north."""
    return await create(
        api, "Ines", email("ines@kiln.example"), owner="users/bob", team="teams/south", attributes=TOLD
    )  # fmt: skip


async def is_untouched(api: Any, ines: pb.Contact) -> bool:
    now = await get(api, ines)
    return (dict(now.attributes), values(now)) == (TOLD, ["ines@kiln.example"])


def test_a_mask_here_is_what_the_door_writes() -> None:
    assert MASK == DOTS


@pytest.mark.parametrize("paths", [["*"], ["attributes"], ["attributes", "title"], []], ids=str)
async def test_who_sees_a_record_masked_cannot_send_it_back(api: Any, ada: Any, ines: pb.Contact, paths: list[str]):
    seen = await get(ada, ines)
    assert seen.masked
    with pytest.raises(PermissionDenied) as refused:
        await ada.UpdateContact(pb.UpdateContactRequest(contact=seen, update_mask=FieldMask(paths=paths)))
    assert refused.value.reason == "CONTACT_MASKED"
    assert await is_untouched(api, ines)


async def test_a_mask_is_no_value_of_an_attribute_whoever_writes_it(api: Any, ada: Any, bob: Any, ines: pb.Contact):
    seen = await get(ada, ines)
    for name, value in seen.attributes.items():
        change = pb.UpdateContactRequest(contact=pb.Contact(name=ines.name, attributes={name: value}))
        change.update_mask.paths.append("attributes")
        with pytest.raises(InvalidArgument) as refused:
            await bob.UpdateContact(change)
        assert [(one.field, one.reason) for one in refused.value.violations] == [
            (f"contact.attributes.{name}", "MASKED")
        ]
    assert await is_untouched(api, ines)


@pytest.mark.parametrize(
    ("kind", "mask"), [("email", "i•••@k•••.example"), ("phone", "+49•••78"), ("crm:hubspot", "•••")]
)
async def test_a_mask_is_no_identifier(api: Any, bob: Any, ines: pb.Contact, kind: str, mask: str):
    told = pb.Identifier(kind=kind, value=mask)
    with pytest.raises(InvalidArgument):
        await bob.AddIdentifier(pb.AddIdentifierRequest(parent=ines.name, identifier=told))
    with pytest.raises(InvalidArgument):
        await create(api, "Another", told)
    assert await is_untouched(api, ines)


async def test_a_table_of_what_somebody_saw_masked_overwrites_nothing(api: Any, ines: pb.Contact):
    opened = await api.CreateImport(
        pb.CreateImportRequest(contact_import=pb.Import(columns=["Email", "VAT"], mapping={"VAT": "attributes.vat"}))
    )
    append = pb.AppendImportRowsRequest(parent=opened.name, first_row=1, last=True)
    for row in (["ines@kiln.example", "•••"], ["i•••@k•••.example", "DE 2"]):
        append.rows.add(values=row)
    assert (await api.AppendImportRows(append)).rows_refused == 2
    reports = await api.ListImportRowReports(pb.ListImportRowReportsRequest(parent=opened.name))
    assert [(one.reason, one.column) for one in reports.row_reports] == [
        ("MASKED_VALUE", "VAT"), ("INVALID_EMAIL", "Email")
    ]  # fmt: skip
    assert await is_untouched(api, ines)
