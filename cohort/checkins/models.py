"""Check-ins: the short form every second week."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cohort.access import Guard
from cohort.cohorts.models import Enrolment
from cohort.db import Base, Key, choice


class Kept(StrEnum):
    YES = "kept"
    PARTLY = "partly"
    NO = "no"


class MoodAudience(StrEnum):
    PAIR = "pair"
    STAFF = "staff"


class CheckInAnswer(Base):
    """One participant's answers to one check-in; a draft until `answered_at`. Texts are for the pair only."""

    __tablename__ = "check_in_answer"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "checkin_key"),
        CheckConstraint("mood is null or mood between 1 and 5", name="mood_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"))
    checkin_key: Mapped[str] = mapped_column(Key)
    kept: Mapped[Kept | None] = mapped_column(choice(Kept))
    """What became of the promise made last time; None when there was none."""
    mood: Mapped[int | None]
    mood_for: Mapped[MoodAudience] = mapped_column(choice(MoodAudience), default=MoodAudience.PAIR)
    answers: Mapped[list[str]] = mapped_column(default=list)
    """One text per question of the pack's check-in, in its order."""
    help: Mapped[list[str]] = mapped_column(default=list)
    promise: Mapped[str] = mapped_column(default="")
    promise_by: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")

    def guard(self) -> Guard:
        return Guard(
            cohort_id=self.enrolment.cohort_id,
            person_id=self.enrolment.person_id,
            enrolment_id=self.enrolment_id,
            is_draft=self.answered_at is None,
            withdrawn_at=self.enrolment.guard().withdrawn_at,
        )
