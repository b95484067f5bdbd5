"""An OIDC provider as a process of its own: Authlib's server side, which says the truth until a test tells it not to.

`python -m tests.console.openid PORT CONSOLE_URL` serves http://localhost:PORT. What it is to say instead comes by
POST /forge: `claims` of the ID token, its `alg` and `key`, `answer` for parameters of the authorization response,
`metadata`, `seconds` that an access token lives, `rotates` its keys, `refuses` everybody, `forgets` refresh tokens.
"""

import contextlib
import json
import sys
import time
from typing import Any

from authlib.common.encoding import urlsafe_b64encode
from authlib.common.urls import url_decode, url_encode
from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import grants as oidc
from authlib.oidc.rpinitiated import EndSessionEndpoint
from flask import Flask, Response, jsonify, request, session
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "touchline-web", "a secret of the client"
PEOPLE = {
    "jana": {"name": "Jana Dvořák", "groups": ["everybody", "sales-central"]},
    "mira": {"name": "Mira Novotná", "groups": ["marketing", "sales-central"]},
    "adam": {"name": "Adam Svoboda", "groups": ["admins"]},
    "nora": {"name": "Nora Nobody", "groups": ["everybody"]},
}
FORGED: dict[str, Any] = {}
CODES: dict[str, "Code"] = {}
TOKENS: dict[str, "Token"] = {}
ASKED: list[str] = []  # the grants that the token endpoint was asked for
app = Flask(__name__)


class Keys:
    """The keys that sign, the newest last; all are shown but for those of before the rotation."""

    def __init__(self) -> None:
        self.count = 0
        self.rotate()
        self.foreign = RSAKey.generate_key(2048, {"kid": "1"})

    def rotate(self) -> None:
        self.count += 1
        self.own = RSAKey.generate_key(2048, {"kid": str(self.count), "use": "sig"})


KEYS = Keys()


class Client(ClientMixin):
    """The console, or a service that asks for its own token."""

    def __init__(self, name: str) -> None:
        self.name = name
        base = app.config["CONSOLE"]
        self.redirects = [f"{base}/login/callback"]
        self.client_metadata = {"post_logout_redirect_uris": [f"{base}/logout/done"]}

    def get_client_id(self) -> str:
        return self.name

    def get_default_redirect_uri(self) -> str:
        return self.redirects[0]

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirects

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return True


