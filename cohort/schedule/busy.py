"""What the participants of a cohort have to do besides its dates: meetings they agreed on, days away and on call."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import aliased

from cohort.clock import in_zone
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.mentoring.agreed import agreed_dates
from cohort.mentoring.models import Mentor, Pairing, PairingState
from cohort.people.models import Person
from cohort.people.queries import list_away_in
from cohort.schedule.clashes import Absence, Busy, Meeting
from cohort.schedule.moving import Move

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
    agreed = agreed_dates()
    rows = db.session.execute(
        select(Person.name, mentor.name.label("mentor"), agreed.c.at, agreed.c.minutes)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .join(Pairing, Pairing.enrolment_id == Enrolment.id)
        .join(Mentor, Mentor.id == Pairing.mentor_id)
        .join(mentor, mentor.id == Mentor.person_id)
        .join(agreed, agreed.c.pairing_id == Pairing.id)
        .where(
            Pairing.cohort_id == cohort_id,
            Pairing.state == PairingState.ACTIVE,
            agreed.c.replaced_at.is_(None),
            agreed.c.at >= now,
        )
        .order_by(agreed.c.at, Person.name)
    )
    return [Meeting(f"{row.name} with {row.mentor}", row.at, row.at + timedelta(minutes=row.minutes)) for row in rows]


def list_absences(cohort_id: int, first: date, last: date) -> list[Absence]:
    """The participants who are away or on call on any of these days."""
    return [Absence(it.name, it.kind.value, it.zone, it.first, it.last) for it in list_away_in(cohort_id, first, last)]
