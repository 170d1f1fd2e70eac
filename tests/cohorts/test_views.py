"""The list of cohorts, and the page of one, as those who run them see it."""

from datetime import date, timedelta

import pytest

from cohort.cohorts.models import Cohort, CohortState, EnrolmentState, StaffRole
from cohort.db import db
from cohort.learning.models import Progress
from cohort.mentoring.models import MentorState
from cohort.people.models import Person
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of


def staff_of(build: Build, cohort: Cohort, role: StaffRole = StaffRole.LEAD, **person: object) -> Person:
    member: Person = build.staff(cohort, build.person("Dana Whitfield", **person), role=role).person
    return member


def test_list_shows_the_cohorts_the_reader_runs_and_no_others(build: Build, client: PageClient) -> None:
    mine = build.cohort(title="Mine", seats=12)
    attended, mentored = build.cohort(title="Attended"), build.cohort(title="Mentored")
    build.cohort(title="Foreign")
    person = staff_of(build, mine)
    build.enrolment(attended, person)
    build.mentor(mentored, person)
    for state in (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED, EnrolmentState.INVITED, EnrolmentState.WITHDRAWN):
        build.enrolment(mine, state=state)
    build.mentor(mine)
    build.mentor(mine, state=MentorState.INVITED)
    client.sign_in(person)

    page = client.get("/cohorts").get_data(as_text=True)

    assert "1 cohort<" in page
    assert f'<a class="calm-link" href="/cohorts/{mine.slug}">Mine</a>' in page
    assert "2 of 12 enrolled, 1 invited" in page
    assert "1 accepted" in page
    assert page.count('<tr><th scope="row">') == 1


@pytest.mark.parametrize("role", list(StaffRole))
def test_every_staff_role_finds_its_cohort(build: Build, client: PageClient, role: StaffRole) -> None:
    client.sign_in(staff_of(build, build.cohort(title="Mine"), role))

    page = client.get("/cohorts").get_data(as_text=True)

    assert ">Mine<" in page
    assert "Create cohort" not in page


def test_admin_sees_every_cohort_and_may_create_one(build: Build, client: PageClient) -> None:
    build.cohort(title="One")
    build.cohort(title="Two")
    client.sign_in(build.person(is_admin=True))

    page = client.get("/cohorts").get_data(as_text=True)

    assert "2 cohorts" in page
    assert 'href="/new-cohort"' in page


def test_who_runs_no_cohort_is_told_so(build: Build, client: PageClient) -> None:
    client.sign_in(build.enrolment(build.cohort(title="Attended")).person)

    page = client.get("/cohorts").get_data(as_text=True)

    assert "You run no cohort" in page


def test_list_is_cut_into_pages_of_fifty(build: Build, client: PageClient) -> None:
    version = build.program()
    for number in range(51):
        db.session.add(
            Cohort(
                slug=f"c-{number}", title=f"C {number}", version=version, zone="UTC",
                starts_on=date(2026, 1, 1) + timedelta(days=number), created_at=build.now,
            )
        )  # fmt: skip
    client.sign_in(build.person(is_admin=True))

    first = client.get("/cohorts").get_data(as_text=True)
    second = client.get("/cohorts?page=2").get_data(as_text=True)

    assert (first.count("<tr><th"), second.count("<tr><th")) == (51, 2)
    assert "1 to 50 of 51" in first
    assert ">C 0<" in second


