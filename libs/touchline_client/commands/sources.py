"""`touchline sources`: who may record touches, and under which kind of identifier."""

from typing import Annotated

import typer
from chassis.config import Settings
from rich.table import Table
from touchline.interaction.v1 import interaction_pb2 as pb

from touchline_client.commands.session import TokenOption, connect, out, sign, told

app = typer.Typer(help="Who may record touches.", no_args_is_help=True)


@app.command()
@told
async def register(
    name: Annotated[str, typer.Argument(help="The source, for example `shop`.")],
    client: Annotated[str, typer.Option(help="The client whose tokens may use it; `*` for any.")],
    identifier_kind: Annotated[str, typer.Option("--kind", help="email, phone, cookie, contact or crm:<system>.")],
    display_name: Annotated[str, typer.Option(help="What people call it.")] = "",
    whole_seconds: Annotated[bool, typer.Option(help="Its times are whole seconds.")] = False,
    token: TokenOption = "",
) -> None:
    """Register a source of touches; doing it twice changes nothing."""
    settings = Settings.load()
    source = pb.Source(
        name=f"sources/{name.removeprefix('sources/')}",
        display_name=display_name or name,
        client=client,
        identifier_kind=identifier_kind,
        is_whole_seconds=whole_seconds,
    )
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        made = await touchline.interaction.RegisterSource(pb.RegisterSourceRequest(source=source))
    out.print(f"[green]✓[/] {made.name} for client {made.client}, by {made.identifier_kind}")


@app.command("ls")
@told
async def ls(token: TokenOption = "") -> None:
    """List every source."""
    settings = Settings.load()
    table = Table("source", "name", "client", "identifier", box=None)
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        page_token = ""
        while True:
            request = pb.ListSourcesRequest(page_size=1000, page_token=page_token)
            page = await touchline.interaction.ListSources(request)
            for source in page.sources:
                table.add_row(source.name, source.display_name, source.client, source.identifier_kind)
            page_token = page.next_page_token
            if not page_token:
                break
    out.print(table)
