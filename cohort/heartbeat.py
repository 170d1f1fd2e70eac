"""A deed that is done again and again beside a long one, so that others see that somebody is still at it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from flask import Flask, current_app

from cohort.db import db

log = logging.getLogger("cohort.worker")


@contextmanager
def heartbeat(deed: Callable[[], object], *, every: float, fault: str) -> Iterator[None]:
    """Do `deed` every so many seconds in another thread and commit, until the block ends.

    When it fails, `fault` is logged, and it is tried again at its next time.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    done = Event()
    thread = Thread(target=_beat, args=(app, deed, every, fault, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat(app: Flask, deed: Callable[[], object], every: float, fault: str, done: Event) -> None:
    while not done.wait(every):
        with app.app_context():
            try:
                deed()
                db.session.commit()
            except Exception:  # whoever waits for the sign decides what comes of it
                log.exception(fault)
