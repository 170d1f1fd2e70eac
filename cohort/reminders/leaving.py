"""When a mail leaves for one reader: at its rule's time, out of quiet hours, or with a digest. Pure.

A rule says when it would speak (`timing`); the reader says when mail may come and what is gathered (`people.wishes`).
What would come after the thing it speaks of is sent at once instead, and what cannot come before it is not sent.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from cohort.clock import from_local, in_zone
from cohort.people.wishes import Choice, Topic, Wishes
from cohort.programs.pack import ReminderRule
from cohort.reminders.timing import days_of, due_at, is_wall_clock, not_after
from cohort.reminders.windows import digest_slot, last_open, next_open

TURNED_OFF = "turned off"
AWAY = "away"
USEFUL_BEFORE = timedelta(minutes=30)
"""A mail that quiet hours hold back is worth sending only so long before the thing itself."""
DIGEST_LATENESS = timedelta(days=7)
"""How late a digest may leave when no worker ran at its time, or its day was changed."""
_REMEMBERED = 20_000

Days = tuple[tuple[date, date], ...]
"""First and last of each stretch, both included."""

_TOPICS = {
    "module": Topic.COURSEWORK,
    "prework": Topic.COURSEWORK,
    "assignment": Topic.COURSEWORK,
    "workshop": Topic.WORKSHOPS,
    "checkin": Topic.CHECKINS,
    "assessment": Topic.CHECKINS,
    "mentor_session": Topic.MENTORING,
    "match": Topic.MENTORING,
    "pair": Topic.MENTORING,
    "feedback": Topic.MENTORING,
    "cohort": Topic.COHORT,
}


@dataclass(frozen=True, slots=True)
class Leaving:
    """One mail to one reader."""

    at: datetime
    not_after: datetime
    """Until when it is worth sending if it is late."""
    digest: Choice | None = None
    """DAILY or WEEKLY when it leaves with that digest."""
    held: str = ""
    """Why it does not leave at all: TURNED_OFF, AWAY."""


def topic_of(rule: ReminderRule) -> Topic:
    """What a person turns off who does not want the rule's mail."""
    return Topic.STAFF if rule.to == "staff" else _TOPICS[rule.about.split(".")[0]]


@lru_cache(_REMEMBERED)
def leave(
    rule: ReminderRule,
    at: datetime,
    zone: str,
    wishes: Wishes,
    *,
    day: date | None = None,
    changed_at: datetime | None = None,
    away: Days = (),
) -> Leaving:
    """When the mail of `rule` about what is at `at` leaves for a reader in `zone`.

    `day` as in `timing.due_at`. `changed_at`: since when the thing is at `at`; a mail that would have been due before
    that is due then. `away`: days on which the reader is away; what can wait then comes when they are back.
    """
    ideal = due_at(rule, at, zone, day)
    is_ahead = at > ideal
    begins = max(ideal, changed_at) if is_ahead and changed_at is not None and changed_at < at else ideal
    if rule.kind == "critical":
        return _alone(rule, at, zone, wishes, begins, is_ahead=is_ahead)
    choice = wishes.choice_at(topic_of(rule), begins)
    if choice is Choice.OFF:
        return Leaving(begins, not_after(rule, at, begins, zone), held=TURNED_OFF)
    back = _back(begins, zone, away)
    if back is not None or choice is not Choice.NOW:
        gathered = put_off(at, zone, wishes, back or begins, weekly=choice is Choice.WEEKLY, is_ahead=is_ahead)
        if gathered is not None:
            return gathered
    alone = _alone(rule, at, zone, wishes, begins, is_ahead=is_ahead)
    return alone if back is None else Leaving(alone.at, alone.not_after, held=AWAY)


def put_off(
    at: datetime, zone: str, wishes: Wishes, begins: datetime, *, weekly: bool, is_ahead: bool
) -> Leaving | None:
    """With the first digest from `begins` on; None when that would come too late for what is at `at`."""
    slot = digest_slot(wishes, begins, zone, weekly=weekly)
    if is_ahead and slot >= at - USEFUL_BEFORE:
        return None
    return Leaving(
        slot, digest_not_after(at, slot, is_ahead=is_ahead), digest=Choice.WEEKLY if weekly else Choice.DAILY
    )


def digest_not_after(at: datetime, slot: datetime, *, is_ahead: bool) -> datetime:
    """Until when what leaves with the digest at `slot` is worth saying."""
    return min(at, slot + DIGEST_LATENESS) if is_ahead else slot + DIGEST_LATENESS


def minds_quiet_hours(rule: ReminderRule) -> bool:
    """False for what is said within the hour: it is of no use later, or not before."""
    return is_wall_clock(rule) or abs(days_of(rule)) * 24 > 1


def _alone(rule: ReminderRule, at: datetime, zone: str, wishes: Wishes, begins: datetime, *, is_ahead: bool) -> Leaving:
    leaves = _in_the_open(at, zone, wishes, begins, is_ahead=is_ahead) if minds_quiet_hours(rule) else begins
    return Leaving(leaves, not_after(rule, at, leaves, zone))


def _in_the_open(at: datetime, zone: str, wishes: Wishes, begins: datetime, *, is_ahead: bool) -> datetime:
    """When quiet hours end; before they began where that would be too late."""
    opens = next_open(wishes, begins, zone)
    if opens == begins or not is_ahead or opens <= at - USEFUL_BEFORE:
        return opens
    return last_open(wishes, begins, zone)


def _back(moment: datetime, zone: str, away: Days) -> datetime | None:
    """When the reader is back who is away at `moment`."""
    if not away:
        return None
    on = in_zone(moment, zone).date()
    ends = [last for first, last in away if first <= on <= last]
    return from_local(max(ends) + timedelta(days=1), time(0), zone) if ends else None
