"""The calendar feed of one person beside the least that it could take.

The feed stands beside the library `icalendar` that writes the same events, ready made; the answer "not modified" beside
a signed-in hello of the floor. All of it inside this process, on a database that is made for it and thrown away.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import insert

from benchmarks.floor import create_floor
from benchmarks.installations import SECRET_KEY, database_url
from benchmarks.measuring import counting
from cohort import clock, create_app
from cohort.calendars.feeds import make_feed
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.config import MailServer, Mode, Settings
from cohort.db import Base, db
from cohort.people.models import Person
from cohort.programs.models import Program, ProgramVersion
from cohort.schedule.items import Kind
from cohort.schedule.models import DatedItem

Facts = dict[str, Any]
ROUNDS = 20
SIZES = (50, 500)
PER_COHORT = 100
FEED, NOT_MODIFIED = 1.0, 1.0
"""The goals: at most so many times the floor."""
KINDS = (Kind.MODULE_OPENS, Kind.PREWORK_DUE, Kind.WORKSHOP, Kind.ASSIGNMENT_DUE, Kind.CHECKIN_CLOSES)


def measure(sizes: Sequence[int] = SIZES, *, rounds: int = ROUNDS) -> Facts:
    """Everything that the table says, as plain data."""
    with TemporaryDirectory() as scratch:
        home = Path(scratch)
        app, floor = _applications(home)
        with app.app_context():
            Base.metadata.create_all(db.engine)
            readers = [_make_reader(size) for size in sizes]
            rows = [row for reader in readers for row in _measure_reader(app, floor, reader, rounds)]
            db.engine.dispose()
        return {"rounds": rounds, "rows": rows}


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with so many dates, and the address of their feed."""

    person_id: int
    items: int
    path: str


@dataclass(slots=True)
class Taken:
    """Seconds by the clock on the wall and of the processor, round by round."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def run(self, work: Callable[[], object]) -> None:
        wall, processor = time.perf_counter(), time.process_time()
        work()
        self.processor.append(time.process_time() - processor)
        self.wall.append(time.perf_counter() - wall)

    @property
    def ms(self) -> float:
        return median(self.wall) * 1000

    @property
    def cpu_ms(self) -> float:
        return median(self.processor) * 1000


def _applications(home: Path) -> tuple[Flask, Flask]:
    app = create_app(
        Settings(
            mode=Mode.DEMO,
            database_url=database_url(home),
            secret_key=SECRET_KEY,
            base_url="http://127.0.0.1:8000",
            mail_server=MailServer("mailbox"),
            mail_from="cohort@demo.example",
            data_dir=home,
            log_level="WARNING",
        )
    )
    return app, create_floor(database_url(home), SECRET_KEY)


def _make_reader(items: int) -> Reader:
    """A participant of as many cohorts as it takes."""
    now = clock.now()
    person = Person(name="Reader", email=f"{items}@x.example", email_key=f"{items}@x.example", created_at=now)
    program = Program(key=f"program-{items}", title="Program", created_at=now)
    version = ProgramVersion(program=program, number=1, document={}, digest=f"{items:064}", imported_at=now)
    db.session.add_all([person, version])
    db.session.flush()
    for first in range(0, items, PER_COHORT):
        _make_cohort(person, version, f"{items}-{first}", min(PER_COHORT, items - first))
    token = make_feed(person, now=now)
    db.session.commit()
    return Reader(person.id, items, f"/calendar/{token}.ics")


def _make_cohort(person: Person, version: ProgramVersion, slug: str, items: int) -> None:
    now = clock.now()
    cohort = Cohort(
        slug=slug,
        title="Spring Emerging Leaders",
        version=version,
        zone="America/Chicago",
        starts_on=date(2026, 9, 14),
        state=CohortState.RUNNING,
        created_at=now,
    )
    db.session.add(Enrolment(cohort=cohort, person=person, state=EnrolmentState.ENROLLED))
    db.session.flush()
    rows = [
        {
            "cohort_id": cohort.id,
            "kind": KINDS[number % len(KINDS)],
            "key": f"key-{number}",
            "module_key": f"key-{number}",
            "title": f"From running the queue to leading people, part {number}",
            "expression": "start",
            "why": "Start",
            "at": now + timedelta(days=number),
            "ends_at": now + timedelta(days=number, hours=2) if number % len(KINDS) == 2 else None,
        }
        for number in range(items)
    ]
    db.session.execute(insert(DatedItem), rows)


def _measure_reader(app: Flask, floor: Flask, reader: Reader, rounds: int) -> list[Facts]:
    client, hello = app.test_client(use_cookies=False), floor.test_client(use_cookies=False)
    with counting() as statements:
        first = client.get(reader.path)
    kept = {"If-None-Match": first.headers["ETag"]}
    with counting() as kept_statements:
        client.get(reader.path, headers=kept)
    ready = Calendar.from_ical(first.data)
    cookie = {"Cookie": _cookie(floor, reader.person_id)}
    feed, written, unchanged, greeted = Taken(), Taken(), Taken(), Taken()
    for _ in range(rounds):
        feed.run(lambda: _expect(client, reader.path, {}, 200))
        written.run(ready.to_ical)
        unchanged.run(lambda: _expect(client, reader.path, kept, 304))
        greeted.run(lambda: _expect(hello, "/hello", cookie, 200))
    return [
        _row("feed", reader.items, feed, written, FEED, len(statements), len(first.data)),
        _row("feed, not modified", reader.items, unchanged, greeted, NOT_MODIFIED, len(kept_statements), 0),
    ]


def _row(name: str, items: int, ours: Taken, floor: Taken, goal: float, queries: int, size: int) -> Facts:
    return {
        "name": name,
        "items": items,
        "ms": round(ours.ms, 2),
        "cpu_ms": round(ours.cpu_ms, 2),
        "floor_ms": round(floor.ms, 2),
        "times": round(ours.ms / floor.ms, 2),
        "goal": goal,
        "queries": queries,
        "bytes": size,
    }


def _expect(client: FlaskClient, path: str, headers: dict[str, str], status: int) -> None:
    answer = client.get(path, headers=headers)
    if answer.status_code != status:
        raise RuntimeError(f"{path} answers {answer.status_code}")


def _cookie(floor: Flask, person_id: int) -> str:
    signer = SecureCookieSessionInterface().get_signing_serializer(floor)
    assert signer is not None, "the floor has a secret key"
    return f"session={signer.dumps({'person_id': person_id})}"
