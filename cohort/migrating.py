"""Bringing the database to the schema of this version."""

from alembic import command
from alembic.config import Config

from cohort.config import ROOT


def migrate() -> None:
    """Run every migration that is missing, within the application's context. Doing it again changes nothing."""
    command.upgrade(Config(ROOT / "migrations" / "alembic.ini"), "head")
