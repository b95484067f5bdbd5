"""The data map and the register of processing are read from the protos and the streams, and miss nothing."""

from touchline_client.cli import app
from touchline_client.commands.privacy import personal_fields
from typer.testing import CliRunner


def test_the_data_map_holds_every_field_that_the_protos_call_personal() -> None:
    told = {(each.service, each.message, each.field, each.kind) for each in personal_fields()}
    assert ("contact", "Contact", "given_name", "NAME") in told
    assert ("contact", "Identifier", "value", "IDENTIFIER") in told
    assert ("contact", "ContactChanged", "family_name", "NAME") in told
    assert ("campaign", "SentMail", "html", "OPAQUE") in told
    assert any(each.service == "interaction" for each in personal_fields())
    shown = CliRunner().invoke(app, ["privacy", "data-map", "contact"])
    assert shown.exit_code == 0
    assert all(service == "contact" or field not in shown.output for service, _, field, _ in told if field == "html")
    assert CliRunner().invoke(app, ["privacy", "data-map", "nobody"]).exit_code == 2


def test_the_register_names_each_stream_with_personal_data_and_when_it_forgets() -> None:
    shown = CliRunner().invoke(app, ["privacy", "register"]).output
    assert "touchline.contact.events.v1, forgets within 6 days 12 hours" in shown
    assert "touchline.interaction.intake.v1.dlq, forgets within 35 days" in shown
    assert "touchline.interaction.touches.v1" not in shown
