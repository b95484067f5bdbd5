"""`touchline retention`: for how long stores and types of touches are kept, and what was deleted because of that."""

import asyncio
from datetime import UTC, timedelta
from typing import Annotated, Any

import typer
from chassis.config import Settings
from chassis.db import Database
from chassis.errors import Unavailable
from chassis.keeping import Evidence, list_evidence
from chassis.retention import schedule
from rich.table import Table
from touchline.interaction.v1 import interaction_pb2 as pb

from touchline_client.commands.privacy import SERVICES, known
from touchline_client.commands.session import TokenOption, connect, err, fail, out, sign, told

app = typer.Typer(help="How long everything is kept.", no_args_is_help=True)


ServiceArgument = Annotated[str, typer.Argument(help="One service only.", callback=known)]


@app.command("schedule")
def schedule_(service: ServiceArgument = "") -> None:
    """Print for how long each table of each service keeps what it holds."""
    table = Table("service", "table", "kept", box=None)
    for name in [service] if service else SERVICES:
        for store in schedule(name).values():
            table.add_row(name, store.table, store.period)
    out.print(table)


@app.command()
def evidence(
    service: ServiceArgument = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many rows of a service at most.")] = 100,
) -> None:
    """List what was deleted at night because of its age, but for touches; it asks the databases themselves."""
    settings = Settings.load()
    table = Table("service", "day", "table", "from before", "rows", "all of it", box=None)
    for name in [service] if service else SERVICES:
        if "retention_evidence" not in schedule(name):
            continue
        for row in asyncio.run(_evidence(settings, name, limit)):
            before = f"{row.before_time.astimezone(UTC):%Y-%m-%d}"
            done = "yes" if row.is_done else "not yet"
            table.add_row(name, f"{row.day}", row.store, before, f"{row.rows:,}", done)
    out.print(table)


async def _evidence(settings: Settings, service: str, limit: int) -> list[Evidence]:
    try:
        database = Database(settings.for_role(service, "operator"))
        async with database.connection() as conn:
            return await list_evidence(conn, limit)
    except (Unavailable, OSError) as error:  # away, or no password file of this service here
        err.print(f"[yellow]![/] the database of {service} cannot be asked ({type(error).__name__})")
        return []


@app.command("set")
@told
async def set_(
    touch_type: Annotated[str, typer.Argument(metavar="TYPE", help="The touch type, for example `web.visited`.")],
    days: Annotated[int | None, typer.Argument(help="For how many days its touches are kept, 1 to 36,500.")] = None,
    for_ever: Annotated[bool, typer.Option("--for-ever", help="Keep them for ever from now on.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    token: TokenOption = "",
) -> None:
    """Say for how long touches of a type are kept. What is older goes for ever, within an hour."""
    if (days is None) != for_ever:
        fail("say a number of days, or --for-ever")
    name = touch_type.removeprefix("touchTypes/")
    if days is not None and not yes:
        typer.confirm(f"Delete every touch of {name} that is older than {days} days, for ever?", abort=True)
    request = pb.SetTouchTypeRetentionRequest(name=f"touchTypes/{name}")
    if days is not None:
        request.retention.FromTimedelta(timedelta(days=days))
    settings = Settings.load()
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        kept = await touchline.interaction.SetTouchTypeRetention(request)
    out.print(f"[green]✓[/] {name} is kept {_length(kept)}")


@app.command("ls")
@told
async def ls(token: TokenOption = "") -> None:
    """List the types that are not kept for ever, or of which something was deleted."""
    settings = Settings.load()
    table = Table("type", "kept", "begins", box=None)
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        request = pb.ListTouchTypesRequest(page_size=1000)
        while True:
            page = await touchline.interaction.ListTouchTypes(request)
            for kind in page.touch_types:
                if kind.HasField("retention") or kind.HasField("history_begin_time"):
                    table.add_row(kind.name.removeprefix("touchTypes/"), _length(kind), _day(kind.history_begin_time))
            request.page_token = page.next_page_token
            if not request.page_token:
                break
    out.print(table)


@app.command()
@told
async def deleted(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many rows at most.")] = 100, token: TokenOption = ""
) -> None:
    """List what was deleted, the newest day first."""
    settings = Settings.load()
    table = Table("day", "type", "from before", "touches", box=None)
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        page = await touchline.interaction.ListTouchDeletions(pb.ListTouchDeletionsRequest(page_size=limit))
    for row in page.touch_deletions:
        table.add_row(_day(row.day_time), row.type, _day(row.begin_time), f"{row.touch_count:,}")
    out.print(table)


def _length(kind: pb.TouchType) -> str:
    return f"{kind.retention.ToTimedelta().days:,} days" if kind.HasField("retention") else "for ever"


def _day(moment: Any) -> str:
    return f"{moment.ToDatetime(tzinfo=UTC):%Y-%m-%d}" if moment.seconds else "–"
