"""A mentor's own place: the answer and the number of mentees; shown to nobody else."""

import pytest

from cohort.cohorts.models import Cohort, CohortState
from cohort.db import db
from cohort.mentoring.models import Mentor, MentorState, PairingState
from cohort.people.models import Person
from tests.build import Build
from tests.client import PageClient, QueryCount


@pytest.fixture
def ruth(build: Build) -> Person:
    return build.person("Ruth Adeyemi", company="Savanna Ridge", time_zone="Africa/Lagos")


def path_to(mentor: Mentor) -> str:
    return f"/cohorts/{db.session.get_one(Cohort, mentor.cohort_id).slug}/mentor-invitation"


def profile_of(mentor: Mentor) -> str:
    return path_to(mentor).replace("mentor-invitation", "mentor-profile/help")


def text_of(client: PageClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_invitation_says_what_it_takes(build: Build, client: PageClient, ruth: Person) -> None:
    mentor = build.mentor(build.cohort(), ruth, state=MentorState.INVITED)

    page = text_of(client.sign_in(ruth), path_to(mentor))

    for words in (
        "Would you be a mentor in Spring Emerging Leaders?",
        "8 with an agenda each, 6 h together",
        "8 pieces of work, about 20 min each",
        "about 8 h 40 min in 26 weeks",
        "Nobody for now",
        "2 mentees, about 17 h in all",
        "Private notes are read by you alone.",
    ):
        assert words in page, words


def test_yes_keeps_the_number_which_can_be_changed_later(build: Build, client: PageClient, ruth: Person) -> None:
    mentor = build.mentor(build.cohort(), ruth, state=MentorState.INVITED)
    client.sign_in(ruth)

    client.send(path_to(mentor), {"capacity": "2", "answer": "accept"})
    db.session.refresh(mentor)
    assert (mentor.state, mentor.capacity) == (MentorState.ACCEPTED, 2)
    client.send(path_to(mentor), {"capacity": "0"})
    db.session.refresh(mentor)

    assert (mentor.state, mentor.capacity) == (MentorState.ACCEPTED, 0)
    assert "Changed: you have room for 0 mentees." in text_of(client, path_to(mentor))


def test_no_keeps_the_reason(build: Build, client: PageClient, ruth: Person) -> None:
    mentor = build.mentor(build.cohort(), ruth, state=MentorState.INVITED)
    client.sign_in(ruth)

    client.send(path_to(mentor), {"answer": "decline", "reason": "Too much on"})

    db.session.refresh(mentor)
    assert (mentor.state, mentor.reason) == (MentorState.DECLINED, "Too much on")
    assert "You can still accept." in text_of(client, path_to(mentor))


def test_no_that_is_refused_keeps_the_reason_on_the_page(build: Build, client: PageClient, ruth: Person) -> None:
    cohort = build.cohort()
    mentor = build.mentor(cohort, ruth)
    build.pairing(mentor, build.enrolment(cohort), state=PairingState.ACCEPTED)
    client.sign_in(ruth)

    answer = client.send(path_to(mentor), {"answer": "decline", "reason": "Too much on"})

    page = answer.get_data(as_text=True)
    assert (answer.status_code, "Too much on" in page, "You have mentees in this cohort." in page) == (409, True, True)


@pytest.mark.parametrize("capacity", ["-1", "5", "many", ""])
def test_odd_number_is_refused(build: Build, client: PageClient, ruth: Person, capacity: str) -> None:
    mentor = build.mentor(build.cohort(), ruth, state=MentorState.INVITED)
    client.sign_in(ruth)

    assert client.send(path_to(mentor), {"capacity": capacity, "answer": "accept"}).status_code == 422

    db.session.refresh(mentor)
    assert mentor.state is MentorState.INVITED


def test_number_below_the_mentees_one_has_is_refused(build: Build, client: PageClient, ruth: Person) -> None:
    cohort = build.cohort()
    mentor = build.mentor(cohort, ruth, capacity=12)
    for _ in range(2):
        build.pairing(mentor, build.enrolment(cohort))
    client.sign_in(ruth)
    assert "12 mentees" in text_of(client, path_to(mentor))

    answer = client.send(path_to(mentor), {"capacity": "1"})

    assert answer.status_code == 422
    assert "You have more mentees than that." in answer.get_data(as_text=True)
    assert client.send(path_to(mentor), {"answer": "decline"}).status_code == 409


def test_page_exists_for_its_owner_only(build: Build, client: PageClient, ruth: Person) -> None:
    cohort = build.cohort()
    mentor = build.mentor(cohort, ruth, state=MentorState.INVITED)
    staff, other, admin = build.person(), build.person(), build.person(is_admin=True)
    build.staff(cohort, staff)
    build.mentor(build.cohort(), other)
    db.session.commit()

    assert client.get(path_to(mentor)).status_code == 302
    for person in (staff, other, admin):
        client.sign_in(person)
        assert client.get(path_to(mentor)).status_code == 404
        assert client.send(path_to(mentor), {"capacity": "2", "answer": "accept"}).status_code == 404
        assert client.send(profile_of(mentor), {"bio": "x"}).status_code == 404


def test_archived_cohort_is_read_and_not_answered(build: Build, client: PageClient, ruth: Person) -> None:
    mentor = build.mentor(build.cohort(state=CohortState.ARCHIVED), ruth, bio="Before")
    client.sign_in(ruth)

    assert "Change the number" not in text_of(client, path_to(mentor))
    assert client.send(path_to(mentor), {"capacity": "2"}).status_code == 409
    assert client.send(profile_of(mentor), {"bio": "After"}).status_code == 409
    db.session.refresh(mentor)
    assert mentor.bio == "Before"


@pytest.mark.parametrize("number", [1, 3])
def test_page_takes_as_many_queries_for_many_mentees_as_for_one(
    build: Build, client: PageClient, queries: QueryCount, ruth: Person, number: int
) -> None:
    cohort = build.cohort()
    mentor = build.mentor(cohort, ruth)
    for _ in range(number):
        build.pairing(mentor, build.enrolment(cohort))
    client.sign_in(ruth)
    path = path_to(mentor)

    with queries as seen:
        client.get(path)

    assert seen.count == 5
