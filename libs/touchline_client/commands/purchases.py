"""`touchline contacts import-purchases`: what people bought, as a shop's table says it."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from chassis.config import Settings

from touchline_client.commands.rows import run_watched, tell_rows
from touchline_client.commands.session import TokenOption, connect, fail, sign, told
from touchline_client.purchases import PurchaseRun, UnreadablePurchasesError
from touchline_client.tables import sniff


@told
async def import_purchases(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The table.")],
    source: Annotated[str, typer.Option(help="The system that it comes from; with a row's number it is known by.")],
    currency: Annotated[str, typer.Option(help="Of rows that name none, such as EUR.")] = "",
    crm: Annotated[str, typer.Option(help="The CRM whose ids a column holds, such as hubspot.")] = "",
    token: TokenOption = "",
) -> None:
    """Import purchases of people who are known; doing it again changes nothing."""
    settings = Settings.load()
    async with connect(settings, token or partial(sign, settings, "service")) as touchline:
        run = PurchaseRun(touchline, sniff(file), source, currency, crm)
        try:
            await run_watched(run)
        except UnreadablePurchasesError as error:
            fail(f"{file}: {error}")
    tell_rows(run, "written down", "known already")
