"""Changing the settings of a cohort after it was made."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from cohort.cohorts.creating import Days, check_settings, write_blackouts
from cohort.cohorts.enrolling import SEATED, fill_places
from cohort.cohorts.models import Cohort, CohortState, Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError


def change_settings(
    cohort: Cohort, *, title: str, seats: int | None, blackouts: Sequence[Days] | None, now: datetime
) -> None:
    """Give a cohort another title, number of seats or blackout days; `blackouts` None leaves those as they are.

    Added seats go to the waiting list. Raises DomainError for fewer seats than people enrolled, and Conflict for
    blackout days of a cohort that was launched: its dates are in people's calendars.
    """
    check_settings(title=title, seats=seats, blackouts=blackouts or ())
    if blackouts is not None and cohort.state is not CohortState.DRAFT:
        raise Conflict("This cohort was launched: change its blackout days on the Schedule page.")
    taken = db.session.scalar(select(func.count()).where(Enrolment.cohort_id == cohort.id, Enrolment.state.in_(SEATED)))
    if seats is not None and seats < (taken or 0):
        raise DomainError(f"{taken} people are enrolled: write at least {taken}.", field="seats")
    cohort.title, cohort.seats = title, seats
    if blackouts is not None:
        cohort.blackouts = write_blackouts(blackouts)
    fill_places(cohort, now=now)
