"""What holds up mail for all workers: pause, breaker, patience with a domain, the rate."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from cohort.config import Settings
from cohort.db import db
from cohort.mail import lanes
from cohort.mail.composing import Composer
from cohort.mail.delivery import Delivery
from cohort.mail.lanes import DISK_FULL
from cohort.mail.models import Lane, Message, MessageState, Suppression
from cohort.mail.outbox import queue
from cohort.mail.transports import Fault, Outcome, Verdict
from tests.build import Build

TAKEN = Outcome(Verdict.ACCEPTED)
REFUSED = Outcome(Verdict.DOWN, "535 5.7.8 wrong password", Fault.SETTINGS)
SLOWER = Outcome(Verdict.TRANSIENT, "432 4.3.2 too many connections", Fault.SLOW_DOWN)


class Relay:
    """A transport that answers by recipient, and keeps to whom it was asked to send."""

    keeps = False

    def __init__(self, answer: Callable[[str], Outcome]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def send(self, sender: str, recipient: str, data: bytes) -> Outcome:
        self.asked.append(recipient)
        return self.answer(recipient)

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> "Relay":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Clock:
    """Runs on only while somebody waits."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def deliver(app: Flask, settings: Settings, clock: Clock) -> Callable[..., dict[str, int]]:
    def run(relay: Any, *, rate: int = 0, stop: Callable[[], bool] = lambda: False) -> dict[str, int]:
        composer = Composer(replace(settings, mail_per_second=rate), app.jinja_env)
        return dict(Delivery(composer, relay, clock, stop, wait=clock.wait).run())

    return run


def queue_mails(build: Build, number: int, domain: str = "example.com") -> None:
    for one in range(number):
        person = build.person(email=f"person{one}@{domain}")
        queue(person, "sign-in-link", key=f"sign-in-link:{domain}:{one}", now=build.now)
    db.session.commit()


def states() -> list[MessageState]:
    return list(db.session.scalars(select(Message.state).order_by(Message.id)))


def relay_lane() -> Lane:
    return db.session.scalars(select(Lane).execution_options(populate_existing=True)).one()


def test_pause_leaves_at_most_the_mail_in_hand(build: Build, deliver: Callable[..., dict[str, int]]) -> None:
    queue_mails(build, 5)

    def pause_at_the_second(_: str) -> Outcome:
        if len(relay.asked) == 2:
            lanes.pause_all("stopped by Dana", now=build.now)
            db.session.commit()
        return TAKEN

    relay = Relay(pause_at_the_second)

    assert deliver(relay) == {"accepted": 2}
    assert deliver(relay) == {}
    assert states() == [MessageState.SENT] * 2 + [MessageState.PENDING] * 3
    paused = lanes.find_pause()
    assert paused is not None and paused.reason == "stopped by Dana"
    lanes.resume_all()
    assert deliver(relay) == {"accepted": 3}


def test_relay_that_refuses_us_five_times_is_left_alone(
    build: Build, clock: Clock, deliver: Callable[..., dict[str, int]]
) -> None:
    queue_mails(build, 50)
    relay = Relay(lambda _: REFUSED)
    for _ in range(5):
        assert deliver(relay) == {"down": 1}

    assert deliver(relay) == {}
    assert (relay_lane().blocked_until, relay_lane().reason) == (build.now + timedelta(seconds=30), REFUSED.reason)
    waits = []
    for _ in range(6):
        clock.now = relay_lane().blocked_until or clock.now
        assert [deliver(relay), deliver(relay)] == [{"down": 1}, {}], "one mail tries whether it is back"
        waits.append((relay_lane().blocked_until or clock.now) - clock.now)
    assert [wait.total_seconds() for wait in waits] == [60, 120, 240, 480, 600, 600]
    assert set(db.session.scalars(select(Message.attempts))) == {0}


def test_relay_that_is_back_gets_everything(build: Build, clock: Clock, deliver: Callable[..., dict[str, int]]) -> None:
    queue_mails(build, 6)
    for _ in range(5):
        deliver(Relay(lambda _: REFUSED))
    clock.now = (relay_lane().blocked_until or clock.now) + timedelta(seconds=30)

    assert deliver(Relay(lambda _: TAKEN)) == {"accepted": 6}
    assert (relay_lane().failures, relay_lane().blocked_until) == (0, None)


