"""`touchline contacts import-opt-outs`: who must not be written to, as an old system knows it."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from chassis.config import Settings
from rich.table import Table as Grid

from touchline_client.commands.session import TokenOption, connect, err, fail, out, sign, told
from touchline_client.optouts import FORMS, OptOutRun, UnreadableOptOutsError
from touchline_client.tables import sniff


@told
async def import_optouts(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The table.")],
    system: Annotated[str, typer.Option("--from", help=f"Whose export it is: {', '.join(FORMS)}.")] = "csv",
    reason: Annotated[
        str, typer.Option(help="Of rows that name none: unsubscribed, bounce, complaint or manual.")
    ] = "",
    encoding: Annotated[str, typer.Option(help="If the file's encoding is known better.")] = "",
    separator: Annotated[str, typer.Option(help="If the separator is known better.")] = "",
    token: TokenOption = "",
) -> None:
    """Import opt-outs, bounces and complaints, before anybody is written to; doing it again changes nothing."""
    if system not in FORMS:
        fail(f"--from is one of {', '.join(FORMS)}, not {system!r}")
    settings = Settings.load()
    table = sniff(file, encoding=encoding, separator=separator.replace("\\t", "\t"))
    async with connect(settings, token or partial(sign, settings, "marketer")) as touchline:
        run = OptOutRun(touchline, table, system, reason)
        try:
            await run.run()
        except UnreadableOptOutsError as error:
            fail(f"{file}: {error}")
    grid = Grid.grid(padding=(0, 2))
    for what, count in (("held from now on", run.made), ("held already", run.standing), ("refused", len(run.refused))):
        grid.add_row(what, f"{count:,}")
    out.print(grid)
    if run.refused:
        err.print(f"[yellow]{len(run.refused):,} rows refused[/]; {run.report_file} says which and why")
