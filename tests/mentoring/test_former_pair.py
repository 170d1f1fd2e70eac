"""What a mentor keeps of a pair that has ended, and who else finds it: nobody."""

from datetime import date, timedelta
from typing import Any

import pytest

from cohort.checkins.models import CheckInAnswer
from cohort.cohorts.enrolling import withdraw
from cohort.cohorts.models import Cohort, StaffRole
from cohort.db import db
from cohort.mentoring.meetings import Promised, log_session
from cohort.mentoring.models import MentoringSession, MentorState, Note, NoteAudience, Pairing, PairingState
from cohort.mentoring.pairing import end_pair
from cohort.people.models import Person
from tests.build import Build
from tests.client import PageClient, QueryCount

KEPT = ("CANARY-mine-for-both", "CANARY-mine-alone", "CANARY-vow-of-mentor", "Someone on the team", "Start well")
GONE = (
    "CANARY-theirs-for-both",
    "CANARY-theirs-alone",
    "CANARY-vow-of-mentee",
    "Handing over",
    "CANARY-goal",
    "CANARY-reason-for-the-pair",
    "CANARY-answer",
    "CANARY-why-it-ended",
    "Sam New",
)


def pair(build: Build, cohort: Cohort | None = None, name: str = "Marcus Bell", **values: Any) -> Pairing:
    cohort = cohort or build.cohort()
    mentor = values.pop("mentor", None) or build.mentor(cohort, build.person("Ruth Okafor"))
    reasons = [["because", "CANARY-reason-for-the-pair"]]
    mentee = build.enrolment(cohort, build.person(name), goal="CANARY-goal")
    pairing = build.pairing(mentor, mentee, reasons=reasons, **values)
    assert isinstance(pairing, Pairing)
    return pairing


def meet(build: Build, pairing: Pairing, by: Person, note: str, **values: Any) -> MentoringSession:
    values = {"held_on": date(2026, 11, 20), "minutes": 45, "note_audience": NoteAudience.PAIR} | values
    return log_session(pairing, by=by, note=note, form_key=note, now=build.now, **values)


def fill(build: Build, pairing: Pairing) -> None:
    """What each of the two leaves behind."""
    mentor, mentee = pairing.mentor.person, pairing.enrolment.person
    vows = [Promised("CANARY-vow-of-mentor", mentor.id), Promised("CANARY-vow-of-mentee", mentee.id)]
    topics = ["Someone on the team"]
    meet(build, pairing, mentor, KEPT[0], topics=topics, session_key="start-well", commitments=vows)
    meet(build, pairing, mentor, KEPT[1], note_audience=NoteAudience.PRIVATE)
    meet(build, pairing, mentee, GONE[0], topics=["Handing over"], held_on=date(2026, 10, 9))
    meet(build, pairing, mentee, GONE[1], note_audience=NoteAudience.PRIVATE, held_on=date(2026, 10, 16))
    answer = {"checkin_key": "checkin-3", "answers": ["CANARY-answer"], "saved_at": build.now, "answered_at": build.now}
    db.session.add(CheckInAnswer(enrolment_id=pairing.enrolment_id, mood=4, **answer))
    db.session.flush()


def ended(build: Build, cohort: Cohort | None = None, name: str = "Marcus Bell", **values: Any) -> Pairing:
    pairing = pair(build, cohort, name, **values)
    fill(build, pairing)
    end_pair(pairing, reason="CANARY-why-it-ended", now=build.now)
    return pairing


