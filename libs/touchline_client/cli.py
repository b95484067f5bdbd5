"""The `touchline` command: what operators and newcomers type."""

import typer
from chassis import streams
from chassis.config import Settings

from touchline_client.commands import (
    audit,
    consents,
    contacts,
    dlq,
    erasures,
    history,
    privacy,
    rebuild,
    restore,
    retention,
    sends,
    sources,
    topics,
    touches,
)
from touchline_client.commands.doctor import doctor
from touchline_client.commands.optouts import import_optouts
from touchline_client.commands.purchases import import_purchases
from touchline_client.commands.smoke import smoke
from touchline_client.commands.timeline import timeline
from touchline_client.commands.token import token

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    add_completion=False,
)


@app.callback()
def installation() -> None:
    """Touchline: look at an installation, and put things into it."""
    streams.choose(Settings.load().touch_partitions)


app.command()(doctor)
app.add_typer(topics.app, name="topics")
app.add_typer(dlq.app, name="dlq")
app.command()(token)
app.add_typer(sources.app, name="sources")
contacts.app.command("import-opt-outs")(import_optouts)
contacts.app.command("import-purchases")(import_purchases)
app.add_typer(contacts.app, name="contacts")
app.add_typer(consents.app, name="consents")
touches.app.command("export")(history.export)
touches.app.command("import")(history.import_)
touches.app.command()(rebuild.rebuild)
app.add_typer(touches.app, name="touches")
app.add_typer(retention.app, name="retention")
app.add_typer(restore.app, name="restore")
app.add_typer(sends.app, name="sends")
app.add_typer(erasures.app, name="erasures")
app.add_typer(audit.app, name="audit")
app.add_typer(privacy.app, name="privacy")
app.command()(timeline)
app.command()(smoke)


def main() -> None:
    """The entry of the installed command."""
    app()


if __name__ == "__main__":
    main()
