"""Tokens of both kinds, and what each role may do."""

import asyncio
import base64
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from chassis.auth import ROLES, Authenticator, Permissions, issue_token
from chassis.claims import Claims, NoSubjectError
from chassis.config import Settings
from chassis.errors import Unauthenticated, Unavailable
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


def read(authenticator: Authenticator, token: str) -> Any:
    return asyncio.run(authenticator.authenticate(f"Bearer {token}"))


@pytest.fixture(params=["secret", "ed25519"])
def settings(request: Any, tmp_path: Path) -> Settings:
    file = tmp_path / "token.key"
    if request.param == "secret":
        file.write_bytes(b"k" * 40 + b"\n")
    else:
        key = ed25519.Ed25519PrivateKey.generate()
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return Settings(development=True, token_key_file=str(file))


def test_an_issued_token_says_who_is_calling(settings: Settings) -> None:
    told = {"name": "Ada", "team": "teams/n", "client": "cli", "email": "a@b.example"}
    token = issue_token(settings, subject="users/ada", roles=["rep", "marketer"], **told)
    caller = read(Authenticator.load(settings), token)
    assert (caller.subject, caller.name, caller.team, caller.client) == ("users/ada", "Ada", "teams/n", "cli")
    assert (caller.roles, caller.email) == ({"rep", "marketer"}, "a@b.example")


def test_a_token_is_forgotten_when_it_expires(settings: Settings) -> None:
    authenticator = Authenticator.load(settings)
    token = issue_token(settings, subject="users/ada", roles=["rep"], ttl=timedelta(seconds=1))
    read(authenticator, token)
    time.sleep(1.1)
    with pytest.raises(Unauthenticated) as caught:
        read(authenticator, token)
    assert caught.value.reason == "TOKEN_EXPIRED"


def test_unknown_roles_are_not_issued_and_not_believed(settings: Settings) -> None:
    with pytest.raises(ValueError, match="wizard"):
        issue_token(settings, subject="users/ada", roles=["wizard"])


def test_local_keys_are_for_development_and_long_enough(tmp_path: Path) -> None:
    short = tmp_path / "short.key"
    short.write_bytes(b"x" * 31)
    with pytest.raises(ValueError, match="shorter"):
        Authenticator.load(Settings(development=True, token_key_file=str(short)))
    with pytest.raises(ValueError, match="development"):
        Authenticator.load(Settings())


class Provider:
    """An OIDC provider's key endpoint, and its pen."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        keys = json.dumps(
            {"keys": [{**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key())), "kid": "1"}]}
        )

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(keys.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.settings = Settings(
            oidc_issuer="https://id.example", oidc_jwks_url=f"http://127.0.0.1:{self.server.server_port}/keys"
        )

    def claims(self, **claims: Any) -> dict[str, Any]:
        """What a sound token says, and what is said instead; None leaves a claim out."""
        now = time.time()
        told = {"sub": "u-1", "iss": "https://id.example", "aud": "touchline", "iat": now, "exp": now + 60, **claims}
        return {name: value for name, value in told.items() if value is not None}

    def sign(self, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token; PyJWS writes claims that PyJWT would refuse to write."""
        told = json.dumps(self.claims(**claims)).encode()
        head = {"typ": "JWT", "kid": "1"} | (headers or {})
        head = {name: value for name, value in head.items() if value is not None}
        return jwt.PyJWS().encode(told, self.key, algorithm="RS256", headers=head)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def oidc() -> Iterator[Provider]:
    found = Provider()
    yield found
    found.close()


def test_an_oidc_token_is_proved_with_the_providers_keys(oidc: Provider) -> None:
    authenticator = Authenticator.load(oidc.settings)
    caller = read(authenticator, oidc.sign(roles=["analyst", "root"], azp="crm"))
    assert (caller.subject, caller.roles, caller.client) == ("u-1", {"analyst"}, "crm")


@pytest.mark.parametrize("audiences", [["touchline"], ["touchline", "else"], ["else", "touchline"]], ids=str)
def test_a_token_for_several_audiences_is_ours_if_we_are_among_them(oidc: Provider, audiences: list[str]) -> None:
    assert read(Authenticator.load(oidc.settings), oidc.sign(aud=audiences, roles=["rep"])).roles == {"rep"}


