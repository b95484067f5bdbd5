"""Each service reads its own database and PostgreSQL refuses it every other one: all twelve cross-reads."""

import itertools
from pathlib import Path

import psycopg
import pytest
from chassis.config import Settings

from deploy.local import databases
from deploy.local.postgres import Postgres

CROSS = list(itertools.permutations(databases.SERVICES, 2))


@pytest.fixture(scope="module")
def installation(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The four databases as `make run` makes them, each with a table of its own."""
    folder: Path = tmp_path_factory.mktemp("installation")
    databases.ensure(postgres, folder)
    settings = Settings(**databases.settings(postgres, folder))
    for service in databases.SERVICES:
        with psycopg.connect(settings.for_role(service).database_dsn()) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS mine AS SELECT 'secret' AS word")
    return settings


@pytest.mark.parametrize(("reader", "owner"), CROSS, ids="-reads-".join)
def test_a_service_cannot_read_another_s_database(installation: Settings, reader: str, owner: str) -> None:
    own = installation.for_role(reader)
    elsewhere = own.database_dsn().replace(f"touchline_{reader}", f"touchline_{owner}")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(elsewhere)


@pytest.mark.parametrize("service", databases.SERVICES)
def test_a_service_reads_its_own_and_is_no_superuser(installation: Settings, service: str) -> None:
    with psycopg.connect(installation.for_role(service).database_dsn()) as connection:
        assert connection.execute("SELECT word FROM mine").fetchone() == ("secret",)
        facts = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(facts).fetchone() == (False, False, False, False)


@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_a_service_cannot_use_the_maintenance_databases(installation: Settings, database: str) -> None:
    dsn = installation.for_role("contact").database_dsn().replace("touchline_contact", database)
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(dsn)
