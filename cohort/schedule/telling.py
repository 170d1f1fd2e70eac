"""Whom a change of dates concerns, and what each of them reads of it: only what is still to come and moves for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState, Staff, StaffRole
from cohort.db import db
from cohort.learning.done import done_items
from cohort.mentoring.models import Mentor, Pairing, PairingState
from cohort.people.models import Person
from cohort.schedule.items import SITTINGS, Kind
from cohort.schedule.models import DatedItem, Extension
from cohort.schedule.moving import Move, by_time
from cohort.workshops.models import Place, PlaceState

SEATED = (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED)
TOLD_OF = frozenset(
    {
        Kind.MODULE_OPENS,
        *SITTINGS,
        Kind.PREWORK_DUE,
        Kind.ASSIGNMENT_DUE,
        Kind.MENTOR_SESSION_BY,
        Kind.CHECKIN_CLOSES,
        Kind.ASSESSMENT_CLOSES,
        Kind.MILESTONE,
    }
)
MENTORS_TOLD_OF = frozenset({Kind.ASSIGNMENT_DUE, Kind.MENTOR_SESSION_BY})
"""What mentors plan by: the meetings they hold, and the work they read."""
_STAFF_TOLD = (StaffRole.LEAD, StaffRole.FACILITATOR)
_COMES = (PlaceState.HELD, PlaceState.WAITING, PlaceState.OFFERED)


@dataclass(frozen=True, slots=True)
class Told:
    """What one person is told of a change: each move as it is for them."""

    person_id: int
    name: str
    zone: str
    role: str
    """participant, mentor or staff: the part that comes first where somebody has several."""
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class _Own:
    """What makes the dates of participants their own, by enrolment."""

    until: Mapping[tuple[int, str], datetime]
    done: frozenset[tuple[int, str]]
    places: Mapping[tuple[int, str], PlaceState]
    """By enrolment and item id."""


def list_told(
    cohort: Cohort, moves: Sequence[Move], *, now: datetime, but: int | None = None, only: int | None = None
) -> list[Told]:
    """Who is told of `moves`, by name: all but the person `but`, who makes the change, or the person `only` alone."""
    shown = tuple(move for move in moves if _lies_ahead(move, now) and _kind(move.id) in TOLD_OF)
    if not shown:
        return []
    told: dict[int, Told] = {}
    for row, own_moves in _participants(cohort.id, shown, now):
        _note(told, Told(row.person_id, row.name, row.time_zone, "participant", own_moves))
        if row.mentor_id is not None:
            for_mentor = tuple(move for move in own_moves if _kind(move.id) in MENTORS_TOLD_OF)
            _note(told, Told(row.mentor_id, row.mentor_name, row.mentor_zone, "mentor", for_mentor))
    for staff in db.session.execute(_staff(cohort.id)):
        _note(told, Told(staff.id, staff.name, staff.time_zone, "staff", shown))
    wanted = (it for it in told.values() if it.person_id != but and only in (None, it.person_id))
    return sorted(wanted, key=lambda it: (it.name, it.person_id))


def _note(told: dict[int, Told], one: Told) -> None:
    """Somebody with two parts, or a mentor with two mentees, is told everything once."""
    if not one.moves:
        return
    before = told.get(one.person_id)
    known = {move.id: move for move in (*one.moves, *(before.moves if before else ()))}
    moves = tuple(sorted(known.values(), key=by_time))
    told[one.person_id] = replace(before or one, moves=moves)


def _lies_ahead(move: Move, now: datetime) -> bool:
    return any(moment is not None and moment > now for moment in (move.before, move.after))


def _kind(item_id: str) -> str:
    return item_id.partition(":")[0]


def _participants(cohort_id: int, moves: Sequence[Move], now: datetime) -> Iterable[tuple[Any, tuple[Move, ...]]]:
    own = _read_own(cohort_id)
    for row in db.session.execute(_seated(cohort_id)):
        mine = (_own_move(move, row.enrolment_id, own) for move in moves)
        yield row, tuple(move for move in mine if move is not None and _lies_ahead(move, now))


def _own_move(move: Move, enrolment_id: int, own: _Own) -> Move | None:
    """The move as it is for one participant; None when nothing changes for them."""
    kind, _, key = move.id.partition(":")
    if kind in SITTINGS:
        return move if _goes_there(kind, key, enrolment_id, own) else None
    if (enrolment_id, move.id) in own.done:
        return None
    until = own.until.get((enrolment_id, move.id))
    before, after = (max(it, until) if it and until else it for it in (move.before, move.after))
    return None if before == after else Move(move.id, move.title, before, after, move.why)


def _goes_there(kind: str, key: str, enrolment_id: int, own: _Own) -> bool:
    """True for who comes to this sitting or waits for it; the first one also for who has not answered."""
    states = {sitting: own.places.get((enrolment_id, f"{sitting}:{key}")) for sitting in SITTINGS}
    if states[Kind(kind)] is not None:
        return states[Kind(kind)] in _COMES
    return kind == Kind.WORKSHOP and not any(states.values())


def _read_own(cohort_id: int) -> _Own:
    enrolments = select(Enrolment.id).where(Enrolment.cohort_id == cohort_id)
    item = (DatedItem.kind, DatedItem.key)
    extended = db.session.execute(
        select(Extension.enrolment_id, *item, Extension.until)
        .join(DatedItem, DatedItem.id == Extension.item_id)
        .where(DatedItem.cohort_id == cohort_id)
    )
    done = db.session.execute(done_items(enrolments))
    places = db.session.execute(
        select(Place.enrolment_id, *item, Place.state)
        .join(DatedItem, DatedItem.id == Place.item_id)
        .where(DatedItem.cohort_id == cohort_id)
    )
    return _Own(
        {(row.enrolment_id, f"{row.kind}:{row.key}"): row.until for row in extended},
        frozenset((row.enrolment_id, f"{row.kind}:{row.key}") for row in done),
        {(row.enrolment_id, f"{row.kind}:{row.key}"): row.state for row in places},
    )


def _seated(cohort_id: int) -> Any:
    mentor_person = aliased(Person)
    return (
        select(
            Enrolment.id.label("enrolment_id"),
            Person.id.label("person_id"),
            Person.name,
            Person.time_zone,
            mentor_person.id.label("mentor_id"),
            mentor_person.name.label("mentor_name"),
            mentor_person.time_zone.label("mentor_zone"),
        )
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Pairing, (Pairing.enrolment_id == Enrolment.id) & (Pairing.state == PairingState.ACTIVE))
        .outerjoin(Mentor, Mentor.id == Pairing.mentor_id)
        .outerjoin(mentor_person, (mentor_person.id == Mentor.person_id) & mentor_person.deactivated_at.is_(None))
        .where(Enrolment.cohort_id == cohort_id, Enrolment.state.in_(SEATED), Person.deactivated_at.is_(None))
        .order_by(Enrolment.id)
    )


def _staff(cohort_id: int) -> Any:
    return (
        select(Person.id, Person.name, Person.time_zone)
        .join(Staff, Staff.person_id == Person.id)
        .where(
            Staff.cohort_id == cohort_id,
            Staff.until.is_(None),
            Staff.role.in_(_STAFF_TOLD),
            Person.deactivated_at.is_(None),
        )
        .distinct()
    )
