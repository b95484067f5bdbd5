"""The tables are what the models say."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from services.segmentation.models import Row
from tests.databases import CHASSIS_TABLES

PLAIN = {"erasure", "erased_span", "erased_touch"}


def test_the_migrations_lead_to_the_models(make_database):
    settings = make_database("segmentation")
    engine = create_engine(settings.database_dsn().replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _parent: kind != "table" or name not in CHASSIS_TABLES | PLAIN},
        )
        assert compare_metadata(context, Row.metadata) == []
    engine.dispose()
