"""Whom participants and mentors would like best: up to three of the other side, ranked. Staff read it, nobody else."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mentoring.models import Mentor, MentorState
from cohort.people.models import Person

MOST_WISHES = 3

Place = Enrolment | Mentor


def keep_wishes(place: Place, wishes: Sequence[int]) -> None:
    """Keep the ids of the mentors, or of the participants, whom this one would like best, most wanted first.

    Raises DomainError for more than three, for one named twice and for one of another cohort, Conflict when the cohort,
    which must be loaded, is archived or this one does not take part in it.
    """
    refuse_outsiders(place)
    if len(wishes) > MOST_WISHES or len(set(wishes)) < len(wishes):
        raise DomainError("Choose up to three different people.", field="wishes")
    refuse_strangers(place, wishes, field="wishes")
    place.wishes = list(wishes)
    db.session.flush()


def refuse_outsiders(place: Place) -> None:
    """Wishes are of those who take part. Raises Conflict for the others, and when the cohort is archived."""
    if place.cohort.state is CohortState.ARCHIVED:
        raise Conflict("This cohort is archived: it can be read, not changed.")
    if not takes_part(place):
        raise Conflict("Accept the invitation first.")


def refuse_strangers(place: Place, others: Collection[int], *, field: str) -> None:
    """Mentors name participants of their cohort, participants its mentors. Raises DomainError for anybody else."""
    kind: Any = Enrolment if isinstance(place, Mentor) else Mentor
    known = select(func.count(kind.id)).where(kind.id.in_(others), kind.cohort_id == place.cohort_id)
    if others and db.session.scalar(known) != len(others):
        raise DomainError("Choose people of this cohort.", field=field)


def takes_part(place: Place) -> bool:
    return place.state in (EnrolmentState.ENROLLED, MentorState.ACCEPTED)


def list_mentors_to_wish(cohort: Cohort, reader: Person) -> list[Mentor]:
    """Mentors who have said yes, by name, but for the reader."""
    accepted = (
        select(Mentor)
        .join(Mentor.person)
        .options(joinedload(Mentor.person))
        .where(Mentor.cohort_id == cohort.id, Mentor.state == MentorState.ACCEPTED, Mentor.person_id != reader.id)
        .order_by(Person.name, Mentor.id)
    )
    return list(db.session.scalars(accepted))


def list_participants_to_wish(cohort: Cohort, reader: Person) -> list[Enrolment]:
    enrolled = (
        select(Enrolment)
        .join(Enrolment.person)
        .options(joinedload(Enrolment.person))
        .where(
            Enrolment.cohort_id == cohort.id,
            Enrolment.state == EnrolmentState.ENROLLED,
            Enrolment.person_id != reader.id,
        )
        .order_by(Person.name, Enrolment.id)
    )
    return list(db.session.scalars(enrolled))
