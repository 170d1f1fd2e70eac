"""Logging a mentoring session, and what became of the promises made in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select, update

from cohort.clock import in_zone
from cohort.cohorts.models import AT_ONCE, Cohort, CohortState
from cohort.db import AS_WRITTEN, db
from cohort.errors import Conflict, DomainError
from cohort.mentoring.models import (
    Commitment,
    MentoringSession,
    Note,
    NoteAudience,
    Pairing,
    PairingState,
)
from cohort.people.models import Person

TOPICS = (
    "A hard talk",
    "Goal and KPI",
    "360 focus",
    "Handing over",
    "Someone on the team",
    "Assignment",
    "How things are",
)
"""What a session may have been about, in the words that are kept."""
LONGEST_MEETING = 600
LONGEST_NOTE = 20_000
LONGEST_PROMISE = 300
MOST_PROMISES = 3
OLDEST = timedelta(days=366)
"""A session further back, or a date further ahead, is a slip of the year."""


@dataclass(frozen=True, slots=True)
class Promised:
    """Something one of the two promised."""

    text: str
    owner_id: int
    due_on: date | None = None


def log_session(
    pairing: Pairing,
    *,
    by: Person,
    held_on: date,
    minutes: int,
    topics: Sequence[str] = (),
    session_key: str | None = None,
    commitments: Sequence[Promised] = (),
    note: str = "",
    note_audience: NoteAudience = NoteAudience.PRIVATE,
    next_at: datetime | None = None,
    form_key: str,
    now: datetime,
) -> MentoringSession:
    """Note that the two met, by either of them. The same `form_key` from the same person logs one session.

    `held_on` is a day in the zone of `by`. Needs `pairing` with its mentor and enrolment loaded. Raises DomainError
    for what cannot be, Conflict when the pair has ended.
    """
    key = f"{pairing.id}:{by.id}:{form_key}"
    hold_pair(pairing)
    logged = db.session.scalar(select(MentoringSession).where(MentoringSession.form_key == key))
    if logged is not None:
        return logged
    _check_meeting(held_on, minutes, topics, next_at, today=in_zone(now, by.time_zone).date(), now=now)
    _check_promises(pairing, commitments, held_on)
    if len(note) > LONGEST_NOTE:
        raise DomainError(f"At most {LONGEST_NOTE:,} characters; this has {len(note):,}.", field="note")
    session = MentoringSession(
        pairing_id=pairing.id,
        held_on=held_on,
        minutes=minutes,
        topics=list(topics),
        session_key=session_key,
        next_at=next_at,
        form_key=key,
        logged_by_id=by.id,
        logged_at=now,
    )
    session.notes = [Note(author_id=by.id, audience=note_audience, text=note, written_at=now)] if note else []
    db.session.add(session)
    db.session.flush()
    _insert_promises(session, commitments)
    return session


def _insert_promises(session: MentoringSession, commitments: Sequence[Promised]) -> None:
    """All in one statement."""
    rows = [
        {
            "session_id": session.id,
            "pairing_id": session.pairing_id,
            "owner_id": one.owner_id,
            "text": one.text,
            "due_on": one.due_on,
        }
        for one in commitments
    ]
    if rows:
        db.session.execute(insert(Commitment), rows)


def keep_promise(commitment: Commitment, *, now: datetime) -> None:
    """Tick a promise as kept; the first tick counts. Needs its pairing loaded."""
    hold_pair(commitment.pairing)
    commitment.kept_at = commitment.kept_at or now
    db.session.flush()


def reopen_promise(commitment: Commitment) -> None:
    """Take the tick back. Needs its pairing loaded."""
    hold_pair(commitment.pairing)
    commitment.kept_at = None
    db.session.flush()


def hold_pair(pairing: Pairing) -> None:
    """Hold the cohort until the commit, so that the pair cannot end meanwhile; the reminder planner sees the change."""
    still_active = select(Pairing.id).where(Pairing.id == pairing.id, Pairing.state == PairingState.ACTIVE).exists()
    held = db.session.scalar(
        update(Cohort)
        .where(Cohort.id == pairing.cohort_id, Cohort.state != CohortState.ARCHIVED, still_active)
        .values(plan_revision=Cohort.plan_revision + 1, look_at=AT_ONCE)
        .returning(Cohort.id),
        execution_options=AS_WRITTEN,
    )
    if held is None:
        raise Conflict("This pair has ended: what you wrote can be read, not changed.")


def _check_meeting(
    held_on: date, minutes: int, topics: Sequence[str], next_at: datetime | None, *, today: date, now: datetime
) -> None:
    if held_on > today:
        raise DomainError("This day is still to come. Log the session once you have met.", field="held_on")
    if held_on < today - OLDEST:
        raise DomainError("This day is more than a year ago. Check the year.", field="held_on")
    if not 1 <= minutes <= LONGEST_MEETING:
        raise DomainError(f"Write minutes from 1 to {LONGEST_MEETING}.", field="other_minutes")
    if unknown := set(topics) - set(TOPICS):
        raise DomainError(f"There is no topic {min(unknown)!r}.", field="topics")
    if next_at is not None and next_at <= now:
        raise DomainError("Choose a next session in the future, or leave it empty.", field="next_on")
    if next_at is not None and next_at > now + OLDEST:
        raise DomainError("This is more than a year ahead. Check the year.", field="next_on")


def _check_promises(pairing: Pairing, commitments: Sequence[Promised], held_on: date) -> None:
    if len(commitments) > MOST_PROMISES:
        raise DomainError(f"At most {MOST_PROMISES} promises; fewer are kept more often.")
    pair = {pairing.mentor.person_id, pairing.enrolment.person_id}
    for one in commitments:
        if one.owner_id not in pair:
            raise DomainError("A promise belongs to one of the two of you.")
        if not 1 <= len(one.text) <= LONGEST_PROMISE:
            raise DomainError(f"A promise has between 1 and {LONGEST_PROMISE} characters.")
        if one.due_on is not None and one.due_on < held_on:
            raise DomainError("A promise is due on the day of the session or later.")
