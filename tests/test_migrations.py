"""Migrations make exactly what the models say, undo it, lose no row, and happen whole or not at all."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from cohort import create_app
from cohort.config import ROOT, Settings
from cohort.db import db
from cohort.migrating import revisions

PARENT_AND_CHILD = """
revision, down_revision = "one", None

def upgrade():
    op.create_table("parent", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)))
    op.create_table(
        "child",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["parent.id"], ondelete={ondelete!r}, name="fk_child"),
    )
    op.execute("INSERT INTO parent (id, name) VALUES (1, 'a'), (2, 'b')")
    op.execute("INSERT INTO child (id, parent_id) VALUES (1, 1), (2, 1), (3, 2)")
"""
REBUILD = """
revision, down_revision = "two", "one"

def upgrade():
    with op.batch_alter_table("parent", recreate="auto") as batch:
        batch.alter_column("name", type_=sa.String(40), existing_type=sa.String(20))
"""
ORPHANING = """
revision, down_revision = "two", "one"

def upgrade():
    op.execute("DELETE FROM parent WHERE id = 1")
"""
BREAKING_OFF = """
revision, down_revision = "two", "one"

def upgrade():
    op.create_table("third", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("DELETE FROM child")
    raise OSError("no space left on device")
"""


@pytest.fixture
def empty_database(settings: Settings, own_database_url: str) -> Iterator[None]:
    with create_app(replace(settings, database_url=own_database_url)).app_context():
        yield
        db.engine.dispose()


@pytest.fixture
def config() -> Config:
    return Config(ROOT / "migrations" / "alembic.ini")


@pytest.fixture
def trial(config: Config, tmp_path: Path) -> Config:
    """The real environment with migrations of its own; each test writes them."""
    config.set_main_option("version_locations", str(tmp_path))
    return config


def write(config: Config, name: str, body: str) -> None:
    folder = Path(str(config.get_main_option("version_locations")))
    (folder / f"{name}.py").write_text("import sqlalchemy as sa\nfrom alembic import op\n" + body)


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names())


def rows(table: str) -> int:
    with db.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608  names from here


def test_migrations_have_one_head(config: Config) -> None:
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_upgrade_makes_what_the_models_say(empty_database: None, config: Config) -> None:
    command.upgrade(config, "head")
    command.check(config)


def test_downgrade_leaves_nothing_and_upgrade_works_again(empty_database: None, config: Config) -> None:
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    assert tables() == {"alembic_version"}
    command.upgrade(config, "head")
    command.check(config)


def test_rebuilt_parent_keeps_its_children(empty_database: None, trial: Config) -> None:
    write(trial, "one", PARENT_AND_CHILD.format(ondelete="CASCADE"))
    write(trial, "two", REBUILD)
    command.upgrade(trial, "head")
    assert (rows("parent"), rows("child")) == (2, 3)


def test_migration_that_orphans_rows_changes_nothing(empty_database: None, trial: Config) -> None:
    write(trial, "one", PARENT_AND_CHILD.format(ondelete=None))
    command.upgrade(trial, "head")
    write(trial, "two", ORPHANING)
    with pytest.raises((RuntimeError, IntegrityError), match=r"parent|child"):
        command.upgrade(trial, "head")
    assert (rows("parent"), rows("child")) == (2, 3)


def test_migration_that_breaks_off_changes_nothing(empty_database: None, trial: Config) -> None:
    write(trial, "one", PARENT_AND_CHILD.format(ondelete="CASCADE"))
    command.upgrade(trial, "head")
    write(trial, "two", BREAKING_OFF)
    with pytest.raises(OSError, match="no space left"):
        command.upgrade(trial, "head")
    assert tables() == {"alembic_version", "parent", "child"}
    assert rows("child") == 3


def test_foreign_keys_are_enforced_again_after_a_migration(empty_database: None, trial: Config) -> None:
    write(trial, "one", PARENT_AND_CHILD.format(ondelete=None))
    command.upgrade(trial, "head")
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(text("DELETE FROM parent"))


def test_revisions_are_those_that_alembic_finds() -> None:
    scripts = ScriptDirectory.from_config(Config(ROOT / "migrations" / "alembic.ini"))

    assert revisions() == (scripts.get_current_head(), {script.revision for script in scripts.walk_revisions()})
