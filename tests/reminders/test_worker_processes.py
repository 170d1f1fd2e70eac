"""Workers as processes: several at once, stopped and killed while they send. Loopback only; every process is ended."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from email import message_from_bytes
from email.policy import default
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from cohort import clock, create_app
from cohort.config import ROOT, Mode, Settings
from cohort.db import Base, db, reading
from cohort.mail.models import Message, MessageState
from cohort.mail.outbox import queue
from cohort.people.addresses import address_key
from cohort.people.models import Person
from tests import processes
from tests.mail.smtp import Inbox, smtp_server
from tests.postgres import start_server

pytestmark = pytest.mark.slow

MAILS = 40
PATIENCE = 90.0
"""Seconds until a test gives up; on a machine of its own it takes a tenth."""
NURSERY = """
import datetime, os, signal, sys
from cohort import create_app
from cohort.mail import claiming, delivery, judging
from cohort.reminders.scheduler import run_worker
claiming.LEASE, delivery.RENEW_EVERY = datetime.timedelta(seconds=3), 0.5
judging.ASK_AGAIN_AFTER = datetime.timedelta(seconds=1)
claiming.BATCH = 5  # so that few are claimed and not begun when a worker is killed
app = create_app()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in sys.stdin:
    pid = os.fork()
    if not pid:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        run_worker(app, every=0.2)
        os._exit(0)
    print(pid, flush=True)
