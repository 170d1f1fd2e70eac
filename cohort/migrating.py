"""Bringing the database to the schema of this version, and refusing to run on another one."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from cohort.config import ROOT
from cohort.db import db
from cohort.errors import DomainError


def migrate() -> None:
    """Run every migration that is missing, within the application's context. Doing it again changes nothing."""
    command.upgrade(_config(), "head")


def require_current_schema() -> None:
    """Raises DomainError when the database is empty, older or newer than this version."""
    with db.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(_config())
    if found == scripts.get_current_head():
        return
    known = {script.revision for script in scripts.walk_revisions()}
    if found is not None and found not in known:
        raise DomainError("The database was made by a newer version of Cohort. Install that version or a newer one.")
    raise DomainError("The database is not up to date. Run: cohort init")


def _config() -> Config:
    return Config(ROOT / "migrations" / "alembic.ini")