def test_page_of_a_cohort_is_for_those_who_run_it(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    cast = {
        "admin": build.person(is_admin=True),
        "lead": staff_of(build, cohort),
        "facilitator": staff_of(build, cohort, StaffRole.FACILITATOR),
        "observer": staff_of(build, cohort, StaffRole.OBSERVER),
        "participant": build.enrolment(cohort).person,
        "mentor": build.mentor(cohort).person,
        "lead of another": staff_of(build, build.cohort()),
        "outsider": build.person(),
    }

    answers = {name: client.sign_in(person).get(f"/cohorts/{cohort.slug}").status_code for name, person in cast.items()}

    assert answers == {
        "admin": 200,
        "lead": 200,
        "facilitator": 200,
        "observer": 200,
        "participant": 403,
        "mentor": 403,
        "lead of another": 404,
        "outsider": 404,
    }


def test_anonymous_is_asked_to_sign_in(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    db.session.commit()

    assert path_of(client.get(f"/cohorts/{cohort.slug}")) == "/sign-in"
    assert path_of(client.get("/cohorts")) == "/sign-in"


def test_page_shows_what_waits_what_is_done_and_what_comes(build: Build, client: PageClient) -> None:
    cohort = build.cohort(seats=12)
    build.pairing(build.mentor(cohort), build.enrolment(cohort, build.person("Ann Lee")))
    build.enrolment(
        cohort,
        build.person("Late Answerer"),
        state=EnrolmentState.INVITED,
        answered_at=None,
        invited_at=build.now - timedelta(days=8),
    )
    client.sign_in(staff_of(build, cohort))

    page = client.get(f"/cohorts/{cohort.slug}").get_data(as_text=True)

    assert "<h1>Needs attention</h1>" in page
    assert 'class="tile-n">1 <small>of 12 seats</small>' in page
    assert "Late Answerer" in page
    assert "Has not answered the invitation as participant." in page
    assert "Modules 4 and 5. 1 person" in page
    assert "Workshop: Hard talks rehearsal" in page
    assert "Wed 25 Nov, 10:00 Chicago" in page
    assert "/launch" not in page


@pytest.mark.parametrize("role", [StaffRole.LEAD, StaffRole.FACILITATOR, StaffRole.OBSERVER])
def test_sitting_without_a_room_leads_those_to_its_settings_who_may_change_them(
    build: Build, client: PageClient, role: StaffRole
) -> None:
    cohort = build.cohort()
    item = build.item(cohort, "workshop:hard-talks")
    client.sign_in(staff_of(build, cohort, role))

    page = client.get(f"/cohorts/{cohort.slug}").get_data(as_text=True)

    assert "Is held on Wed 25 Nov 2026, and nobody knows where" in page
    assert (f"/sittings/{item.id}/settings" in page) is (role is not StaffRole.OBSERVER)


def test_admin_without_a_role_reads_no_work(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    enrolment = build.enrolment(cohort, build.person("Ann Lee"))
    db.session.add(Progress(enrolment_id=enrolment.id, kind="prework", key="kickoff", done_at=build.now))
    client.sign_in(build.person(is_admin=True))

    page = client.get(f"/cohorts/{cohort.slug}").get_data(as_text=True)

    assert "As admin you set this cohort up." in page
    assert "Enrolled" in page
    assert [words for words in ("Ann Lee", "Queue", "Submissions in", "People and items") if words in page] == []


def test_observer_reads_and_is_offered_nothing_to_change(build: Build, client: PageClient) -> None:
    cohort = build.cohort(state=CohortState.DRAFT)
    client.sign_in(staff_of(build, cohort, StaffRole.OBSERVER))

    page = client.get(f"/cohorts/{cohort.slug}").get_data(as_text=True)

    assert "Queue" in page
    assert [path for path in ("/settings", "/launch") if path in page] == []


def test_fresh_cohort_says_what_will_be_here(build: Build, client: PageClient) -> None:
    cohort = build.cohort(state=CohortState.DRAFT, starts_on=date(2027, 3, 1))
    client.sign_in(staff_of(build, cohort))

    page = client.get(f"/cohorts/{cohort.slug}").get_data(as_text=True)

    assert "This is a draft: no reminders are sent until it is launched." in page
    assert "Nothing waits for you" in page
    assert "Nobody has joined yet" in page
    assert "No assignment is due yet." in page
    assert f'href="/cohorts/{cohort.slug}/launch"' in page


def test_finished_cohort_says_so(build: Build, client: PageClient) -> None:
    cohort = build.cohort(starts_on=date(2025, 1, 6), state=CohortState.ARCHIVED)
    client.sign_in(staff_of(build, cohort))

    assert "Every date of this cohort is over." in client.get(f"/cohorts/{cohort.slug}").get_data(as_text=True)


def test_people_are_shown_25_a_page(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    for number in range(26):
        build.enrolment(cohort, build.person(f"Person {number:02}"))
    client.sign_in(staff_of(build, cohort))

    first = client.get(f"/cohorts/{cohort.slug}").get_data(as_text=True)
    second = client.get(f"/cohorts/{cohort.slug}?page=2").get_data(as_text=True)

    assert "Page 1 of 2" in first
    assert (first.count("Person 24</a></th>"), first.count("Person 25</a></th>")) == (1, 0)
    assert (second.count("Person 24</a></th>"), second.count("Person 25</a></th>")) == (0, 1)


def test_largest_page_stays_small(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    mentor = build.mentor(cohort)
    for number in range(25):
        build.pairing(mentor, build.enrolment(cohort, build.person(f"A rather long name of a person {number}")))
    client.sign_in(staff_of(build, cohort))

    assert len(client.get(f"/cohorts/{cohort.slug}").get_data()) < 60_000


@pytest.mark.parametrize("number", [1, 3])
def test_list_takes_the_same_queries(build: Build, client: PageClient, queries: QueryCount, number: int) -> None:
    for _ in range(number):
        cohort = build.cohort()
        for _ in range(number):
            build.enrolment(cohort)
            build.mentor(cohort)
    client.sign_in(build.person(is_admin=True))

    with queries as seen:
        client.get("/cohorts")

    assert seen.count == 7


@pytest.mark.parametrize("number", [1, 3])
def test_page_of_a_cohort_takes_the_same_queries(
    build: Build, client: PageClient, queries: QueryCount, number: int
) -> None:
    cohort = build.cohort()
    for _ in range(number):
        enrolment = build.enrolment(cohort)
        build.pairing(build.mentor(cohort), enrolment)
        db.session.add(Progress(enrolment_id=enrolment.id, kind="prework", key="kickoff", done_at=build.now))
        build.enrolment(cohort, state=EnrolmentState.WAITLISTED)
    client.sign_in(staff_of(build, cohort))

    with queries as seen:
        client.get(f"/cohorts/{cohort.slug}")

    assert seen.count == 12
