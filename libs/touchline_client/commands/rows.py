"""How a table's import is watched, and how its end is told."""

from typing import Any

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as Grid

from touchline_client.commands.session import err, out
from touchline_client.rowruns import RowRun


async def run_watched(run: RowRun[Any]) -> None:
    """Import under a progress bar."""
    rows = TextColumn("{task.fields[rows]:,} rows")
    with Progress(BarColumn(), DownloadColumn(), rows, TimeRemainingColumn(), console=err) as progress:
        task = progress.add_task("", total=run.table.size or 1, rows=0)

        def advance(read: int) -> None:
            done = run.made + run.standing + len(run.refused)
            progress.update(task, completed=min(read, run.table.size), rows=done)

        run.on_progress = advance
        await run.run()
        advance(run.table.size)


def tell_rows(run: RowRun[Any], made: str, standing: str) -> None:
    """How many rows became what, in the command's own words, and where the refused ones are explained."""
    grid = Grid.grid(padding=(0, 2))
    for what, count in ((made, run.made), (standing, run.standing), ("refused", len(run.refused))):
        grid.add_row(what, f"{count:,}")
    out.print(grid)
    if run.refused:
        err.print(f"[yellow]{len(run.refused):,} rows refused[/]; {run.report_file} says which and why")
