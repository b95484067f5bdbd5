"""`touchline contacts import`: a table of people, as a CRM exports it, into the contact service."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from chassis.config import Settings
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as Grid
from touchline.contact.v1 import contact_pb2 as pb

from touchline_client.commands.session import TokenOption, connect, err, fail, out, sign, told
from touchline_client.imports import ChangedTableError, ImportRun
from touchline_client.refusals import Refusal
from touchline_client.tables import Table, sniff

app = typer.Typer(help="Contacts.", no_args_is_help=True)


@app.callback()
def contacts() -> None:
    """Contacts."""


@app.command("import")
@told
async def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The table.")],
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help="`Title=target`, for example `Mail=email`; `Title=-` leaves a column out."),
    ] = None,
    encoding: Annotated[str, typer.Option(help="If the file's encoding is known better.")] = "",
    separator: Annotated[str, typer.Option(help="If the separator is known better.")] = "",
    region: Annotated[str, typer.Option(help="The country of phone numbers without one, for example DE.")] = "",
    owner: Annotated[str, typer.Option(help="Who owns contacts whose row names nobody, `users/…`.")] = "",
    team: Annotated[str, typer.Option(help="Their team, `teams/…`.")] = "",
    token: TokenOption = "",
) -> None:
    """Import contacts; started again after anything, it goes on where it ended."""
    settings = Settings.load()
    table = sniff(file, encoding=encoding, separator=separator.replace("\\t", "\t"))
    titles = next(table.records(), None)
    if not titles:
        fail(f"{file} has no titles: its first row must name the columns")
    shown = {"\t": "tab"}.get(table.separator, table.separator)
    err.print(f"{file.name}: {table.encoding}, separated by {shown}, {len(titles)} columns")
    # Signed anew for each call: a long import outlives a token.
    async with connect(settings, token or partial(sign, settings, "marketer")) as touchline:
        run = ImportRun(touchline, table, parse_mapping(mapping or []), region=region, owner=owner, team=team)
        try:
            finished = await _watched(run, table)
        except ChangedTableError as error:
            fail(f"{error}. Delete {run.state_file} to import it as a new table.")
    _tell(finished, run)


async def _watched(run: ImportRun, table: Table) -> pb.Import:
    """Import under a progress bar."""
    rows = TextColumn("{task.fields[rows]} rows")
    with Progress(BarColumn(), DownloadColumn(), rows, TimeRemainingColumn(), console=err) as progress:
        task = progress.add_task("", total=table.size or 1, rows=0)

        def advance(read: int, state: pb.Import) -> None:
            progress.update(task, completed=min(read, table.size), rows=max(0, state.next_row - 1))

        def wait(refusal: Refusal) -> None:
            progress.console.print(f"[yellow]…[/] {refusal}; trying again")

        run.on_progress, run.on_wait = advance, wait
        finished = await run.run()
        progress.update(task, completed=table.size)
    return finished


def _tell(finished: pb.Import, run: ImportRun) -> None:
    grid = Grid.grid(padding=(0, 2))
    counts = {
        "created": finished.rows_created,
        "updated": finished.rows_updated,
        "unchanged": finished.rows_unchanged,
        "refused": finished.rows_refused,
    }
    for what, count in counts.items():
        grid.add_row(what, f"{count:,}")
    out.print(grid)
    if finished.rows_refused:
        count = f"{finished.rows_refused:,} row{'s' * (finished.rows_refused != 1)} refused"
        out.print(f"[yellow]{count}[/]; {run.report_file} says which and why")


def parse_mapping(given: list[str]) -> dict[str, str]:
    """`Title=target` pairs; a title may itself hold an equals sign."""
    mapping = {}
    for pair in given:
        title, equals, target = pair.rpartition("=")
        if not equals or not title or not target:
            fail(f"--map takes Title=target, not {pair!r}")
        mapping[title] = target
    return mapping


@app.command("export")
@told
async def export(
    contact: Annotated[str, typer.Argument(help="The contact, `contacts/…` or its id.")],
    file: Annotated[Path, typer.Argument(help="Where the archive is written, a ZIP.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the audit log.")],
    token: TokenOption = "",
) -> None:
    """Write everything that every service knows about a person into one archive."""
    settings, name = Settings.load(), f"contacts/{contact.removeprefix('contacts/')}"
    part = file.with_name(f"{file.name}.part")
    items = 0
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        with part.open("wb") as archive:
            async for answer in touchline.contact.ExportContact(pb.ExportContactRequest(name=name, reason=reason)):
                archive.write(answer.chunk)
                if answer.HasField("progress"):
                    items += answer.progress.items
                    err.print(f"{answer.progress.file}: {answer.progress.items:,}")
    part.replace(file)  # what broke off on the way is no archive
    out.print(f"[green]✓[/] {file}: {items:,} items")
