"""`touchline consents`: proofs of what people allowed, and whether the chain behind them holds."""

import io
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from auditing import FINDINGS, audit, write
from chassis.chain import Head
from chassis.config import Settings
from touchline.contact.v1 import contact_pb2 as pb

from touchline_client.client import Touchline
from touchline_client.commands.session import TokenOption, connect, err, fail, out, sign, told
from touchline_client.consents import FORMAT, BrokenProofError, check

app = typer.Typer(help="What people allowed: proofs, and whether they hold.", no_args_is_help=True)
FileOption = Annotated[Path | None, typer.Option("--out", dir_okay=False, help="A file; else it goes to stdout.")]
AnchorOption = Annotated[
    list[str] | None,
    typer.Option(
        "--anchor", help="An anchor noted elsewhere, as `touchline consents anchors` prints it: NUMBER:DIGEST."
    ),
]


@app.callback()
def consents() -> None:
    """What people allowed."""


@app.command()
@told
async def verify(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, readable=True, help="A proof or an exported chain.")
    ] = None,
    anchor: AnchorOption = None,
    address: Annotated[str, typer.Option(help="An e-mail address, to look for in a proof with salts.")] = "",
    token: TokenOption = "",
) -> None:
    """Check a proof, which needs nothing but its file; without a file, the installation's own chain."""
    known = [parse_anchor(one) for one in anchor or []]
    if file is None:
        settings = Settings.load()
        async with connect(settings, token or partial(sign, settings, "admin")) as touchline:
            await _verify_installation(touchline, known)
        return
    try:
        with file.open(encoding="utf-8") as lines:
            report = check(lines, known, address=address.strip().lower())
    except BrokenProofError as error:
        fail(f"{file}: {error}")
    except UnicodeDecodeError:
        fail(f"{file}: is no text")
    out.print(f"[green]✓[/] {len(report.records):,} events, each in its place in the chain")
    if address:
        out.print(f"  {report.about:,} of them are about {address}")
    for one in (one for one in known if one not in report.met):
        err.print(f"[yellow]the anchor {one.number} lies outside of it: nothing is said about that[/]")
    if not report.met:
        for one in report.anchors[-1:]:
            out.print(f"  it ends at anchor {one.number}:{one.digest.hex()}; compare that with one noted elsewhere")


@app.command()
@told
async def proof(
    contact: Annotated[str, typer.Argument(help="The contact, `contacts/…`.")],
    file: FileOption = None,
    open_addresses: Annotated[
        bool, typer.Option("--open", help="Add salts, so that whoever knows an address can look for it.")
    ] = False,
    token: TokenOption = "",
) -> None:
    """Write a person's proof: JSON lines without an address, for `touchline consents verify`."""
    settings = Settings.load()
    name = f"contacts/{contact.removeprefix('contacts/')}"
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        found = await touchline.contact.GetConsentProof(
            pb.GetConsentProofRequest(parent=name, open_addresses=open_addresses)
        )
    _write("\n".join(found.lines) + "\n", file)
    if found.unsealed_count:
        err.print(f"[yellow]{found.unsealed_count:,} events were said just now and are not sealed yet[/]; ask again")


@app.command()
@told
async def export(file: FileOption = None, token: TokenOption = "") -> None:
    """Write the whole chain, without an address."""
    settings = Settings.load()
    parts = [f'{{"format":"{FORMAT}","whole":true}}']
    async with connect(settings, token or partial(sign, settings, "admin")) as touchline:
        request = pb.ReadConsentChainRequest(page_size=10_000)
        while True:
            page = await touchline.contact.ReadConsentChain(request)
            parts += page.lines
            request.page_token = page.next_page_token
            if not request.page_token:
                break
    _write("\n".join(parts) + "\n", file)


@app.command()
@told
async def anchors(token: TokenOption = "") -> None:
    """Print where the chain stood, oldest first; keep it where nobody can change it."""
    settings = Settings.load()
    async with connect(settings, token or sign(settings, "admin")) as touchline:
        request = pb.ListConsentAnchorsRequest(page_size=1000)
        while True:
            page = await touchline.contact.ListConsentAnchors(request)
            for one in page.consent_anchors:
                out.print(f"{one.number}:{one.digest.hex()} {one.create_time.ToJsonString()}")
            request.page_token = page.next_page_token
            if not request.page_token:
                return


@app.command()
@told
async def report(
    begin: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day, UTC.")],
    end: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The day after the last, UTC.")],
    file: FileOption = None,
    token: TokenOption = "",
) -> None:
    """Audit a period, a quarter say: grants without a basis, grants that ran out, mails sent without consent."""
    settings = Settings.load()
    begin, end = begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC)
    if begin >= end:
        fail("--to is the day after the last, so it is later than --from")
    async with connect(settings, token or partial(sign, settings, "admin")) as touchline:
        rows = [row async for row in audit(touchline, begin, end)]
    text = io.StringIO(newline="")
    write(rows, text)
    _write(text.getvalue(), file)
    counts = Counter(row.finding for row in rows)
    for finding in FINDINGS:
        err.print(f"{counts[finding]:,} {finding.lower().replace('_', ' ')}")


async def _verify_installation(touchline: Touchline, known: list[Head]) -> None:
    told = [pb.ConsentAnchor(number=one.number, digest=one.digest) for one in known]
    request = pb.CheckConsentChainRequest(known_anchors=told)
    while True:
        answer = await touchline.contact.CheckConsentChain(request)
        if answer.fault:
            fault = pb.CheckConsentChainResponse.Fault.Name(answer.fault).removeprefix("FAULT_")
            fail(f"{fault} at {answer.fault_number} {answer.consent_event}".rstrip())
        request.after.CopyFrom(answer.head)
        if answer.finished:
            break
    out.print(f"[green]✓[/] {answer.head.number:,} events as they were sealed")
    out.print(f"  {answer.head.number}:{answer.head.digest.hex()}")


def parse_anchor(told_: str) -> Head:
    """`NUMBER:DIGEST` as it is printed."""
    number, _, digest = told_.strip().partition(":")
    try:
        head = Head(int(number), bytes.fromhex(digest.split()[0] if digest else ""))
    except ValueError:
        fail(f"--anchor takes NUMBER:DIGEST, not {told_!r}")
    if len(head.digest) != 32:
        fail(f"--anchor takes a digest of 64 hexadecimal digits, not {told_!r}")
    return head


def _write(text: str, file: Path | None) -> None:
    if file is None:
        typer.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")
        err.print(f"[green]✓[/] {file}")
