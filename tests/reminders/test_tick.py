"""A round of the worker from dates to mails: queue, worker, SMTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from cohort.config import Settings
from cohort.db import db
from cohort.mail.models import Message, MessageState
from cohort.mail.smtp import SmtpTransport
from cohort.reminders.models import Reminder, ReminderState
from cohort.reminders.tick import TickCounts, run_tick
from tests.build import Build
from tests.mail.smtp import Inbox, smtp_server


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def relay(inbox: Inbox) -> Iterator[SmtpTransport]:
    with smtp_server(inbox) as server, SmtpTransport(server) as transport:
        yield transport


def tick(at: datetime, settings: Settings, relay: SmtpTransport) -> TickCounts:
    db.session.commit()
    return run_tick(at, settings, relay)


def test_due_reminder_leaves_once_as_a_real_mail(
    build: Build, settings: Settings, relay: SmtpTransport, inbox: Inbox
) -> None:
    cohort = build.cohort()
    priya = build.person("Priya Raman", email="priya@example.com", time_zone="Europe/London")
    build.enrolment(cohort, priya, answered_at=datetime(2026, 12, 4, 8, 59, tzinfo=UTC))
    build.item(cohort, "assignment.due:three-conversations").at = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)
    build.item(cohort, "assignment.due:one-real-handover").at = None
    build.item(cohort, "checkin.opens:checkin-6").at = None
    nine_in_london = datetime(2026, 12, 4, 9, 0, tzinfo=UTC)

    before = tick(nine_in_london - timedelta(seconds=1), settings, relay)
    on_time = tick(nine_in_london, settings, relay)
    again = tick(nine_in_london + timedelta(seconds=30), settings, relay)

    assert [(one.queued, one.sent) for one in (before, on_time, again)] == [(0, 0), (1, 1), (0, 0)]
    assert [(str(mail["To"]), str(mail["Subject"])) for mail in inbox.mails] == [
        ("Priya Raman <priya@example.com>", "Three conversations: due Fri 4 Dec, 17:00 London")
    ]
    reminder = db.session.scalars(select(Reminder)).one()
    assert (reminder.rule_key, reminder.state, reminder.reason) == ("assignment-today", ReminderState.QUEUED, "")
    message = db.session.scalars(select(Message)).one()
    assert (message.state, message.frozen) == (MessageState.SENT, None)
