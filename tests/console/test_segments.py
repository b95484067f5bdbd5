"""Segments over the real services, as plain HTML: a rule built without a script, its number, its people, and why."""

import re
import uuid

import pytest
from touchline.contact.v1 import contact_pb2

from tests.console.readers import Reader, fields
from tests.flows.campaigns import until

NEW = "/segments/new"


async def drawn(who: Reader, kind: str = "rule") -> dict[str, str]:
    return fields(await who.read(NEW, kind=kind), NEW) | {"display_name": f"Segment {uuid.uuid4().hex[:10]}"}


def by_name(name: str) -> dict[str, str]:
    """A rule: everybody whose name contains this."""
    return {
        "0:kind": "all", "0.0:kind": "attribute", "0.0:name": "display_name", "0.0:operator": "contains",
        "0.0:values": name,
    }  # fmt: skip


async def made(who: Reader, **rule: str) -> str:
    answer = await who.send(NEW, **await drawn(who) | rule)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_a_rule_is_built_button_by_button_without_a_script(reader):
    who = await reader("mira")
    form = await drawn(who)
    page = (await who.send(NEW, **form | {"do": "group 0 any"})).text
    assert 'name="0.1.0:kind"' in page
    page = (await who.send(NEW, **form | {"0.0:kind": "touch", "do": "draw"})).text
    assert 'name="0.0:other"' in page
    page = (await who.send(NEW, **form | {"0.0:kind": "consent", "do": "draw"})).text
    assert 'name="0.0:states"' in page
    page = (await who.send(NEW, **form | {"do": "remove 0.0"})).text
    assert 'name="0.0:kind"' not in page


async def test_a_rule_holds_whom_it_says_and_tells_why(stage, reader):
    mark = uuid.uuid4().hex[:8]
    person, other = await stage.person(f"Vera {mark}"), await stage.person("Olga Outside")
    who = await reader("mira")

    async def counted() -> bool:
        form = await drawn(who) | by_name(mark)
        return ">1</p>" in (await who.send("/segments/preview", **form)).text

    await until(counted)
    segment = await made(who, **by_name(mark))

    async def member() -> str:
        page = await who.read(segment)
        return page if f"/{person}" in page else ""

    page = await until(member)
    assert f"Display name contains “{mark}”" in page
    why = await who.read(f"{segment}/why", contact=person.rpartition("/")[2])
    assert "✓ yes" in why
    assert "is in it" in why

    async def told() -> str:
        page = await who.read(f"{segment}/why", contact=other.rpartition("/")[2])
        return page if "✕ no" in page else ""  # segmentation may not have heard of somebody that new

    assert "is not in it" in await until(told)


async def test_a_rule_that_cannot_be_evaluated_says_so_on_its_page_and_in_the_list(system, reader):
    who = await reader("mira")
    segment = await made(who, **by_name(uuid.uuid4().hex))

    async def counted() -> bool:
        return "Nobody fits this rule" in await who.read(segment)

    await until(counted)
    with system.sql("segmentation") as conn:
        conn.execute("UPDATE segment SET failure = 'Broken 22000' WHERE id = %s", [segment.rpartition("/")[2]])
    page = await who.read(segment)
    assert "This rule cannot be evaluated: Broken 22000." in page
    assert "Nobody was counted" in page
    assert "cannot be counted" in await who.read("/segments")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"0.0:values": ""}, "Say what to compare with"),
        ({"0.0:name": "attributes.nobody_has_this"}, "attribute"),
        ({"0.0:kind": "consent"}, "Choose at least one state"),
        ({"0.0:kind": "segment", "0.0:segment": "segments/01890000-0000-7000-8000-00000000000a"}, "segment"),
        ({"display_name": ""}, "Give it a name"),
    ],
)
async def test_what_is_wrong_stands_at_its_node_and_nothing_typed_is_lost(reader, wrong, words):
    who = await reader("mira")
    answer = await who.send(NEW, **await drawn(who) | {"description": "Kept"} | by_name("x") | wrong)
    assert answer.status_code == 400
    said = " ".join(re.findall(r'class="wrong"[^>]*>([^<]+)<', answer.text))
    assert words in said
    assert "Kept" in answer.text
    if "display_name" not in wrong:
        assert 'class="node bad" id="node-0.0"' in answer.text


