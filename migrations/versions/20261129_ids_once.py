"""Ids of pairs and of people kept apart are given once, also on SQLite.

Revision 5d1f0c7be2a4, after 3a0d90efddb2.
"""

from alembic import op

revision = "5d1f0c7be2a4"
down_revision = "3a0d90efddb2"
branch_labels = None
depends_on = None

TABLES = ("pairing", "kept_apart")


def upgrade() -> None:
    _rebuild({"sqlite_autoincrement": True})


def downgrade() -> None:
    _rebuild({})


def _rebuild(how: dict[str, bool]) -> None:
    """SQLite says it where the table is made; PostgreSQL never gives an id twice."""
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            with op.batch_alter_table(table, recreate="always", table_kwargs=how):
                pass
