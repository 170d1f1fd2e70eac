"""Ticking off a lesson or the pre-work of a workshop, and taking the tick back."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select

from cohort.cohorts.models import Enrolment
from cohort.db import db
from cohort.learning.models import Progress


class Ticked(StrEnum):
    """What a participant ticks off by hand."""

    LESSON = "lesson"
    PREWORK = "prework"


def tick(enrolment: Enrolment, kind: str, key: str, *, now: datetime) -> None:
    """Note that the participant has done it; the first time counts. Raises ValueError for a kind nobody ticks."""
    kind = Ticked(kind)
    noted = select(Progress.id).where(Progress.enrolment_id == enrolment.id, Progress.kind == kind, Progress.key == key)
    if db.session.scalar(noted) is None:
        db.session.add(Progress(enrolment_id=enrolment.id, kind=kind, key=key, done_at=now))
        db.session.flush()


def untick(enrolment: Enrolment, kind: str, key: str) -> None:
    """Forget that it was done."""
    db.session.execute(
        delete(Progress).where(
            Progress.enrolment_id == enrolment.id, Progress.kind == Ticked(kind), Progress.key == key
        )
    )
