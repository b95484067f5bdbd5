"""Logging in at a provider: a real one, over HTTP, which tells the truth or does not. No service runs here."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from chassis.config import Settings

from deploy.local.children import free_port
from services.console.app import make_app, tokens_for
from services.console.gateways import Gateways
from tests.console.openid import CLIENT, SECRET
from tests.console.providers import CONSOLE, Provider
from tests.console.readers import csrf_of

ROLES = {"sales-central": "rep", "marketing": "marketer", "admins": "admin", "systems": "service"}


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    found = Provider()
    yield found
    found.stop()


@pytest.fixture
def provider(running: Provider) -> Iterator[Provider]:
    running.forge()
    yield running
    running.forge()


def fields_of(provider: Provider, folder: Path) -> dict[str, Any]:
    """The settings of an installation whose people and services this provider knows."""
    secret, key = folder / "client.secret", folder / "console.key"
    secret.write_text(SECRET)
    key.write_text("k" * 40)
    return {
        "oidc_issuer": provider.issuer,
        "oidc_jwks_url": f"{provider.issuer}/jwks",
        "oidc_client_id": CLIENT,
        "oidc_client_secret_file": str(secret),
        "oidc_user_claim": "preferred_username",
        "oidc_roles_claim": "groups",
        "oidc_roles": ROLES,
        "oidc_team_claim": "groups",
        "oidc_teams": {"sales-central": "central"},
        "console_key_file": str(key),
    }


class Browser:
    """A browser that follows redirects between the console, which has no port, and the provider."""

    def __init__(self, console: httpx.AsyncClient, provider: Provider, user: str = "jana") -> None:
        self.console, self.provider, self.user = console, provider, user
        self.outside = httpx.AsyncClient()

    async def begin(self, **query: str) -> str:
        """Where the console sends the browser to log in."""
        answer = await self.console.get("/login/go", params=query)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def answer_to(self, address: str) -> str:
        """Where the provider sends it back to: path and query of the console."""
        answer = await self.outside.get(address)
        if answer.status_code == 200:
            answer = await self.outside.post(address, data={"user": self.user})
        back = answer.headers["location"]
        assert back.startswith(f"{CONSOLE}/login/callback?")
        return back.removeprefix(CONSOLE)

    async def log_in(self, **query: str) -> httpx.Response:
        return await self.console.get(await self.answer_to(await self.begin(**query)))


@pytest.fixture
async def console(provider, tmp_path) -> AsyncIterator[httpx.AsyncClient]:
    ports = {f"port_{name}": free_port() for name in ("contact", "interaction", "campaign", "segmentation")}
    settings = Settings(
        service="console", role="serve", state=tmp_path, console_url=CONSOLE, **ports, **fields_of(provider, tmp_path)
    )
    gateways = Gateways(settings, tokens_for(settings))
    transport = httpx.ASGITransport(app=make_app(settings, gateways), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=CONSOLE) as client:
        yield client
    await gateways.close()


@pytest.fixture
async def browser(console, provider) -> AsyncIterator[Browser]:
    found = Browser(console, provider)
    yield found
    await found.outside.aclose()


async def is_in(console: httpx.AsyncClient) -> bool:
    """Whether the console knows who looks: it then asks services, which are away."""
    return (await console.get("/contacts")).status_code == 503


async def test_who_the_provider_names_is_logged_in_with_name_role_and_a_session_of_her_own(browser, console):
    before = console.cookies.get("touchline_session")
    answer = await browser.log_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/today")
    assert console.cookies["touchline_session"] != before
    assert "Rep · Jana" in (await console.get("/nothing-here")).text
    assert await is_in(console)


async def test_what_is_asked_for_is_a_code_with_a_challenge_and_three_secrets_of_this_attempt(browser):
    first, second = [parse_qs(urlsplit(await browser.begin()).query) for _ in range(2)]
    assert (first["response_type"], first["code_challenge_method"]) == (["code"], ["S256"])
    assert first["redirect_uri"] == [f"{CONSOLE}/login/callback"]
    assert all(first[name] != second[name] for name in ("state", "nonce", "code_challenge"))
    assert all(len(first[name][0]) >= 32 for name in ("state", "nonce", "code_challenge"))


FORGERIES: dict[str, tuple[dict[str, Any], str]] = {
    "another state": ({"answer": {"state": "x" * 32}}, "not begun here"),
    "no state": ({"answer": {"state": None}}, "not begun here"),
    "another issuer of the answer": ({"answer": {"iss": "https://evil.example"}}, "not from your identity provider"),
    "no issuer of the answer": ({"answer": {"iss": None}}, "not from your identity provider"),
    "a code that was never given": ({"answer": {"code": "made-up"}}, "did not let you in"),
    "no code": ({"answer": {"code": None}}, "not from your identity provider"),
    "another nonce": ({"claims": {"nonce": "x"}}, "cannot be believed"),
    "no nonce": ({"claims": {"nonce": None}}, "cannot be believed"),
    "another audience": ({"claims": {"aud": "else"}}, "cannot be believed"),
    "an audience beside us": ({"claims": {"aud": [CLIENT, "else"], "azp": CLIENT}}, "cannot be believed"),
    "another authorized party": ({"claims": {"azp": "else"}}, "cannot be believed"),
    "another issuer of the token": ({"claims": {"iss": "https://evil.example"}}, "cannot be believed"),
    "no issuer": ({"claims": {"iss": None}}, "cannot be believed"),
    "another access token's hash": ({"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}}, "cannot be believed"),
    "nobody": ({"claims": {"sub": ""}}, "cannot be believed"),
    "somebody else than the access token": ({"claims": {"sub": "sub-adam"}}, "cannot be believed"),
    "no end": ({"claims": {"exp": None}}, "cannot be believed"),
    "no moment of issue": ({"claims": {"iat": None}}, "cannot be believed"),
    "expired": ({"claims": {"exp": 1_700_000_000}}, "Two clocks differ"),
    "issued long ago": ({"claims": {"iat": 1_700_000_000}}, "Two clocks differ"),
    "issued in the future": ({"claims": {"iat": 4_000_000_000}}, "Two clocks differ"),
    "no signature": ({"alg": "none"}, "cannot be believed"),
    "a signature with the client's secret": ({"alg": "HS256"}, "cannot be believed"),
    "an algorithm that we do not take": ({"alg": "RS512"}, "cannot be believed"),
    "another key under the same name": ({"key": "foreign"}, "cannot be believed"),
    "an unknown key": ({"kid": "unknown"}, "cannot be believed"),
    "an access token for others": ({"audience": "else"}, "cannot be believed"),
}  # fmt: skip


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_answer_lets_nobody_in(browser, console, provider, forgery):
    told, said = FORGERIES[forgery]
    there = await browser.begin()
    provider.forge(**told)
    answer = await console.get(await browser.answer_to(there))
    assert answer.status_code in {400, 403, 502}
    assert said in answer.text
    assert not await is_in(console)


async def test_a_state_that_begins_like_ours_is_another_one(browser, console):
    told = parse_qs(urlsplit(await browser.answer_to(await browser.begin())).query)
    answer = await console.get("/login/callback", params={**told, "state": f"{told['state'][0][:12]}{'x' * 20}"})
    assert (answer.status_code, "not from your identity provider" in answer.text) == (400, True)
    assert not await is_in(console)


async def test_an_answer_is_good_for_one_time(browser, console):
    back = await browser.answer_to(await browser.begin())
    kept = dict(console.cookies)
    assert (await console.get(back)).status_code == 303
    console.cookies.clear()
    console.cookies.update(kept)
    answer = await console.get(back)
    assert (answer.status_code, "did not let you in" in answer.text) == (403, True)
    assert not await is_in(console)


async def test_an_answer_is_good_in_the_browser_that_began(browser, console):
    back = await browser.answer_to(await browser.begin())
    console.cookies.clear()
    answer = await console.get(back)
    assert (answer.status_code, "cookies are blocked" in answer.text) == (400, True)


async def test_another_windows_answer_is_none_for_this_one(browser, console):
    """A code of somebody else, put into our own answer: the login CSRF that state and PKCE are against."""
    foreign = parse_qs(urlsplit(await browser.answer_to(await browser.begin())).query)
    own = parse_qs(urlsplit(await browser.answer_to(await browser.begin())).query)
    answer = await console.get("/login/callback", params={**own, "code": foreign["code"]})
    assert answer.status_code == 403
    assert not await is_in(console)


async def test_two_windows_log_in_side_by_side(browser, console):
    first, second = await browser.begin(next="/segments"), await browser.begin(next="/campaigns")
    for there, wanted in ((second, "/campaigns"), (first, "/segments")):
        assert (await console.get(await browser.answer_to(there))).headers["location"] == wanted


async def test_who_has_no_role_is_told_so_and_is_not_let_in(browser, console):
    browser.user = "nora"
    answer = await browser.log_in()
    assert (answer.status_code, "You have no role here" in answer.text) == (403, True)
    assert not await is_in(console)


async def test_who_is_refused_by_the_provider_is_told_so(browser, console, provider):
    there = await browser.begin()
    provider.forge(refuses=True)
    answer = await console.get(await browser.answer_to(there))
    assert (answer.status_code, "did not let you in" in answer.text) == (403, True)


@pytest.fixture
def impatient(monkeypatch) -> None:
    """Keys are looked for anew at once, not half a minute after the last look."""
    monkeypatch.setattr("services.console.gateways.provider.COOLDOWN_SECONDS", 0.0)
    monkeypatch.setattr("chassis.auth.jwt.PyJWKClient", partial(jwt.PyJWKClient, cooldown_duration=0))


async def test_a_new_key_of_the_provider_is_fetched_when_it_is_first_seen(impatient, browser, provider):
    await browser.log_in()
    provider.forge(rotates=True)
    assert (await browser.log_in()).status_code == 303


ELSEWHERE = ["https://evil.example/", "//evil.example", "/\\evil.example", "/\tevil", "javascript:alert(1)"]


@pytest.mark.parametrize("wanted", [*ELSEWHERE, "/logout/provider"])
async def test_after_the_log_in_nobody_is_led_to_another_server(browser, wanted):
    assert (await browser.log_in(next=wanted)).headers["location"] == "/today"


async def test_who_followed_a_link_comes_back_to_it(browser, console):
    page = await console.get("/contacts?q=jana&mine=1")
    login = await console.get(page.headers["location"])
    link = re.search(r'href="/login/go\?next=([^"]+)"', login.text)[1]
    assert (await browser.log_in(next=httpx.QueryParams(f"n={link}")["n"])).headers[
        "location"
    ] == "/contacts?q=jana&mine=1"


async def test_a_session_goes_on_with_a_new_token_and_pages_that_ask_at_once_use_one(browser, console, provider):
    provider.forge(seconds=-5)
    await browser.log_in()
    asked = provider.forge()["asked"].count("refresh_token")
    old = dict(console.cookies)
    assert await asyncio.gather(*(is_in(console) for _ in range(3))) == [True] * 3
    assert console.cookies["touchline_session"] != old["touchline_session"]
    console.cookies.update(old)
    assert await is_in(console)
    assert provider.forge()["asked"].count("refresh_token") == asked + 1


async def test_what_the_provider_renews_no_more_has_ended(browser, console, provider):
    provider.forge(seconds=-5)
    await browser.log_in()
    provider.forge(forgets=True)
    answer = await console.get("/contacts?q=a")
    assert answer.headers["location"] == "/login?next=%2Fcontacts%3Fq%3Da"


async def test_a_role_that_is_taken_away_is_gone_with_the_next_token(browser, console, provider):
    provider.forge(seconds=-5)
    await browser.log_in()
    provider.forge(groups=["everybody"])
    assert not await is_in(console)


async def test_logging_out_ends_the_session_its_refresh_token_and_the_one_at_the_provider(browser, console, provider):
    await browser.log_in()
    held = provider.forge()["refresh"]
    csrf = csrf_of(await console.get("/nothing-here"))
    done = await console.post("/logout", data={"csrf": csrf})
    assert not await is_in(console)
    assert provider.forge()["refresh"] == held - 1
    page = await console.get(done.headers["location"])
    assert 'content="0;url=/logout/provider"' in page.text
    there = (await console.get("/logout/provider")).headers["location"]
    assert parse_qs(urlsplit(there).query)["post_logout_redirect_uri"] == [f"{CONSOLE}/logout/done"]
    answer = await browser.outside.get(there)
    assert answer.headers["location"] == f"{CONSOLE}/logout/done"
    assert "user" not in dict(browser.outside.cookies)


async def test_a_link_does_not_log_anybody_out(browser, console):
    await browser.log_in()
    assert (await console.get("/logout/provider")).headers["location"] == "/"
    assert await is_in(console)


async def test_nothing_of_a_token_can_be_read_from_a_cookie(browser, console):
    answer = await browser.log_in()
    cookies = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        cookies.load(header)
    assert cookies["touchline_session"]["httponly"]
    assert cookies["touchline_session"]["samesite"].lower() == "lax"
    assert not any("eyJ" in morsel.value or "refresh" in morsel.value for morsel in cookies.values())


async def test_over_https_cookies_are_for_this_host_alone(provider, tmp_path):
    fields = {**fields_of(provider, tmp_path), "console_url": "https://touchline.example"}
    settings = Settings(service="console", role="serve", state=tmp_path, **fields)
    gateways = Gateways(settings, tokens_for(settings))
    transport = httpx.ASGITransport(app=make_app(settings, gateways))
    async with httpx.AsyncClient(transport=transport, base_url="http://behind-a-proxy") as client:
        login, go = await client.get("/login"), await client.get("/login/go")
    await gateways.close()
    session = login.headers["set-cookie"]
    assert session.startswith("__Host-touchline_session=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(session.split("; "))
    assert all("Secure" in header for header in go.headers.get_list("set-cookie"))


async def test_a_provider_that_is_away_is_said_before_anybody_is_sent_there(tmp_path):
    nobody = Provider.__new__(Provider)
    nobody.issuer = f"http://localhost:{free_port()}"
    settings = Settings(
        service="console", role="serve", state=tmp_path, console_url=CONSOLE, **fields_of(nobody, tmp_path)
    )
    gateways = Gateways(settings, tokens_for(settings))
    transport = httpx.ASGITransport(app=make_app(settings, gateways), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=CONSOLE) as client:
        answer = await client.get("/login/go")
    await gateways.close()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "Your identity provider does not answer" in answer.text


@pytest.mark.parametrize(
    "metadata",
    [{"issuer": "https://evil.example"}, {"token_endpoint": "http://evil.example/token"}, {"jwks_uri": None}],
    ids=["another issuer", "an address without TLS", "no keys"],
)
async def test_a_provider_that_says_strange_things_about_itself_is_not_used(console, provider, metadata):
    provider.forge(metadata=metadata)
    assert (await console.get("/login/go")).status_code == 503


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"oidc_client_id": ""}, "TOUCHLINE_OIDC_CLIENT_ID"),
        ({"oidc_user_claim": ""}, "TOUCHLINE_OIDC_USER_CLAIM"),
        ({"console_url": ""}, "TOUCHLINE_CONSOLE_URL"),
        ({"console_url": "http://touchline.example"}, "https"),
        ({"console_key_file": ""}, "TOUCHLINE_CONSOLE_KEY_FILE"),
    ],
)
def test_a_setting_that_is_missing_stops_the_start_with_its_name(provider, tmp_path, change, said):
    fields = {**fields_of(provider, tmp_path), "console_url": CONSOLE, **change}
    settings = Settings(service="console", role="serve", **fields)
    with pytest.raises(ValueError, match=said):
        make_app(settings, None)
