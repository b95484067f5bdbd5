"""`touchline touches rebuild`: the counts of timelines folded anew from the touches, beside live load."""

import importlib
from typing import Annotated, Any

import typer
from chassis.config import Settings
from chassis.db import Database
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from touchline_client.commands.session import err, out, told


@told
async def rebuild(
    compare_only: Annotated[bool, typer.Option("--compare-only", help="Change nothing.")] = False,
) -> None:
    """Compare the counts with the touches, print what differs, and correct it. Needs access to interaction's database.

    Recording goes on meanwhile. Ended in the middle, it leaves each count as it was or as the touches say.
    """
    database = Database(Settings.load().for_role("interaction", "rebuild"))
    # Of the service itself, which this package does not depend on: an operator's machine has both.
    usecases = importlib.import_module("services.interaction.usecases")
    with Progress(BarColumn(), TextColumn("compared"), TimeRemainingColumn(), console=err) as progress:
        task = progress.add_task("", total=1.0)
        rebuilding = usecases.Rebuild(database, lambda part: progress.update(task, completed=part))
        found = await rebuilding.run(lambda _found: not compare_only)
    _tell(found)
    if found.is_equal:
        return
    if compare_only:
        raise typer.Exit(1)
    out.print("[green]✓[/] corrected")


def _tell(found: Any) -> None:
    """The comparison; of a count that differs neither whose it is nor where it lies."""
    out.print(f"{found.equal:,} counts equal, {found.different:,} different; {found.named:,} named contacts not noted")
    table = Table("day", "type", "verdict", "counted", "touches", box=None)
    for one in found.examples:
        table.add_row(f"{one.day}", one.type, f"{one.verdict}", f"{one.live:,}", f"{one.folded:,}")
    if found.examples:
        out.print(table)
