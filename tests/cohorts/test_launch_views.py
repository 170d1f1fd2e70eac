"""Settings and launch of a cohort, in the browser."""

from datetime import date, timedelta
from typing import Any

import pytest

from cohort.cohorts.models import Cohort, CohortState, EnrolmentState, StaffRole
from cohort.db import db
from cohort.mail.models import Message
from cohort.people.models import Person
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of


def draft(build: Build, **values: Any) -> tuple[Cohort, Person]:
    """A draft and its lead, who has a password."""
    cohort = build.cohort(**{"state": CohortState.DRAFT, "starts_on": date(2027, 3, 1)} | values)
    return cohort, build.staff(cohort, build.person("Dana Whitfield", password_hash="set")).person


def test_checklist_says_what_is_missing_and_who_is_mailed(build: Build, client: PageClient) -> None:
    cohort, lead = draft(build)
    for _ in range(2):
        build.enrolment(cohort, state=EnrolmentState.INVITED, answered_at=None)
    client.sign_in(lead)

    page = client.get(f"/cohorts/{cohort.slug}/launch").get_data(as_text=True)

    assert "Dana Whitfield leads it." in page
    assert "2 invited." in page
    assert "2 participants are invited" in page
    assert "Launch and send 2 mails" in page
    assert db.session.query(Message).count() == 0


def test_launch_sends_what_the_button_said(build: Build, client: PageClient) -> None:
    cohort, lead = draft(build)
    build.enrolment(cohort, state=EnrolmentState.INVITED, answered_at=None)
    client.sign_in(lead)

    answer = client.send(f"/cohorts/{cohort.slug}/launch")

    assert path_of(answer) == f"/cohorts/{cohort.slug}"
    assert "One mail is on the way." in client.get(f"/cohorts/{cohort.slug}").get_data(as_text=True)
    assert (cohort.state, db.session.query(Message).count()) == (CohortState.RUNNING, 1)


def test_empty_cohort_offers_no_launch(build: Build, client: PageClient) -> None:
    cohort, lead = draft(build)
    client.sign_in(lead)

    page = client.get(f"/cohorts/{cohort.slug}/launch").get_data(as_text=True)
    answer = client.send(f"/cohorts/{cohort.slug}/launch")

    assert 'disabled aria-describedby="blocked"' in page
    assert answer.status_code == 422
    assert "import participants first" in answer.get_data(as_text=True)
    assert cohort.state is CohortState.DRAFT


def test_second_launch_is_a_conflict(build: Build, client: PageClient) -> None:
    cohort, lead = draft(build)
    build.enrolment(cohort)
    client.sign_in(lead)
    client.send(f"/cohorts/{cohort.slug}/launch")

    answer = client.send(f"/cohorts/{cohort.slug}/launch")
    page = client.get(f"/cohorts/{cohort.slug}/launch").get_data(as_text=True)

    assert answer.status_code == 409
    assert "was launched before" in answer.get_data(as_text=True)
    assert '<button class="btn btn-primary"' not in page


def test_cohort_that_began_is_launched_with_a_warning(build: Build, client: PageClient) -> None:
    cohort, lead = draft(build, starts_on=date(2026, 9, 14))
    build.enrolment(cohort)
    client.sign_in(lead)

    page = client.get(f"/cohorts/{cohort.slug}/launch").get_data(as_text=True)
    client.send(f"/cohorts/{cohort.slug}/launch")

    assert "This cohort began on Mon 14 Sep." in page
    assert cohort.state is CohortState.RUNNING


