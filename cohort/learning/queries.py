"""Reads for the pages of a participant: their pair, and who takes part with them."""

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload, selectinload

from cohort.cohorts.models import Enrolment, EnrolmentState, Staff, StaffRole
from cohort.db import db
from cohort.mentoring.models import Commitment, Mentor, MentoringSession, Pairing, PairingState
from cohort.people.models import Person


def find_pairing(enrolment_id: int) -> Pairing | None:
    """The participant's pairing of today, with the mentor; None until matches are published."""
    return db.session.scalar(_ACTIVE_PAIRING, {"enrolment_id": enrolment_id})


_ACTIVE_PAIRING = (
    select(Pairing)
    .options(joinedload(Pairing.mentor).joinedload(Mentor.person))
    .where(Pairing.enrolment_id == bindparam("enrolment_id"), Pairing.state == PairingState.ACTIVE)
)
"""Built once: it is asked on most pages of a participant."""


def find_latest_pairing(enrolment_id: int) -> Pairing | None:
    """As `find_pairing`; where there is none any more, the last one that was published."""
    return db.session.scalar(
        select(Pairing)
        .options(joinedload(Pairing.mentor).joinedload(Mentor.person))
        .where(Pairing.enrolment_id == enrolment_id, Pairing.published_at.is_not(None))
        .order_by(Pairing.published_at.desc(), Pairing.id.desc())
        .limit(1)
    )


def list_meetings(pairing_id: int) -> list[MentoringSession]:
    """The sessions of a pair with what was promised in them, the last first."""
    return list(
        db.session.scalars(
            select(MentoringSession)
            .options(selectinload(MentoringSession.commitments))
            .where(MentoringSession.pairing_id == pairing_id)
            .order_by(MentoringSession.held_on.desc(), MentoringSession.id.desc())
        )
    )


def list_open_promises(pairing_id: int) -> list[Commitment]:
    """What the two promised each other and have not kept yet, the most urgent first."""
    return list(db.session.scalars(_OPEN_PROMISES, {"pairing_id": pairing_id}))


_OPEN_PROMISES = (
    select(Commitment)
    .where(Commitment.pairing_id == bindparam("pairing_id"), Commitment.kept_at.is_(None))
    .order_by(Commitment.due_on.is_(None), Commitment.due_on, Commitment.id)
)
"""Built once: it is asked on every home of a participant."""


def list_hosts(cohort_id: int) -> list[Person]:
    """The facilitators of a cohort, by name."""
    return list(
        db.session.scalars(
            select(Person)
            .join(Staff, Staff.person_id == Person.id)
            .where(Staff.cohort_id == cohort_id, Staff.role == StaffRole.FACILITATOR, Staff.until.is_(None))
            .order_by(Person.name, Person.id)
        )
    )


def list_participants(cohort_id: int) -> list[Person]:
    """Who takes part in a cohort now, by name."""
    return list(
        db.session.scalars(
            select(Person)
            .join(Enrolment, Enrolment.person_id == Person.id)
            .where(
                Enrolment.cohort_id == cohort_id,
                Enrolment.state.in_([EnrolmentState.ENROLLED, EnrolmentState.COMPLETED]),
            )
            .order_by(Person.name, Person.id)
        )
    )
