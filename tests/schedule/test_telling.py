"""Whom a change of dates concerns, and what of it each of them reads."""

from datetime import UTC, datetime, timedelta

import pytest

from cohort.assignments.models import Submission, SubmissionState
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState, StaffRole
from cohort.db import db
from cohort.mentoring.models import PairingState
from cohort.people.models import Person
from cohort.schedule.models import Extension
from cohort.schedule.moving import Move
from cohort.schedule.telling import Told, list_told
from cohort.workshops.models import Place, PlaceState
from tests.build import Build

TABLE, SECOND, HOMEWORK = (
    "workshop:strategy-table",
    "workshop.alternative:strategy-table",
    "assignment.due:one-page-strategy",
)
IN_JANUARY = datetime(2027, 1, 6, 16, tzinfo=UTC)
WEEK = timedelta(days=7)


def moved(item_id: str, before: datetime | None = IN_JANUARY, after: datetime | None = IN_JANUARY + WEEK) -> Move:
    return Move(item_id, "Title", before, after, "why")


MOVES = [moved(TABLE), moved(SECOND), moved(HOMEWORK), moved("module.closes:look-up"), moved("mentor_session.by:x")]


def told_of(cohort: Cohort, person: Person, moves: list[Move], now: datetime) -> list[str]:
    return [move.id for told in list_told(cohort, moves, now=now, only=person.id) for move in told.moves]


def test_each_role_is_told_what_it_plans_by(build: Build) -> None:
    cohort = build.cohort()
    enrolment = build.enrolment(cohort, build.person("Ann"))
    build.pairing(build.mentor(cohort, build.person("Luis")), enrolment)
    build.staff(cohort, build.person("Dana"))

    told = list_told(cohort, MOVES, now=build.now)

    assert [(it.name, it.role, [move.id for move in it.moves]) for it in told] == [
        ("Ann", "participant", [HOMEWORK, "mentor_session.by:x", TABLE]),
        ("Dana", "staff", [HOMEWORK, "mentor_session.by:x", SECOND, TABLE]),
        ("Luis", "mentor", [HOMEWORK, "mentor_session.by:x"]),
    ]


def test_only_those_who_take_part_and_can_sign_in_are_told(build: Build) -> None:
    cohort, elsewhere = build.cohort(), build.cohort()
    for state in (EnrolmentState.INVITED, EnrolmentState.WITHDRAWN, EnrolmentState.DECLINED, EnrolmentState.WAITLISTED):
        build.enrolment(cohort, state=state)
    build.enrolment(elsewhere)
    closed = build.person(deactivated_at=build.now)
    gone = build.enrolment(cohort, closed)
    build.pairing(build.mentor(cohort), gone)
    build.staff(cohort, build.person(deactivated_at=build.now))
    build.staff(cohort, role=StaffRole.OBSERVER)
    build.staff(elsewhere)
    left = build.staff(cohort)
    left.until = build.now
    ann = build.enrolment(cohort, build.person("Ann"), state=EnrolmentState.COMPLETED)
    ben = build.enrolment(cohort, build.person("Ben"))
    build.pairing(build.mentor(cohort), ann, state=PairingState.PROPOSED, published_at=None)
    build.pairing(build.mentor(cohort, build.person(deactivated_at=build.now)), ben)

    assert [it.name for it in list_told(cohort, MOVES, now=build.now)] == ["Ann", "Ben"]


def test_who_makes_the_change_is_not_told(build: Build) -> None:
    cohort = build.cohort()
    lead, other = build.staff(cohort).person, build.staff(cohort).person

    assert [it.person_id for it in list_told(cohort, MOVES, now=build.now, but=lead.id)] == [other.id]


def test_somebody_with_several_parts_is_told_everything_once_and_by_time(build: Build) -> None:
    cohort = build.cohort()
    both = build.person("Ann")
    build.enrolment(cohort, both)
    mentor = build.mentor(cohort, both)
    build.pairing(mentor, build.enrolment(cohort))
    build.pairing(mentor, build.enrolment(cohort))
    build.staff(cohort, both)
    build.staff(cohort, both, StaffRole.FACILITATOR)
    moves = [moved(HOMEWORK), moved(SECOND, IN_JANUARY - WEEK), moved(TABLE)]

    [told] = list_told(cohort, moves, now=build.now, only=both.id)

    assert (told.role, [move.id for move in told.moves]) == ("participant", [SECOND, HOMEWORK, TABLE])


