"""Planning reminders: many that become due at once, beside the driver's own insert of the rows that come of it.

    python -m benchmarks.deciding [100000 1000 1000000]     reminders; rows of a small and a large idle database

Every number of rows is planned in a database of its own, on the disk that `TMPDIR` names, by a process of its own, so
that its memory can be told. CPU seconds count: the machine is shared.
"""

import json
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert

from benchmarks.planning import CONTENT
from cohort import create_app
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.config import MailServer, Mode, Settings
from cohort.db import Base, db
from cohort.mail.claiming import claim
from cohort.people.models import Person
from cohort.programs.models import Program, ProgramVersion
from cohort.programs.packs import read_pack
from cohort.reminders.models import Reminder
from cohort.reminders.scheduler import settle_memory
from cohort.reminders.tick import TickCounts, plan
from cohort.schedule.models import DatedItem

Facts = dict[str, Any]
ZONES = ("America/Chicago", "America/New_York", "America/Los_Angeles", "Europe/London")
DUE = datetime(2026, 12, 4, 23, tzinfo=UTC)
NOW = datetime(2026, 12, 1, 18, tzinfo=UTC)
"""Three days before, nine o'clock has come in every zone."""
PER_COHORT = 100
TABLES = ("message", "reminder")


def measure(*, people: int = 100_000, idle: tuple[int, int] = (1_000, 1_000_000)) -> Facts:
    """Everything that the table says, as plain data."""
    with TemporaryDirectory() as folder:
        _in_a_process("make", Path(folder) / "plan.sqlite3", people)
        planned = _in_a_process("plan", Path(folder) / "plan.sqlite3", people)
        planned |= _floor(Path(folder) / "plan.sqlite3")
    quiet = []
    for rows in idle:
        with TemporaryDirectory() as folder:
            _in_a_process("make", Path(folder) / "idle.sqlite3", rows)
            quiet.append(_in_a_process("idle", Path(folder) / "idle.sqlite3", rows))
    return {"planned": planned, "idle": quiet}


def as_text(report: Facts) -> str:
    return "\n".join(_lines(report))


def _lines(report: Facts) -> Iterator[str]:
    one = report["planned"]
    floor = one["floor_s"]
    yield f"planning {one['rows']} reminders of {one['cohorts']} cohorts, all due in the same hour, CPU seconds"
    yield f"  the driver's own insert of the same rows     {floor:7.3f}   1.00"
    for name, key in (
        ("planned for the first time", "first_s"),
        ("planned again, nothing has changed", "again_s"),
        ("every cohort looked at again", "sweep_s"),
    ):
        yield f"  {name:44} {one[key]:7.3f} {floor / one[key]:6.2f} of its rate"
    yield f"  memory grew by {one['grown_mb']:.0f} MB"
    yield "a round with nothing due, median of 50, CPU ms"
    for quiet in report["idle"]:
        yield f"  {quiet['rows']:>9} rows {quiet['ms']:.3f}"


