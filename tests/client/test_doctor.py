"""Each symptom of the guide's table, brought about, and what `touchline doctor` says of it."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
from chassis.config import Settings
from touchline_client.commands import doctor

from deploy.local.kafka import Kafka
from tests.guide import GUIDE

NAMED = re.compile(r"^\| [^|]+ \| `([a-z.0-9 ]+?)(?: …)?: ", re.MULTILINE)
PROVOKED = {
    *("contact", "campaign.work", "interaction.consume.1", "contact.work", "database contact", "kafka", "topic"),
    *("dead letters", "refused touches", "unknown sends", "clock", "disk"),
}


@pytest.fixture
def role(tmp_path: Path) -> Iterator[Callable[..., Settings]]:
    """A role that says these things of itself; or, without any, one whose port is closed."""
    servers = []

    def says(name: str, **report: str) -> Settings:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(report).encode())

            def log_message(self, *_: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        if report:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            servers.append(server)
        else:
            server.server_close()
        told = {"roles": {name: {"metrics": server.server_port, "pid": 1}}}
        (tmp_path / "roles.json").write_text(json.dumps(told))
        return Settings(state=tmp_path)

    yield says
    for server in servers:
        server.shutdown()
        server.server_close()


def bad(look: Any, settings: Settings) -> list[tuple[str, str, str]]:
    found = [(one.what, one.detail, one.mend) for one in doctor.looked(look, settings) if not one.is_good]
    assert found
    return found


def test_every_line_that_the_guide_quotes_is_provoked_here() -> None:
    assert set(NAMED.findall(GUIDE.read_text(encoding="utf-8"))) == PROVOKED


@pytest.mark.parametrize(
    ("name", "report", "said"),
    [
        ("campaign.work", {}, "does not say that it lives"),
        ("campaign.work", {"restored": "LedgerNotComparedError"}, "restored LedgerNotComparedError"),
        ("contact.work", {"erasures": "ErasureOverdueError"}, "erasures ErasureOverdueError"),
        ("interaction.consume.1", {"consumer": "intake/3 waits: 23505"}, "consumer intake/3 waits: 23505"),
        ("interaction.serve", {"postgresql": "slow"}, "postgresql slow"),
    ],
)
def test_a_role_in_trouble_is_named_with_its_log(
    role: Callable[..., Settings], name: str, report: dict[str, str], said: str
) -> None:
    settings = role(name, **report)
    ((what, detail, mend),) = bad(doctor.roles, settings)
    assert (what, detail) == (name, said)
    assert mend == f"tail -n 40 {settings.state}/logs/{name}.log"


def test_a_role_that_is_well_is_not_complained_of(role: Callable[..., Settings]) -> None:
    settings = role("contact.work", state="serving", consumer="ok", consent_requests="read")
    assert all(one.is_good for one in doctor.roles(settings))


def test_nothing_answers_and_kafka_is_away(tmp_path: Path) -> None:
    closed = {f"port_{name}": 1 for name in ("contact", "segmentation", "campaign", "interaction", "console")}
    settings = Settings(state=tmp_path, kafka_bootstrap="127.0.0.1:1", **closed)
    assert bad(doctor.services, settings)[0][0] == "contact"
    assert bad(doctor.broker, settings)[0][0] == "kafka"


def test_what_waits_for_a_person_in_the_ledger_is_counted(make_database: Callable[..., Settings]) -> None:
    settings = make_database("campaign")
    assert list(doctor.ledger(settings)) == []
    with psycopg.connect(settings.for_role("campaign").database_dsn(), autocommit=True) as connection:
        connection.execute("INSERT INTO send_count VALUES (gen_random_uuid(), 'UNKNOWN', 'RESTORED', 1, 3)")
        connection.execute("INSERT INTO send_count VALUES (gen_random_uuid(), 'UNKNOWN', 'CUT', 1, 5)")
        connection.execute("INSERT INTO touch_refused_outbox (reason, touch, traceparent) VALUES ('X', 'x', '')")
    told = [(what, detail.split()[0], mend) for what, detail, mend in bad(doctor.ledger, settings)]
    assert told == [("unknown sends", "3", "touchline sends unknown"), ("refused touches", "1", "touchline dlq ls")]


def test_a_database_without_tables_asks_for_its_migration(make_database: Callable[..., Settings]) -> None:
    settings = make_database("contact")
    with psycopg.connect(settings.for_role("contact").database_dsn(), autocommit=True) as connection:
        connection.execute("DROP TABLE alembic_version")
    found = {what: (detail, mend) for what, detail, mend in bad(doctor.databases, settings)}
    assert found["database contact"][0] == "has no tables"
    assert found["database contact"][1].endswith("-m services.contact migrate")


def test_streams_that_are_missing_are_named_and_dead_letters_counted(kafka: Kafka, tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, topic_prefix="doctor.", **kafka.settings())
    assert any(
        what.startswith("topic ") and mend == "touchline topics apply" for what, _, mend in bad(doctor.topics, settings)
    )
    (found,) = doctor.letters(settings)
    assert (found.what, found.detail) == ("dead letters", "none")


def test_a_full_disk_and_a_clock_that_is_wrong_are_said(
    make_database: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_database("interaction")
    assert all(one.is_good for one in doctor.clock(settings))
    monkeypatch.setattr(doctor, "LEAST_DISK", 2**60)
    monkeypatch.setattr(doctor, "MOST_SKEW", -1.0)
    assert bad(doctor.disk, settings)[0][0] == "disk"
    assert bad(doctor.clock, settings)[0][0] == "clock"
