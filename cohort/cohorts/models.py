"""Cohorts and the people in them: participants (enrolments) and staff. Mentors are in cohort.mentoring."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cohort.access import Guard
from cohort.db import Base, Json, Key, choice
from cohort.people.models import Person
from cohort.programs.models import ProgramVersion

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""Before every moment at which a worker may look."""


class CohortState(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    ARCHIVED = "archived"


class Cohort(Base):
    """One dated run of a program version. Its zone is the zone of every wall-clock time in the program."""

    __tablename__ = "cohort"
    __table_args__ = (
        CheckConstraint("seats is null or seats between 1 and 10000", name="seats_range"),
        Index(
            "ix_cohort_look_at",
            "look_at",
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(Key, unique=True)
    title: Mapped[str]
    version_id: Mapped[int] = mapped_column(ForeignKey("program_version.id"), index=True)
    zone: Mapped[str] = mapped_column(String(64))
    starts_on: Mapped[date]
    seats: Mapped[int | None]
    """None: as many as are invited."""
    blackouts: Mapped[list[list[str]]] = mapped_column(Json, default=list)
    """Pairs of ISO dates, first and last day."""
    state: Mapped[CohortState] = mapped_column(choice(CohortState), default=CohortState.DRAFT)
    matched_on: Mapped[date | None]
    """The day matches were first published, in the cohort's zone: the anchor `match`."""
    launched_at: Mapped[datetime | None]
    mail_paused_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    plan_revision: Mapped[int] = mapped_column(default=0)
    """Grows with every change that the reminder planner must see: dates, people, pairs, work."""
    look_at: Mapped[datetime] = mapped_column(default=AT_ONCE, server_default="1970-01-01 00:00:00")
    """When the reminder planner looks at the cohort next; a change that it must see sets it to AT_ONCE."""
    looked_at: Mapped[datetime | None]
    """When it looked last: what was due long before was decided then."""

    version: Mapped[ProgramVersion] = relationship(lazy="raise_on_sql")

    @property
    def blackout_days(self) -> tuple[tuple[date, date], ...]:
        return tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in self.blackouts)

    def guard(self) -> Guard:
        return Guard(cohort_id=self.id, is_archived=self.state is CohortState.ARCHIVED)


class EnrolmentState(StrEnum):
    INVITED = "invited"
    WAITLISTED = "waitlisted"
    ENROLLED = "enrolled"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed"


class Enrolment(Base):
    """A person's place in a cohort, with what they told about themselves for this cohort."""

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("cohort_id", "person_id"),
        Index("ix_enrolment_person_id_state", "person_id", "state"),
        Index("ix_enrolment_cohort_id_state", "cohort_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[EnrolmentState] = mapped_column(choice(EnrolmentState), default=EnrolmentState.INVITED)
    invited_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    """When the person joined, declined or was put on the waiting list; the order of the waiting list."""
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    manager_email: Mapped[str] = mapped_column(String(320), default="")
    growth_areas: Mapped[list[str]] = mapped_column(default=list)
    """Competency keys, most wanted first."""
    on_call: Mapped[str] = mapped_column(default="")
    availability: Mapped[str] = mapped_column(default="")
    """Weekly free hours in the person's zone, as `tue 09:00-11:00;thu 13:00-15:00`."""
    goal: Mapped[str] = mapped_column(default="")
    style: Mapped[list[str]] = mapped_column(default=list)
    """How they like to be mentored, in the words mentors choose from, too."""
    wishes: Mapped[list[Any]] = mapped_column(default=list)
    """Ids of the mentors they would like best, most wanted first. Staff read them, nobody else."""
    profiled_at: Mapped[datetime | None]
    """When the person finished the profile; None while something is missing."""

    cohort: Mapped[Cohort] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")

    @property
    def is_in(self) -> bool:
        return self.state in (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED)

    def guard(self) -> Guard:
        return Guard(
            cohort_id=self.cohort_id,
            person_id=self.person_id,
            enrolment_id=self.id,
            withdrawn_at=self.ended_at if self.state is EnrolmentState.WITHDRAWN else None,
        )


class StaffRole(StrEnum):
    LEAD = "program lead"
    FACILITATOR = "facilitator"
    OBSERVER = "observer"


class Staff(Base):
    """A role that a person holds in a cohort from a day until, perhaps, another."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("cohort_id", "person_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[StaffRole] = mapped_column(choice(StaffRole))
    since: Mapped[datetime]
    until: Mapped[datetime | None]

    cohort: Mapped[Cohort] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")
