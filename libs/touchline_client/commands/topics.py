"""`touchline topics`: the Kafka topics that deploy/topics.yaml wants, and those that the broker has."""

import typer
from chassis.bus_kafka import Topics
from chassis.config import Settings
from kafka.errors import KafkaError
from rich.table import Table

from touchline_client.commands.session import fail, out

app = typer.Typer(help="Kafka topics: the plan and what the broker has.")


@app.callback(invoke_without_command=True)
def topics(context: typer.Context) -> None:
    """Without a command, list the topics and then what would change."""
    if context.invoked_subcommand is None:
        ls()
        plan()


@app.command("ls")
def ls() -> None:
    """List every stream as deploy/topics.yaml has it."""
    table = Table("stream", "owner", "partitions", "days", "personal", "numbered", box=None)
    for stream in Topics.load().streams.values():
        if not stream.is_dead_letter:
            personal, numbered = "yes" if stream.is_personal else "", "yes" if stream.is_outbox else ""
            days = str(stream.retention.days)
            table.add_row(stream.name, stream.owner, str(stream.partitions), days, personal, numbered)
    out.print(table)


@app.command()
def plan() -> None:
    """Say what `apply` would do."""
    _changes(apply=False)


@app.command()
def apply() -> None:
    """Make what is missing and set what is different; partitions are never changed."""
    _changes(apply=True)


def _changes(*, apply: bool) -> None:
    settings, wanted = Settings.load(), Topics.load()
    try:
        changes = wanted.apply(settings) if apply else wanted.plan(settings)
    except (KafkaError, OSError) as error:
        away = f"Kafka at {settings.kafka_bootstrap} does not answer ({type(error).__name__})"
        fail(f"{away}; `touchline doctor` says more")
    for change in changes:
        mark = "[green]✓[/]" if apply and change.can_apply else "[yellow]•[/]" if change.can_apply else "[red]✗[/]"
        out.print(f"{mark} {change.topic}: {change.what}")
    if not changes:
        out.print("[green]✓[/] every topic is as deploy/topics.yaml says")
    if any(not change.can_apply for change in changes):
        raise typer.Exit(1)
