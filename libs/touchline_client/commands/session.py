"""What every command shares: settings, a client with a token, output, and how failures are told."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import wraps
from typing import Annotated, Any, NoReturn, TypeVar

import grpc
import typer
from chassis.auth import issue_token
from chassis.config import Settings
from chassis.errors import DomainError
from chassis.rpc.tls import channel_credentials
from rich.console import Console

from touchline_client.client import PORTS, Token, Touchline
from touchline_client.refusals import refusal_of

T = TypeVar("T")
OPERATOR = "users/operator"
LIFE = timedelta(hours=1)

# A pipe has no width; 80 columns would cut names.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
err = Console(stderr=True, highlight=False, soft_wrap=True)

TokenOption = Annotated[
    str, typer.Option(envvar="TOUCHLINE_TOKEN", help="A token; a development installation signs one itself.")
]


def fail(message: str) -> NoReturn:
    """End with a sentence on stderr and status 1."""
    err.print(f"[red]✗[/] {message}")
    raise typer.Exit(1)


def sign(settings: Settings, *roles: str, subject: str = OPERATOR, client: str = "", **fields: Any) -> str:
    """A token of the installation's own key; only a development installation has one."""
    if not settings.development:
        fail("give --token or TOUCHLINE_TOKEN: only a development installation (`make run`) signs tokens itself")
    name = fields.pop("name", "") or subject.partition("/")[2]
    fields.setdefault("ttl", LIFE)
    return issue_token(settings, subject=subject, name=name, roles=roles, client=client, **fields)


def connect(settings: Settings, token: Token, **fields: Any) -> Touchline:
    """A client of the installation that the settings name."""
    targets = {name: settings.target(name) for name in PORTS}
    return Touchline(token=token, targets=targets, credentials=channel_credentials(settings), **fields)


def told(command: Callable[..., Coroutine[Any, Any, T]]) -> Callable[..., T]:
    """Let typer run an async command, and turn refusals into a sentence."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> T:
        try:
            return asyncio.run(command(*args, **kwargs))
        except grpc.aio.AioRpcError as error:
            fail(advised(error))
        except DomainError as error:
            fail(f"{error.reason}: {error.message}")
        except (OSError, ValueError) as error:
            fail(str(error))

    return run


def advised(error: grpc.aio.AioRpcError) -> str:
    """What a failed call says, and what to do where that is known."""
    refusal = refusal_of(error)
    advice = {
        "UNAVAILABLE": "is it running? `make run` starts it, `touchline doctor` looks closer",
        "UNAUTHENTICATED": "`touchline token --role admin` prints a token",
        "PERMISSION_DENIED": "ask for a token with another role: `touchline token --role admin`",
    }.get(refusal.code)
    return f"{refusal}" + (f" ({advice})" if advice else "")
