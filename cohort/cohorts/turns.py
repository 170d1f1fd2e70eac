"""Taking turns: the deeds of a cohort that must not happen at once."""

from typing import Any

from sqlalchemy import or_, select, update

from cohort.cohorts.models import AT_ONCE, Cohort, CohortState, Enrolment, Staff
from cohort.db import db
from cohort.errors import Conflict
from cohort.mentoring.models import Mentor


def take_turn(cohort_id: int, *columns: Any) -> Any:
    """Make the deeds of a cohort wait for each other until they commit, and let the reminder planner see the change.

    Gives `columns` of the cohort as they are at this moment. On PostgreSQL the update locks the cohort's row; on SQLite
    a transaction that may write is alone anyway. Raises Conflict when the cohort is archived.
    """
    row = db.session.execute(
        update(Cohort)
        .where(Cohort.id == cohort_id, Cohort.state != CohortState.ARCHIVED)
        .values(plan_revision=Cohort.plan_revision + 1, look_at=AT_ONCE)
        .returning(Cohort.id, *columns),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if row is None:
        raise Conflict("This cohort is archived: it can be read, not changed.")
    return row


def look_at_cohorts_of(person_id: int) -> None:
    """Let the reminder planner see what changed about a person, in every cohort that they have a part in."""
    parts = [select(kind.cohort_id).where(kind.person_id == person_id) for kind in (Enrolment, Mentor, Staff)]
    db.session.execute(
        update(Cohort)
        .where(or_(*(Cohort.id.in_(part) for part in parts)))
        .values(plan_revision=Cohort.plan_revision + 1, look_at=AT_ONCE)
        .execution_options(synchronize_session=False)
    )
