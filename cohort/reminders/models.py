"""Reminders: one row per rule, person and occasion, unique in the database; and what cohorts changed about rules."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cohort.access import Guard
from cohort.db import Base, Key, choice
from cohort.mail.models import Message
from cohort.people.models import Person


class ReminderState(StrEnum):
    QUEUED = "queued"
    DROPPED = "dropped"


class Reminder(Base):
    """What one rule owed one person about one occasion, decided when its time came.

    Until then nothing is stored: the time is worked out from the live dates. Decided, it is in a message (queued) or
    was dropped with a reason (`submitted`, `too late`, `turned off` ...). No path deletes one.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "person_id", "rule_key", "subject", "anchor_at"),
        Index("ix_reminder_cohort_id_state_due_at", "cohort_id", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"))
    """Whose occasion it is, also when the mail goes to the mentor or to staff."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    """To whom the mail goes."""
    rule_key: Mapped[str] = mapped_column(Key)
    subject: Mapped[str] = mapped_column(String(300))
    """The occasion: `assignment.due:KEY`, `cohort.start:`, `match.published:PAIRING` ..."""
    anchor_at: Mapped[datetime]
    """The moment of the occasion for this person: the due date with its extension, the workshop's start."""
    due_at: Mapped[datetime]
    state: Mapped[ReminderState] = mapped_column(choice(ReminderState))
    reason: Mapped[str] = mapped_column(default="")
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    decided_at: Mapped[datetime]

    message: Mapped[Message | None] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class CohortRule(Base):
    """What a cohort does differently about one rule of its program, or a rule of its own."""

    __tablename__ = "cohort_rule"
    __table_args__ = (UniqueConstraint("cohort_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(Key)
    """Of a rule of the program's, which it replaces, or a new one."""
    is_off: Mapped[bool] = mapped_column(default=False)
    rule: Mapped[dict[str, Any]]
    """The whole rule, as reminders.ruling reads it."""
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    changed_by: Mapped[Person] = relationship(lazy="raise_on_sql")

    def guard(self) -> Guard:
        return Guard(cohort_id=self.cohort_id)


class Tick(Base):
    """The last round of the worker, so that silence is noticed. One row per kind of round."""

    __tablename__ = "tick"

    kind: Mapped[str] = mapped_column(Key, primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[str] = mapped_column(default="")
