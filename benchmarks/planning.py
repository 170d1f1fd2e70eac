"""Planning and moving the dates of cohorts of three sizes, beside what must be done at least.


Each module of the programs gives eight dated items, and each workshop hangs on the one before it, so that moving the
first one moves the most that can move.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from cohort import create_app
from cohort.cohorts.models import Cohort, CohortState, Enrolment, EnrolmentState
from cohort.config import MailServer, Mode, Settings
from cohort.db import Base, db
from cohort.people.models import Person
from cohort.programs.models import Program, ProgramVersion
from cohort.programs.pack import Pack, build_pack
from cohort.programs.packs import read_pack
from cohort.schedule.changing import apply, preview
from cohort.schedule.deriving import derive_items
from cohort.schedule.models import DatedItem
from cohort.schedule.moving import compare, move
from cohort.schedule.plan import Arrangement, arrange, plan_dates

Facts = dict[str, Any]
Document = dict[str, Any]
SIZES = (8, 80, 800)
PEOPLE = 12
ROUNDS = 15
PER_MODULE = 8
ZONE, START = "America/New_York", date(2027, 3, 1)
NOW = datetime(2027, 2, 1, 12, tzinfo=UTC)
FIRST = "workshop:w0"
CONTENT = Path(__file__).resolve().parent.parent / "content" / "emerging-leaders.yaml"
HEADS = ("dates", "items", "ms", "floor", "times", "us/item", "growth")
ROW = "{:28} {:>6} {:>8} {:>8} {:>6} {:>8} {:>7}"


def measure(*, sizes: Sequence[int] = SIZES, rounds: int = ROUNDS, people: int = PEOPLE) -> Facts:
    """Everything that the table says, as plain data."""
    series = [facts for size in sizes for facts in (*_pure(size, rounds), *_stored(size, rounds, people))]
    return {"rounds": rounds, "people": people, "series": series}


def as_text(report: Facts) -> str:
    return "\n".join(_lines(report))


def _lines(report: Facts) -> Iterator[str]:
    yield f"dates of one cohort with {report['people']} people, medians of {report['rounds']} rounds"
    yield ROW.format(*HEADS)
    before: dict[str, float] = {}
    for one in sorted(report["series"], key=lambda it: it["name"]):
        each = one["ms"] * 1000 / one["items"]
        grown = f"{each / before[one['name']]:.2f}" if one["name"] in before else ""
        before[one["name"]] = each
        figures = (f"{one['ms']:.2f}", f"{one['floor_ms']:.2f}", f"{one['times']:.1f}", f"{each:.1f}", grown)
        yield ROW.format(one["name"], one["items"], *figures).rstrip()
    yield "growth: what an item takes, beside what it takes in the size before; 1 is linear"


def _pure(size: int, rounds: int) -> Iterator[Facts]:
    """Without a database. The floor reads and converts as many local times."""
    arrangement = arrange(_program(size)[1], start=START, zone=ZONE)
    planned = plan_dates(arrangement)
    texts = [f"{START + timedelta(days=number % 300)}T10:00" for number in range(len(planned.items))]

    def plan() -> None:
        plan_dates(_afresh(arrangement))

    def move_first() -> None:
        before = _afresh(arrangement)
        compare(plan_dates(before), plan_dates(move(before, FIRST, _next_day(arrangement))))

    def convert() -> None:
        zone = ZoneInfo(ZONE)
        for text in texts:
            datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)

    taken = _alternate({"plan": plan, "move, before and after": move_first, "floor": convert}, rounds)
    yield from _beside(taken, len(planned.items))


def _stored(size: int, rounds: int, people: int) -> Iterator[Facts]:
    """With the database, and everything undone again. The floor gives as many rows another date in one statement."""
    with _database() as folder, create_app(_settings(folder)).app_context():
        Base.metadata.create_all(db.engine)
        cohort_id = _make_cohort(_program(size)[0], people)
        ids = list(db.session.scalars(select(DatedItem.id).where(DatedItem.cohort_id == cohort_id)))
        to = _next_day(arrange(_program(size)[1], start=START, zone=ZONE))

        def look() -> None:
            preview(_find(cohort_id), lambda it: move(it, FIRST, to), by=None, mail_domain="demo.example", now=NOW)
            db.session.rollback()

        def change() -> None:
            apply(_find(cohort_id), lambda it: move(it, FIRST, to), summary="Moved", by=None, now=NOW)
            db.session.rollback()

        def write() -> None:
            db.session.execute(update(DatedItem), [{"id": row_id, "at": NOW} for row_id in ids])
            db.session.rollback()

        taken = _alternate({"preview": look, "apply": change, "floor": write}, rounds)
        yield from _beside(taken, len(ids))
        db.session.remove()
        db.engine.dispose()


def _alternate(deeds: dict[str, Callable[[], None]], rounds: int) -> dict[str, float]:
    """Seconds of each, medians of rounds in which they follow each other; the first round is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in deeds}
    for number in range(rounds + 1):
        for name, deed in deeds.items():
            began = time.perf_counter()
            deed()
            if number:
                seconds[name].append(time.perf_counter() - began)
    return {name: median(taken) for name, taken in seconds.items()}


