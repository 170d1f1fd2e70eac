"""Two people of the staff changing the dates of one cohort at the same moment, on a database of their own."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from cohort import create_app
from cohort.cohorts.models import Cohort
from cohort.config import Settings
from cohort.db import Base, db
from cohort.errors import DomainError
from cohort.mail.models import Message
from cohort.schedule.changing import apply, preview, undo
from cohort.schedule.models import DatedItem, ScheduleChange
from cohort.schedule.moving import Alteration, move, shift
from tests.build import Build
from tests.schedule.arranged import DOMAIN, wall

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TABLE = "workshop:strategy-table"
TO_TUESDAY: Alteration = lambda it: move(it, TABLE, wall("2027-01-12T10:00"))  # noqa: E731
WEEK_LATER: Alteration = lambda it: shift(it, TABLE, 7)  # noqa: E731


@pytest.fixture
def installation(settings: Settings, own_database_url: str) -> Iterator[Flask]:
    app = create_app(replace(settings, database_url=own_database_url))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()


def at_once(app: Flask, deeds: list[Callable[[], object]]) -> list[str]:
    """Do each in a thread of its own, all begun together; gives what they returned, or the sentence of a refusal."""
    barrier = Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> str:
        with app.app_context():
            barrier.wait()
            try:
                done = deed()
                db.session.commit()
            except DomainError as refusal:
                db.session.rollback()
                return refusal.message
            return str(done)

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))


def found(cohort_id: int) -> Cohort:
    cohort = db.session.get(Cohort, cohort_id, options=[joinedload(Cohort.version)])
    assert cohort
    return cohort


@pytest.fixture
def cohort_id(installation: Flask) -> int:
    build = Build(NOW)
    cohort = build.cohort()
    build.enrolment(cohort)
    db.session.commit()
    return cohort.id


def changing(cohort_id: int, alteration: Alteration, seen: str | None) -> Callable[[], object]:
    def deed() -> object:
        apply(found(cohort_id), alteration, summary="Moved", by=None, now=NOW, seen=seen)
        return "moved"

    return deed


def where(cohort_id: int) -> datetime | None:
    db.session.rollback()
    kind, key = TABLE.split(":")
    item = select(DatedItem.at).where(DatedItem.cohort_id == cohort_id, DatedItem.kind == kind, DatedItem.key == key)
    return db.session.scalar(item)


def test_of_two_who_saw_the_same_preview_one_is_refused(installation: Flask, cohort_id: int) -> None:
    seen = preview(found(cohort_id), TO_TUESDAY, by=None, mail_domain=DOMAIN, now=NOW).seen
    db.session.rollback()

    answers = at_once(installation, [changing(cohort_id, it, seen) for it in (TO_TUESDAY, WEEK_LATER, TO_TUESDAY)])

    refusal = "Somebody else changed these dates in the meantime. Look at the preview again."
    assert sorted(answers) == [refusal, refusal, "moved"]
    assert db.session.scalar(select(func.count(ScheduleChange.id))) == 1
    assert db.session.scalar(select(func.count(Message.id))) == 1


def test_second_of_two_who_shift_without_a_preview_builds_on_the_first(installation: Flask, cohort_id: int) -> None:
    answers = at_once(installation, [changing(cohort_id, WEEK_LATER, None)] * 2)

    assert answers == ["moved", "moved"]
    assert where(cohort_id) == datetime(2027, 1, 20, 16, 0, tzinfo=UTC)
    assert db.session.scalar(select(func.count(Message.id))) == 1


def test_change_taken_back_twice_at_once_is_taken_back_once(installation: Flask, cohort_id: int) -> None:
    change_id = apply(found(cohort_id), TO_TUESDAY, summary="Moved", by=None, now=NOW).id
    db.session.commit()

    def take_back() -> object:
        change = db.session.get(ScheduleChange, change_id)
        assert change
        undo(change, found(cohort_id), by=None, now=NOW)
        return "taken back"

    answers = at_once(installation, [take_back, take_back])

    assert sorted(answers) == ["This change was taken back already.", "taken back"]
    assert where(cohort_id) == datetime(2027, 1, 6, 16, 0, tzinfo=UTC)
