"""What participants tell about themselves for a cohort, step by step, and when it is complete."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cohort.cohorts.availability import format_availability, parse_availability
from cohort.cohorts.models import CohortState, Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.people.accounts import change_zone

GROWTH_AREAS = 3
"""How many a participant chooses."""


class Step(StrEnum):
    """A page of the profile."""

    YOU = "you"
    GROWTH = "growth"
    WISHES = "wishes"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Part:
    """Something that matching needs to know."""

    step: StrEnum
    """The page that asks for it."""
    name: str
    """As staff read it; `words` is said to the person."""
    words: str
    is_there: bool


@dataclass(frozen=True, slots=True)
class AboutYou:
    """The first step, as it was filled in."""

    company: str
    job_title: str
    seniority: int | None
    manager_email: str
    time_zone: str
    languages: Sequence[str]
    on_call: str


def keep_about_you(enrolment: Enrolment, about: AboutYou, *, now: datetime) -> None:
    """Keep the first step; needs person and cohort loaded. Raises Conflict when the cohort is archived."""
    _refuse_archived(enrolment)
    person = enrolment.person
    person.company, person.job_title, person.seniority = about.company, about.job_title, about.seniority
    person.languages = list(about.languages)
    change_zone(person, about.time_zone)
    enrolment.manager_email, enrolment.on_call = about.manager_email, about.on_call
    note_completion(enrolment, now=now)
    db.session.flush()


def keep_growth(
    enrolment: Enrolment, *, growth_areas: Sequence[str], goal: str, style: Sequence[str], now: datetime
) -> None:
    """Keep what they want to grow in and how; `growth_areas` are keys, most wanted first, and may be too few.

    Raises DomainError for a growth area chosen twice, Conflict when the cohort, which must be loaded, is archived.
    """
    _refuse_archived(enrolment)
    if len(set(growth_areas)) < len(growth_areas):
        raise DomainError("Choose three different growth areas.", field="second_area")
    enrolment.growth_areas, enrolment.goal, enrolment.style = list(growth_areas), goal, list(style)
    note_completion(enrolment, now=now)
    db.session.flush()


def keep_hours(enrolment: Enrolment, availability: str, *, now: datetime) -> None:
    """Keep the weekly free hours. Raises DomainError for what cannot be read, Conflict when the cohort is archived."""
    _refuse_archived(enrolment)
    enrolment.availability = format_availability(parse_availability(availability))
    note_completion(enrolment, now=now)
    db.session.flush()


def note_completion(enrolment: Enrolment, *, now: datetime) -> None:
    """Set `profiled_at` once nothing is missing, and take it back when something is. Needs the person loaded."""
    if is_complete(enrolment) != (enrolment.profiled_at is not None):
        enrolment.profiled_at = None if enrolment.profiled_at else now


def is_complete(enrolment: Enrolment) -> bool:
    return all(part.is_there for part in parts_of(enrolment))


def parts_of(enrolment: Enrolment) -> tuple[Part, ...]:
    """All that matching needs of a participant; what else is asked helps, and may stay unsaid. Needs the person."""
    return (
        Part(Step.YOU, "languages", "your languages", bool(enrolment.person.languages)),
        Part(Step.GROWTH, "growth areas", "three growth areas", len(enrolment.growth_areas) >= GROWTH_AREAS),
        Part(Step.GROWTH, "goal", "what you want from the program", bool(enrolment.goal)),
        Part(Step.HOURS, "free hours", "your free hours", bool(enrolment.availability)),
    )


def _refuse_archived(enrolment: Enrolment) -> None:
    if enrolment.cohort.state is CohortState.ARCHIVED:
        raise Conflict("This cohort is archived: it can be read, not changed.")
