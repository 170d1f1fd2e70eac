"""Noting the days on which somebody is away or on call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from cohort.clock import in_zone
from cohort.cohorts.turns import look_at_cohorts_of
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.people.models import Away, AwayKind, Person

MOST = 200
"""Ranges of one person."""
LONGEST = timedelta(days=366)
FARTHEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Days:
    """First and last day of being away or on call, both included."""

    kind: AwayKind
    first: date
    last: date


def add_away(person: Person, days: Days, *, now: datetime) -> Away:
    """Note that `person` is away or on call on these days; they become one range with those they overlap.

    Raises DomainError when the range is odd or would be too long, Conflict when it is noted already.
    """
    _check(days, in_zone(now, person.time_zone).date())
    _take_turn(person)
    overlapping = _list_overlapping(person, days)
    if any(other.first <= days.first and days.last <= other.last for other in overlapping):
        raise Conflict("These days are on your list already.", field="first")
    first = min([days.first, *(other.first for other in overlapping)])
    last = max([days.last, *(other.last for other in overlapping)])
    if last - first >= LONGEST:
        raise DomainError(
            "Together with the days they overlap that is more than a year. Remove those first.", field="last"
        )
    if not overlapping and _count(person) >= MOST:
        raise DomainError(f"At most {MOST} ranges are kept. Remove some that have passed.")
    for other in overlapping:
        db.session.delete(other)
    db.session.flush()
    kept = Away(person_id=person.id, kind=days.kind, first=first, last=last, added_at=now)
    db.session.add(kept)
    look_at_cohorts_of(person.id)
    db.session.flush()
    return kept


def add_all(person: Person, ranges: Iterable[Days], *, now: datetime) -> int:
    """Note several ranges at once, all or none; those that are noted already are passed over. How many were new."""
    added = 0
    for days in ranges:
        try:
            add_away(person, days, now=now)
        except Conflict:
            continue
        added += 1
    return added


def remove_away(away: Away) -> None:
    """Take a range off the list."""
    db.session.delete(away)
    look_at_cohorts_of(away.person_id)
    db.session.flush()


def find_away(away_id: int) -> Away | None:
    """One range; whose it is, is the gate's question."""
    return db.session.get(Away, away_id)


def _check(days: Days, today: date) -> None:
    if days.last < days.first:
        raise DomainError("Choose a last day that is not before the first.", field="last")
    if days.last - days.first >= LONGEST:
        raise DomainError(f"Choose at most {LONGEST.days} days; add another range for more.", field="last")
    if days.last < today:
        raise DomainError("These days are over. Choose days that are still to come.", field="last")
    if days.first > today + FARTHEST:
        raise DomainError("Choose days within the next three years.", field="first")


def _take_turn(person: Person) -> None:
    """One change of a person's list at a time."""
    db.session.execute(select(Person.id).where(Person.id == person.id).with_for_update(key_share=True))


def _list_overlapping(person: Person, days: Days) -> list[Away]:
    return list(
        db.session.scalars(
            select(Away).where(
                Away.person_id == person.id,
                Away.kind == days.kind,
                Away.first <= days.last,
                Away.last >= days.first,
            )
        )
    )


def _count(person: Person) -> int:
    return db.session.scalar(select(func.count(Away.id)).where(Away.person_id == person.id)) or 0
