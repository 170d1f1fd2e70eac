"""One round of the worker: decide what is due, queue it, send what lies in the outbox.

Any number of processes may do this at once, and doing it twice changes nothing.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from flask import current_app

from cohort.calendars.invitations import list_cohorts_to_tell, tell_calendars
from cohort.clock import running_from
from cohort.config import Settings
from cohort.db import db, reading
from cohort.mail.composing import Composer
from cohort.mail.delivery import Delivery
from cohort.mail.transports import Transport, Verdict
from cohort.reminders import waves
from cohort.reminders.models import Tick
from cohort.reminders.planning import (
    Facts,
    Planned,
    Watched,
    list_watched,
    next_look,
    portions,
    read_facts,
    read_spent,
    span_to_look_at,
    write,
)
from cohort.reminders.rounds import Spent, decide
from cohort.reminders.staff_digests import next_digest, queue_staff_digests
from cohort.reminders.timing import Span
from cohort.workshops.seats import expire_offers, list_unsettled

log = logging.getLogger("cohort.reminders")
KIND = "tick"
LOOKED_AT_TOGETHER = 20
"""Cohorts whose facts are read in one set of queries."""
LOOKS = 3
"""How often one round looks at a cohort that others change or plan meanwhile; then it is left to the next."""


@dataclass(slots=True)
class TickCounts:
    """What one round did."""

    looked: int = 0
    """Cohorts looked at."""
    queued: int = 0
    """Reminders that became mails."""
    dropped: int = 0
    """Reminders that were due and not sent, each with its reason."""
    calendars: int = 0
    """Invitations to calendars, changes and cancellations of them, that became mails."""
    sent: int = 0
    retried: int = 0
    """Mails to be tried again."""
    failed: int = 0
    cancelled: int = 0
    """Mails that had nothing to say any more."""


def run_tick(
    now: datetime,
    settings: Settings,
    transport: Transport,
    *,
    everything: bool = True,
    stop: Callable[[], bool] = lambda: False,
) -> TickCounts:
    """Plan and send as if it were `now`. Needs an application context; leaves no transaction open.

    `everything`: look at every running cohort, also where nothing is expected to be due; the worker does not.
    `stop` is asked between mails; the mail in flight is finished.
    """
    clock = running_from(now)
    counts = TickCounts()
    _note(began_at=now, ended_at=None)
    try:
        pass_on_seats(now)
        looked_at = plan(now, counts, everything=everything)
        judge_late(now)
        counts.calendars = tell_all_calendars(looked_at, domain=settings.mail_domain, now=now)
        composer = Composer(settings, current_app.jinja_env)
        outcomes = Delivery(composer, transport, clock, stop).run()
    finally:
        db.session.rollback()
    counts.sent = outcomes[Verdict.ACCEPTED]
    counts.retried = sum(outcomes[kind] for kind in (Verdict.TRANSIENT, Verdict.UNCLEAR, Verdict.DOWN, "unwritable"))
    counts.failed = outcomes[Verdict.PERMANENT]
    counts.cancelled = outcomes["cancelled"]
    _note(began_at=now, ended_at=clock(), counts=", ".join(f"{name} {n}" for name, n in asdict(counts).items()))
    return counts


def pass_on_seats(now: datetime) -> None:
    """Offer the seats of workshops whose offers were let pass to the next in line; commits for each workshop."""
    with reading():
        items = list_unsettled(now)
        db.session.commit()
    for item in items:
        expire_offers(item, now=now)
        db.session.commit()


def plan(now: datetime, counts: TickCounts, *, everything: bool) -> list[int]:
    """Decide what is due in every cohort that is looked at, and say in which; commits for some of them at a time.

    A cohort that somebody changed or planned meanwhile is looked at again at once, a few times if need be.
    """
    watched = _read_watched(now, everything=everything)
    counts.looked = len(watched)
    to_plan = watched
    for _ in range(LOOKS):
        overtaken: set[int] = set()
        for start in range(0, len(to_plan), LOOKED_AT_TOGETHER):
            overtaken |= plan_cohorts(to_plan[start : start + LOOKED_AT_TOGETHER], now, counts)
        if not overtaken:
            break
        to_plan = [cohort for cohort in _read_watched(now, everything=True) if cohort.id in overtaken]
    return [cohort.id for cohort in watched]


def _read_watched(now: datetime, *, everything: bool) -> list[Watched]:
    with reading():
        watched = list_watched(now, everything=everything)
        db.session.commit()
    return watched


def plan_cohorts(cohorts: Sequence[Watched], now: datetime, counts: TickCounts) -> set[int]:
    """Gives those that were not planned, because they were no longer as they had been read."""
    span = span_to_look_at(cohorts, now)
    with reading():
        facts = read_facts(cohorts, span)
        spent = read_spent([cohort.id for cohort in cohorts], now)
        db.session.commit()
    planned = [_decide(cohort, facts[cohort.id], span, spent, now) for cohort in cohorts]
    for cohort in cohorts:
        queue_staff_digests(cohort.id, facts[cohort.id].occasions.staff, since=cohort.looked_at, now=now)
    overtaken: set[int] = set()
    for portion in portions(planned):
        written = write(portion, now)
        counts.queued += written.queued
        counts.dropped += written.dropped
        overtaken |= written.overtaken
        db.session.commit()
    return overtaken


def _decide(cohort: Watched, facts: Facts, span: Span, spent: Spent, now: datetime) -> Planned:
    open_now = facts.list_open(span)
    decisions, later = decide(open_now, now, spent)
    ahead = [*later, *(one for one in open_now if one.due_at > now)]
    next_at = min(next_look(ahead, now), next_digest(facts.occasions.staff, now))
    return Planned(cohort, decisions, next_at)


def judge_late(now: datetime) -> None:
    """Let a few late mails go, hold a wave of them; commits."""
    if waves.judge(now):
        log.warning("a wave of late reminders waits for staff")
    db.session.commit()


def tell_all_calendars(cohort_ids: list[int], *, domain: str, now: datetime) -> int:
    """Queue what calendars have to be told, a transaction for each cohort in which somebody takes invitations."""
    if not cohort_ids:
        return 0
    with reading():
        concerned = list_cohorts_to_tell(cohort_ids, now)
        db.session.commit()
    queued = 0
    for cohort_id in concerned:
        queued += tell_calendars(cohort_id, domain=domain, now=now)
        db.session.commit()
    return queued


def _note(**values: object) -> None:
    """Leave a sign of life, which staff read at the foot of every page; commits."""
    db.session.merge(Tick(kind=KIND, **values))
    db.session.commit()
