"""What participants tell about themselves for a cohort, and when it is complete."""

from collections.abc import Sequence
from datetime import datetime

from cohort.cohorts.availability import format_availability, parse_availability
from cohort.cohorts.models import CohortState, Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError

GROWTH_AREAS = 3
"""How many a participant chooses."""


def save_profile(
    enrolment: Enrolment,
    *,
    growth_areas: Sequence[str],
    on_call: str,
    availability: str,
    goal: str,
    now: datetime,
) -> None:
    """Keep what the participant told; it may be incomplete. `growth_areas` are keys, most wanted first.

    Raises DomainError for a growth area chosen twice and for hours that cannot be read, Conflict when the cohort, which
    must be loaded, is archived.
    """
    if enrolment.cohort.state is CohortState.ARCHIVED:
        raise Conflict("This cohort is archived: it can be read, not changed.")
    if len(set(growth_areas)) < len(growth_areas):
        raise DomainError("Choose three different growth areas.", field="second_area")
    enrolment.availability = format_availability(parse_availability(availability.replace("\n", ";")))
    enrolment.growth_areas, enrolment.on_call, enrolment.goal = list(growth_areas), on_call, goal
    note_completion(enrolment, now=now)
    db.session.flush()


def note_completion(enrolment: Enrolment, *, now: datetime) -> None:
    """Set `profiled_at` once nothing is missing, and take it back when something is."""
    if is_complete(enrolment) != (enrolment.profiled_at is not None):
        enrolment.profiled_at = None if enrolment.profiled_at else now


def is_complete(enrolment: Enrolment) -> bool:
    """Nothing that matching needs is missing; on-call times are told by those who have them."""
    return len(enrolment.growth_areas) >= GROWTH_AREAS and bool(enrolment.availability and enrolment.goal)
