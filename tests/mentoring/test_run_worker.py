"""Runs that a worker does: queued by the page, claimed once, followed, given up, and never kept over changed pairs."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Any
from unittest.mock import patch

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from cohort import clock, create_app
from cohort.cohorts.models import Cohort, Enrolment, EnrolmentState
from cohort.config import Settings
from cohort.db import Base, db
from cohort.errors import Conflict
from cohort.mentoring import run_worker, runs
from cohort.mentoring.gathering import People, list_people
from cohort.mentoring.kept_runs import Couples
from cohort.mentoring.models import MatchRun, Mentor, Pairing, RunState
from cohort.mentoring.pairing import lock, pair_by_hand
from cohort.mentoring.proposing import Tell
from cohort.mentoring.runs import WorkedOut, ask_run
from cohort.mentoring.settings import RunSettings
from cohort.people.models import Person
from tests.build import Build
from tests.client import PageClient, path_of
from tests.mentoring.studio import FORM, ask, enrolment, lead, mentor, names, proposals, text_of, veto
from tests.mentoring.test_pairing_at_once import at_once


@pytest.fixture(autouse=True)
def none_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every cohort were large."""
    monkeypatch.setattr(runs, "LARGEST_AT_ONCE", 0)


def small(build: Build) -> Cohort:
    cohort = build.cohort()
    for name in ("Ruth", "Sam"):
        mentor(build, cohort, name, capacity=1)
    for name in ("Ann", "Ben"):
        enrolment(build, cohort, name)
    return cohort


def work(now: datetime) -> int:
    done = run_worker.work_on_runs(lambda: now)
    db.session.expire_all()
    return done


def test_large_run_is_queued_followed_and_done_by_the_worker(build: Build, client: PageClient) -> None:
    cohort = small(build)
    lead(build, cohort, client)

    answer = client.send(f"/cohorts/{cohort.slug}/matching/run", FORM)
    waiting = text_of(client, path_of(answer))
    again = client.send(f"/cohorts/{cohort.slug}/matching/run", FORM)

    assert "Run 1 is queued" in waiting
    assert 'data-again="3"' in waiting
    assert "Run matching" not in waiting and "The next run can start when run 1 is over." in waiting
    refusal = again.get_data(as_text=True)
    assert (again.status_code, "Run 1 is under way" in refusal, "data-again" in refusal) == (409, True, False)
    assert db.session.query(Pairing).count() == 0
    assert work(build.now) == 1
    row = db.session.query(MatchRun).one()
    assert (row.state, row.progress, row.begun_at, row.ended_at) == (RunState.DONE, 100, build.now, build.now)
    assert db.session.query(Pairing).count() == 2
    assert 'data-again="3"' not in text_of(client, f"/cohorts/{cohort.slug}/matching")
    assert work(build.now) == 0


def test_progress_is_written_while_it_runs(build: Build) -> None:
    cohort = small(build)
    ask(build, cohort)
    seen: list[tuple[int, datetime | None]] = []
    real = runs.work_out

    def look(people: People, settings: RunSettings, before: Couples, tell: Tell) -> WorkedOut:
        def told(done: int, total: int) -> None:
            tell(done, total)
            row = db.session.query(MatchRun).one()
            db.session.refresh(row)
            seen.append((row.progress, row.begun_at))

        return real(people, settings, before, told)

    with patch.object(run_worker, "work_out", look):
        work(build.now)

    assert seen == [(40, build.now), (80, build.now), (80, build.now)], "after each of the two people, and of the plan"


def test_stopped_worker_puts_its_run_back_and_another_does_it(build: Build) -> None:
    cohort = small(build)
    ask(build, cohort)
    looked = iter([False, False, True])  # before the claim and while the plan is made

    done = run_worker.work_on_runs(lambda: build.now, lambda: next(looked))

    row = db.session.query(MatchRun).one()
    db.session.refresh(row)
    assert (done, row.state, row.progress, row.begun_at) == (0, RunState.QUEUED, 0, None)
    assert db.session.query(Pairing).count() == 0
    assert work(build.now) == 1
    assert db.session.query(Pairing).count() == 2


def test_run_whose_worker_died_says_so(build: Build, client: PageClient) -> None:
    cohort = small(build)
    ask(build, cohort)
    db.session.execute(update(MatchRun).values(state=RunState.RUNNING, begun_at=build.now))

    assert work(build.now + timedelta(minutes=9)) == 0
    assert db.session.query(MatchRun.state).scalar() is RunState.RUNNING
    work(build.now + timedelta(minutes=11))

    lead(build, cohort, client)
    assert "The worker stopped in the middle of it. Run again." in text_of(client, f"/cohorts/{cohort.slug}/matching")
    assert ask(build, cohort).number == 2


def pair_two(cohort: Cohort) -> None:
    people = list_people(cohort)
    pair_by_hand(people.mentors[0], people.enrolments[1], now=clock.now())


def change_capacity(_: Cohort) -> None:
    """As another process does it: the rows that the worker has at hand do not show it."""
    db.session.execute(update(Mentor).values(capacity=0), execution_options={"synchronize_session": False})


def take_a_proposal_back(_: Cohort) -> None:
    first = select(func.min(Pairing.id)).scalar_subquery()
    db.session.execute(delete(Pairing).where(Pairing.id == first), execution_options={"synchronize_session": False})


def leave(_: Cohort) -> None:
    first = select(func.min(Enrolment.id)).scalar_subquery()
    db.session.execute(
        update(Enrolment).where(Enrolment.id == first).values(state=EnrolmentState.WITHDRAWN),
        execution_options={"synchronize_session": False},
    )


def lock_a_proposal(cohort: Cohort) -> None:
    lock(proposals(cohort)[0])