def test_what_is_over_before_and_after_is_told_to_nobody(build: Build) -> None:
    cohort = build.cohort()
    ann = build.enrolment(cohort).person
    past = build.now - timedelta(days=1)
    moves = [moved(TABLE, past - WEEK, past), moved(HOMEWORK, past, build.now + WEEK), moved("milestone:x", None, past)]

    assert told_of(cohort, ann, moves, build.now) == [HOMEWORK]
    assert list_told(cohort, moves[:1], now=build.now) == []
    assert list_told(cohort, [moved("module.closes:look-up")], now=build.now) == []


def test_done_work_is_not_told(build: Build) -> None:
    cohort = build.cohort()
    ann, ben = build.enrolment(cohort), build.enrolment(cohort)
    work = Submission(enrolment_id=ann.id, assignment_key="one-page-strategy", reviewed_by="mentor")
    work.state, work.saved_at, work.submitted_at = SubmissionState.SUBMITTED, build.now, build.now
    db.session.add(work)
    db.session.flush()

    assert told_of(cohort, ann.person, [moved(HOMEWORK)], build.now) == []
    assert told_of(cohort, ben.person, [moved(HOMEWORK)], build.now) == [HOMEWORK]


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (IN_JANUARY - WEEK, (IN_JANUARY, IN_JANUARY + WEEK)),  # the common date is later: theirs too
        (IN_JANUARY + timedelta(days=2), (IN_JANUARY + timedelta(days=2), IN_JANUARY + WEEK)),
        (IN_JANUARY + WEEK, None),
        (IN_JANUARY + 2 * WEEK, None),
    ],
)
def test_extension_counts_where_it_is_later(
    build: Build, until: datetime, expected: tuple[datetime, datetime] | None
) -> None:
    cohort = build.cohort()
    ann = build.enrolment(cohort)
    item_id = build.item(cohort, HOMEWORK).id
    db.session.add(Extension(item_id=item_id, enrolment_id=ann.id, until=until, granted_at=build.now))
    db.session.flush()

    told = list_told(cohort, [moved(HOMEWORK)], now=build.now)

    assert [(move.before, move.after) for it in told for move in it.moves] == ([expected] if expected else [])


def test_extension_does_not_hide_that_something_is_held_no_more(build: Build) -> None:
    cohort = build.cohort()
    ann = build.enrolment(cohort)
    until = IN_JANUARY + WEEK
    item_id = build.item(cohort, HOMEWORK).id
    db.session.add(Extension(item_id=item_id, enrolment_id=ann.id, until=until, granted_at=build.now))
    db.session.flush()

    [told] = list_told(cohort, [moved(HOMEWORK, after=None)], now=build.now)

    assert [(move.before, move.after) for move in told.moves] == [(until, None)]


def seat(build: Build, enrolment: Enrolment, item_id: str, state: PlaceState) -> None:
    place = Place(item_id=build.item(enrolment.cohort, item_id).id, enrolment_id=enrolment.id, state=state)
    place.since = build.now
    place.offered_until = build.now + WEEK if state is PlaceState.OFFERED else None
    db.session.add(place)
    db.session.flush()


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (None, None, [TABLE]),  # who has not answered is taken to come to the first
        (PlaceState.HELD, None, [TABLE]),
        (PlaceState.WAITING, PlaceState.HELD, [SECOND, TABLE]),
        (PlaceState.OFFERED, None, [TABLE]),
        (None, PlaceState.HELD, [SECOND]),
        (PlaceState.EXCUSED, None, []),
        (PlaceState.LEFT, PlaceState.HELD, [SECOND]),
        (None, PlaceState.LEFT, []),
    ],
)
def test_only_who_goes_to_a_sitting_is_told_of_it(
    build: Build, first: PlaceState | None, second: PlaceState | None, expected: list[str]
) -> None:
    cohort = build.cohort()
    ann = build.enrolment(cohort)
    for item_id, state in ((TABLE, first), (SECOND, second)):
        if state is not None:
            seat(build, ann, item_id, state)

    assert told_of(cohort, ann.person, [moved(TABLE), moved(SECOND)], build.now) == expected


def test_told_says_in_whose_zone(build: Build) -> None:
    cohort = build.cohort()
    ann = build.enrolment(cohort, build.person("Ann", time_zone="Europe/London")).person

    assert list_told(cohort, [moved(TABLE)], now=build.now) == [
        Told(ann.id, "Ann", "Europe/London", "participant", (moved(TABLE),))
    ]
