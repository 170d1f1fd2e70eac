"""What mentors tell about themselves for a cohort, step by step, and what of it matching cannot do without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cohort.cohorts.availability import format_availability, parse_availability
from cohort.cohorts.profiling import Part
from cohort.db import db
from cohort.mentoring.models import Mentor
from cohort.mentoring.wishing import refuse_outsiders


class MentorStep(StrEnum):
    """A page of a mentor's profile."""

    HELP = "help"
    WISHES = "wishes"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Help:
    """The first step, as it was filled in."""

    levels: Mapping[str, int]
    """How well, 1 to 5, by competency key."""
    seniority: int | None
    languages: Sequence[str]
    style: Sequence[str]
    bio: str


def keep_help(mentor: Mentor, told: Help) -> None:
    """Keep the first step. Needs person and cohort loaded; raises Conflict for who does not mentor, or not any more."""
    refuse_outsiders(mentor)
    mentor.strengths, mentor.levels = list(told.levels), dict(told.levels)
    mentor.style, mentor.bio = list(told.style), told.bio
    mentor.person.seniority, mentor.person.languages = told.seniority, list(told.languages)
    db.session.flush()


def keep_mentor_hours(mentor: Mentor, availability: str) -> None:
    """Keep the weekly free hours. Raises as `keep_help` does, and DomainError for what cannot be read."""
    refuse_outsiders(mentor)
    mentor.availability = format_availability(parse_availability(availability))
    db.session.flush()


def mentor_parts_of(mentor: Mentor) -> tuple[Part, ...]:
    """All that matching needs of a mentor who has said yes. Needs the person."""
    return (
        Part(MentorStep.HELP, "strengths", "what you can help with", bool(mentor.strengths)),
        Part(MentorStep.HELP, "languages", "your languages", bool(mentor.person.languages)),
        Part(MentorStep.HOURS, "free hours", "your free hours", bool(mentor.availability)),
    )
