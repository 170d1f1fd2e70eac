"""What a monitoring system reads: how much mail is in which state, and whether worker and planner keep up.

Numbers about the installation, none about people. Only states that mail leaves again are counted, each by an index of
its own, so that a million mails that were sent cost nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, cast, func, literal, null, select, text, union_all

from cohort.cohorts.models import AT_ONCE, Cohort
from cohort.db import UTCDateTime, db
from cohort.mail.models import HAS_FAILED, IS_PENDING, IS_UNDER_WAY, Lane, Message, MessageState
from cohort.reminders.models import Tick

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NONE = cast(null(), UTCDateTime())


@dataclass(frozen=True, slots=True)
class Gauge:
    """One metric with a sample for each set of labels."""

    name: str
    help: str
    samples: Sequence[tuple[Mapping[str, str], float]]


def read_gauges(now: datetime) -> list[Gauge]:
    """In two queries."""
    rows: Any = db.session.execute(_counts(now))
    counted = {what: (number, first, last) for what, number, first, last in rows}
    lanes = db.session.execute(select(Lane.domain, Lane.paused_at, Lane.blocked_until).order_by(Lane.domain)).all()
    due, oldest_due, _ = counted["due"]
    looks, oldest_look, _ = counted["looks"]
    _, began_at, ended_at = counted["tick"]

    def one(name: str, words: str, value: float) -> Gauge:
        return Gauge(name, words, [({}, value)])

    gauges = [
        one("cohort_mail_pending", "Mails that wait, due or not yet.", counted["pending"][0]),
        one("cohort_mail_due", "Mails that should leave now.", due),
        one("cohort_mail_oldest_due_seconds", "For how long the oldest of them has been due.", _age(oldest_due, now)),
        one("cohort_mail_held", "Mails that are late and wait for a decision.", counted["held"][0]),
        one("cohort_mail_leased", "Mails that a worker has claimed.", counted[MessageState.LEASED][0]),
        one("cohort_mail_sending", "Mails that are being handed over.", counted[MessageState.SENDING][0]),
        one("cohort_mail_failed", "Mails that failed and were not sent again.", counted["failed"][0]),
        Gauge(
            "cohort_lane_blocked",
            "1 while no mail leaves to the domain; * is all mail.",
            [({"domain": it.domain}, float(_is_blocked(it, now))) for it in lanes],
        ),
        one("cohort_planner_looks_due", "Cohorts that the planner has to look at now.", looks),
        one("cohort_planner_lag_seconds", "For how long the oldest planned look is due.", _age(oldest_look, now)),
    ]
    if began_at:
        words = "When the last round of a worker began."
        gauges.append(one("cohort_tick_last_timestamp_seconds", words, began_at.timestamp()))
    if began_at and ended_at and ended_at >= began_at:
        gauges.append(one("cohort_tick_seconds", "How long it took.", (ended_at - began_at).total_seconds()))
    return gauges


def as_text(gauges: Sequence[Gauge]) -> str:
    """In the text format of Prometheus, version 0.0.4."""
    return "".join(f"{line}\n" for gauge in gauges for line in _lines(gauge))


def _lines(gauge: Gauge) -> Iterator[str]:
    yield f"# HELP {gauge.name} {gauge.help}"
    yield f"# TYPE {gauge.name} gauge"
    for labels, value in gauge.samples:
        pairs = ",".join(f'{name}="{_escape(text)}"' for name, text in labels.items())
        yield f"{gauge.name}{f'{{{pairs}}}' if pairs else ''} {value:.15g}"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _counts(now: datetime) -> Select[Any]:
    """Rows of what, how many, and one or two moments."""

    def row(what: str, *where: Any, number: Any = None, first: Any = NONE, last: Any = NONE) -> Select[Any]:
        number = func.count(Message.id) if number is None else number
        columns = (number.label("number"), first.label("first"), last.label("last"))
        return select(literal(what, Text).label("what"), *columns).where(*where)

    def under_way(state: MessageState) -> Select[Any]:
        return row(state.value, IS_UNDER_WAY, Message.state == state)

    is_due = (IS_PENDING, Message.due_at <= now, Message.held_at.is_(None))
    looks_due = (text("cohort.state = 'running'"), Cohort.mail_paused_at.is_(None), Cohort.look_at <= now)
    planned = func.min(Cohort.look_at).filter(Cohort.look_at > AT_ONCE)
    began_at, ended_at = func.max(Tick.began_at), func.max(Tick.ended_at)
    parts = union_all(
        row("pending", IS_PENDING),
        row("due", *is_due, first=func.min(Message.due_at)),
        row("held", IS_PENDING, Message.held_at.is_not(None)),
        under_way(MessageState.LEASED),
        under_way(MessageState.SENDING),
        row("failed", HAS_FAILED),
        row("looks", *looks_due, number=func.count(Cohort.id), first=planned),
        row("tick", Tick.kind == "tick", number=func.count(Tick.kind), first=began_at, last=ended_at),
    ).subquery()
    return select(*parts.c)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _is_blocked(lane: Any, now: datetime) -> bool:
    return lane.paused_at is not None or (lane.blocked_until is not None and lane.blocked_until > now)
