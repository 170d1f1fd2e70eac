"""Reads of the people of one cohort: participants, mentors, staff. Every list is scoped to its cohort by the query."""

from collections.abc import Collection, Iterable
from typing import Any

from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import Select, String, func, literal, or_, select, union_all
from sqlalchemy.orm import joinedload

from cohort.cohorts.enrolling import SEATED
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState, Staff, StaffRole
from cohort.db import db
from cohort.mail.models import Message, MessageState
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState
from cohort.people.models import Person
from cohort.programs.models import ProgramVersion

PER_PAGE = 50
INVITATIONS = ("invitation", "mentor-invitation", "staff-invitation")

Counts = dict[tuple[str, str], int]
"""(list, state) -> number of people; the lists are `participants`, `mentors` and `staff`."""


def count_people(cohort_id: int) -> Counts:
    """How many people there are in each state; staff by role."""
    kinds = (
        ("participants", Enrolment, Enrolment.state, None),
        ("mentors", Mentor, Mentor.state, None),
        ("staff", Staff, Staff.role, Staff.until.is_(None)),
    )
    counts = [_count_by(name, kind, state, extra, cohort_id) for name, kind, state, extra in kinds]
    rows: Any = db.session.execute(union_all(*counts))
    return {(name, state): number for name, state, number in rows}


def _count_by(name: str, kind: Any, state: Any, extra: Any, cohort_id: int) -> Select[Any]:
    word = state.cast(String)
    counts = select(literal(name), word, func.count(kind.id)).where(kind.cohort_id == cohort_id).group_by(word)
    return counts if extra is None else counts.where(extra)


def page_participants(cohort_id: int, *, state: str, text: str, page: int) -> Pagination:
    """Enrolments by name with their person; everybody when `state` and `text` are empty."""
    found = select(Enrolment).join(Enrolment.person).where(Enrolment.cohort_id == cohort_id)
    if state in list(EnrolmentState):
        found = found.where(Enrolment.state == EnrolmentState(state))
    return _page(found.options(joinedload(Enrolment.person)), text, Enrolment.id, page)


def page_mentors(cohort_id: int, *, state: str, text: str, page: int) -> Pagination:
    found = select(Mentor).join(Mentor.person).where(Mentor.cohort_id == cohort_id)
    if state in list(MentorState):
        found = found.where(Mentor.state == MentorState(state))
    return _page(found.options(joinedload(Mentor.person)), text, Mentor.id, page)


def page_staff(cohort_id: int, *, state: str, text: str, page: int) -> Pagination:
    """Roles that hold now; `state` is a role."""
    found = select(Staff).join(Staff.person).where(Staff.cohort_id == cohort_id, Staff.until.is_(None))
    if state in list(StaffRole):
        found = found.where(Staff.role == StaffRole(state))
    return _page(found.options(joinedload(Staff.person)), text, Staff.id, page)


def _page(found: Select[Any], text: str, tie: Any, page: int) -> Pagination:
    if text:
        found = found.where(or_(*(_mentions(spelling) for spelling in {text, text.lower(), text.title()})))
    return db.paginate(found.order_by(Person.name, tie), page=page, per_page=PER_PAGE, error_out=False)


def _mentions(text: str) -> Any:
    """Several spellings are tried, because SQLite ignores case for the letters a to z only."""
    return or_(
        Person.name.icontains(text, autoescape=True),
        Person.email.icontains(text, autoescape=True),
        Person.company.icontains(text, autoescape=True),
    )


def line_of(cohort_id: int) -> dict[int, int]:
    """The places in the waiting line, by enrolment; the first has 1."""
    waiting = (
        select(Enrolment.id)
        .where(Enrolment.cohort_id == cohort_id, Enrolment.state == EnrolmentState.WAITLISTED)
        .order_by(Enrolment.answered_at, Enrolment.id)
    )
    return {enrolment_id: place for place, enrolment_id in enumerate(db.session.scalars(waiting), start=1)}


def count_taken(cohort_id: int) -> int:
    """How many seats are taken."""
    taken = select(func.count(Enrolment.id)).where(Enrolment.cohort_id == cohort_id, Enrolment.state.in_(SEATED))
    return db.session.scalar(taken) or 0


