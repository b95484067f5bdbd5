"""`touchline touches export` and `import`: history out of one system and into another, with its original times."""

from functools import partial
from pathlib import Path
from typing import Annotated

import grpc
import typer
from chassis.config import Settings
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from touchline.interaction.v1 import interaction_pb2 as pb

from touchline_client.client import Touchline
from touchline_client.commands.session import TokenOption, connect, err, fail, out, sign, told
from touchline_client.history import REFERENCES, ChangedFileError, Done, HistoryExport, HistoryImport, Stopped
from touchline_client.refusals import Refusal


@told
async def export(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where to write; JSON lines, each a touch.")],
    token: TokenOption = "",
) -> None:
    """Write every touch into a file, as its source said it; started again after anything, it goes on where it ended."""
    settings = Settings.load()
    columns = (BarColumn(), TextColumn("{task.fields[touches]:,} touches"), TimeRemainingColumn())
    async with connect(settings, token or partial(sign, settings, "admin")) as touchline:
        with Progress(*columns, console=err) as progress:
            task = progress.add_task("", total=1.0, touches=0)

            def advance(touches: int, part: float) -> None:
                progress.update(task, completed=part, touches=touches)

            def wait(refusal: Refusal) -> None:
                progress.console.print(f"[yellow]…[/] {refusal}; trying again")

            count = await HistoryExport(touchline, file, advance, wait).run()
            progress.update(task, completed=1.0, touches=count)
    out.print(f"[green]✓[/] {count:,} touches in {file}")


@told
async def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="JSON lines, each a touch.")],
    without: Annotated[
        list[str] | None, typer.Option(help=f"References to leave out, any of {', '.join(REFERENCES)}.")
    ] = None,
    token: TokenOption = "",
) -> None:
    """Record the touches of a file, with their own times. Doing it again changes nothing; after anything it goes on.

    Each line names a source that is registered here, and may be recorded by the token's client. What is refused stands
    in FILE.report.csv, by line and field.
    """
    if unknown := set(without or ()) - set(REFERENCES):
        fail(f"--without takes {', '.join(REFERENCES)}, not {', '.join(sorted(unknown))}")
    settings = Settings.load()
    clients: dict[str, Touchline] = {}

    async def recorder(source: str) -> Touchline:
        client = "" if token else await _client_of(settings, source)
        # Signed anew for each call: a long import outlives a token.
        signed = partial(sign, settings, "service", subject=f"clients/{client}", client=client)
        return clients.setdefault(client, connect(settings, token or signed))

    run = HistoryImport(recorder, file, tuple(without or ()))
    try:
        done = await _watched(run)
    except ChangedFileError as error:
        fail(f"{error}. Delete {run.state_file} to import it as a new file.")
    except Stopped as error:
        fail(f"{error}. Start it again later: it goes on where it ended.")
    finally:
        for opened in clients.values():
            await opened.close()
    out.print(f"[green]✓[/] {done.accepted:,} accepted, {done.refused:,} refused")
    if done.refused:
        out.print(f"{run.report_file} says which and why")
        raise typer.Exit(1)


async def _watched(run: HistoryImport) -> Done:
    """Import under a progress bar."""
    rows = TextColumn("{task.fields[accepted]:,} accepted, {task.fields[refused]:,} refused")
    with Progress(BarColumn(), DownloadColumn(), rows, TimeRemainingColumn(), console=err) as progress:
        task = progress.add_task("", total=run.path.stat().st_size or 1, accepted=0, refused=0)

        def advance(done: Done) -> None:
            progress.update(task, completed=done.offset, accepted=done.accepted, refused=done.refused)

        run.on_progress = advance
        return await run.run()


async def _client_of(settings: Settings, source: str) -> str:
    """The client that a source was registered for; any, where it is not there: then each of its lines is refused."""
    async with connect(settings, sign(settings, "admin")) as touchline:
        try:
            found = await touchline.interaction.GetSource(pb.GetSourceRequest(name=source or "sources/-"))
        except grpc.aio.AioRpcError as error:
            if error.code() in {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT}:
                return "cli"
            raise
    return "cli" if found.client == "*" else str(found.client)
