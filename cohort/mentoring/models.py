"""Mentors of a cohort, pairings, and what a pair leaves behind: sessions, notes, commitments."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cohort.access import Guard
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import Base, Key, choice
from cohort.people.models import Person

GIVEN_ONCE = {"sqlite_autoincrement": True}
"""Of tables whose rows are deleted: a page that is still open must not act on what got the id of something else."""


class MentorState(StrEnum):
    INVITED = "invited"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ENDED = "ended"


class Mentor(Base):
    """A person's place as mentor of one cohort: capacity, what they can help with, when they are free."""

    __tablename__ = "mentor"
    __table_args__ = (
        UniqueConstraint("cohort_id", "person_id"),
        Index("ix_mentor_person_id_state", "person_id", "state"),
        CheckConstraint("capacity between 0 and 99", name="capacity_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[MentorState] = mapped_column(choice(MentorState), default=MentorState.INVITED)
    capacity: Mapped[int] = mapped_column(default=1)
    strengths: Mapped[list[str]] = mapped_column(default=list)
    """Competency keys the mentor can help with."""
    levels: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How well, 1 to 5 by competency key; what is not in it counts as 3."""
    wishes: Mapped[list[Any]] = mapped_column(default=list)
    """Ids of the enrolments they would like best, most wanted first. Staff read them, nobody else."""
    availability: Mapped[str] = mapped_column(default="")
    style: Mapped[list[str]] = mapped_column(default=list)
    bio: Mapped[str] = mapped_column(default="")
    invited_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")

    cohort: Mapped[Cohort] = relationship(lazy="raise_on_sql")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")

    def guard(self) -> Guard:
        return Guard(cohort_id=self.cohort_id, person_id=self.person_id)


class PairingState(StrEnum):
    """Proposed is known to staff alone, offered and accepted to the mentor too, active to both."""

    PROPOSED = "proposed"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    ACTIVE = "active"
    CLOSED = "closed"


class Pairing(Base):
    """A mentor and a participant of one cohort. The participant sees it once it is published."""

    __tablename__ = "pairing"
    __table_args__ = (
        Index(
            "uq_pairing_open_enrolment",
            "enrolment_id",
            unique=True,
            sqlite_where=text("state <> 'closed'"),
            postgresql_where=text("state <> 'closed'"),
        ),
        Index("ix_pairing_mentor_id_state", "mentor_id", "state"),
        Index("ix_pairing_cohort_id_state", "cohort_id", "state"),
        GIVEN_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    mentor_id: Mapped[int] = mapped_column(ForeignKey("mentor.id"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)
    state: Mapped[PairingState] = mapped_column(choice(PairingState), default=PairingState.PROPOSED)
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    """Pairs [kind, sentence] with kind `because` or `watch`: the same words for both people."""
    score: Mapped[int | None]
    """Share of the most that was possible, in hundredths; None when paired by hand."""
    is_locked: Mapped[bool] = mapped_column(default=False)
    """Staff decided on it: a run leaves it alone."""
    proposed_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    """When the mentor was asked; None for a pair that was published without asking."""
    answer_by: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    """When the mentor said yes or no; a no closes the pair, with the reason in `close_reason`."""
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    close_reason: Mapped[str] = mapped_column(default="")
    """Why staff ended it or the mentor said no; for staff alone."""

    mentor: Mapped[Mentor] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")

    def guard(self) -> Guard:
        """Needs `enrolment` loaded. The mentor's right comes from the actor's own list of mentees.

        A closed pairing names no enrolment: a later mentor of the same person reads nothing of it. One that was never
        published names nobody: to its participant it does not exist.
        """
        return Guard(
            cohort_id=self.cohort_id,
            person_id=self.enrolment.person_id if self.published_at else None,
            enrolment_id=self.enrolment_id if self.state is PairingState.ACTIVE else None,
            withdrawn_at=self.enrolment.guard().withdrawn_at,
        )


class Side(StrEnum):
    """Who wants two people kept apart."""

    MENTOR = "mentor"
    PARTICIPANT = "participant"
    STAFF = "staff"


class KeptApart(Base):
    """Two people whom no run pairs: a wish of one of them, or a decision of staff. Staff read it, and who said it."""

    __tablename__ = "kept_apart"
    __table_args__ = (UniqueConstraint("mentor_id", "enrolment_id", "side"), GIVEN_ONCE)

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"), index=True)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("mentor.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"), index=True)
    side: Mapped[Side] = mapped_column(choice(Side))
    reason: Mapped[str] = mapped_column(default="")
    said_at: Mapped[datetime]
    said_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    """When staff agreed; at once for their own. No run starts while one of the others waits."""

    mentor: Mapped[Mentor] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")

    def guard(self) -> Guard:
        """What staff decided belongs to the cohort, not to whom of them said it."""
        return Guard(cohort_id=self.cohort_id, person_id=None if self.side is Side.STAFF else self.said_by_id)


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class MatchRun(Base):
    """One run of the matching engine, kept: what it was asked, what it found, and the files that prove it."""

    __tablename__ = "match_run"
    __table_args__ = (
        UniqueConstraint("cohort_id", "number"),
        Index(
            "ix_match_run_waiting",
            "state",
            sqlite_where=text("state in ('queued', 'running')"),
            postgresql_where=text("state in ('queued', 'running')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    number: Mapped[int]
    """1 for the first run of the cohort."""
    state: Mapped[RunState] = mapped_column(choice(RunState), default=RunState.QUEUED)
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What staff set: weights, rules, stability."""
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True, deferred_raiseload=True)
    """What it found, in row ids and numbers; {} until it is done. Large: read by whoever shows it."""
    files: Mapped[bytes | None] = mapped_column(deferred=True)
    """A ZIP archive of the input, the pairs and the report: `cohort match` makes the same bytes of it."""
    progress: Mapped[int] = mapped_column(default=0)
    """In hundredths, while it runs."""
    fault: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    cohort: Mapped[Cohort] = relationship(lazy="raise_on_sql")

    def guard(self) -> Guard:
        return Guard(cohort_id=self.cohort_id)


class MeetingProposal(Base):
    """Times that one of a pair proposes to the other, who takes one of them."""

    __tablename__ = "meeting_proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id", ondelete="CASCADE"), index=True)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    minutes: Mapped[int]
    starts: Mapped[list[str]] = mapped_column(default=list)
    """Instants in UTC, ISO 8601."""
    proposed_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    taken: Mapped[datetime | None]
    """The start that was taken; None while open, or when none of them suits."""

    pairing: Mapped[Pairing] = relationship(lazy="raise_on_sql")

    def guard(self) -> Guard:
        return self.pairing.guard()


