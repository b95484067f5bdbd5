"""Tokens of the panel inside a CRM: whom they name, what is none of them, and that they read and do nothing else."""

import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from chassis.auth import Authenticator
from chassis.calls import Caller
from chassis.config import Settings
from chassis.errors import PermissionDenied, Unauthenticated
from chassis.panels import ISSUER, TYPE, Panels, launch_keys
from chassis.rpc import channel

from tests.chassis import notes

KEYS = {"salesforce": b"s" * 48, "hubspot": b"h" * 48}
JANA = {"name": "Jana Dvořák", "roles": ["rep"], "team": "teams/central"}


def derived(system: str) -> bytes:
    return Panels(KEYS, "touchline")._keys[system]


def signed(system: str = "salesforce", *, key: bytes = b"", typ: str = TYPE, **change: Any) -> str:
    """A token of a panel as the console signs it, but for what is changed; None leaves a claim out."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "touchline", "sub": "users/jana", "iat": now, "exp": now + 3600, **JANA, **change}
    told = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(told, key or derived(system), algorithm="HS256", headers={"kid": system, "typ": typ})


@pytest.fixture
def settings(keys: dict[str, Any], tmp_path: Path) -> Settings:
    (tmp_path / "launch.keys").write_text("".join(f"{name} {key.decode()}\n" for name, key in KEYS.items()))
    launch = str(tmp_path / "launch.keys")
    return Settings(**keys, service="contact", role="serve", grace_seconds=0.2, launch_key_file=launch)


async def test_a_panels_token_names_its_reader_as_the_crm_did(settings: Settings) -> None:
    token = Panels(KEYS, "touchline").sign("salesforce", "jana", **JANA)
    found = await Authenticator.load(settings).authenticate(f"Bearer {token}")
    assert found == Caller(
        "users/jana", "Jana Dvořák", roles=frozenset({"rep"}), team="teams/central", client="console", reads_only=True
    )


def unknown_system() -> str:
    return jwt.encode({"sub": "users/jana"}, "x" * 48, algorithm="HS256", headers={"typ": TYPE, "kid": "zoho"})


NOW = int(time.time())
FORGED = {
    "another system's key": lambda: signed(key=derived("hubspot")),
    "the launch key itself": lambda: signed(key=KEYS["salesforce"]),
    "a system that there is not": unknown_system,
    "no key": lambda: jwt.encode({"sub": "users/jana"}, "", algorithm="none", headers={"typ": TYPE, "kid": "hubspot"}),
    "an administrator": lambda: signed(roles=["admin"]),
    "a system": lambda: signed(roles=["rep", "service"]),
    "no role": lambda: signed(roles=[]),
    "nobody": lambda: signed(sub="users/"),
    "a service": lambda: signed(sub="services/campaign"),
    "another audience": lambda: signed(aud="other"),
    "several audiences": lambda: signed(aud=["touchline", "other"]),
    "another issuer": lambda: signed(iss="development"),
    "over": lambda: signed(iat=NOW - 7200, exp=NOW - 3600),
    "a life of a day": lambda: signed(exp=NOW + 86_400),
    "for later": lambda: signed(iat=NOW + 86_400, exp=NOW + 86_400 + 60),
    "no end": lambda: signed(exp=None),
    "no team": lambda: signed(team=None),
    "said to be an ordinary token": lambda: signed(typ="JWT"),
}


@pytest.mark.parametrize("forgery", FORGED)
async def test_what_is_forged_or_vouches_for_too_much_names_nobody(settings: Settings, forgery: str) -> None:
    with pytest.raises(Unauthenticated):
        await Authenticator.load(settings).authenticate(f"Bearer {FORGED[forgery]()}")


async def test_where_no_crm_has_a_key_there_are_no_such_tokens(keys: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        await Authenticator.load(Settings(**keys)).authenticate(f"Bearer {signed()}")


async def test_a_panel_reads_and_is_refused_whatever_its_role_may_do_beside(settings: Settings) -> None:
    async def answer(_request: Any) -> Any:
        return notes.Note(name="notes/1")

    servicer = notes.NoteServicer()
    servicer.on_get = answer
    server = notes.server(settings, servicer)
    await server.start()
    token = Panels(KEYS, "touchline").sign("salesforce", "jana", **JANA)
    try:
        async with channel(f"127.0.0.1:{server.port}", token=token) as opened:
            stub = notes.stub(opened)
            await stub.GetNote(notes.GetNoteRequest(name="notes/1"))
            with pytest.raises(PermissionDenied) as caught:
                await stub.CreateNote(notes.CreateNoteRequest())
        assert caught.value.metadata["permission"] == "contact.contacts.write"
    finally:
        await server.stop(0.1)


def test_a_file_of_keys_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    assert launch_keys("") == {}
    (tmp_path / "keys").write_text(f"# of 2026\nsalesforce {'s' * 32}\n\nhubspot {'h' * 40}\n")
    assert launch_keys(str(tmp_path / "keys")) == {"salesforce": b"s" * 32, "hubspot": b"h" * 40}
    for text, said in (("salesforce short\n", "shorter than 32"), ("salesforce\n", "a system and its key")):
        (tmp_path / "keys").write_text(text)
        with pytest.raises(ValueError, match=said):
            launch_keys(str(tmp_path / "keys"))
