"""`touchline audit`: who saw or did what, and whether the logs of that are whole."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from chassis import audit, chain
from chassis.config import Settings
from chassis.db import Database
from chassis.errors import Unavailable
from chassis.retention import kept
from kafka.errors import KafkaError
from rich.table import Table
from touchline.contact.v1 import contact_pb2 as pb
from touchline.contact.v1.contact_events_pb2 import ContactEvent
from touchline.interaction.v1.interaction_events_pb2 import InteractionEvent

from touchline_client.client import Touchline
from touchline_client.commands.dlq import records
from touchline_client.commands.erasures import decoded, own_key
from touchline_client.commands.session import TokenOption, connect, fail, out, sign, told

app = typer.Typer(help="The audit log.", no_args_is_help=True)
STREAMS = {name: f"touchline.{name}.audit.v1" for name in ("contact", "interaction")}
EVENTS: dict[str, Any] = {"contact": ContactEvent, "interaction": InteractionEvent}
READINGS = "SELECT number, time, actor, action, cursor, touches, previous_hash, hash FROM audit_entry ORDER BY number"
PAGE = 1000
WHAT = {
    chain.Fault.CHANGED: "entry {number} is not the one that was written",
    chain.Fault.MISSING: "entry {number} is missing, there twice, or out of its place",
    chain.Fault.TRUNCATED: "the log ends before entry {number}, and it went further once: its tail was cut",
    chain.Fault.REWRITTEN: "entry {number} is not the one that was anchored: the log was made anew",
    chain.Fault.FORGED: "the anchor of entry {number} was not signed by this key: somebody else told it",
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
    service: Annotated[str, typer.Argument(help="The log of one service only: contact or interaction.")] = "",
    anchored: Annotated[bool, typer.Option(help="Compare with the heads that were told to Kafka.")] = True,
    key: Annotated[
        str, typer.Option(help="The installation's public key; where we are the installation, our own.")
    ] = "",
    token: TokenOption = "",
) -> None:
    """Check the logs: every entry as written, none missing or moved, and each as long as it once was.

    Contact's log is read through its API; interaction's, of who read which touches, needs access to its database.
    """
    settings = Settings.load()
    if service and service not in STREAMS:
        fail(f"no log of {service!r}: {', '.join(STREAMS)}")
    for name in [service] if service else STREAMS:
        told = await asyncio.to_thread(anchors, settings, name) if anchored else []
        _fail_at(name, audit.verify_anchors(name, told, decoded(key) if key else own_key()) if told else None)
        heads = [each.head for each in told]
        if name == "contact":
            async with connect(settings, token or sign(settings, "admin")) as touchline:
                entries = await read(touchline)
            reasons_from = datetime.now(UTC) - kept("contact", "audit_entry")
            length, found = len(entries), audit.verify(entries, heads, reasons_from=reasons_from)
        else:
            readings = await read_readings(settings)
            length, found = len(readings), audit.verify_readings(readings, heads)
        _fail_at(name, found)
        signed = max((each.number for each in told if each.signature), default=0)
        out.print(
            f"[green]✓[/] {name}: {length:,} entries, each as it was written; "
            f"anchored outside and signed up to entry {signed:,}"
        )


def _fail_at(service: str, found: chain.Finding | None) -> None:
    if found is not None:
        fail(f"{service}: {WHAT[found.fault].format(number=found.number)}")


async def read_readings(settings: Settings) -> list[audit.Reading]:
    """The whole log of interaction, oldest first, from its database."""
    try:
        async with Database(settings.for_role("interaction", "operator")).connection() as conn:
            rows = await (await conn.execute(READINGS)).fetchall()
    except (Unavailable, OSError) as error:
        fail(f"the database of interaction cannot be asked ({type(error).__name__}); `verify contact` needs none")
    return [audit.Reading(*row) for row in rows]


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
        previous=said.previous_digest if said.HasField("previous_digest") else None,
    )


def anchors(settings: Settings, service: str) -> list[audit.Anchor]:
    """The heads that a service told outside of its database."""
    try:
        return list(_anchors(settings, service))
    except KafkaError as error:
        fail(f"Kafka does not answer ({type(error).__name__}): --no-anchored checks the chain alone, without its end")


def _anchors(settings: Settings, service: str) -> Iterator[audit.Anchor]:
    for record in records(settings, STREAMS[service]):
        said = EVENTS[service].FromString(record.value or b"").audit_anchored
        yield audit.Anchor(said.number, said.digest, said.anchor_time.ToDatetime(tzinfo=UTC), said.signature)