def test_domain_that_asks_for_patience_gets_it_and_the_others_their_mail(
    build: Build, clock: Clock, deliver: Callable[..., dict[str, int]]
) -> None:
    queue_mails(build, 3, "slow.example")
    queue_mails(build, 2)
    relay = Relay(lambda to: SLOWER if to.endswith("slow.example") else TAKEN)

    assert deliver(relay) == {"transient": 1, "accepted": 2}
    assert deliver(relay) == {}
    clock.now += timedelta(seconds=30)
    assert deliver(Relay(lambda _: TAKEN)) == {"accepted": 2}
    assert db.session.scalars(select(Lane.domain)).all() == [], "it takes mail again"


def test_patience_doubles(build: Build) -> None:
    waits = [lanes.note_domain_asks_for_patience("slow.example", "", now=build.now) - build.now for _ in range(8)]

    assert [wait.total_seconds() for wait in waits] == [30, 60, 120, 240, 480, 960, 1800, 1800]


def test_rate_is_kept_over_all_rounds(build: Build, clock: Clock, deliver: Callable[..., dict[str, int]]) -> None:
    queue_mails(build, 50)
    relay = Relay(lambda _: TAKEN)
    began = clock.now

    deliver(relay, rate=10, stop=lambda: len(relay.asked) >= 20)
    at_once = clock.now - began
    deliver(relay, rate=10)

    assert (at_once, len(relay.asked)) == (timedelta(), 50)
    assert timedelta(seconds=3) <= clock.now - began <= timedelta(seconds=3.5)


def test_no_such_user_gets_nothing_more_but_what_they_ask_for(
    build: Build, deliver: Callable[..., dict[str, int]]
) -> None:
    person = build.person()
    enrolment = build.enrolment(build.cohort(), person)
    params = {"enrolment_id": enrolment.id}
    where = {"now": build.now, "cohort_id": enrolment.cohort_id}
    queue(person, "welcome", params, key="welcome", **where)
    gone = Outcome(Verdict.PERMANENT, "550 5.1.1 no such user", Fault.NO_SUCH_USER)
    db.session.commit()

    assert deliver(Relay(lambda _: gone)) == {"permanent": 1}
    queue(person, "welcome", params, key="welcome again", **where)
    queue(person, "sign-in-link", key="sign-in", now=build.now)
    db.session.commit()
    assert deliver(Relay(lambda _: TAKEN)) == {"cancelled": 1, "accepted": 1}
    reasons = db.session.scalars(select(Message.reason).order_by(Message.id)).all()
    assert reasons == ["550 5.1.1 no such user", "address bounces", ""]


def test_policy_says_nothing_about_the_address(build: Build, deliver: Callable[..., dict[str, int]]) -> None:
    queue_mails(build, 1)

    deliver(Relay(lambda _: Outcome(Verdict.PERMANENT, "550 5.7.26 DMARC", Fault.POLICY)))

    assert db.session.scalars(select(Suppression)).all() == []


def test_disk_that_is_full_pauses_all_mail(
    build: Build, clock: Clock, deliver: Callable[..., dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail that was accepted stays as it is until its lease is over: it is not sent again and again."""
    queue_mails(build, 3)
    commit = db.session.commit

    def fail(*_: object) -> None:
        if relay.asked and clock.now < build.now + timedelta(seconds=5):
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorname = "SQLITE_FULL"
            raise OperationalError("COMMIT", {}, full)
        commit()

    relay = Relay(lambda _: TAKEN)
    monkeypatch.setattr(db.session, "commit", fail)

    with pytest.raises(OperationalError):
        deliver(relay)
    assert deliver(relay) == {}
    paused = lanes.find_pause()
    assert (paused is not None and paused.reason, len(relay.asked)) == (DISK_FULL, 1)
    assert states()[0] is MessageState.SENDING


def test_database_that_is_back_within_moments_costs_no_mail_twice(
    build: Build, clock: Clock, deliver: Callable[..., dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    queue_mails(build, 3)
    commit = db.session.commit

    def fail(*_: object) -> None:
        if relay.asked and clock.now < build.now + timedelta(seconds=2):
            raise OperationalError("COMMIT", {}, sqlite3.OperationalError("the server closed the connection"))
        commit()

    relay = Relay(lambda _: TAKEN)
    monkeypatch.setattr(db.session, "commit", fail)

    with pytest.raises(OperationalError):
        deliver(relay)
    assert deliver(relay) == {"accepted": 2}
    assert states() == [MessageState.SENT] * 3