def text_of(client: PageClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def found_in(page: str, words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word in page)


# --- the page -----------------------------------------------------------------------


def test_former_mentor_keeps_the_own_words_and_nothing_else(build: Build, client: PageClient) -> None:
    pairing = ended(build)
    build.pairing(build.mentor(pairing.enrolment.cohort, build.person("Sam New")), pairing.enrolment)
    client.sign_in(pairing.mentor.person)

    page = text_of(client, f"/pairs/{pairing.id}/mine")

    assert found_in(page, KEPT + GONE) == KEPT
    assert "You and Marcus Bell were a pair, Thu 10 Sep to Mon 23 Nov." in page
    assert "what Marcus wrote is Marcus’s own and not shown to you any more" in page
    assert (page.count("<h3>Fri 20 Nov, 45 min</h3>"), page.count("<h3>")) == (2, 2)
    assert (page.count("<strong>you alone</strong>"), page.count("<strong>you and Marcus</strong>")) == (1, 3)
    assert client.get(f"/pairs/{pairing.id}").status_code == 404


def test_note_in_a_session_of_the_other_stands_beside_its_date_alone(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    meeting = meet(build, pairing, pairing.enrolment.person, GONE[0], topics=["Handing over"], session_key="start-well")
    own = {"author_id": pairing.mentor.person_id, "audience": NoteAudience.PRIVATE, "text": KEPT[1]}
    db.session.add(Note(session_id=meeting.id, written_at=build.now, **own))
    end_pair(pairing, now=build.now)
    client.sign_in(pairing.mentor.person)

    page = text_of(client, f"/pairs/{pairing.id}/mine")

    assert "<h3>Fri 20 Nov</h3>" in page
    assert found_in(page, KEPT + GONE) == (KEPT[1],)


def test_page_of_a_pair_without_a_word_says_so(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    end_pair(pairing, now=build.now)
    client.sign_in(pairing.mentor.person)

    page = text_of(client, f"/pairs/{pairing.id}/mine")

    assert "You logged no session of this pair and wrote no note about one." in page
    assert "You made no promise in this pair." in page


def test_pair_of_who_left_keeps_the_own_words_alone(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    fill(build, pairing)
    withdraw(pairing.enrolment, reason="CANARY-why-it-ended", now=build.now)
    client.sign_in(pairing.mentor.person)

    assert found_in(text_of(client, f"/pairs/{pairing.id}/mine"), KEPT + GONE) == KEPT


def test_mentor_whose_place_has_ended_keeps_the_own_words_without_a_menu(build: Build, client: PageClient) -> None:
    pairing = ended(build)
    pairing.mentor.state, slug = MentorState.ENDED, pairing.enrolment.cohort.slug
    client.sign_in(pairing.mentor.person)

    page = text_of(client, f"/pairs/{pairing.id}/mine")

    assert found_in(page, KEPT + GONE) == KEPT
    assert f"/cohorts/{slug}/" not in page


@pytest.mark.parametrize(
    "who", ["participant", "later mentor", "other mentor", "facilitator", "lead", "observer", "admin", "stranger"]
)
def test_nobody_else_finds_what_the_mentor_keeps(build: Build, client: PageClient, who: str) -> None:
    pairing = ended(build)
    cohort = pairing.enrolment.cohort
    later = build.pairing(build.mentor(cohort, build.person("Sam New")), pairing.enrolment)
    people = {
        "participant": pairing.enrolment.person,
        "later mentor": later.mentor.person,
        "other mentor": build.mentor(cohort).person,
        "facilitator": build.staff(cohort, role=StaffRole.FACILITATOR).person,
        "lead": build.staff(cohort).person,
        "observer": build.staff(cohort, role=StaffRole.OBSERVER).person,
        "admin": build.person(is_admin=True),
        "stranger": build.person(),
    }
    client.sign_in(people[who])

    answer = client.get(f"/pairs/{pairing.id}/mine")

    assert (answer.status_code, "CANARY" in answer.get_data(as_text=True)) == (404, False)


NEVER_PUBLISHED = {"published_at": None, "asked_at": None}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"state": PairingState.PROPOSED},
        {"state": PairingState.OFFERED},
        {"state": PairingState.ACCEPTED},
        {"state": PairingState.CLOSED, **NEVER_PUBLISHED},
    ],
)
def test_pair_that_is_open_or_never_was_public_has_no_such_page(
    build: Build, client: PageClient, values: dict[str, Any]
) -> None:
    pairing = pair(build, **values)
    client.sign_in(pairing.mentor.person)

    home = text_of(client, f"/cohorts/{pairing.enrolment.cohort.slug}/mentees")

    assert client.get(f"/pairs/{pairing.id}/mine").status_code == 404
    assert ("Pairs that have ended" in home, f"/pairs/{pairing.id}/mine" in home) == (False, False)


@pytest.mark.parametrize("number", [1, 3])
def test_page_asks_the_same_number_of_questions(
    build: Build, client: PageClient, queries: QueryCount, number: int
) -> None:
    pairing = pair(build)
    mentor, mentee = pairing.mentor.person, pairing.enrolment.person
    for one in range(number):
        meet(build, pairing, mentor, f"mine {one}", commitments=[Promised(f"vow {one}", mentor.id)])
        meet(build, pairing, mentee, f"theirs {one}", commitments=[Promised(f"theirs {one}", mentee.id)])
    end_pair(pairing, now=build.now)
    client.sign_in(mentor)

    with queries as seen:
        page = text_of(client, f"/pairs/{pairing.id}/mine")

    assert seen.count == 7, seen.statements
    assert (page.count("Fri 20 Nov, 45 min"), page.count("You: open")) == (number, number)


def test_participant_is_told_what_the_mentor_still_reads(build: Build, client: PageClient) -> None:
    pairing = ended(build)
    slug = pairing.enrolment.cohort.slug
    client.sign_in(pairing.enrolment.person)

    page = text_of(client, f"/cohorts/{slug}/my-mentor")

    assert "Ruth still reads those that Ruth logged. Program staff see date and length." in page
    assert "Ruth reads what Ruth promised." in page


# --- the way to it --------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 3])
def test_home_names_the_pairs_that_have_ended(
    build: Build, client: PageClient, queries: QueryCount, number: int
) -> None:
    here = pair(build, name="Anna Able")
    cohort, mentor = here.enrolment.cohort, here.mentor
    elsewhere = ended(build, cohort, "Zoe Elsewhere", mentor=build.mentor(cohort))
    over = [pair(build, cohort, f"Marcus Bell {one}", mentor=mentor) for one in range(number)]
    for one in over:
        end_pair(one, now=build.now + timedelta(days=1))
    client.sign_in(mentor.person)

    with queries as seen:
        page = text_of(client, f"/cohorts/{cohort.slug}/mentees")

    assert seen.count == 18, seen.statements
    assert page.count("panel mentee") == 1
    assert [f'<a href="/pairs/{one.id}/mine">Marcus Bell {at}</a>' in page for at, one in enumerate(over)] == (
        [True] * number
    )
    assert page.count("Thu 10 Sep to Tue 24 Nov") == number
    assert (f"/pairs/{elsewhere.id}" in page, "CANARY-goal" in page) == (False, False)
