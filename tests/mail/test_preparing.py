"""From the look at a batch to the moment a mail leaves: what changed in between wins, and quiet hours are kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.cohorts.turns import take_turn
from cohort.config import Settings
from cohort.db import db
from cohort.mail.composing import Composer
from cohort.mail.delivery import Delivery
from cohort.mail.models import Message, MessageState, Suppression, SuppressionReason
from cohort.mail.transports import Outcome, Verdict
from cohort.people.models import Person
from cohort.reminders.models import Reminder
from cohort.reminders.tick import TickCounts, plan
from tests.build import NO_MAIL_THAT_CAN_WAIT, Build
from tests.client import QueryCount
from tests.mail.test_lanes import TAKEN, Relay

SOON = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)


@pytest.fixture
def three(build: Build) -> Cohort:
    """`assignment-soon` is queued for three people."""
    cohort: Cohort = build.cohort()
    for _ in range(3):
        build.enrolment(cohort, answered_at=SOON - timedelta(minutes=5))
    db.session.commit()
    plan(SOON, TickCounts(), everything=True)
    return cohort


@pytest.fixture
def deliver(app: Flask, settings: Settings) -> Callable[..., dict[str, int]]:
    def run(relay: Relay, now: datetime = SOON) -> dict[str, int]:
        db.session.commit()
        composer = Composer(replace(settings, mail_per_second=0), app.jinja_env)
        return dict(Delivery(composer, relay, lambda: now).run())

    return run


def withdraw_the_last() -> None:
    last = select(Enrolment.id).order_by(Enrolment.id.desc()).limit(1).scalar_subquery()
    cohort_id = db.session.scalar(select(Enrolment.cohort_id).where(Enrolment.id == last))
    take_turn(cohort_id or 0)
    db.session.execute(update(Enrolment).where(Enrolment.id == last).values(state=EnrolmentState.WITHDRAWN))


def turn_mail_off() -> None:
    db.session.execute(update(Person).values(mail_wishes=NO_MAIL_THAT_CAN_WAIT))


def suppress_all() -> None:
    for key in db.session.scalars(select(Person.email_key)).all():
        db.session.add(Suppression(address_key=key, reason=SuppressionReason.COMPLAINT, created_at=SOON))


def close_accounts() -> None:
    db.session.execute(update(Person).values(deactivated_at=SOON))


@pytest.mark.parametrize(
    ("change", "counts", "reasons"),
    [
        (withdraw_the_last, {"accepted": 2, "cancelled": 1}, ["", "", "nothing left to say"]),
        (turn_mail_off, {"accepted": 1, "cancelled": 2}, ["", "nothing left to say", "nothing left to say"]),
        (suppress_all, {"accepted": 1, "cancelled": 2}, ["", "reported as unwanted", "reported as unwanted"]),
        (close_accounts, {"accepted": 1, "cancelled": 2}, ["", "account closed", "account closed"]),
    ],
)
def test_what_changes_while_the_first_of_a_batch_leaves_holds_for_the_rest(
    three: Cohort,
    deliver: Callable[..., dict[str, int]],
    change: Callable[[], None],
    counts: dict[str, int],
    reasons: list[str],
) -> None:
    def change_at_the_first(_: str) -> Outcome:
        if len(relay.asked) == 1:
            change()
            db.session.commit()
        return TAKEN

    relay = Relay(change_at_the_first)

    assert deliver(relay) == counts
    assert len(relay.asked) == counts["accepted"]
    assert db.session.scalars(select(Message.reason).order_by(Message.id)).all() == reasons


def test_cohort_that_is_paused_while_its_mail_leaves_keeps_the_rest(
    three: Cohort, deliver: Callable[..., dict[str, int]]
) -> None:
    def pause(_: str) -> Outcome:
        db.session.execute(update(Cohort).values(mail_paused_at=SOON))
        db.session.commit()
        return TAKEN

    assert deliver(Relay(pause)) == {"accepted": 1, "held": 2}
    states = db.session.scalars(select(Message.state).order_by(Message.id)).all()
    assert states == [MessageState.SENT, MessageState.PENDING, MessageState.PENDING]


def test_batch_is_looked_at_in_as_many_statements_as_one_mail(
    build: Build, deliver: Callable[..., dict[str, int]], queries: QueryCount
) -> None:
    for _ in range(5):
        build.enrolment(build.cohort(), answered_at=SOON - timedelta(minutes=5))
    plan(SOON, TickCounts(), everything=True)
    ids = db.session.scalars(select(Message.id).order_by(Message.id)).all()
    counts = []
    for minutes, its in enumerate((ids[:1], ids[1:2], ids[2:])):
        at = SOON + timedelta(minutes=minutes)
        db.session.execute(update(Message).where(Message.id.in_(its)).values(due_at=at))
        db.session.execute(update(Message).where(Message.id > its[-1]).values(due_at=SOON + timedelta(hours=1)))
        db.session.commit()
        with queries as seen:
            deliver(Relay(lambda _: TAKEN), at)
        counts.append(seen.count)

    assert counts[2] - counts[1] == 4, "of each: that it leaves, and what became of it"


def test_mail_that_cannot_be_written_stops_no_other_of_its_batch(
    three: Cohort, deliver: Callable[..., dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    compose, poison = Composer.compose, db.session.scalars(select(Message.id).order_by(Message.id)).all()[1]

    def choke(self: Composer, message: Message, **how: object) -> object:
        if message.id == poison:
            raise ValueError("a text that breaks the template")
        return compose(self, message, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(Composer, "compose", choke)

    rounds = [deliver(Relay(lambda _: TAKEN), SOON + timedelta(hours=hours)) for hours in range(4)]

    assert rounds == [{"accepted": 2, "unwritable": 1}, {"unwritable": 1}, {"unwritable": 1}, {}]
    failed = db.session.get_one(Message, poison)
    assert (failed.state, failed.reason) == (MessageState.FAILED, "could not be written: ValueError")


def test_quiet_hours_that_begin_before_it_leaves_put_it_off(
    three: Cohort, deliver: Callable[..., dict[str, int]]
) -> None:
    """Chicago is at UTC-6: quiet hours there are over at 13:00 UTC."""
    before = SOON - timedelta(hours=3)
    db.session.execute(update(Message).values(due_at=before))
    db.session.execute(update(Person).values(mail_wishes={"quiet_from": "08:00", "quiet_until": "11:30"}))

    assert deliver(Relay(lambda _: TAKEN)) == {"held": 3}
    until = SOON.replace(hour=17, minute=30)
    assert set(db.session.scalars(select(Message.due_at))) == {until}
    assert deliver(Relay(lambda _: TAKEN), until) == {"accepted": 3}


def test_try_again_keeps_quiet_hours_too(three: Cohort, deliver: Callable[..., dict[str, int]]) -> None:
    deliver(Relay(lambda _: Outcome(Verdict.TRANSIENT, "451 later")))
    db.session.execute(update(Person).values(mail_wishes={"quiet_from": "09:00", "quiet_until": "11:30"}))

    assert deliver(Relay(lambda _: TAKEN), SOON + timedelta(minutes=2)) == {"held": 3}
    assert deliver(Relay(lambda _: TAKEN), SOON.replace(hour=17, minute=30)) == {"accepted": 3}


def test_wait_for_a_decision_makes_nothing_too_late_but_what_is_past(
    build: Build, three: Cohort, deliver: Callable[..., dict[str, int]]
) -> None:
    """Held since the last moment at which they were worth sending: six hours late."""
    held_at = SOON + timedelta(hours=6)
    db.session.execute(update(Message).values(held_at=held_at, due_at=held_at + timedelta(hours=2)))
    now = held_at + timedelta(hours=2)
    gone = now - timedelta(minutes=1)
    item = build.item(three, "assignment.due:three-conversations")
    assert deliver(Relay(lambda _: TAKEN), now) == {"accepted": 3}
    db.session.execute(update(Message).values(state=MessageState.PENDING, frozen=None))
    db.session.execute(update(Reminder).values(anchor_at=gone))
    db.session.execute(update(Enrolment).values(answered_at=SOON - timedelta(days=60)))
    item.at = gone

    assert deliver(Relay(lambda _: TAKEN), now) == {"cancelled": 3}
    assert set(db.session.scalars(select(Reminder.reason))) == {"too late"}


def test_changed_address_gets_the_mail_that_nobody_took_at_the_old_one(
    three: Cohort, deliver: Callable[..., dict[str, int]]
) -> None:
    first = Relay(lambda _: Outcome(Verdict.TRANSIENT, "451 later"))
    deliver(first)
    db.session.execute(update(Person).where(Person.email == first.asked[0]).values(email="new@example.com"))

    second = Relay(lambda _: TAKEN)
    assert deliver(second, SOON + timedelta(minutes=2)) == {"accepted": 3}
    assert sorted(second.asked) == sorted(["new@example.com", *first.asked[1:]])
