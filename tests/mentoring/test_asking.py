"""Asking mentors about proposed pairs, and their answers, against the database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from cohort.cohorts.enrolling import withdraw
from cohort.cohorts.models import Cohort, CohortState, EnrolmentState
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.mail.models import Message
from cohort.mentoring.asking import accept_offer, ask_mentors, decline_offer, take_back, usual_answer_by
from cohort.mentoring.models import Mentor, Pairing, PairingState
from cohort.mentoring.publishing import ALL_PLACES_TAKEN, publish
from cohort.reports.attention import list_concerns
from tests.build import Build
from tests.mentoring.test_publishing import proposed, states

IN_A_WEEK = timedelta(days=7)


def asked(build: Build, mentor: Mentor, *names: str) -> list[Pairing]:
    pairs = [proposed(build, mentor, name) for name in names]
    return ask_mentors(mentor.cohort, pairs, answer_by=build.now + IN_A_WEEK, now=build.now)


def offers(cohort: Cohort) -> list[Message]:
    return db.session.query(Message).filter_by(cohort_id=cohort.id, template="match-offered").order_by("due_at").all()


def waiting(build: Build, cohort: Cohort, kind: str, *, days: int = 0) -> list[tuple[str, str]]:
    found = list_concerns(cohort, now=build.now + timedelta(days=days))
    return [(one.who, one.what) for one in found if one.kind == kind]


def test_mentors_have_five_working_days_until_noon_where_the_cohort_is_run(build: Build) -> None:
    cohort = build.cohort()
    friday_night = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)  # still Friday in Chicago

    assert usual_answer_by(cohort, build.now) == datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
    assert usual_answer_by(cohort, friday_night) == datetime(2026, 12, 4, 18, 0, tzinfo=UTC)


def test_each_mentor_gets_one_mail_about_all_and_another_before_the_date(build: Build) -> None:
    cohort = build.cohort()
    ruth, sam = build.mentor(cohort), build.mentor(cohort)
    pairs = [*(proposed(build, ruth, name) for name in ("Ann", "Ben")), proposed(build, sam, "Cy")]
    until = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)

    for _ in range(2):
        ask_mentors(cohort, pairs, answer_by=until, now=build.now)

    ids = [pair.id for pair in pairs]
    now, again = build.now, datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
    assert [(mail.person_id, mail.params, mail.due_at) for mail in offers(cohort)] == [
        (ruth.person_id, {"pairings": ids[:2]}, now),
        (sam.person_id, {"pairings": ids[2:]}, now),
        (ruth.person_id, {"pairings": ids[:2], "is_again": True}, again),
        (sam.person_id, {"pairings": ids[2:], "is_again": True}, again),
    ]
    assert states(cohort) == ["offered"] * 3


def test_near_date_needs_no_second_mail(build: Build) -> None:
    cohort = build.cohort()
    pair = proposed(build, build.mentor(cohort), "Ann")

    ask_mentors(cohort, [pair], answer_by=build.now + timedelta(hours=5), now=build.now)

    assert len(offers(cohort)) == 1


@pytest.mark.parametrize("days", [-1, 0, 61])
def test_date_is_ahead_and_not_far(build: Build, days: int) -> None:
    pair = proposed(build, build.mentor(build.cohort()), "Ann")

    with pytest.raises(DomainError, match="next 60 days"):
        ask_mentors(pair.mentor.cohort, [pair], answer_by=build.now + timedelta(days=days), now=build.now)


def test_nobody_is_asked_past_their_places_or_about_who_left(build: Build) -> None:
    cohort = build.cohort()
    ruth = build.mentor(cohort, build.person("Ruth"), capacity=2)
    asked(build, ruth, "Ann")
    pairs = [proposed(build, ruth, name) for name in ("Ben", "Cy")]

    with pytest.raises(Conflict, match="Ruth would have more mentees than places"):
        ask_mentors(cohort, pairs, answer_by=build.now + IN_A_WEEK, now=build.now)
    pairs[0].enrolment.state = EnrolmentState.WITHDRAWN
    with pytest.raises(Conflict, match="left the cohort"):
        ask_mentors(cohort, pairs[:1], answer_by=build.now + IN_A_WEEK, now=build.now)
    assert states(cohort) == ["offered", "proposed", "proposed"]


def test_yes_holds_the_place_and_the_last_one_closes_other_questions(build: Build) -> None:
    cohort = build.cohort()
    ruth = build.mentor(cohort, capacity=2)
    ann, ben = asked(build, ruth, "Ann", "Ben")
    ruth.capacity = 1

    closed = accept_offer(ann, now=build.now)
    twice = accept_offer(ann, now=build.now + IN_A_WEEK)

    assert (closed, twice, ann.answered_at) == (1, 0, build.now)
    db.session.refresh(ben)
    assert (ben.state, ben.answered_at, ben.close_reason) == (PairingState.CLOSED, None, ALL_PLACES_TAKEN)
    assert waiting(build, cohort, "declined") == []
    with pytest.raises(Conflict, match="not open any more"):
        accept_offer(ben, now=build.now)


def test_yes_without_a_place_is_refused(build: Build) -> None:
    ruth = build.mentor(build.cohort(), capacity=1)
    (ann,) = asked(build, ruth, "Ann")
    build.pairing(ruth, build.enrolment(ruth.cohort))

    with pytest.raises(Conflict, match="as many mentees as places"):
        accept_offer(ann, now=build.now)
    assert ann.state is PairingState.OFFERED


def test_no_frees_the_seat_and_tells_staff_until_the_participant_is_proposed_again(build: Build) -> None:
    cohort = build.cohort()
    ruth = build.mentor(cohort, build.person("Ruth"), capacity=1)
    (ann,) = asked(build, ruth, "Ann")

    for _ in range(2):
        decline_offer(ann, reason="We worked together.", now=build.now)

    assert (ann.state, ann.answered_at, ann.closed_at) == (PairingState.CLOSED, build.now, build.now)
    assert ann.close_reason == "We worked together."
    assert waiting(build, cohort, "declined") == [
        ("Ruth", "Said no to Ann: 1 seat is free. Run matching again, or pair by hand.")
    ]
    build.pairing(build.mentor(cohort), ann.enrolment, state=PairingState.PROPOSED)
    assert waiting(build, cohort, "declined") == []


def test_two_mentors_of_one_name_are_told_of_apart(build: Build) -> None:
    cohort = build.cohort()
    people = [asked(build, build.mentor(cohort, build.person("Ruth")), name)[0] for name in ("Ann", "Ben")]

    assert sorted(what for _, what in waiting(build, cohort, "unanswered", days=8)) == [
        f"Has not answered about {name}, asked until Mon 30 Nov 2026." for name in ("Ann", "Ben")
    ]
    for pairing in people:
        decline_offer(pairing, reason="No time.", now=build.now)

    assert sorted(what for _, what in waiting(build, cohort, "declined")) == [
        f"Said no to {name}: 1 seat is free. Run matching again, or pair by hand." for name in ("Ann", "Ben")
    ]


def test_no_needs_a_reason_and_a_yes_may_become_a_no(build: Build) -> None:
    (ann,) = asked(build, build.mentor(build.cohort()), "Ann")
    accept_offer(ann, now=build.now)

    for reason in ("", "x" * 1001):
        with pytest.raises(DomainError, match="Write a few words"):
            decline_offer(ann, reason=reason, now=build.now)
    decline_offer(ann, reason="A new job.", now=build.now)

    assert ann.state is PairingState.CLOSED


def test_published_pair_takes_no_other_answer(build: Build) -> None:
    (ann,) = asked(build, build.mentor(build.cohort()), "Ann")
    publish(ann.mentor.cohort, [ann], now=build.now)

    assert (accept_offer(ann, now=build.now), ann.state, ann.answered_at) == (0, PairingState.ACTIVE, None)
    with pytest.raises(Conflict, match="a pair already"):
        decline_offer(ann, reason="No.", now=build.now)
    with pytest.raises(Conflict):
        take_back(ann, now=build.now)


def test_silence_decides_nothing_and_waits_for_staff_from_the_date_on(build: Build) -> None:
    cohort = build.cohort()
    (ann,) = asked(build, build.mentor(cohort, build.person("Ruth")), "Ann")

    assert waiting(build, cohort, "unanswered", days=6) == []
    assert waiting(build, cohort, "unanswered", days=8) == [
        ("Ruth", "Has not answered about Ann, asked until Mon 30 Nov 2026.")
    ]
    accept_offer(ann, now=build.now + timedelta(days=9))
    assert waiting(build, cohort, "unanswered", days=9) == []


@pytest.mark.parametrize("is_accepted", [False, True])
def test_what_staff_take_back_or_who_leaves_is_no_no(build: Build, is_accepted: bool) -> None:
    cohort = build.cohort()
    ann, ben = asked(build, build.mentor(cohort), "Ann", "Ben")
    if is_accepted:
        accept_offer(ann, now=build.now)
        accept_offer(ben, now=build.now)

    take_back(ann, now=build.now)
    withdraw(ben.enrolment, reason="Moved", now=build.now)

    db.session.expire_all()
    assert [(one.state, one.answered_at) for one in (ann, ben)] == [(PairingState.CLOSED, None)] * 2
    assert waiting(build, cohort, "declined") == []


def test_archived_cohort_is_not_asked_and_takes_no_answer(build: Build) -> None:
    cohort = build.cohort()
    (ann,) = asked(build, build.mentor(cohort), "Ann")
    cohort.state = CohortState.ARCHIVED

    for deed in (
        lambda: accept_offer(ann, now=build.now),
        lambda: decline_offer(ann, reason="No.", now=build.now),
        lambda: take_back(ann, now=build.now),
        lambda: asked(build, ann.mentor, "Ben"),
    ):
        with pytest.raises(Conflict, match="archived"):
            deed()


def test_taking_back_says_whether_the_mentor_had_agreed_by_then(build: Build) -> None:
    """Also where the mentor was quicker than the page: the row at hand still says that nobody has answered."""
    ann, ben = asked(build, build.mentor(build.cohort(), capacity=3), "Ann", "Ben")
    accepted = update(Pairing).where(Pairing.id == ann.id).values(state=PairingState.ACCEPTED, answered_at=build.now)
    db.session.execute(accepted, execution_options={"synchronize_session": False})

    assert [take_back(one, now=build.now) for one in (ann, ben)] == [True, False]
