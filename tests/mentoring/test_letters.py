"""What mails about pairs say, and when they have nothing to say any more."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from cohort.cohorts.models import CohortState
from cohort.config import Settings
from cohort.db import AS_WRITTEN, db
from cohort.mail.composing import Composer
from cohort.mail.letters import Moot
from cohort.mail.outbox import queue
from cohort.mentoring.asking import accept_offer, ask_mentors
from cohort.mentoring.meeting_proposals import call_off, propose_meeting, take_meeting
from cohort.mentoring.models import Pairing, PairingState
from cohort.mentoring.pairing import end_pair
from cohort.people.models import Person
from tests.build import Build
from tests.mentoring.test_publishing import proposed

Write = Callable[..., tuple[str, str]]


@pytest.fixture
def write(app: Flask, settings: Settings, build: Build) -> Write:
    """Subject and text of a mail."""

    def write(template: str, person: Person, pairing: Pairing, params: dict[str, Any]) -> tuple[str, str]:
        key = f"{template}:{params}:{person.id}"
        message = queue(person, template, params, key=key, now=build.now, cohort_id=pairing.cohort_id)
        assert message is not None
        db.session.flush()
        db.session.refresh(message, ["person"])
        mail = message_from_bytes(
            Composer(settings, app.jinja_env).compose(message, now=build.now).data, policy=default
        )
        body = mail.get_body(("plain",))
        assert body is not None
        return str(mail["Subject"]), str(body.get_content())

    return write


def test_question_names_everybody_who_is_still_open(build: Build, write: Write) -> None:
    mentor = build.mentor(build.cohort(), build.person("Ruth", time_zone="Europe/London"))
    pairs = [proposed(build, mentor, name) for name in ("Ann Lee", "Ben Ray", "Cy Dee")]
    pairs[0].reasons = [["because", "Both work on Tuesdays"], ["watch", "6 hours apart"]]
    pairs[0].enrolment.growth_areas = ["communication"]
    ask_mentors(mentor.cohort, pairs, answer_by=build.now + timedelta(days=7), now=build.now)
    accept_offer(pairs[2], now=build.now)
    about = {"pairings": [pair.id for pair in pairs]}

    subject, text = write("match-offered", mentor.person, pairs[0], about)
    again, _ = write("match-offered", mentor.person, pairs[0], about | {"is_again": True})

    assert subject == "Would you mentor Ann Lee and Ben Ray? Answer by Mon 30 Nov, 15:00 London"
    assert again == "Still open: would you mentor Ann Lee and Ben Ray? Answer by Mon 30 Nov, 15:00 London"
    said = " ".join(text.split())
    for words in (
        "Two mentees are proposed",
        "Wants to grow in Communication",
        "Both work on Tuesdays",
        "09:00 Chicago",
    ):
        assert words in said
    assert "Nobody is paired by silence" in said


def test_question_that_is_answered_is_not_sent(build: Build, write: Write) -> None:
    mentor = build.mentor(build.cohort())
    pair = proposed(build, mentor, "Ann")
    ask_mentors(mentor.cohort, [pair], answer_by=build.now + timedelta(days=7), now=build.now)
    accept_offer(pair, now=build.now)

    with pytest.raises(Moot, match="answered"):
        write("match-offered", mentor.person, pair, {"pairings": [pair.id], "is_again": True})


def test_question_that_was_held_past_its_date_asks_for_no_answer_in_the_past(build: Build, write: Write) -> None:
    mentor = build.mentor(build.cohort())
    pair = proposed(build, mentor, "Ann")
    ask_mentors(mentor.cohort, [pair], answer_by=build.now + timedelta(days=7), now=build.now)
    pair.answer_by = build.now - timedelta(hours=1)

    subject, text = write("match-offered", mentor.person, pair, {"pairings": [pair.id]})

    assert subject == "Would you mentor Ann?"
    assert ("Answer by" in text, "has passed; the question is open" in " ".join(text.split())) == (False, True)


def test_archived_cohort_asks_for_nothing(build: Build, write: Write) -> None:
    mentor = build.mentor(build.cohort())
    asked, pair = proposed(build, mentor, "Ann"), build.pairing(mentor, build.enrolment(mentor.cohort))
    ask_mentors(mentor.cohort, [asked], answer_by=build.now + timedelta(days=7), now=build.now)
    starts = [build.now + timedelta(days=1)]
    proposal = propose_meeting(pair, by=mentor.person, starts=starts, minutes=45, now=build.now)
    mentor.cohort.state = CohortState.ARCHIVED

    with pytest.raises(Moot, match="archived"):
        write("match-offered", mentor.person, asked, {"pairings": [asked.id]})
    with pytest.raises(Moot, match="archived"):
        write("meeting-proposed", pair.enrolment.person, pair, {"proposal_id": proposal.id})


def test_second_mentor_is_called_new_to_the_participant_alone(build: Build, write: Write) -> None:
    cohort = build.cohort()
    old = build.pairing(build.mentor(cohort), build.enrolment(cohort, build.person("Ann")))
    end_pair(old, reason="CANARY-why", now=build.now)
    new = build.pairing(build.mentor(cohort, build.person("Ruth")), old.enrolment)

    to_ann, text = write("match-published", old.enrolment.person, new, {"pairing_id": new.id})
    to_ruth, _ = write("match-published", new.mentor.person, new, {"pairing_id": new.id})

    assert to_ann == "Your new mentor in Spring Emerging Leaders: Ruth"
    assert to_ruth == "Your mentee in Spring Emerging Leaders: Ann"
    assert "CANARY" not in text


def test_pair_that_was_no_match_before_has_no_former_mentor(build: Build, write: Write) -> None:
    cohort = build.cohort()
    ann = build.enrolment(cohort)
    no = {"state": PairingState.CLOSED, "published_at": None, "answered_at": build.now, "closed_at": build.now}
    build.pairing(build.mentor(cohort), ann, **no)
    pair = build.pairing(build.mentor(cohort, build.person("Ruth")), ann)

    assert write("match-published", ann.person, pair, {"pairing_id": pair.id})[0].startswith("Your mentor in")


def test_who_called_times_off_decides_how_the_other_is_told(build: Build, write: Write) -> None:
    cohort = build.cohort()
    mentor = build.mentor(cohort, build.person("Ruth Okafor"))
    pair = build.pairing(mentor, build.enrolment(cohort, build.person("Ann Lee", time_zone="Europe/London")))
    ruth, ann = mentor.person, pair.enrolment.person
    proposal = propose_meeting(pair, by=ann, starts=[build.now + timedelta(days=1)], minutes=45, now=build.now)
    about = {"proposal_id": proposal.id}
    call_off(proposal, by=ruth, now=build.now)

    subject, to_proposer = write("meeting-called-off", ann, pair, about)
    _, to_other = write("meeting-called-off", ruth, pair, about | {"again": 1})

    assert subject == "Called off: meeting Ruth Okafor, Tue 24 Nov, 15:00 London"
    assert "none of the times that you proposed suits Ruth. A date that you two agreed before" in to_proposer
    assert "Ann takes back the times. A date that you two agreed before" in to_other


def test_meetings_are_told_in_both_zones_and_not_when_they_are_moot(build: Build, write: Write) -> None:
    cohort = build.cohort()
    mentor = build.mentor(cohort, build.person("Ruth Okafor"))
    pair = build.pairing(mentor, build.enrolment(cohort, build.person("Ann Lee", time_zone="Europe/London")))
    ruth, ann = mentor.person, pair.enrolment.person
    starts = [build.now + timedelta(days=days) for days in (1, 2, 3)]
    proposal = propose_meeting(pair, by=ann, starts=starts, minutes=45, now=build.now)
    about = {"proposal_id": proposal.id}

    subject, text = write("meeting-proposed", ruth, pair, about)
    with pytest.raises(Moot, match="not taken"):
        write("meeting-taken", ann, pair, about)
    take_meeting(proposal, starts[1], by=ruth, now=build.now)
    taken, _ = write("meeting-taken", ann, pair, about | {"again": 1})

    assert subject == "Ann Lee proposes to meet: Tue 24 Nov, 09:00 Chicago, or two other times"
    assert "15:00 London" in text
    assert taken == "You meet Ruth Okafor: Wed 25 Nov, 15:00 London"
    with pytest.raises(Moot, match="answered"):
        write("meeting-proposed", ruth, pair, about | {"again": 1})
    with pytest.raises(Moot, match="not called off"):
        write("meeting-called-off", ann, pair, about)
    end_pair(pair, now=build.now)
    with pytest.raises(Moot, match="ended"):
        write("meeting-taken", ann, pair, about | {"again": 2})


def test_date_that_gave_way_to_another_is_not_told(build: Build, write: Write) -> None:
    """While mail is held up, the two may agree twice."""
    cohort = build.cohort()
    pair = build.pairing(build.mentor(cohort), build.enrolment(cohort))
    ruth, ann = pair.mentor.person, pair.enrolment.person
    taken = []
    for days, now in ((2, build.now), (3, build.now + timedelta(minutes=5))):
        start = build.now + timedelta(days=days)
        taken.append(propose_meeting(pair, by=ruth, starts=[start], minutes=45, now=now))
        take_meeting(taken[-1], start, by=ann, now=now)

    with pytest.raises(Moot, match="another date"):
        write("meeting-taken", ruth, pair, {"proposal_id": taken[0].id})
    assert write("meeting-taken", ruth, pair, {"proposal_id": taken[1].id})[0].startswith("You meet")


def test_pair_that_another_process_ended_is_told_of_no_meeting(build: Build, write: Write) -> None:
    """A worker may still hold the pair as it was."""
    cohort = build.cohort()
    pair = build.pairing(build.mentor(cohort), build.enrolment(cohort))
    starts = [build.now + timedelta(days=1)]
    proposal = propose_meeting(pair, by=pair.mentor.person, starts=starts, minutes=45, now=build.now)
    db.session.execute(update(Pairing).values(state=PairingState.CLOSED), execution_options=AS_WRITTEN)

    with pytest.raises(Moot, match="ended"):
        write("meeting-proposed", pair.enrolment.person, pair, {"proposal_id": proposal.id})
