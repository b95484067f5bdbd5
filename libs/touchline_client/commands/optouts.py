"""`touchline contacts import-opt-outs`: who must not be written to, as an old system knows it."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from chassis.config import Settings

from touchline_client.commands.rows import run_watched, tell_rows
from touchline_client.commands.session import TokenOption, connect, fail, sign, told
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
            await run_watched(run)
        except UnreadableOptOutsError as error:
            fail(f"{file}: {error}")
    tell_rows(run, "held from now on", "held already")