async def test_a_name_that_is_taken_is_said_at_the_name(reader):
    who = await reader("mira")
    form = await drawn(who, "list") | {"kind": "list"}
    assert (await who.send(NEW, **form)).status_code == 303
    again = await who.send(NEW, **await drawn(who, "list") | {"kind": "list", "display_name": form["display_name"]})
    assert again.status_code == 400
    assert "Another one has this name" in again.text


async def test_a_list_takes_people_in_and_out_once_each(stage, reader):
    person = await stage.person(f"Lida {uuid.uuid4().hex[:8]}")
    name = (await stage.contact.GetContact(contact_pb2.GetContactRequest(name=person))).display_name
    who = await reader("mira")
    answer = await who.send(NEW, **await drawn(who, "list") | {"kind": "list"})
    segment = answer.headers["location"]
    page = await who.read(segment, find=name)
    put = fields(page, f"{segment}/add") | {"contact": person}
    assert {(await who.send(f"{segment}/add", **put)).status_code for _ in range(2)} == {303}
    page = await who.read(segment)
    assert page.count(f'class="strong" href="/{person}"') == 1
    take = fields(page, f"{segment}/remove") | {"contact": person}
    assert (await who.send(f"{segment}/remove", **take)).status_code == 303
    assert "Nobody is in it yet" in await who.read(segment)


async def test_two_who_change_one_segment_hear_of_each_other(reader):
    who = await reader("mira")
    segment = await made(who, **by_name("x"))
    first, second = [fields(await who.read(f"{segment}/edit"), f"{segment}/edit") | by_name("x") for _ in range(2)]
    assert (await who.send(f"{segment}/edit", **first | {"description": "Theirs"})).status_code == 303
    told = await who.send(f"{segment}/edit", **second | {"description": "Mine"})
    assert "Somebody else changed this" in told.text
    again = fields(told.text, f"{segment}/edit") | by_name("x")
    assert (await who.send(f"{segment}/edit", **again)).status_code == 303
    assert "Mine" in await who.read(segment)


async def test_a_segment_that_another_rule_names_stays_until_that_rule_changes(reader):
    who = await reader("mira")
    inner = await made(who, **by_name("x"))
    outer = await made(who, **{"0:kind": "all", "0.0:kind": "segment", "0.0:segment": inner.removeprefix("/")})
    form = fields(await who.read(f"{inner}/delete"), f"{inner}/delete")
    refused = await who.send(f"{inner}/delete", **form)
    assert refused.status_code == 409
    assert outer in refused.text
    form = fields(await who.read(f"{outer}/delete"), f"{outer}/delete")
    assert {(await who.send(f"{outer}/delete", **form)).status_code for _ in range(2)} == {303}
    assert (await who.client.get(outer)).status_code == 404


async def test_hostile_names_stay_texts_in_rules(reader):
    who = await reader("mira")
    evil = '"><script>window.hit=1</script>'
    form = (
        await drawn(who) | by_name(f"x{evil}") | {"display_name": f"{evil} {uuid.uuid4().hex[:6]}", "description": evil}
    )
    segment = (await who.send(NEW, **form)).headers["location"]
    for path in (segment, f"{segment}/edit", f"{segment}/why", f"{segment}/delete", "/segments"):
        page = await who.read(path)
        assert "<script>window" not in page, path
    edit = fields(await who.read(f"{segment}/edit"), f"{segment}/edit")
    assert "<script>window.hit=1</script>" in edit["0.0:values"]


@pytest.mark.parametrize("path", ["/segments/x", "/segments/x/why", "/segments/x/edit", "/senders/x", "/campaigns/x"])
async def test_what_is_no_id_is_nothing(reader, path):
    assert (await (await reader("mira")).client.get(path)).status_code == 404
