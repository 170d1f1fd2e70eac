"""How Alembic reaches our database. One run is one transaction on both databases: it happens whole or not at all.

SQLite changes a table by copying it, and dropping the old copy of a parent would silently delete its children where
foreign keys cascade. So migrations run with enforcement off, and every key is checked before the commit.
"""

from contextlib import ExitStack

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import has_app_context
from sqlalchemy import JSON, Connection

from cohort import create_app
from cohort.db import Base, UTCDateTime, db


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | bool:
    """Write plain types into migrations: what one day becomes of ours must not change the past."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def migrate(connection: Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=is_sqlite,
        render_item=render_item,
        transactional_ddl=True,
    )
    if is_sqlite:
        set_enforcement(connection, "OFF")
    try:
        with context.begin_transaction():
            if not is_sqlite:  # a large table may take its time
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            context.run_migrations()
            if is_sqlite:
                check_foreign_keys(connection)
    finally:
        if is_sqlite:
            set_enforcement(connection, "ON")


def set_enforcement(connection: Connection, state: str) -> None:
    """On the driver's own connection: inside the transaction that SQLAlchemy would begin, this has no effect."""
    connection.connection.cursor().execute(f"PRAGMA foreign_keys={state}")


def check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"the migration leaves rows without their parent, nothing was changed: {broken[:5]}")


with ExitStack() as stack:
    if not has_app_context():
        stack.enter_context(create_app().app_context())
    migrate(stack.enter_context(db.engine.connect()))
