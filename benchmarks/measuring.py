"""Measuring: rounds in which each page and its floor follow each other, statements counted, start-up compared."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import event
from sqlalchemy.engine import Engine
from werkzeug.datastructures import MultiDict

from benchmarks.browsing import Answer, Browser, Fields, filled, form_for
from benchmarks.floor import create_floor
from benchmarks.installations import SECRET_KEY, Installation, environment
from benchmarks.visits import Visit, find_cast, list_visits, open_browsers
from cohort import create_app
from cohort.config import ROOT
from cohort.db import db

REDIRECTS = (302, 303)


@dataclass(slots=True)
class Series:
    """What one visit took in one database, round by round."""

    visit: Visit
    queries: int = 0
    size: int = 0
    """Bytes of HTML, before compression."""
    seconds: list[float] = field(default_factory=list)
    floor_seconds: list[float] = field(default_factory=list)

    @property
    def ms(self) -> float:
        return median(self.seconds) * 1000

    @property
    def floor_ms(self) -> float:
        return median(self.floor_seconds) * 1000

    @property
    def times(self) -> float:
        return self.ms / self.floor_ms


class Measured:
    """One installation with its people signed in, at ours and at the floor, and a series for each visit."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.app = create_app(installation.settings)
        self.floor_app = create_floor(installation.settings.database_url, SECRET_KEY)
        self.cast = find_cast(self.app)
        cookies = open_browsers(self.app, self.cast)
        self.browsers = {who: Browser(installation.ours.port, cookie) for who, cookie in cookies.items()}
        self.floors = {who: Browser(installation.floor.port, self._floor_cookie(who)) for who in cookies}
        self.series = [Series(visit) for visit in list_visits(self.app, self.cast)]
        self.floor_queries: dict[str, int] = {}
        self.floor_size: dict[str, int] = {}

    def warm_up(self) -> None:
        """Open everything once, so that caches and statements are built, and note sizes."""
        for series in self.series:
            series.size = len(self.send(series.visit, 0).body)
            self.floor_size[series.visit.floor] = len(self.send_floor(series.visit).body)

    def run_round(self, number: int) -> None:
        for series in self.series:
            series.seconds.append(self.send(series.visit, number).seconds)
            series.floor_seconds.append(self.send_floor(series.visit).seconds)

    def count_queries(self) -> None:
        """Run everything inside this process, where statements can be seen; the second time counts."""
        for series in self.series:
            inside = Inside(self.app, self.browsers[series.visit.who].headers)
            for number in (1, 2):
                self.send(series.visit, -number, inside)
            series.queries = inside.queries
            floor = Inside(self.floor_app, self._floor_browser(series.visit).headers)
            self.send_floor(series.visit, floor)
            self.floor_queries[series.visit.floor] = floor.queries

    def send(self, visit: Visit, number: int, browser: "Browser | Inside | None" = None) -> Answer:
        """Open the page; or open the one with the form, fill it in, and send it, of which only the sending counts."""
        browser = browser or self.browsers[visit.who]
        visit.forget()
        if not visit.form_on:
            return expect(browser.get(visit.path), visit.path, (200,))
        page = expect(browser.get(visit.form_on), visit.form_on, (200,))
        fields = filled(form_for(visit.path, visit.form_on, page.body), visit.fill(number))
        return expect(browser.post(visit.path, fields), visit.path, (200, *REDIRECTS))

    def send_floor(self, visit: Visit, browser: "Browser | Inside | None" = None) -> Answer:
        browser = browser or self._floor_browser(visit)
        path = f"/{visit.floor}/{self.cast.slug}"
        if visit.floor == "complete":
            return expect(browser.post(path, [("key", "benchmark")]), path, REDIRECTS)
        return expect(browser.get(path), path, (200,))

    def _floor_browser(self, visit: Visit) -> Browser:
        return self.floors["lead" if visit.floor == "staff" else "participant"]

    def _floor_cookie(self, who: str) -> str:
        signer = SecureCookieSessionInterface().get_signing_serializer(self.floor_app)
        assert signer is not None, "the floor has a secret key"
        return f"session={signer.dumps({'person_id': self.cast.people[who]})}"

    def close(self) -> None:
        for browser in (*self.browsers.values(), *self.floors.values()):
            browser.close()
        with self.app.app_context():
            db.engine.dispose()


class Inside:
    """The same requests inside this process; counts the statements of the last one."""

    def __init__(self, app: Flask, headers: dict[str, str]) -> None:
        self.client = app.test_client(use_cookies=False)
        self.headers = headers
        self.queries = 0

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, fields: Fields) -> Answer:
        return self._ask("POST", path, fields)

    def _ask(self, method: str, path: str, fields: Fields | None) -> Answer:
        with counting() as statements:
            began = time.perf_counter()
            data = MultiDict(fields) if fields is not None else None
            response = self.client.open(path, method=method, data=data, headers=self.headers)
            body = response.get_data()
        self.queries = len(statements)
        return Answer(response.status_code, body, time.perf_counter() - began)


@contextmanager
def counting() -> Iterator[list[str]]:
    """Every statement of every engine meanwhile, except those that begin and set up."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def expect(answer: Answer, path: str, statuses: tuple[int, ...]) -> Answer:
    """`answer`, or RuntimeError: a refused page is quick, and would be measured as such."""
    if answer.status not in statuses:
        raise RuntimeError(f"{path} answers {answer.status}: {answer.body[:2000].decode(errors='replace')}")
    return answer


@dataclass(frozen=True, slots=True)
class StartUp:
    """Seconds from the start of a process to its end, medians of runs that alternate."""

    application: float
    imports: float
    """Python with Flask and SQLAlchemy imported."""

    @property
    def times(self) -> float:
        return self.application / self.imports


def measure_start_up(home: Path, runs: int) -> StartUp:
    programs = ("import wsgi", "import flask, sqlalchemy")
    seconds: dict[str, list[float]] = {program: [] for program in programs}
    for _ in range(runs):
        for program in programs:
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment(home), check=True, timeout=60)
            seconds[program].append(time.perf_counter() - began)
    return StartUp(*(median(taken) for taken in seconds.values()))
