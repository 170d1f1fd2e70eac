"""The workshops of the demo: sittings are settled, places taken, moved dates confirmed, and it is noted who came."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cohort.cohorts.models import Enrolment
from cohort.demo.people import find_person
from cohort.demo.stage import Stage
from cohort.schedule.models import DatedItem
from cohort.workshops.attending import check_in, close_attendance, list_places, make_up, rate, record, walk_in
from cohort.workshops.models import Attendance, Place, PlaceState, Sitting
from cohort.workshops.seats import hold
from cohort.workshops.settling import Settings, settle
from cohort.workshops.signing_up import confirm, excuse, take_place

FACILITATOR = "joel.merritt"
APART = timedelta(minutes=37)
"""Between two people who sign up."""
EVENING = timedelta(hours=8)
"""So long after the end of a workshop its stars are given."""

Told = Mapping[str, Any]
Step = tuple[str, datetime, Callable[[datetime], object]]
"""The participant it is about, '' for all; when; and the deed."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """One workshop as story.yaml tells it."""

    stage: Stage
    key: str
    told: Told

    def steps(self) -> Iterator[Step]:
        moment = self.stage.calendar.moment
        yield "", moment(self.told["settled"]), self.settle
        yield from self._signing_up()
        for name, at in self.told.get("confirmed", {}).items():
            yield name, moment(at), partial(self.confirm, name)
        for name, at in self.told.get("excused", {}).items():
            yield name, moment(at), partial(self.excuse, name)
        for kind, sitting in self.told["sittings"].items():
            yield from self._attendance(kind, sitting)
        for name, at in self.told.get("made_up", {}).items():
            yield name, moment(at), partial(self.make_up, name)

    def _signing_up(self) -> Iterator[Step]:
        at = self.stage.calendar.moment(self.told["signing_up"])
        for kind, sitting in self.told["sittings"].items():
            for name in sitting["comes"]:
                yield name, at, partial(self.take_place, name, kind)
                at += APART

    def _attendance(self, kind: str, sitting: Told) -> Iterator[Step]:
        moment = self.stage.calendar.moment
        for name, at in sitting.get("with_code", {}).items():
            yield name, moment(at), partial(self.check_in, name, kind)
        if "noted" in sitting:
            yield "", moment(sitting["noted"]), partial(self.note, kind, sitting)
            yield "", moment(sitting["noted"]) + EVENING, partial(self.rate, kind)
        if "closed" in sitting:
            yield "", moment(sitting["closed"]), partial(self.close, kind)

    def item(self, kind: str) -> DatedItem:
        return self.stage.item(f"{kind}:{self.key}")

    def settle(self, now: datetime) -> None:
        for kind, sitting in self.told["sittings"].items():
            settings = Settings(
                capacity=sitting.get("capacity"),
                room=sitting.get("room", ""),
                join_url=sitting.get("link", ""),
                facilitator_id=find_person(FACILITATOR).id,
                materials=sitting.get("materials", ""),
                make_up=sitting.get("make_up", ""),
            )
            settle(self.item(kind), settings, version=0, now=now)

    def take_place(self, name: str, kind: str, now: datetime) -> None:
        take_place(self.stage.enrolment(name), self.item(kind), now=now)

    def confirm(self, name: str, now: datetime) -> None:
        confirm(*self._held_by(name), now=now)

    def excuse(self, name: str, now: datetime) -> None:
        excuse(*self._held_by(name), now=now)

    def make_up(self, name: str, now: datetime) -> None:
        make_up(*self._held_by(name), is_done=True, now=now)

    def check_in(self, name: str, kind: str, now: datetime) -> None:
        item = self.item(kind)
        check_in(self.stage.enrolment(name), [item], code=self._sitting(item, now).code, now=now)

    def note(self, kind: str, sitting: Told, now: datetime) -> None:
        """Who has a place was there, unless the story says otherwise."""
        item = self.item(kind)
        marks = {self.stage.enrolment(name).id: Attendance(mark) for name, mark in sitting.get("marks", {}).items()}
        held = [place for place in list_places(item) if place.state is PlaceState.HELD]
        record(item, {one.enrolment_id: Attendance.ATTENDED for one in held} | marks, now=now)
        for name in sitting.get("walk_ins", ()):
            walk_in(self.stage.enrolment(name), item, attendance=Attendance.ATTENDED, now=now)

    def close(self, kind: str, now: datetime) -> None:
        close_attendance(self.item(kind), now=now)

    def rate(self, kind: str, now: datetime) -> None:
        item = self.item(kind)
        came = {place.enrolment_id for place in list_places(item) if place.attendance is not None}
        for name, stars in self.told["stars"].items():
            enrolment = self.stage.enrolment(name)
            if enrolment.id in came:
                rate(enrolment, item, stars=stars, now=now)

    def _held_by(self, name: str) -> tuple[Enrolment, DatedItem]:
        """A participant, and the sitting in which they hold their place."""
        enrolment = self.stage.enrolment(name)
        items = [self.item(kind) for kind in self.told["sittings"]]
        return enrolment, next(item for item in items if _has_place(list_places(item), enrolment))

    def _sitting(self, item: DatedItem, now: datetime) -> Sitting:
        return hold(item, now=now).sittings[item.id]


def _has_place(places: list[Place], enrolment: Enrolment) -> bool:
    return any(place.enrolment_id == enrolment.id and place.state is PlaceState.HELD for place in places)
