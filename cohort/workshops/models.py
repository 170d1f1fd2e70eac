"""Sittings of workshops, and the places of participants in them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cohort.access import Guard
from cohort.cohorts.models import Enrolment
from cohort.db import Base, choice
from cohort.people.models import Person
from cohort.schedule.models import DatedItem


class Sitting(Base):
    """What a cohort settles about one sitting of a workshop; its date is that of the dated item.

    A sitting without a row has no capacity, no room and nobody's name yet. Whoever takes or frees a seat holds this row
    until the transaction ends, so that seats are counted by one at a time.
    """

    __tablename__ = "sitting"
    __table_args__ = (CheckConstraint("capacity is null or capacity between 1 and 10000", name="capacity_range"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("dated_item.id", ondelete="CASCADE"), primary_key=True)
    capacity: Mapped[int | None]
    """None: as many as want to come."""
    room: Mapped[str] = mapped_column(default="")
    """Where it is; '' when it is held online only."""
    join_url: Mapped[str] = mapped_column(default="")
    facilitator_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    materials: Mapped[str] = mapped_column(default="")
    """Markdown, shown once the sitting is over."""
    make_up: Mapped[str] = mapped_column(default="")
    """What somebody does who missed it; '' for the standing task."""
    code: Mapped[str] = mapped_column(String(6), default="")
    """With which participants check themselves in."""
    closed_at: Mapped[datetime | None]
    """When staff closed the attendance: who was not there has a make-up task from then on."""
    version: Mapped[int] = mapped_column(default=0)
    """Grows with every change of the settings, so that the slower of two editors is told."""

    item: Mapped[DatedItem] = relationship(lazy="raise_on_sql")
    facilitator: Mapped[Person | None] = relationship(lazy="raise_on_sql")


class PlaceState(StrEnum):
    HELD = "held"
    WAITING = "waiting"
    OFFERED = "offered"
    """A seat is kept for the person until `offered_until`."""
    EXCUSED = "excused"
    """Said beforehand that they cannot come."""
    LEFT = "left"
    """Gave the place or the wait up, or let an offer pass."""


TAKES_SEAT = (PlaceState.HELD, PlaceState.OFFERED)


class Attendance(StrEnum):
    ATTENDED = "attended"
    PART = "part"
    EXCUSED = "excused"
    NO_SHOW = "no-show"


WAS_THERE = (Attendance.ATTENDED, Attendance.PART)


class Place(Base):
    """What a participant has to do with one sitting. In each workshop they hold at most one place."""

    __tablename__ = "place"
    __table_args__ = (
        UniqueConstraint("item_id", "enrolment_id"),
        CheckConstraint("stars is null or stars between 1 and 3", name="stars_range"),
        CheckConstraint("state <> 'offered' or offered_until is not null", name="offer_ends"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("dated_item.id", ondelete="CASCADE"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"), index=True)
    state: Mapped[PlaceState] = mapped_column(choice(PlaceState))
    since: Mapped[datetime]
    """When it came into this state: the order of the waiting line."""
    offered_until: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    """How often the state has changed: calendars must see every change as a later one."""
    is_walk_in: Mapped[bool] = mapped_column(default=False)
    above_reason: Mapped[str] = mapped_column(default="")
    """Why staff gave a seat although all were taken."""
    confirm_asked_at: Mapped[datetime | None]
    """When the sitting was moved and the person was asked whether they can still come."""
    confirmed_at: Mapped[datetime | None]
    attendance: Mapped[Attendance | None] = mapped_column(choice(Attendance))
    checked_in_at: Mapped[datetime | None]
    """When the person entered the code."""
    made_up_at: Mapped[datetime | None]
    """When the person did the make-up task."""
    stars: Mapped[int | None]

    item: Mapped[DatedItem] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment] = relationship(lazy="raise_on_sql")

    def guard(self) -> Guard:
        """Needs `enrolment` loaded."""
        return self.enrolment.guard()
