"""Bringing the database to the schema of this version, and refusing to run on another one."""

import re
from functools import cache

from sqlalchemy import column, inspect, select, table

from cohort.config import ROOT
from cohort.db import db
from cohort.errors import DomainError

_REVISION = re.compile(r'^(down_)?revision = "(\w+)"', re.MULTILINE)


def migrate() -> None:
    """Run every migration that is missing, within the application's context. Doing it again changes nothing."""
    from alembic import command
    from alembic.config import Config

    command.upgrade(Config(ROOT / "migrations" / "alembic.ini"), "head")


def require_current_schema() -> None:
    """Raises DomainError when the database is empty, older or newer than this version.

    Every command asks this first; without Alembic it takes a fifth of the time and ten megabytes less.
    """
    found = _find_revision()
    head, known = revisions()
    if found == head:
        return
    if found is not None and found not in known:
        raise DomainError("The database was made by a newer version of Cohort. Install that version or a newer one.")
    raise DomainError("The database is not up to date. Run: cohort init")


def _find_revision() -> str | None:
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.scalar(select(column("version_num")).select_from(table("alembic_version")))


@cache
def revisions() -> tuple[str, frozenset[str]]:
    """The newest revision of the schema and all of them, as the migrations name themselves."""
    texts = [path.read_text() for path in (ROOT / "migrations" / "versions").glob("*.py")]
    named = [found for text in texts for found in _REVISION.findall(text)]
    known = frozenset(name for down, name in named if not down)
    [head] = known - {name for down, name in named if down}
    return head, known