def forgeries(now: float) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """What claims and header say instead, at this moment."""
    return {
        "another issuer": ({"iss": "development"}, {}),
        "an issuer that begins alike": ({"iss": "https://id.example.evil"}, {}),
        "several issuers": ({"iss": ["https://id.example"]}, {}),
        "no issuer": ({"iss": None}, {}),
        "another audience": ({"aud": "else"}, {}),
        "an audience that begins alike": ({"aud": "touchline-web"}, {}),
        "several audiences, none of them ours": ({"aud": ["else", "touchline-web"]}, {}),
        "no audience in its list": ({"aud": []}, {}),
        "an audience that is no text beside ours": ({"aud": ["touchline", 7]}, {}),
        "a list of audiences in a list": ({"aud": [["touchline"]]}, {}),
        "an audience that is neither text nor list": ({"aud": {"touchline": True}}, {}),
        "no audience": ({"aud": None}, {}),
        "expired, beyond any skew": ({"exp": now - 90}, {}),
        "no end": ({"exp": None}, {}),
        "an end that is no number": ({"exp": "tomorrow"}, {}),
        "not valid yet": ({"nbf": now + 90}, {}),
        "issued in the future": ({"iat": now + 90}, {}),
        "no moment of issue": ({"iat": None}, {}),
        "nobody": ({"sub": ""}, {}),
        "a subject that is no text": ({"sub": 7}, {}),
        "an unknown key": ({}, {"kid": "2"}),
        "no key": ({}, {"kid": None}),
        "a critical extension that we do not know": ({}, {"crit": ["exp2"], "exp2": 1}),
        "an unencoded payload": ({}, {"crit": ["b64"], "b64": False}),
    }


@pytest.mark.parametrize("forgery", forgeries(0.0))
def test_a_token_that_departs_from_what_was_agreed_is_refused(oidc: Provider, forgery: str) -> None:
    claims, headers = forgeries(time.time())[forgery]
    token = oidc.sign(headers=headers, **claims)
    with pytest.raises(Unauthenticated):
        read(Authenticator.load(oidc.settings), token)


def test_a_key_that_the_token_brings_along_or_another_algorithm_proves_nothing(oidc: Provider) -> None:
    told, other = oidc.claims(), rsa.generate_private_key(65537, 2048)
    public = oidc.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    own = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(other.public_key()))
    forged = [
        jwt.encode(told, other, algorithm="RS256", headers={"kid": "1"}),
        jwt.encode(
            told, other, algorithm="RS256", headers={"kid": "1", "jwk": own, "jku": "https://evil.example/keys"}
        ),
        jwt.encode(told, oidc.key, algorithm="RS512", headers={"kid": "1"}),
        jwt.encode(told, "s" * 40, algorithm="HS256", headers={"kid": "1"}),
        signed_with_text(told, public),
        jwt.encode(told, None, algorithm="none", headers={"kid": "1"}),
        altered(oidc.sign()),
        f"{oidc.sign()}.",
        "x" * 10_000,
    ]
    authenticator = Authenticator.load(oidc.settings)
    read(authenticator, oidc.sign())  # the keys are known from here on
    for token in forged:
        with pytest.raises(Unauthenticated):
            read(authenticator, token)


def altered(token: str) -> str:
    """With another first letter of its signature."""
    said, _, signature = token.rpartition(".")
    return f"{said}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def signed_with_text(claims: dict[str, Any], secret: bytes) -> str:
    """HS256 with a public key as the secret (CVE-2022-29217), which PyJWT itself would not write."""

    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    head = part(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "1"}).encode())
    said = f"{head}.{part(json.dumps(claims).encode())}"
    return f"{said}.{part(hmac.digest(secret, said.encode(), 'sha256'))}"


def test_clocks_may_differ_by_half_a_minute(oidc: Provider) -> None:
    authenticator = Authenticator.load(oidc.settings)
    read(authenticator, oidc.sign(iat=time.time() + 15, nbf=time.time() + 15))
    read(authenticator, oidc.sign(exp=time.time() - 15))


def test_an_absent_provider_is_unavailable(oidc: Provider) -> None:
    oidc.close()
    with pytest.raises(Unavailable):
        read(Authenticator.load(oidc.settings), oidc.sign())


