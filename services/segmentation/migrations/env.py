"""Alembic's entry: brings the tables of segmentation up to date."""

from chassis.db import run_alembic

from services.segmentation.models import Row

run_alembic(Row.metadata)
