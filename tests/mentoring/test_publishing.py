"""Publishing pairs, against the database."""

from datetime import timedelta

import pytest

from cohort.cohorts.models import Cohort, EnrolmentState
from cohort.db import db
from cohort.errors import Conflict
from cohort.mail.models import Message
from cohort.mentoring.apart import turn_down
from cohort.mentoring.asking import ask_mentors
from cohort.mentoring.models import Mentor, Pairing, PairingState
from cohort.mentoring.publishing import publish
from tests.build import Build
from tests.mentoring.studio import veto


def proposed(build: Build, mentor: Mentor, name: str) -> Pairing:
    enrolment = build.enrolment(mentor.cohort, build.person(name))
    pairing = build.pairing(mentor, enrolment, state=PairingState.PROPOSED, score=50)
    assert isinstance(pairing, Pairing)
    return pairing


def states(cohort: Cohort) -> list[str]:
    return [one.state.value for one in db.session.query(Pairing).filter_by(cohort_id=cohort.id).order_by(Pairing.id)]


def test_published_pairs_are_told_once_and_settle_the_match_dates(build: Build) -> None:
    cohort = build.cohort()
    pair = proposed(build, build.mentor(cohort), "Ann")

    first = publish(cohort, [pair], now=build.now)
    again = publish(cohort, [pair], now=build.now + timedelta(days=1))

    assert (first, again) == ([pair.id], [])
    assert cohort.matched_on is not None
    assert cohort.matched_on.isoformat() == "2026-11-23"
    mails = db.session.query(Message).order_by(Message.person_id).all()
    assert [(mail.template, mail.person_id, mail.params) for mail in mails] == [
        ("match-published", pair.mentor.person_id, {"pairing_id": pair.id}),
        ("match-published", pair.enrolment.person_id, {"pairing_id": pair.id}),
    ]


def test_publishing_past_a_capacity_is_refused_whole(build: Build) -> None:
    cohort = build.cohort()
    ruth = build.mentor(cohort, build.person("Ruth"), capacity=2)
    pairs = [proposed(build, ruth, name) for name in ("Ann", "Ben")]
    ruth.capacity = 1

    with pytest.raises(Conflict, match="Ruth would have more mentees than places"):
        publish(cohort, pairs, now=build.now)
    assert states(cohort) == ["proposed", "proposed"]


def test_pair_of_somebody_who_left_is_not_published(build: Build) -> None:
    cohort = build.cohort()
    pair = proposed(build, build.mentor(cohort), "Ann")
    pair.enrolment.state = EnrolmentState.WITHDRAWN

    with pytest.raises(Conflict, match="left the cohort"):
        publish(cohort, [pair], now=build.now)


def test_pair_that_was_closed_meanwhile_is_not_passed_over(build: Build) -> None:
    cohort = build.cohort()
    ruth = build.mentor(cohort, capacity=2)
    pairs = [proposed(build, ruth, name) for name in ("Ann", "Ben")]
    pairs[1].state = PairingState.CLOSED

    with pytest.raises(Conflict, match="answered or taken back meanwhile"):
        publish(cohort, pairs, now=build.now)
    assert states(cohort) == ["proposed", "closed"]


@pytest.mark.parametrize("state", [PairingState.OFFERED, PairingState.ACCEPTED])
def test_asked_and_accepted_pairs_are_published(build: Build, state: PairingState) -> None:
    cohort = build.cohort()
    pair = proposed(build, build.mentor(cohort), "Ann")
    pair.state = state

    assert publish(cohort, [pair], now=build.now) == [pair.id]
    assert (pair.state, pair.published_at) == (PairingState.ACTIVE, build.now)


def test_place_of_an_accepted_pair_is_not_given_away(build: Build) -> None:
    cohort = build.cohort()
    ruth = build.mentor(cohort, build.person("Ruth"), capacity=1)
    kept, other = proposed(build, ruth, "Ann"), proposed(build, ruth, "Ben")
    kept.state = PairingState.ACCEPTED

    with pytest.raises(Conflict, match="Ruth would have more mentees"):
        publish(cohort, [other], now=build.now)
    kept.state = PairingState.OFFERED
    publish(cohort, [other], now=build.now)

    db.session.refresh(kept)
    assert (kept.state, kept.answered_at, other.state) == (PairingState.CLOSED, None, PairingState.ACTIVE)


def test_pair_with_a_veto_that_waits_for_staff_is_neither_asked_about_nor_published(build: Build) -> None:
    """It was made by hand before somebody said it: no run will look at it again."""
    cohort = build.cohort()
    ruth = build.mentor(cohort, build.person("Ruth"))
    pairs = [proposed(build, ruth, name) for name in ("Ann", "Ben")]
    kept = veto(build, ruth, pairs[0].enrolment)

    with pytest.raises(Conflict, match="A veto stands between Ann and Ruth"):
        ask_mentors(cohort, pairs, answer_by=build.now + timedelta(days=7), now=build.now)
    with pytest.raises(Conflict, match="A veto stands between Ann and Ruth"):
        publish(cohort, pairs, now=build.now)
    assert states(cohort) == ["proposed", "proposed"]
    turn_down(kept)
    assert publish(cohort, pairs, now=build.now) == [pair.id for pair in pairs]