def _beside(taken: dict[str, float], items: int) -> Iterator[Facts]:
    floor = taken.pop("floor")
    for name, seconds in taken.items():
        yield {
            "name": name,
            "items": items,
            "ms": round(seconds * 1000, 3),
            "floor_ms": round(floor * 1000, 3),
            "times": round(seconds / floor, 2),
        }


def _program(size: int) -> tuple[Document, Pack]:
    """The shipped program with `size` dated items instead of its own, and its reminders."""
    reading = read_pack(CONTENT.read_bytes())
    if reading.document is None:
        raise RuntimeError(f"{CONTENT} cannot be read")
    shipped = reading.document
    numbers = range(max(1, size // PER_MODULE))
    document = {
        **shipped,
        "modules": [
            _module(deepcopy(shipped["modules"][number % len(shipped["modules"])]), number) for number in numbers
        ],
        "checkins": [],
        "assessments": [],
        "milestones": [
            {"key": f"s{number}", "title": "Milestone", "at": f"workshop:w{number}+2d 09:00", "minutes": 30}
            for number in numbers
        ],
    }
    return document, build_pack(document)


def _module(module: Document, number: int) -> Document:
    """A shipped module under another key: seven dated items, all of which hang on its workshop."""
    workshop = f"workshop:w{number}"
    anchor = f"workshop:w{number - 1}+7d 10:00" if number else "start+2d 10:00"
    module["key"], module["opens"], module["closes"] = f"m{number}", f"{workshop}-2d 08:00", f"{workshop}+4d 17:00"
    dates = {"at": anchor, "alternative": f"{workshop}+1d 15:00", "prework_due": f"{workshop}-1d 17:00"}
    module["workshop"] |= {"key": f"w{number}"} | dates
    module["assignment"] |= {"key": f"a{number}", "due": f"{workshop}+9d 17:00"}
    module["mentor_session"] |= {"key": f"t{number}", "by": f"{workshop}+3d 17:00"}
    return module


def _afresh(arrangement: Arrangement) -> Arrangement:
    """Without what was worked out of it before."""
    return replace(arrangement)


def _next_day(arrangement: Arrangement) -> datetime:
    wall = arrangement.spots[FIRST].wall
    if wall is None:
        raise RuntimeError(f"{FIRST} has no date")
    return wall + timedelta(days=1)


@contextmanager
def _database() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder)


def _settings(folder: Path) -> Settings:
    return Settings(
        mode=Mode.DEMO,
        database_url=f"sqlite:///{folder / 'cohort.sqlite3'}",
        secret_key="only for measurements, and long enough for them",  # noqa: S106  of a database that is thrown away
        base_url="http://127.0.0.1:8000",
        mail_server=MailServer("mailbox"),
        mail_from="cohort@demo.example",
        data_dir=folder,
        log_level="WARNING",
    )


def _make_cohort(document: Document, people: int) -> int:
    digest = f"{len(document['modules']):064}"  # packs are kept by it
    program = Program(key="benchmark", title="Benchmark", created_at=NOW)
    version = ProgramVersion(program=program, number=1, document=document, digest=digest, imported_at=NOW)
    cohort = Cohort(
        version=version,
        slug="benchmark",
        title="Benchmark",
        zone=ZONE,
        starts_on=START,
        state=CohortState.RUNNING,
        created_at=NOW,
        launched_at=NOW,
    )
    db.session.add(cohort)
    for number in range(people):
        email = f"person{number}@example.com"
        person = Person(name=f"Person {number}", email=email, email_key=email, time_zone=ZONE, created_at=NOW)
        db.session.add(Enrolment(cohort=cohort, person=person, state=EnrolmentState.ENROLLED, answered_at=NOW))
    db.session.flush()
    derive_items(cohort, now=NOW)
    db.session.commit()
    return cohort.id


def _find(cohort_id: int) -> Cohort:
    cohort = db.session.get(Cohort, cohort_id, options=[joinedload(Cohort.version)])
    if cohort is None:
        raise RuntimeError("the cohort is gone")
    return cohort