def mentors_of(enrolment_ids: Collection[int]) -> dict[int, str]:
    """The names of the mentors whose pairs are published, by enrolment."""
    pairs = (
        select(Pairing.enrolment_id, Person.name)
        .join(Mentor, Mentor.id == Pairing.mentor_id)
        .join(Person, Person.id == Mentor.person_id)
        .where(Pairing.enrolment_id.in_(enrolment_ids), Pairing.state == PairingState.ACTIVE)
    )
    return {row.enrolment_id: row.name for row in db.session.execute(pairs)}


def count_mentees(mentor_ids: Collection[int]) -> dict[int, int]:
    """How many published pairs each mentor has."""
    pairs = (
        select(Pairing.mentor_id, func.count(Pairing.id).label("number"))
        .where(Pairing.mentor_id.in_(mentor_ids), Pairing.state == PairingState.ACTIVE)
        .group_by(Pairing.mentor_id)
    )
    return {row.mentor_id: row.number for row in db.session.execute(pairs)}


def last_invitations(cohort_id: int, person_ids: Collection[int]) -> dict[int, Message]:
    """The newest invitation mail of each person, whatever became of it."""
    newest = (
        select(func.max(Message.id))
        .where(Message.cohort_id == cohort_id, Message.person_id.in_(person_ids), Message.template.in_(INVITATIONS))
        .group_by(Message.person_id)
    )
    return {message.person_id: message for message in db.session.scalars(select(Message).where(Message.id.in_(newest)))}


def has_failed(message: Message | None) -> bool:
    return message is not None and message.state is MessageState.FAILED


def list_participants(cohort_id: int, ids: Collection[int] = ()) -> list[Enrolment]:
    """Enrolments by name with their person: those of `ids` that belong to the cohort, or all."""
    found = select(Enrolment).join(Enrolment.person).options(joinedload(Enrolment.person))
    return _list(found.where(Enrolment.cohort_id == cohort_id), Enrolment.id, ids)


def list_mentors(cohort_id: int, ids: Collection[int] = ()) -> list[Mentor]:
    found = select(Mentor).join(Mentor.person).options(joinedload(Mentor.person))
    return _list(found.where(Mentor.cohort_id == cohort_id), Mentor.id, ids)


def list_staff(cohort_id: int, ids: Collection[int] = ()) -> list[Staff]:
    """Roles that hold now."""
    found = select(Staff).join(Staff.person).options(joinedload(Staff.person))
    return _list(found.where(Staff.cohort_id == cohort_id, Staff.until.is_(None)), Staff.id, ids)


def _list(found: Select[Any], key: Any, ids: Collection[int]) -> list[Any]:
    if ids:
        found = found.where(key.in_(ids))
    return list(db.session.scalars(found.order_by(Person.name, key)))


def untold(staff: Iterable[Staff], cohort_id: int) -> list[Staff]:
    """Those of `staff` whom no mail has told of their role."""
    told = set(
        db.session.scalars(
            select(Message.dedup_key).where(Message.cohort_id == cohort_id, Message.template == "staff-invitation")
        )
    )
    return [one for one in staff if f"staff-invitation:{one.id}" not in told]


def find_participant(slug: str, enrolment_id: int) -> Enrolment | None:
    """One enrolment of the cohort, with person, cohort and program."""
    return db.session.scalar(
        _enrolments(slug).options(joinedload(Enrolment.person)).where(Enrolment.id == enrolment_id)
    )


def find_own_enrolment(slug: str, person: Person) -> Enrolment | None:
    """The person's place in the cohort, whatever its state, with cohort and program."""
    return db.session.scalar(_enrolments(slug).where(Enrolment.person_id == person.id))


def _enrolments(slug: str) -> Select[Enrolment]:
    program = joinedload(Enrolment.cohort).joinedload(Cohort.version).joinedload(ProgramVersion.program)
    return select(Enrolment).join(Enrolment.cohort).options(program).where(Cohort.slug == slug)


def find_own_mentor(slug: str, person: Person) -> Mentor | None:
    """The person's place as a mentor of the cohort, with cohort and program."""
    program = joinedload(Mentor.cohort).joinedload(Cohort.version).joinedload(ProgramVersion.program)
    return db.session.scalar(
        select(Mentor).join(Mentor.cohort).options(program).where(Cohort.slug == slug, Mentor.person_id == person.id)
    )
