"""Profile, and the page that says who reads what."""

from datetime import timedelta

import time_machine

from cohort.cohorts.models import EnrolmentState
from cohort.db import db
from cohort.mentoring.models import MentorState
from cohort.people.models import Person, Theme
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of


def test_saved_profile_changes_the_zone_of_every_page(build: Build, client: PageClient) -> None:
    person = build.person("Ann Lee")
    client.sign_in(person)

    answer = client.send("/profile", {"name": "Ann  Lee", "time_zone": "Pacific/Auckland", "theme": "dark"})

    page = client.get("/profile").get_data(as_text=True)
    assert path_of(answer) == "/profile"
    assert (person.time_zone, person.theme) == ("Pacific/Auckland", Theme.DARK)
    assert "Times are shown in Auckland (Pacific/Auckland)" in page
    assert 'data-bs-theme="dark"' in page


def test_wrong_zone_is_refused_and_the_rest_is_kept(build: Build, client: PageClient) -> None:
    client.sign_in(build.person("Ann Lee"))

    answer = client.send("/profile", {"name": "Ann Otherwise", "time_zone": "Mars/Olympus", "theme": "dark"})

    assert answer.status_code == 422
    assert 'value="Ann Otherwise"' in answer.get_data(as_text=True)
    assert db.session.query(Person.name).filter(Person.name == "Ann Otherwise").count() == 0


def test_new_zone_lets_the_planner_look_and_the_same_does_not(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    person = build.enrolment(cohort).person
    client.sign_in(person)
    before, seen = cohort.plan_revision, []

    for zone in ("America/Chicago", "Pacific/Auckland"):
        client.send("/profile", {"name": "Ann Lee", "time_zone": zone, "theme": "dark"})
        seen.append(cohort.plan_revision - before)

    assert seen == [0, 1]


def test_password_is_asked_for_again_after_ten_minutes(build: Build, client: PageClient) -> None:
    client.sign_in(build.person())
    assert client.get("/password").status_code == 200

    with time_machine.travel(build.now + timedelta(minutes=11), tick=False):
        assert path_of(client.get("/password")) == "/confirm"


def test_profile_needs_two_queries_and_the_places(build: Build, client: PageClient, queries: QueryCount) -> None:
    client.sign_in(build.person())

    with queries:
        client.get("/profile")

    # 1) sign-in with person, 2) relations, 3) cohorts to switch between
    assert queries.count == 3


def test_who_reads_what_is_open_to_everybody(client: PageClient) -> None:
    page = client.get("/who-reads-what").get_data(as_text=True)

    assert "Private note" in page


def test_home_leads_to_what_waits_for_somebody_without_a_place(build: Build, client: PageClient) -> None:
    cohort = build.cohort(slug="spring")
    invited = build.enrolment(cohort, state=EnrolmentState.INVITED).person
    withdrawn = build.enrolment(cohort, state=EnrolmentState.WITHDRAWN, ended_at=build.now).person
    mentor = build.mentor(cohort, state=MentorState.INVITED).person
    stranger = build.person()
    db.session.commit()

    doors = {}
    for who, person in {"invited": invited, "withdrawn": withdrawn, "mentor": mentor, "stranger": stranger}.items():
        client.sign_in(person)
        doors[who] = path_of(client.get("/"))

    assert doors == {
        "invited": "/cohorts/spring/invitation",
        "withdrawn": "/cohorts/spring/home",
        "mentor": "/cohorts/spring/mentor-invitation",
        "stranger": "",
    }
