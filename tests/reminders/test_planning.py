"""What becomes a mail, what is dropped and why: the live dates, the live facts, once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from cohort.assignments.models import Submission, SubmissionState
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.cohorts.turns import take_turn
from cohort.db import db
from cohort.mail.models import Message
from cohort.mail.outbox import queue
from cohort.mentoring.models import MentoringSession, Pairing
from cohort.people.models import Person
from cohort.reminders.models import Reminder
from cohort.reminders.planning import LOOK_AGAIN_AFTER, list_watched
from cohort.reminders.tick import TickCounts, plan
from cohort.schedule.models import DatedItem, Extension
from tests.build import NO_MAIL_THAT_CAN_WAIT, Build
from tests.client import QueryCount

ITEM = "assignment.due:three-conversations"
DUE = datetime(2026, 12, 4, 23, 0, tzinfo=UTC)
"""Friday 17:00 in Chicago."""
SOON = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
"""Tuesday 09:00 in Chicago: when `assignment-soon` speaks."""


@pytest.fixture
def cohort(build: Build) -> Cohort:
    """A cohort in which nothing but one assignment has a date."""
    cohort = build.cohort()
    build.item(cohort, ITEM).at = DUE
    for item in db.session.execute(select(DatedItem).where(DatedItem.cohort_id == cohort.id)).scalars():
        if item.item_id != ITEM:
            item.at = None
    return cohort


def enrol(build: Build, cohort: Cohort, **person: Any) -> Enrolment:
    enrolment: Enrolment = build.enrolment(cohort, build.person(**person), answered_at=SOON - timedelta(days=1))
    return enrolment


def look(now: datetime, *, everything: bool = True) -> list[tuple[str, str, str]]:
    """What is new after the planner looked at `now`: (rule, state, reason)."""
    db.session.commit()
    known = set(db.session.scalars(select(Reminder.id)))
    plan(now, TickCounts(), everything=everything)
    rows = db.session.scalars(select(Reminder).order_by(Reminder.due_at, Reminder.id))
    return [(row.rule_key, row.state.value, row.reason) for row in rows if row.id not in known]


def submit(enrolment: Enrolment) -> None:
    work = Submission(enrolment_id=enrolment.id, assignment_key="three-conversations", reviewed_by="mentor")
    work.state, work.saved_at, work.submitted_at = SubmissionState.SUBMITTED, SOON, SOON
    db.session.add(work)


def test_reminder_is_due_at_its_time_and_once(build: Build, cohort: Cohort) -> None:
    enrol(build, cohort)

    assert look(SOON - timedelta(seconds=1)) == []
    assert look(SOON) == [("assignment-soon", "queued", "")]
    assert look(SOON) == []
    assert db.session.scalars(select(Message.template)).all() == ["reminder"]


def test_everybody_is_reminded_at_nine_of_their_own_clock(build: Build, cohort: Cohort) -> None:
    """Where it is due on Saturday, three days before is Wednesday."""
    moments = {"Europe/London": -6.0, "America/Chicago": 0.0, "Asia/Kathmandu": 12.25}
    for zone in moments:
        enrol(build, cohort, time_zone=zone)

    assert [len(look(SOON + timedelta(hours=hours))) for hours in moments.values()] == [1, 1, 1]


def test_moved_date_moves_its_reminder(build: Build, cohort: Cohort) -> None:
    enrol(build, cohort)
    build.item(cohort, ITEM).at = DUE + timedelta(days=3)

    assert look(SOON) == []
    assert look(SOON + timedelta(days=3)) == [("assignment-soon", "queued", "")]


def test_date_moved_a_day_later_is_told_again_but_not_an_hour_later(build: Build, cohort: Cohort) -> None:
    enrol(build, cohort)
    look(SOON)

    build.item(cohort, ITEM).at = DUE + timedelta(hours=1)
    assert look(SOON + timedelta(hours=1)) == []

    build.item(cohort, ITEM).at = DUE + timedelta(days=2)
    assert look(SOON + timedelta(days=2)) == [("assignment-soon", "queued", "")]


def test_extension_moves_the_reminders_of_one_person(build: Build, cohort: Cohort) -> None:
    first, second = enrol(build, cohort), enrol(build, cohort)
    item = build.item(cohort, ITEM)
    until = DUE + timedelta(days=3)
    db.session.add(Extension(item_id=item.id, enrolment_id=first.id, until=until, granted_at=SOON))

    look(SOON)
    assert db.session.scalars(select(Reminder.person_id)).all() == [second.person_id]
    look(SOON + timedelta(days=3))
    assert first.person_id in db.session.scalars(select(Reminder.person_id)).all()


def test_done_work_is_dropped_with_its_reason(build: Build, cohort: Cohort) -> None:
    submit(enrol(build, cohort))

    assert look(SOON) == [("assignment-soon", "dropped", "submitted")]
    assert db.session.scalars(select(Message)).all() == []


def test_who_turned_it_off_gets_only_what_cannot_wait(build: Build, cohort: Cohort) -> None:
    enrol(build, cohort, mail_wishes=NO_MAIL_THAT_CAN_WAIT)

    assert look(SOON) == [("assignment-soon", "dropped", "turned off")]
    assert look(DUE - timedelta(hours=8)) == [("assignment-today", "queued", "")]


@pytest.mark.parametrize(
    "state", [EnrolmentState.INVITED, EnrolmentState.WAITLISTED, EnrolmentState.WITHDRAWN, EnrolmentState.DECLINED]
)
def test_who_is_not_in_is_not_reminded(build: Build, cohort: Cohort, state: EnrolmentState) -> None:
    enrol(build, cohort).state = state

    assert look(SOON) == []


@pytest.mark.parametrize(
    "values", [{"state": CohortState.DRAFT}, {"state": CohortState.ARCHIVED}, {"mail_paused_at": SOON}]
)
def test_cohort_that_does_not_run_is_silent(build: Build, cohort: Cohort, values: dict[str, Any]) -> None:
    enrol(build, cohort)
    for name, value in values.items():
        setattr(cohort, name, value)

    assert look(SOON) == []


def test_what_was_before_somebody_joined_is_no_business_of_theirs(build: Build, cohort: Cohort) -> None:
    enrol(build, cohort).answered_at = SOON + timedelta(minutes=1)

    assert look(SOON + timedelta(hours=1)) == []
    assert look(DUE - timedelta(hours=8)) == [("assignment-today", "queued", "")]


def test_late_worker_sends_what_is_worth_it_and_says_what_not(build: Build, cohort: Cohort) -> None:
    enrol(build, cohort)

    assert look(SOON + timedelta(hours=6)) == [("assignment-soon", "queued", "")]
    enrol(build, cohort)
    assert look(SOON + timedelta(hours=6, seconds=1)) == [("assignment-soon", "dropped", "too late")]


def test_of_several_late_ones_the_last_is_said(build: Build, cohort: Cohort) -> None:
    enrol(build, cohort)
    workshop = build.item(cohort, "workshop:hard-talks")
    workshop.at, workshop.ends_at = SOON + timedelta(hours=24), None

    late = SOON + timedelta(hours=23, minutes=30)
    assert [row for row in look(late) if row[0].startswith("workshop")] == [
        ("workshop-day", "dropped", "a later reminder says it"),
        ("workshop-hour", "queued", ""),
    ]


def test_workshop_in_the_past_is_never_announced(build: Build, cohort: Cohort) -> None:
    enrol(build, cohort)
    workshop = build.item(cohort, "workshop:hard-talks")
    workshop.at, workshop.ends_at = SOON + timedelta(minutes=30), None

    assert ("workshop-hour", "dropped", "too late") in look(SOON + timedelta(minutes=31))


class TestPairs:
    """Mentor and participant are reminded alike, from the publication of their match on."""

    @pytest.fixture
    def pairing(self, build: Build, cohort: Cohort) -> Pairing:
        pairing: Pairing = build.pairing(build.mentor(cohort), enrol(build, cohort), published_at=SOON)
        return pairing

    def rules(self, now: datetime) -> list[tuple[str, str]]:
        return [(rule, reason) for rule, _, reason in look(now) if not rule.startswith("assignment")]

    def test_both_hear_when_nothing_is_booked(self, pairing: Pairing) -> None:
        assert self.rules(SOON)[:2] == [("match-published", "")] * 2

        assert self.rules(SOON + timedelta(days=10)).count(("first-session-unbooked", "")) == 2

    def test_match_that_was_told_already_is_not_told_again(self, pairing: Pairing) -> None:
        told = db.session.get_one(Person, db.session.get_one(Enrolment, pairing.enrolment_id).person_id)
        key = f"match-published:{pairing.id}:{told.id}"
        queue(told, "match-published", {"pairing_id": pairing.id}, key=key, now=SOON)

        look(SOON)

        mails = db.session.scalars(select(Message.dedup_key).where(Message.template == "match-published")).all()
        assert len(mails) == 2

    def test_next_date_silences_the_nudge(self, pairing: Pairing) -> None:
        self.log(pairing, held_on=SOON.date(), next_at=SOON + timedelta(days=20))

        assert self.rules(SOON + timedelta(days=8))[-2:] == [("pair-quiet-7", "booked")] * 2

    def test_logged_session_silences_its_reminder(self, build: Build, cohort: Cohort, pairing: Pairing) -> None:
        by = build.item(cohort, "mentor_session.by:waiting-conversation")
        by.at = SOON + timedelta(days=9)
        self.log(pairing, held_on=date(2026, 12, 2), session_key="waiting-conversation")

        assert self.rules(SOON + timedelta(days=2, hours=1)).count(("session-due", "booked")) == 2

    def log(self, pairing: Pairing, **values: Any) -> None:
        enrolment = db.session.get_one(Enrolment, pairing.enrolment_id)
        fields = {"minutes": 60, "form_key": "f", "logged_by_id": enrolment.person_id, "logged_at": SOON} | values
        db.session.add(MentoringSession(pairing_id=pairing.id, **fields))

    def test_staff_hear_of_a_quiet_pair_each(self, build: Build, cohort: Cohort, pairing: Pairing) -> None:
        for _ in range(2):
            build.staff(cohort)

        assert self.rules(SOON + timedelta(days=22)).count(("pair-quiet-21", "")) == 2


def test_nothing_due_is_not_looked_at(build: Build, cohort: Cohort, queries: QueryCount) -> None:
    enrol(build, cohort)
    look(SOON)

    with queries as seen:
        plan(SOON + timedelta(seconds=30), TickCounts(), everything=False)

    assert seen.count == 1


def test_cohort_is_looked_at_when_something_is_due_or_has_changed(build: Build, cohort: Cohort) -> None:
    enrol(build, cohort)
    before = SOON - timedelta(minutes=4)

    def watched(now: datetime) -> bool:
        db.session.commit()
        return bool(list_watched(now, everything=False))

    assert watched(before)
    look(before)
    assert db.session.scalars(select(Cohort.look_at)).all() == [SOON]
    assert [watched(before + timedelta(minutes=1)), watched(SOON)] == [False, True]
    look(SOON)
    assert [watched(SOON), watched(SOON + LOOK_AGAIN_AFTER)] == [False, True]
    take_turn(cohort.id)
    assert watched(SOON)
    look(SOON)
    assert watched(SOON - timedelta(days=1)), "the clock was set back"


@pytest.mark.parametrize("number", [1, 3])
def test_planning_asks_the_same_number_of_questions(
    build: Build, cohort: Cohort, queries: QueryCount, number: int
) -> None:
    for _ in range(number):
        enrol(build, cohort)
    look(SOON - timedelta(minutes=1))

    with queries as seen:
        plan(SOON, TickCounts(), everything=False)

    writing = [statement.split()[0] for statement in seen.statements if not statement.startswith("SELECT")]
    assert seen.count - len(writing) == 15
    assert writing == ["INSERT", "INSERT", "UPDATE"]
