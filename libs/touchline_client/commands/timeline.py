"""`touchline timeline`: what happened with a contact, newest first."""

from datetime import UTC
from typing import Annotated

import typer
from chassis.config import Settings
from rich.table import Table
from rich.text import Text
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1 import interaction_pb2 as pb

from touchline_client.client import Touchline
from touchline_client.commands.session import TokenOption, connect, fail, out, sign, told

PAGE = 100


@told
async def timeline(
    contact: Annotated[str, typer.Argument(help="`contacts/…`, its id, or an e-mail address.")],
    limit: Annotated[int, typer.Option(min=1, help="How many threads at most.")] = 50,
    token: TokenOption = "",
) -> None:
    """Show a contact's timeline: one line a touch, those of one message together."""
    settings = Settings.load()
    table = Table("time", "type", "what", "source", box=None, pad_edge=False)
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        name = await resolved(touchline, contact)
        page_token, left = "", limit
        while left > 0:
            request = pb.GetTimelineRequest(parent=name, page_size=min(PAGE, left), page_token=page_token)
            page = await touchline.interaction.GetTimeline(request)
            for thread in page.threads:
                add(table, thread)
            left -= len(page.threads)
            page_token = page.next_page_token
            if not page_token:
                break
    if not table.row_count:
        out.print(f"nothing yet on the timeline of {name}")
        return
    out.print(table)


def add(table: Table, thread: pb.Thread) -> None:
    """One thread's rows. Everything that a source said is shown as text, never as markup."""
    for at, touch in enumerate(thread.touches):
        when = touch.occurred_time.ToDatetime(tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        indent = "" if at == 0 else "└ "
        what = " · ".join(filter(None, (touch.title, touch.detail)))
        table.add_row(when, Text(f"{indent}{touch.type}"), Text(what), Text(touch.source.removeprefix("sources/")))


async def resolved(touchline: Touchline, contact: str) -> str:
    """The resource name of a contact that was given by name, id or address."""
    if "@" not in contact:
        return f"contacts/{contact.removeprefix('contacts/')}"
    identifier = contact_pb2.Identifier(kind="email", value=contact)
    query = contact_pb2.ResolveIdentifiersRequest.Query(identifier=identifier)
    answer = await touchline.contact.ResolveIdentifiers(contact_pb2.ResolveIdentifiersRequest(queries=[query]))
    found = answer.resolutions[0].contacts
    if len(found) != 1:
        fail(f"{len(found)} contacts have that address" if found else "no contact has that address")
    return str(found[0])
