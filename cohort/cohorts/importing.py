"""Taking a checked roster into a cohort: new people get an account, known ones a place; nothing happens twice.

What a file may change: a cell fills what is empty. What is filled it replaces only for people who have never set a
password, because whoever has one looks after their own profile. Names, passwords, roles and answers of people who
exist it never changes, and an empty cell empties nothing.

The preview and the import make the same plan; the import then writes it.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy.exc import IntegrityError

from cohort.cohorts.availability import format_availability
from cohort.cohorts.clashes import ADMIN, HAS_LEFT, IS_NO_MENTOR, Known, find_clash, look_up
from cohort.cohorts.enrolling import enrol_all
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState, Staff, StaffRole
from cohort.cohorts.profiling import note_completion
from cohort.cohorts.roster_fields import RosterKind
from cohort.cohorts.rosters import Problem, Roster, RosterRow, RowState
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mentoring.accepting import accept
from cohort.mentoring.models import Mentor, MentorState
from cohort.people.models import Person

log = logging.getLogger(__name__)

OF_THE_PERSON = ("company", "job_title", "seniority", "time_zone", "languages")
OF_THE_PLACE = {
    RosterKind.PARTICIPANT: ("manager_email", "growth_areas", "on_call", "availability", "goal"),
    RosterKind.MENTOR: ("strengths", "capacity", "availability", "style", "bio"),
    RosterKind.STAFF: (),
}

Place = Enrolment | Mentor | Staff


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class ImportedRow:
    number: int
    outcome: Outcome
    name: str = ""
    email: str = ""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class ImportResult:
    roster: Roster
    """The roster with what the cohort says against rows added to what the file itself says."""
    rows: tuple[ImportedRow, ...]

    @property
    def created(self) -> int:
        return self._count(Outcome.CREATED)

    @property
    def updated(self) -> int:
        return self._count(Outcome.UPDATED)

    @property
    def unchanged(self) -> int:
        return self._count(Outcome.UNCHANGED)

    @property
    def problems(self) -> tuple[tuple[int, Problem], ...]:
        """Everything that is wrong, with the number of its row."""
        return tuple((row.number, problem) for row in self.rows for problem in row.problems)

    def _count(self, outcome: Outcome) -> int:
        return sum(row.outcome is outcome for row in self.rows)


class _Step(NamedTuple):
    """What one ready row comes to."""

    row: RosterRow
    person: Person | None
    place: Place | None
    of_person: Mapping[str, Any]
    of_place: Mapping[str, Any]
    answers: bool
    """The place is to be taken at once."""

    @property
    def outcome(self) -> Outcome:
        if self.person is None or (self.place is None and self.row.values.get("role") != ADMIN):
            return Outcome.CREATED
        return Outcome.UPDATED if self.of_person or self.of_place or self.answers else Outcome.UNCHANGED


def preview(cohort: Cohort, roster: Roster, *, may_appoint_admins: bool = False, enrol: bool = False) -> ImportResult:
    """What `import_people` would say. Writes nothing."""
    checked, steps = _plan(cohort, roster, may_appoint_admins=may_appoint_admins, enrol=enrol)
    return _result(checked, steps)


def import_people(
    cohort: Cohort, roster: Roster, *, by: Person | None, may_appoint_admins: bool, enrol: bool, now: datetime
) -> ImportResult:
    """Take every row without errors into `cohort`; the others are left out and said.

    `by` is None from the command line. With `enrol`, participants are enrolled (or waitlisted when the cohort is full)
    and mentors have accepted. Raises DomainError when the file as a whole is wrong, Conflict when the cohort is
    archived or somebody imports the same people at this moment.
    """
    if roster.problems:
        raise DomainError(" ".join(roster.problems))
    if cohort.state is CohortState.ARCHIVED:
        raise Conflict("This cohort is archived: nobody is imported into it.")
    checked, steps = _plan(cohort, roster, may_appoint_admins=may_appoint_admins, enrol=enrol)
    result = _result(checked, steps)
    try:
        places = [
            _apply(step, cohort, roster.kind, now) for step in steps.values() if step.outcome is not Outcome.UNCHANGED
        ]
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("Somebody imported the same people at this moment. Import the file again.") from error
    _take_places([place for place, step in places if step.answers], cohort, now)
    log.info(
        "%s imported into cohort %s by %s: %s created, %s updated",
        roster.kind, cohort.id, by.id if by else "command line", result.created, result.updated,
    )  # fmt: skip
    return result


def _plan(cohort: Cohort, roster: Roster, *, may_appoint_admins: bool, enrol: bool) -> tuple[Roster, dict[int, _Step]]:
    """The roster with every problem, and what to do for each row that is ready, by row number."""
    known = look_up(cohort, roster)
    rows = tuple(_check(row, roster, known, may_appoint_admins) for row in roster.rows)
    ready = (row for row in rows if row.state is RowState.READY)
    return replace(roster, rows=rows), {row.number: _plan_row(row, roster.kind, known, cohort, enrol) for row in ready}


def _check(row: RosterRow, roster: Roster, known: Known, may_appoint_admins: bool) -> RosterRow:
    if row.state is not RowState.READY:
        return row
    clash = find_clash(row, roster, known, may_appoint_admins=may_appoint_admins)
    return replace(row, state=RowState.ERROR, problems=(clash,)) if clash else row


def _plan_row(row: RosterRow, kind: RosterKind, known: Known, cohort: Cohort, enrol: bool) -> _Step:
    person = known.people.get(row.email_key or "")
    of_person, of_place = _given(row, OF_THE_PERSON), _given(row, OF_THE_PLACE[kind])
    if person is None:
        return _Step(row, None, None, {"time_zone": cohort.zone} | of_person, of_place, enrol)
    place = _place_of(person, row, kind, known)
    if _has_left(place):
        return _Step(row, person, place, {}, {}, answers=False)
    may_replace = person.password_hash is None
    changed = _wanted(person, of_person, may_replace)
    if place is None:
        return _Step(row, person, None, changed, of_place, enrol)
    is_open = getattr(place, "state", None) in (EnrolmentState.INVITED, MentorState.INVITED)
    return _Step(row, person, place, changed, _wanted(place, of_place, may_replace and is_open), enrol and is_open)


def _given(row: RosterRow, names: Sequence[str]) -> dict[str, Any]:
    """What the row says, as the database keeps it; empty cells left out."""
    values = {name: row.values[name] for name in names if row.values.get(name) not in ("", (), None)}
    if "availability" in values:
        values["availability"] = format_availability(values["availability"])  # type: ignore[arg-type]
    given: dict[str, Any] = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    if "strengths" in given:
        parted = [strength.partition(":") for strength in given["strengths"]]
        given["strengths"] = [key for key, _, _ in parted]
        levels = {key: int(level) for key, _, level in parted if level}
        given |= {"levels": levels} if levels else {}
    return given


def _wanted(thing: Person | Place, values: Mapping[str, Any], may_replace: bool) -> dict[str, Any]:
    """Those of `values` that fill something empty or, if that is allowed, replace something else."""
    return {
        name: value
        for name, value in values.items()
        if value != getattr(thing, name) and (may_replace or getattr(thing, name) in ("", [], {}, None))
    }


def _place_of(person: Person, row: RosterRow, kind: RosterKind, known: Known) -> Place | None:
    if kind is RosterKind.PARTICIPANT:
        return known.enrolments.get(person.id)
    if kind is RosterKind.MENTOR:
        return known.mentors.get(person.id)
    return next((one for one in known.staff.get(person.id, []) if one.role == row.values["role"]), None)


def _has_left(place: Place | None) -> bool:
    return getattr(place, "state", None) in (*HAS_LEFT, *IS_NO_MENTOR)


def _apply(step: _Step, cohort: Cohort, kind: RosterKind, now: datetime) -> tuple[Place | None, _Step]:
    person = step.person or _new_person(step.row, now)
    for name, value in step.of_person.items():
        setattr(person, name, value)
    place = step.place or _new_place(person, cohort, kind, step.row, now)
    for name, value in step.of_place.items():
        setattr(place, name, value)
    db.session.add_all(thing for thing in (person, place) if thing is not None)
    return place, step


def _new_person(row: RosterRow, now: datetime) -> Person:
    return Person(
        email=row.values["email"],
        email_key=row.email_key,
        name=row.values["name"],
        is_admin=row.values.get("role") == ADMIN,
        created_at=now,
    )


def _new_place(person: Person, cohort: Cohort, kind: RosterKind, row: RosterRow, now: datetime) -> Place | None:
    if kind is RosterKind.PARTICIPANT:
        return Enrolment(cohort=cohort, person=person, state=EnrolmentState.INVITED)
    if kind is RosterKind.MENTOR:
        return Mentor(cohort=cohort, person=person, state=MentorState.INVITED, capacity=1)
    if row.values["role"] == ADMIN:
        return None
    return Staff(cohort=cohort, person=person, role=StaffRole(str(row.values["role"])), since=now)


def _take_places(places: Sequence[Place | None], cohort: Cohort, now: datetime) -> None:
    """Answer for people whose answer the organisers have: participants in one step, each mentor with their capacity."""
    enrolments = [place for place in places if isinstance(place, Enrolment)]
    if enrolments:
        enrol_all(cohort.id, enrolments, now=now)
    for enrolment in enrolments:
        note_completion(enrolment, now=now)
    for place in places:
        if isinstance(place, Mentor):
            accept(place, capacity=place.capacity, now=now)


def _result(roster: Roster, steps: Mapping[int, _Step]) -> ImportResult:
    return ImportResult(roster, tuple(_imported(row, steps.get(row.number)) for row in roster.rows))


def _imported(row: RosterRow, step: _Step | None) -> ImportedRow:
    if step is None:
        outcome = Outcome.ERROR if row.state is RowState.ERROR else Outcome.SKIPPED
        return ImportedRow(row.number, outcome, problems=row.problems, warnings=row.warnings)
    name = step.person.name if step.person else str(row.values["name"])
    return ImportedRow(row.number, step.outcome, name, str(row.values["email"]), warnings=row.warnings)