def test_permissions_match_part_by_part() -> None:
    permissions = Permissions({"rep": ["*.*.read", "contact.contacts.*"], "admin": ["*.*.*"]})
    rep = frozenset({"rep"})
    assert permissions.allows(rep, "interaction.touches.read")
    assert permissions.allows(rep, "contact.contacts.write")
    assert not permissions.allows(rep, "contact.accounts.write")
    assert not permissions.allows(rep, "contact.contacts.read.more")
    assert not permissions.allows(frozenset(), "contact.contacts.read")
    assert permissions.roles_of("campaign.plans.write") == {"admin"}
    with pytest.raises(ValueError, match="wizard"):
        Permissions({"wizard": []})


def test_the_table_of_roles_knows_every_role() -> None:
    permissions = Permissions.load()
    assert permissions.roles_of("contact.contacts.read") == frozenset(ROLES)
    assert permissions.roles_of("contact.contacts.forget") == {"admin"}


def named(claims: dict[str, Any], **fields: Any) -> Any:
    return Claims.load(Settings(**fields)).caller({"sub": "f81d4fae", **claims})


def test_a_providers_groups_become_roles_and_a_team() -> None:
    told = {"groups": ["cn=Sales North,ou=crm", "everybody", "crm-admins"], "preferred_username": "jana"}
    groups = {"oidc_roles_claim": "groups", "oidc_team_claim": "groups", "oidc_user_claim": "preferred_username"}
    roles, teams = {"cn=Sales North,ou=crm": "rep", "crm-admins": "admin"}, {"cn=Sales North,ou=crm": "north"}
    found = named(told, oidc_roles=roles, oidc_teams=teams, **groups)
    assert (found.subject, found.roles, found.team) == ("users/jana", {"rep", "admin"}, "teams/north")


def test_where_a_table_names_roles_the_words_of_the_token_alone_give_none() -> None:
    assert named({"roles": ["admin", "crm-sales"]}, oidc_roles={"crm-sales": "rep"}).roles == {"rep"}
    assert named({"team": "north"}, oidc_teams={"sales": "central"}).team == ""


def test_a_claim_inside_another_is_found_by_its_path_and_one_with_dots_by_its_name() -> None:
    assert named({"realm_access": {"roles": ["rep"]}}, oidc_roles_claim="realm_access.roles").roles == {"rep"}
    assert named({"https://x.example/roles": ["rep"]}, oidc_roles_claim="https://x.example/roles").roles == {"rep"}
    assert named({"realm_access": "rep"}, oidc_roles_claim="realm_access.roles").roles == frozenset()


@pytest.mark.parametrize("name", [None, "", 7, ["jana"], "jana/../adam", "a b", "x" * 81])
def test_a_person_without_a_usable_name_is_refused(name: Any) -> None:
    with pytest.raises(NoSubjectError):
        named({"preferred_username": name, "roles": ["rep"]}, oidc_user_claim="preferred_username")


def test_an_unverified_address_names_nobody() -> None:
    with pytest.raises(NoSubjectError):
        named({"email": "adam@x.example", "email_verified": False}, oidc_user_claim="email")
    found = named({"email": "a@x.example", "email_verified": True}, oidc_user_claim="email")
    assert found.subject == "users/a@x.example"


def test_a_system_keeps_its_subject_and_the_consoles_client_is_the_console() -> None:
    told = {"sub": "services/campaign", "roles": ["service"]}
    assert named(told, oidc_user_claim="preferred_username").subject == "services/campaign"
    assert named({"azp": "touchline-web"}, oidc_client_id="touchline-web").client == "console"
    assert named({"client_id": "erp"}, oidc_client_id="touchline-web").client == "erp"


def test_a_role_that_there_is_not_stops_the_start() -> None:
    with pytest.raises(ValueError, match="wizard"):
        Authenticator.load(
            Settings(oidc_issuer="https://id.example", oidc_jwks_url="https://id.example/k", oidc_roles={"a": "wizard"})
        )


def test_tables_survive_the_way_through_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(oidc_roles={"cn=Sales, North": "rep"})
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings().oidc_roles == {"cn=Sales, North": "rep"}
