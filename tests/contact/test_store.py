"""The tables are what the models say."""

from collections.abc import Callable

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from chassis.config import Settings
from sqlalchemy import create_engine

from services.contact.models import Row
from tests.databases import CHASSIS_TABLES

# Written and read by SQL alone: no rows as objects.
PLAIN = {
    "consent_request",
    "consent_reading",
    "duplicate_key",
    "duplicate_walk",
    "consent_unsealed",
    "consent_seal",
    "consent_anchor",
    "audit_anchor",
}


def test_the_migrations_lead_to_the_models(make_database: Callable[..., Settings]) -> None:
    settings = make_database("contact")
    engine = create_engine(settings.database_dsn().replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _parent: kind != "table" or name not in CHASSIS_TABLES | PLAIN},
        )
        assert compare_metadata(context, Row.metadata) == []
    engine.dispose()