class PairConcern(Base):
    """What one of a pair told staff about it, in confidence: the other never reads it."""

    __tablename__ = "pair_concern"
    __table_args__ = (CheckConstraint("length(text) between 1 and 2000", name="text_length"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id", ondelete="CASCADE"), index=True)
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str]
    raised_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    pairing: Mapped[Pairing] = relationship(lazy="raise_on_sql")

    def guard(self) -> Guard:
        """Of nobody: to the two of the pair it is gone once it is sent."""
        return Guard(cohort_id=self.pairing.cohort_id)


class MentoringSession(Base):
    """One meeting of a pairing, as logged by either side."""

    __tablename__ = "mentoring_session"
    __table_args__ = (CheckConstraint("minutes between 1 and 600", name="minutes_range"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id", ondelete="CASCADE"), index=True)
    held_on: Mapped[date]
    minutes: Mapped[int]
    topics: Mapped[list[str]] = mapped_column(default=list)
    session_key: Mapped[str | None] = mapped_column(Key)
    """The mentor session of the program that this meeting was, if any."""
    next_at: Mapped[datetime | None]
    """When the two agreed to meet next."""
    form_key: Mapped[str] = mapped_column(Key, unique=True)
    """The one-time key of the form it came from: sending the form twice logs one session."""
    logged_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    logged_at: Mapped[datetime]

    pairing: Mapped[Pairing] = relationship(lazy="raise_on_sql")
    notes: Mapped[list["Note"]] = relationship(lazy="raise_on_sql", order_by="Note.id")
    commitments: Mapped[list["Commitment"]] = relationship(lazy="raise_on_sql", order_by="Commitment.id")

    def guard(self) -> Guard:
        return self.pairing.guard()


class NoteAudience(StrEnum):
    PRIVATE = "private"
    PAIR = "pair"


class Note(Base):
    """A note about a session, for its author alone or for the two. Staff and admins never read either kind."""

    __tablename__ = "note"
    __table_args__ = (CheckConstraint("length(text) between 1 and 20000", name="text_length"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    audience: Mapped[NoteAudience] = mapped_column(choice(NoteAudience))
    text: Mapped[str]
    written_at: Mapped[datetime]


class Commitment(Base):
    """Something one of the pair promised. Staff see how many were kept, not the words."""

    __tablename__ = "commitment"
    __table_args__ = (CheckConstraint("length(text) between 1 and 300", name="text_length"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("mentoring_session.id", ondelete="CASCADE"), index=True)
    pairing_id: Mapped[int] = mapped_column(ForeignKey("pairing.id", ondelete="CASCADE"), index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    text: Mapped[str]
    due_on: Mapped[date | None]
    kept_at: Mapped[datetime | None]

    pairing: Mapped[Pairing] = relationship(lazy="raise_on_sql")

    def guard(self) -> Guard:
        return self.pairing.guard()
