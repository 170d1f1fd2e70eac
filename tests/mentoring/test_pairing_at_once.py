"""People of the staff pairing and publishing, and mentors answering, at the same moment, on a database of their own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.orm import joinedload

from cohort import create_app
from cohort.cohorts.models import Cohort, Enrolment
from cohort.config import Settings
from cohort.db import Base, db
from cohort.errors import DomainError
from cohort.mail.models import Message
from cohort.mentoring.asking import accept_offer
from cohort.mentoring.models import Mentor, Pairing, PairingState
from cohort.mentoring.pairing import pair_by_hand
from cohort.mentoring.publishing import publish
from cohort.mentoring.queries import list_pairings
from tests.build import Build

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture
def installation(settings: Settings, own_database_url: str) -> Iterator[Flask]:
    app = create_app(replace(settings, database_url=own_database_url))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()


def at_once(app: Flask, deeds: list[Callable[[], object]]) -> list[object]:
    """Do each in a thread of its own, all begun together; gives what they returned, or the sentence of a refusal."""
    barrier = Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> object:
        with app.app_context():
            barrier.wait()
            try:
                done = deed()
                db.session.commit()
            except DomainError as refusal:
                db.session.rollback()
                return refusal.message
            return done

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))


def test_last_place_goes_to_one_of_two(installation: Flask) -> None:
    build = Build(NOW)
    cohort = build.cohort()
    mentor_id = build.mentor(cohort, build.person("Ruth"), capacity=1).id
    people = [build.enrolment(cohort).id for _ in range(4)]
    db.session.commit()

    def pair(enrolment_id: int) -> object:
        mentor, enrolment = db.session.get(Mentor, mentor_id), db.session.get(Enrolment, enrolment_id)
        assert mentor and enrolment
        return pair_by_hand(mentor, enrolment, now=NOW).state

    answers = at_once(installation, [lambda number=number: pair(number) for number in people])  # type: ignore[misc]

    assert sorted(map(str, answers)) == ["Ruth has no place left. Remove another pair first."] * 3 + ["proposed"]
    assert db.session.query(Pairing).count() == 1


def test_pairs_published_twice_at_once_are_told_once(installation: Flask) -> None:
    build = Build(NOW)
    cohort_id = build.cohort().id
    cohort = db.session.get(Cohort, cohort_id)
    assert cohort
    mentor = build.mentor(cohort, capacity=2)
    pairs = [
        build.pairing(mentor, build.enrolment(cohort), state=PairingState.PROPOSED, published_at=None).id
        for _ in range(2)
    ]
    db.session.commit()

    def publish_all() -> object:
        cohort = db.session.get(Cohort, cohort_id, options=[joinedload(Cohort.version)])
        assert cohort
        return len(publish(cohort, list_pairings(cohort_id, pairs), now=NOW))

    answers = at_once(installation, [publish_all] * 3)

    assert sorted(map(str, answers)) == ["0", "0", "2"]
    assert db.session.query(Message).count() == 4


def test_mentor_who_accepts_everybody_at_once_has_no_more_than_places(installation: Flask) -> None:
    build = Build(NOW)
    cohort = build.cohort()
    mentor = build.mentor(cohort, capacity=2)
    pairs = [build.pairing(mentor, build.enrolment(cohort), state=PairingState.OFFERED, asked_at=NOW) for _ in range(5)]
    ids = [pair.id for pair in pairs]
    db.session.commit()

    def accept(pairing_id: int) -> object:
        pairing = db.session.get(Pairing, pairing_id)
        assert pairing
        accept_offer(pairing, now=NOW)
        return "accepted"

    answers = at_once(installation, [lambda number=number: accept(number) for number in ids])  # type: ignore[misc]

    assert sorted(map(str, answers)) == ["This question is not open any more. Nothing was changed."] * 3 + [
        "accepted",
        "accepted",
    ]
    db.session.expire_all()
    states = sorted(one.state.value for one in db.session.query(Pairing))
    assert states == ["accepted", "accepted", "closed", "closed", "closed"]
