"""The timeline of a cohort for those who run it, and its table."""

import csv
from io import StringIO

import pytest

from cohort.cohorts.models import StaffRole
from cohort.db import db
from cohort.schedule.queries import list_items
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of


def test_every_date_stands_in_both_zones_with_its_reason(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    client.sign_in(build.staff(cohort, build.person(time_zone="Europe/London")).person)
    number = len(list_items(cohort.id))

    page = client.get(f"/cohorts/{cohort.slug}/schedule").get_data(as_text=True)

    assert page.count('<tr><th scope="row">') == number
    assert f"{number} dates, each with what it hangs on." in page
    assert 'datetime="2026-09-16T15:00Z">Wed 16 Sep, 10:00–12:00</time><span class="why">16:00–18:00 London' in page
    assert "Workshop Kickoff + 16 days at 17:00" in page
    assert "September 2026" in page
    assert "March 2027" in page


def test_reader_in_the_zone_of_the_cohort_sees_one_time(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    client.sign_in(build.staff(cohort).person)

    page = client.get(f"/cohorts/{cohort.slug}/schedule").get_data(as_text=True)

    assert '<span class="why">' not in page


def test_doubts_stand_first_in_words(build: Build, client: PageClient) -> None:
    cohort = build.cohort(blackouts=[["2026-11-26", "2026-11-26"]])
    client.sign_in(build.staff(cohort).person)

    page = client.get(f"/cohorts/{cohort.slug}/schedule").get_data(as_text=True)

    assert "Hard talks rehearsal (workshop, second sitting) on Thu 26 Nov 2026 falls in the blackout" in page
    assert page.index("Look at first") < page.index("September 2026")


def test_table_has_every_date(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    client.sign_in(build.staff(cohort).person)

    answer = client.get(f"/cohorts/{cohort.slug}/schedule.csv")

    rows = list(csv.DictReader(StringIO(answer.get_data().decode("utf-8-sig"))))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{cohort.slug}-schedule.csv"'
    assert [row["Item"] for row in rows] == [item.item_id for item in list_items(cohort.id)]
    assert next(row for row in rows if row["Item"] == "workshop:kickoff") == {
        "Item": "workshop:kickoff",
        "What": "Workshop",
        "Title": "Kickoff",
        "Date": "2026-09-16",
        "Weekday": "Wednesday",
        "Time": "10:00",
        "Zone": "America/Chicago",
        "UTC": "2026-09-16T15:00:00Z",
        "Ends (UTC)": "2026-09-16T17:00:00Z",
        "Why": "Start + 2 days at 10:00",
    }


@pytest.mark.parametrize("path", ["schedule", "schedule.csv"])
def test_schedule_is_for_those_who_run_the_cohort(build: Build, client: PageClient, path: str) -> None:
    cohort = build.cohort()
    cast = {
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
    client.send("/sign-out")

    assert answers == {
        "admin": 200,
        "facilitator": 200,
        "observer": 200,
        "participant": 403,
        "mentor": 403,
        "lead of another": 404,
    }
    assert path_of(client.get(f"/cohorts/{cohort.slug}/{path}")) == "/sign-in"


def test_schedule_takes_a_fixed_number_of_queries(build: Build, client: PageClient, queries: QueryCount) -> None:
    cohort = build.cohort()
    client.sign_in(build.staff(cohort).person)
    db.session.commit()

    with queries as seen:
        client.get(f"/cohorts/{cohort.slug}/schedule")

    assert seen.count == 10
