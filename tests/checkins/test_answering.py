"""Drafts of check-ins, sending them, and when they take answers."""

from datetime import date, datetime, timedelta

import pytest

from cohort.checkins.answering import Answers, answer, last_promise, save_draft
from cohort.checkins.models import CheckInAnswer, Kept, MoodAudience
from cohort.checkins.queries import list_answers
from cohort.cohorts.models import Enrolment
from cohort.db import db
from cohort.errors import Conflict, DomainError
from cohort.programs.pack import CheckIn
from cohort.programs.queries import pack_of
from tests.build import Build


@pytest.fixture
def enrolment(build: Build) -> Enrolment:
    return build.enrolment(build.cohort())


def checkin(enrolment: Enrolment, number: int) -> CheckIn:
    return pack_of(enrolment.cohort.version).checkin(f"checkin-{number}")


def opening(build: Build, enrolment: Enrolment, number: int) -> datetime:
    at = build.item(enrolment.cohort, f"checkin.opens:checkin-{number}").at
    assert at is not None
    return at


def test_answer_keeps_everything(build: Build, enrolment: Enrolment) -> None:
    given = Answers(
        mood=4,
        mood_for=MoodAudience.STAFF,
        answers=("First", "Second"),
        help=("time",),
        promise="I will ask twice.",
        promise_by=date(2026, 10, 1),
    )
    kept = answer(enrolment, checkin(enrolment, 1), given, version=0, now=opening(build, enrolment, 1))

    assert (kept.mood, kept.mood_for, kept.answers) == (4, MoodAudience.STAFF, ["First", "Second", ""])
    assert (kept.help, kept.promise, kept.promise_by) == (["time"], "I will ask twice.", date(2026, 10, 1))
    assert (kept.answered_at, kept.version) == (opening(build, enrolment, 1), 1)


def test_draft_may_leave_out_what_an_answer_needs(build: Build, enrolment: Enrolment) -> None:
    now = opening(build, enrolment, 1)
    draft = save_draft(enrolment, checkin(enrolment, 1), Answers(answers=("So far",)), version=0, now=now)
    assert (draft.answered_at, draft.version) == (None, 1)

    with pytest.raises(DomainError) as refusal:
        answer(enrolment, checkin(enrolment, 1), Answers(answers=("So far",)), version=1, now=now)

    assert refusal.value.field == "mood"


def test_draft_from_an_older_page_is_refused(build: Build, enrolment: Enrolment) -> None:
    now = opening(build, enrolment, 1)
    save_draft(enrolment, checkin(enrolment, 1), Answers(promise="One"), version=0, now=now)

    with pytest.raises(Conflict):
        save_draft(enrolment, checkin(enrolment, 1), Answers(promise="Two"), version=0, now=now)

    assert db.session.query(CheckInAnswer.promise).all() == [("One",)]


def test_sent_check_in_is_not_changed_and_sent_once(build: Build, enrolment: Enrolment) -> None:
    now = opening(build, enrolment, 1)
    sent = answer(enrolment, checkin(enrolment, 1), Answers(mood=3), version=0, now=now)

    again = answer(enrolment, checkin(enrolment, 1), Answers(mood=3), version=0, now=now + timedelta(minutes=1))
    with pytest.raises(Conflict):
        save_draft(enrolment, checkin(enrolment, 1), Answers(mood=5), version=1, now=now)

    assert (again.id, again.answered_at) == (sent.id, now)


def test_promise_of_the_last_check_in_has_to_be_answered_for(build: Build, enrolment: Enrolment) -> None:
    answer(
        enrolment, checkin(enrolment, 1), Answers(mood=3, promise="Ask"), version=0, now=opening(build, enrolment, 1)
    )
    now = opening(build, enrolment, 2)

    with pytest.raises(DomainError) as refusal:
        answer(enrolment, checkin(enrolment, 2), Answers(mood=3), version=0, now=now)
    kept = answer(enrolment, checkin(enrolment, 2), Answers(mood=3, kept=Kept.PARTLY), version=0, now=now)

    assert refusal.value.field == "kept"
    assert kept.kept is Kept.PARTLY


def test_last_promise_is_that_of_the_check_in_before(build: Build, enrolment: Enrolment) -> None:
    pack = pack_of(enrolment.cohort.version)
    answer(
        enrolment, checkin(enrolment, 1), Answers(mood=3, promise="Ask"), version=0, now=opening(build, enrolment, 1)
    )
    answer(
        enrolment, checkin(enrolment, 2), Answers(mood=3, kept=Kept.YES), version=0, now=opening(build, enrolment, 2)
    )
    given = list_answers(enrolment.id)

    assert last_promise(pack, checkin(enrolment, 1), given) is None
    assert last_promise(pack, checkin(enrolment, 2), given) == given["checkin-1"]
    assert last_promise(pack, checkin(enrolment, 3), given) is None


def test_check_in_takes_answers_from_its_opening_until_the_next_opens(build: Build, enrolment: Enrolment) -> None:
    first, second = opening(build, enrolment, 1), opening(build, enrolment, 2)
    for closed in (first - timedelta(seconds=1), second):
        with pytest.raises(Conflict):
            answer(enrolment, checkin(enrolment, 1), Answers(mood=3), version=0, now=closed)

    kept = answer(enrolment, checkin(enrolment, 1), Answers(mood=3), version=0, now=second - timedelta(seconds=1))

    assert kept.answered_at == second - timedelta(seconds=1)


def test_last_check_in_takes_answers_for_good(build: Build, enrolment: Enrolment) -> None:
    last = pack_of(enrolment.cohort.version).checkins[-1]

    kept = answer(enrolment, last, Answers(mood=3), version=0, now=build.now + timedelta(days=365))

    assert kept.checkin_key == last.key


def test_texts_are_bounded(build: Build, enrolment: Enrolment) -> None:
    now = opening(build, enrolment, 1)
    with pytest.raises(DomainError) as refusal:
        save_draft(enrolment, checkin(enrolment, 1), Answers(answers=("", "x" * 4_001)), version=0, now=now)

    assert refusal.value.field == "answer_1"
