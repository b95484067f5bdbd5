"""The data map, the schedule and the register are read from protos, streams and tables, and miss nothing."""

from collections.abc import Callable

import psycopg
import pytest
from chassis.config import Settings
from chassis.retention import schedule
from touchline_client.cli import app
from touchline_client.commands.privacy import SERVICES, personal_fields
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


TABLES = """SELECT c.relname, array_agg(a.attname::text) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
AND a.attnum > 0 AND NOT a.attisdropped GROUP BY c.relname"""
# Columns that are called like a personal field and hold none, in tables of plans and hashes.
OURS = {
    ("contact", "attribute_definition", "display_name"),
    ("contact", "consent_request", "message"),
    ("contact", "consent_seal", "subject"),
    ("contact", "erased_subject", "subject"),
    ("contact", "subject_alias", "subject"),
    ("campaign", "programme", "display_name"),
    ("campaign", "campaign", "display_name"),
    ("campaign", "activity", "display_name"),
    ("campaign", "send_count", "reason"),
    ("interaction", "source", "display_name"),
}


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_has_a_period_and_what_is_said_to_hold_nothing_of_people_has_no_column_of_theirs(
    service: str, make_database: Callable[..., Settings]
) -> None:
    with psycopg.connect(make_database(service).database_dsn()) as conn:
        tables = dict(conn.execute(TABLES).fetchall())
    told = schedule(service)
    assert set(tables) == set(told)
    personal = {each.field for each in personal_fields()}
    impersonal = {name: columns for name, columns in tables.items() if told[name].impersonal}
    found = {(service, name, column) for name, columns in impersonal.items() for column in columns} & {
        (service, name, field) for name in impersonal for field in personal
    }
    assert found == {one for one in OURS if one[0] == service}
    shown = CliRunner().invoke(app, ["retention", "schedule", service]).output
    assert all(store.table in shown and store.period.split(";")[0] in shown for store in told.values())
    register = CliRunner().invoke(app, ["privacy", "register"]).output
    assert all(f"table: {name}, {store.period}" in register for name, store in told.items() if not store.impersonal)
