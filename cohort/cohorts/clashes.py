"""Who of a roster is known already, and what keeps a row out that by itself is fine."""

from dataclasses import dataclass

from sqlalchemy import select

from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState, Staff, StaffRole
from cohort.cohorts.roster_fields import RosterKind
from cohort.cohorts.rosters import Problem, Roster, RosterRow
from cohort.db import db
from cohort.mentoring.models import Mentor, MentorState
from cohort.people.invisible import excerpt
from cohort.people.models import Person

ADMIN = "admin"
HAS_LEFT = (EnrolmentState.DECLINED, EnrolmentState.WITHDRAWN)
IS_NO_MENTOR = (MentorState.DECLINED, MentorState.ENDED)
IN_CHARGE = (StaffRole.LEAD, StaffRole.OBSERVER)
"""Staff who may be neither participant nor mentor of the cohort; a facilitator may be a mentor."""


@dataclass(frozen=True)
class Known:
    """People by address key, and their places in the cohort by person."""

    people: dict[str, Person]
    enrolments: dict[int, Enrolment]
    mentors: dict[int, Mentor]
    staff: dict[int, list[Staff]]


def look_up(cohort: Cohort, roster: Roster) -> Known:
    """Everybody on the roster who has an account, in four queries."""
    keys = [row.email_key for row in roster.rows if row.email_key]
    found = db.session.scalars(select(Person).where(Person.email_key.in_(keys)))
    people = {person.email_key: person for person in found}
    ids = [person.id for person in people.values()]
    staff: dict[int, list[Staff]] = {}
    for one in db.session.scalars(select(Staff).where(Staff.cohort_id == cohort.id, Staff.person_id.in_(ids))):
        staff.setdefault(one.person_id, []).append(one)
    enrolments = db.session.scalars(
        select(Enrolment).where(Enrolment.cohort_id == cohort.id, Enrolment.person_id.in_(ids))
    )
    mentors = db.session.scalars(select(Mentor).where(Mentor.cohort_id == cohort.id, Mentor.person_id.in_(ids)))
    return Known(people, {one.person_id: one for one in enrolments}, {one.person_id: one for one in mentors}, staff)


def find_clash(row: RosterRow, roster: Roster, known: Known, *, may_appoint_admins: bool) -> Problem | None:
    """What the accounts and the cohort say against a row that is ready."""
    person = known.people.get(row.email_key or "")
    words = None
    about = "email"
    if roster.kind is RosterKind.STAFF:
        about, words = "role", _clash_of_role(str(row.values["role"]), person, known, may_appoint_admins)
    elif person is not None:
        words = _clash_of_place(roster.kind, person, known)
    if person is not None and not person.is_active:
        about, words = "email", "The account with this address was closed. Ask an admin to open it, or remove the row."
    if words is None:
        return None
    column = next(header for header, key in roster.mapping.items() if key == about)
    return Problem(column, about, excerpt(str(row.values[about])), words)


def _clash_of_place(kind: RosterKind, person: Person, known: Known) -> str | None:
    """Nobody is participant and mentor of one cohort, or either of them and in charge of it."""
    roles = _roles(person, known)
    if kind is RosterKind.MENTOR:
        if _takes_part(person, known):
            return "This person is a participant of this cohort and cannot be a mentor in it. Remove the row."
        roles &= set(IN_CHARGE)
    elif _mentors(person, known):
        return "This person is a mentor of this cohort and cannot take part in it. Remove the row."
    if roles:
        held = min(roles).value
        return f"This person is {held} of this cohort and cannot be a {kind.value} in it. Remove the row."
    return None


def _clash_of_role(role: str, person: Person | None, known: Known, may_appoint_admins: bool) -> str | None:
    if role == ADMIN:
        return _clash_of_admin(person, may_appoint_admins)
    if person is None:
        return None
    if _takes_part(person, known):
        return f"This person is a participant of this cohort and cannot be {role} in it. Remove the row."
    if role in IN_CHARGE and _mentors(person, known):
        return f"This person is a mentor of this cohort and cannot be {role} in it. Remove the row."
    held = {one.role: one for one in known.staff.get(person.id, [])}
    if role in held and held[StaffRole(role)].until is not None:
        return f"This person was {role} of this cohort and is not any more. A file does not give the role back."
    others = _roles(person, known) - {role}
    if others and role not in held:
        return f"This person is {min(others).value} of this cohort. A file does not change the role of anybody."
    return None


def _clash_of_admin(person: Person | None, may_appoint_admins: bool) -> str | None:
    if person is not None and person.is_admin:
        return None
    if person is not None:
        return "This person has an account already, and a file makes nobody an admin who has one. Remove the row."
    if not may_appoint_admins:
        return "Only an admin may appoint another one. Ask an admin to import this row, or change the role."
    return None


def _roles(person: Person, known: Known) -> set[StaffRole]:
    return {one.role for one in known.staff.get(person.id, []) if one.until is None}


def _takes_part(person: Person, known: Known) -> bool:
    enrolment = known.enrolments.get(person.id)
    return enrolment is not None and enrolment.state not in HAS_LEFT


def _mentors(person: Person, known: Known) -> bool:
    mentor = known.mentors.get(person.id)
    return mentor is not None and mentor.state not in IS_NO_MENTOR
