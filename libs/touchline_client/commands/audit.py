"""`touchline audit`: who saw or did what, and whether the log of that is whole."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer
from chassis import audit, chain
from chassis.config import Settings
from chassis.retention import kept
from kafka.errors import KafkaError
from rich.table import Table
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_events_pb2 import ContactEvent

from touchline_client.client import Touchline
from touchline_client.commands.dlq import records
from touchline_client.commands.session import TokenOption, connect, fail, out, sign, told

app = typer.Typer(help="The audit log.", no_args_is_help=True)
STREAM = "touchline.contact.audit.v1"
PAGE = 1000
WHAT = {
    chain.Fault.CHANGED: "entry {number} is not the one that was written",
    chain.Fault.MISSING: "entry {number} is missing, there twice, or out of its place",
    chain.Fault.TRUNCATED: "the log ends before entry {number}, and it went further once: its tail was cut",
    chain.Fault.REWRITTEN: "entry {number} is not the one that was anchored: the log was made anew",
}


@app.command("ls")
@told
async def ls(
    where: Annotated[str, typer.Option("--filter", help='Such as `actor = "users/…"`.')] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    token: TokenOption = "",
) -> None:
    """List who saw or did what, the newest first."""
    settings = Settings.load()
    table = Table("number", "time", "who", "what", "to what", "why", box=None)
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        wish = pb.ListAuditEntriesRequest(page_size=limit, filter=where)
        page = await touchline.contact.ListAuditEntries(wish)
    for each in page.audit_entries:
        moment = each.time.ToJsonString()
        table.add_row(str(each.number), moment, each.actor, each.action, each.resource, each.reason)
    out.print(table)


@app.command()
@told
async def verify(
    anchored: Annotated[bool, typer.Option(help="Compare with the heads that were told to Kafka.")] = True,
    token: TokenOption = "",
) -> None:
    """Check the log: every entry as written, none missing or moved, and as long as it once was."""
    settings = Settings.load()
    heads = await asyncio.to_thread(anchors, settings) if anchored else []
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        entries = await read(touchline)
    reasons_from = datetime.now(UTC) - kept("contact", "audit_entry")
    found = audit.verify(entries, heads, reasons_from=reasons_from)
    if found is not None:
        fail(WHAT[found.fault].format(number=found.number))
    last = max((head.number for head in heads), default=0)
    out.print(f"[green]✓[/] {len(entries):,} entries, each as it was written; anchored outside up to entry {last:,}")


async def read(touchline: Touchline) -> list[audit.Entry]:
    """The whole log, oldest first."""
    found: list[audit.Entry] = []
    wish = pb.ListAuditEntriesRequest(page_size=PAGE, order_by="number")
    while True:
        page = await touchline.contact.ListAuditEntries(wish)
        found += map(entry_of, page.audit_entries)
        wish.page_token = page.next_page_token
        if not wish.page_token:
            return found


def entry_of(said: pb.AuditEntry) -> audit.Entry:
    """An entry as it is verified."""
    return audit.Entry(
        number=said.number,
        time=said.time.ToDatetime(tzinfo=UTC),
        actor=said.actor,
        action=said.action,
        resource=said.resource,
        reason=said.reason,
        reason_hash=said.reason_hash,
        reason_salt=said.reason_salt,
        digest=said.digest,
        is_erased=said.erased,
    )


def anchors(settings: Settings) -> list[chain.Head]:
    """The heads that contact told outside of its database."""
    try:
        return list(_anchors(settings))
    except KafkaError as error:
        fail(f"Kafka does not answer ({type(error).__name__}): --no-anchored checks the chain alone, without its end")


def _anchors(settings: Settings) -> Iterator[chain.Head]:
    for record in records(settings, STREAM):
        said = ContactEvent.FromString(record.value).audit_anchored
        yield chain.Head(said.number, said.digest)
