"""The mail that tells staff on weekday mornings what waits in a cohort: when it is due, and queueing it once.

It says what holds when it is written, so what was missed while no worker ran is not made up for: today's is enough.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from cohort.clock import from_local, in_zone
from cohort.mail.outbox import queue_all
from cohort.people.wishes import Choice, Topic, Wishes
from cohort.reminders.occasions import Reader
from cohort.reminders.timing import ALWAYS
from cohort.reminders.windows import daily_slots, is_open

TEMPLATE = "staff-digest"
WEEKDAYS = (0, 1, 2, 3, 4)


def queue_staff_digests(cohort_id: int, staff: Iterable[Reader], *, since: datetime | None, now: datetime) -> None:
    """Queue those of today whose time has come since the last look. Doing it again changes nothing."""
    for reader in staff:
        today, _ = _slots(reader, now)
        if today is not None and (since is None or since < today) and _may_come(reader, today, now):
            on = _date(today, reader.zone)
            queue_all(
                TEMPLATE,
                [(reader.person_id, {"on": on.isoformat()}, f"{TEMPLATE}:{cohort_id}:{reader.person_id}:{on}")],
                now=now,
                cohort_id=cohort_id,
                not_after=from_local(on + timedelta(days=1), time(0), reader.zone),
                topic=Topic.STAFF,
            )


def next_digest(staff: Iterable[Reader], now: datetime) -> datetime:
    """When the time of the next one of them comes."""
    return min((_slots(reader, now)[1] for reader in staff), default=ALWAYS.last)


def days_of_digests(wishes: Wishes) -> tuple[int, ...]:
    """The weekdays on which somebody wants it: those of the working week, one of a week, or none."""
    match wishes.choice(Topic.STAFF):
        case Choice.OFF:
            return ()
        case Choice.WEEKLY:
            return (wishes.digest_day,)
        case _:
            return tuple(day for day in wishes.days if day in WEEKDAYS)


def _slots(reader: Reader, now: datetime) -> tuple[datetime | None, datetime]:
    """Today's moment, once it has come, and the next one; none on days on which the reader is away."""
    days, today = days_of_digests(reader.wishes), None
    if days:
        for slot in daily_slots(_date(now, reader.zone), reader.wishes.digest_at, reader.zone, days=days):
            on = _date(slot, reader.zone)
            if any(first <= on <= last for first, last in reader.away):
                continue
            if slot > now:
                return today, slot
            today = slot
    return today, ALWAYS.last


def _may_come(reader: Reader, slot: datetime, now: datetime) -> bool:
    """Late, it keeps out of quiet hours; at a time that the reader chose within them it comes all the same."""
    wishes, zone = reader.wishes, reader.zone
    return is_open(wishes, now, zone) or not is_open(wishes, slot, zone)


def _date(moment: datetime, zone: str) -> date:
    return in_zone(moment, zone).date()
