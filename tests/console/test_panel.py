"""The panel inside a CRM: who may launch it, which site may frame it, what it shows, and that it changes nothing."""

import functools
import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import httpx
import jwt
import pytest
from playwright.async_api import expect
from touchline.contact.v1 import contact_pb2

from deploy.local.children import free_port
from services.console.http.guard import ancestors_of
from services.console.http.launch import Launch, LaunchKeys, LaunchRefusedError
from tests.console.conftest import CRM_PORT, LAUNCH_KEYS

LONG = 15_000  # milliseconds


def launch_token(external: str, system: str = "salesforce", key: str = "", *, age: int = 0, **claims) -> str:
    """What a CRM's server signs."""
    now = int(time.time()) - age
    said = {
        "aud": "touchline-embed",
        "sub": "users/jana",
        "system": system,
        "id": external,
        "iat": now,
        "exp": now + 60,
    }
    return jwt.encode(said | claims, key or LAUNCH_KEYS[system], algorithm="HS256")


def test_a_token_of_the_system_for_this_record_is_a_launch():
    keys = LaunchKeys({"salesforce": LAUNCH_KEYS["salesforce"].encode()})
    token = launch_token("003A", zone="Europe/Prague")
    assert keys.read(token, "salesforce", "003A") == Launch("jana", "salesforce", "003A", "Europe/Prague")
    token = launch_token("003A", name=" Jana Dvořák", role="analyst", team="central")
    assert keys.read(token, "salesforce", "003A") == Launch(
        "jana", "salesforce", "003A", name="Jana Dvořák", roles=("analyst",), team="teams/central"
    )


FORGED = {
    "none": lambda: "",
    "noise": lambda: "a.b.c",
    "unsigned": lambda: jwt.encode({"sub": "users/jana", "system": "salesforce", "id": "003A"}, "", algorithm="none"),
    "another key": lambda: launch_token("003A", key="x" * 48),
    "another system's key": lambda: launch_token("003A", key=LAUNCH_KEYS["hubspot"]),
    "another record": lambda: launch_token("003B"),
    "another system": lambda: launch_token("003A", "hubspot"),
    "old": lambda: launch_token("003A", age=61),
    "too long": lambda: launch_token("003A", exp=int(time.time()) + 3600),
    "for later": lambda: launch_token("003A", age=-600),
    "without an end": lambda: jwt.encode({"aud": "touchline-embed", "sub": "u"}, LAUNCH_KEYS["salesforce"], "HS256"),
    "for another audience": lambda: launch_token("003A", aud="touchline"),
    "for nobody": lambda: launch_token("003A", sub=7),
    "a longer life": lambda: launch_token("003A", iat="x"),
    "for who is no user": lambda: launch_token("003A", sub="users/../admin"),
    "as an administrator": lambda: launch_token("003A", role="admin"),
    "as a system": lambda: launch_token("003A", role="service"),
    "for a team that can be none": lambda: launch_token("003A", team="central north"),
    "padding": lambda: launch_token("003A", pad="x" * 4_000),
}


@pytest.mark.parametrize("why", FORGED)
def test_a_forged_or_old_token_launches_nothing(why):
    keys = LaunchKeys({system: key.encode() for system, key in LAUNCH_KEYS.items()})
    with pytest.raises(LaunchRefusedError):
        keys.read(FORGED[why](), "salesforce", "003A")


def test_keys_that_are_too_short_and_ancestors_that_are_no_origins_stop_the_start(tmp_path):
    (tmp_path / "keys").write_text("salesforce short\n")
    with pytest.raises(ValueError, match="shorter than 32"):
        LaunchKeys.load(str(tmp_path / "keys"))
    assert ancestors_of("") == "'none'"
    assert ancestors_of("https://a.my.salesforce.com https://*.hubspot.com") == (
        "https://a.my.salesforce.com https://*.hubspot.com"
    )
    for wrong in ("*", "http://crm.example", "https://a; script-src *", "https://a/b"):
        with pytest.raises(ValueError, match="is no origin"):
            ancestors_of(wrong)


async def crm_person(stage, name: str, external: str, **fields) -> str:
    contact = await stage.person(name, **fields)
    known = contact_pb2.Identifier(kind="crm:salesforce", value=external)
    link = await stage.contact.AddIdentifier(contact_pb2.AddIdentifierRequest(parent=contact, identifier=known))
    assert link.contact == contact
    return contact


