"""`touchline privacy`: which personal data there are, where they are kept and for how long."""

import importlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, NamedTuple

import typer
from chassis.retention import schedule
from chassis.streams import catalogue
from google.protobuf import descriptor_pool
from rich.table import Table

from touchline_client.commands.session import out

app = typer.Typer(help="Personal data: the data map, and the register of processing.", no_args_is_help=True)
SERVICES = {
    "contact": "knows who somebody is and what may be sent to them",
    "segmentation": "groups people by what is known of them, to choose whom campaigns write to",
    "campaign": "writes mail to the people of a segment, and keeps what became of it",
    "interaction": "keeps what happened to, with or deliberately not with somebody, for sales to read",
}
CATEGORIES = {
    "NAME": "names",
    "EMAIL": "e-mail addresses",
    "PHONE": "phone numbers",
    "IDENTIFIER": "addresses, numbers and ids",
    "OPAQUE": "what describes somebody in free form",
}
PROTOS = ("{0}", "{0}_events")


class PersonalField(NamedTuple):
    """A field that holds personal data, and the path by which it lies in its message."""

    service: str
    message: str
    field: str
    kind: str


def known(service: str) -> str:
    """The name of a service; empty where none was given."""
    if service and service not in SERVICES:
        raise typer.BadParameter(f"there are {', '.join(SERVICES)}")
    return service


@app.command("data-map")
def data_map(
    service: Annotated[str, typer.Argument(help="One service only.", callback=known)] = "",
) -> None:
    """List every field that holds personal data, by service and message, with its kind."""
    table = Table("service", "message", "field", "kind", box=None)
    for each in personal_fields(service):
        table.add_row(*each)
    out.print(table)


@app.command()
def register() -> None:
    """Print the register of processing: per service what for, which data, in which tables and streams, for how long."""
    for service, purpose in SERVICES.items():
        kinds = sorted({each.kind for each in personal_fields(service)})
        out.print(f"[bold]{service}[/]: {purpose}")
        out.print(f"  data: {', '.join(CATEGORIES[kind] for kind in kinds) or 'none of its own'}")
        for store in schedule(service).values():
            if not store.impersonal:
                out.print(f"  table: {store.table}, {store.period}", soft_wrap=True)
        for name, stream in sorted(catalogue().items()):
            if stream.owner == service and stream.is_personal:
                forgets = days(stream.retention + (stream.segment or timedelta(days=7)))
                out.print(f"  stream: {name}, forgets within {forgets}")
        out.print("  erased by: RequestErasure; exported by: ExportContact; restricted by: RestrictContact\n")


def days(length: timedelta) -> str:
    """`6 days 12 hours`."""
    hours = length.seconds // 3600
    return f"{length.days} days" + (f" {hours} hours" if hours else "")


def personal_fields(service: str = "") -> Iterator[PersonalField]:
    """Every field with the option `pii`, in the order of the protos."""
    pii = option()
    for name in [service] if service else SERVICES:
        for message in messages(name):
            for field in message.fields:
                kind = field.GetOptions().Extensions[pii]
                if kind:
                    told = pii.enum_type.values_by_number[kind].name.removeprefix("PII_")
                    yield PersonalField(name, message.full_name.rpartition(".v1.")[2], field.name, told)


def option() -> Any:
    """The option that says what kind of personal data a field holds."""
    importlib.import_module("touchline.options.v1.options_pb2")
    return descriptor_pool.Default().FindExtensionByName("touchline.options.v1.pii")


def messages(service: str) -> Iterator[Any]:
    """Every message of a service's protos, nested ones behind their own."""
    for file in PROTOS:
        module = importlib.import_module(f"touchline.{service}.v1.{file.format(service)}_pb2")
        for message in module.DESCRIPTOR.message_types_by_name.values():
            yield from nested(message)


def nested(message: Any) -> Iterator[Any]:
    yield message
    for inner in message.nested_types:
        yield from nested(inner)