def ask_to_be_kept_apart(cohort: Cohort) -> None:
    people = list_people(cohort)
    veto(Build(clock.now()), people.mentors[0], people.enrolments[1])


@pytest.mark.parametrize(
    ("change", "pairs"),
    [
        (pair_two, 1),
        (change_capacity, 2),
        (take_a_proposal_back, 1),
        (leave, 2),
        (lock_a_proposal, 2),
        (ask_to_be_kept_apart, 2),
    ],
)
def test_run_is_not_kept_over_what_changed_meanwhile(
    build: Build, change: Callable[[Cohort], None], pairs: int
) -> None:
    cohort = small(build)
    ask(build, cohort, wait=True)
    ask(build, cohort)
    real = runs.work_out

    def meanwhile(*args: object) -> WorkedOut:
        found = real(*args)  # type: ignore[arg-type]
        change(cohort)
        db.session.commit()
        return found

    with patch.object(run_worker, "work_out", meanwhile):
        work(build.now)

    row = db.session.query(MatchRun).order_by(MatchRun.number.desc()).first()
    assert row is not None
    assert (row.number, row.state, row.fault) == (2, RunState.FAILED, run_worker.MOVED)
    assert db.session.query(Pairing).count() == pairs


WORKS_OUT = ("cohort.mentoring.matching.", "cohort.mentoring.proposing", "cohort.mentoring.run_input", "zipfile")


def test_nothing_is_worked_out_while_a_run_is_written(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """On SQLite nobody else writes from the first write to the commit."""
    cohort = small(build)
    ask(build, cohort, wait=True)
    lock(proposals(cohort)[0])
    mentor(build, cohort, "Tess", capacity=1)
    enrolment(build, cohort, "Cy")
    ask(build, cohort)
    called: Counter[str] = Counter()
    take_turn, keep = run_worker.take_turn, run_worker._keep

    def note(frame: FrameType, _event: str, _arg: object) -> None:
        if (module := str(frame.f_globals.get("__name__"))).startswith(WORKS_OUT):
            called[f"{module}.{frame.f_code.co_name}"] += 1

    def write_first(*args: Any) -> object:
        sys.setprofile(note)
        return take_turn(*args)

    def keep_and_look(*args: Any) -> None:
        try:
            keep(*args)
        finally:
            sys.setprofile(None)

    monkeypatch.setattr(run_worker, "take_turn", write_first)
    monkeypatch.setattr(run_worker, "_keep", keep_and_look)

    assert work(build.now) == 1
    assert names(proposals(cohort)) == [("Ann", "Ruth"), ("Ben", "Sam"), ("Cy", "Tess")]
    assert called == {}


def test_failure_leaves_a_reason_and_other_runs_go_on(build: Build, caplog: pytest.LogCaptureFixture) -> None:
    first, second = small(build), small(build)
    for cohort in (first, second):
        ask(build, cohort)
    real, calls = runs.work_out, iter([True, False])

    def break_once(*args: object) -> WorkedOut:
        if next(calls):
            raise RuntimeError("broken")
        return real(*args)  # type: ignore[arg-type]

    with patch.object(run_worker, "work_out", break_once):
        assert work(build.now) == 2

    states = [(row.state, row.fault) for row in db.session.query(MatchRun).order_by(MatchRun.id)]
    assert states == [(RunState.FAILED, run_worker.FAILED), (RunState.DONE, "")]
    assert "run" in caplog.text


@pytest.fixture
def installation(settings: Settings, own_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(replace(settings, database_url=own_database_url))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()


def test_two_workers_do_a_run_once_and_two_of_the_staff_make_one(
    installation: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = Build(datetime.fromisoformat("2026-11-23T15:00:00+00:00"))
    cohort_id, by = small(build).id, build.person().id
    db.session.commit()

    def press() -> object:
        cohort = db.session.get(Cohort, cohort_id)
        person = db.session.get(Person, by)
        assert cohort and person
        db.session.refresh(cohort, ["version"])
        return ask_run(cohort, by=person, now=build.now).number

    pressed = at_once(installation, [press] * 3)
    worked = at_once(installation, [lambda: run_worker.work_on_runs(lambda: build.now)] * 3)

    assert sorted(map(str, pressed)) == ["1", *["Run 1 is under way. Nothing was run."] * 2]
    assert sorted(map(str, worked)) == ["0", "0", "1"]
    assert db.session.query(Pairing).count() == 2


def test_run_shows_life_while_nothing_is_said_of_its_progress(
    installation: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = Build(datetime.fromisoformat("2026-11-23T15:00:00+00:00"))
    ask(build, small(build))
    db.session.commit()
    shown, seen, real, show = Event(), [], runs.work_out, run_worker._show_life
    minutes = count()

    def show_and_say_so(*args: Any) -> None:
        show(*args)
        shown.set()

    def wait_for_it(*args: Any) -> WorkedOut:
        assert shown.wait(60)
        seen.append(db.session.scalar(select(MatchRun.begun_at)))
        db.session.commit()
        return real(*args)

    monkeypatch.setattr(run_worker, "SHOWS_LIFE_EVERY", 0.01)
    monkeypatch.setattr(run_worker, "_show_life", show_and_say_so)
    monkeypatch.setattr(run_worker, "work_out", wait_for_it)

    assert run_worker.work_on_runs(lambda: build.now + timedelta(minutes=next(minutes))) == 1
    assert seen[0] > build.now + timedelta(minutes=1), "later than the claim, which is the second look at the clock"


def test_command_line_waits_for_a_large_run(build: Build) -> None:
    cohort = small(build)

    assert ask(build, cohort, wait=True).state is RunState.DONE
    assert ask(build, cohort).state is RunState.QUEUED
    with pytest.raises(Conflict):
        ask(build, cohort, wait=True)
