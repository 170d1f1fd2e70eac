"""The last look: what changed between queueing and sending wins."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from cohort.assignments.models import Submission, SubmissionState
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.config import Settings
from cohort.db import db
from cohort.mail.composing import Composer
from cohort.mail.delivery import Delivery
from cohort.mail.models import Message
from cohort.mail.transports import MailboxTransport
from cohort.people.models import Person
from cohort.reminders.models import Reminder
from cohort.reminders.tick import TickCounts, plan
from cohort.schedule.models import DatedItem
from tests.build import NO_MAIL_THAT_CAN_WAIT, Build

SOON = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
ITEM = "assignment.due:three-conversations"


@pytest.fixture
def queued(build: Build) -> Enrolment:
    """`assignment-soon` for one person is queued and not sent."""
    cohort = build.cohort()
    enrolment: Enrolment = build.enrolment(cohort, answered_at=SOON - timedelta(minutes=5))
    db.session.commit()
    plan(SOON, TickCounts(), everything=True)
    return enrolment


def deliver(app: Flask, settings: Settings, now: datetime) -> dict[str, int]:
    db.session.commit()
    return dict(Delivery(Composer(settings, app.jinja_env), MailboxTransport(), lambda: now).run())


def find_item() -> DatedItem:
    kind, key = ITEM.split(":")
    return db.session.query(DatedItem).filter_by(kind=kind, key=key).one()


def hand_in(enrolment: Enrolment) -> None:
    work = Submission(enrolment_id=enrolment.id, assignment_key="three-conversations", reviewed_by="mentor")
    work.state, work.saved_at, work.submitted_at = SubmissionState.SUBMITTED, SOON, SOON
    db.session.add(work)


def withdraw(enrolment: Enrolment) -> None:
    db.session.query(Enrolment).update({"state": EnrolmentState.WITHDRAWN})


def turn_off(enrolment: Enrolment) -> None:
    db.session.query(Person).update({"mail_wishes": NO_MAIL_THAT_CAN_WAIT})


def move(enrolment: Enrolment) -> None:
    item = find_item()
    assert item.at is not None
    item.at += timedelta(hours=2)


@pytest.mark.parametrize(
    ("change", "reason"),
    [(hand_in, "submitted"), (withdraw, "withdrawn"), (turn_off, "turned off"), (move, "moved")],
)
def test_what_changed_before_sending_wins(
    app: Flask, settings: Settings, queued: Enrolment, change: Callable[[Enrolment], None], reason: str
) -> None:
    change(queued)

    assert deliver(app, settings, SOON + timedelta(seconds=1)) == {"cancelled": 1}
    reminder = db.session.query(Reminder).one()
    assert (reminder.state.value, reminder.reason) == ("dropped", reason)


def test_too_late_by_the_time_of_sending_is_dropped(app: Flask, settings: Settings, queued: Enrolment) -> None:
    assert deliver(app, settings, SOON + timedelta(hours=6, seconds=1)) == {"cancelled": 1}
    assert db.session.query(Reminder).one().reason == "too late"


def test_nothing_changed_and_it_is_sent(app: Flask, settings: Settings, queued: Enrolment) -> None:
    assert deliver(app, settings, SOON + timedelta(seconds=1)) == {"accepted": 1}


def test_moved_before_sending_is_sent_at_its_new_time(app: Flask, settings: Settings, queued: Enrolment) -> None:
    item = find_item()
    assert item.at is not None
    item.at += timedelta(days=1)
    deliver(app, settings, SOON)

    plan(SOON + timedelta(days=1), TickCounts(), everything=True)

    assert deliver(app, settings, SOON + timedelta(days=1)) == {"accepted": 1}


def test_paused_between_queueing_and_sending_stays(app: Flask, settings: Settings, queued: Enrolment) -> None:
    db.session.query(Cohort).update({"mail_paused_at": SOON})

    assert deliver(app, settings, SOON) == {}
    assert db.session.query(Message).one().state.value == "pending"


def test_of_a_bundle_only_what_still_holds_is_said(app: Flask, settings: Settings, build: Build) -> None:
    cohort = build.cohort()
    enrolment = build.enrolment(cohort, answered_at=SOON - timedelta(minutes=5))
    build.item(cohort, "assignment.due:one-real-handover").at = build.item(cohort, ITEM).at
    db.session.commit()
    plan(SOON, TickCounts(), everything=True)
    hand_in(enrolment)

    assert deliver(app, settings, SOON) == {"accepted": 1}
    assert db.session.query(Message).one().subject == "One real handover: due Fri 4 Dec, 17:00 Chicago"
