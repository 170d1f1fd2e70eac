"""The mails of a cohort week by week: what left, and what is foreseen. Weeks begin on Monday in the cohort's zone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import case, func, select

from cohort.clock import from_local, in_zone, monday_of
from cohort.cohorts.models import Cohort
from cohort.db import db
from cohort.mail.models import Message, MessageState
from cohort.people.models import Person
from cohort.people.wishes import DIGEST, wishes_of
from cohort.reminders.forecast import ForecastRow

BEFORE = 3
AFTER = 4
"""Weeks that are shown before and after this one."""


@dataclass(slots=True)
class Share:
    """What one person gets in one week."""

    name: str
    budget: int
    """Mails that can wait; 0 for as many as there are."""
    mails: int = 0
    can_wait: int = 0

    @property
    def is_full(self) -> bool:
        """What can wait joins the digest from here on."""
        return 0 < self.budget <= self.can_wait


@dataclass(frozen=True, slots=True)
class Week:
    first: date
    mails: int
    busiest: Share | None
    """Who gets most of what can wait; None when nobody gets anything."""
    is_full: bool
    """Somebody's budget is spent."""
    is_now: bool


def ends_at(cohort: Cohort, now: datetime) -> datetime:
    """Until when the forecast has to reach."""
    return _begins(cohort, now, AFTER + 1)


def list_weeks(cohort: Cohort, rows: Iterable[ForecastRow], now: datetime) -> list[Week]:
    """The weeks around `now`; `rows` reach to `ends_at`."""
    begins = [_begins(cohort, now, number) for number in range(-BEFORE, AFTER + 2)]
    shares: list[dict[int, Share]] = [{} for _ in begins[1:]]
    for number, person_id, share in _read_sent(cohort.id, begins[: BEFORE + 2]):
        shares[number][person_id] = share
    seen: set[str] = set()
    for row in rows:
        if not row.mail or row.mail in seen or not begins[0] <= row.utc < begins[-1]:
            continue
        seen.add(row.mail)
        number = next(n for n, ends in enumerate(begins[1:]) if row.utc < ends)
        share = shares[number].setdefault(row.person_id, Share(row.person, row.budget))
        share.mails += 1
        share.can_wait += not row.is_essential and not row.digest
    days = [in_zone(at, cohort.zone).date() for at in begins]
    return [_week(days[n], list(theirs.values()), is_now=n == BEFORE) for n, theirs in enumerate(shares)]


def _week(first: date, shares: Sequence[Share], *, is_now: bool) -> Week:
    busiest = max(shares, key=lambda share: (share.can_wait, share.mails, share.name), default=None)
    return Week(
        first=first,
        mails=sum(share.mails for share in shares),
        busiest=busiest,
        is_full=any(share.is_full for share in shares),
        is_now=is_now,
    )


def _begins(cohort: Cohort, now: datetime, number: int) -> datetime:
    today = in_zone(now, cohort.zone).date()
    return from_local(monday_of(today) + number * timedelta(days=7), time(0), cohort.zone)


def _read_sent(cohort_id: int, begins: Sequence[datetime]) -> Iterable[tuple[int, int, Share]]:
    """What left: number of the week, person, share."""
    week = case(*((Message.sent_at < ends, number) for number, ends in enumerate(begins[1:])), else_=len(begins) - 2)
    sent = (
        select(
            week.label("week"),
            Message.person_id,
            func.count().label("mails"),
            func.count().filter(Message.topic.not_in(["", DIGEST])).label("can_wait"),
        )
        .where(Message.cohort_id == cohort_id, Message.state == MessageState.SENT, Message.sent_at >= begins[0])
        .group_by(week, Message.person_id)
        .subquery()
    )
    rows: Any = db.session.execute(
        select(sent, Person.name, Person.mail_wishes).join(Person, Person.id == sent.c.person_id)
    )
    for number, person_id, mails, can_wait, name, wishes in rows:
        yield number, person_id, Share(name, wishes_of(wishes).budget, mails, can_wait)
