"""Joining a cohort, declining, leaving, and the waiting list that hands on every freed place.

Everybody who joins goes to the end of the waiting list, and the line then moves up into the free places: one rule for
a free seat, a full cohort, a freed seat and added seats. The deeds of one cohort take turns, so that the number of
taken seats cannot change between counting and taking.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import set_committed_value

from cohort import clock
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.cohorts.turns import take_turn
from cohort.db import AS_WRITTEN, db
from cohort.errors import Conflict
from cohort.mail.outbox import queue_all
from cohort.mentoring.models import Pairing, PairingState
from cohort.workshops.seats import free_places

SEATED = (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED)
MAY_JOIN = (EnrolmentState.INVITED, EnrolmentState.DECLINED, EnrolmentState.WITHDRAWN)
MAY_DECLINE = (EnrolmentState.INVITED, EnrolmentState.WAITLISTED)
MAY_LEAVE = (EnrolmentState.INVITED, EnrolmentState.WAITLISTED, EnrolmentState.ENROLLED)
"""Objects in hand are brought up to date by `_reload`, in one query for all."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """What the deed that holds the cohort knows of it."""

    cohort_id: int
    revision: int
    seats: int | None
    starts_on: date
    zone: str
    now: datetime

    @property
    def has_begun(self) -> bool:
        return clock.in_zone(self.now, self.zone).date() >= self.starts_on


def enrol(enrolment: Enrolment, *, now: datetime) -> Enrolment:
    """Give the person a seat, or a place at the end of the waiting list when all are taken; tell them by mail.

    Also for somebody who declined, withdrew or waits; who waits keeps the place in line, who is enrolled stays so.
    Raises Conflict when the cohort is archived.
    """
    enrol_all(enrolment.cohort_id, [enrolment], now=now)
    return enrolment


def enrol_all(cohort_id: int, enrolments: Sequence[Enrolment], *, now: datetime) -> None:
    """`enrol` for many people of one cohort, in the order given by their ids, in a fixed number of queries."""
    turn = _take_turn(cohort_id, now)
    ids = [enrolment.id for enrolment in enrolments]
    came = _join_line(ids, turn)
    seated = _move_up(turn, asking=ids)
    _tell("welcome", {one: person for one, person in seated.items() if one in came}, turn)
    _tell("place-free", {one: person for one, person in seated.items() if one not in came}, turn)
    _tell("waitlisted", {one: person for one, person in came.items() if one not in seated}, turn)
    _reload(enrolments)


def decline(enrolment: Enrolment, *, reason: str, now: datetime) -> None:
    """Say no to the invitation, or leave the waiting list. Raises Conflict when the person is past that."""
    turn = _take_turn(enrolment.cohort_id, now)
    gone = {"state": EnrolmentState.DECLINED, "answered_at": now, "reason": reason}
    if not _change(enrolment, MAY_DECLINE, gone) and enrolment.state is not EnrolmentState.DECLINED:
        raise Conflict("This invitation was answered already. Write to the program team if you want to leave.")
    _hand_on(turn)


def withdraw(enrolment: Enrolment, *, reason: str, now: datetime) -> None:
    """Take somebody out: seats go to those who wait for them, the pairing is closed, what they wrote is kept.

    Also cancels an open invitation. Raises Conflict for somebody who is out already or has completed the program.
    """
    db.session.execute(select(Enrolment.id).where(Enrolment.id == enrolment.id).with_for_update(key_share=True))
    turn = _take_turn(enrolment.cohort_id, now)  # after the person's row, in the order of their own deeds
    gone = {"state": EnrolmentState.WITHDRAWN, "ended_at": now, "reason": reason}
    if not _change(enrolment, MAY_LEAVE, gone):
        raise Conflict(f"This person is {enrolment.state.value} already; nothing was changed.")
    db.session.execute(
        update(Pairing)
        .where(Pairing.enrolment_id == enrolment.id, Pairing.state != PairingState.CLOSED)
        .values(state=PairingState.CLOSED, closed_at=now, answered_at=_ANSWERED_IF_PUBLISHED)
    )
    free_places(enrolment, now=now)
    _hand_on(turn)


_ANSWERED_IF_PUBLISHED = case((Pairing.published_at.is_not(None), Pairing.answered_at))
"""So that a mentor who had said yes to somebody who left does not seem to have said no."""


def fill_places(cohort: Cohort, *, now: datetime) -> None:
    """Move the waiting list up, after seats were added."""
    db.session.flush()
    _hand_on(_take_turn(cohort.id, now))


def _take_turn(cohort_id: int, now: datetime) -> _Turn:
    """The cohort's turn, with what is counted in it."""
    held = take_turn(cohort_id, Cohort.plan_revision, Cohort.seats, Cohort.starts_on, Cohort.zone)
    return _Turn(cohort_id, held.plan_revision, held.seats, held.starts_on, held.zone, now)