@pytest.mark.parametrize("path", ["launch", "settings"])
def test_only_leads_and_admins_change_a_cohort(build: Build, client: PageClient, path: str) -> None:
    cohort, lead = draft(build)
    cast = {
        "lead": lead,
        "admin": build.person(is_admin=True),
        "facilitator": build.staff(cohort, role=StaffRole.FACILITATOR).person,
        "observer": build.staff(cohort, role=StaffRole.OBSERVER).person,
        "participant": build.enrolment(cohort).person,
        "mentor": build.mentor(cohort).person,
        "lead of another": build.staff(build.cohort()).person,
    }

    answers = {
        name: client.sign_in(person).get(f"/cohorts/{cohort.slug}/{path}").status_code for name, person in cast.items()
    }

    assert answers == {
        "lead": 200,
        "admin": 200,
        "facilitator": 403,
        "observer": 404,
        "participant": 403,
        "mentor": 403,
        "lead of another": 404,
    }
    client.sign_in(cast["observer"])
    assert client.send(f"/cohorts/{cohort.slug}/{path}", {"title": "Mine"}).status_code == 404
    assert (cohort.title, cohort.state) == ("Spring Emerging Leaders", CohortState.DRAFT)


def test_archived_cohort_is_not_changed(build: Build, client: PageClient) -> None:
    cohort, lead = draft(build, state=CohortState.ARCHIVED)
    client.sign_in(lead)

    assert client.send(f"/cohorts/{cohort.slug}/settings", {"title": "New"}).status_code == 409


def test_settings_are_saved(build: Build, client: PageClient) -> None:
    cohort, lead = draft(build, blackouts=[["2027-04-05", "2027-04-09"]])
    client.sign_in(lead)
    page = client.get(f"/cohorts/{cohort.slug}/settings").get_data(as_text=True)

    days = {"blackouts-0-first": "2027-05-03", "blackouts-0-last": "", "blackouts-1-first": ""}
    answer = client.send(f"/cohorts/{cohort.slug}/settings", {"title": " Autumn ", "seats": "8", **days})

    assert 'value="2027-04-09"' in page
    assert path_of(answer) == f"/cohorts/{cohort.slug}"
    assert (cohort.title, cohort.seats, cohort.blackouts) == ("Autumn", 8, [["2027-05-03", "2027-05-03"]])


def test_running_cohort_does_not_offer_blackout_days(build: Build, client: PageClient) -> None:
    cohort, lead = draft(build, state=CohortState.RUNNING, blackouts=[["2026-11-26", "2026-11-27"]])
    client.sign_in(lead)

    page = client.get(f"/cohorts/{cohort.slug}/settings").get_data(as_text=True)
    client.send(f"/cohorts/{cohort.slug}/settings", {"title": "New", "blackouts-0-first": "2026-12-24"})

    assert "<legend>Blackout days" not in page
    assert f'href="/cohorts/{cohort.slug}/schedule"' in page
    assert (cohort.title, cohort.blackouts) == ("New", [["2026-11-26", "2026-11-27"]])


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": ""}, "Give the cohort a name."),
        ({"seats": "0"}, "Write a number from 1 to 10,000, or leave it empty."),
        ({"seats": "many"}, "Write a whole number"),
        ({"seats": "1"}, "2 people are enrolled: write at least 2."),
        ({"blackouts-0-last": "2027-05-03"}, "Say from which day on."),
        ({"blackouts-0-first": "2027-05-04", "blackouts-0-last": "2027-05-03"}, "swap the days"),
    ],
)
def test_wrong_settings_keep_what_was_typed(
    build: Build, client: PageClient, typed: dict[str, str], sentence: str
) -> None:
    cohort, lead = draft(build)
    for _ in range(2):
        build.enrolment(cohort)
    client.sign_in(lead)

    answer = client.send(f"/cohorts/{cohort.slug}/settings", {"title": "Autumn", "seats": "8", **typed})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert "Not a valid" not in page
    assert [value for value in typed.values() if f'value="{value}"' not in page] == []
    assert cohort.title == "Spring Emerging Leaders"


@pytest.mark.parametrize("number", [1, 3])
def test_launch_takes_the_same_queries(build: Build, client: PageClient, queries: QueryCount, number: int) -> None:
    cohort, lead = draft(build)
    for _ in range(number):
        build.enrolment(cohort, state=EnrolmentState.INVITED, answered_at=None)
        build.pairing(build.mentor(cohort), build.enrolment(cohort, answered_at=build.now - timedelta(days=1)))
    client.sign_in(lead)

    with queries as seen:
        client.get(f"/cohorts/{cohort.slug}/launch")

    assert seen.count == 16
