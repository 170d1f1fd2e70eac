"""A month as a grid of days, for reading on a page. Pure."""

import re
from calendar import Calendar
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cohort.calendars.events import DUE, Event, Status
from cohort.clock import in_zone
from cohort.schedule.items import SITTINGS, Kind
from cohort.schedule.models import DatedItem
from cohort.schedule.words import KIND_WORDS

MONDAY = 0
YEARS = range(2000, 2101)
"""Beyond these nobody looks, and a calendar has an end."""
ICONS = {
    Kind.MODULE_OPENS: "unlock",
    Kind.MODULE_CLOSES: "lock",
    Kind.WORKSHOP: "people",
    Kind.WORKSHOP_ALTERNATIVE: "people",
    Kind.WORKSHOP_THIRD: "people",
    Kind.PREWORK_DUE: "hourglass-split",
    Kind.ASSIGNMENT_DUE: "hourglass-split",
    Kind.MENTOR_SESSION_BY: "chat-dots",
    Kind.CHECKIN_OPENS: "unlock",
    Kind.CHECKIN_CLOSES: "hourglass-split",
    "meeting": "chat-dots",
}
OTHERS = "calendar-check"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a day."""

    at: datetime
    ends_at: datetime | None
    """None for a moment."""
    title: str
    url: str = ""
    icon: str = OTHERS
    note: str = ""
    """What is special about it: cancelled, not answered yet."""


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    is_in: bool
    """Of this month, not of its neighbours."""
    is_today: bool
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    weeks: Sequence[Sequence[Day]]
    number: int
    """Of entries in the month itself."""

    @property
    def name(self) -> str:
        """`March 2027`"""
        return f"{self.first:%B %Y}"

    @property
    def before(self) -> date:
        return _month_off(self.first, -1)

    @property
    def after(self) -> date:
        return _month_off(self.first, 1)


def first_of(text: str, today: date) -> date:
    """The first day of the month `2027-03`; of this month for anything else."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", text, re.ASCII)
    if found and int(found[1]) in YEARS and 1 <= int(found[2]) <= 12:
        return date(int(found[1]), int(found[2]), 1)
    return today.replace(day=1)


def month_of(entries: Iterable[Entry], first: date, *, today: date, zone: str) -> Month:
    """The weeks, from Monday on, that hold the month, with what is on each day of the calendar in `zone`."""
    by_day: dict[date, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda one: one.at):
        by_day[in_zone(entry.at, zone).date()].append(entry)
    weeks = [
        [
            Day(day, day.month == first.month, day == today, by_day[day] if day.month == first.month else [])
            for day in week
        ]
        for week in Calendar(MONDAY).monthdatescalendar(first.year, first.month)
    ]
    return Month(first, weeks, sum(len(day.entries) for week in weeks for day in week))


def _month_off(first: date, by: int) -> date:
    months = first.year * 12 + first.month - 1 + by
    return date(months // 12, months % 12 + 1, 1)


def entry_of(event: Event, title: str = "") -> Entry:
    """An event of somebody's own calendar. A due date stands at the time it is due."""
    is_due = event.kind in DUE
    return Entry(
        at=event.ends_at if is_due else event.starts_at,
        ends_at=event.ends_at if event.kind == "meeting" or event.kind in SITTINGS else None,
        title=title or event.title,
        url=event.path,
        icon="x-circle" if event.status is Status.CANCELLED else ICONS.get(event.kind, OTHERS),
        note=_note(event),
    )


def _note(event: Event) -> str:
    if event.status is Status.CANCELLED:
        return f"Cancelled. {event.description}".strip()
    return event.description if event.status is Status.TENTATIVE else ""


def entry_of_item(item: DatedItem, at: datetime, url: str = "") -> Entry:
    """A date of a cohort, as everybody has it."""
    return Entry(at, item.ends_at, f"{KIND_WORDS[Kind(item.kind)]}: {item.title}", url, ICONS.get(item.kind, OTHERS))
