"""The hours somebody is free each week, as people write them: 'tue 09:00-12:00;thu 13:00-15:00'."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cohort.errors import DomainError
from cohort.people.invisible import excerpt

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
GRID = 15
"""Minutes. Mentors and participants are compared in quarter hours."""

ITEM = re.compile(
    r"(?P<first>[a-z]+)(?:\s*[-–]\s*(?P<last>[a-z]+))?"
    r"\s+(?P<from_hour>\d{1,2}):(?P<from_minute>\d{2})\s*[-–]\s*(?P<to_hour>\d{1,2}):(?P<to_minute>\d{2})",
    re.ASCII | re.IGNORECASE,
)


class AvailabilityError(DomainError):
    """The text does not say hours of a week."""

    def __init__(self, found: str, reason: str) -> None:
        super().__init__(f"“{excerpt(found)}” {reason}", field="availability")


class Window(NamedTuple):
    """Free from `start` to `end` on one day of the week, by the clocks of the person's own zone."""

    day: int
    """0 is Monday, 6 is Sunday."""
    start: int
    """Minutes after midnight."""
    end: int
    """Minutes after midnight, at most 1440, always later than `start`."""


def parse_availability(text: str) -> tuple[Window, ...]:
    """The windows that `text` lists, in its order, repeats left out; none for an empty text.

    An item is a day or a range of days (English, three letters or the full name, any case) and two times on the quarter
    hour; '24:00' may end a window. Items stand apart by ';'. Raises AvailabilityError for the first item that is none.
    """
    items = filter(None, (item.strip() for item in text.split(";")))
    return tuple(dict.fromkeys(window for item in items for window in _windows(item)))


def format_availability(windows: Iterable[Window]) -> str:
    """The windows in the form that `parse_availability` reads: 'tue 09:00-12:00;thu 13:00-15:00'."""
    return ";".join(f"{DAYS[day][:3]} {clock_of(start)}-{clock_of(end)}" for day, start, end in windows)


def join_windows(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The same hours in their order, those that touch or overlap on one day as one."""
    joined: list[Window] = []
    for day, start, end in sorted(windows):
        if joined and joined[-1].day == day and start <= joined[-1].end:
            joined[-1] = Window(day, joined[-1].start, max(end, joined[-1].end))
        else:
            joined.append(Window(day, start, end))
    return tuple(joined)


def _windows(item: str) -> Iterator[Window]:
    found = ITEM.fullmatch(item)
    first, last = (_day(found["first"]), _day(found["last"] or found["first"])) if found else (None, None)
    if found is None or first is None or last is None:
        raise AvailabilityError(
            item, "is not understood. Write days and times such as “tue 09:00-12:00;thu 13:00-15:00”."
        )
    if last < first:
        raise AvailabilityError(item, "runs past Sunday. Write the days before and after as two items.")
    start = _minutes(item, found["from_hour"], found["from_minute"])
    end = _minutes(item, found["to_hour"], found["to_minute"])
    if end <= start:
        raise AvailabilityError(item, "ends before it starts. Write the earlier time first.")
    for day in range(first, last + 1):
        yield Window(day, start, end)


def _day(name: str) -> int | None:
    word = name.lower()
    return next((number for number, day in enumerate(DAYS) if word in (day, day[:3])), None)


def _minutes(item: str, hour: str, minute: str) -> int:
    at = int(hour) * 60 + int(minute)
    if at > 24 * 60 or int(minute) > 59:
        raise AvailabilityError(item, "has a time that no clock shows. Write times from 00:00 to 24:00.")
    if at % GRID:
        raise AvailabilityError(item, "is not on the quarter hour. Write minutes as 00, 15, 30 or 45.")
    return at


def clock_of(minutes: int) -> str:
    """Minutes after midnight: 540 -> '09:00'."""
    return f"{minutes // 60:02}:{minutes % 60:02}"
