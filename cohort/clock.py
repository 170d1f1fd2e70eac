"""The only module that asks what time it is, and the only one that turns wall-clock time into instants.

Instants are aware datetimes in UTC. A zone is an IANA name. Local times follow RFC 5545, section 3.3.5: a time that a
clock change skips is read with the offset in force before the gap, one that comes twice is the first of the two.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from time import monotonic
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

log = logging.getLogger("cohort.clock")

_standing: ContextVar[datetime | None] = ContextVar("standing", default=None)


def now() -> datetime:
    """The present instant, in UTC, cut to the microsecond the database keeps."""
    return _standing.get() or datetime.now(UTC)


@contextmanager
def standing_at(moment: datetime) -> Iterator[None]:
    """Inside it is `moment`: what is written then reads as it will read then."""
    token = _standing.set(moment)
    try:
        yield
    finally:
        _standing.reset(token)


def running_from(moment: datetime) -> Callable[[], datetime]:
    """A clock that shows `moment` now and runs on from there, whatever is done to the clock of the machine."""
    began = monotonic()
    return lambda: moment + timedelta(seconds=monotonic() - began)


def today(zone: str) -> date:
    """The date that a calendar on the wall in `zone` shows now."""
    return in_zone(now(), zone).date()


def in_zone(moment: datetime, zone: str) -> datetime:
    """`moment` as the clocks of `zone` show it."""
    return moment.astimezone(zone_named(zone))


def monday_of(day: date) -> date:
    """The Monday of the week in which `day` lies."""
    return day - timedelta(days=day.weekday())


def from_local(day: date, at: time, zone: str) -> datetime:
    """The instant (UTC) at which the clocks of `zone` show `at` on `day`."""
    return datetime.combine(day, at, zone_named(zone)).astimezone(UTC)


@cache
def zone_named(name: str) -> ZoneInfo:
    """The zone, or UTC when this machine knows none of the name: one wrong row must not stop everybody's mail."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        log.warning("zone_invalid")
        return ZoneInfo("UTC")


def known_zone(name: str, otherwise: str) -> str:
    """`name` when this machine knows the zone, else `otherwise`."""
    return name if zone_named(name).key == name else otherwise


@cache
def zones() -> frozenset[str]:
    """Every IANA zone name that people may choose: area and city, plus UTC."""
    left_out = ("Etc/", "SystemV/", "US/", "posix/", "right/")
    return frozenset(name for name in available_timezones() if "/" in name and not name.startswith(left_out)) | {"UTC"}


def is_zone(name: str) -> bool:
    """True when `name` is a zone people may choose, spelled exactly."""
    return name in zones()


def city(zone: str) -> str:
    """What people call the zone: 'America/Argentina/Buenos_Aires' -> 'Buenos Aires'."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")
