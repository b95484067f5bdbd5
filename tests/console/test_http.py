"""The doors without any service behind them: log-in, CSRF, headers, what a reader is told when nothing answers."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from chassis.config import Settings

from deploy.local.children import free_port
from services.console.app import Tokens, make_app
from services.console.gateways import Gateways

CONTACT = "/contacts/01890000-0000-7000-8000-000000000001"


@pytest.fixture
async def console(keys, tmp_path) -> AsyncIterator[httpx.AsyncClient]:
    """The console where no service runs."""
    ports = {f"port_{name}": free_port() for name in ("contact", "interaction", "campaign", "segmentation")}
    settings = Settings(service="console", role="serve", **keys, **ports | {"state": tmp_path})
    gateways = Gateways(settings, Tokens(settings))
    transport = httpx.ASGITransport(app=make_app(settings, gateways), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
        yield client
    await gateways.close()


def csrf_of(page: httpx.Response) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


async def log_in(console: httpx.AsyncClient, user: str = "jana") -> str:
    token = csrf_of(await console.get("/login"))
    answer = await console.post("/login", data={"csrf": token, "user": user, "time_zone": "Europe/Prague"})
    assert answer.status_code == 303
    return csrf_of(await console.get("/nothing-here"))


@pytest.mark.parametrize("path", ["/", "/today", "/contacts", CONTACT, f"{CONTACT}/events", "/accounts", "/unlinked"])
async def test_who_has_not_logged_in_is_asked_to(console, path):
    answer = await console.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


@pytest.mark.parametrize("path", ["/login", "/nothing-here", "/today", CONTACT])
async def test_every_answer_carries_the_headers_of_the_house(console, path):
    await log_in(console)
    headers = (await console.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")


async def test_the_cookie_is_closed_to_scripts_and_to_other_sites(console):
    cookie = (await console.get("/login")).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("path", ["/login", "/logout", f"{CONTACT}/reveal", f"{CONTACT}/log/note"])
@pytest.mark.parametrize("token", [{}, {"csrf": "x"}, {"csrf": "é"}])
async def test_no_form_is_taken_without_its_token(console, path, token):
    await log_in(console)
    assert (await console.post(path, data={"user": "adam", "reason": "because", **token})).status_code == 403


async def test_the_token_of_one_session_is_none_in_another(console):
    other = await log_in(console)
    console.cookies.clear()
    await log_in(console, "adam")
    assert (await console.post("/logout", data={"csrf": other})).status_code == 403


async def test_get_changes_nothing(console):
    await log_in(console)
    assert (await console.get("/logout")).status_code == 405
    assert (await console.get(f"{CONTACT}/reveal")).status_code == 405


async def test_logging_out_ends_the_session_also_for_a_copy_of_its_cookie(console):
    token = await log_in(console)
    copy = dict(console.cookies)
    await console.post("/logout", data={"csrf": token})
    console.cookies.update(copy)
    assert (await console.get("/today")).headers["location"] == "/login"


async def test_nobody_logs_in_by_inventing_a_name(console):
    token = csrf_of(await console.get("/login"))
    assert (await console.post("/login", data={"csrf": token, "user": "root"})).status_code == 400


@pytest.mark.parametrize("path", ["/today", "/contacts", CONTACT, "/accounts", "/campaigns", "/segments"])
async def test_a_service_that_is_away_is_said_with_a_trace_and_when_to_come_again(console, path):
    await log_in(console)
    answer = await console.get(path, headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "a" * 32 in answer.text


@pytest.mark.parametrize(
    "path", ["/nothing-here", "/contacts/not-an-id", "/contacts/../../etc/passwd", f"{CONTACT}/log/bribe"]
)
async def test_what_is_not_there_is_a_page_that_says_so(console, path):
    await log_in(console)
    answer = await console.get(path)
    assert answer.status_code == 404
    assert "Nothing is here" in answer.text


@pytest.mark.parametrize("path", ["/unlinked", "/conflicts"])
async def test_an_administrators_lists_are_closed_to_others(console, path):
    await log_in(console, "mira")
    assert (await console.get(path)).status_code == 403


async def test_what_a_reader_types_is_escaped(console):
    await log_in(console)
    answer = await console.get("/contacts", params={"q": '"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.text


async def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(console):
    text = (await console.get("/login")).text
    assert not re.search(r"<style|<script(?![^>]*src=)|\son\w+=|\sstyle=|https?://", text)


async def test_static_files_may_be_kept_because_their_address_changes_with_them(console):
    page = (await console.get("/login")).text
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        answer = await console.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert "set-cookie" not in answer.headers
