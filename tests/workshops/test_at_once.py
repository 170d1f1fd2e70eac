"""Two hundred people and one seat, on a database of their own; and a seat freed while others come."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from cohort import create_app
from cohort.cohorts.models import Enrolment
from cohort.config import Settings
from cohort.db import Base, db
from cohort.errors import DomainError
from cohort.schedule.models import DatedItem
from cohort.workshops.models import Place, PlaceState
from cohort.workshops.signing_up import leave_place, take_place
from tests.build import Build
from tests.workshops.hall import Hall

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PEOPLE = 200


@pytest.fixture
def installation(settings: Settings, own_database_url: str) -> Iterator[Flask]:
    app = create_app(replace(settings, database_url=own_database_url))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()


def at_once(app: Flask, deeds: list[Callable[[], str]]) -> list[str]:
    """Do each in a thread of its own, all begun together; gives what they returned, or the sentence of a refusal.

    Who waited too long for the database tries again, as the page for that says.
    """
    barrier = Barrier(len(deeds))

    def do(deed: Callable[[], str]) -> str:
        with app.app_context():
            barrier.wait()
            while True:
                try:
                    done = deed()
                    db.session.commit()
                except DomainError as refusal:
                    db.session.rollback()
                    return refusal.message
                except OperationalError:
                    db.session.rollback()
                else:
                    return done

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))


def sign_up(enrolment_id: int, item_id: int, number: int = 0) -> str:
    enrolment, item = db.session.get_one(Enrolment, enrolment_id), db.session.get_one(DatedItem, item_id)
    return take_place(enrolment, item, now=NOW + timedelta(milliseconds=number)).state.value


def give_up(enrolment_id: int, item_id: int) -> str:
    enrolment, item = db.session.get_one(Enrolment, enrolment_id), db.session.get_one(DatedItem, item_id)
    leave_place(enrolment, item, now=NOW)
    return "left"


def states(item_id: int) -> dict[str, int]:
    found = db.session.query(Place.state, db.func.count()).filter_by(item_id=item_id).group_by(Place.state)
    return {state.value: number for state, number in found}


def test_one_seat_goes_to_one_of_two_hundred(installation: Flask) -> None:
    hall = Hall(Build(NOW), capacity=1)
    people, item_id = [hall.comer().id for _ in range(PEOPLE)], hall.first.id
    db.session.commit()

    answers = at_once(installation, [lambda one=one: sign_up(one, item_id) for one in people])  # type: ignore[misc]

    assert (answers.count("held"), answers.count("waiting")) == (1, PEOPLE - 1)
    assert states(item_id) == {"held": 1, "waiting": PEOPLE - 1}


def test_seats_freed_and_wanted_at_once_are_never_oversold(installation: Flask) -> None:
    """Twenty leave while forty come: every seat is held or kept for somebody, and nobody jumps the line."""
    hall = Hall(Build(NOW), capacity=20)
    holders, item_id = [hall.comer() for _ in range(20)], hall.first.id
    for one in holders:
        take_place(one, hall.first, now=NOW - timedelta(hours=1))
    leaving, coming = [one.id for one in holders], [hall.comer().id for _ in range(40)]
    db.session.commit()
    deeds: list[Callable[[], str]] = [lambda one=one: give_up(one, item_id) for one in leaving]  # type: ignore[misc]
    deeds += [lambda one=one: sign_up(one, item_id) for one in coming]  # type: ignore[misc]

    at_once(installation, deeds)

    db.session.expire_all()
    found = states(item_id)
    assert found["left"] == 20
    assert found.get("held", 0) + found.get("offered", 0) == 20
    assert found["waiting"] == 20
    first_waits = min(place.since for place in db.session.query(Place).filter_by(state=PlaceState.WAITING))
    assert first_waits == NOW


def test_one_person_gets_one_place_however_often_they_ask(installation: Flask) -> None:
    hall = Hall(Build(NOW), capacity=5)
    ann, items = hall.comer().id, [hall.first.id, hall.second.id]
    db.session.commit()

    at_once(installation, [lambda item=item: sign_up(ann, item) for item in items * 4])  # type: ignore[misc]

    held = db.session.query(Place).filter_by(enrolment_id=ann, state=PlaceState.HELD).count()
    assert (held, db.session.query(Place).count()) == (1, 2)