"""
"""Starts a worker for each line it reads and says its pid: many can be killed in the time that one takes to start."""


@pytest.fixture
def inbox() -> Inbox:
    return Inbox(seconds_each=0.03)


class OwnServer:
    """A PostgreSQL that is stopped at once, as by a fault, and started again."""

    def __init__(self) -> None:
        self.server = start_server()
        self.url = str(self.server.get_uri(driver="psycopg"))

    def restart(self) -> None:
        os.kill(self.server.get_pid(), signal.SIGQUIT)
        wait_until(lambda: not self.server.get_postmaster_info().is_running(), "the end of the server")
        self.server.start()


@pytest.fixture
def own_server() -> Iterator[OwnServer]:
    server = OwnServer()
    yield server
    server.server.cleanup()


@pytest.fixture
def site(request: pytest.FixtureRequest, own_database_url: str, tmp_path: Path, inbox: Inbox) -> Iterator[Flask]:
    """A site with mails in its outbox and an SMTP server that takes a moment for each."""
    if "own_server" in request.fixturenames:
        own_database_url = request.getfixturevalue("own_server").url
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


def fill_outbox(first: int = 0, mails: int = MAILS) -> None:
    Base.metadata.create_all(db.engine)
    for number in range(first, mails):
        email = f"person{number}@example.com"
        person = Person(name=f"P{number}", email=email, email_key=address_key(email), created_at=clock.now())
        db.session.add(person)
        db.session.flush()
        queue(person, "sign-in-link", key=f"sign-in-link:{number}", now=clock.now())
    db.session.commit()


class Workers:
    def __init__(self, settings: Settings, folder: Path) -> None:
        self.log = folder / "workers.log"
        server = settings.mail_server
        self.environ = {
            **os.environ,
            "COHORT_MODE": "development",
            "DATABASE_URL": settings.database_url,
            "DATA_DIR": str(settings.data_dir),
            "SECRET_KEY": settings.secret_key,
            "MAIL_URL": f"smtp://{server.host}:{server.port}",
            "MAIL_FROM": settings.mail_from,
            "MAIL_PER_SECOND": "0",
        }
        self.running: list[BaseProcess] = []

    def start(self) -> BaseProcess:
        self.running.append(processes.start(processes.quick_worker, 0.5, environment=self.environ, output=self.log))
        return self.running[-1]

    def end(self) -> None:
        for worker in self.running:
            worker.kill()
            worker.join(10)


@pytest.fixture
def workers(site: Flask, tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(site.extensions["settings"], tmp_path)
    yield workers
    workers.end()


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


def exit_code(process: BaseProcess) -> int | None:
    """How it ended; None when it goes on."""
    process.join(PATIENCE)
    return process.exitcode


def count(site: Flask, *states: MessageState) -> int:
    with site.app_context(), reading():
        return db.session.scalar(select(func.count(Message.id)).where(Message.state.in_(states))) or 0


def wait_until_all_are_sent(site: Flask, mails: int = MAILS) -> None:
    wait_until(lambda: count(site, MessageState.SENT) == mails, "every mail")


def message_ids(inbox: Inbox) -> Counter[str]:
    return Counter(str(message_from_bytes(data, policy=default)["Message-ID"]) for data in inbox.accepted)


def test_three_workers_send_each_mail_once(site: Flask, inbox: Inbox, workers: Workers) -> None:
    three = [workers.start() for _ in range(3)]
    wait_until_all_are_sent(site)

    for worker in three:
        worker.terminate()

    assert [exit_code(worker) for worker in three] == [0, 0, 0]
    assert sorted(message_ids(inbox).values()) == [1] * MAILS


def test_stopped_worker_finishes_the_mail_in_flight(site: Flask, inbox: Inbox, workers: Workers) -> None:
    first = workers.start()
    wait_until(lambda: len(inbox.accepted) >= 3, "the first mails")
    first.terminate()

    assert exit_code(first) == 0
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
        worker.join(10)

    workers.start()
    wait_until_all_are_sent(site)

    ids = message_ids(inbox)
    assert len(ids) == MAILS
    assert sum(ids.values()) - MAILS <= kills
    assert len(set(inbox.accepted)) == MAILS, "what is sent twice is the same to the byte"


class Nursery:
    """Workers that come and go quickly."""

    def __init__(self, environ: dict[str, str]) -> None:
        command = [sys.executable, "-c", NURSERY]
        self.process = subprocess.Popen(
            command,
            env=environ,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.pids: list[int] = []

    def start(self) -> int:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("one more\n")
        self.process.stdin.flush()
        self.pids.append(int(self.process.stdout.readline()))
        return self.pids[-1]

    def kill(self, pid: int) -> None:
        self.pids.remove(pid)
        os.kill(pid, signal.SIGKILL)

    def end(self) -> None:
        for pid in list(self.pids):
            with suppress(ProcessLookupError):
                self.kill(pid)
        self.process.kill()
        self.process.communicate(timeout=10)


@pytest.fixture
def nursery(workers: Workers) -> Iterator[Nursery]:
    nursery = Nursery(workers.environ)
    yield nursery
    nursery.end()


@pytest.mark.postgres_only
def test_fifty_kills_lose_nothing_and_repeat_at_most_what_was_in_flight(
    site: Flask, inbox: Inbox, nursery: Nursery
) -> None:
    """A mail of which nobody knows whether it was accepted is sent again as it was, to the byte."""
    at_once, kills, mails, chance = 3, 50, 400, Random(2026)
    inbox.seconds_each = 0.01 * at_once
    with site.app_context():
        fill_outbox(MAILS, mails)
    for _ in range(at_once):
        nursery.start()
    for _ in range(kills):
        time.sleep(chance.uniform(0.02, 0.18))
        nursery.kill(chance.choice(nursery.pids))
        nursery.start()

    assert len(inbox.accepted) < mails, "they were killed while they were sending"
    wait_until_all_are_sent(site, mails)
    ids = message_ids(inbox)
    assert len(ids) == mails
    assert sum(ids.values()) - mails <= kills
    assert len(set(inbox.accepted)) == mails, "what is sent twice is the same to the byte"


def test_worker_that_was_stopped_for_a_while_sends_nothing_that_another_has_taken_over(
    site: Flask, inbox: Inbox, workers: Workers, nursery: Nursery
) -> None:
    first = nursery.start()
    inbox.on_data = lambda _: os.kill(first, signal.SIGSTOP) if len(inbox.accepted) == 3 else None  # as it waits for us
    wait_until(lambda: len(inbox.accepted) > 3, "the first mails")
    nursery.start()
    wait_until(lambda: count(site, MessageState.SENT) >= MAILS - 1, "all but what the stopped worker holds")
    os.kill(first, signal.SIGCONT)

    wait_until_all_are_sent(site)
    time.sleep(1)
    ids = message_ids(inbox)
    assert (len(ids), sum(ids.values()) - MAILS <= 1) == (MAILS, True)


@pytest.mark.postgres_only
def test_restarts_of_the_database_cost_no_mail(
    site: Flask, inbox: Inbox, nursery: Nursery, own_server: OwnServer
) -> None:
    """Every connection is gone in the middle of whatever it was doing, and for a while there is no database."""
    for _ in range(2):
        nursery.start()
    times = 6
    for number in range(times):
        wait_until(lambda enough=5 * (number + 1): len(inbox.accepted) >= enough, "some mails")  # type: ignore[misc]
        own_server.restart()

    with site.app_context():
        db.engine.dispose()
    wait_until_all_are_sent(site)
    ids = message_ids(inbox)
    assert (len(ids), sum(ids.values()) - MAILS <= times * 2) == (MAILS, True)


def test_writer_that_keeps_everybody_waiting_costs_no_mail(site: Flask, inbox: Inbox, nursery: Nursery) -> None:
    """Somebody holds what a claim needs: the one lock of SQLite, the rows of PostgreSQL."""
    with site.app_context():
        db.session.execute(update(Message).values(subject="held"))
        nursery.start()
        time.sleep(2)
        sent = len(inbox.accepted)
        db.session.rollback()

    wait_until_all_are_sent(site)
    assert (sent, sorted(message_ids(inbox).values())) == (0, [1] * MAILS)


def test_worker_does_not_start_inside_gunicorn(site: Flask, workers: Workers) -> None:
    workers.environ["SERVER_SOFTWARE"] = "gunicorn/23"

    assert exit_code(workers.start()) == 1
