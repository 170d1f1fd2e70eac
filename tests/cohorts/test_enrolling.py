"""Joining, declining, leaving, the waiting list, and many people at one seat."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from cohort import create_app
from cohort.cohorts.enrolling import decline, enrol, enrol_all, fill_places, withdraw
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.config import Settings
from cohort.db import Base, db
from cohort.errors import Conflict
from cohort.mail.models import Message
from cohort.mentoring.models import PairingState
from tests.build import Build
from tests.client import QueryCount

INVITED, WAITLISTED, ENROLLED = EnrolmentState.INVITED, EnrolmentState.WAITLISTED, EnrolmentState.ENROLLED
DECLINED, WITHDRAWN, COMPLETED = EnrolmentState.DECLINED, EnrolmentState.WITHDRAWN, EnrolmentState.COMPLETED
AHEAD = date(2027, 1, 11)
"""A start that is still to come at the time of the tests."""


def invited(build: Build, cohort: Cohort, number: int) -> list[Enrolment]:
    return [build.enrolment(cohort, state=INVITED, answered_at=None) for _ in range(number)]


def states(*enrolments: Enrolment) -> list[EnrolmentState]:
    """As the database has them."""
    db.session.flush()
    found = {row.id: row.state for row in db.session.execute(select(Enrolment.id, Enrolment.state))}
    return [found[one.id] for one in enrolments]


def mails() -> list[tuple[str, int]]:
    messages = db.session.scalars(select(Message).order_by(Message.id))
    return [(message.template, message.params["enrolment_id"]) for message in messages]


def test_invited_person_gets_a_seat_and_a_welcome(build: Build) -> None:
    cohort = build.cohort(seats=1)
    (ann,) = invited(build, cohort, 1)

    enrol(ann, now=build.now)

    assert (ann.state, ann.answered_at) == (ENROLLED, build.now)
    assert states(ann) == [ENROLLED]
    assert mails() == [("welcome", ann.id)]


def test_enrolling_twice_is_enrolling_once(build: Build) -> None:
    (ann,) = invited(build, build.cohort(), 1)

    enrol(ann, now=build.now)
    enrol(ann, now=build.now + timedelta(minutes=1))

    assert ann.answered_at == build.now
    assert mails() == [("welcome", ann.id)]


def test_full_cohort_puts_people_in_line_in_the_order_they_came(build: Build) -> None:
    cohort = build.cohort(seats=1, starts_on=AHEAD)
    first, second, third = invited(build, cohort, 3)

    for minutes, one in enumerate((second, third, first)):
        enrol(one, now=build.now + timedelta(minutes=minutes))

    assert states(first, second, third) == [WAITLISTED, ENROLLED, WAITLISTED]
    withdraw(second, reason="", now=build.now + timedelta(hours=1))
    assert states(first, second, third) == [WAITLISTED, WITHDRAWN, ENROLLED]
    assert mails() == [
        ("welcome", second.id),
        ("waitlisted", third.id),
        ("waitlisted", first.id),
        ("place-free", third.id),
    ]


def test_waiting_person_who_asks_again_keeps_the_place_in_line(build: Build) -> None:
    cohort = build.cohort(seats=1, starts_on=AHEAD)
    seated, first, second = invited(build, cohort, 3)
    for minutes, one in enumerate((seated, first, second, first)):
        enrol(one, now=build.now + timedelta(minutes=minutes))

    withdraw(seated, reason="", now=build.now)

    assert states(first, second) == [ENROLLED, WAITLISTED]


def test_nobody_is_moved_into_a_program_that_has_begun_unless_asked(build: Build) -> None:
    cohort = build.cohort(seats=1)
    seated, waiting, late = invited(build, cohort, 3)
    enrol(seated, now=build.now)
    enrol(waiting, now=build.now)

    withdraw(seated, reason="", now=build.now)
    assert states(waiting) == [WAITLISTED]
    enrol(waiting, now=build.now)
    enrol(late, now=build.now)

    assert states(waiting, late) == [ENROLLED, WAITLISTED]


def test_first_day_begins_by_the_clocks_of_the_cohort(build: Build) -> None:
    cohort = build.cohort(seats=1, starts_on=date(2026, 11, 24), zone="America/Chicago")
    seated, waiting = invited(build, cohort, 2)
    enrol(seated, now=build.now)
    enrol(waiting, now=build.now)

    withdraw(seated, reason="", now=datetime(2026, 11, 24, 5, 59, tzinfo=UTC))  # 23:59 on the day before, in Chicago

    assert states(waiting) == [ENROLLED]


def test_added_seats_go_to_the_first_in_line(build: Build) -> None:
    cohort = build.cohort(seats=1, starts_on=AHEAD)
    enrolments = invited(build, cohort, 4)
    for minutes, one in enumerate(enrolments):
        enrol(one, now=build.now + timedelta(minutes=minutes))

    cohort.seats = 3
    fill_places(cohort, now=build.now)

    assert states(*enrolments) == [ENROLLED, ENROLLED, ENROLLED, WAITLISTED]


def test_cohort_with_fewer_seats_than_people_moves_nobody_up(build: Build) -> None:
    cohort = build.cohort(seats=3, starts_on=AHEAD)
    enrolments = invited(build, cohort, 4)
    enrol_all(cohort.id, enrolments, now=build.now)
    cohort.seats = 1

    withdraw(enrolments[0], reason="", now=build.now)

    assert states(*enrolments) == [WITHDRAWN, ENROLLED, ENROLLED, WAITLISTED]


def test_completed_people_keep_their_seat(build: Build) -> None:
    cohort = build.cohort(seats=1)
    build.enrolment(cohort, state=COMPLETED)
    (late,) = invited(build, cohort, 1)

    enrol(late, now=build.now)

    assert late.state is WAITLISTED


def test_cohort_without_a_number_of_seats_takes_everybody(build: Build) -> None:
    cohort = build.cohort(seats=None)
    enrolments = invited(build, cohort, 3)

    enrol_all(cohort.id, enrolments, now=build.now)

    assert states(*enrolments) == [ENROLLED] * 3


@pytest.mark.parametrize("state", [INVITED, WAITLISTED])
def test_no_can_be_said_to_the_invitation_and_to_waiting(build: Build, state: EnrolmentState) -> None:
    ann = build.enrolment(build.cohort(), state=state)

    decline(ann, reason="A child is due", now=build.now)

    assert (ann.state, ann.reason, ann.answered_at) == (DECLINED, "A child is due", build.now)


def test_no_can_be_taken_back(build: Build) -> None:
    ann = build.enrolment(build.cohort(), state=DECLINED, reason="A child is due")

    enrol(ann, now=build.now)

    assert (ann.state, ann.reason) == (ENROLLED, "")


def test_no_after_joining_is_refused(build: Build) -> None:
    ann = build.enrolment(build.cohort())

    with pytest.raises(Conflict):
        decline(ann, reason="", now=build.now)

    assert states(ann) == [ENROLLED]


def test_withdrawn_person_loses_the_pair_and_may_come_back(build: Build) -> None:
    cohort = build.cohort()
    ann = build.enrolment(cohort)
    pairing = build.pairing(build.mentor(cohort), ann)

    withdraw(ann, reason="New job", now=build.now)

    assert (ann.state, ann.ended_at, ann.reason) == (WITHDRAWN, build.now, "New job")
    db.session.refresh(pairing)
    assert (pairing.state, pairing.closed_at) == (PairingState.CLOSED, build.now)
    enrol(ann, now=build.now)
    assert (ann.state, ann.ended_at) == (ENROLLED, None)


@pytest.mark.parametrize("state", [WITHDRAWN, COMPLETED, DECLINED])
def test_who_is_out_or_done_is_not_withdrawn(build: Build, state: EnrolmentState) -> None:
    ann = build.enrolment(build.cohort(), state=state)

    with pytest.raises(Conflict):
        withdraw(ann, reason="", now=build.now)

    assert states(ann) == [state]


def test_archived_cohort_takes_no_answers(build: Build) -> None:
    ann = build.enrolment(build.cohort(state=CohortState.ARCHIVED), state=INVITED)

    for deed in (
        lambda: enrol(ann, now=build.now),
        lambda: decline(ann, reason="", now=build.now),
        lambda: withdraw(ann, reason="", now=build.now),
    ):
        with pytest.raises(Conflict):
            deed()


def test_every_answer_is_seen_by_the_reminder_planner(build: Build) -> None:
    cohort = build.cohort()
    (ann,) = invited(build, cohort, 1)

    enrol(ann, now=build.now)
    withdraw(ann, reason="", now=build.now)

    db.session.refresh(cohort, ["plan_revision"])
    assert cohort.plan_revision == 2


@pytest.mark.parametrize("number", [1, 3])
def test_many_are_enrolled_in_as_many_queries_as_one(build: Build, queries: QueryCount, number: int) -> None:
    cohort = build.cohort(seats=3)
    enrolments = invited(build, cohort, number)

    with queries as seen:
        enrol_all(cohort.id, enrolments, now=build.now)
        db.session.flush()

    assert seen.count == 5  # take the turn, join the line, move up, read back, insert the mails


# --- many at once ---------------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(settings: Settings, own_database_url: str, tmp_path: Path) -> Flask:
    """An application on a database of its own, in which every thread has its own transaction."""
    app = create_app(replace(settings, database_url=own_database_url, data_dir=tmp_path / "data"))
    with app.app_context():
        Base.metadata.create_all(db.engine)
    return app


def at_once(app: Flask, ids: list[int], deed: str) -> None:
    """Everybody does `deed` at the same moment, each in a transaction of their own."""
    start = Barrier(len(ids))

    def act(number: int) -> None:
        with app.app_context():
            enrolment = db.session.get_one(Enrolment, number)
            db.session.rollback()
            start.wait(timeout=30)
            now = datetime.now(UTC)
            enrol(enrolment, now=now) if deed == "enrol" else withdraw(enrolment, reason="", now=now)
            db.session.commit()

    with ThreadPoolExecutor(len(ids)) as threads:
        list(threads.map(act, ids))


def people_at(app: Flask, *, seats: int, number: int) -> tuple[int, list[int]]:
    with app.app_context():
        build = Build(datetime.now(UTC))
        cohort = build.cohort(seats=seats, starts_on=AHEAD + timedelta(days=3650))
        ids = [one.id for one in invited(build, cohort, number)]
        db.session.commit()
        return cohort.id, ids


def tally(app: Flask) -> Counter[EnrolmentState]:
    with app.app_context():
        return Counter(db.session.scalars(select(Enrolment.state)))


def test_one_seat_is_given_once_when_twenty_people_ask(crowd: Flask) -> None:
    _, ids = people_at(crowd, seats=1, number=20)

    at_once(crowd, ids, "enrol")

    assert tally(crowd) == {ENROLLED: 1, WAITLISTED: 19}
    with crowd.app_context():
        assert Counter(db.session.scalars(select(Message.template))) == {"welcome": 1, "waitlisted": 19}
        db.session.remove()
        db.engine.dispose()


def test_seats_freed_at_once_are_all_handed_on(crowd: Flask) -> None:
    cohort_id, ids = people_at(crowd, seats=8, number=16)
    with crowd.app_context():
        now = datetime.now(UTC)
        enrol_all(cohort_id, [db.session.get_one(Enrolment, number) for number in ids], now=now)
        db.session.commit()

    at_once(crowd, ids[:8], "withdraw")

    assert tally(crowd) == {ENROLLED: 8, WITHDRAWN: 8}
    with crowd.app_context():
        assert Counter(db.session.scalars(select(Message.template)))["place-free"] == 8
        db.session.remove()
        db.engine.dispose()
