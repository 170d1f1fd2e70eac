"""The numbers on the staff page of a cohort."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, select

from cohort.cohorts.enrolling import SEATED
from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.learning.done import done_items
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem

COUNTED = (Kind.ASSIGNMENT_DUE, Kind.CHECKIN_CLOSES, Kind.MENTOR_SESSION_BY)


@dataclass(frozen=True, slots=True)
class Figure:
    """How much of what is due so far is done, over everybody enrolled."""

    done: int
    due: int
    items: int
    """How many items are due so far."""


def _count() -> Select[Any]:
    people = select(Enrolment.id).where(
        Enrolment.cohort_id == bindparam("cohort_id", type_=Integer), Enrolment.state.in_(SEATED)
    )
    done = done_items(people).subquery()
    return (
        select(done.c.kind, done.c.key, func.count(done.c.enrolment_id.distinct()).label("number"))
        .where(done.c.kind.in_([kind.value for kind in COUNTED]))
        .group_by(done.c.kind, done.c.key)
    )


_COUNTS = _count()


def count_done(cohort: Cohort, items: Sequence[DatedItem], *, enrolled: int, now: datetime) -> dict[Kind, Figure]:
    """Submissions, check-ins and mentor sessions that are in, against those due so far, in one query."""
    numbers = {(row.kind, row.key): row.number for row in db.session.execute(_COUNTS, {"cohort_id": cohort.id})}
    figures = {}
    for kind in COUNTED:
        due = [item.key for item in items if item.kind == kind and item.at and item.at <= now]
        figures[kind] = Figure(sum(numbers.get((kind.value, key), 0) for key in due), len(due) * enrolled, len(due))
    return figures
