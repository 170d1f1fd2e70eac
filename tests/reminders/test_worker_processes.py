"""Workers as processes: several at once, stopped and killed while they send. Loopback only; every process is ended."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from cohort import clock, create_app
from cohort.config import ROOT, Mode, Settings
from cohort.db import Base, db, reading
from cohort.mail.models import Message, MessageState
from cohort.mail.outbox import queue
from cohort.people.addresses import address_key
from cohort.people.models import Person
from tests.mail.smtp import Inbox, smtp_server

pytestmark = pytest.mark.slow

MAILS = 40
PATIENCE = 90.0
"""Seconds until a test gives up; on a machine of its own it takes a tenth."""
WORKER = """
import datetime
from cohort import create_app
from cohort.mail import claiming, delivery, judging
from cohort.reminders.scheduler import run_worker
claiming.LEASE = judging.ASK_AGAIN_AFTER = datetime.timedelta(seconds=3)
delivery.RENEW_EVERY = 0.5
run_worker(create_app(), every=0.5)
"""
"""The worker as it is shipped, but quicker to take up what a killed one left."""


@pytest.fixture
def inbox() -> Inbox:
    return Inbox(seconds_each=0.03)


@pytest.fixture
def site(own_database_url: str, tmp_path: Path, inbox: Inbox) -> Iterator[Flask]:
    """A site with mails in its outbox and an SMTP server that takes a moment for each."""
    with smtp_server(inbox) as server:
        settings = Settings(
            mode=Mode.DEVELOPMENT,
            database_url=own_database_url,
            secret_key="only for tests, and long enough for them",
            base_url="http://localhost",
            mail_server=server,
            mail_from="cohort@example.org",
            data_dir=tmp_path,
        )
        app = create_app(settings)
        with app.app_context():
            fill_outbox()
        yield app
        with app.app_context():
            db.engine.dispose()


def fill_outbox() -> None:
    Base.metadata.create_all(db.engine)
    for number in range(MAILS):
        email = f"person{number}@example.com"
        person = Person(name=f"P{number}", email=email, email_key=address_key(email), created_at=clock.now())
        db.session.add(person)
        db.session.flush()
        queue(person, "sign-in-link", key=f"sign-in-link:{number}", now=clock.now())
    db.session.commit()


class Workers:
    def __init__(self, settings: Settings) -> None:
        server = settings.mail_server
        self.environ = {
            **os.environ,
            "COHORT_MODE": "development",
            "DATABASE_URL": settings.database_url,
            "DATA_DIR": str(settings.data_dir),
            "SECRET_KEY": settings.secret_key,
            "MAIL_URL": f"smtp://{server.host}:{server.port}",
            "MAIL_FROM": settings.mail_from,
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", WORKER]
        worker = subprocess.Popen(command, env=self.environ, cwd=ROOT, stderr=subprocess.DEVNULL)
        self.running.append(worker)
        return worker

    def end(self) -> None:
        for worker in self.running:
            if worker.poll() is None:
                worker.kill()
            worker.wait(timeout=10)


@pytest.fixture
def workers(site: Flask) -> Iterator[Workers]:
    workers = Workers(site.extensions["settings"])
    yield workers
    workers.end()


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


def count(site: Flask, *states: MessageState) -> int:
    with site.app_context(), reading():
        return db.session.scalar(select(func.count(Message.id)).where(Message.state.in_(states))) or 0


def wait_until_all_are_sent(site: Flask) -> None:
    wait_until(lambda: count(site, MessageState.SENT) == MAILS, "every mail")


def message_ids(inbox: Inbox) -> Counter[str]:
    return Counter(str(message_from_bytes(data, policy=default)["Message-ID"]) for data in inbox.accepted)


def test_three_workers_send_each_mail_once(site: Flask, inbox: Inbox, workers: Workers) -> None:
    processes = [workers.start() for _ in range(3)]
    wait_until_all_are_sent(site)

    for process in processes:
        process.send_signal(signal.SIGTERM)

    assert [process.wait(timeout=30) for process in processes] == [0, 0, 0]
    assert sorted(message_ids(inbox).values()) == [1] * MAILS


def test_stopped_worker_finishes_the_mail_in_flight(site: Flask, inbox: Inbox, workers: Workers) -> None:
    first = workers.start()
    wait_until(lambda: len(inbox.accepted) >= 3, "the first mails")
    first.send_signal(signal.SIGTERM)

    assert first.wait(timeout=30) == 0
    assert len(inbox.accepted) < MAILS
    assert count(site, MessageState.LEASED, MessageState.SENDING) == 0
    workers.start()
    wait_until_all_are_sent(site)
    assert sorted(message_ids(inbox).values()) == [1] * MAILS


def test_killed_workers_lose_nothing_and_repeat_only_what_was_in_flight(
    site: Flask, inbox: Inbox, workers: Workers
) -> None:
    kills = 3
    for kill in range(kills):
        worker = workers.start()
        enough = 6 * (kill + 1)
        wait_until(lambda enough=enough: len(inbox.accepted) > enough, "some mails")  # type: ignore[misc]
        worker.kill()
        worker.wait(timeout=10)

    workers.start()
    wait_until_all_are_sent(site)

    ids = message_ids(inbox)
    assert len(ids) == MAILS
    assert sum(ids.values()) - MAILS <= kills
    assert len(set(inbox.accepted)) == MAILS, "what is sent twice is the same to the byte"


def test_worker_does_not_start_inside_gunicorn(site: Flask, workers: Workers) -> None:
    workers.environ["SERVER_SOFTWARE"] = "gunicorn/23"

    assert workers.start().wait(timeout=PATIENCE) == 1
