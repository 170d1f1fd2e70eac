"""Changing the settings of a cohort."""

from datetime import date, timedelta

import pytest

from cohort.cohorts.changing import change_settings
from cohort.cohorts.models import CohortState, EnrolmentState
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.models import Message
from tests.build import Build

DAY = date(2027, 4, 5)


def test_draft_takes_title_seats_and_blackout_days(build: Build) -> None:
    cohort = build.cohort(state=CohortState.DRAFT)

    change_settings(cohort, title="Autumn", seats=8, blackouts=[(DAY, DAY)], now=build.now)

    assert (cohort.title, cohort.seats, cohort.blackouts) == ("Autumn", 8, [["2027-04-05", "2027-04-05"]])


def test_launched_cohort_keeps_its_blackout_days(build: Build) -> None:
    cohort = build.cohort(blackouts=[["2026-11-26", "2026-11-27"]])

    change_settings(cohort, title="Autumn", seats=None, blackouts=None, now=build.now)
    with pytest.raises(Conflict):
        change_settings(cohort, title="Winter", seats=None, blackouts=[(DAY, DAY)], now=build.now)

    assert (cohort.title, cohort.blackouts) == ("Autumn", [["2026-11-26", "2026-11-27"]])


def test_fewer_seats_than_people_are_refused(build: Build) -> None:
    cohort = build.cohort(seats=5)
    for state in (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED, EnrolmentState.INVITED):
        build.enrolment(cohort, state=state)

    with pytest.raises(DomainError) as refusal:
        change_settings(cohort, title="Autumn", seats=1, blackouts=None, now=build.now)
    change_settings(cohort, title="Autumn", seats=2, blackouts=None, now=build.now)

    assert (refusal.value.field, cohort.seats) == ("seats", 2)


def test_added_seats_go_to_the_first_who_wait(build: Build) -> None:
    cohort = build.cohort(seats=1, starts_on=date(2027, 3, 1))
    build.enrolment(cohort)
    second = build.enrolment(cohort, state=EnrolmentState.WAITLISTED, answered_at=build.now - timedelta(days=1))
    first = build.enrolment(cohort, state=EnrolmentState.WAITLISTED, answered_at=build.now - timedelta(days=2))

    change_settings(cohort, title="Autumn", seats=2, blackouts=None, now=build.now)
    db.session.expire_all()

    assert (first.state, second.state) == (EnrolmentState.ENROLLED, EnrolmentState.WAITLISTED)
    assert [mail.person_id for mail in db.session.query(Message)] == [first.person_id]
