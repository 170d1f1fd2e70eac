"""The worker: a scheduler that only ticks. What is due lives in the database, so a late tick costs time, no more.

Interval ticks in UTC and nothing else: local time is the planner's business. A tick takes no arguments and keeps no
state, one at a time in this process; any number of workers may run on one database. Runs of matching have a thread of
their own beside the ticks, so that mail does not wait for them.
"""

import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from threading import Event, Thread
from time import monotonic
from types import FrameType

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from cohort import clock
from cohort.config import MailMode, Settings
from cohort.db import db, wait_as_worker
from cohort.errors import DomainError
from cohort.mail.condition import MODE_WORDS
from cohort.mail.transports import transport_for
from cohort.mentoring.run_worker import AtWork, put_back, work_on_runs
from cohort.reminders.tick import run_tick

log = logging.getLogger("cohort.worker")
EVERY = 5
"""Seconds between ticks: the most that a mail somebody waits for is late."""
TURN = 0.0005
"""Seconds that a run computes before the mail beside it may go on, which asks for its turn after every word with
database and server. With the usual turn, ten times as long, a quarter of the mails left and the run was no quicker."""
RUN_HEARS_WITHIN = 10.0
"""Seconds that the end of a worker waits for its run of matching."""
LARGEST_STEP = 60
"""Seconds by which the clock may be set without a round being left out."""


class ClockGuard:
    """Notices when the clock was set, by the one that only runs on; a machine that slept is such a case, too."""

    def __init__(self, wall: Callable[[], datetime] = clock.now, steady: Callable[[], float] = monotonic) -> None:
        self.wall, self.steady = wall, steady
        self._last = wall(), steady()

    def look(self) -> float:
        """The seconds by which it was set since the last look, 0 where those are few."""
        wall, steady = self.wall(), self.steady()
        step = (wall - self._last[0]).total_seconds() - (steady - self._last[1])
        self._last = wall, steady
        return step if abs(step) > LARGEST_STEP else 0


def run_worker(app: Flask, *, every: float = EVERY) -> None:
    """Tick until SIGTERM or SIGINT; the mail in flight is finished first, and a run of matching put back.

    Raises DomainError inside gunicorn.
    """
    refuse_in_gunicorn()
    settle_memory()
    with app.app_context():
        wait_as_worker(db.engine)
    stop = Event()
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    late = count(1)

    def note_lateness(_event: JobEvent) -> None:
        log.warning("tick late: the one before is still running; %s times since the start", next(late))

    scheduler.add_listener(note_lateness, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
    scheduler.add_job(tick, "interval", args=(app, stop, ClockGuard()), seconds=every, next_run_time=clock.now())

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    settings: Settings = app.extensions["settings"]
    log.info("worker started pid=%s mail_mode=%s", os.getpid(), settings.mail_mode)
    if settings.mail_mode is not MailMode.LIVE:
        log.warning(MODE_WORDS[settings.mail_mode])
    with matching(app, stop, every):
        scheduler.start()
        stop.wait()
        scheduler.shutdown()  # waits for the tick
    log.info("worker stopped pid=%s", os.getpid())


@contextmanager
def matching(app: Flask, stop: Event, every: float) -> Iterator[None]:
    """Do the runs that are queued from another thread meanwhile.

    In the end that thread puts back the run it is at. In the middle of something long it does not hear: then it is not
    waited for, the run is put back in its place, and it ends with the process.
    """
    usual, at_work = sys.getswitchinterval(), AtWork()
    sys.setswitchinterval(TURN)
    thread = Thread(target=_match, args=(app, stop, every, at_work), name="matching", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        sys.setswitchinterval(usual)
        thread.join(RUN_HEARS_WITHIN)
        if thread.is_alive() and at_work.run_id:
            with app.app_context():
                put_back(at_work.run_id)


def _match(app: Flask, stop: Event, every: float, at_work: AtWork) -> None:
    while not stop.is_set():
        try:
            with app.app_context():
                work_on_runs(clock.now, stop.is_set, at_work)
        except Exception:
            log.exception("looking for runs of matching failed")
        stop.wait(every)


def settle_memory() -> None:
    """Let the collector of garbage look at what rounds make, and no more at the modules that stay until the end."""
    gc.collect()
    gc.freeze()


def tick(app: Flask, stop: Event, guard: ClockGuard) -> None:
    """One round in a context of its own. Whatever fails is logged; the next round tries again.

    After the clock was set, nothing is planned or sent for one round: should it be set back at once, nobody was written
    to at a wrong hour.
    """
    if step := guard.look():
        log.warning("clock_jump: the clock was set by %+.0f seconds; this round is left out", step)
        return
    settings: Settings = app.extensions["settings"]
    try:
        with app.app_context(), transport_for(settings) as transport:
            run_tick(clock.now(), settings, transport, everything=False, stop=stop.is_set)
    except Exception:
        log.exception("tick failed")


def refuse_in_gunicorn() -> None:
    """A scheduler in a web worker would run once for each of them, or never. Raises DomainError."""
    if os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn"):
        raise DomainError("The worker does not run inside gunicorn. Start it as a process of its own: cohort worker.")
