"""Submitted work and its files."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cohort.access import Guard
from cohort.cohorts.models import Enrolment
from cohort.db import Base, Key, choice


class SubmissionState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"


class Submission(Base):
    """A participant's work on one assignment: the draft, and from `submitted_at` on what others may read."""

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "assignment_key"),
        CheckConstraint("length(text) <= 100000", name="text_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"))
    assignment_key: Mapped[str] = mapped_column(Key)
    reviewed_by: Mapped[str] = mapped_column(Key)
    """Who the assignment said would read it, when the draft was begun: mentor, facilitator or peers."""
    state: Mapped[SubmissionState] = mapped_column(choice(SubmissionState), default=SubmissionState.DRAFT)
    text: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    """Grows with every save; a save from an older page is refused and shows both texts."""
    saved_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]

    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")
    files: Mapped[list["SubmissionFile"]] = relationship(
        back_populates="submission", lazy="raise_on_sql", order_by="SubmissionFile.id"
    )

    def guard(self) -> Guard:
        return Guard(
            cohort_id=self.enrolment.cohort_id,
            person_id=self.enrolment.person_id,
            enrolment_id=self.enrolment_id,
            is_declared=self.reviewed_by == "mentor",
            is_draft=self.state is SubmissionState.DRAFT,
            withdrawn_at=self.enrolment.guard().withdrawn_at,
        )


class SubmissionFile(Base):
    """A file of a submission; its bytes lie under the data folder by their hash, never under a name from outside."""

    __tablename__ = "submission_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime]

    submission: Mapped[Submission] = relationship(back_populates="files", lazy="raise_on_sql")

    def guard(self) -> Guard:
        return self.submission.guard()