def _in_a_process(what: str, path: Path, number: int) -> Facts:
    command = [sys.executable, "-m", "benchmarks.deciding", what, str(path), str(number)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def run_make(path: Path, people: int) -> Facts:
    with _app(path).app_context():
        return {"cohorts": _make(people)}


def run_plan(path: Path, people: int) -> Facts:
    with _app(path).app_context():
        settle_memory()
        before = _memory()
        first = _seconds(lambda: plan(NOW, TickCounts(), everything=False))
        grown = _memory() - before
        again = _seconds(lambda: plan(NOW + timedelta(seconds=5), TickCounts(), everything=False))
        sweep = _seconds(lambda: plan(NOW + timedelta(seconds=10), TickCounts(), everything=True))
        rows = db.session.query(Reminder).count()
    return {
        "rows": rows,
        "cohorts": people // PER_COHORT,
        "first_s": first,
        "again_s": again,
        "sweep_s": sweep,
        "grown_mb": grown,
    }


def run_idle(path: Path, rows: int) -> Facts:
    """Everything that was due was planned and sent; then rounds with nothing to do."""
    with _app(path).app_context():
        plan(NOW, TickCounts(), everything=False)
        db.session.execute(db.text("update message set state = 'sent', sent_at = due_at"))
        db.session.commit()
        later = NOW + timedelta(minutes=1)

        def idle() -> None:
            plan(later, TickCounts(), everything=False)
            claim("nobody", later, most=50)

        times = [_seconds(idle) for _ in range(50)]
    return {"rows": rows, "ms": median(times) * 1000}


def _floor(path: Path) -> Facts:
    """The same rows into the same tables with the same indexes, emptied before: `executemany`, one transaction each."""
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        database.execute(f"PRAGMA {pragma}")
    rows = {table: database.execute(f"select * from {table}").fetchall() for table in TABLES}  # noqa: S608
    for table in reversed(TABLES):
        database.execute(f"delete from {table}")  # noqa: S608
    began = time.process_time()
    for table in TABLES:
        marks = ", ".join("?" * len(rows[table][0]))
        database.execute("BEGIN IMMEDIATE")
        database.executemany(f"insert into {table} values ({marks})", rows[table])  # noqa: S608
        database.execute("COMMIT")
    return {"floor_s": time.process_time() - began}


def _app(path: Path) -> Any:
    settings = Settings(
        mode=Mode.DEVELOPMENT,
        database_url=f"sqlite:///{path}",
        secret_key="a benchmark keeps no secret, so this is long enough",  # noqa: S106
        base_url="http://cohort.example",
        mail_server=MailServer("mailbox"),
        mail_from="program@cohort.example",
        data_dir=path.parent,
    )
    app = create_app(settings)
    with app.app_context():
        Base.metadata.create_all(db.engine)
    return app


def _make(people: int) -> int:
    """Cohorts whose participants all have one assignment due; gives their number."""
    document = read_pack(CONTENT.read_bytes()).document
    db.session.add(program := Program(key="p", title="P", created_at=NOW))
    db.session.flush()
    version = ProgramVersion(program_id=program.id, number=1, document=document, digest="d", imported_at=NOW)
    db.session.add(version)
    db.session.flush()
    numbers = range(1, max(1, people // PER_COHORT) + 1)
    since = NOW - timedelta(days=27)
    cohort: Facts = {
        "version_id": version.id,
        "zone": ZONES[0],
        "starts_on": date(2026, 11, 2),
        "state": CohortState.RUNNING,
        "launched_at": since,
        "created_at": since,
        "blackouts": [],
        "looked_at": NOW - timedelta(hours=1),
    }
    rows: dict[type[Base], list[Facts]] = {
        Cohort: [{"id": n, "slug": f"c{n}", "title": f"Cohort {n}", **cohort} for n in numbers],
        DatedItem: [_item(n) for n in numbers],
        Person: [_person(n, since) for n in range(1, people + 1)],
        Enrolment: [_enrolment(n, since) for n in range(1, people + 1)],
    }
    for model, values in rows.items():
        db.session.execute(insert(model), values)
    db.session.commit()
    return len(numbers)


def _item(number: int) -> Facts:
    what = {"kind": "assignment.due", "key": "three-conversations", "title": "Three conversations"}
    return {"cohort_id": number, "expression": "start+32d 17:00", "at": DUE, "why": "Start + 32 days", **what}


def _person(number: int, since: datetime) -> Facts:
    address = f"person{number}@example.com"
    zone = ZONES[number % len(ZONES)]
    named = {"name": f"Person {number}", "email": address, "email_key": address, "time_zone": zone}
    return {"id": number, "created_at": since, "languages": [], "mail_wishes": {}, **named}


def _enrolment(number: int, since: datetime) -> Facts:
    place = {"cohort_id": (number - 1) // PER_COHORT + 1, "person_id": number, "state": EnrolmentState.ENROLLED}
    return {"answered_at": since, "profiled_at": since, "growth_areas": [], **place}


def _seconds(work: Any) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _memory() -> float:
    """The most that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Without arguments the whole measurement; with them one part of it, as `_in_a_process` asks."""
    match sys.argv[1:]:
        case ["make", path, number]:
            print(json.dumps(run_make(Path(path), int(number))))
        case ["plan", path, number]:
            print(json.dumps(run_plan(Path(path), int(number))))
        case ["idle", path, number]:
            print(json.dumps(run_idle(Path(path), int(number))))
        case [*sizes]:
            people, few, many = [int(size) for size in sizes] or (100_000, 1_000, 1_000_000)
            print(as_text(measure(people=people, idle=(few, many))))


if __name__ == "__main__":
    main()
