"""Filters that a colleague keeps by name: above every timeline of theirs, and on nobody else's page."""

import html
import re

from tests.console.readers import fields
from tests.console.test_campaigns import EVIL

CHIPS = re.compile(r'<nav aria-label="Saved filters">(.*?)</nav>', re.DOTALL)


def chips(page: str) -> dict[str, str]:
    """The saved filters above a timeline: name and address."""
    found = CHIPS.search(page)
    links = re.findall(r'<a class="pill" href="([^"]+)"[^>]*>([^<]+)</a>', found[1]) if found else []
    return {html.unescape(name): html.unescape(address) for address, name in links}


async def test_a_filter_is_saved_from_one_timeline_and_stands_above_the_next_until_it_is_deleted(stage, reader):
    ada, ben = [await stage.person(f"{name} Saved") for name in ("Ada", "Ben")]
    await stage.record(
        stage.touch(ben, "call.logged", attributes={"note": "Board decides"}),
        stage.touch(ben, "web.visited", attributes={"title": "Only a visit"}),
    )
    who, name = await reader("mira"), f"Calls {EVIL[:40]}"
    shown = await who.read(f"/{ada}", channel="call", q="Board", people="1")
    form = fields(shown, "/filters") | {"display_name": name}
    for _ in range(2):
        assert (await who.send("/filters", **form)).status_code == 303
    page = await who.read(f"/{ben}")
    assert list(chips(page)) == [name]
    filtered = (await who.client.get(f"/{ben}{chips(page)[name]}")).text
    assert "Board decides" in filtered
    assert "Only a visit" not in filtered.partition('<ol class="days">')[2]
    assert 'aria-current="true">Calls' in filtered
    assert "Save this filter" not in filtered  # it is saved
    assert chips(await (await reader("tomas")).read(f"/{ben}")) == {}
    kept = await who.read("/filters", contact=ben)
    assert EVIL not in page + kept
    (path,) = re.findall(r'action="(/filters/[0-9a-f-]{36})"', kept)
    assert (await who.send(path, **fields(kept, path) | {"display_name": "Board"})).status_code == 303
    assert list(chips(await who.read(f"/{ada}"))) == ["Board"]
    stranger = await reader("tomas")
    assert (await stranger.send(path, **fields(kept, path))).status_code == 404
    kept = await who.read("/filters", contact=ben)
    assert (await who.send(f"{path}/delete", **fields(kept, f"{path}/delete"))).status_code == 303
    assert chips(await who.read(f"/{ben}")) == {}


async def test_a_name_that_is_taken_is_said_beside_its_field_and_saved_under_another(stage, reader):
    ada = await stage.person("Ada Taken")
    who = await reader("adam")
    form = fields(await who.read(f"/{ada}", channel="call"), "/filters") | {"display_name": "Calls"}
    assert (await who.send("/filters", **form)).status_code == 303
    other = fields(await who.read(f"/{ada}", channel="e-mail"), "/filters") | {"display_name": "CALLS"}
    refused = await who.send("/filters", **other)
    assert refused.status_code == 400
    assert "Another one has this name." in refused.text
    again = fields(refused.text, "/filters") | {"display_name": "Mails"}
    answer = await who.send("/filters", **again)
    assert answer.headers["location"] == f"/{ada}?people=0&channel=e-mail"
    names = chips(await who.read(f"/{ada}"))
    assert list(names) == ["Calls", "Mails"]
    page = await who.read("/filters")
    path = re.findall(r'action="(/filters/[0-9a-f-]{36})"', page)[1]
    taken = await who.send(path, **fields(page, path) | {"display_name": "calls"})
    assert taken.text.count("Another one has this name.") == 1
