"""What is wrong with mail as a whole: one answer for pages of staff, health address and launch checklist."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, bindparam, func, literal, select

from cohort.config import MailMode
from cohort.db import db
from cohort.mail.holding import IS_ON_HOLD
from cohort.mail.lanes import DISK_FULL
from cohort.mail.models import IS_PENDING, IS_UNDER_WAY, Lane, Message
from cohort.reminders.models import Tick

SILENT_AFTER = timedelta(minutes=2)
"""A worker that has not looked for so long has stopped; it looks every few seconds."""
OVERDUE_AFTER = timedelta(minutes=15)
UNCLEAR_AFTER = timedelta(hours=1)


class Check(StrEnum):
    """What can be wrong."""

    WORKER = "worker"
    RELAY = "mail server"
    PAUSED = "paused"
    WAITING = "waiting"
    UNCLEAR = "unclear"
    MODE = "mode"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that keeps mail from leaving."""

    check: Check
    words: str
    since: datetime | None = None
    is_fault: bool = True
    """False where somebody wanted it so: staff are reminded of it, but nothing is broken."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How mail stands at one moment, apart from single mails."""

    at: datetime
    mode: MailMode
    last_tick: datetime | None
    oldest_due: datetime | None
    """When the mail should have left that waits longest and is not held on purpose."""
    unclear_since: datetime | None
    """When the process was last heard of that had a mail in hand and has left it so."""
    paused_at: datetime | None
    blocked_until: datetime | None
    """When the mail server is tried again that takes nothing."""
    reason: str
    """Why all mail is paused or the mail server takes none, in the server's words where it has any."""

    @property
    def troubles(self) -> list[Trouble]:
        return list(self._troubles())

    @property
    def faults(self) -> list[Trouble]:
        return [trouble for trouble in self.troubles if trouble.is_fault]

    def _troubles(self) -> Iterator[Trouble]:
        if self.last_tick is None:
            yield Trouble(Check.WORKER, "The worker has not run yet: no mail leaves. Start it with: cohort worker.")
        elif self.at - self.last_tick > SILENT_AFTER:
            words = "The worker has stopped: no mail leaves. Start it with: cohort worker."
            yield Trouble(Check.WORKER, words, self.last_tick)
        if self.mode is not MailMode.LIVE:
            yield Trouble(Check.MODE, MODE_WORDS[self.mode], is_fault=False)
        if self.paused_at:
            words = f"All mail of every cohort is paused{_because(self.reason)}."
            yield Trouble(Check.PAUSED, words, self.paused_at, is_fault=self.reason == DISK_FULL)
        elif self.blocked_until:
            words = f"The mail server takes no mail{_because(self.reason)}. It is tried again by itself."
            yield Trouble(Check.RELAY, words)
        is_stopped = self.paused_at or self.mode is not MailMode.LIVE
        if not is_stopped and self.oldest_due and self.at - self.oldest_due > OVERDUE_AFTER:
            yield Trouble(Check.WAITING, "Mail that should have left still waits.", self.oldest_due)
        if self.unclear_since and self.at - self.unclear_since > UNCLEAR_AFTER:
            words = "Nobody knows whether mail has left that was being sent when a worker stopped."
            yield Trouble(Check.UNCLEAR, words, self.unclear_since)


MODE_WORDS = {
    MailMode.OFF: "Mail mode is off: all mail waits, and nobody gets any.",
    MailMode.LOG: "Mail mode is log: all mail waits, and the log says what would have left.",
    MailMode.ALLOWLIST: "Mail mode is allowlist: only who is on the list of this installation gets mail.",
}


def read_condition(now: datetime, mode: MailMode) -> Condition:
    """How mail of the whole installation stands, in one query that takes no longer the more mail there is."""
    row: Any = db.session.execute(_CONDITION, {"now": now}).one()
    return Condition(now, mode, *row)


def _condition() -> Select[*tuple[Any, ...]]:
    now = bindparam("now", type_=Message.due_at.type)
    oldest_due = (
        select(Message.due_at)
        .where(IS_PENDING, Message.due_at <= now, ~IS_ON_HOLD)
        .order_by(Message.due_at, Message.id)
        .limit(1)
    )
    unclear = (
        select(Message.lease_until)
        .where(IS_UNDER_WAY, Message.lease_until < now)
        .order_by(Message.lease_until)
        .limit(1)
    )
    one = select(literal(1).label("one")).subquery()
    return select(
        select(Tick.began_at).where(Tick.kind == "tick").scalar_subquery(),
        oldest_due.scalar_subquery(),
        unclear.scalar_subquery(),
        Lane.paused_at,
        Lane.blocked_until,
        func.coalesce(Lane.reason, ""),
    ).select_from(one.outerjoin(Lane, Lane.domain == Lane.ALL))


_CONDITION = _condition()
"""Built once: pages of staff ask it."""


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""
