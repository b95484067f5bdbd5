"""What a newcomer reads: a tick and its seconds for each step, then the card with addresses and logins."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from chassis.auth import issue_token
from chassis.config import Settings
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from deploy.local import demo_company
from deploy.local.postgres import write_secret
from services.console.http.users import DEVELOPMENT

SOURCE, CLIENT = "demo-site", "demo"
console = Console(highlight=False, soft_wrap=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done, and how long it took when it is done; no spinner, for that is a thread."""
    begun = time.monotonic()
    if console.is_terminal:
        console.print(f"[dim]…[/] {what}", end="\r")
    yield
    console.print(f"[green]✓[/] {what} [dim]{time.monotonic() - begun:.1f} s[/]")


def show(settings: Settings) -> None:
    """The start card."""
    table = Table.grid(padding=(0, 2))
    table.add_row("[bold]Console[/]", f"http://{settings.host}:{settings.port_console}")
    for user in DEVELOPMENT:
        table.add_row("", f"{user.name} [dim]{user.does}[/]")
    if settings.smtp_port == settings.port_smtp:
        inbox = f"http://{settings.host}:{settings.port_console}/inbox"
        table.add_row("[bold]Inbox[/]", f"{inbox} [dim]every mail that campaigns send[/]")
    if settings.keeps_traces:
        traces = f"http://{settings.host}:{settings.port_console}/traces"
        table.add_row("[bold]Traces[/]", f"{traces} [dim]as Adam: which way each call and touch went[/]")
    table.add_row(
        "[bold]gRPC[/]", f"contact {settings.target('contact')} · segmentation {settings.target('segmentation')}"
    )
    table.add_row("", f"campaign {settings.target('campaign')} · interaction {settings.target('interaction')}")
    table.add_row("[bold]Kafka[/]", settings.kafka_bootstrap)
    table.add_row("[bold]Logs[/]", "make logs")
    console.print(Panel(table, title="Touchline is up", border_style="green", expand=False))
    console.print("\nRecord a touch and see it arrive, by either line:\n")
    console.print(grpcurl(settings), markup=False)
    console.print()
    console.print(command(), markup=False)
    console.print("\n[dim]Ctrl-C ends everything; the next `make run` goes on where this one ended.[/]")


def token_file(settings: Settings) -> Path:
    """A token for a day, in a file that the pasted line reads: so the card shows no secret."""
    token = issue_token(
        settings, subject="clients/demo", name="Demo site", roles=["service"], client=CLIENT, ttl=timedelta(days=1)
    )
    file = settings.state / "secrets" / "card.token"
    write_secret(file, token)
    return file


def grpcurl(settings: Settings) -> str:
    """A line that records a touch when it is pasted."""
    touch = {
        "identifier": {"kind": "email", "value": demo_company.build().people[0].email},
        "type": "form.submitted",
        "source": f"sources/{SOURCE}",
        "source_event_id": "card-'$(date +%s)'",
        "occurred_time": "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'",
        "attributes": {"form": "Hello from grpcurl"},
    }
    body = json.dumps({"touches": [touch]}, separators=(",", ":"))
    method = "touchline.interaction.v1.InteractionService/RecordTouches"
    return (
        f'grpcurl -plaintext -H "authorization: Bearer $(cat {token_file(settings)})" \\\n'
        f"  -d '{body}' \\\n  {settings.target('interaction')} {method}"
    )


def command() -> str:
    """The same with what is installed here."""
    email = demo_company.build().people[0].email
    told = "-a 'form=Hello from the CLI'"
    return f".venv/bin/touchline touches record --email {email} --type form.submitted --source {SOURCE} {told}"
