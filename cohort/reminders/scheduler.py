"""The worker: a scheduler that only ticks. What is due lives in the database, so a late tick costs time, no more.

Interval ticks in UTC and nothing else: local time is the planner's business. A tick takes no arguments and keeps no
state, one at a time in this process; any number of workers may run on one database.
"""

import logging
import os
import signal
from datetime import UTC
from threading import Event
from types import FrameType

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.blocking import BlockingScheduler
from flask import Flask

from cohort import clock
from cohort.config import Settings
from cohort.errors import DomainError
from cohort.mail.transports import transport_for
from cohort.reminders.tick import run_tick

log = logging.getLogger("cohort.worker")
EVERY = 5
"""Seconds between ticks: the most that a mail somebody waits for is late."""


def run_worker(app: Flask, *, every: float = EVERY) -> None:
    """Tick until SIGTERM or SIGINT; the mail in flight is finished first. Raises DomainError inside gunicorn."""
    refuse_in_gunicorn()
    stop = Event()
    scheduler = BlockingScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_listener(_note_lateness, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
    scheduler.add_job(tick, "interval", args=(app, stop), seconds=every, next_run_time=clock.now())

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()
        if scheduler.running:
            scheduler.shutdown(wait=False)  # the thread of the tick is waited for when the process ends

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    log.info("worker started pid=%s", os.getpid())
    scheduler.start()
    log.info("worker stopped pid=%s", os.getpid())


def tick(app: Flask, stop: Event) -> None:
    """One round in a context of its own. Whatever fails is logged; the next round tries again."""
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


def _note_lateness(event: JobEvent) -> None:
    log.warning("tick late: the one before is still running (%s)", event.code)
