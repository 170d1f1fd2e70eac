"""A mentor's profile in three steps: what is kept, how mentees see it, what mentors may know of participants."""

import pytest

from cohort.cohorts.models import Cohort, Enrolment
from cohort.db import db
from cohort.mentoring.models import Mentor, MentorState
from cohort.mentoring.vetoing import reasons_of
from cohort.people.models import Person
from tests.build import Build
from tests.client import PageClient, path_of


@pytest.fixture
def ruth(build: Build) -> Person:
    return build.person("Ruth Adeyemi", company="Savanna Ridge", time_zone="Africa/Lagos", languages=["en", "yo"])


@pytest.fixture
def mentor(build: Build, ruth: Person) -> Mentor:
    return build.mentor(build.cohort(), ruth)


def path_to(mentor: Mentor, step: str) -> str:
    return f"/cohorts/{db.session.get_one(Cohort, mentor.cohort_id).slug}/mentor-profile/{step}"


def text_of(client: PageClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_what_a_mentor_tells_is_kept_and_shown_as_mentees_see_it(
    client: PageClient, mentor: Mentor, ruth: Person
) -> None:
    client.sign_in(ruth)
    told = {
        "level_communication": "3",
        "level_learning-agility": "5",
        "seniority": "9",
        "languages": "English, Yoruba",
        "styles": ["direct"],
        "own_style": "with jokes",
        "bio": "Short <b>meetings</b>.",
    }

    assert path_of(client.send(path_to(mentor, "help"), told)) == path_to(mentor, "wishes")
    client.send(path_to(mentor, "hours"), {"slots": ["1-780"], "availability": "fri 06:00-06:45"})

    db.session.refresh(mentor)
    db.session.refresh(ruth)
    assert mentor.levels == {"communication": 3, "learning-agility": 5}
    assert sorted(mentor.strengths) == ["communication", "learning-agility"]
    assert (mentor.style, mentor.availability) == (["direct", "with jokes"], "tue 13:00-13:30;fri 06:00-06:45")
    assert (ruth.seniority, ruth.languages) == (9, ["en", "yo"])
    page = text_of(client, path_to(mentor, "help").replace("mentor-profile/help", "mentor-invitation"))
    assert "Learning agility: “People come to me for it”, Communication: “I do it well”" in page
    assert "Short &lt;b&gt;meetings&lt;/b&gt;." in page
    assert "You appear in the matching pool." in page


def test_strength_named_without_a_level_shows_the_middle_one(client: PageClient, mentor: Mentor, ruth: Person) -> None:
    mentor.strengths = ["communication"]
    client.sign_in(ruth)

    assert '<option selected value="3">' in text_of(client, path_to(mentor, "help"))


def test_what_is_typed_is_kept_before_the_button_is_pressed_but_for_vetoes(
    client: PageClient, mentor: Mentor, ruth: Person
) -> None:
    client.sign_in(ruth)

    assert client.send(path_to(mentor, "help/draft"), {"bio": "Half a sent"}).status_code == 200
    assert client.send(path_to(mentor, "wishes/draft"), {}).status_code == 422

    db.session.refresh(mentor)
    assert mentor.bio == "Half a sent"


def test_step_that_cannot_be_saved_keeps_what_was_typed(client: PageClient, mentor: Mentor, ruth: Person) -> None:
    client.sign_in(ruth)

    answer = client.send(path_to(mentor, "help"), {"languages": "Elvish", "bio": "My new words"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "“Elvish” is not a language" in page, "My new words" in page) == (422, True, True)
    answer = client.send(path_to(mentor, "hours"), {"slots": ["1-780"], "availability": "tuesdays"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "“tuesdays” is not understood." in page) == (422, True)
    assert 'value="1-780" aria-label="Tuesday 13:00 to 13:30" checked' in page


def test_mentor_wishes_among_participants_by_name_employer_and_growth_areas(
    build: Build, client: PageClient, mentor: Mentor, ruth: Person
) -> None:
    ann = build.enrolment(
        mentor.cohort,
        build.person("Ann Lee", company="Northwind", job_title="Team lead of nights"),
        growth_areas=["communication"],
        goal="A secret goal",
        manager_email="boss@northwind.example",
        availability="tue 09:00-10:00",
        style=["gentle"],
    )
    ben = build.enrolment(mentor.cohort, build.person("Ben Adeyemi"))
    mentor.cohort.matched_on = None
    client.sign_in(ruth)

    page = text_of(client, path_to(mentor, "wishes"))
    client.send(
        path_to(mentor, "wishes"),
        {"first_wish": ann.id, "vetoes-0-who": ben.id, "vetoes-0-reason": "My cousin"},
    )

    assert "Northwind" in page and "Wants to grow in communication." in page
    for private in ("Team lead of nights", "A secret goal", "boss@", "tue 09:00", "gentle"):
        assert private not in page, private
    db.session.refresh(mentor)
    assert (mentor.wishes, reasons_of(mentor)) == ([ann.id], {ben.id: "My cousin"})


def test_who_has_not_said_yes_has_no_profile_yet(build: Build, client: PageClient, ruth: Person) -> None:
    asked = build.mentor(build.cohort(), ruth, state=MentorState.INVITED)
    ann: Enrolment = build.enrolment(asked.cohort, build.person("Ann Lee"))
    client.sign_in(ruth)

    assert path_of(client.get(path_to(asked, "wishes"))).endswith("/mentor-invitation")
    assert client.send(path_to(asked, "wishes"), {"first_wish": ann.id}).status_code == 422
    assert client.send(path_to(asked, "help"), {"bio": "Words"}).status_code == 409
    assert client.get(path_to(asked, "secrets")).status_code == 404
