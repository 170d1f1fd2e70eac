"""Late mails that wait for a decision: after an outage nobody gets days of old reminders at once.

A reminder that is queued long after its time is held (`planning`). A few of them leave at once. A wave is told to the
staff of its cohorts, who send them, send the urgent ones, or drop them. Two hours later those leave whose date is still
ahead; the last look drops the others.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, select, update

from cohort.cohorts.models import Cohort, Staff, StaffRole
from cohort.db import db
from cohort.mail.models import IS_PENDING, Message, MessageState
from cohort.mail.outbox import queue
from cohort.people.models import Person
from cohort.reminders.models import Reminder
from cohort.reminders.planning import HELD_FOR

SMALL = 200
"""So many late mails are no wave, whatever is usual."""
MANY_TIMES = 3
"""Nor are so many times what usually leaves in an hour."""
USUAL = timedelta(days=28)
APART = timedelta(seconds=0.4)
"""Between two mails of a wave, so that it trickles."""
WAITS = "late: waits for a decision"
RELEASED = "late: sent by staff"
DROPPED = "late: dropped by staff"

_FRESH = and_(IS_PENDING, Message.held_at.is_not(None), Message.reason == "")
_WAITING = and_(IS_PENDING, Message.held_at.is_not(None), Message.reason == WAITS)


def judge(now: datetime) -> int:
    """Let what was held in this round go, or keep it as a wave and tell the staff; gives how many mails wait newly."""
    fresh = _count(_FRESH)
    if not fresh:
        return 0
    if fresh + _count(_WAITING) <= max(SMALL, MANY_TIMES * usual_hour(now)):
        _change(_FRESH, due_at=now, held_at=None)
        return 0
    cohorts = _numbers(_FRESH)
    _space(_FRESH, now + HELD_FOR)
    _change(_FRESH, reason=WAITS)
    for cohort_id in cohorts:
        _tell(cohort_id, now)
    return fresh


def count_waiting(cohort_id: int) -> tuple[int, datetime | None]:
    """How many late mails of a cohort wait for a decision, and when the first of them leaves without one."""
    waiting = select(func.count(), func.min(Message.due_at)).where(_WAITING, Message.cohort_id == cohort_id)
    number, leaves_at = db.session.execute(waiting).one()
    return number, leaves_at


def release(cohort_id: int, *, now: datetime, only_due_before: datetime | None = None) -> int:
    """Send the late mails of a cohort from now on, the nearest date first; gives how many.

    With `only_due_before` those whose date is later, or past, are dropped.
    """
    mine = and_(_WAITING, Message.cohort_id == cohort_id)
    if only_due_before is not None:
        urgent = select(Reminder.message_id).where(
            Reminder.message_id == Message.id, Reminder.anchor_at > now, Reminder.anchor_at <= only_due_before
        )
        _change(and_(mine, ~urgent.exists()), state=MessageState.CANCELLED, reason=DROPPED)
    number = _count(mine)
    _space(mine, now)
    _change(mine, reason=RELEASED)
    return number


def drop(cohort_id: int) -> int:
    """Send none of the late mails of a cohort; gives how many there were."""
    mine = and_(_WAITING, Message.cohort_id == cohort_id)
    number = _count(mine)
    _change(mine, state=MessageState.CANCELLED, reason=DROPPED)
    return number


def usual_hour(now: datetime) -> float:
    """Mails in an hour in which mail left, as the median of the last weeks."""
    hour = func.substr(cast(Message.sent_at, String), 1, 13)
    numbers = db.session.scalars(select(func.count()).where(Message.sent_at > now - USUAL).group_by(hour)).all()
    return float(median(numbers)) if numbers else 0.0


def _tell(cohort_id: int, now: datetime) -> None:
    leads = db.session.scalars(
        select(Person)
        .join(Staff, Staff.person_id == Person.id)
        .where(Staff.cohort_id == cohort_id, Staff.until.is_(None), Staff.role == StaffRole.LEAD)
        .where(Person.deactivated_at.is_(None))
        .order_by(Person.id)
    )
    for person in leads:
        key = f"late-wave:{cohort_id}:{person.id}:{now:%Y%m%dT%H%M}"
        queue(person, "late-wave", key=key, now=now, cohort_id=cohort_id, not_after=now + HELD_FOR)


def _space(which: ColumnElement[bool], first: datetime) -> None:
    """Let mails leave one after the other from `first` on, the nearest date first."""
    nearest = func.min(Reminder.anchor_at)
    ids: Iterable[int] = db.session.scalars(
        select(Message.id)
        .join(Reminder, Reminder.message_id == Message.id)
        .where(which)
        .group_by(Message.id)
        .order_by(nearest, Message.id)
    )
    rows = [{"id": message_id, "due_at": first + number * APART} for number, message_id in enumerate(ids)]
    if rows:
        db.session.execute(update(Message), rows)


def _numbers(which: ColumnElement[bool]) -> dict[int, int]:
    """How many by cohort."""
    rows = db.session.execute(
        select(Cohort.id, func.count())
        .join(Message, Message.cohort_id == Cohort.id)
        .where(which)
        .group_by(Cohort.id)
        .order_by(Cohort.id)
    )
    return dict(iter(rows))


def _count(which: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(Message).where(which)) or 0


def _change(which: ColumnElement[bool], **values: Any) -> None:
    db.session.execute(update(Message).where(which).values(**values).execution_options(synchronize_session=False))
