"""Staff ask, mentors answer: the pages of both, and what participants never see."""

from datetime import timedelta

import pytest

from cohort.cohorts.models import Cohort, StaffRole
from cohort.db import db
from cohort.mail.models import Message
from cohort.mentoring.asking import ask_mentors, decline_offer, take_back
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState
from cohort.mentoring.publishing import publish
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of
from tests.mentoring.test_publishing import proposed

WHY = "CANARY-why-not"
FORM = {"answer_on": "2026-11-30", "answer_at": "12:00"}


def ruth(build: Build, cohort: Cohort | None = None, **values: object) -> Mentor:
    made = build.mentor(cohort or build.cohort(), build.person("Ruth Okafor"), **values)
    assert isinstance(made, Mentor)
    return made


def offered(build: Build, mentor: Mentor, *names: str) -> list[Pairing]:
    pairs = [proposed(build, mentor, name) for name in names]
    ask_mentors(mentor.cohort, pairs, answer_by=build.now + timedelta(days=7), now=build.now)
    db.session.commit()
    return pairs


def text_of(client: PageClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


# --- staff -----------------------------------------------------------------------------------------------------------


def test_staff_see_whom_they_ask_both_mails_and_the_date(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    mentor, sam = ruth(build, cohort), build.mentor(cohort, build.person("Sam"))
    pairs = [proposed(build, mentor, "Ann"), proposed(build, mentor, "Ben"), proposed(build, sam, "Cy")]
    client.sign_in(build.staff(cohort).person)
    path = f"/cohorts/{cohort.slug}/matching/ask"

    page = text_of(client, path)
    assert "Ask 2 mentors about 3 pairs" in page
    assert "Would you mentor Ann and Ben? Answer by Mon 30 Nov, 12:00 Chicago" in page
    assert "Your mentor in Spring Emerging Leaders: Ruth Okafor" in page
    assert 'value="2026-11-30"' in page

    ids = [pair.id for pair in pairs[:2]]
    answers = [client.send(path, FORM | {"pair": ids}) for _ in range(2)]
    said = [text_of(client, path_of(answer)) for answer in answers]
    assert "1 mentor is asked about 2 pairs and answers by Mon 30 Nov, 12:00 Chicago." in said[0]
    assert "Nobody was mailed again." in text_of(client, path_of(client.send(path, FORM | {"pair": ids})))
    assert db.session.query(Message).filter_by(template="match-offered").count() == 2  # now, and before the date
    assert [pair.state.value for pair in pairs] == ["offered", "offered", "proposed"]


@pytest.mark.parametrize(
    ("form", "status", "message"),
    [
        (FORM | {"answer_on": ""}, 422, "Choose a day."),
        (FORM | {"answer_on": "9999-12-31", "answer_at": "23:30"}, 422, "Choose a day in this century."),
        (FORM | {"answer_on": "2026-11-20"}, 422, "Choose a time in the next 60 days."),
        (FORM | {"pair": [999_999]}, 409, "None of these pairs is there any more."),
    ],
)
def test_question_that_cannot_be_sent_says_why(
    build: Build, client: PageClient, form: dict[str, object], status: int, message: str
) -> None:
    mentor = ruth(build)
    pair = proposed(build, mentor, "Ann")
    client.sign_in(build.staff(mentor.cohort).person)

    answer = client.send(f"/cohorts/{mentor.cohort.slug}/matching/ask", {"pair": [pair.id]} | form)

    assert (answer.status_code, message in answer.get_data(as_text=True)) == (status, True)
    assert pair.state is PairingState.PROPOSED


def test_asking_nobody_asks_for_a_choice(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    client.sign_in(build.staff(cohort).person)

    answer = client.get(f"/cohorts/{cohort.slug}/matching/ask?some=1")

    assert "Choose at least one proposed pair" in text_of(client, path_of(answer))


def test_staff_read_who_answered_what_and_publish_the_accepted(build: Build, client: PageClient) -> None:
    mentor = ruth(build)
    ann, ben, cy = offered(build, mentor, "Ann", "Ben", "Cy")
    lead, here = build.staff(mentor.cohort).person, f"/cohorts/{mentor.cohort.slug}"
    client.sign_in(mentor.person)
    client.send(f"/proposals/{ann.id}/accept")
    client.send(f"/proposals/{ben.id}/decline", {"reason": WHY})
    client.sign_in(lead)
    path = f"{here}/matching"

    page = text_of(client, path)
    assert [word for word in (WHY, "Said yes", "Not this time", "1 answer is still to come") if word not in page] == []
    assert "Said no to Ben: 1 seat is free." in text_of(client, here)
    assert "Publish 1 pair and send 2 mails" in text_of(client, f"{path}/publish")
    client.send(f"{path}/publish", {"pair": [ann.id]})
    answer = client.send(f"/pairs/{cy.id}/stop-asking")
    assert "Ruth Okafor is not asked about Cy any more. Nobody was mailed." in text_of(client, path_of(answer))
    db.session.expire_all()
    assert [one.state.value for one in (ann, ben, cy)] == ["active", "closed", "closed"]


def test_facilitators_read_answers_and_decide_nothing(build: Build, client: PageClient) -> None:
    mentor = ruth(build)
    (ann,) = offered(build, mentor, "Ann")
    client.sign_in(build.staff(mentor.cohort, role=StaffRole.FACILITATOR).person)

    assert "Take back" not in text_of(client, f"/cohorts/{mentor.cohort.slug}/matching")
    assert client.send(f"/pairs/{ann.id}/stop-asking").status_code == 403
    assert "Ruth Okafor was asked" in text_of(client, f"/pairs/{ann.id}")


# --- the mentor ------------------------------------------------------------------------------------------------------


def test_mentor_sees_what_they_may_know_and_what_silence_does(build: Build, client: PageClient) -> None:
    mentor = ruth(build, capacity=3)
    (ann,) = offered(build, mentor, "Ann Lee")
    ann.reasons = [["because", "Ruth can help"], ["watch", "6 hours apart"]]
    ann.enrolment.goal, ann.enrolment.style, ann.enrolment.wishes = "CANARY-goal", ["direct"], [mentor.id]
    ann.enrolment.growth_areas = ["communication", "strategic-thinking"]
    db.session.commit()
    slug = mentor.cohort.slug

    home = text_of(client.sign_in(mentor.person), f"/cohorts/{slug}/mentees")
    page = text_of(client, f"/cohorts/{slug}/proposals")

    assert "Answer by Mon 30 Nov, 09:00 Chicago" in home
    known = ("Ruth can help", "6 hours apart", "Communication, Strategic thinking", "direct", "1 of 3 places taken")
    assert [word for word in (*known, "nobody is paired by silence", "program staff") if word not in page] == []
    assert "CANARY" not in page + home
    assert client.get(f"/pairs/{ann.id}").status_code == 404


def test_question_past_its_date_asks_for_no_answer_in_the_past(build: Build, client: PageClient) -> None:
    mentor = ruth(build)
    (ann,) = offered(build, mentor, "Ann")
    ann.answer_by, here = build.now, f"/cohorts/{mentor.cohort.slug}"
    client.sign_in(mentor.person)

    pages = [text_of(client, f"{here}/{page}") for page in ("mentees", "proposals")]

    assert [("Answer by" in page, "Still open, asked until" in page) for page in pages] == [(False, True)] * 2


def test_mentor_accepts_and_the_page_says_what_follows(build: Build, client: PageClient) -> None:
    mentor = ruth(build, capacity=2)
    ann, ben = offered(build, mentor, "Ann", "Ben")
    mentor.capacity = 1
    client.sign_in(mentor.person)

    answers = [client.send(f"/proposals/{ann.id}/accept") for _ in range(2)]
    page = text_of(client, path_of(answers[1]))

    assert [answer.status_code for answer in answers] == [302, 302]
    assert "You said yes" in page
    assert "Waits for you" not in page
    assert client.send(f"/proposals/{ben.id}/accept").status_code == 409


@pytest.mark.parametrize("reason", ["", "x" * 1001])
def test_no_without_a_word_or_with_too_many_is_asked_again(build: Build, client: PageClient, reason: str) -> None:
    mentor = ruth(build)
    (ann, _) = offered(build, mentor, "Ann", "Ben")
    client.sign_in(mentor.person)

    answer = client.send(f"/proposals/{ann.id}/decline", {"reason": reason})

    page = answer.get_data(as_text=True)
    assert (answer.status_code, reason in page, page.count("error-text")) == (422, True, 1)
    assert ann.state is PairingState.OFFERED


def test_answer_to_what_was_published_meanwhile(build: Build, client: PageClient) -> None:
    """A yes is none the less true; a no comes too late, and what was typed stands beside the reason."""
    mentor = ruth(build)
    (ann,) = offered(build, mentor, "Ann")
    publish(mentor.cohort, [ann], now=build.now)
    db.session.commit()
    client.sign_in(mentor.person)

    yes = client.send(f"/proposals/{ann.id}/accept")
    no = client.send(f"/proposals/{ann.id}/decline", {"reason": "Too far away"})

    assert path_of(yes) == f"/pairs/{ann.id}"
    page = no.get_data(as_text=True)
    words = ("Your no to Ann was not kept.", "it was published. Ask the program team to end it", "Too far away")
    assert (no.status_code, [word for word in words if word not in page]) == (409, [])


def test_no_to_what_was_taken_back_is_not_lost(build: Build, client: PageClient) -> None:
    mentor = ruth(build)
    ann, _ = offered(build, mentor, "Ann", "Ben")
    take_back(ann, now=build.now)
    db.session.commit()
    client.sign_in(mentor.person)

    answer = client.send(f"/proposals/{ann.id}/decline", {"reason": "Too far away"})

    page = answer.get_data(as_text=True)
    assert (answer.status_code, "not open any more" in page, page.count("Too far away")) == (409, True, 1)


def test_nobody_else_answers_or_learns_of_it(build: Build, client: PageClient) -> None:
    mentor = ruth(build)
    ann, ben = offered(build, mentor, "Ann", "Ben")
    decline_offer(ben, reason=WHY, now=build.now)
    db.session.commit()
    slug = mentor.cohort.slug
    others = [
        ann.enrolment.person,
        ben.enrolment.person,
        build.mentor(mentor.cohort).person,
        build.staff(mentor.cohort).person,
        build.person(is_admin=True),
    ]
    for person in others:
        client.sign_in(person)
        answers = [client.send(f"/proposals/{ann.id}/{deed}", {"reason": "x"}) for deed in ("accept", "decline")]
        assert [answer.status_code for answer in answers] == [404, 404], person.name
    for person in others[:2]:
        client.sign_in(person)
        pages = [text_of(client, f"/cohorts/{slug}/{page}") for page in ("home", "my-mentor", "my-schedule")]
        assert not any("Ruth" in page or WHY in page for page in pages)
        assert [client.get(f"/pairs/{one.id}").status_code for one in (ann, ben)] == [404, 404]


def test_proposal_that_nobody_was_asked_about_is_unknown_to_the_mentor(build: Build, client: PageClient) -> None:
    mentor = ruth(build)
    pair, slug = proposed(build, mentor, "Ann"), mentor.cohort.slug
    client.sign_in(mentor.person)

    assert client.send(f"/proposals/{pair.id}/accept").status_code == 404
    assert "Nothing waits for your answer" in text_of(client, f"/cohorts/{slug}/proposals")


def test_mentor_who_has_not_answered_the_invitation_is_led_there(build: Build, client: PageClient) -> None:
    mentor = ruth(build, state=MentorState.INVITED)
    here = f"/cohorts/{mentor.cohort.slug}"
    client.sign_in(mentor.person)

    assert path_of(client.get(f"{here}/proposals")) == f"{here}/mentor-invitation"


@pytest.mark.parametrize("number", [1, 3])
def test_proposals_ask_the_same_number_of_questions(
    build: Build, client: PageClient, queries: QueryCount, number: int
) -> None:
    mentor = ruth(build)
    offered(build, mentor, *(f"Ann {one}" for one in range(number)))
    client.sign_in(mentor.person)

    with queries as seen:
        page = text_of(client, f"/cohorts/{mentor.cohort.slug}/proposals")

    assert seen.count == 7, seen.statements
    assert page.count("Waits for you") == number
