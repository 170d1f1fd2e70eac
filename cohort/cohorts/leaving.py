"""What is left behind when a participant leaves."""

from dataclasses import dataclass

from sqlalchemy import func, select

from cohort.assignments.models import Submission
from cohort.checkins.models import CheckInAnswer
from cohort.cohorts.models import Enrolment
from cohort.db import db
from cohort.mentoring.models import MentoringSession, Pairing, PairingState


@dataclass(frozen=True, slots=True)
class Kept:
    """What stays when somebody is withdrawn, in numbers."""

    submissions: int
    answers: int
    sessions: int
    has_mentor: bool


def count_kept(enrolment: Enrolment) -> Kept:
    """In one query."""
    submissions = select(func.count(Submission.id)).where(
        Submission.enrolment_id == enrolment.id, Submission.submitted_at.is_not(None)
    )
    answers = select(func.count(CheckInAnswer.id)).where(
        CheckInAnswer.enrolment_id == enrolment.id, CheckInAnswer.answered_at.is_not(None)
    )
    sessions = (
        select(func.count(MentoringSession.id))
        .join(Pairing, Pairing.id == MentoringSession.pairing_id)
        .where(Pairing.enrolment_id == enrolment.id)
    )
    pairs = select(func.count(Pairing.id)).where(
        Pairing.enrolment_id == enrolment.id, Pairing.state == PairingState.ACTIVE
    )
    numbers = select(*(part.scalar_subquery() for part in (submissions, answers, sessions, pairs)))
    row = db.session.execute(numbers).one()
    return Kept(row[0], row[1], row[2], row[3] > 0)