class Person:
    """Somebody who may log in."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get_user_id(self) -> str:
        return f"sub-{self.name}"

    def claims(self) -> dict[str, Any]:
        said = {"preferred_username": self.name, "email": f"{self.name}@touchline.example", "email_verified": True}
        return {**said, **PEOPLE[self.name], **({"groups": FORGED["groups"]} if "groups" in FORGED else {})}


class Code(AuthorizationCodeMixin):
    """A code that was given and not used yet."""

    def __init__(self, code: str, asked: Any, user: Person) -> None:
        self.code, self.user, self.told = code, user, asked.payload.data
        self.code_challenge, self.code_challenge_method = (
            self.told["code_challenge"],
            self.told["code_challenge_method"],
        )
        self.scope, self.client = asked.payload.scope, asked.client.name

    def get_redirect_uri(self) -> str:
        return self.told["redirect_uri"]

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.told.get("nonce", "")

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None: ...

    def get_amr(self) -> None: ...


class Token(TokenMixin):
    """A refresh token, until it is used or revoked."""

    def __init__(self, told: dict[str, Any], asked: Any) -> None:
        self.refresh_token, self.scope = told.get("refresh_token", ""), told.get("scope", "")
        self.client, self.user = asked.client.name, asked.user

    def check_client(self, client: Client) -> bool:
        return client.name == self.client

    def get_scope(self) -> str:
        return self.scope


class CodeGrant(grants.AuthorizationCodeGrant):
    def save_authorization_code(self, code: str, request: Any) -> None:
        CODES[code] = Code(code, request, request.user)

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        found = CODES.get(code)
        return found if found and found.client == client.name else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        del CODES[authorization_code.code]

    def authenticate_user(self, authorization_code: Code) -> Person:
        return authorization_code.user


class RefreshGrant(grants.RefreshTokenGrant):
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        return TOKENS.get(refresh_token)

    def authenticate_user(self, refresh_token: Token) -> Person:
        return refresh_token.user

    def revoke_old_credential(self, refresh_token: Token) -> None:
        TOKENS.pop(refresh_token.refresh_token, None)


class IdTokens(oidc.OpenIDCode):
    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return False

    def generate_user_info(self, user: Person, scope: str) -> dict[str, Any]:
        return {"sub": user.get_user_id(), **user.claims()}

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        """As Authlib makes it, and then what a test wants to be said."""
        honest = jwt.decode(super().encode_id_token(token, request), KEYS.own)
        said = {**honest.claims, **FORGED.get("claims", {})}
        claims = {name: value for name, value in said.items() if value is not None}
        header = {**honest.header, "kid": FORGED.get("kid", KEYS.own.kid), "alg": FORGED.get("alg", "RS256")}
        if header["alg"] == "none":
            return unsigned(header, claims)
        key = KEYS.foreign if FORGED.get("key") == "foreign" else KEYS.own
        if header["alg"] == "HS256":
            key = OctKey.import_key(SECRET)
        return jwt.encode(header, claims, key, algorithms=[header["alg"]])

    def get_client_claims(self, client: Client) -> dict[str, Any]:
        return {"iss": app.config["ISSUER"], "aud": [client.name]}

    def resolve_client_private_key(self, client: Client) -> RSAKey:
        return KEYS.own


class AccessTokens(JWTBearerTokenGenerator):
    def get_jwks(self) -> KeySet:
        return KeySet([KEYS.own])

    def get_audiences(self, client: Client, user: Any, scope: str) -> str:
        return FORGED.get("audience", "touchline")

    def get_extra_claims(self, client: Client, grant_type: str, user: Person | None, scope: str) -> dict[str, Any]:
        return user.claims() if user else {"groups": ["systems"]}


class Issuer(IssuerParameter):
    def get_issuer(self) -> str:
        return app.config["ISSUER"]


class Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = ["client_secret_basic"]  # noqa: RUF012 - as Authlib has it

    def query_token(self, token_string: str, token_type_hint: str) -> Token | None:
        return TOKENS.get(token_string)

    def revoke_token(self, token: Token, request: Any) -> None:
        TOKENS.pop(token.refresh_token, None)


class EndSession(EndSessionEndpoint):
    def get_server_jwks(self) -> KeySet:
        return KeySet([KEYS.own])

    def end_session(self, end_session_request: Any) -> None:
        session.clear()


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    head, said = (urlsafe_b64encode(json.dumps(part).encode()).decode() for part in (header, claims))
    return f"{head}.{said}."


def seconds(client: Client, grant_type: str) -> int:
    return 7200 if grant_type == "client_credentials" else FORGED.get("seconds", 300)


def save(told: dict[str, Any], asked: Any) -> None:
    if told.get("refresh_token"):
        TOKENS[told["refresh_token"]] = Token(told, asked)


server = AuthorizationServer()


@app.get("/.well-known/openid-configuration")
def metadata() -> Response:
    base = app.config["ISSUER"]
    told = {
        "issuer": base,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "jwks_uri": f"{base}/jwks",
        "revocation_endpoint": f"{base}/revoke",
        "end_session_endpoint": f"{base}/logout",
        "authorization_response_iss_parameter_supported": True,
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    }
    return jsonify(told | FORGED.get("metadata", {}))


@app.get("/jwks")
def jwks() -> Response:
    return jsonify({"keys": [KEYS.own.as_dict(private=False)]})


@app.route("/authorize", methods=["GET", "POST"])
def authorize() -> Any:
    if request.form.get("user") in PEOPLE:
        session["user"] = request.form["user"]
    user = Person(session["user"]) if "user" in session else None
    try:
        grant = server.get_consent_grant(end_user=user)
    except OAuth2Error as error:
        return server.handle_error_response(None, error)
    if user is None and not FORGED.get("refuses"):
        return "".join(
            f'<form method="post"><button name="user" value="{name}">{name}</button></form>' for name in PEOPLE
        )
    person = None if FORGED.get("refuses") else user
    return altered(server.create_authorization_response(grant_user=person, grant=grant))


def altered(answer: Response) -> Response:
    there, _, query = answer.location.partition("?")
    said = {**dict(url_decode(query)), **FORGED.get("answer", {})}
    answer.location = f"{there}?{url_encode([(name, value) for name, value in said.items() if value is not None])}"
    return answer


@app.post("/token")
def token() -> Response:
    ASKED.append(request.form.get("grant_type", ""))
    return server.create_token_response()


@app.post("/revoke")
def revoke() -> Response:
    return server.create_endpoint_response("revocation")


@app.get("/logout")
def log_out() -> Any:
    return server.create_endpoint_response("end_session") or "logged out"


@app.post("/forge")
def forge() -> Response:
    FORGED.clear()
    FORGED.update(request.json)
    if FORGED.get("rotates"):
        KEYS.rotate()
    if FORGED.get("forgets"):
        TOKENS.clear()
    return jsonify({"codes": len(CODES), "refresh": len(TOKENS), "asked": ASKED})


def main(port: int, console: str) -> None:
    issuer = f"http://localhost:{port}"
    app.config.update(CONSOLE=console, ISSUER=issuer, SECRET_KEY="of the test", SESSION_COOKIE_NAME="provider")
    server.init_app(app, query_client=Client, save_token=save)
    refresh = lambda **_: f"refresh-{time.time_ns()}"  # noqa: E731 - the shape that Authlib asks for
    made = AccessTokens(issuer, refresh_token_generator=refresh, expires_generator=seconds)
    server.register_token_generator("default", made)
    server.register_grant(CodeGrant, [IdTokens(require_nonce=True), CodeChallenge(required=True)])
    server.register_grant(RefreshGrant, [IdTokens()])
    server.register_grant(grants.ClientCredentialsGrant)
    server.register_extension(Issuer())
    server.register_endpoint(Revocation)
    server.register_endpoint(EndSession)
    with contextlib.suppress(KeyboardInterrupt):
        make_server("localhost", port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
