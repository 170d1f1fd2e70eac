"""Runs of large cohorts, which a worker does: claimed, worked out without a transaction, kept if nothing has moved.

Any number of workers may look at once: a run is claimed by the one whose update finds it queued. The moment it was
begun moves on while somebody is at it and is its sign of life; a run without one for a while is given up, and says so.
A worker that is stopped puts the run it is at back into the queue.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from cohort.cohorts.models import Cohort
from cohort.cohorts.turns import take_turn
from cohort.db import AS_WRITTEN, db, reading
from cohort.errors import DomainError
from cohort.heartbeat import heartbeat
from cohort.mentoring.gathering import list_people, read_places
from cohort.mentoring.kept_runs import couples_before
from cohort.mentoring.models import MatchRun, RunState
from cohort.mentoring.runs import WorkedOut, keep_run, work_out
from cohort.mentoring.settings import settings_of

log = logging.getLogger("cohort.mentoring")
SIGN_OF_LIFE = timedelta(minutes=10)
"""Many times as long as from one sign to the next."""
SHOWS_LIFE_EVERY = 60.0
"""Seconds from one sign to the next where the engine says nothing, as while it writes its report."""
STEP = 5
"""Hundredths from one sign of progress to the next."""
BEST_PLAN = 80
"""Hundredths that the best plan takes; what it costs and proves is the rest."""
DIED = "The worker stopped in the middle of it. Run again."
MOVED = "Pairs, places or people changed while it was worked out. Nothing was proposed: run again."
FAILED = "It failed, and the log of the worker says why. Nothing was proposed."


class _StoppedError(Exception):
    """The worker ends in the middle of a run."""


@dataclass(slots=True)
class AtWork:
    """Which run somebody is at, for another thread to put back."""

    run_id: int | None = None


def work_on_runs(
    clock: Callable[[], datetime], stop: Callable[[], bool] = lambda: False, at_work: AtWork | None = None
) -> int:
    """Do every run that is queued; gives how many. Leaves no transaction open.

    `stop` is asked while a plan is made, too; the run is then left for whoever looks next. `at_work` shows which it is.
    """
    done, at_work = 0, at_work or AtWork()
    if not _are_any():
        return done
    _give_up_dead(clock())
    while not stop() and (run_id := _claim(clock())):
        at_work.run_id = run_id
        try:
            _carry_out(run_id, clock, stop)
        except _StoppedError:
            put_back(run_id)
            break
        except Exception as failure:
            db.session.rollback()
            log.exception("run %s failed", run_id)
            _fail(run_id, failure.message if isinstance(failure, DomainError) else FAILED, clock())
        done += 1
    return done


def _are_any() -> bool:
    """Look without being a writer: most rounds find nothing."""
    with reading():
        found = db.session.scalar(
            select(MatchRun.id).where(MatchRun.state.in_((RunState.QUEUED, RunState.RUNNING))).limit(1)
        )
        db.session.commit()
    return found is not None


def _give_up_dead(now: datetime) -> None:
    db.session.execute(
        update(MatchRun)
        .where(MatchRun.state == RunState.RUNNING, MatchRun.begun_at < now - SIGN_OF_LIFE)
        .values(state=RunState.FAILED, fault=DIED, ended_at=now),
        execution_options=AS_WRITTEN,
    )
    db.session.commit()


def _claim(now: datetime) -> int | None:
    """The run that waits longest, if this worker is the one that gets it."""
    first = select(MatchRun.id).where(MatchRun.state == RunState.QUEUED).order_by(MatchRun.id).limit(1)
    claimed = db.session.scalar(
        update(MatchRun)
        .where(MatchRun.id == first.scalar_subquery(), MatchRun.state == RunState.QUEUED)
        .values(state=RunState.RUNNING, begun_at=now, progress=0)
        .returning(MatchRun.id),
        execution_options=AS_WRITTEN,
    )
    db.session.commit()
    return claimed


def _carry_out(run_id: int, clock: Callable[[], datetime], stop: Callable[[], bool]) -> None:
    with reading():
        row = db.session.get_one(MatchRun, run_id)
        cohort = db.session.scalars(
            select(Cohort).options(joinedload(Cohort.version)).where(Cohort.id == row.cohort_id)
        ).one()
        places = read_places(cohort.id)  # before the people, so that what changes in between is noticed
        people, settings, before = list_people(cohort), settings_of(row.rules), couples_before(cohort.id)
        db.session.commit()
    show_life = partial(_show_life, run_id, clock)
    with heartbeat(show_life, every=SHOWS_LIFE_EVERY, fault=f"run {run_id} shows no life"):
        found = work_out(people, settings, before, _Progress(run_id, clock, stop))
    _keep(row, found, places, clock())


def _show_life(run_id: int, clock: Callable[[], datetime], **values: object) -> None:
    db.session.execute(
        update(MatchRun)
        .where(MatchRun.id == run_id, MatchRun.state == RunState.RUNNING)
        .values(begun_at=clock(), **values),
        execution_options=AS_WRITTEN,
    )
    db.session.commit()


def _keep(row: MatchRun, found: WorkedOut, places: object, now: datetime) -> None:
    """Nothing is worked out here: while this transaction is open, nobody else writes on SQLite."""
    take_turn(row.cohort_id)
    db.session.refresh(row)
    if row.state is not RunState.RUNNING:
        db.session.rollback()  # it was given up meanwhile
    elif read_places(row.cohort_id) != places:
        db.session.rollback()
        _fail(row.id, MOVED, now)
    else:
        keep_run(row, found, now=now)
        db.session.commit()


def _fail(run_id: int, fault: str, now: datetime) -> None:
    db.session.execute(
        update(MatchRun)
        .where(MatchRun.id == run_id, MatchRun.state == RunState.RUNNING)
        .values(state=RunState.FAILED, fault=fault, ended_at=now),
        execution_options=AS_WRITTEN,
    )
    db.session.commit()


def put_back(run_id: int) -> None:
    """Queue a run again that is not over."""
    db.session.execute(
        update(MatchRun)
        .where(MatchRun.id == run_id, MatchRun.state == RunState.RUNNING)
        .values(state=RunState.QUEUED, begun_at=None, progress=0),
        execution_options=AS_WRITTEN,
    )
    db.session.commit()


class _Progress:
    """Writes down how far a run is, in steps, and ends it when the worker stops."""

    def __init__(self, run_id: int, clock: Callable[[], datetime], stop: Callable[[], bool]) -> None:
        self._run_id, self._clock, self._stop, self._step, self._written = run_id, clock, stop, 0, 0

    def __call__(self, done: int, total: int) -> None:
        """Plans after the first only show that somebody is at work. Raises _StoppedError."""
        if self._stop():
            raise _StoppedError
        step = BEST_PLAN * done // max(1, total) // STEP
        if step == self._step:
            return
        self._step = step
        self._written = max(self._written, step * STEP)
        _show_life(self._run_id, self._clock, progress=self._written)
