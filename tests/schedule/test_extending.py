"""Giving one person a later date."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from cohort.cohorts.models import CohortState, EnrolmentState
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.schedule.extending import grant_extension
from cohort.schedule.models import Extension
from cohort.schedule.queries import effective_due, list_extensions
from tests.build import Build

DAY = timedelta(days=1)


def test_extension_moves_the_date_of_one_person(build: Build) -> None:
    cohort = build.cohort()
    ann, ben, lead = build.enrolment(cohort), build.enrolment(cohort), build.person()
    item = build.item(cohort, "assignment.due:leadership-starting-line")
    until = max(item.at, build.now) + DAY

    grant_extension(ann, item, until=until, reason="On call", by=lead, now=build.now)

    assert effective_due(item, list_extensions(ann.id).get(item.id)) == until
    assert effective_due(item, list_extensions(ben.id).get(item.id)) == item.at
    db.session.refresh(cohort, ["plan_revision"])
    assert cohort.plan_revision == 1


def test_second_extension_of_an_item_replaces_the_first(build: Build) -> None:
    cohort = build.cohort()
    ann, lead = build.enrolment(cohort), build.person()
    item = build.item(cohort, "assignment.due:leadership-starting-line")
    late = max(item.at, build.now)

    for days in (3, 2):
        grant_extension(ann, item, until=late + days * DAY, reason=f"{days}", by=lead, now=build.now)

    extension = list_extensions(ann.id)[item.id]
    assert (extension.until, extension.reason, extension.granted_by_id) == (late + 2 * DAY, "2", lead.id)
    assert db.session.scalar(select(func.count(Extension.id))) == 1


def test_extension_is_later_than_the_common_date_and_than_now(build: Build) -> None:
    cohort = build.cohort()
    ann = build.enrolment(cohort)
    past = build.item(cohort, "assignment.due:leadership-starting-line")
    ahead = build.item(cohort, "assignment.due:capstone")
    assert past.at < build.now < ahead.at

    for item, until in ((past, build.now), (past, past.at + timedelta(minutes=1)), (ahead, ahead.at)):
        with pytest.raises(DomainError) as refusal:
            grant_extension(ann, item, until=until, reason="", by=ann.person, now=build.now)
        assert refusal.value.field == "until"


@pytest.mark.parametrize("state", [EnrolmentState.INVITED, EnrolmentState.WITHDRAWN])
def test_only_people_in_the_cohort_get_more_time(build: Build, state: EnrolmentState) -> None:
    cohort = build.cohort()
    ann = build.enrolment(cohort, state=state)
    item = build.item(cohort, "assignment.due:capstone")

    with pytest.raises(Conflict):
        grant_extension(ann, item, until=item.at + DAY, reason="", by=ann.person, now=build.now)


def test_item_of_another_cohort_or_without_an_owner_is_refused(build: Build) -> None:
    ann = build.enrolment(build.cohort())
    other = build.cohort()

    for item in (build.item(other, "assignment.due:capstone"), build.item(ann.cohort, "workshop:kickoff")):
        with pytest.raises(DomainError) as refusal:
            grant_extension(ann, item, until=build.now + 500 * DAY, reason="", by=ann.person, now=build.now)
        assert refusal.value.field == "item"


def test_archived_cohort_gives_no_more_time(build: Build) -> None:
    cohort = build.cohort(state=CohortState.ARCHIVED)
    ann = build.enrolment(cohort)
    item = build.item(cohort, "assignment.due:capstone")

    with pytest.raises(Conflict):
        grant_extension(ann, item, until=item.at + DAY, reason="", by=ann.person, now=build.now)
