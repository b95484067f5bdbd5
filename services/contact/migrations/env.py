"""Alembic's entry: brings the tables of contact up to date."""

from chassis.db import run_alembic

from services.contact.models import Row

run_alembic(Row.metadata)
