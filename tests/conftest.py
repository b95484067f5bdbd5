"""The engines, databases and keys that tests share: one PostgreSQL and one Kafka per run, real ones."""

import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tracking
from chassis.config import Settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from deploy.local import postgres
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from tests.databases import Databases

# A busy machine is slow, not wrong: no example is timed.
hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")


@pytest.fixture(scope="session")
def run_folder() -> Iterator[Path]:
    """Where this run's engines and secrets lie; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="touchline-tests-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session", autouse=True)
def no_local_stack(run_folder: Path) -> Iterator[None]:
    """Whatever runs on this machine, tests see none of its settings."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("TOUCHLINE_")]:
            patch.delenv(name)
        patch.setenv("TOUCHLINE_STATE", str(run_folder / "state"))
        yield


@pytest.fixture(scope="session")
def postgres_engine(run_folder: Path) -> Iterator[Postgres]:
    engine = Postgres(run_folder / "postgres", durable=False).start()
    yield engine
    engine.stop()
    shutil.rmtree(engine.home, ignore_errors=True)


@pytest.fixture(scope="session", name="postgres")
def postgres_fixture(postgres_engine: Postgres) -> Postgres:
    """The run's one PostgreSQL cluster (deploy.local.postgres.Postgres)."""
    return postgres_engine


@pytest.fixture(scope="session")
def kafka(run_folder: Path) -> Iterator[Kafka]:
    """The run's one broker, with PLAINTEXT, SSL and SASL_SSL listeners; started when first asked for."""
    engine = Kafka(run_folder / "kafka", secure=True).start()
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def keys(run_folder: Path) -> dict[str, Any]:
    """The Settings fields that name the run's token and identity keys."""
    folder = run_folder / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = {f"{name}_key_file": folder / f"{name}.key" for name in ("token", "identity")}
    for file in files.values():
        postgres.write_secret(file, secrets.token_hex(32))
    files["tracking_key_file"] = folder / "tracking.key"
    postgres.write_secret(files["tracking_key_file"], tracking.new_key_line("test"))
    return {name: str(file) for name, file in files.items()} | {"development": True}


@pytest.fixture(scope="session")
def identity_key(keys: dict[str, Any]) -> bytes:
    return Settings(**keys).identity_key()


@pytest.fixture(scope="session")
def databases_of_run(postgres: Postgres, run_folder: Path, keys: dict[str, Any]) -> Databases:
    return Databases(postgres, run_folder, keys)


@pytest.fixture
def make_database(databases_of_run: Databases) -> Iterator[Callable[..., Settings]]:
    """`make_database("contact")`: Settings of a fresh migrated database; `migrated=False` leaves it empty.

    Also takes a chassis.run.Service; further fields go into the Settings. Dropped after the test.
    """
    made: list[Settings] = []

    def make(service: Any, *, migrated: bool = True, **fields: Any) -> Settings:
        made.append(databases_of_run.make(service, migrated=migrated, **fields))
        return made[-1]

    yield make
    for settings in made:
        databases_of_run.drop(settings)


@pytest.fixture
def database(make_database: Callable[..., Settings]) -> Callable[..., Settings]:
    """Another name of make_database."""
    return make_database


@pytest.fixture
def topic_prefix(_numbers: Iterator[int] = itertools.count(1)) -> str:  # noqa: B008
    """A tenant's prefix no other test uses."""
    return f"t{os.getpid()}-{next(_numbers)}."


@pytest.fixture
def token(keys: dict[str, Any]) -> Callable[..., str]:
    """`token("rep", subject="users/ada", team="teams/north")`: a signed token of that role."""
    from datetime import timedelta

    from chassis.auth import issue_token

    def issue(*roles: str, subject: str = "users/test", ttl: timedelta = timedelta(hours=1), **fields: Any) -> str:
        fields.setdefault("name", subject.partition("/")[2] or subject)
        return issue_token(Settings(**keys), subject=subject, roles=list(roles), ttl=ttl, **fields)

    return issue
