"""The `touchline` command where no installation is needed: parsing, tokens, what it says when nothing runs."""

import hashlib
import json
from datetime import datetime

import jwt
import pytest
import typer
from chassis.chain import FIRST, canonical, link
from touchline_client.cli import app
from touchline_client.commands.consents import parse_anchor
from touchline_client.commands.contacts import parse_mapping
from touchline_client.commands.touches import identified, moment, pairs, parsed
from typer.testing import CliRunner

EVERY_COMMAND = (
    ["doctor"],
    ["topics", "ls"],
    ["topics", "plan"],
    ["topics", "apply"],
    ["dlq", "ls"],
    ["dlq", "show"],
    ["dlq", "replay"],
    ["token"],
    ["sources", "register"],
    ["sources", "ls"],
    ["contacts", "import"],
    ["contacts", "import-opt-outs"],
    ["consents", "verify"],
    ["consents", "proof"],
    ["consents", "export"],
    ["consents", "anchors"],
    ["consents", "report"],
    ["touches", "record"],
    ["touches", "export"],
    ["touches", "import"],
    ["touches", "rebuild"],
    ["retention", "set"],
    ["retention", "ls"],
    ["retention", "deleted"],
    ["retention", "schedule"],
    ["retention", "evidence"],
    ["privacy", "register"],
    ["timeline"],
    ["smoke"],
)


