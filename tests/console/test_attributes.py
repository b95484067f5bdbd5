"""Registered attributes in the console: defining them, and writing them on a record, each as its type says."""

import html
import uuid

from touchline.contact.v1 import contact_pb2 as pb

from tests.console.readers import fields
from tests.console.test_campaigns import EVIL
from tests.console.test_records import shown

TYPES = {
    "STRING": "text",
    "NUMBER": "12.5",
    "BOOLEAN": "no",
    "DATE": "2027-02-28",
    "TIMESTAMP": "2027-02-28T09:30",
    "CHOICE": "gold",
    "URL": "https://kiln.example/",
}


async def register(stage, name: str, kind: str, **more) -> str:
    choices = ["gold", "silver"] if kind.endswith("CHOICE") else []
    told = pb.AttributeDefinition(**{"display_name": name, "type": f"TYPE_{kind}", "choices": choices} | more)
    attribute = f"a{uuid.uuid4().hex[:12]}"
    wish = pb.CreateAttributeDefinitionRequest(attribute_definition=told, attribute_definition_id=attribute)
    await stage.contact.CreateAttributeDefinition(wish)
    return attribute


async def archive(stage, *attributes: str) -> None:
    for attribute in attributes:
        known = pb.AttributeDefinition(name=f"attributeDefinitions/{attribute}", archived=True)
        await stage.contact.UpdateAttributeDefinition(
            pb.UpdateAttributeDefinitionRequest(attribute_definition=known, update_mask={"paths": ["archived"]})
        )


async def test_an_administrator_registers_an_attribute_and_archives_it(stage, reader):
    adam, mira = await reader("adam"), await reader("mira")
    assert (await mira.client.get("/attributes/new")).status_code == 403
    attribute = f"a{uuid.uuid4().hex[:12]}"
    form = fields(await adam.read("/attributes/new"), "/attributes/new")
    for wrong, words in (
        ({"attribute": "Plan"}, "lower-case"),
        ({"type": "TYPE_CHOICE"}, "at least one"),
        ({"type": ""}, "Choose what its values are"),
    ):
        answer = await adam.send("/attributes/new", **form | {"attribute": attribute, "display_name": "P"} | wrong)
        assert (answer.status_code, words in answer.text) == (400, True)
    told = {"attribute": attribute, "display_name": f"Plan {EVIL}", "type": "TYPE_CHOICE", "choices": "gold\r\nsilver"}
    assert (await adam.send("/attributes/new", **form | told)).status_code == 303
    again = form | told | {"request": str(uuid.uuid4())}
    assert "is registered" in (await adam.send("/attributes/new", **again)).text
    page = await mira.read("/attributes")
    assert (EVIL in page, "gold, silver" in page) == (False, True)
    place = f"/attributes/{attribute}/edit"
    form = fields(await adam.read(place), place)
    assert (await adam.send(place, **form | {"display_name": "Plan", "archived": "1"})).status_code == 303
    stale = await adam.send(place, **form | {"request": str(uuid.uuid4())})
    assert "Somebody else changed this" in stale.text
    known = await stage.contact.GetAttributeDefinition(
        pb.GetAttributeDefinitionRequest(name=f"attributeDefinitions/{attribute}")
    )
    assert (known.archived, known.choices) == (True, ["gold", "silver"])
    assert (await adam.client.get("/attributes/none/edit")).status_code == 404


async def test_a_record_is_changed_in_every_field_and_saving_nothing_changes_nothing(stage, reader):
    company = await stage.contact.CreateAccount(
        pb.CreateAccountRequest(account=pb.Account(display_name=f"Kiln {uuid.uuid4().hex[:8]}"))
    )
    names = {kind: await register(stage, f"The {kind} {EVIL}", kind) for kind in (*TYPES, "MULTI_CHOICE")}
    person, who = await stage.person("Ada Typed"), await reader("jana")
    place = f"/{person}/record/edit"
    page = await who.read(place)
    assert EVIL not in page
    form = fields(page, place)
    told = {f"attribute:{names[kind]}": value for kind, value in TYPES.items()}
    told |= {f"attribute:{names['MULTI_CHOICE']}:1": "1"}
    told |= {"account": company.display_name, "stage": "lead", "language": "cs", "time_zone": "Europe/Prague"}
    answer = await who.send(place, **form | told)
    assert answer.status_code == 303, answer.text
    known = await shown(stage, person)
    assert (known.account, known.stage, known.language) == (company.name, "lead", "cs")
    said = known.attributes
    assert said[names["NUMBER"]].number_value == 12.5
    assert said[names["BOOLEAN"]].boolean_value is False
    assert said[names["BOOLEAN"]].HasField("boolean_value")
    assert said[names["DATE"]].date_value.day == 28
    assert said[names["TIMESTAMP"]].time_value.ToJsonString() == "2027-02-28T08:30:00Z"  # typed in Prague
    assert said[names["MULTI_CHOICE"]].strings_value.values == ["silver"]
    again = fields(await who.read(place), place)
    assert {name: again[name] for name in told} == told
    assert (await who.send(place, **again)).status_code == 303
    assert (await shown(stage, person)).attributes == known.attributes
    record = html.unescape(await who.read(f"/{person}/record"))
    assert f"The URL {EVIL}: <span" in record
    assert "Jana Dvořák, console" in record
    emptied = fields(await who.read(place), place) | dict.fromkeys(told, "")
    assert (await who.send(place, **{name: value for name, value in emptied.items() if value})).status_code == 303
    assert (await shown(stage, person)).account == ""
    assert not (await shown(stage, person)).attributes
    await archive(stage, *names.values())


