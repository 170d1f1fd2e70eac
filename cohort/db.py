"""The database: one declarative base, typed columns, and the engine set-up that the promises rest on.

SQLite runs in WAL mode with `synchronous=FULL`; whoever may write begins with `BEGIN IMMEDIATE`, because a read
transaction that turns into a write one fails at once with "database is locked", whatever the timeout.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, Dialect, Enum, Integer, MetaData, String, Text, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator, TypeEngine

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database. Refuses naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone; got a naive datetime")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """In one step to SQLite's text: the planner writes thousands of instants."""
        return _stored if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """In one step from SQLite's text: some pages read thousands of instants."""
        return _instant if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _stored(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone; got a naive datetime")
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


@lru_cache(maxsize=8192)
def _instant(stored: str | None) -> datetime | None:
    """Kept, because many rows of a page or a plan hold the same instants."""
    return datetime.fromisoformat(f"{stored}+00:00") if stored else None


Json = JSON().with_variant(JSONB(), "postgresql")


def choice(kind: type[StrEnum]) -> Enum:
    """A column that holds one of `kind`, stored by value and checked by the database."""
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=32,
        name=kind.__name__.lower(),
    )


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UTCDateTime(),
            str: Text(),
            int: Integer(),
            dict[str, Any]: Json,
            list[str]: Json,
            list[Any]: Json,
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"autoflush": True, "expire_on_commit": False})

AS_WRITTEN: dict[str, Any] = {"synchronize_session": False}
"""Execution options of an update or deletion by condition: objects in hand are brought up by whoever needs them."""

Key = String(120)
"""The type of keys, slugs and kinds: short text that is compared, never shown as prose."""

may_write: ContextVar[bool] = ContextVar("may_write", default=True)
"""False while a request that changes nothing is served, so that it reads without taking the write lock."""


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside only read: they never wait for a writer on SQLite."""
    token = may_write.set(False)
    try:
        yield
    finally:
        may_write.reset(token)


def insert_new(model: type[Base], rows: Sequence[Mapping[str, Any]], **alike: Any) -> None:
    """Insert those of many rows whose unique keys are new; the literals in `alike` are the same in all of them.

    All rows name the same columns, and every column with a default in Python is named. Each different value is
    prepared once and the driver takes the rows as they are: the ORM's own way costs as much as the database does.
    """
    if not rows:
        return
    table: Any = model.__table__
    connection = db.session.connection()
    dialect = connection.dialect
    insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    compiled = (
        insert(table).values(**alike).on_conflict_do_nothing().compile(dialect=dialect, column_keys=list(rows[0]))
    )
    names = compiled.positiontup or list(rows[0])
    columns = [_prepared([row[name] for row in rows], table.c[name].type, dialect) for name in names]
    lines: list[Any] = list(zip(*columns, strict=True))
    if not compiled.positional:
        lines = [dict(zip(names, line, strict=True)) for line in lines]
    connection.exec_driver_sql(str(compiled), lines)


def _prepared(values: list[Any], kind: TypeEngine[Any], dialect: Dialect) -> list[Any]:
    """As the driver takes them."""
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return values
    if isinstance(kind, JSON):
        return [process(value) for value in values]
    prepared = {value: process(value) for value in dict.fromkeys(values)}
    return [prepared[value] for value in values]


REQUESTS_WAIT = 5.0
"""Seconds to wait for the one writer of SQLite: then whoever made the request is told."""
WORKERS_WAIT = 30.0
"""The same for a worker, for whom nobody waits. With the quarter of a minute between two renewals it is shorter than
the lease of a mail, and it is shorter than the minute that a worker has to stop."""


def engine_options(url: str) -> dict[str, Any]:
    """Options of the engine for `url`: waiting times on both databases, as promised in docs/architecture.md."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": REQUESTS_WAIT, "check_same_thread": False}}
    limits = "-c lock_timeout=5s -c statement_timeout=30s -c idle_in_transaction_session_timeout=60s -c timezone=UTC"
    return {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 8, "connect_args": {"options": limits}}


def wait_as_worker(engine: Engine) -> None:
    """From now on this process waits as long for the one writer of SQLite as a worker does."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", lambda _dialect, _record, _args, named: named.update(timeout=WORKERS_WAIT))
        engine.dispose()  # those who have connected already do so again


@event.listens_for(Engine, "connect")
def _on_connect(connection: Any, _record: Any) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.isolation_level = None  # we say BEGIN ourselves, see _on_begin
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


@event.listens_for(Engine, "begin")
def _on_begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if may_write.get() else "BEGIN")
