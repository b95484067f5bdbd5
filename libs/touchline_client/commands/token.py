"""`touchline token`: a signed token for trying things out, in a development installation."""

from datetime import timedelta
from typing import Annotated

import typer
from chassis.claims import ROLES
from chassis.config import Settings

from touchline_client.commands.session import OPERATOR, fail, sign


def token(
    role: Annotated[list[str], typer.Option(help=f"One of {', '.join(ROLES)}; may be given several times.")],
    subject: Annotated[str, typer.Option(help="Who it is for, `users/…` or `clients/…`.")] = OPERATOR,
    client: Annotated[str, typer.Option(help="Which client it is for, as sources name it.")] = "",
    team: Annotated[str, typer.Option(help="The team, `teams/…`.")] = "",
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 365, help="How long it is good.")] = 12.0,
) -> None:
    """Print a token."""
    unknown = sorted(set(role) - set(ROLES))
    if unknown:
        fail(f"no such role: {', '.join(unknown)}; there are {', '.join(ROLES)}")
    typer.echo(sign(Settings.load(), *role, subject=subject, client=client, team=team, ttl=timedelta(hours=hours)))