async def test_what_does_not_fit_stands_at_its_field_and_an_exact_value_is_not_rounded(stage, reader):
    number, moment = await register(stage, "Seats", "NUMBER"), await register(stage, "Renewal", "TIMESTAMP")
    person, who = await stage.person("Ada Exact"), await reader("jana")
    exact = pb.AttributeValue()
    exact.time_value.FromJsonString("2027-02-28T08:30:12.000345Z")
    kept = {moment: exact, "free_one": pb.AttributeValue(strings_value={"values": ["b", "a"]})}
    await stage.contact.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=person, attributes=kept)))
    place = f"/{person}/record/edit"
    form = fields(await who.read(place), place)
    for wrong, words in (
        ({f"attribute:{number}": "many"}, "A number such as 12.5"),
        ({f"attribute:{number}": "nan"}, "finite"),
        ({"account": "Nobody & Sons"}, "There is no company of this name"),
        ({"account": 'A "quoted" one'}, "accounts/"),
        ({"owner": "not a user"}, 'id="owner-wrong"'),
        ({"time_zone": "Europe/Bielefeld"}, "no IANA time zone"),
    ):
        answer = await who.send(place, **form | wrong | {"request": str(uuid.uuid4())})
        assert (answer.status_code, words in answer.text) == (400, True), answer.text
    assert (await who.send(place, **form | {"title": "CTO"})).status_code == 303
    known = await shown(stage, person)
    assert (known.title, dict(known.attributes)) == ("CTO", kept)
    stale = await who.send(place, **form | {"request": str(uuid.uuid4())})
    assert "What they wrote" in stale.text
    assert "CTO" in stale.text
    await archive(stage, number, moment)
    form = fields(await who.read(place), place)
    assert f"attribute:{number}" not in form
    answer = await who.send(place, **form | {f"attribute:{moment}": "2027-01-01T00:00"})
    assert "takes no new values" in answer.text


async def test_who_sees_a_person_masked_is_not_offered_what_they_may_not_change(stage, reader):
    plan = await register(stage, "Plan", "CHOICE", data_class="DATA_CLASS_NOT_PERSONAL")
    person, tomas = await stage.person("Ada Masked"), await reader("tomas")
    told = {plan: pb.AttributeValue(string_value="gold"), "born": pb.AttributeValue(string_value="secret-day")}
    await stage.contact.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=person, attributes=told)))
    record = await tomas.read(f"/{person}/record")
    assert ("<dd>gold</dd>" in record, "secret-day" in record) == (True, False)
    place = f"/{person}/record/edit"
    form = fields(await tomas.read(place), place)
    assert not {name for name in form if name.startswith("attribute:") or name in {"owner", "team"}}
    assert (await tomas.send(place, **form | {"title": "CTO"})).status_code == 303
    known = await shown(stage, person)
    assert (known.title, known.owner, dict(known.attributes)) == ("CTO", "users/jana", told)
    await archive(stage, plan)


async def test_a_merge_names_attributes_by_their_title(stage, reader):
    use = await register(stage, f"Energy use {EVIL}", "NUMBER")
    ada, dup = [await stage.person(f"Ada Title {one}", team="marketing") for one in "AB"]
    told = {use: pb.AttributeValue(number_value=12.5), "born": pb.AttributeValue(string_value="1984")}
    await stage.contact.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=dup, attributes=told)))
    page = await (await reader("mira")).read(f"/{ada}/merge", **{"with": dup})
    headed = [html.unescape(part.partition("<")[0]) for part in page.split('<th scope="row">')]
    assert f"Energy use {EVIL}" in headed
    assert "born" in headed, "one that is not registered is named as it is written"
    assert use not in headed
    assert EVIL not in page
    await archive(stage, use)
