"""Registered attributes: what each may say is held to at every door, what stands stays, and masks follow the class."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Any

import pytest
from chassis.config import Settings, Unregistered
from chassis.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, PermissionDenied
from google.protobuf.field_mask_pb2 import FieldMask
from google.type.date_pb2 import Date
from sqlalchemy import text
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_events_pb2 import ContactEvent
from touchline.contact.v1.contact_pb2_grpc import ContactServiceStub

from services.contact.domain.attributes import Definition, InvalidValueError, Registry, Type
from tests.contact.people import create, email, get
from tests.serving import Served, serving

Value = pb.AttributeValue
TYPES = ("STRING", "NUMBER", "BOOLEAN", "DATE", "TIMESTAMP", "CHOICE", "MULTI_CHOICE", "URL")
CHOICES = ["gold", "silver"]
SAME_FORM = {("STRING", "CHOICE"), ("STRING", "URL"), ("CHOICE", "STRING")}  # what the second's value is for the first


def words(*values: str) -> Any:
    return Value(strings_value=Value.StringList(values=values))


def day(year: int, month: int, day_: int) -> Any:
    return Value(date_value=Date(year=year, month=month, day=day_))


def moment(text_: str) -> Any:
    found = Value()
    found.time_value.FromJsonString(text_)
    return found


FITTING = {
    "STRING": Value(string_value="gold"),
    "NUMBER": Value(number_value=1.5),
    "BOOLEAN": Value(boolean_value=True),
    "DATE": day(2027, 2, 28),
    "TIMESTAMP": moment("2027-02-28T09:30:00.000001Z"),
    "CHOICE": Value(string_value="gold"),
    "MULTI_CHOICE": words("silver", "gold"),
    "URL": Value(string_value="https://kiln.example/a?b=c"),
}


async def register(api: Any, attribute: str, type_: str, **fields: Any) -> pb.AttributeDefinition:
    choices = CHOICES if type_.endswith("CHOICE") else ()
    told = {"display_name": attribute, "type": f"TYPE_{type_}", "choices": choices} | fields
    wish = pb.CreateAttributeDefinitionRequest(
        attribute_definition=pb.AttributeDefinition(**told), attribute_definition_id=attribute
    )
    return await api.CreateAttributeDefinition(wish)


async def say(api: Any, contact: pb.Contact, **attributes: Any) -> pb.Contact:
    told = pb.Contact(name=contact.name, attributes=attributes)
    return await api.UpdateContact(pb.UpdateContactRequest(contact=told, update_mask=FieldMask(paths=["attributes"])))


def faults(refusal: Any) -> list[tuple[str, str]]:
    assert refusal.value.reason == "ATTRIBUTE_INVALID"
    return [(each.field, each.reason) for each in refusal.value.violations]


async def test_a_definition_comes_back_as_it_was_registered_and_changes_but_for_its_type(api: Any) -> None:
    made = await register(api, "plan", "CHOICE", description="What they pay for")
    made.position = ""
    assert await api.GetAttributeDefinition(pb.GetAttributeDefinitionRequest(name=made.name)) == made
    assert (made.name, made.data_class) == ("attributeDefinitions/plan", pb.AttributeDefinition.DATA_CLASS_PERSONAL)
    wanted = pb.AttributeDefinition(name=made.name, choices=["gold"], archived=True, etag=made.etag)
    mask = FieldMask(paths=["choices", "archived"])
    wish = pb.UpdateAttributeDefinitionRequest(attribute_definition=wanted, update_mask=mask)
    changed = await api.UpdateAttributeDefinition(wish)
    assert (changed.choices, changed.archived, changed.description) == (["gold"], True, "What they pay for")
    with pytest.raises(Aborted):
        await api.UpdateAttributeDefinition(wish)
    other = pb.AttributeDefinition(name=made.name, type="TYPE_NUMBER")
    with pytest.raises(InvalidArgument):
        await api.UpdateAttributeDefinition(
            pb.UpdateAttributeDefinitionRequest(attribute_definition=other, update_mask=FieldMask(paths=["type"]))
        )
    await register(api, "age", "NUMBER")
    page = await api.ListAttributeDefinitions(pb.ListAttributeDefinitionsRequest(page_size=1))
    rest = await api.ListAttributeDefinitions(
        pb.ListAttributeDefinitionsRequest(page_size=1, page_token=page.next_page_token)
    )
    assert [one.name for each in (page, rest) for one in each.attribute_definitions] == [
        "attributeDefinitions/age",
        "attributeDefinitions/plan",
    ]
    assert not rest.next_page_token


@pytest.mark.parametrize(
    ("attribute", "fields", "field"),
    [
        ("Plan", {}, "attribute_definition_id"),
        ("plan", {"type": "TYPE_UNSPECIFIED"}, "attribute_definition.type"),
        ("plan", {"type": "TYPE_CHOICE"}, "attribute_definition.choices"),
        ("plan", {"choices": ["a"]}, "attribute_definition.choices"),
        ("plan", {"type": "TYPE_CHOICE", "choices": ["a", "a"]}, "attribute_definition.choices"),
        ("plan", {"type": "TYPE_CHOICE", "choices": [" a"]}, "attribute_definition.choices"),
        ("plan", {"display_name": ""}, "attribute_definition.display_name"),
    ],
)
async def test_a_definition_that_says_nothing_sensible_is_refused(
    api: Any, attribute: str, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        await register(api, attribute, "STRING", **fields)
    assert refusal.value.violations[0].field == field
    assert not (await api.ListAttributeDefinitions(pb.ListAttributeDefinitionsRequest())).attribute_definitions


async def test_a_name_is_registered_once_by_who_may_and_five_hundred_are_the_most(
    contact: Served, api: Any, ada: Any
) -> None:
    with pytest.raises(PermissionDenied):
        await register(ada, "plan", "STRING")
    await register(api, "plan", "STRING")
    with pytest.raises(AlreadyExists) as refusal:
        await register(api, "plan", "NUMBER")
    assert refusal.value.reason == "ATTRIBUTE_DEFINITION_EXISTS"
    with pytest.raises(NotFound):
        await api.GetAttributeDefinition(pb.GetAttributeDefinitionRequest(name="attributeDefinitions/none"))
    async with contact.database.transaction() as tx:
        await tx.execute(
            text(
                "INSERT INTO attribute_definition (id, display_name, description, type, data_class, archived,"
                " create_time, update_time, revision) SELECT 'a' || n, 'A', '', 'STRING', 'PERSONAL', false, now(),"
                " now(), 1 FROM generate_series(1, 499) n"
            )
        )
    with pytest.raises(FailedPrecondition) as full:
        await register(api, "one_more", "STRING")
    assert full.value.reason == "TOO_MANY_ATTRIBUTES"


async def test_every_type_takes_its_own_values_and_no_others(api: Any) -> None:
    for type_ in TYPES:
        await register(api, type_.lower(), type_)
    fitting = {type_.lower(): value for type_, value in FITTING.items()}
    made = await create(api, "Ada", email("ada@kiln.example"), attributes=fitting)
    assert dict((await get(api, made)).attributes) == fitting
    for type_ in TYPES:
        for other, value in FITTING.items():
            if type_ == other or (type_, other) in SAME_FORM:
                continue
            with pytest.raises(InvalidArgument) as refusal:
                await say(api, made, **(fitting | {type_.lower(): value}))
            assert [field for field, _ in faults(refusal)] == [f"contact.attributes.{type_.lower()}"]
    assert dict((await get(api, made)).attributes) == fitting


async def test_a_misfit_says_what_is_wrong_and_nothing_is_written(api: Any) -> None:
    await register(api, "plan", "CHOICE")
    await register(api, "likes", "MULTI_CHOICE")
    await register(api, "site", "URL")
    await register(api, "seats", "NUMBER")
    old = await register(api, "old", "STRING")
    old.archived = True
    await api.UpdateAttributeDefinition(pb.UpdateAttributeDefinitionRequest(attribute_definition=old))
    told = {
        "plan": Value(string_value="Gold"),
        "likes": words("gold", "lead"),
        "site": Value(string_value="javascript:alert(1)"),
        "seats": Value(string_value="5"),
        "old": Value(string_value="x"),
    }
    with pytest.raises(InvalidArgument) as refusal:
        await create(api, "Ada", attributes=told)
    assert sorted(faults(refusal)) == [
        ("contact.attributes.likes", "NOT_A_CHOICE"),
        ("contact.attributes.old", "ARCHIVED"),
        ("contact.attributes.plan", "NOT_A_CHOICE"),
        ("contact.attributes.seats", "WRONG_TYPE"),
        ("contact.attributes.site", "NOT_A_URL"),
    ]
    for value in (Value(string_value="x" * 2001), day(2027, 2, 29), day(0, 2, 1), words(), words("a", "b\0")):
        with pytest.raises(InvalidArgument) as refusal:
            await create(api, "Ada", attributes={"free": value})
        assert refusal.value.violations[0].field.startswith("contact.attributes")
    assert not (await api.ListContacts(pb.ListContactsRequest())).contacts


async def test_what_stands_stays_until_somebody_changes_it(api: Any) -> None:
    made = await create(api, "Ada", attributes={"plan": Value(integer_value=3), "other": Value(boolean_value=True)})
    plan = await register(api, "plan", "CHOICE")
    changed = await say(api, made, plan=Value(integer_value=3), other=Value(string_value="free"))
    assert changed.attributes["plan"].integer_value == 3
    with pytest.raises(InvalidArgument):
        await say(api, made, plan=Value(integer_value=4))
    await say(api, made, plan=Value(string_value="gold"))
    plan.choices[:], plan.etag = ["silver"], ""
    await api.UpdateAttributeDefinition(pb.UpdateAttributeDefinitionRequest(attribute_definition=plan))
    kept = await say(api, made, plan=Value(string_value="gold"), other=Value(integer_value=1))
    assert kept.attributes["plan"].string_value == "gold"
    emptied = await say(api, made)
    assert not emptied.attributes
    with pytest.raises(InvalidArgument):
        await say(api, made, plan=Value(string_value="gold"))


async def test_who_sees_a_contact_masked_sees_what_is_not_personal(api: Any, ada: Any, bob: Any) -> None:
    await register(api, "plan", "CHOICE", data_class="DATA_CLASS_NOT_PERSONAL")
    await register(api, "born", "DATE")
    told = {
        "plan": Value(string_value="gold"),
        "born": day(1990, 1, 2),
        "likes": words("secret"),
        "note": Value(string_value="secret"),
    }
    made = await create(api, "Ines", owner="users/ada", team="teams/north", attributes=told)
    assert dict((await get(ada, made)).attributes) == told
    masked = await get(bob, made)
    assert masked.masked
    assert masked.attributes["plan"].string_value == "gold"
    assert "secret" not in str(masked)
    assert "1990" not in str(masked.attributes)
    with pytest.raises(PermissionDenied):
        await say(bob, made, plan=Value(string_value="silver"))


async def test_a_merge_carries_values_exactly_and_holds_what_somebody_chooses_to_the_definition(api: Any) -> None:
    for type_ in TYPES:
        await register(api, type_.lower(), type_)
    fitting = {type_.lower(): value for type_, value in FITTING.items()}
    ada = await create(api, "Ada", attributes={"free": Value(integer_value=1), "choice": Value(string_value="silver")})
    dup = await create(api, "A.", attributes=fitting | {"free": Value(number_value=0.1)})
    before = await get(api, ada), await get(api, dup)
    choice = await api.GetAttributeDefinition(pb.GetAttributeDefinitionRequest(name="attributeDefinitions/choice"))
    choice.choices[:] = ["silver"]
    await api.UpdateAttributeDefinition(pb.UpdateAttributeDefinitionRequest(attribute_definition=choice))
    chosen = pb.MergeChoice(field="attributes.choice", side="MERGE_SIDE_DUPLICATE")
    for method, request in (("PreviewMerge", pb.PreviewMergeRequest), ("MergeContacts", pb.MergeContactsRequest)):
        with pytest.raises(InvalidArgument) as refusal:
            await getattr(api, method)(request(name=ada.name, duplicate=dup.name, choices=[chosen]))
        assert faults(refusal) == [("choices[0].attributes.choice", "NOT_A_CHOICE")]
    free = pb.MergeChoice(field="attributes.free", side="MERGE_SIDE_DUPLICATE")
    merged = await api.MergeContacts(pb.MergeContactsRequest(name=ada.name, duplicate=dup.name, choices=[free]))
    expected = fitting | {"choice": Value(string_value="silver"), "free": Value(number_value=0.1)}
    assert dict(merged.attributes) == expected
    await api.UnmergeContact(pb.UnmergeContactRequest(name=dup.name))
    after = await get(api, ada), await get(api, dup)
    assert [dict(each.attributes) for each in after] == [dict(each.attributes) for each in before]


async def test_an_edit_that_waits_is_placed_only_where_it_still_fits(api: Any) -> None:
    ada, dup = await create(api, "Ada"), await create(api, "A.")
    await api.MergeContacts(pb.MergeContactsRequest(name=ada.name, duplicate=dup.name))
    await say(api, ada, plan=Value(integer_value=3))
    await api.UnmergeContact(pb.UnmergeContactRequest(name=dup.name))
    await register(api, "plan", "CHOICE")
    listed = await api.ListContactChanges(pb.ListContactChangesRequest(parent=ada.name, set_aside_only=True))
    (waiting,) = listed.contact_changes
    with pytest.raises(InvalidArgument) as refusal:
        await api.PlaceContactChange(pb.PlaceContactChangeRequest(name=waiting.name, contact=ada.name))
    assert faults(refusal) == [("contact.attributes.plan", "WRONG_TYPE")]
    dismissed = await api.PlaceContactChange(pb.PlaceContactChangeRequest(name=waiting.name))
    assert dismissed.standing == pb.ContactChange.STANDING_DISMISSED


async def test_a_table_is_read_by_the_definitions_and_its_report_names_the_column(api: Any) -> None:
    for type_ in TYPES:
        await register(api, type_.lower(), type_)
    columns = ["Record ID", *(type_.title() for type_ in TYPES), "Free"]
    mapping = {type_.title(): f"attributes.{type_.lower()}" for type_ in TYPES}
    told = pb.Import(columns=columns, mapping=mapping)
    opened = await api.CreateImport(pb.CreateImportRequest(contact_import=told))
    good = ["1", "gold", "1.50", "no", "2027-02-28", "2027-02-28 10:30:00.000001+01:00", "GOLD", "Silver; gold"]
    rows = [[*good, "https://kiln.example/a?b=c", "5"], ["2", "", "5", *[""] * 7]]
    bad = {"Number": "1,5", "Boolean": "perhaps", "Date": "28.02.2027", "Timestamp": "noon", "Choice": "lead"}
    bad |= {"Multi_Choice": "gold; lead", "Url": "kiln.example"}
    for number, (title, cell) in enumerate(bad.items(), 3):
        rows.append([str(number), *(cell if column == title else "" for column in columns[1:])])
    wish = pb.AppendImportRowsRequest(
        parent=opened.name, first_row=1, rows=[pb.AppendImportRowsRequest.Row(values=row) for row in rows], last=True
    )
    done = await api.AppendImportRows(wish)
    assert (done.rows_created, done.rows_refused) == (2, len(bad))
    reports = await api.ListImportRowReports(pb.ListImportRowReportsRequest(parent=opened.name, refused_only=True))
    assert [(each.reason, each.column) for each in reports.row_reports] == [("INVALID_ATTRIBUTE", t) for t in bad]
    people = (await api.ListContacts(pb.ListContactsRequest(order_by="create_time"))).contacts
    expected = {type_.lower(): value for type_, value in FITTING.items()}
    expected |= {"boolean": Value(boolean_value=False), "free": Value(string_value="5")}
    assert dict(people[0].attributes) == expected
    assert dict(people[1].attributes) == {"number": Value(integer_value=5)}


@pytest.mark.parametrize(
    ("type_", "said", "value"),
    [
        ("NUMBER", "-7", -7),
        ("NUMBER", "+0.25", {"number": 0.25}),
        ("NUMBER", ".5", {"number": 0.5}),
        ("NUMBER", "1e5", None),
        ("NUMBER", "NaN", None),
        ("NUMBER", "٣", None),
        ("BOOLEAN", "Yes", True),
        ("BOOLEAN", "0", False),
        ("DATE", "2027-02-29", None),
        ("DATE", "20270228", None),
        ("TIMESTAMP", "2027-02-28T10:00", {"time": "2027-02-28T10:00:00+00:00"}),
        ("TIMESTAMP", "0001-01-01T00:00+14:00", None),
        ("URL", "https://", None),
        ("URL", "https://a b", None),
        ("URL", "HTTPS://kiln.example", "HTTPS://kiln.example"),
        ("URL", "https://kiln.example:99999", None),
        ("STRING", "x" * 2000, "x" * 2000),
    ],
)
def test_a_cell_is_read_as_its_type_says_or_refused(type_: str, said: str, value: Any) -> None:
    registry = Registry({"it": Definition(Type(type_))})
    if value is not None:
        assert registry.read("it", said) == value
        return
    with pytest.raises(InvalidValueError):
        registry.read("it", said)


async def test_a_definition_is_told_to_others_with_the_state_after(contact: Served, api: Any) -> None:
    made = await register(api, "plan", "CHOICE", data_class="DATA_CLASS_NOT_PERSONAL")
    await create(api, "Ada", attributes={"born": day(1990, 1, 2), "likes": words("a", "b")})
    events = [ContactEvent.FromString(row[3]) for row in await contact.outbox()]
    said = [each.attribute_definition_changed for each in events if each.HasField("attribute_definition_changed")]
    assert [(each.attribute_definition, each.revision, each.choices) for each in said] == [(made.name, 1, CHOICES)]
    (person,) = [each.contact_changed for each in events if each.HasField("contact_changed")]
    assert date(*(getattr(person.attributes["born"].date_value, part) for part in ("year", "month", "day"))) == date(
        1990, 1, 2
    )
    assert person.attributes["likes"].strings_value.values == ["a", "b"]


@pytest.fixture
async def closed(make_database: Callable[..., Settings], token: Callable[..., str]) -> AsyncIterator[Any]:
    """Contact where an attribute needs a definition."""
    settings = make_database("contact", unregistered_attributes=Unregistered.REFUSE)
    async with serving("contact", settings, ContactServiceStub, token) as served:
        yield await served.stub("service", subject="crm-sync", client="crm")


async def test_where_attributes_need_a_definition_another_name_is_refused_at_every_door(closed: Any) -> None:
    await register(closed, "plan", "STRING")
    with pytest.raises(InvalidArgument) as refusal:
        await create(closed, "Ada", attributes={"plan": Value(string_value="x"), "plam": Value(string_value="x")})
    assert faults(refusal) == [("contact.attributes.plam", "UNKNOWN_ATTRIBUTE")]
    made = await create(closed, "Ada", attributes={"plan": Value(string_value="x")})
    with pytest.raises(InvalidArgument):
        await say(closed, made, plam=Value(string_value="x"))
    opened = await closed.CreateImport(
        pb.CreateImportRequest(contact_import=pb.Import(columns=["Record ID", "Plan", "Plam", "Country"]))
    )
    assert dict(opened.mapping) == {
        "Record ID": "crm:hubspot",
        "Plan": "attributes.plan",
        "Plam": "-",
        "Country": "country",
    }
    told = pb.Import(columns=["Record ID", "Plam"], mapping={"Plam": "attributes.plam"})
    with pytest.raises(InvalidArgument) as by_hand:
        await closed.CreateImport(pb.CreateImportRequest(contact_import=told))
    assert by_hand.value.violations[0].field == "contact_import.mapping"
    row = pb.AppendImportRowsRequest.Row(values=["1", "gold", "x", "Ruritania"])
    await closed.AppendImportRows(pb.AppendImportRowsRequest(parent=opened.name, first_row=1, rows=[row], last=True))
    (report,) = (await closed.ListImportRowReports(pb.ListImportRowReportsRequest(parent=opened.name))).row_reports
    assert (report.reason, report.column) == ("INVALID_ATTRIBUTE", "Country")
