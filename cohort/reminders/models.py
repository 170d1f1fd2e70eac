"""Reminders: one row per rule, person and occasion, unique in the database; and when the planner looks where."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

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


class Look(Base):
    """When the planner looks at a cohort next; it looks at once when the cohort's `plan_revision` has grown."""

    __tablename__ = "look"

    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int]
    next_at: Mapped[datetime]


class Tick(Base):
    """The last round of the worker, so that silence is noticed. One row per kind of round."""

    __tablename__ = "tick"

    kind: Mapped[str] = mapped_column(Key, primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[str] = mapped_column(default="")
