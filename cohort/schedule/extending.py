"""Giving one person a later date for one item."""

from datetime import datetime

from sqlalchemy import select, update

from cohort.cohorts.models import Cohort, CohortState, Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.people.models import Person
from cohort.schedule.models import DatedItem, Extension

EXTENDABLE = ("prework.due", "assignment.due", "checkin.closes")
"""Kinds of dated items that are due from a single person."""


def grant_extension(
    enrolment: Enrolment, item: DatedItem, *, until: datetime, reason: str, by: Person, now: datetime
) -> Extension:
    """Let the participant hand `item` in until `until`; a second extension of the same item replaces the first.

    Reminders follow by themselves, because they are planned from the effective date. Raises DomainError when `until`
    is no later than the common date or has passed, Conflict when the person is not in the cohort (any more).
    """
    _refuse_odd(enrolment, item, until, now)
    turn = db.session.execute(
        update(Cohort)
        .where(Cohort.id == enrolment.cohort_id, Cohort.state != CohortState.ARCHIVED)
        .values(plan_revision=Cohort.plan_revision + 1)
        .returning(Cohort.id)
        .execution_options(synchronize_session=False)
    )
    if turn.scalar() is None:
        raise Conflict("This cohort is archived: it can be read, not changed.")
    extension = db.session.scalar(
        select(Extension).where(Extension.item_id == item.id, Extension.enrolment_id == enrolment.id)
    ) or Extension(item_id=item.id, enrolment_id=enrolment.id)
    extension.until, extension.reason = until, reason
    extension.granted_by_id, extension.granted_at = by.id, now
    db.session.add(extension)
    db.session.flush()
    return extension


def _refuse_odd(enrolment: Enrolment, item: DatedItem, until: datetime, now: datetime) -> None:
    if item.cohort_id != enrolment.cohort_id or item.kind not in EXTENDABLE:
        raise DomainError("Choose something that is due from this person.", field="item")
    if not enrolment.is_in:
        raise Conflict("Only somebody who is enrolled can be given more time.")
    if item.at is None or until <= item.at:
        raise DomainError("Choose a time after the date that everybody has.", field="until")
    if until <= now:
        raise DomainError("Choose a time that is still to come.", field="until")
