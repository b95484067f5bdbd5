"""`touchline touches`: touches from flags or JSON lines into the interaction service; history has its own file."""

import hashlib
import json
import sys
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from chassis.config import Settings
from chassis.moments import rfc3339
from google.protobuf.json_format import ParseDict, ParseError
from touchline.interaction.v1 import interaction_pb2 as pb

from touchline_client.client import Touchline
from touchline_client.commands.session import TokenOption, connect, err, fail, out, sign, told
from touchline_client.refusals import Refusal
from touchline_client.touches import AT_ONCE, record_touches

app = typer.Typer(help="Touches.", no_args_is_help=True)


@app.callback()
def touches() -> None:
    """Touches."""


@app.command()
@told
async def record(
    file: Annotated[Path | None, typer.Option(help="JSON lines, each a touch; `-` reads standard input.")] = None,
    email: Annotated[str, typer.Option(help="Whom it is about, by address.")] = "",
    phone: Annotated[str, typer.Option(help="Whom it is about, by number.")] = "",
    identifier: Annotated[str, typer.Option(help="Whom it is about, `kind=value`, for example `crm:hubspot=51`.")] = "",
    touch_type: Annotated[str, typer.Option("--type", help="The touch type, for example `form.submitted`.")] = "",
    source: Annotated[str, typer.Option(help="The registered source, for example `shop`.")] = "",
    event_id: Annotated[str, typer.Option(help="The source's id of this event; minted when not given.")] = "",
    at: Annotated[datetime | None, typer.Option(help="When it happened; now when not given.")] = None,
    campaign: Annotated[str, typer.Option(help="The campaign, `campaigns/…`.")] = "",
    contact: Annotated[str, typer.Option(help="The contact it was meant for, `contacts/…`.")] = "",
    attribute: Annotated[list[str] | None, typer.Option("--attribute", "-a", help="`name=value`.")] = None,
    token: TokenOption = "",
) -> None:
    """Record touches, and say of each one whether it was accepted."""
    if file is None:
        given: dict[str, Any] = {
            "identifier": identified(email, phone, identifier),
            "type": touch_type or fail("which --type? for example form.submitted"),
            "source": source or fail("which --source? `touchline sources ls` lists them"),
            "source_event_id": event_id or f"cli-{uuid.uuid4()}",
            "occurred_time": moment(at),
            "campaign": campaign,
            "contact": contact,
            "attributes": pairs(attribute or []),
        }
        lines: Iterable[str] = [json.dumps(given)]
    else:
        lines = sys.stdin if str(file) == "-" else file.open(encoding="utf-8")
    refused = await _record(Settings.load(), lines, token, source)
    if refused:
        raise typer.Exit(1)


async def _record(settings: Settings, lines: Iterable[str], token: str, source: str) -> int:
    """Send the lines in portions; gives how many were refused."""
    refused = accepted = 0
    read = parsed(lines, source)
    seen: Touchline | None = None
    while portion := list(islice(read, AT_ONCE)):
        seen = seen or connect(settings, token or await signed(settings, portion[0].source))
        outcomes = await record_touches(seen, portion)
        for touch, outcome in zip(portion, outcomes, strict=True):
            if isinstance(outcome, Refusal):
                refused += 1
                err.print(f"[red]✗[/] {touch.source} {touch.source_event_id}: {outcome}")
            elif accepted < AT_ONCE and len(portion) == 1:
                out.print(f"[green]✓[/] {outcome}")
        accepted += len(portion)
    if seen is not None:
        await seen.close()
    if accepted > 1:
        out.print(f"[green]✓[/] {accepted - refused:,} accepted, {refused:,} refused")
    return refused


async def signed(settings: Settings, source: str) -> str:
    """A token of the client that the source was registered for."""
    async with connect(settings, sign(settings, "admin")) as touchline:
        found = await touchline.interaction.GetSource(pb.GetSourceRequest(name=source))
    client = "cli" if found.client == "*" else found.client
    return sign(settings, "service", subject=f"clients/{client}", client=client)


def parsed(lines: Iterable[str], source: str = "") -> Iterator[pb.Touch]:
    """The touches of JSON lines; one without `source_event_id` gets one, the same when the file is sent again."""
    repeats: Counter[bytes] = Counter()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            touch = ParseDict(json.loads(line), pb.Touch())
        except (ParseError, ValueError) as error:
            fail(f"line {number} is no touch: {error}")
        touch.source = f"sources/{(touch.source or source).removeprefix('sources/')}"
        digest = hashlib.blake2b(line.strip().encode(), digest_size=16).digest()
        repeats[digest] += 1
        touch.source_event_id = touch.source_event_id or f"line-{digest.hex()}-{repeats[digest]}"
        yield touch


def identified(email: str, phone: str, identifier: str) -> dict[str, str]:
    """The one identifier that was given."""
    given = [("email", email), ("phone", phone), (identifier.partition("=")[0], identifier.partition("=")[2])]
    known = [{"kind": kind, "value": value} for kind, value in given if value]
    if len(known) != 1:
        fail("name the person once: --email, --phone or --identifier kind=value")
    return known[0]


def pairs(attributes: list[str]) -> dict[str, str]:
    """The attributes of `name=value` texts."""
    split = [text.partition("=") for text in attributes]
    if not all(equals for _, equals, _ in split):
        fail("--attribute takes name=value")
    return {name: value for name, _, value in split}


def moment(at: datetime | None) -> str:
    """When it happened, as JSON has it; a time without a zone is this machine's."""
    return rfc3339(at or datetime.now(UTC))
