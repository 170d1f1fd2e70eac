"""When mail may come: quiet hours, unwanted days and the moments of digests, on the reader's own clocks. Pure.

Local times follow RFC 5545 as in cohort.clock; of an hour that comes twice, the end of quiet time is the one that lies
ahead.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from cohort.clock import in_zone, zone_named
from cohort.people.wishes import Wishes

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_A_WEEK_OF_DAYS = 9
"""Days to look through, so that every weekday is among them on either side of the date line."""


def is_open(wishes: Wishes, moment: datetime, zone: str) -> bool:
    """Mail may come at `moment`."""
    local = in_zone(moment, zone)
    return not wishes.is_quiet(local.time()) and local.weekday() in wishes.days


@lru_cache(maxsize=8192)
def next_open(wishes: Wishes, moment: datetime, zone: str) -> datetime:
    """`moment`, or when the quiet time around it ends."""
    if is_open(wishes, moment, zone):
        return moment
    for on in _days_from(moment, zone, 1):
        for clock in sorted({time(0), wishes.quiet_until}):
            for begins in _both(on, clock, zone):
                if begins >= moment and is_open(wishes, begins, zone):
                    return begins
    return moment


def last_open(wishes: Wishes, moment: datetime, zone: str) -> datetime:
    """`moment`, or the minute before the quiet time around it began."""
    if is_open(wishes, moment, zone):
        return moment
    for on in _days_from(moment, zone, -1):
        for clock in sorted({time(0), wishes.quiet_from}, reverse=True):
            for begins in _both(on, clock, zone):
                ends = begins - _MINUTE
                if ends <= moment and is_open(wishes, ends, zone):
                    return ends
    return moment


def digest_slot(wishes: Wishes, moment: datetime, zone: str, *, weekly: bool) -> datetime:
    """When the first digest leaves, at `moment` or later."""
    return next(slot for slot in digest_slots(wishes, moment, zone, weekly=weekly) if slot >= moment)


def digest_slots(wishes: Wishes, moment: datetime, zone: str, *, weekly: bool) -> Iterator[datetime]:
    """The moments of digests from the day before `moment` on; a day that the zone skipped has none."""
    days = (wishes.digest_day,) if weekly else wishes.days
    return daily_slots(in_zone(moment, zone).date() - _DAY, wishes.digest_at, zone, days=days)


def daily_slots(first: date, clock: time, zone: str, *, days: tuple[int, ...]) -> Iterator[datetime]:
    """When the clocks of `zone` show `clock`, once on each of the weekdays `days`, from `first` on, for ever."""
    on = first
    while True:
        moment = datetime.combine(on, clock, zone_named(zone)).astimezone(UTC)
        if on.weekday() in days and in_zone(moment, zone).date() == on:
            yield moment
        on += _DAY


def _days_from(moment: datetime, zone: str, step: int) -> Iterator[date]:
    on = in_zone(moment, zone).date()
    return (on + number * step * _DAY for number in range(_A_WEEK_OF_DAYS))


def _both(on: date, clock: time, zone: str) -> list[datetime]:
    """The moments at which the clocks show it: one, or two where the hour comes twice."""
    folds = [datetime.combine(on, clock, zone_named(zone)).replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    return sorted(set(folds))
