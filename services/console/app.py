"""The wiring: settings in, a running web server out. The only file that knows every other."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import uvicorn
from chassis import telemetry
from chassis.auth import AUDIENCE, issue_token
from chassis.config import Settings
from chassis.errors import DomainError
from chassis.rpc.own import own_token
from chassis.run import Service

from services.console.gateways import ACTING, CLIENT, ITSELF, Acting, Gateways, Sandbox, TokenFor, Traces
from services.console.gateways.provider import Provider, is_safe
from services.console.http import build_app
from services.console.http.guard import Guard
from services.console.http.launch import LaunchKeys
from services.console.http.routes import Embedding
from services.console.http.session import Epochs, SealedSessions, Sessions
from services.console.http.streams import Streams
from services.console.http.users import DEVELOPMENT, Users

TOKEN_LIFE = timedelta(minutes=15)
LOG = telemetry.logger(__name__)


class Tokens:
    """A token for each person, signed anew before the last one runs out."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[Acting, tuple[str, float]] = {}

    def __call__(self, acting: Acting) -> str:
        token, until = self._known.get(acting, ("", 0.0))
        if time.monotonic() < until:
            return token
        token = issue_token(
            self._settings,
            subject=acting.subject,
            name=acting.name,
            roles=acting.roles,
            team=acting.team,
            email=acting.email,
            client=CLIENT,
            ttl=TOKEN_LIFE,
        )
        self._known[acting] = (token, time.monotonic() + TOKEN_LIFE.total_seconds() / 2)
        return token


def tokens_for(settings: Settings) -> TokenFor:
    """The token of a call: the provider's own of who looks, and the console's for what it does itself."""
    if not settings.oidc_issuer:
        return Tokens(settings)
    own = own_token(settings)
    return lambda acting: own() if acting is ITSELF else acting.token


class Quiet(uvicorn.Server):
    """uvicorn that leaves signals to the chassis."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Console:
    """The role `serve`."""

    def __init__(self, settings: Settings) -> None:
        self._gateways = Gateways(settings, tokens_for(settings))
        self.app = make_app(settings, self._gateways)
        self._socket = listen(settings.host, settings.port_console)
        self._server = Quiet(
            uvicorn.Config(
                self.app,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=int(settings.grace_seconds),
                lifespan="off",
            )
        )
        self._drain_seconds = settings.drain_seconds
        self._source = "unknown"

    def health(self) -> Mapping[str, str]:
        return {"source": self._source}

    async def run(self, stop: asyncio.Event) -> None:
        serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        registering = asyncio.create_task(self._register())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({serving}, timeout=self._drain_seconds)
        streams_of(self.app).stopping.set()
        self._server.should_exit = True
        await serving
        for task in (registering, stopping):
            task.cancel()
        await self._gateways.close()

    async def _register(self) -> None:
        """Makes the source of logged calls known, as soon as interaction answers."""
        ACTING.set(ITSELF)
        while self._source != "registered":
            try:
                await self._gateways.register_source()
                self._source = "registered"
            except DomainError as error:
                LOG.info("the console's source is not registered yet", reason=error.reason)
                await asyncio.sleep(1)


def listen(host: str, port: int) -> socket.socket:
    """Take the port before the role says that it is ready: who connects early waits, and is not refused."""
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


def make_app(settings: Settings, gateways: Gateways) -> Guard:
    """The pages, with the provider's log-in where one signs tokens, else with that of a development installation."""
    if settings.oidc_issuer:
        check_log_in(settings)
        return build_app(
            gateways=gateways,
            sessions=SealedSessions(settings.console_keys()),
            users=Users(()),
            provider=Provider(settings),
            embedding=embedding(settings),
        )
    if not settings.development:
        raise ValueError("nobody can log in to the console: set TOUCHLINE_OIDC_ISSUER, or TOUCHLINE_DEVELOPMENT=true")
    return development_app(settings, gateways)


def check_log_in(settings: Settings) -> None:
    """What the log-in at a provider needs; raises ValueError with the fix."""
    missing = [
        f"TOUCHLINE_{name}".upper()
        for name in ("oidc_client_id", "oidc_user_claim", "console_key_file", "console_url")
        if not getattr(settings, name)
    ]
    if missing:
        raise ValueError(f"logging in at TOUCHLINE_OIDC_ISSUER needs {', '.join(missing)}")
    for name in ("oidc_issuer", "console_url"):
        if not is_safe(getattr(settings, name)):
            raise ValueError(f"TOUCHLINE_{name.upper()} has to be an address of https")


def embedding(settings: Settings) -> Embedding:
    """Which CRMs may launch the panel, and whose pages may frame it; raises ValueError for keys that are none."""
    return Embedding(LaunchKeys.load(settings.launch_key_file, settings.audience or AUDIENCE), settings.embed_ancestors)


def development_app(settings: Settings, gateways: Gateways) -> Guard:
    """The pages, with a log-in by one click, the sandbox's inbox and the local stack's traces."""
    sessions = Sessions(settings.token_key(), Epochs(settings.state / "console-epochs.json"))
    sandbox = Sandbox(f"http://{settings.host}:{settings.port_inbox}", origin(settings.edge_url))
    kept = Traces(f"http://{settings.host}:{settings.port_traces}") if settings.keeps_traces else None
    return build_app(
        gateways=gateways,
        sessions=sessions,
        users=Users(DEVELOPMENT),
        sandbox=sandbox,
        kept=kept,
        embedding=embedding(settings),
    )


def origin(url: str) -> str:
    """Scheme, host and port of an address, as a content security policy names them."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def streams_of(app: Guard) -> Streams:
    found: Streams = app.inner.state.streams
    return found


async def serve(settings: Settings) -> Console:
    return Console(settings)


SERVICE = Service(name="console", roles={"serve": serve})
