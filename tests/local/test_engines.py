"""The engines start from packages, keep their data over a restart, and die with whoever started them."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from chassis.config import Settings
from kafka import KafkaAdminClient

from deploy.local import postgres as engines
from deploy.local.__main__ import reset
from deploy.local.children import EngineFailedError, free_port, free_ports
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres, engine_home
from deploy.local.stack import Stack

ORPHAN = """
import sys, time
from pathlib import Path
from deploy.local.postgres import Postgres
print(Postgres(Path(sys.argv[1]), durable=False).start().pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose engine data are deleted afterwards, wherever they lie."""
    yield tmp_path
    shutil.rmtree(engine_home(tmp_path.resolve()), ignore_errors=True)


def test_postgres_keeps_its_data_over_a_restart(folder: Path) -> None:
    engine = Postgres(folder, durable=False).start()
    with engine.connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    engine.kill()
    engine.start()
    with engine.connect() as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    engine.stop()


def test_data_that_outlived_their_secrets_are_named_with_what_to_do_and_a_reset_deletes_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state = folder / "state"
    engine = Postgres(state, durable=False).start()
    engine.stop()
    shutil.rmtree(state / "secrets")
    with pytest.raises(EngineFailedError, match=r"whose secrets are gone.*`make reset`"):
        Stack(state, free_ports=True).begin_engines()
    shutil.rmtree(state, ignore_errors=True)
    assert engine.uid is None or engine.data.exists(), "as root the data outlive the folder"
    monkeypatch.setenv("TOUCHLINE_STATE", str(state))
    reset()
    assert not engine.data.exists()
    assert str(engine.home) in capsys.readouterr().out or engine.uid is None
    Postgres(state, durable=False).start().stop()
    shutil.rmtree(engine_home(state.resolve()), ignore_errors=True)


def test_postgres_refuses_a_wrong_password(postgres: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host="127.0.0.1", port=postgres.port, user="postgres", password="wrong", dbname="postgres")


def test_postgres_dies_with_its_parent(folder: Path) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", ORPHAN, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, text=True) as parent:
        assert parent.stdout is not None
        engine = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while _alive(engine):
        assert time.monotonic() < deadline, "PostgreSQL outlived its parent"
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    """Whether the process runs; a zombie nobody has waited for does not."""
    try:
        return " Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("listener", ["PLAINTEXT", "SSL", "SASL_SSL"])
def test_kafka_answers_on_every_listener(kafka: Kafka, listener: str) -> None:
    settings = Settings(**kafka.settings(listener))
    secrets = {
        "ssl_cafile": settings.kafka_ca_file or None,
        "sasl_mechanism": settings.kafka_sasl_mechanism or None,
        "sasl_plain_username": settings.kafka_sasl_username or None,
        "sasl_plain_password": settings.kafka_password() or None,
    }
    admin = KafkaAdminClient(
        bootstrap_servers=settings.kafka_bootstrap, security_protocol=settings.kafka_security.value, **secrets
    )
    assert isinstance(admin.list_topics(), list)
    admin.close()


def test_engines_of_a_run_do_not_belong_to_root(postgres: Postgres) -> None:
    owner = Path(f"/proc/{postgres.pid}").stat().st_uid
    assert owner != 0 or os.geteuid() != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for PostgreSQL")
def test_an_unreachable_wheel_is_copied_to_where_the_user_can_run_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_reachable", lambda _program: False)
    engine = Postgres(folder, durable=False).start()
    program = Path(f"/proc/{engine.pid}/exe").resolve()
    engine.stop()
    assert program.is_relative_to(engine.home)


def test_no_port_is_given_twice_to_whoever_lives() -> None:
    before, first, after = free_port(), free_ports(24), free_port()
    here = {before, *range(first, first + 24), after}
    assert len(here) == 26
    say = "from deploy.local.children import free_port; print(*(free_port() for _ in range(100)))"
    there = subprocess.run(
        [sys.executable, "-c", say], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    ).stdout
    assert not here & {int(port) for port in there.split()}
