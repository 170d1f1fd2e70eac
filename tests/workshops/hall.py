"""A workshop with two sittings in a running cohort, and people who might come."""

from datetime import datetime

from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.mail.models import Message
from cohort.people.models import Person
from cohort.schedule.models import DatedItem
from cohort.workshops.models import Place, PlaceState, Sitting
from tests.build import Build

KEY = "hard-talks"
FIRST, SECOND = f"workshop:{KEY}", f"workshop.alternative:{KEY}"


class Hall:
    """The workshop of module 4: Wednesday 25 November, 10:00 to 12:00 in Chicago, and again the next day at 15:00."""

    def __init__(self, build: Build, *, capacity: int | None = None) -> None:
        self.build = build
        self.cohort: Cohort = build.cohort()
        self.first, self.second = build.item(self.cohort, FIRST), build.item(self.cohort, SECOND)
        for item in (self.first, self.second):
            db.session.add(Sitting(item_id=item.id, item=item, capacity=capacity, code="123456"))
        db.session.flush()

    @property
    def starts_at(self) -> datetime:
        assert self.first.at is not None
        return self.first.at

    @property
    def ends_at(self) -> datetime:
        assert self.first.ends_at is not None
        return self.first.ends_at

    def comer(self, name: str = "") -> Enrolment:
        enrolment: Enrolment = self.build.enrolment(self.cohort, self.build.person(name), profiled_at=self.build.now)
        return enrolment

    def person(self, enrolment: Enrolment) -> Person:
        return db.session.get_one(Person, enrolment.person_id)

    def sitting(self, item: DatedItem) -> Sitting:
        return db.session.get_one(Sitting, item.id)

    def state(self, enrolment: Enrolment, item: DatedItem) -> str:
        """The state of a place, '' where there is none."""
        db.session.flush()
        place = self.place(enrolment, item)
        return place.state.value if place else ""

    def place(self, enrolment: Enrolment, item: DatedItem) -> Place | None:
        return db.session.query(Place).filter_by(enrolment_id=enrolment.id, item_id=item.id).one_or_none()

    def taken(self, item: DatedItem) -> int:
        held = (PlaceState.HELD, PlaceState.OFFERED)
        return db.session.query(Place).filter(Place.item_id == item.id, Place.state.in_(held)).count()

    def mails(self) -> list[tuple[str, int]]:
        """Kind and reader of every mail in the outbox, in its order."""
        return [(mail.template, mail.person_id) for mail in db.session.query(Message).order_by(Message.id)]
