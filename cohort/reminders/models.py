"""Reminders: one row per rule, person and occasion, unique in the database; and the worker's last tick."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cohort.db import Base, Key, choice
from cohort.mail.models import Message
from cohort.people.models import Person


class ReminderState(StrEnum):
    PLANNED = "planned"
    QUEUED = "queued"
    DROPPED = "dropped"


class Reminder(Base):
    """What one rule owes one person about one occasion.

    Planned rows follow the live dates; at their time they become a message (queued) or are dropped with a reason
    (`submitted`, `withdrawn`, `too late`, `turned off` ...). No path deletes one that was decided.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("cohort_id", "rule_key", "subject", "person_id"),
        Index(
            "ix_reminder_planned",
            "due_at",
            "id",
            sqlite_where=text("state = 'planned'"),
            postgresql_where=text("state = 'planned'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    rule_key: Mapped[str] = mapped_column(Key)
    subject: Mapped[str] = mapped_column(String(300))
    """The occasion: `assignment.due:KEY`, `cohort.start`, `match.published:PAIRING` ..."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[ReminderState] = mapped_column(choice(ReminderState), default=ReminderState.PLANNED)
    reason: Mapped[str] = mapped_column(default="")
    anchor_at: Mapped[datetime]
    """The moment of the occasion for this person: the due date with its extension, the workshop's start."""
    due_at: Mapped[datetime]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    planned_at: Mapped[datetime]

    message: Mapped[Message | None] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class Tick(Base):
    """The last round of the worker, so that silence is noticed. One row per kind of round."""

    __tablename__ = "tick"

    kind: Mapped[str] = mapped_column(Key, primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[str] = mapped_column(default="")