@pytest.fixture
def command(keys, tmp_path, monkeypatch):
    """Run the command as an operator of an installation that is not running."""
    monkeypatch.setenv("TOUCHLINE_STATE", str(tmp_path))
    monkeypatch.setenv("TOUCHLINE_DEVELOPMENT", "true")
    monkeypatch.setenv("TOUCHLINE_TOKEN_KEY_FILE", keys["token_key_file"])
    monkeypatch.setenv("TOUCHLINE_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setenv("TOUCHLINE_DATABASE_URL", "postgresql://{service}@127.0.0.1:1/touchline_{service}")
    for service in ("CONTACT", "SEGMENTATION", "CAMPAIGN", "INTERACTION", "CONSOLE"):
        monkeypatch.setenv(f"TOUCHLINE_PORT_{service}", "1")
    return lambda *arguments: CliRunner().invoke(app, arguments)


@pytest.mark.parametrize("path", EVERY_COMMAND, ids=" ".join)
def test_every_command_explains_itself(command, path):
    result = command(*path, "--help")
    assert result.exit_code == 0, result.output


def test_a_token_says_what_was_asked(command, keys):
    result = command("token", "--role", "rep", "--role", "marketer", "--subject", "users/ada", "--client", "crm")
    claims = jwt.decode(result.output.strip(), options={"verify_signature": False})
    assert (claims["sub"], claims["roles"], claims["client"]) == ("users/ada", ["rep", "marketer"], "crm")


def test_a_role_that_does_not_exist_is_refused(command):
    result = command("token", "--role", "king")
    assert result.exit_code == 1
    assert "rep, marketer" in result.output


def test_no_token_is_signed_outside_of_development(command, monkeypatch):
    monkeypatch.setenv("TOUCHLINE_DEVELOPMENT", "false")
    monkeypatch.delenv("TOUCHLINE_TOKEN_KEY_FILE")
    result = command("token", "--role", "rep")
    assert result.exit_code == 1
    assert "TOUCHLINE_TOKEN" in result.output


def test_a_retention_is_a_number_of_days_or_for_ever_and_is_asked_about(command):
    assert "days, or --for-ever" in command("retention", "set", "web.visited").output
    asked = command("retention", "set", "web.visited", "90")
    assert asked.exit_code == 1
    assert "older than 90 days, for ever?" in asked.output


def test_the_topics_are_listed_without_a_broker(command):
    result = command("topics", "ls")
    assert result.exit_code == 0
    assert "touchline.interaction.intake.v1" in result.output


def test_the_doctor_names_what_is_wrong_and_what_mends_it(command):
    result = command("doctor")
    assert result.exit_code == 1
    for said in ("contact: nothing answers", "kafka: no answer", "database interaction", "→ make run", "disk:"):
        assert said in result.output, result.output


@pytest.mark.parametrize("path", [["sources", "ls"], ["timeline", "contacts/x"]], ids=" ".join)
def test_a_service_that_is_away_is_said_in_a_sentence(command, path):
    result = command(*path)
    assert result.exit_code == 1
    assert "touchline doctor" in result.output
    assert "Traceback" not in result.output


def test_a_mapping_is_title_equals_target():
    assert parse_mapping(["E=Mail=email", "Notes=-"]) == {"E=Mail": "email", "Notes": "-"}
    for wrong in ("email", "=email", "Title="):
        with pytest.raises(typer.Exit):
            parse_mapping([wrong])


def test_opt_outs_of_a_system_that_nobody_knows_are_refused_before_anything_is_read(command, tmp_path):
    table = tmp_path / "optouts.csv"
    table.write_text("email\n")
    result = command("contacts", "import-opt-outs", str(table), "--from", "punchcards")
    assert result.exit_code == 1
    assert "mautic, sendgrid, mailgun, postmark, ses, csv" in " ".join(result.output.split())


def test_a_person_is_named_exactly_once():
    assert identified("a@b.example", "", "") == {"kind": "email", "value": "a@b.example"}
    assert identified("", "", "crm:hubspot=51") == {"kind": "crm:hubspot", "value": "51"}
    for wrong in (("a@b.example", "+49", ""), ("", "", ""), ("", "", "crm")):
        with pytest.raises(typer.Exit):
            identified(*wrong)


def test_attributes_are_name_equals_value():
    assert pairs(["form=a=b", "page="]) == {"form": "a=b", "page": ""}
    with pytest.raises(typer.Exit):
        pairs(["form"])


def test_a_moment_is_written_in_utc():
    assert moment(datetime.fromisoformat("2026-03-01T12:00:00+02:00")) == "2026-03-01T10:00:00Z"


def test_a_line_without_an_event_id_gets_the_same_one_each_time_the_file_is_sent():
    line = json.dumps({"type": "call.logged", "source": "shop"})
    first, second = list(parsed([line, "\n", line])), list(parsed([line, line]))
    assert [touch.source_event_id for touch in first] == [touch.source_event_id for touch in second]
    assert len({touch.source_event_id for touch in first}) == 2
    assert first[0].source == "sources/shop"


def test_a_line_that_is_no_touch_is_named():
    with pytest.raises(typer.Exit):
        list(parsed(["{}", '{"colour": 1}']))


PROOF = (
    {"format": "touchline.consent-proof.v1", "events": 1, "segments": 1},
    {"after": 0, "digest": "00" * 32},
    {
        "number": 1,
        "record": {"event": "e", "ordinal": 1, "status": "GRANTED", "address": "", "effective_to_time": None},
    },
    {"number": 2, "hash": "ab" * 32},
    {"until": 2, "digest": ""},
)


def test_a_proof_is_checked_by_its_file_alone(command, tmp_path):
    digest = FIRST
    told = [part for name in sorted(PROOF[2]["record"]) for part in (name, PROOF[2]["record"][name])]
    for hashed in (hashlib.sha256(canonical(told)).digest(), bytes.fromhex(PROOF[3]["hash"])):
        digest = link(digest, hashed)
    lines = [json.dumps(line) for line in (*PROOF[:-1], PROOF[-1] | {"digest": digest.hex()})]
    file = tmp_path / "proof.jsonl"
    file.write_text("\n".join(lines))
    held = command("consents", "verify", str(file))
    assert (held.exit_code, f"2:{digest.hex()}" in held.output) == (0, True), held.output
    met = command("consents", "verify", str(file), "--anchor", f"2:{digest.hex()} 2026-06-01T00:00:00Z")
    assert (met.exit_code, "compare" in met.output) == (0, False)
    other = command("consents", "verify", str(file), "--anchor", f"2:{'00' * 32}")
    assert (other.exit_code, "made anew" in other.output) == (1, True)
    file.write_text("\n".join(lines).replace("GRANTED", "DENIED"))
    broken = command("consents", "verify", str(file))
    assert (broken.exit_code, "line 5 is not where the part leads" in broken.output.replace("\n", " ")) == (1, True)
    file.write_bytes(b"\xff\xfe")
    assert command("consents", "verify", str(file)).exit_code == 1


@pytest.mark.parametrize("anchor", ["x", "1", "1:", "1:zz", "1:00", ":00"])
def test_an_anchor_that_is_none_is_refused(anchor):
    with pytest.raises(typer.Exit):
        parse_anchor(anchor)
