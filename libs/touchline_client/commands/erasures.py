"""`touchline erasures`: erasing a person everywhere, how far that is, and receipts that anybody can check."""

import base64
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from chassis.config import Settings
from chassis.signing import Signer, is_signed
from rich.table import Table
from touchline.contact.v1 import contact_pb2 as pb

from touchline_client.commands.session import TokenOption, connect, fail, out, sign, told

app = typer.Typer(help="Erasing people, and showing that it was done.", no_args_is_help=True)
State = pb.Erasure.State


@app.command()
@told
async def request(
    contact: Annotated[str, typer.Argument(help="The contact, `contacts/…` or its id.")],
    verification: Annotated[str, typer.Option(help="How it was made sure that this person asks. Kept as a hash only.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    token: TokenOption = "",
) -> None:
    """Erase a person in every service. It cannot be taken back."""
    name = f"contacts/{contact.removeprefix('contacts/')}"
    settings = Settings.load()
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        shown = await touchline.contact.GetContact(pb.GetContactRequest(name=name))
        if not yes:
            typer.confirm(f"Erase {shown.display_name or name} everywhere, for ever?", abort=True)
        wish = pb.RequestErasureRequest(name=name, verification=verification)
        erasure = await touchline.contact.RequestErasure(wish)
    out.print(f"[green]✓[/] {erasure.name}: {state_of(erasure)}")


@app.command()
@told
async def ls(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50, token: TokenOption = ""
) -> None:
    """List erasures, the newest first."""
    settings = Settings.load()
    table = Table("erasure", "contact", "requested", "state", box=None)
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        page = await touchline.contact.ListErasures(pb.ListErasuresRequest(page_size=limit))
    for each in page.erasures:
        table.add_row(each.name, each.contact, each.request_time.ToJsonString(), state_of(each))
    out.print(table)


@app.command()
@told
async def show(
    erasure: Annotated[str, typer.Argument(help="The erasure, `erasures/…` or its id.")], token: TokenOption = ""
) -> None:
    """Say how far an erasure is, service by service."""
    settings = Settings.load()
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        found = await touchline.contact.GetErasure(pb.GetErasureRequest(name=named(erasure)))
    out.print(f"{found.name} of {found.contact}: {state_of(found)}")
    table = Table("service", "store", "rows", "forgotten by", box=None)
    for one in found.acknowledgements:
        for store in one.stores:
            table.add_row(one.service, store.store, f"{store.rows:,}", store.forget_time.ToJsonString())
    out.print(table)


@app.command()
@told
async def receipt(
    erasure: Annotated[str, typer.Argument(help="The erasure, `erasures/…` or its id.")],
    file: Annotated[Path, typer.Argument(help="Where the receipt is written.")],
    token: TokenOption = "",
) -> None:
    """Write the signed receipt of an erasure into a file."""
    settings = Settings.load()
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        wish = pb.GetErasureReceiptRequest(name=f"{named(erasure)}/receipt")
        found = await touchline.contact.GetErasureReceipt(wish)
    kept = {"statement": found.text, "signature": coded(found.signature), "public_key": coded(found.public_key)}
    file.write_text(json.dumps(kept, indent=2) + "\n")
    out.print(f"[green]✓[/] {file}")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The receipt.")],
    key: Annotated[
        str, typer.Option(help="The installation's public key; where we are the installation, our own.")
    ] = "",
) -> None:
    """Check a receipt without asking any service: who signed it, and that nobody changed it."""
    statement, signature, public_key = read_receipt(file)
    expected = decoded(key) if key else own_key()
    if public_key != expected:
        fail(f"{file} was signed by another installation: its key is {coded(public_key)}")
    if not is_signed(statement.encode(), signature, expected):
        fail(f"{file} is not what was signed")
    said = json.loads(statement)
    out.print(f"[green]✓[/] signed by this key: {said['erasure']}, everything forgotten by {said['forgotten_by']}")
    table = Table("service", "store", "rows", "forgotten by", box=None)
    for store in said["stores"]:
        table.add_row(store["service"], store["store"], f"{store['rows']:,}", store["forgotten_by"])
    out.print(table)


@app.command()
def key() -> None:
    """Print the public key with which receipts of this installation are verified."""
    out.print(coded(own_key()))


def read_receipt(file: Path) -> tuple[str, bytes, bytes]:
    """The statement of a receipt, its signature and the key that it names."""
    try:
        kept: dict[str, Any] = json.loads(file.read_text())
        return str(kept["statement"]), decoded(kept["signature"]), decoded(kept["public_key"])
    except (ValueError, KeyError, TypeError):
        fail(f"{file} is no receipt: it has no statement, signature and public_key")


def own_key() -> bytes:
    """The installation's own public key."""
    try:
        return Signer(Settings.load().identity_key()).public_key
    except (OSError, ValueError) as error:
        fail(f"{error}; give --key")


def named(erasure: str) -> str:
    return f"erasures/{erasure.removeprefix('erasures/')}"


def state_of(erasure: pb.Erasure) -> str:
    """`ERASING, waits for interaction (overdue)`."""
    waits = f", waits for {', '.join(erasure.waiting_services)}" if erasure.waiting_services else ""
    until = (
        f", forgotten by {erasure.forget_time.ToJsonString()}" if not waits and erasure.HasField("forget_time") else ""
    )
    return State.Name(erasure.state).removeprefix("STATE_") + waits + until + (" (overdue)" if erasure.overdue else "")


def coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text)
