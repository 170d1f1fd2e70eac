"""The roads that mail takes, shared by every worker: stopped, and let go on."""

from datetime import datetime

from cohort.db import db
from cohort.mail.models import Lane


def pause_all(reason: str, *, now: datetime) -> None:
    """No mail of any cohort or account leaves until it is let go on. Pausing twice changes nothing."""
    lane = db.session.get(Lane, Lane.ALL) or Lane(domain=Lane.ALL)
    if lane.paused_at is None:
        lane.paused_at, lane.reason = now, reason
    db.session.add(lane)
    db.session.flush()


def resume_all() -> None:
    lane = db.session.get(Lane, Lane.ALL)
    if lane is not None:
        lane.paused_at, lane.reason = None, ""
    db.session.flush()
