"""Programs and their versions. The content of a version is its pack: one document, never changed once stored."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cohort.access import Guard
from cohort.db import Base, Key


class Program(Base):
    __tablename__ = "program"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Key, unique=True)
    title: Mapped[str]
    created_at: Mapped[datetime]

    def guard(self) -> Guard:
        return Guard()


class ProgramVersion(Base):
    __tablename__ = "program_version"
    __table_args__ = (UniqueConstraint("program_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id", ondelete="CASCADE"))
    number: Mapped[int]
    document: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    """The checked pack as plain data, read when asked for; `programs.queries.pack_of` gives it as dataclasses."""
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the document in canonical JSON: the same digest means nothing to import."""
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))

    program: Mapped[Program] = relationship(lazy="raise_on_sql")

    def guard(self) -> Guard:
        return Guard()
