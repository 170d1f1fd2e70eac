"""The one table of dated items, what was changed about them and by whom, and the later dates of single people."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cohort.access import Guard
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import Base, Json, Key
from cohort.people.models import Person


class DatedItem(Base):
    """Anything with a date on a cohort's timeline. `at` is worked out from `expression`, never typed.

    What this cohort does differently with it stands beside it (`override` to `reason`) and is worked in, so that the
    program's own expression is never lost. An item that was dropped keeps its row: calendars still hold it.
    """

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
    override: Mapped[str | None]
    """The expression that counts in this cohort instead of the program's."""
    days: Mapped[int] = mapped_column(default=0)
    """Moved by so many days from where its expression puts it."""
    clock: Mapped[time | None]
    """Another wall-clock time than its expression says."""
    pinned_on: Mapped[date | None]
    """Held on this day of the cohort's calendar, whatever it hangs on."""
    reason: Mapped[str] = mapped_column(default="")
    """Ends "moved from Sat 20 Feb ...": `because of the blackout 15–21 Feb`."""
    is_added: Mapped[bool] = mapped_column(default=False)
    """Not from the program: staff of this cohort added it."""
    minutes: Mapped[int | None]
    """How long it lasts, for what was added."""
    dropped_at: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0)
    """How often its date, its title or its being held at all has changed (RFC 5545, section 3.8.7.4)."""
    changed_at: Mapped[datetime | None]
    """None while it is as it was first planned."""

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
    times: Mapped[int] = mapped_column(default=1)
    """How often it was granted: a second extension replaces the first."""

    item: Mapped[DatedItem] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    granted_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class ExtensionRequest(Base):
    """Somebody asks for more time for one item; granted, it becomes an extension."""

    __tablename__ = "extension_request"
    __table_args__ = (
        Index(
            "uq_extension_request_open",
            "item_id",
            "enrolment_id",
            unique=True,
            sqlite_where=text("decided_at is null"),
            postgresql_where=text("decided_at is null"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("dated_item.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"), index=True)
    until: Mapped[datetime]
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The person themselves when they took it back."""
    is_granted: Mapped[bool] = mapped_column(default=False)
    answer: Mapped[str] = mapped_column(default="")

    item: Mapped[DatedItem] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    decided_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")

    @property
    def is_open(self) -> bool:
        return self.decided_at is None

    @property
    def is_taken_back(self) -> bool:
        """Needs `enrolment` loaded."""
        return self.decided_at is not None and self.decided_by_id == self.enrolment.person_id


UNDO_WITHIN = timedelta(hours=24)
"""How long a change can be taken back."""


class ScheduleChange(Base):
    """One change of a cohort's dates: what moved, how it was before, and who was told what."""

    __tablename__ = "schedule_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"), index=True)
    summary: Mapped[str]
    """`Moved Kickoff workshop to Tue 9 Mar, 15:30`"""
    message: Mapped[str] = mapped_column(default="")
    """What staff wrote to the people concerned."""
    moves: Mapped[list[Any]] = mapped_column(Json, default=list)
    """Of each item that moved: its id, title, and its instants before and after."""
    before: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    """The arrangement as it was, for taking the change back."""
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """None for the command line."""
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

    made_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")

    @property
    def undo_until(self) -> datetime:
        return self.made_at + UNDO_WITHIN
