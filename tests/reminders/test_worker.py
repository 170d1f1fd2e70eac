"""A worker in this process: mail does not wait for a run, nor the end of the worker; other writers are waited for."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from signal import SIGTERM
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from cohort import clock, create_app
from cohort import db as database
from cohort.config import Settings
from cohort.db import Base, db, reading
from cohort.mail.models import Message, MessageState
from cohort.mail.outbox import queue
from cohort.mail.transports import MailboxTransport, Outcome
from cohort.mentoring import run_worker, runs
from cohort.mentoring.models import MatchRun, RunState
from cohort.mentoring.runs import WorkedOut
from cohort.people.models import Person
from cohort.reminders import scheduler
from tests.build import Build
from tests.mentoring.studio import ask, enrolment, mentor

PATIENCE = 60
"""Seconds until a test that waits for another thread gives up."""


@pytest.fixture
def installation(settings: Settings, own_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A cohort of one and one whose run is queued, as if it were large; requests do not wait for another writer."""
    monkeypatch.setattr(database, "REQUESTS_WAIT", 0.2)
    monkeypatch.setattr(runs, "LARGEST_AT_ONCE", 0)
    app = create_app(replace(settings, database_url=own_database_url))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        build = Build(clock.now())
        cohort = build.cohort()
        mentor(build, cohort, "Ruth")
        enrolment(build, cohort, "Ann")
        ask(build, cohort)
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


class RunningWorker:
    """The worker as it is shipped, but in a thread of this process; `stop` is the signal that ends it."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.handlers: dict[int, Callable[..., None]] = {}
        monkeypatch.setattr(scheduler.signal, "signal", self.handlers.__setitem__)
        monkeypatch.setattr(scheduler, "settle_memory", lambda: None)
        self.threads = ThreadPoolExecutor(1)
        self.ended: Future[None] = self.threads.submit(scheduler.run_worker, app, every=0.05)

    def stop(self) -> None:
        self.handlers[SIGTERM](SIGTERM, None)
        self.ended.result(PATIENCE)
        self.threads.shutdown()


def state_of_the_run() -> RunState:
    """Leaves no transaction open."""
    with reading():
        state = db.session.scalars(select(MatchRun.state)).one()
        db.session.rollback()
    return state


def test_mail_leaves_while_a_run_is_worked_out(installation: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    sent, ended = Event(), Event()
    seen: list[tuple[bool, RunState]] = []
    work_out, keep = runs.work_out, run_worker._keep

    class Relay(MailboxTransport):
        def send(self, sender: str, recipient: str, data: bytes) -> Outcome:
            sent.set()
            return super().send(sender, recipient, data)

    def wait_for_a_mail(*args: Any) -> WorkedOut:
        queue(db.session.scalars(select(Person)).all()[0], "sign-in-link", key="meanwhile", now=clock.now())
        db.session.commit()
        seen.append((sent.wait(PATIENCE), state_of_the_run()))
        return work_out(*args)

    def keep_and_say_so(*args: Any) -> None:
        keep(*args)
        ended.set()

    monkeypatch.setattr(scheduler, "transport_for", lambda _settings: Relay())
    monkeypatch.setattr(run_worker, "work_out", wait_for_a_mail)
    monkeypatch.setattr(run_worker, "_keep", keep_and_say_so)
    worker = RunningWorker(installation, monkeypatch)
    try:
        assert ended.wait(PATIENCE)
    finally:
        worker.stop()

    assert seen == [(True, RunState.RUNNING)]
    assert state_of_the_run() is RunState.DONE
    assert db.session.scalars(select(Message.state)).all() == [MessageState.SENT]


def test_worker_that_is_stopped_leaves_a_long_run_for_the_next(
    installation: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = Event(), Event()
    work_out = runs.work_out

    def begin_and_wait(*args: Any) -> WorkedOut:
        begun.set()
        assert goes_on.wait(PATIENCE)
        return work_out(*args)

    monkeypatch.setattr(run_worker, "work_out", begin_and_wait)
    worker = RunningWorker(installation, monkeypatch)
    assert begun.wait(PATIENCE)
    is_running = state_of_the_run()
    worker.handlers[SIGTERM](SIGTERM, None)
    goes_on.set()
    worker.stop()

    assert (is_running, state_of_the_run()) == (RunState.RUNNING, RunState.QUEUED)
    assert run_worker.work_on_runs(clock.now) == 1
    assert state_of_the_run() is RunState.DONE


def test_worker_does_not_wait_for_a_run_that_does_not_hear(
    installation: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on, left = Event(), Event(), Event()
    keep = run_worker._keep

    def work_out_without_a_word(*args: Any) -> WorkedOut:
        begun.set()
        assert goes_on.wait(PATIENCE)
        return runs.work_out(*args[:3])

    def keep_and_say_so(*args: Any) -> None:
        keep(*args)
        left.set()

    monkeypatch.setattr(scheduler, "RUN_HEARS_WITHIN", 0.1)
    monkeypatch.setattr(run_worker, "work_out", work_out_without_a_word)
    monkeypatch.setattr(run_worker, "_keep", keep_and_say_so)
    worker = RunningWorker(installation, monkeypatch)
    assert begun.wait(PATIENCE)
    worker.stop()
    after = state_of_the_run()
    goes_on.set()
    assert left.wait(PATIENCE)

    assert (after, state_of_the_run()) == (RunState.QUEUED, RunState.QUEUED), "what was put back is not kept"


@pytest.mark.sqlite_only
def test_worker_waits_for_a_writer_longer_than_a_request_does(
    installation: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    began, ended = Event(), Event()
    run_tick = scheduler.run_tick

    def tick_and_say_so(*args: Any, **named: Any) -> None:
        began.set()
        run_tick(*args, **named)
        ended.set()

    monkeypatch.setattr(scheduler, "run_tick", tick_and_say_so)
    with closing(sqlite3.connect(str(db.engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        worker = RunningWorker(installation, monkeypatch)
        assert began.wait(PATIENCE)
        with create_app(installation.extensions["settings"]).app_context(), pytest.raises(OperationalError):
            db.session.execute(update(Person).values(name="Somebody"))
        other.execute("ROLLBACK")
    try:
        assert ended.wait(PATIENCE)
    finally:
        worker.stop()

    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR] == []
