"""`touchline sends`: mails of which nobody knows whether they arrived, and deciding it by what the mail server says."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import typer
from chassis.config import Settings
from rich.table import Table
from touchline.campaign.v1 import campaign_pb2 as pb

from touchline_client.client import Touchline
from touchline_client.commands.session import TokenOption, connect, fail, out, sign, told

app = typer.Typer(help="The ledger of sends: what nobody knows the end of.", no_args_is_help=True)
UNKNOWN = 'state = "UNKNOWN"'
EVERY = "campaigns/-/activities/-"
AT_ONCE = 16
ADDRESS = re.compile(r"[^\s<>\"',;:()\[\]=]+@[^\s<>\"',;:()\[\]=]+")
MESSAGE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
Decision = pb.SettleSendRequest.Decision


@app.command()
@told
async def unknown(token: TokenOption = "") -> None:
    """Count them by activity and reason. RESTORED: a backup was restored, and it may have been sent before."""
    settings = Settings.load()
    counts: Counter[tuple[str, str]] = Counter()
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        async for send in _unknown(touchline, EVERY):
            counts[send.name.partition("/sends/")[0], send.reason or "CUT"] += 1
    table = Table("activity", "reason", "mails", box=None)
    for (activity, reason), number in sorted(counts.items()):
        table.add_row(activity, reason, f"{number:,}")
    out.print(table if counts else "[green]✓[/] none")


@app.command()
@told
async def settle(
    activity: Annotated[str, typer.Argument(help="`campaigns/…/activities/…`, as `touchline sends unknown` has it.")],
    log: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="What the mail server took: any text with addresses or ids."),
    ] = None,
    all_arrived: Annotated[bool, typer.Option("--all-arrived", help="All of them count as handed over.")] = False,
    all_again: Annotated[bool, typer.Option("--all-again", help="All are sent again: may be the second mail.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    token: TokenOption = "",
) -> None:
    """Decide the unknown sends of an activity: who is in the mail server's log got it, the others are mailed again."""
    if sum((log is not None, all_arrived, all_again)) != 1:
        fail("give one of --log, --all-arrived and --all-again")
    settings = Settings.load()
    taken = _taken(log) if log is not None else None
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        found = [send async for send in _unknown(touchline, activity)]
        arrived = [send for send in found if all_arrived or (taken is not None and _is_in(send, taken))]
        again = [] if all_arrived else [send for send in found if taken is None or not _is_in(send, taken)]
        out.print(f"{len(found):,} unknown: {len(arrived):,} arrived, {len(again):,} are sent again")
        if found and not yes:
            typer.confirm("Decide so?", abort=True)
        await _settle(touchline, arrived, Decision.DECISION_HANDED_OVER)
        await _settle(touchline, again, Decision.DECISION_SEND_AGAIN)
    out.print(f"[green]✓[/] {len(found):,} decided")


async def _unknown(touchline: Touchline, parent: str) -> AsyncIterator[pb.Send]:
    request = pb.ListSendsRequest(parent=parent, page_size=1000, filter=UNKNOWN)
    while True:
        page = await touchline.campaign.ListSends(request)
        for send in page.sends:
            yield send
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


def _taken(log: Path) -> set[str]:
    """Every address and message id in a log, in lower case."""
    with log.open(encoding="utf-8", errors="replace") as lines:
        return {found.lower() for line in lines for kind in (ADDRESS, MESSAGE) for found in kind.findall(line)}


def _is_in(send: pb.Send, taken: set[str]) -> bool:
    return send.address.lower() in taken or send.message.lower() in taken


async def _settle(touchline: Touchline, sends: list[pb.Send], decision: Any) -> None:
    """Sixteen at a time; one that was decided meanwhile stays as it was decided."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(send: pb.Send) -> None:
        async with gate:
            await touchline.campaign.SettleSend(pb.SettleSendRequest(name=send.name, decision=decision))

    await asyncio.gather(*(one(send) for send in sends))
