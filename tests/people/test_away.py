"""Noting days away: what is taken, what becomes one range, and what is refused."""

from datetime import date, timedelta

import pytest

from cohort.cohorts.models import EnrolmentState
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.people.away import MOST, Days, add_all, add_away, remove_away
from cohort.people.models import Away, AwayKind, Person
from cohort.people.queries import AwaySpan, list_away, list_away_in, list_own_away
from tests.build import Build

AWAY, ON_CALL = AwayKind.AWAY, AwayKind.ON_CALL
WEEK = Days(ON_CALL, date(2026, 11, 30), date(2026, 12, 6))


@pytest.fixture
def ben(build: Build) -> Person:
    return build.person("Ben Adeyemi")


def noted(person: Person) -> list[tuple[AwayKind, date, date]]:
    return [(one.kind, one.first, one.last) for one in list_own_away(person.id, date.min)]


def test_range_is_noted(build: Build, ben: Person) -> None:
    add_away(ben, WEEK, now=build.now)

    assert noted(ben) == [(ON_CALL, date(2026, 11, 30), date(2026, 12, 6))]


def test_days_that_overlap_become_one_range_of_their_kind(build: Build, ben: Person) -> None:
    add_away(ben, WEEK, now=build.now)
    add_away(ben, Days(AWAY, date(2026, 12, 5), date(2026, 12, 8)), now=build.now)
    add_away(ben, Days(ON_CALL, date(2026, 12, 6), date(2026, 12, 9)), now=build.now)

    assert noted(ben) == [
        (ON_CALL, date(2026, 11, 30), date(2026, 12, 9)),
        (AWAY, date(2026, 12, 5), date(2026, 12, 8)),
    ]


@pytest.mark.parametrize("days", [WEEK, Days(ON_CALL, date(2026, 12, 1), date(2026, 12, 2))])
def test_days_that_are_noted_already_are_refused_kindly(build: Build, ben: Person, days: Days) -> None:
    add_away(ben, WEEK, now=build.now)

    with pytest.raises(Conflict, match="on your list already"):
        add_away(ben, days, now=build.now)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (date(2026, 12, 6), date(2026, 12, 5), "last"),
        (date(2026, 12, 1), date(2027, 12, 2), "last"),
        (date(2026, 11, 20), date(2026, 11, 22), "last"),
        (date(2030, 1, 1), date(2030, 1, 2), "first"),
        (date(9999, 12, 30), date(9999, 12, 31), "first"),
    ],
)
def test_odd_range_is_refused(build: Build, ben: Person, first: date, last: date, field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        add_away(ben, Days(AWAY, first, last), now=build.now)

    assert (refusal.value.field, noted(ben)) == (field, [])


def test_range_may_last_366_days_and_no_longer_together_with_another(build: Build, ben: Person) -> None:
    first = date(2026, 12, 1)
    add_away(ben, Days(AWAY, first, first + timedelta(days=365)), now=build.now)

    with pytest.raises(DomainError, match="more than a year"):
        add_away(ben, Days(AWAY, first + timedelta(days=360), first + timedelta(days=370)), now=build.now)


def test_two_hundred_ranges_are_kept(build: Build, ben: Person) -> None:
    first = date(2026, 12, 1)
    days = [Days(AWAY, on, on) for on in (first + timedelta(days=2 * number) for number in range(MOST + 1))]
    assert add_all(ben, days[:MOST], now=build.now) == MOST

    with pytest.raises(DomainError, match="At most 200"):
        add_away(ben, days[MOST], now=build.now)


def test_several_are_noted_but_for_those_that_are_there(build: Build, ben: Person) -> None:
    add_away(ben, WEEK, now=build.now)

    assert add_all(ben, [WEEK, Days(AWAY, WEEK.first, WEEK.last)], now=build.now) == 1


def test_removed_range_is_gone(build: Build, ben: Person) -> None:
    remove_away(add_away(ben, WEEK, now=build.now))

    assert db.session.query(Away).count() == 0


def test_list_of_a_cohort_holds_who_takes_part_and_is_away_then(build: Build, ben: Person) -> None:
    cohort, other = build.cohort(), build.cohort()
    left = build.person()
    build.enrolment(cohort, ben)
    build.enrolment(cohort, left, state=EnrolmentState.WITHDRAWN)
    elsewhere = build.enrolment(other).person
    for person in (ben, left, elsewhere, build.mentor(cohort).person):
        add_away(person, WEEK, now=build.now)

    found = list_away_in(cohort.id, WEEK.last, date(2026, 12, 31))

    assert found == [AwaySpan(ben.id, "Ben Adeyemi", ON_CALL, WEEK.first, WEEK.last, "America/Chicago")]
    assert list_away_in(cohort.id, date(2026, 12, 7), date(2026, 12, 31)) == []


def test_list_of_people_says_of_each_when_they_are_away(build: Build, ben: Person) -> None:
    ann = build.person()
    kept = add_away(ben, WEEK, now=build.now)

    assert list_away([ann.id, ben.id], WEEK.first, WEEK.first) == {ann.id: [], ben.id: [kept]}
