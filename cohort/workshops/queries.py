"""Reads of sittings and of the places in them."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Float, and_, case, cast, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from cohort.cohorts.models import Enrolment, EnrolmentState, Staff, StaffRole
from cohort.db import db
from cohort.people.models import Person
from cohort.schedule.items import SITTINGS, Kind
from cohort.schedule.models import DatedItem
from cohort.workshops.models import Attendance, Place, PlaceState, Sitting
from cohort.workshops.seats import SITS

IS_BARE = or_(Sitting.item_id.is_(None), and_(Sitting.room == "", Sitting.join_url == ""))
"""Nobody knows where the sitting is; in a statement in which its settings stand beside the dated item."""
FEWEST_STARS = 3
"""The mean of fewer ratings would show what single people gave."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A sitting in numbers."""

    held: int = 0
    seats_taken: int = 0
    """Held or kept for somebody; walk-ins take none."""
    waiting: int = 0
    offered: int = 0
    excused: int = 0
    asked: int = 0
    """Asked after a move whether they can still come."""
    confirmed: int = 0
    attended: int = 0
    part: int = 0
    missed: int = 0
    unmarked: int = 0
    ratings: int = 0
    mean: float | None = None

    @property
    def stars(self) -> float | None:
        """The mean of the ratings, where there are enough of them."""
        return self.mean if self.ratings >= FEWEST_STARS else None


@dataclass(frozen=True, slots=True)
class Held:
    """A dated sitting with what is settled about it, if anything is, and its numbers."""

    item: DatedItem
    sitting: Sitting | None
    tally: Tally

    @property
    def free(self) -> int | None:
        """How many seats are free; None for as many as want to come."""
        capacity = self.sitting.capacity if self.sitting else None
        return None if capacity is None else max(0, capacity - self.tally.seats_taken)


def list_sittings(cohort_id: int, key: str | None = None) -> list[Held]:
    """The sittings of a cohort that are held, or of one workshop, by time, in two queries."""
    rows = db.session.execute(
        select(DatedItem, Sitting)
        .outerjoin(Sitting, Sitting.item_id == DatedItem.id)
        .options(joinedload(Sitting.facilitator))
        .where(
            DatedItem.cohort_id == cohort_id,
            DatedItem.kind.in_(SITTINGS),
            DatedItem.dropped_at.is_(None),
            *([DatedItem.key == key] if key is not None else []),
        )
        .order_by(DatedItem.at.is_(None), DatedItem.at, DatedItem.id)
    ).all()
    tallies = _count([item.id for item, _ in rows])
    return [Held(item, sitting, tallies.get(item.id, Tally())) for item, sitting in rows]


def _count(item_ids: Collection[int]) -> dict[int, Tally]:
    columns: dict[str, Any] = {
        "held": Place.state == PlaceState.HELD,
        "seats_taken": SITS,
        "waiting": Place.state == PlaceState.WAITING,
        "offered": Place.state == PlaceState.OFFERED,
        "excused": Place.state == PlaceState.EXCUSED,
        "asked": and_(Place.state == PlaceState.HELD, Place.confirm_asked_at.is_not(None)),
        "confirmed": and_(
            Place.state == PlaceState.HELD, Place.confirm_asked_at.is_not(None), Place.confirmed_at.is_not(None)
        ),
        "attended": Place.attendance == Attendance.ATTENDED,
        "part": Place.attendance == Attendance.PART,
        "missed": Place.attendance == Attendance.NO_SHOW,
        "unmarked": and_(Place.state == PlaceState.HELD, Place.attendance.is_(None)),
    }
    sums = [func.sum(case((condition, 1), else_=0)).label(name) for name, condition in columns.items()]
    rows = db.session.execute(
        select(
            Place.item_id,
            *sums,
            func.count(Place.stars).label("ratings"),
            func.avg(cast(Place.stars, Float)).label("mean"),
        )
        .where(Place.item_id.in_(item_ids))
        .group_by(Place.item_id)
    )
    return {
        row.item_id: Tally(**{name: value for name, value in row._mapping.items() if name != "item_id"}) for row in rows
    }


def list_early(cohort_id: int, until: datetime) -> list[tuple[DatedItem, bool]]:
    """The sittings that are held before `until`, by time, each with whether nobody knows where it is."""
    rows = db.session.execute(
        select(DatedItem, IS_BARE)
        .outerjoin(Sitting, Sitting.item_id == DatedItem.id)
        .where(
            DatedItem.cohort_id == cohort_id,
            DatedItem.kind.in_(SITTINGS),
            DatedItem.dropped_at.is_(None),
            DatedItem.at < until,
        )
        .order_by(DatedItem.at, DatedItem.id)
    )
    return [(item, is_bare) for item, is_bare in rows]


