"""What the participants of a cohort have to do besides its dates: meetings they agreed on, days away and on call."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from cohort.clock import in_zone
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.mentoring.models import Mentor, MentoringSession, Pairing, PairingState
from cohort.people.models import Person
from cohort.people.queries import list_away_in
from cohort.schedule.clashes import Absence, Busy, Meeting
from cohort.schedule.moving import Move

MEETING = timedelta(minutes=60)
"""How long a meeting is taken to last of which only the beginning is agreed."""
_A_DAY = timedelta(days=1)


def find_busy(cohort: Cohort, moves: Sequence[Move], *, now: datetime) -> Busy:
    """What lies in the time into which `moves` lead."""
    becomes = [move.after for move in moves if move.after is not None]
    return find_busy_between(cohort, min(becomes), max(becomes), now=now) if becomes else Busy()


def find_busy_between(cohort: Cohort, first: datetime, last: datetime, *, now: datetime) -> Busy:
    """What lies between two moments, with a day to each side for zones."""
    days = (in_zone(moment, cohort.zone).date() for moment in (first - _A_DAY, last + _A_DAY))
    return Busy(list_agreed(cohort.id, now), list_absences(cohort.id, *days))


def list_agreed(cohort_id: int, now: datetime) -> list[Meeting]:
    """The next meeting of each pair of the cohort, where one is agreed."""
    mentor = aliased(Person)
    latest = func.row_number().over(
        partition_by=MentoringSession.pairing_id,
        order_by=(MentoringSession.held_on.desc(), MentoringSession.id.desc()),
    )
    logged = select(MentoringSession.pairing_id, MentoringSession.next_at, latest.label("place")).subquery()
    rows = db.session.execute(
        select(Person.name, mentor.name.label("mentor"), logged.c.next_at)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(Pairing, Pairing.enrolment_id == Enrolment.id)
        .join(Mentor, Mentor.id == Pairing.mentor_id)
        .join(mentor, mentor.id == Mentor.person_id)
        .join(logged, logged.c.pairing_id == Pairing.id)
        .where(
            Pairing.cohort_id == cohort_id,
            Pairing.state == PairingState.ACTIVE,
            logged.c.place == 1,
            logged.c.next_at >= now,
        )
        .order_by(logged.c.next_at, Person.name)
    )
    return [Meeting(f"{row.name} with {row.mentor}", row.next_at, row.next_at + MEETING) for row in rows]


def list_absences(cohort_id: int, first: date, last: date) -> list[Absence]:
    """The participants who are away or on call on any of these days."""
    return [Absence(it.name, it.kind.value, it.zone, it.first, it.last) for it in list_away_in(cohort_id, first, last)]
