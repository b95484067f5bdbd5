"""How the end of a table's import is told."""

from typing import Any

from rich.table import Table as Grid

from touchline_client.commands.session import err, out
from touchline_client.rowruns import RowRun


def tell_rows(run: RowRun[Any], made: str, standing: str) -> None:
    """How many rows became what, in the command's own words, and where the refused ones are explained."""
    grid = Grid.grid(padding=(0, 2))
    for what, count in ((made, run.made), (standing, run.standing), ("refused", len(run.refused))):
        grid.add_row(what, f"{count:,}")
    out.print(grid)
    if run.refused:
        err.print(f"[yellow]{len(run.refused):,} rows refused[/]; {run.report_file} says which and why")