def find_sitting(cohort_id: int, item_id: int) -> tuple[DatedItem, Sitting | None] | None:
    """A sitting of the cohort with what is settled about it, unless it was dropped."""
    row = db.session.execute(
        select(DatedItem, Sitting)
        .outerjoin(Sitting, Sitting.item_id == DatedItem.id)
        .options(joinedload(Sitting.facilitator))
        .where(
            DatedItem.id == item_id,
            DatedItem.cohort_id == cohort_id,
            DatedItem.kind.in_(SITTINGS),
            DatedItem.dropped_at.is_(None),
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


def list_roster(item_id: int) -> list[Place]:
    """Everybody who has to do with a sitting, by name; the waiting line in its order."""
    places = db.session.scalars(
        select(Place)
        .join(Place.enrolment)
        .join(Enrolment.person)
        .options(contains_eager(Place.enrolment).contains_eager(Enrolment.person))
        .where(Place.item_id == item_id)
        .order_by(Person.name, Place.id)
    ).all()
    line = sorted((it for it in places if it.state is PlaceState.WAITING), key=lambda it: (it.since, it.id))
    return [it for it in places if it.state is not PlaceState.WAITING] + line


def list_others(cohort_id: int, places: Sequence[Place]) -> list[Enrolment]:
    """Who takes part in the cohort and holds no place among `places`, by name."""
    held = [place.enrolment_id for place in places if place.state is PlaceState.HELD]
    return list(
        db.session.scalars(
            select(Enrolment)
            .join(Enrolment.person)
            .options(contains_eager(Enrolment.person))
            .where(
                Enrolment.cohort_id == cohort_id,
                Enrolment.state.in_([EnrolmentState.ENROLLED, EnrolmentState.COMPLETED]),
                Enrolment.id.not_in(held),
            )
            .order_by(Person.name, Enrolment.id)
        )
    )


def list_staff(cohort_id: int) -> list[Person]:
    """Who may lead a sitting: facilitators first."""
    rows = db.session.execute(
        select(Person, Staff.role)
        .join(Staff, Staff.person_id == Person.id)
        .where(Staff.cohort_id == cohort_id, Staff.until.is_(None), Staff.role != StaffRole.OBSERVER)
        .order_by(Staff.role != StaffRole.FACILITATOR, Person.name, Person.id)
    )
    return list(dict.fromkeys(person for person, _ in rows))


def list_comers(item_id: int, *, most: int) -> list[Person]:
    """The first by name of those who hold a place in a sitting."""
    return list(
        db.session.scalars(
            select(Person)
            .join(Enrolment, Enrolment.person_id == Person.id)
            .join(Place, Place.enrolment_id == Enrolment.id)
            .where(Place.item_id == item_id, Place.state == PlaceState.HELD)
            .order_by(Person.name, Person.id)
            .limit(most)
        )
    )


def places_in_line(enrolment_id: int, item_ids: Collection[int]) -> dict[int, int]:
    """The person's place in the waiting line of each sitting, from 1; in one query."""
    number = func.row_number().over(partition_by=Place.item_id, order_by=(Place.since, Place.id)).label("number")
    line = (
        select(Place.item_id, Place.enrolment_id, number)
        .where(Place.item_id.in_(item_ids), Place.state == PlaceState.WAITING)
        .subquery()
    )
    rows = db.session.execute(select(line.c.item_id, line.c.number).where(line.c.enrolment_id == enrolment_id))
    return {row.item_id: row.number for row in rows}


def titles_of_sittings(items: Sequence[DatedItem]) -> dict[int, str]:
    """`first sitting`, `second sitting`, as the schedule calls them; '' for a workshop that is held once."""
    times = Counter(item.key for item in items)
    return {item.id: _SITTING_WORDS[Kind(item.kind)] if times[item.key] > 1 else "" for item in items}


_SITTING_WORDS = dict(zip(SITTINGS, ("first sitting", "second sitting", "third sitting"), strict=True))


def find_place(item_id: int, place_id: int) -> Place | None:
    return db.session.scalar(
        select(Place)
        .options(joinedload(Place.enrolment).joinedload(Enrolment.person))
        .where(Place.id == place_id, Place.item_id == item_id)
    )


def list_places_of(enrolment_id: int) -> list[Place]:
    """What somebody has to do with the sittings that are held, by their date."""
    return list(
        db.session.scalars(
            select(Place)
            .join(Place.item)
            .options(contains_eager(Place.item))
            .where(Place.enrolment_id == enrolment_id, DatedItem.dropped_at.is_(None))
            .order_by(DatedItem.at, DatedItem.id)
        )
    )
