"""What mentors, participants and staff see of a pair, and what they do not."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from cohort.assignments.models import Submission, SubmissionState
from cohort.checkins.models import CheckInAnswer
from cohort.cohorts.models import Cohort, EnrolmentState, StaffRole
from cohort.db import db
from cohort.mentoring.meetings import Promised, log_session
from cohort.mentoring.mentees import planned_sessions
from cohort.mentoring.models import Commitment, MentoringSession, MentorState, NoteAudience, Pairing, PairingState
from cohort.mentoring.pairing import end_pair
from cohort.people.away import Days, add_away
from cohort.people.models import AwayKind
from cohort.workshops.models import Attendance, Place, PlaceState
from tests.build import Build
from tests.client import PageClient, QueryCount, path_of
from tests.learning.cast import PACK

SHARED, SECRET, OWN = "CANARY-shared-note", "CANARY-private-note", "CANARY-own-note"
PROMISE, TOPIC, CHECKIN, WORK = "CANARY-promise", "A hard talk", "CANARY-checkin", "CANARY-work"
CANARIES = (SHARED, SECRET, OWN, PROMISE, TOPIC, CHECKIN, WORK)


def pair(build: Build, cohort: Cohort | None = None, name: str = "Marcus Bell", **values: Any) -> Pairing:
    cohort = cohort or build.cohort()
    mentor = values.pop("mentor", None) or build.mentor(cohort, build.person("Ruth Okafor"))
    pairing = build.pairing(mentor, build.enrolment(cohort, build.person(name)), **values)
    assert isinstance(pairing, Pairing)
    return pairing


def fill(build: Build, pairing: Pairing) -> None:
    """Everything a pair can leave behind, with texts that must not turn up elsewhere."""
    mentor, mentee = pairing.mentor.person, pairing.enrolment.person
    told: list[tuple[Any, str, NoteAudience]] = [
        (mentor, SHARED, NoteAudience.PAIR),
        (mentor, SECRET, NoteAudience.PRIVATE),
        (mentee, OWN, NoteAudience.PRIVATE),
    ]
    for number, (by, note, audience) in enumerate(told):
        log_session(
            pairing,
            by=by,
            held_on=date(2026, 11, 20),
            minutes=45,
            topics=[TOPIC],
            commitments=[Promised(PROMISE, mentee.id)] if number == 0 else [],
            note=note,
            note_audience=audience,
            form_key=f"key-{number}",
            now=build.now,
        )
    answer(build, pairing, "checkin-4", [CHECKIN])
    hand_in(build, pairing, first_assignment(pairing))


def first_assignment(pairing: Pairing) -> str:
    modules = pairing.enrolment.cohort.version.document["modules"]
    return next(str(module["assignment"]["key"]) for module in modules if "assignment" in module)


def answer(build: Build, pairing: Pairing, key: str, texts: list[str], at: datetime | None = None) -> None:
    keys = [checkin["key"] for checkin in pairing.enrolment.cohort.version.document["checkins"]]
    number = int(key.rsplit("-", 1)[-1]) - 1
    db.session.add(
        CheckInAnswer(
            enrolment_id=pairing.enrolment_id,
            checkin_key=keys[number],
            answers=texts,
            mood=4,
            saved_at=build.now,
            answered_at=at or build.now - timedelta(days=1),
        )
    )
    db.session.flush()


def hand_in(build: Build, pairing: Pairing, key: str, **values: Any) -> None:
    values = {"state": SubmissionState.SUBMITTED, "submitted_at": build.now - timedelta(days=2)} | values
    db.session.add(
        Submission(
            enrolment_id=pairing.enrolment_id,
            assignment_key=key,
            reviewed_by=values.pop("reviewed_by", "mentor"),
            text=WORK,
            saved_at=build.now,
            **values,
        )
    )
    db.session.flush()


def text_of(client: PageClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


# --- the mentor's home ------------------------------------------------------------


def test_home_shows_each_mentee_with_status_and_reason(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    fill(build, pairing)
    client.sign_in(pairing.mentor.person)

    page = text_of(client, f"/cohorts/{pairing.enrolment.cohort.slug}/mentees")

    assert "Marcus Bell" in page
    assert "Fri 20 Nov" in page
    assert "1 Marcus’s" in page
    assert "Open until Mon 23 Nov" in page
    assert "2 h 15 min <small>in 3 sessions" in page
    assert "3 of 8 sessions planned for one mentee." in page
    assert "Marcus Bell: " in page


def test_quiet_mentee_stands_first_with_the_only_primary_action(build: Build, client: PageClient) -> None:
    healthy = pair(build, name="Anna Able")
    cohort, mentor = healthy.enrolment.cohort, healthy.mentor
    pair(build, cohort, "Zoe Quiet", mentor=mentor)
    answer(build, healthy, "checkin-4", ["fine"])
    client.sign_in(mentor.person)

    page = text_of(client, f"/cohorts/{cohort.slug}/mentees")

    assert page.index("Zoe Quiet") < page.index("Anna Able")
    assert "Quiet for 74 days" in page
    assert page.count("btn btn-primary") == 1


def test_proposed_pair_is_not_seen_by_either(build: Build, client: PageClient) -> None:
    pairing = pair(build, state=PairingState.PROPOSED, published_at=None)
    slug, mentor, mentee = pairing.enrolment.cohort.slug, pairing.mentor.person, pairing.enrolment.person

    client.sign_in(mentor)
    page = text_of(client, f"/cohorts/{slug}/mentees")
    answers = [client.get(f"/pairs/{pairing.id}").status_code]
    client.sign_in(mentee)
    answers.append(client.get(f"/pairs/{pairing.id}").status_code)

    assert "No mentees yet" in page
    assert "Marcus" not in page
    assert answers == [404, 404]


def test_mentor_who_has_not_answered_is_led_to_the_invitation(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    mentor = build.mentor(cohort, state=MentorState.INVITED)
    client.sign_in(mentor.person)

    answer = client.get(f"/cohorts/{cohort.slug}/mentees")

    assert path_of(answer) == f"/cohorts/{cohort.slug}/mentor-invitation"


@pytest.mark.parametrize("who", ["participant", "staff", "outsider", "ended mentor"])
def test_mentees_page_is_for_the_mentor_alone(build: Build, client: PageClient, who: str) -> None:
    pairing = pair(build)
    cohort = pairing.enrolment.cohort
    people = {
        "participant": pairing.enrolment.person,
        "staff": build.staff(cohort).person,
        "outsider": build.mentor(build.cohort()).person,
        "ended mentor": build.mentor(cohort, state=MentorState.ENDED).person,
    }
    client.sign_in(people[who])

    assert client.get(f"/cohorts/{cohort.slug}/mentees").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_home_asks_the_same_number_of_questions(
    build: Build, client: PageClient, queries: QueryCount, number: int
) -> None:
    first = pair(build)
    fill(build, first)
    for one in range(number - 1):
        other = pair(build, first.enrolment.cohort, f"Mentee {one}", mentor=first.mentor)
        answer(build, other, "checkin-3", ["x"])
        answer(build, other, "checkin-4", ["x"])
    client.sign_in(first.mentor.person)

    with queries as seen:
        page = text_of(client, f"/cohorts/{first.enrolment.cohort.slug}/mentees")

    assert seen.count == 18, seen.statements
    assert page.count("panel mentee") == number


# --- the page of the pair ------------------------------------------------------------


def test_pair_page_shows_the_mentor_what_is_for_the_mentor(build: Build, client: PageClient) -> None:
    pairing = pair(build, reasons=[["because", "Ruth can help"], ["watch", "6 hours apart"]])
    fill(build, pairing)
    client.sign_in(pairing.mentor.person)

    page = text_of(client, f"/pairs/{pairing.id}")

    assert {canary for canary in CANARIES if canary in page} == {SHARED, SECRET, PROMISE, TOPIC, CHECKIN}
    assert "Ruth can help" in page
    assert "1. Start well" in page
    assert "Read the mentoring agreement together and tick it" in page


def test_pair_page_shows_the_participant_what_is_for_the_participant(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    fill(build, pairing)
    client.sign_in(pairing.enrolment.person)

    page = text_of(client, f"/pairs/{pairing.id}")

    assert {canary for canary in CANARIES if canary in page} == {SHARED, OWN, PROMISE, TOPIC, CHECKIN}
    assert "You and Ruth" in page


@pytest.mark.parametrize("role", list(StaffRole))
def test_staff_see_facts_and_not_a_word(build: Build, client: PageClient, role: StaffRole) -> None:
    pairing = pair(build)
    fill(build, pairing)
    client.sign_in(build.staff(pairing.enrolment.cohort, role=role).person)

    page = text_of(client, f"/pairs/{pairing.id}")

    assert [canary for canary in CANARIES if canary in page] == []
    assert "Fri 20 Nov" in page
    assert "0 of 1" in page
    assert ("End this pair" in page) == (role is StaffRole.LEAD)
    assert '/matching" aria-current="page">Matching</a>' in page


def test_facilitator_who_was_the_mentor_does_not_read_why_it_ended(build: Build, client: PageClient) -> None:
    """Staff may have written down what the participant said."""
    pairing = pair(build)
    cohort = pairing.enrolment.cohort
    end_pair(pairing, reason="CANARY-why", now=build.now)
    build.staff(cohort, pairing.mentor.person, StaffRole.FACILITATOR)
    readers = (pairing.mentor.person, build.staff(cohort, role=StaffRole.FACILITATOR).person)

    read = ["CANARY-why" in text_of(client.sign_in(reader), f"/pairs/{pairing.id}") for reader in readers]

    assert read == [False, True]


def test_nobody_else_finds_the_pair(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    fill(build, pairing)
    cohort = pairing.enrolment.cohort
    others = [
        build.enrolment(cohort).person,
        build.mentor(cohort).person,
        pair(build, cohort, "Priya").mentor.person,
        build.person(is_admin=True),
        build.staff(build.cohort()).person,
    ]
    promise = db.session.query(Commitment).one()

    for person in others:
        client.sign_in(person)
        paths = [f"/pairs/{pairing.id}", f"/pairs/{pairing.id}/sessions/new"]
        answers = [client.get(path) for path in paths]
        answers += [client.send(paths[1], {}), client.send(f"/promises/{promise.id}", {"kept": "yes"})]
        assert [one.status_code for one in answers] == [404] * 4, person.name
        assert not any(canary in one.get_data(as_text=True) for one in answers for canary in CANARIES)


def test_later_mentor_reads_nothing_of_the_pair_before(build: Build, client: PageClient) -> None:
    old = pair(build)
    fill(build, old)
    old.state, old.closed_at = PairingState.CLOSED, build.now
    db.session.flush()
    new = build.pairing(build.mentor(old.enrolment.cohort, build.person("Sam New")), old.enrolment)

    readers = (old.mentor.person, old.enrolment.person, new.mentor.person)

    answers = {}
    for person in readers:
        client.sign_in(person)
        answers[person.name] = client.get(f"/pairs/{old.id}").status_code

    assert answers == {"Ruth Okafor": 404, "Marcus Bell": 200, "Sam New": 404}
    assert not any(canary in text_of(client, f"/pairs/{new.id}") for canary in (SHARED, SECRET, OWN, PROMISE))


def test_later_mentor_goes_on_where_the_pair_before_stopped(build: Build, client: PageClient) -> None:
    """Nobody is told to log what was held with somebody else, or to have met before they were a pair."""
    old = pair(build)
    log_session(
        old,
        by=old.mentor.person,
        held_on=date(2026, 9, 18),
        minutes=45,
        session_key="start-well",
        form_key="first",
        now=build.now,
    )
    end_pair(old, now=build.now)
    new = build.pairing(
        build.mentor(old.enrolment.cohort, build.person("Sam New")), old.enrolment, published_at=build.now
    )
    client.sign_in(new.mentor.person)

    home = text_of(client, f"/cohorts/{old.enrolment.cohort.slug}/mentees")
    pages = [text_of(client, f"/pairs/{new.id}{page}") for page in ("", "/sessions/new")]

    second = planned_sessions(PACK)[1]
    assert ("not logged" in home, f"Session 2, “{second.title}”, was planned by" in home) == (False, True)
    assert f"2. {second.title}" in pages[0]
    assert f'<option selected value="{second.key}">' in pages[1]


def test_work_for_facilitators_and_drafts_are_not_listed(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    first = first_assignment(pairing)
    hand_in(build, pairing, first, reviewed_by="facilitator")
    client.sign_in(pairing.mentor.person)

    assert "Nothing handed in yet" in text_of(client, f"/pairs/{pairing.id}")


def test_withdrawn_participant_reads_for_a_while_and_changes_nothing(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    fill(build, pairing)
    pairing.state, pairing.closed_at = PairingState.CLOSED, build.now
    pairing.enrolment.state, pairing.enrolment.ended_at = EnrolmentState.WITHDRAWN, build.now - timedelta(days=2)
    client.sign_in(pairing.enrolment.person)

    page = text_of(client, f"/pairs/{pairing.id}")

    assert SHARED in page
    assert "This pair has ended" in page
    assert client.get(f"/pairs/{pairing.id}/sessions/new").status_code == 403


def test_boxes_of_an_ended_pair_name_only_those_who_still_read_them(build: Build, client: PageClient) -> None:
    """The mentor keeps what the mentor wrote; check-ins and work are not shown as if they were shared."""
    pairing = pair(build)
    fill(build, pairing)
    mentee, slug = pairing.enrolment.person, pairing.enrolment.cohort.slug
    log = {"held_on": date(2026, 11, 21), "minutes": 30, "topics": [], "commitments": [], "form_key": "last"}
    log_session(pairing, by=mentee, note="Mine for both", note_audience=NoteAudience.PAIR, now=build.now, **log)
    readers = r"(?s){}.*?Read by: <strong>(.*?)</strong>"
    page = client.sign_in(mentee).get(f"/pairs/{pairing.id}").text
    found = [re.findall(readers.format(re.escape(text)), page)[0] for text in ("Mine for both", SHARED)]
    assert (found, CHECKIN in page) == (["you and Ruth", "you and Ruth"], True)

    end_pair(pairing, now=build.now)
    db.session.commit()

    page = client.get(f"/pairs/{pairing.id}").text
    found = [re.findall(readers.format(re.escape(text)), page)[0] for text in ("Mine for both", SHARED)]
    assert (found, CHECKIN in page) == (["you alone", "you and Ruth"], False)
    page = client.get(f"/cohorts/{slug}/my-mentor").text
    assert ("you and Ruth" in page, "you, Ruth" in page, "Next meeting" in page) == (False, False, False)
    assert f'href="/pairs/{pairing.id}"' in page


@pytest.mark.parametrize("number", [1, 3])
def test_pair_page_asks_the_same_number_of_questions(
    build: Build, client: PageClient, queries: QueryCount, number: int
) -> None:
    pairing = pair(build)
    for one in range(number):
        log_session(
            pairing,
            by=pairing.mentor.person,
            held_on=date(2026, 11, 20),
            minutes=45,
            note="note",
            commitments=[Promised("promise", pairing.enrolment.person_id)],
            form_key=f"key-{one}",
            now=build.now,
        )
        answer(build, pairing, f"checkin-{one + 1}", ["x"])
    client.sign_in(pairing.mentor.person)

    with queries as seen:
        page = text_of(client, f"/pairs/{pairing.id}")

    assert seen.count == 15, seen.statements
    assert page.count("Fri 20 Nov, 45 min") == number


def test_promise_is_kept_and_opened_again_by_either(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    fill(build, pairing)
    promise = db.session.query(Commitment).one()
    mentor, mentee = pairing.mentor.person, pairing.enrolment.person

    client.sign_in(mentee)
    answer = client.send(f"/promises/{promise.id}", {"kept": "yes"})
    kept_at = db.session.get_one(Commitment, promise.id).kept_at
    client.sign_in(mentor)
    client.send(f"/promises/{promise.id}", {"kept": "no"})

    assert path_of(answer) == f"/pairs/{pairing.id}"
    assert kept_at == build.now
    assert db.session.get_one(Commitment, promise.id).kept_at is None


def test_lead_ends_a_pair(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    slug = pairing.enrolment.cohort.slug
    client.sign_in(build.staff(pairing.enrolment.cohort).person)

    answer = client.send(f"/pairs/{pairing.id}/end", {"reason": "Changed teams"})

    assert path_of(answer) == f"/cohorts/{slug}/matching"
    ended = db.session.get_one(Pairing, pairing.id)
    assert (ended.state, ended.close_reason) == (PairingState.CLOSED, "Changed teams")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"state": PairingState.CLOSED}, "This pair has ended already. Nothing was changed."),
        ({"state": PairingState.OFFERED}, "This pair was never published: take it back instead. Nothing was changed."),
    ],
)
def test_pair_that_cannot_be_ended_says_so_and_keeps_the_words(
    build: Build, client: PageClient, values: dict[str, Any], message: str
) -> None:
    pairing = pair(build, **values)
    client.sign_in(build.staff(pairing.enrolment.cohort).person)

    answer = client.send(f"/pairs/{pairing.id}/end", {"reason": "CANARY-typed"})

    page = answer.get_data(as_text=True)
    assert (answer.status_code, message in page, page.count("CANARY-typed")) == (409, True, 1)


# --- logging a session ------------------------------------------------------------


def told(pairing: Pairing, **values: Any) -> dict[str, Any]:
    """The form as a browser sends it: every select has a value."""
    owners = {f"promises-{row}-owner": pairing.enrolment.person_id for row in range(3)}
    return (
        owners
        | {
            "held_on": "2026-11-20",
            "minutes": "45",
            "session_key": "start-well",
            "topics": ["A hard talk"],
            "note_for": "pair",
            "form_key": "one-time",
        }
        | values
    )


def test_form_offers_the_next_session_and_the_day(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    client.sign_in(pairing.mentor.person)

    page = text_of(client, f"/pairs/{pairing.id}/sessions/new")

    assert '<option selected value="start-well">1. Start well</option>' in page
    assert 'value="2026-11-23"' in page
    assert "Not Marcus, not staff, not in exports." in page
    assert "Time in Chicago" in page


def test_logged_session_says_what_the_other_sees(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    client.sign_in(pairing.mentor.person)
    mentee = pairing.enrolment.person_id

    answer = client.send(
        f"/pairs/{pairing.id}/sessions/new",
        told(
            pairing,
            **{"promises-0-text": "Tell Karen", "promises-0-due_on": "2026-12-02"},
            note="Opens with the apology.",
            next_on="2026-12-11",
            next_time="11:00",
        ),
    )

    assert path_of(answer) == f"/pairs/{pairing.id}"
    page = text_of(client, path_of(answer))
    assert "Logged: 45 min on Fri 20 Nov. Marcus sees one promise and the note." in page
    session = db.session.query(MentoringSession).one()
    assert (session.session_key, session.minutes, session.topics) == ("start-well", 45, ["A hard talk"])
    assert session.next_at is not None
    assert session.next_at.isoformat() == "2026-12-11T17:00:00+00:00"
    promise = db.session.query(Commitment).one()
    assert (promise.text, promise.owner_id, promise.due_on) == ("Tell Karen", mentee, date(2026, 12, 2))


def test_participant_logs_too(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    mentee = pairing.enrolment.person
    form = told(pairing, minutes="other", other_minutes="20", note="mine", note_for="private")
    client.sign_in(mentee)

    answer = client.send(f"/pairs/{pairing.id}/sessions/new", form)

    session = db.session.query(MentoringSession).one()
    assert (session.minutes, session.logged_by_id) == (20, mentee.id)
    assert "The note is yours alone." in text_of(client, path_of(answer))


def test_double_click_logs_once(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    client.sign_in(pairing.mentor.person)
    form = told(pairing)

    answers = [client.send(f"/pairs/{pairing.id}/sessions/new", form) for _ in range(2)]

    assert [path_of(answer) for answer in answers] == [f"/pairs/{pairing.id}"] * 2
    assert db.session.query(MentoringSession).count() == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"held_on": ""}, "Choose the day you met."),
        ({"held_on": "2026-11-24"}, "This day is still to come."),
        ({"minutes": "other"}, "Write how many minutes"),
        ({"next_on": "9999-12-31", "next_time": "23:30"}, "Choose a day in this century."),
        ({"next_on": "2026-12-11"}, "Give both a day and a time, or neither."),
        ({"next_on": "2026-11-20", "next_time": "09:00"}, "Choose a next session in the future"),
        ({"promises-1-due_on": "2026-12-01"}, "Write what was promised"),
        ({"promises-1-text": "x", "promises-1-due_on": "2026-11-01"}, "Choose the day of the session or a later one."),
        ({"topics": ["Gossip"]}, "Topics"),
        ({"session_key": "no-such"}, "Not a valid choice"),
    ],
)
def test_bad_input_says_what_to_do_and_keeps_the_text(
    build: Build, client: PageClient, values: dict[str, Any], message: str
) -> None:
    pairing = pair(build)
    client.sign_in(pairing.mentor.person)
    typed = {"note": "a long thought", "promises-0-text": "kept words"}

    answer = client.send(f"/pairs/{pairing.id}/sessions/new", told(pairing, **typed, **values))

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert message in page
    assert "a long thought" in page
    assert 'value="kept words"' in page
    assert 'value="one-time"' in page
    assert db.session.query(MentoringSession).count() == 0


def test_promise_of_somebody_else_is_refused(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    stranger = build.person()
    client.sign_in(pairing.mentor.person)

    typed = {"promises-0-text": "x", "promises-0-owner": stranger.id}
    answer = client.send(f"/pairs/{pairing.id}/sessions/new", told(pairing, **typed))

    assert answer.status_code == 422


def test_ended_pair_is_not_logged_and_what_was_typed_stays(build: Build, client: PageClient) -> None:
    pairing = pair(build, state=PairingState.CLOSED, closed_at=build.now)
    client.sign_in(pairing.enrolment.person)

    answer = client.send(f"/pairs/{pairing.id}/sessions/new", told(pairing, note="An hour of typing"))

    page = answer.get_data(as_text=True)
    assert (answer.status_code, "This pair has ended" in page, "An hour of typing" in page) == (409, True, True)
    assert client.get(f"/pairs/{pairing.id}/sessions/new").status_code == 409


def test_mentor_sees_whether_the_mentee_was_at_each_workshop_and_no_more(build: Build, client: PageClient) -> None:
    pairing = pair(build)
    marks = {"kickoff": Attendance.PART, "goals-clinic": Attendance.NO_SHOW, "pressure-lab": Attendance.EXCUSED}
    for key, mark in marks.items():
        item = build.item(pairing.enrolment.cohort, f"workshop:{key}")
        place = Place(item_id=item.id, enrolment_id=pairing.enrolment_id, state=PlaceState.HELD, since=build.now)
        place.attendance, place.stars = mark, 1 if mark is Attendance.PART else None
        db.session.add(place)
    path, mentor, mentee = f"/pairs/{pairing.id}", pairing.mentor.person, pairing.enrolment.person

    page = text_of(client.sign_in(mentor), path)
    assert (page.count(": was there"), page.count(": was not there")) == (1, 2)
    assert [word for word in ("no-show", "No-show", "xcused", "a part", "stars") if word in page] == []

    assert "was there" not in text_of(client.sign_in(mentee), path)


@pytest.mark.parametrize("number", [1, 3])
def test_logging_asks_the_same_number_of_questions(
    build: Build, client: PageClient, queries: QueryCount, number: int
) -> None:
    pairing = pair(build)
    promises = {f"promises-{row}-text": f"promise {row}" for row in range(number)}
    form = told(pairing, note="note", **promises)
    path = f"/pairs/{pairing.id}/sessions/new"
    token = client.sign_in(pairing.mentor.person).csrf_token()

    with queries as seen:
        answer = client.post(
            path,
            data=form | {"csrf_token": token},
            headers={"Sec-Fetch-Site": "same-origin"},
        )

    assert answer.status_code == 302
    assert seen.count == 8, seen.statements


def test_mentor_sees_when_own_mentees_are_away(build: Build, client: PageClient) -> None:
    cohort = build.cohort()
    mentor, other = build.mentor(cohort), build.mentor(cohort)
    readers, mentee = [mentor.person, other.person], build.enrolment(cohort)
    build.pairing(mentor, mentee)
    build.pairing(other, build.enrolment(cohort))
    add_away(mentee.person, Days(AwayKind.ON_CALL, date(2026, 11, 30), date(2026, 12, 6)), now=build.now)
    db.session.commit()
    path = f"/cohorts/{cohort.slug}/mentees"

    seen = ["On call 30 Nov – 6 Dec" in client.sign_in(one).get(path).get_data(as_text=True) for one in readers]

    assert seen == [True, False]
