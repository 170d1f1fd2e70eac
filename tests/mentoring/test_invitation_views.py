"""A mentor's own place: the answer, the number of mentees, how mentees see them; shown to nobody else."""

import pytest

from cohort.cohorts.models import Cohort, CohortState
from cohort.db import db
from cohort.mentoring.models import Mentor, MentorState
from cohort.people.models import Person
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of


@pytest.fixture
def ruth(build: Build) -> Person:
    return build.person("Ruth Adeyemi", company="Savanna Ridge", time_zone="Africa/Lagos")


def path_to(mentor: Mentor) -> str:
    return f"/cohorts/{db.session.get_one(Cohort, mentor.cohort_id).slug}/mentor-invitation"


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


@pytest.mark.parametrize("capacity", ["-1", "10", "many", ""])
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


def test_profile_is_saved_and_shown_as_mentees_see_it(build: Build, client: PageClient, ruth: Person) -> None:
    mentor = build.mentor(build.cohort(), ruth)
    client.sign_in(ruth)
    form = {
        "strengths": ["communication", "learning-agility"],
        "availability": "tue 13:00-17:00\nfri 8:00-10:00",
        "style": "Direct, structured; direct",
        "bio": "Short <b>meetings</b>.",
    }

    answer = client.send(f"{path_to(mentor)}/profile", form)

    assert path_of(answer) == path_to(mentor)
    db.session.refresh(mentor)
    assert (mentor.strengths, mentor.style) == (["communication", "learning-agility"], ["direct", "structured"])
    assert (mentor.availability, mentor.bio) == ("tue 13:00-17:00;fri 08:00-10:00", "Short <b>meetings</b>.")
    page = text_of(client, path_to(mentor))
    assert "Communication, Learning agility" in page
    assert "Short &lt;b&gt;meetings&lt;/b&gt;." in page


def test_profile_that_cannot_be_saved_keeps_what_was_typed(build: Build, client: PageClient, ruth: Person) -> None:
    mentor = build.mentor(build.cohort(), ruth, bio="Before")
    client.sign_in(ruth)

    answer = client.send(f"{path_to(mentor)}/profile", {"availability": "tuesdays", "bio": "My new words"})

    page = answer.get_data(as_text=True)
    assert (answer.status_code, "“tuesdays” is not understood." in page, "My new words" in page) == (422, True, True)
    db.session.refresh(mentor)
    assert mentor.bio == "Before"


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
        assert client.send(f"{path_to(mentor)}/profile", {"bio": "x"}).status_code == 404


def test_archived_cohort_is_read_and_not_answered(build: Build, client: PageClient, ruth: Person) -> None:
    mentor = build.mentor(build.cohort(state=CohortState.ARCHIVED), ruth, bio="Before")
    client.sign_in(ruth)

    assert "Change the number" not in text_of(client, path_to(mentor))
    assert client.send(path_to(mentor), {"capacity": "2"}).status_code == 409
    assert client.send(f"{path_to(mentor)}/profile", {"bio": "After"}).status_code == 409
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