def _join_line(ids: Collection[int], turn: _Turn) -> dict[int, int]:
    """Put those who may join at the end of the waiting list; gives them, enrolment by person."""
    return _write(
        update(Enrolment)
        .where(Enrolment.id.in_(ids), Enrolment.state.in_(MAY_JOIN))
        .values(state=EnrolmentState.WAITLISTED, answered_at=turn.now, ended_at=None, reason="")
    )


def _move_up(turn: _Turn, *, asking: Collection[int] = ()) -> dict[int, int]:
    """Seat the first of the line, as many as there are free places; gives them, enrolment by person.

    From the first day on nobody is put into a running program unasked: then only those `asking` are seated.
    """
    place = func.row_number().over(order_by=(Enrolment.answered_at, Enrolment.id)).label("place")
    line = select(Enrolment.id, place).where(
        Enrolment.cohort_id == turn.cohort_id, Enrolment.state == EnrolmentState.WAITLISTED
    )
    if turn.has_begun:
        line = line.where(Enrolment.id.in_(asking))
    waiting = line.subquery()
    first = select(waiting.c.id)
    if turn.seats is not None:
        first = first.where(waiting.c.place <= turn.seats - _taken(turn.cohort_id))
    return _write(update(Enrolment).where(Enrolment.id.in_(first)).values(state=EnrolmentState.ENROLLED))


def _taken(cohort_id: int) -> Any:
    sitting = aliased(Enrolment)
    taken = select(func.count(sitting.id)).where(sitting.cohort_id == cohort_id, sitting.state.in_(SEATED))
    return taken.scalar_subquery()


def _hand_on(turn: _Turn) -> None:
    _tell("place-free", _move_up(turn), turn)


def _change(enrolment: Enrolment, allowed: Iterable[EnrolmentState], values: dict[str, Any]) -> bool:
    """Change an enrolment if it still is in one of the `allowed` states; afterwards it is as the database has it."""
    mine = update(Enrolment).where(Enrolment.id == enrolment.id, Enrolment.state.in_(allowed))
    changed = _write(mine.values(values))
    _reload([enrolment])
    return bool(changed)


def _write(statement: Any) -> dict[int, int]:
    written = statement.returning(Enrolment.id, Enrolment.person_id)
    return {row.id: row.person_id for row in db.session.execute(written, execution_options=AS_WRITTEN)}


def _reload(enrolments: Iterable[Enrolment]) -> None:
    """Bring objects in hand up to what the statements above wrote; what they have loaded besides stays."""
    by_id = {enrolment.id: enrolment for enrolment in enrolments}
    columns = (Enrolment.state, Enrolment.answered_at, Enrolment.ended_at, Enrolment.reason)
    for number, *values in db.session.execute(select(Enrolment.id, *columns).where(Enrolment.id.in_(by_id))):
        for column, value in zip(columns, values, strict=True):
            set_committed_value(by_id[number], column.key, value)


def _tell(template: str, people: dict[int, int], turn: _Turn) -> None:
    mails = (
        (person_id, {"enrolment_id": enrolment_id}, f"{template}:{enrolment_id}:{turn.revision}")
        for enrolment_id, person_id in people.items()
    )
    queue_all(template, mails, now=turn.now, cohort_id=turn.cohort_id)
