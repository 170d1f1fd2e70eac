"""Reads of accounts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, Integer, bindparam, func, select

from cohort.cohorts.models import Enrolment, EnrolmentState
from cohort.db import db
from cohort.people.addresses import address_key
from cohort.people.models import Away, AwayKind, Person


@dataclass(frozen=True, slots=True)
class AwaySpan:
    """Days on which a participant is away or on call, on the calendar of their own zone."""

    person_id: int
    name: str
    kind: AwayKind
    first: date
    last: date
    zone: str


def find_person(address: str) -> Person | None:
    """The person with this address, however it is written."""
    return db.session.scalar(select(Person).where(Person.email_key == address_key(address)))


def count_admins() -> int:
    """How many people may run the house."""
    active_admins = select(func.count(Person.id)).where(Person.is_admin, Person.deactivated_at.is_(None))
    return db.session.scalar(active_admins) or 0


def list_own_away(person_id: int, since: date) -> Sequence[Away]:
    """Days on which the person is away or on call, in order; not those that were over before `since`."""
    return db.session.scalars(_OWN_AWAY, {"person_id": person_id, "since": since}).all()


def list_away(person_ids: Collection[int], first: date, last: date) -> dict[int, list[Away]]:
    """The days from `first` to `last` on which each of the people is away or on call, in order."""
    found: dict[int, list[Away]] = {person_id: [] for person_id in person_ids}
    reaching = select(Away).where(Away.person_id.in_(person_ids), Away.first <= last, Away.last >= first)
    for away in db.session.scalars(reaching.order_by(Away.first, Away.last, Away.id)):
        found[away.person_id].append(away)
    return found


def list_away_in(cohort_id: int, first: date, last: date) -> list[AwaySpan]:
    """Who of those who take part in a cohort is away or on call from `first` to `last`, by name."""
    rows = db.session.execute(_AWAY_IN, {"cohort_id": cohort_id, "first": first, "last": last})
    return [AwaySpan(*row) for row in rows]


_OWN_AWAY = (
    select(Away)
    .where(Away.person_id == bindparam("person_id", type_=Integer), Away.last >= bindparam("since", type_=Date))
    .order_by(Away.first, Away.last, Away.id)
)
"""Built once: it is asked on most pages of a participant."""
_AWAY_IN = (
    select(Person.id, Person.name, Away.kind, Away.first, Away.last, Person.time_zone)
    .join(Person, Person.id == Away.person_id)
    .join(Enrolment, Enrolment.person_id == Person.id)
    .where(
        Enrolment.cohort_id == bindparam("cohort_id", type_=Integer),
        Enrolment.state.in_([EnrolmentState.ENROLLED, EnrolmentState.COMPLETED]),
        Away.first <= bindparam("last", type_=Date),
        Away.last >= bindparam("first", type_=Date),
    )
    .order_by(Person.name, Person.id, Away.first, Away.last)
)