async def test_go_opens_the_person_of_a_record_also_when_one_has_to_log_in_first(stage, address, reader):
    contact = await crm_person(stage, "Ada Go", "003-go")
    async with httpx.AsyncClient(base_url=address) as nobody:
        first = await nobody.get("/go/salesforce/003-go")
        assert first.headers["location"] == "/login?next=%2Fgo%2Fsalesforce%2F003-go"
        assert 'name="next" value="/go/salesforce/003-go"' in (await nobody.get(first.headers["location"])).text
        assert "evil" not in (await nobody.get("/login?next=https://evil.example")).text
    who = await reader("jana")
    answer = await who.client.get("/go/salesforce/003-go")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/{contact}")
    sent = await who.send("/login", user="jana", next="/go/salesforce/003-go")
    assert sent.headers["location"] == "/go/salesforce/003-go"
    for path in ("/go/salesforce/unknown", "/go/hubspot/003-go", "/go/No!/x", f"/go/salesforce/{'x' * 400}"):
        assert (await who.client.get(path)).status_code == 404, path


async def test_a_launch_becomes_a_panel_that_reads_one_contact_without_any_cookie(stage, address):
    contact = await crm_person(stage, "Ada Panel", "003-panel")
    other = await stage.person("Ben Panel")
    await stage.record(stage.touch(contact, "web.visited", attributes={"title": "Pricing"}))
    async with httpx.AsyncClient(base_url=address) as crm:
        refused = await crm.get("/embed/salesforce/003-panel", params={"launch": launch_token("003-panel", age=90)})
        assert refused.status_code == 403
        assert "more than a minute ago" in refused.text
        unknown = await crm.get("/embed/salesforce/none", params={"launch": launch_token("none")})
        assert unknown.status_code == 404
        launch = {"launch": launch_token("003-panel")}
        for _ in range(2):  # a CRM draws its page again, and the frame with it
            answer = await crm.get("/embed/salesforce/003-panel", params=launch)
            assert answer.status_code == 303
        panel = await crm.get(answer.headers["location"])
        assert (panel.status_code, panel.headers["referrer-policy"]) == (200, "no-referrer")
        assert "Pricing" in panel.text
        assert "<form" not in panel.text
        assert not crm.cookies
        assert all("set-cookie" not in each.headers for each in (refused, answer, panel))
        token = answer.headers["location"].rpartition("/")[2]
        assert (await crm.get(f"/panel/{token[:-2]}xx")).status_code == 403
        crm.cookies.set("touchline_session", token)
        assert (await crm.get(f"/{other}")).headers["location"] == "/login"
        assert (await crm.get(f"/{contact}")).headers["location"] == "/login"


async def test_a_session_of_the_console_is_no_panel(reader, stage):
    who = await reader("jana")
    cookie = who.client.cookies["touchline_session"]
    assert (await who.client.get(f"/panel/{quote(cookie)}")).status_code == 403


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def site(folder, port: int) -> Iterator[str]:
    """A web site of somebody else."""
    server = http.server.ThreadingHTTPServer(("localhost", port), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_crm_page_of_an_allowed_origin_embeds_the_panel_and_no_other_can(stage, browser, address, tmp_path):
    contact = await crm_person(stage, "Ada Frame", "003-frame")
    await stage.record(*(stage.touch(contact, "web.visited", attributes={"title": f"Page {n}"}) for n in range(3)))
    frame = f"{address}/embed/salesforce/003-frame?launch={launch_token('003-frame')}"
    (tmp_path / "record.html").write_text(f'<!doctype html><title>CRM</title><iframe src="{frame}"></iframe>')
    context = await browser.new_context(reduced_motion="reduce")
    with site(tmp_path, CRM_PORT) as crm, site(tmp_path, free_port()) as foreign:
        page = await context.new_page()
        await page.goto(f"{crm}/record.html")
        panel = page.frame_locator("iframe")
        await expect(panel.locator("h1")).to_have_text("Ada Frame", timeout=LONG)
        await expect(panel.locator(".touch")).to_contain_text("3× within")
        await expect(panel.locator("#timeline")).to_have_attribute("data-live", "yes", timeout=LONG)
        await stage.record(stage.touch(contact, "web.visited", attributes={"title": "Arrived"}))
        await expect(panel.locator("#new")).to_have_text("1 new, show", timeout=LONG)
        await panel.locator("#new").click()
        await expect(panel.locator(".touch")).to_contain_text("4× within")
        assert await context.cookies() == []
        async with context.expect_page() as opened:
            await panel.locator(".touch h4 a").first.click()
        assert (await opened.value).url.startswith(f"{address}/")
        stranger = await context.new_page()
        complaints: list[str] = []
        stranger.on("console", lambda said: complaints.append(said.text))
        await stranger.goto(f"{foreign}/record.html")
        assert "Ada Frame" not in await stranger.frame_locator("iframe").locator("body").inner_text()
        assert any("frame-ancestors" in said for said in complaints)
    await context.close()
