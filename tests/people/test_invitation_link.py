"""The link of an invitation mail, as people and mail scanners open it."""

from datetime import timedelta

import pytest

from cohort.cohorts.models import Cohort, EnrolmentState, StaffRole
from cohort.db import db
from cohort.mentoring.models import MentorState
from cohort.people import passwords
from cohort.people.links import LASTS, make_link
from cohort.people.models import Link, LinkPurpose, Person
from tests.build import Build
from tests.client import PageClient, path_of

PASSWORD = "correct horse battery"


@pytest.fixture
def cohort(build: Build) -> Cohort:
    return build.cohort()


@pytest.fixture
def ann(build: Build) -> Person:
    return build.person("Ann Lee", email="ann@example.com")


def link_for(build: Build, person: Person, cohort: Cohort, *, age: timedelta = timedelta(0)) -> str:
    token = make_link(person, LinkPurpose.INVITATION, now=build.now - age, cohort_id=cohort.id)
    db.session.commit()
    return f"/invitation/{token}"


def test_opening_the_link_shows_who_invites_and_changes_nothing(
    build: Build, client: PageClient, cohort: Cohort, ann: Person
) -> None:
    build.enrolment(cohort, ann, state=EnrolmentState.INVITED)
    build.staff(cohort, build.person("Dana Whitfield"))
    path = link_for(build, ann, cohort)

    for _ in range(2):
        page = client.get(path).get_data(as_text=True)
        assert "Invitation to Spring Emerging Leaders" in page
        assert "Dana Whitfield and Prairie MSP Peer Group invite you." in page
        assert "ann@example.com" in page
    assert client.head(path).status_code == 200

    assert db.session.query(Link).one().used_at is None
    assert client.get("/profile").status_code == 302


def test_first_password_signs_in_and_uses_the_link_up(
    build: Build, client: PageClient, cohort: Cohort, ann: Person
) -> None:
    enrolment = build.enrolment(cohort, ann, state=EnrolmentState.INVITED)
    first, second = link_for(build, ann, cohort), link_for(build, ann, cohort)

    answer = client.send(first, {"password": PASSWORD})

    assert path_of(answer) == f"/cohorts/{cohort.slug}/invitation"
    assert client.get(answer.location).status_code == 200
    db.session.refresh(ann)
    db.session.refresh(enrolment)
    assert passwords.is_right(ann.password_hash, PASSWORD)
    assert enrolment.state is EnrolmentState.INVITED
    assert [link.used_at for link in db.session.query(Link)] == [build.now] * 2
    client.send("/sign-out")
    for path in (first, second):
        assert "You have an account" in client.get(path).get_data(as_text=True)
        client.send(path, {"password": "another long password"})
    db.session.refresh(ann)
    assert passwords.is_right(ann.password_hash, PASSWORD)


def test_weak_password_is_refused_and_the_link_stays(
    build: Build, client: PageClient, cohort: Cohort, ann: Person
) -> None:
    build.enrolment(cohort, ann, state=EnrolmentState.INVITED)
    path = link_for(build, ann, cohort)

    for weak in ("short", "ann@example.com", ""):
        assert client.send(path, {"password": weak}).status_code == 422
    db.session.refresh(ann)

    assert ann.password_hash is None
    assert path_of(client.send(path, {"password": PASSWORD})) == f"/cohorts/{cohort.slug}/invitation"


def test_link_that_is_unknown_or_too_old_opens_nothing(
    build: Build, client: PageClient, cohort: Cohort, ann: Person
) -> None:
    old = link_for(build, ann, cohort, age=LASTS[LinkPurpose.INVITATION])

    for path in (old, "/invitation/nobody-has-this-one"):
        assert client.get(path).status_code == 410
        assert client.send(path, {"password": PASSWORD}).status_code == 410
    db.session.refresh(ann)
    assert ann.password_hash is None


def test_person_with_a_password_signs_in_instead(build: Build, client: PageClient, cohort: Cohort, ann: Person) -> None:
    ann.password_hash = passwords.hash_password(PASSWORD, person=ann)
    build.enrolment(cohort, ann, state=EnrolmentState.INVITED)
    path = link_for(build, ann, cohort)

    page = client.get(path).get_data(as_text=True)

    assert f"/sign-in?next=/cohorts/{cohort.slug}/invitation" in page
    assert "New password" not in page
    assert client.get("/profile").status_code == 302
    client.sign_in(ann)
    assert path_of(client.get(path)) == f"/cohorts/{cohort.slug}/invitation"


def test_link_for_somebody_else_does_not_sign_them_in(
    build: Build, client: PageClient, cohort: Cohort, ann: Person
) -> None:
    ann.password_hash = "x"
    build.enrolment(cohort, ann, state=EnrolmentState.INVITED)
    path = link_for(build, ann, cohort)
    other = build.person("Ben Ode")

    page = client.sign_in(other).get(path).get_data(as_text=True)

    assert "For Ann Lee" in page
    assert "Ben Ode" in client.get("/profile").get_data(as_text=True)


def test_closed_account_opens_nothing(build: Build, client: PageClient, cohort: Cohort, ann: Person) -> None:
    path = link_for(build, ann, cohort)
    ann.deactivated_at = build.now
    db.session.commit()

    assert client.get(path).status_code == 410


@pytest.mark.parametrize(
    ("roles", "page"),
    [
        (("participant",), "/invitation"),
        (("mentor",), "/mentor-invitation"),
        (("lead",), ""),
        (("facilitator", "mentor"), "/mentor-invitation"),
        (("facilitator", "accepted mentor"), ""),
    ],
)
def test_each_role_lands_on_its_own_page(
    build: Build, client: PageClient, cohort: Cohort, ann: Person, roles: tuple[str, ...], page: str
) -> None:
    make = {
        "participant": lambda: build.enrolment(cohort, ann, state=EnrolmentState.INVITED),
        "mentor": lambda: build.mentor(cohort, ann, state=MentorState.INVITED),
        "accepted mentor": lambda: build.mentor(cohort, ann),
        "lead": lambda: build.staff(cohort, ann),
        "facilitator": lambda: build.staff(cohort, ann, StaffRole.FACILITATOR),
    }
    for role in roles:
        make[role]()

    answer = client.send(link_for(build, ann, cohort), {"password": PASSWORD})

    assert path_of(answer) == f"/cohorts/{cohort.slug}{page}"
