"""Alembic's entry: brings the tables of campaign up to date."""

from chassis.db import run_alembic

from services.campaign.models import Row

run_alembic(Row.metadata)
