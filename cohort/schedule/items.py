"""What a program puts on a cohort's timeline, before and after it has its dates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from cohort.programs.pack import Module, Pack


class Kind(StrEnum):
    """In the order in which items of the same moment are listed."""

    MODULE_OPENS = "module.opens"
    ASSESSMENT_OPENS = "assessment.opens"
    CHECKIN_OPENS = "checkin.opens"
    WORKSHOP = "workshop"
    WORKSHOP_ALTERNATIVE = "workshop.alternative"
    WORKSHOP_THIRD = "workshop.third"
    """Not from a program: staff of a cohort add it."""
    MILESTONE = "milestone"
    PREWORK_DUE = "prework.due"
    ASSIGNMENT_DUE = "assignment.due"
    MENTOR_SESSION_BY = "mentor_session.by"
    CHECKIN_CLOSES = "checkin.closes"
    ASSESSMENT_CLOSES = "assessment.closes"
    ASSESSMENT_RELEASE = "assessment.release"
    MODULE_CLOSES = "module.closes"


SITTINGS = (Kind.WORKSHOP, Kind.WORKSHOP_ALTERNATIVE, Kind.WORKSHOP_THIRD)
"""A workshop is held once to three times, under the same key; each participant goes to one of them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the plan to be made: what it is, and the expression for its date."""

    kind: Kind
    key: str
    title: str
    expression: str
    minutes: int | None = None
    """How long it lasts, for what is held at a time; None for moments such as a due date."""
    module_key: str | None = None

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.key}"


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """An entry with its date."""

    kind: Kind
    key: str
    title: str
    module_key: str | None
    expression: str
    at: datetime | None
    """None while it hangs on matches that are not published."""
    ends_at: datetime | None
    why: str
    """The expression in words: 'Workshop Kickoff + 16 days at 17:00', and how it was moved from there."""
    clock: time
    """The wall-clock time that is meant, which a change of the clocks may skip."""
    day: date | None
    """The day of the cohort's calendar that is meant, which a zone that crosses the date line skips."""

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.key}"


def list_entries(pack: Pack) -> Iterator[Entry]:
    """Everything in the pack that has a date, in the order of the pack."""
    for module in pack.modules:
        yield from _of_module(module)
    for checkin in pack.checkins:
        title = f"Check-in {checkin.key.removeprefix('checkin-').replace('-', ' ')}"
        yield Entry(Kind.CHECKIN_OPENS, checkin.key, title, checkin.opens)
        yield Entry(Kind.CHECKIN_CLOSES, checkin.key, title, checkin.closes)
    for assessment in pack.assessments:
        yield Entry(Kind.ASSESSMENT_OPENS, assessment.key, assessment.title, assessment.opens)
        yield Entry(Kind.ASSESSMENT_CLOSES, assessment.key, assessment.title, assessment.closes)
        if assessment.release is not None:
            yield Entry(Kind.ASSESSMENT_RELEASE, assessment.key, assessment.title, assessment.release)
    for milestone in pack.milestones:
        yield Entry(Kind.MILESTONE, milestone.key, milestone.title, milestone.at, milestone.minutes)


def _of_module(module: Module) -> Iterator[Entry]:
    yield Entry(Kind.MODULE_OPENS, module.key, module.title, module.opens, None, module.key)
    yield Entry(Kind.MODULE_CLOSES, module.key, module.title, module.closes, None, module.key)
    if workshop := module.workshop:
        yield Entry(Kind.WORKSHOP, workshop.key, workshop.title, workshop.at, workshop.minutes, module.key)
        if workshop.alternative is not None:
            second = workshop.alternative
            yield Entry(Kind.WORKSHOP_ALTERNATIVE, workshop.key, workshop.title, second, workshop.minutes, module.key)
        if workshop.prework_due is not None:
            yield Entry(Kind.PREWORK_DUE, workshop.key, workshop.title, workshop.prework_due, None, module.key)
    if assignment := module.assignment:
        yield Entry(Kind.ASSIGNMENT_DUE, assignment.key, assignment.title, assignment.due, None, module.key)
    if session := module.mentor_session:
        yield Entry(Kind.MENTOR_SESSION_BY, session.key, session.title, session.by, None, module.key)
