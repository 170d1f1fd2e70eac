"""Fixtures that most tests share: one database for the run, a savepoint per test, a client that polices every page."""

import gc
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.orm import Session

from cohort import create_app
from cohort.config import MailServer, Mode, Settings
from cohort.db import Base, db
from cohort.limits import limiter
from cohort.people import passwords
from tests.build import Build
from tests.client import PageClient, QueryCount
from tests.left_out import chromium

hypothesis.settings.register_profile("shared", deadline=None)
hypothesis.settings.load_profile("shared")  # machines are shared: an example that waits its turn is no failure

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
"""For a browser that talks to nobody else."""
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""Monday 23 November 2026, 09:00 in Chicago: the moment at which tests happen."""


def pytest_collection_finish() -> None:
    """What is imported by now stays: looking for garbage in it again and again took a twelfth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        mode=Mode.DEVELOPMENT,
        database_url=database_url,
        secret_key="only for tests, and long enough for them",
        base_url="http://localhost",
        mail_server=MailServer("mailbox"),
        mail_from="cohort@cohorts.example.org",
        data_dir=tmp_path_factory.mktemp("data"),
        organisation="Prairie MSP Peer Group",
    )


@pytest.fixture(scope="session")
def application(settings: Settings) -> Iterator[Flask]:
    """The application on a database with every table, shared by the whole run."""
    app = create_app(settings)
    app.testing = True
    app.test_client_class = PageClient
    limiter.enabled = False
    with app.app_context():
        engine = db.engine
        Base.metadata.create_all(engine)
    yield app
    engine.dispose()


@pytest.fixture
def app(application: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application; what a test writes, commits included, is rolled back when it ends."""
    monkeypatch.setattr(passwords, "METHOD", "pbkdf2:sha256:1")
    with application.app_context():
        engine = db.engine
        with engine.connect() as connection:
            outer = connection.begin()
            db.engines[None] = connection
            db.session.configure(join_transaction_mode="create_savepoint")
            try:
                yield application
            finally:
                db.session.remove()
                db.engines[None] = engine
                outer.rollback()


@pytest.fixture
def session(app: Flask) -> Session:
    return db.session()


@pytest.fixture
def now() -> Iterator[datetime]:
    """Time stands still at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def build(app: Flask, now: datetime) -> Build:
    return Build(now)


@pytest.fixture
def caplog(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.LogCaptureFixture]:
    """What our loggers say, also after a command of this run has set them up to speak for themselves."""
    ours = logging.getLogger("cohort")
    monkeypatch.setattr(ours, "propagate", True)
    level = ours.level
    ours.setLevel("INFO")
    yield caplog
    ours.setLevel(level)


@pytest.fixture
def client(app: Flask, now: datetime) -> PageClient:
    client: PageClient = app.test_client()
    return client


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the run: Playwright runs once in a process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def queries(app: Flask) -> Iterator[QueryCount]:
    """Counts statements: `with queries as seen: ...; assert seen.count == 3`."""
    count = QueryCount(db.engines[None])
    yield count
    count.stop()


@pytest.fixture
def content() -> Path:
    """The shipped program pack and rosters."""
    return Path(__file__).resolve().parent.parent / "content"
