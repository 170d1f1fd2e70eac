"""Who is missing what before matching, and one reminder to them: previewed, and never twice within three days."""

from datetime import timedelta

import pytest

from cohort.cohorts.models import Cohort, EnrolmentState
from cohort.db import db
from cohort.mail.models import Message
from cohort.mentoring.models import MentorState
from cohort.mentoring.readiness import list_readiness, remind
from cohort.people.models import Person
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of

AREAS = ["communication", "learning-agility", "strategic-thinking"]
WHOLE = {"growth_areas": AREAS, "goal": "Listen", "availability": "tue 09:00-10:00"}


@pytest.fixture
def cohort(build: Build) -> Cohort:
    """Ann lacks two things, Ruth one; Ben has told all; Cleo and Luis have not answered; Dee is not invited yet."""
    cohort = build.cohort()
    en = {"languages": ["en"]}
    build.enrolment(cohort, build.person("Ann Lee", **en), growth_areas=AREAS[:2], availability="", goal="Listen")
    build.enrolment(cohort, build.person("Ben Adeyemi", **en), **WHOLE)
    invited = {"state": EnrolmentState.INVITED, "answered_at": None}
    build.enrolment(cohort, build.person("Cleo"), **invited, invited_at=build.now)
    build.enrolment(cohort, build.person("Dee"), **invited)
    build.enrolment(cohort, build.person("Gone"), state=EnrolmentState.WITHDRAWN)
    matched = build.enrolment(cohort, build.person("Matched"))
    ruth = build.mentor(cohort, build.person("Ruth Okafor", **en), strengths=AREAS, availability="")
    build.mentor(cohort, build.person("Luis"), state=MentorState.INVITED, invited_at=build.now, answered_at=None)
    build.pairing(ruth, matched)
    return cohort


@pytest.fixture
def lead(build: Build, cohort: Cohort) -> Person:
    person = build.person("Dana")
    build.staff(cohort, person)
    return person


def mailed() -> list[str]:
    names = db.session.query(Person.name).join(Message, Message.person_id == Person.id).order_by(Person.name)
    return [name for (name,) in names.filter(Message.template == "profile-nudge")]


def path_to(cohort: Cohort, page: str = "") -> str:
    return f"/cohorts/{cohort.slug}/matching/readiness{page}"


def everybody(cohort: Cohort) -> set[int]:
    return {row.place.person_id for row in list_readiness(cohort)}


def test_list_says_who_is_missing_what(build: Build, cohort: Cohort) -> None:
    rows = [(row.place.person.name, row.missing, row.is_due(build.now)) for row in list_readiness(cohort)]

    answer = ["an answer to the invitation"]
    assert rows == [
        ("Ann Lee", ["growth areas", "free hours"], True),
        ("Cleo", answer, True),
        ("Dee", answer, False),
        ("Luis", answer, True),
        ("Ruth Okafor", ["free hours"], True),
        ("Ben Adeyemi", [], False),
    ]


def test_nobody_is_reminded_twice_within_three_days(build: Build, cohort: Cohort) -> None:
    people = everybody(cohort)

    assert remind(cohort, people, now=build.now) == 4
    assert remind(cohort, people, now=build.now) == 0
    assert remind(cohort, people, now=build.now + timedelta(days=3, seconds=-1)) == 0
    assert mailed() == ["Ann Lee", "Cleo", "Luis", "Ruth Okafor"]
    assert remind(cohort, people, now=build.now + timedelta(days=3)) == 4


def test_only_those_that_were_previewed_are_mailed(
    build: Build, client: PageClient, cohort: Cohort, lead: Person
) -> None:
    client.sign_in(lead)
    page = client.get(path_to(cohort)).get_data(as_text=True)
    preview = client.get(path_to(cohort, "/remind")).get_data(as_text=True)
    ann, ben = (db.session.query(Person).filter_by(name=name).one() for name in ("Ann Lee", "Ben Adeyemi"))

    assert ("1 of 6 have told everything" in page, "Send one reminder to 4 people" in page) == (True, True)
    assert "Send one reminder to 4 people" in preview
    assert "Still missing for your match in Spring Emerging Leaders: three growth areas" in preview
    assert "Your answer is missing: Spring Emerging Leaders" in preview
    assert "Dee: not invited yet" in preview
    answer = client.send(path_to(cohort, "/remind"), {"person": [ann.id, ben.id, lead.id]})
    assert path_of(answer) == path_to(cohort)
    assert mailed() == ["Ann Lee"]
    page = client.get(path_to(cohort)).get_data(as_text=True)
    assert "1 reminder is on the way." in page and "Mon 23 Nov" in page
    client.send(path_to(cohort, "/remind"), {"person": [ann.id]})
    assert "Nobody was mailed" in client.get(path_to(cohort)).get_data(as_text=True)


@pytest.mark.parametrize("number", [1, 3])
def test_list_takes_as_many_queries_for_many_people_as_for_one(
    build: Build, client: PageClient, queries: QueryCount, number: int
) -> None:
    cohort, lead = build.cohort(), build.person()
    build.staff(cohort, lead)
    for _ in range(number):
        build.enrolment(cohort)
        build.mentor(cohort)
    client.sign_in(lead)
    path = path_to(cohort)

    with queries as seen:
        client.get(path)

    assert seen.count == 9
