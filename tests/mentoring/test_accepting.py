"""The mentor's answer, and changing the number of mentees later."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cohort.cohorts.models import CohortState
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mentoring.accepting import accept, decline
from cohort.mentoring.models import Mentor, MentorState, Pairing, PairingState
from cohort.mentoring.publishing import ALL_PLACES_TAKEN, publish
from tests.build import Build


def stored(mentor: Mentor) -> tuple[MentorState, int]:
    db.session.refresh(mentor, ["state", "capacity"])
    return mentor.state, mentor.capacity


def test_yes_keeps_the_number_of_mentees(build: Build) -> None:
    mentor = build.mentor(build.cohort(), state=MentorState.INVITED, answered_at=None)

    accept(mentor, capacity=2, now=build.now)

    assert stored(mentor) == (MentorState.ACCEPTED, 2)
    assert mentor.answered_at == build.now


def test_number_is_changed_later_and_the_day_of_the_answer_stays(build: Build) -> None:
    mentor = build.mentor(build.cohort(), capacity=3)
    answered_at = mentor.answered_at

    accept(mentor, capacity=0, now=build.now)

    assert stored(mentor) == (MentorState.ACCEPTED, 0)
    assert mentor.answered_at == answered_at


def test_number_does_not_fall_below_the_mentees_one_has(build: Build) -> None:
    cohort = build.cohort()
    mentor = build.mentor(cohort, capacity=3)
    build.pairing(mentor, build.enrolment(cohort))
    build.pairing(mentor, build.enrolment(cohort), state=PairingState.ACCEPTED)
    build.pairing(mentor, build.enrolment(cohort), state=PairingState.CLOSED)

    with pytest.raises(DomainError) as refusal:
        accept(mentor, capacity=1, now=build.now)

    assert refusal.value.field == "capacity"
    assert stored(mentor) == (MentorState.ACCEPTED, 3)
    accept(mentor, capacity=2, now=build.now)
    assert stored(mentor) == (MentorState.ACCEPTED, 2)


def test_proposals_of_staff_neither_stop_a_smaller_number_nor_give_themselves_away(build: Build) -> None:
    cohort = build.cohort()
    mentor = build.mentor(cohort, capacity=2)
    proposals = [build.pairing(mentor, build.enrolment(cohort), state=PairingState.PROPOSED) for _ in range(2)]

    accept(mentor, capacity=1, now=build.now)

    assert stored(mentor) == (MentorState.ACCEPTED, 1)
    with pytest.raises(Conflict, match="more mentees than places"):
        publish(cohort, proposals, now=build.now)


def test_smaller_number_closes_the_questions_there_is_no_place_for(build: Build) -> None:
    cohort = build.cohort()
    mentor = build.mentor(cohort, capacity=2)
    build.pairing(mentor, build.enrolment(cohort))
    asked = build.pairing(mentor, build.enrolment(cohort), state=PairingState.OFFERED)

    accept(mentor, capacity=1, now=build.now)

    db.session.refresh(asked)
    assert (asked.state, asked.close_reason, asked.answered_at) == (PairingState.CLOSED, ALL_PLACES_TAKEN, None)


def test_no_takes_what_was_only_proposed_or_asked_along(build: Build) -> None:
    cohort = build.cohort()
    mentor = build.mentor(cohort, capacity=2)
    build.pairing(mentor, build.enrolment(cohort), state=PairingState.PROPOSED)
    asked = build.pairing(mentor, build.enrolment(cohort), state=PairingState.OFFERED)

    decline(mentor, reason="Too much on", now=build.now)

    assert stored(mentor)[0] is MentorState.DECLINED
    left = db.session.scalars(select(Pairing).execution_options(populate_existing=True)).all()
    assert [(one.id, one.state, one.answered_at) for one in left] == [(asked.id, PairingState.CLOSED, None)]


@pytest.mark.parametrize("capacity", [-1, 100])
def test_odd_number_is_refused(build: Build, capacity: int) -> None:
    mentor = build.mentor(build.cohort(), state=MentorState.INVITED)

    with pytest.raises(DomainError):
        accept(mentor, capacity=capacity, now=build.now)

    assert mentor.state is MentorState.INVITED


def test_no_keeps_the_reason_and_can_become_a_yes(build: Build) -> None:
    mentor = build.mentor(build.cohort(), state=MentorState.INVITED)

    decline(mentor, reason="Too much on", now=build.now)

    assert (mentor.state, mentor.reason) == (MentorState.DECLINED, "Too much on")
    accept(mentor, capacity=1, now=build.now + timedelta(days=1))
    assert (mentor.state, mentor.reason) == (MentorState.ACCEPTED, "")


def test_mentor_with_mentees_does_not_simply_leave(build: Build) -> None:
    cohort = build.cohort()
    mentor = build.mentor(cohort)
    build.pairing(mentor, build.enrolment(cohort))

    with pytest.raises(Conflict):
        decline(mentor, reason="", now=build.now)

    assert stored(mentor)[0] is MentorState.ACCEPTED


def test_ended_role_and_archived_cohort_take_no_answer(build: Build) -> None:
    for mentor in (
        build.mentor(build.cohort(), state=MentorState.ENDED),
        build.mentor(build.cohort(state=CohortState.ARCHIVED), state=MentorState.INVITED),
    ):
        with pytest.raises(Conflict):
            accept(mentor, capacity=1, now=build.now)
        with pytest.raises(Conflict):
            decline(mentor, reason="", now=build.now)


def test_answer_is_seen_by_the_reminder_planner(build: Build) -> None:
    cohort = build.cohort()
    mentor = build.mentor(cohort, state=MentorState.INVITED)

    accept(mentor, capacity=1, now=build.now)

    db.session.refresh(cohort, ["plan_revision"])
    assert cohort.plan_revision == 1
