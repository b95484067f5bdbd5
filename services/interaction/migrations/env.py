"""Lets Alembic run this service's migrations."""

from chassis.db import run_alembic

from services.interaction.models import Row

run_alembic(Row.metadata)
