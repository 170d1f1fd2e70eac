"""The one table of dated items, and the later dates that single people were given."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cohort.access import Guard
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import Base, Key


class DatedItem(Base):
    """Anything with a date on a cohort's timeline. `at` is worked out from `expression`, never typed."""

    __tablename__ = "dated_item"
    __table_args__ = (
        UniqueConstraint("cohort_id", "kind", "key"),
        Index("ix_dated_item_cohort_id_at", "cohort_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Key)
    key: Mapped[str] = mapped_column(Key)
    title: Mapped[str]
    module_key: Mapped[str | None] = mapped_column(Key)
    expression: Mapped[str]
    why: Mapped[str]
    at: Mapped[datetime | None]
    """None while it hangs on matches that are not published."""
    ends_at: Mapped[datetime | None]

    cohort: Mapped[Cohort] = relationship(lazy="raise_on_sql")

    @property
    def item_id(self) -> str:
        return f"{self.kind}:{self.key}"

    def guard(self) -> Guard:
        return Guard(cohort_id=self.cohort_id)


class Extension(Base):
    """A later due date for one person and one item."""

    __tablename__ = "extension"
    __table_args__ = (UniqueConstraint("item_id", "enrolment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("dated_item.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"), index=True)
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[datetime]

    item: Mapped[DatedItem] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
