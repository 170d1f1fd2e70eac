"""A participant's own place: answering the invitation, giving the place back; shown to nobody else."""

from datetime import date, timedelta

import pytest

from cohort.access import FRESH
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.db import db
from cohort.people.models import Person, SignIn
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of

AHEAD = date(2027, 1, 11)


@pytest.fixture
def ann(build: Build) -> Person:
    return build.person("Ann Lee", time_zone="Europe/London")


def invite(build: Build, ann: Person, **values: object) -> Enrolment:
    """Ann's open invitation to a cohort that starts in January."""
    cohort = build.cohort(starts_on=AHEAD, **values)
    return build.enrolment(cohort, ann, state=EnrolmentState.INVITED, answered_at=None, invited_at=build.now)


def path_to(enrolment: Enrolment, page: str = "invitation") -> str:
    return f"/cohorts/{db.session.get_one(Cohort, enrolment.cohort_id).slug}/{page}"


def text_of(client: PageClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_invitation_says_what_one_says_yes_to(build: Build, client: PageClient, ann: Person) -> None:
    enrolment = invite(build, ann, seats=3)
    build.enrolment(enrolment.cohort)
    build.mentor(enrolment.cohort)
    build.staff(enrolment.cohort, build.person("Dana Whitfield"))

    page = text_of(client.sign_in(ann), path_to(enrolment))

    for words in (
        "You are invited to Spring Emerging Leaders",
        "From Monday 11 January 2027, for 26 weeks.",
        "2 places of 3 are free.",
        "About 75 min a week",
        "Mon 11 Jan 2027 to Sun 31 Jan 2027",
        "1 participant has joined, 1 has not answered yet. 1 mentor.",
        "Dana Whitfield (program lead)",
        "What you and your mentor talk about stays between the two of you",
    ):
        assert words in page, words


def test_yes_gives_a_place_and_leads_to_the_profile(build: Build, client: PageClient, ann: Person) -> None:
    enrolment = invite(build, ann)
    client.sign_in(ann)

    answer = client.send(path_to(enrolment), {"answer": "join"})

    assert path_of(answer) == path_to(enrolment, "my-profile")
    db.session.refresh(enrolment)
    assert enrolment.state is EnrolmentState.ENROLLED
    assert "You have a place" in text_of(client, path_to(enrolment))


def test_full_cohort_tells_the_place_in_line_before_and_after(build: Build, client: PageClient, ann: Person) -> None:
    enrolment = invite(build, ann, seats=1)
    build.enrolment(enrolment.cohort)
    build.enrolment(enrolment.cohort, state=EnrolmentState.WAITLISTED)
    client.sign_in(ann)

    assert "number 2 on the waiting list" in text_of(client, path_to(enrolment))
    answer = client.send(path_to(enrolment), {"answer": "join"})
    assert path_of(answer) == path_to(enrolment)
    assert "You are number 2 on the waiting list" in text_of(client, path_to(enrolment))
    client.send(path_to(enrolment), {"answer": "decline"})
    db.session.refresh(enrolment)
    assert enrolment.state is EnrolmentState.DECLINED


def test_place_kept_for_those_who_wait_does_not_look_free(build: Build, client: PageClient, ann: Person) -> None:
    enrolment = invite(build, ann, seats=2)
    build.enrolment(enrolment.cohort)
    build.enrolment(enrolment.cohort, state=EnrolmentState.WAITLISTED)

    assert "All 2 places are taken" in text_of(client.sign_in(ann), path_to(enrolment))


def test_who_waits_does_not_jump_the_line_by_asking_again(build: Build, client: PageClient, ann: Person) -> None:
    cohort = build.cohort(seats=1)
    waiting = build.enrolment(cohort, ann, state=EnrolmentState.WAITLISTED)
    client.sign_in(ann)

    client.send(path_to(waiting), {"answer": "join"})

    db.session.refresh(waiting)
    assert waiting.state is EnrolmentState.WAITLISTED


def test_no_keeps_the_reason_and_can_become_a_yes(build: Build, client: PageClient, ann: Person) -> None:
    enrolment = invite(build, ann)
    client.sign_in(ann)

    client.send(path_to(enrolment), {"answer": "decline", "reason": "A child is due"})

    db.session.refresh(enrolment)
    assert (enrolment.state, enrolment.reason) == (EnrolmentState.DECLINED, "A child is due")
    assert "You can still join." in text_of(client, path_to(enrolment))
    client.send(path_to(enrolment), {"answer": "join"})
    db.session.refresh(enrolment)
    assert enrolment.state is EnrolmentState.ENROLLED


def test_too_long_a_reason_is_refused_and_kept(build: Build, client: PageClient, ann: Person) -> None:
    enrolment = invite(build, ann)
    client.sign_in(ann)

    answer = client.send(path_to(enrolment), {"answer": "decline", "reason": "so long " * 100})

    assert answer.status_code == 422
    assert "so long so long" in answer.get_data(as_text=True)


def test_own_pages_exist_for_their_owner_only(build: Build, client: PageClient, ann: Person) -> None:
    enrolment = invite(build, ann)
    staff, admin, outsider = build.person(), build.person(is_admin=True), build.person()
    build.staff(enrolment.cohort, staff)
    db.session.commit()
    paths = [path_to(enrolment, page) for page in ("invitation", "my-profile", "my-profile/wishes", "invitation/leave")]

    assert [client.get(path).status_code for path in paths] == [302] * 4
    for person in (staff, admin, outsider):
        client.sign_in(person)
        assert [client.get(path).status_code for path in paths] == [404] * 4
        assert client.send(paths[0], {"answer": "join"}).status_code == 404
    db.session.refresh(enrolment)
    assert enrolment.state is EnrolmentState.INVITED


@pytest.mark.parametrize("number", [1, 3])
def test_invitation_takes_as_many_queries_for_many_people_as_for_one(
    build: Build, client: PageClient, queries: QueryCount, ann: Person, number: int
) -> None:
    enrolment = invite(build, ann, seats=20)
    for _ in range(number):
        build.enrolment(enrolment.cohort)
        build.enrolment(enrolment.cohort, state=EnrolmentState.WAITLISTED)
        build.mentor(enrolment.cohort)
        build.staff(enrolment.cohort)
    client.sign_in(ann)
    path = path_to(enrolment)

    with queries as seen:
        client.get(path)

    assert seen.count == 8


def test_giving_the_place_back_asks_for_the_password_again(build: Build, client: PageClient, ann: Person) -> None:
    enrolment = build.enrolment(build.cohort(), ann)
    client.sign_in(ann)
    path = path_to(enrolment, "invitation/leave")
    signed_in = db.session.query(SignIn).filter_by(person_id=ann.id).one()

    assert "Give your place back" in text_of(client, path)
    signed_in.signed_in_at = build.now - FRESH - timedelta(seconds=1)
    db.session.commit()
    assert path_of(client.get(path)) == "/confirm"
    assert path_of(client.send(path, {"reason": "New job"})) == "/confirm"
    signed_in.signed_in_at = build.now
    db.session.commit()
    answer = client.send(path, {"reason": "New job"})

    assert path_of(answer) == path_to(enrolment)
    db.session.refresh(enrolment)
    assert (enrolment.state, enrolment.reason) == (EnrolmentState.WITHDRAWN, "New job")
    assert "You have left Spring Emerging Leaders" in text_of(client, path_to(enrolment))


def test_archived_cohort_is_read_and_not_answered(build: Build, client: PageClient, ann: Person) -> None:
    enrolment = invite(build, ann, state=CohortState.ARCHIVED)
    client.sign_in(ann)

    assert "Join" not in text_of(client, path_to(enrolment))
    assert client.send(path_to(enrolment), {"answer": "join"}).status_code == 409
    assert client.send(path_to(enrolment, "my-profile/hours"), {}).status_code == 409


def test_seat_is_taken_in_few_queries(build: Build, client: PageClient, queries: QueryCount, ann: Person) -> None:
    enrolment = invite(build, ann, seats=1)
    client.sign_in(ann)
    path, token = path_to(enrolment), client.csrf_token()

    with queries as seen:
        client.post(path, data={"csrf_token": token, "answer": "join"})

    assert seen.count == 8
