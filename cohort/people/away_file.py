"""Reading out of a calendar file (RFC 5545) the days that somebody may be away or on call. Pure; nothing is fetched.

Of each entry only what says when it is and what it is called is read. How often an entry repeats is worked out for
rules that are sure to come to an end here: others are counted as unread, never guessed.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Event

from cohort.errors import DomainError
from cohort.people.away import LONGEST
from cohort.people.invisible import excerpt
from cohort.people.models import AwayKind

LARGEST = 1_000_000
"""Bytes of a file."""
MOST_EVENTS = 2_000
MOST_FOUND = 200
AHEAD = timedelta(days=400)
SHORTEST = timedelta(hours=4)
"""What is shorter is a meeting, not a day away."""
_MOST_REPEATS = 20_000
"""Repetitions looked at in one file."""
_KEPT = ("DTSTART", "DTEND", "DURATION", "RRULE", "EXDATE", "RECURRENCE-ID", "UID", "STATUS", "SUMMARY")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_ON_CALL = re.compile(r"\bon[ -]?call\b|\bpager\b|\brota\b|\bstand-?by\b", re.IGNORECASE)
_AWAY = re.compile(r"\b(vacation|holidays?|leave|pto|ooo|out of office|away|off|travel\w*)\b", re.IGNORECASE)
_PLAIN_BY = {
    "DAILY": {"BYDAY"},
    "WEEKLY": {"BYDAY"},
    "MONTHLY": {"BYDAY", "BYMONTHDAY", "BYSETPOS"},
    "YEARLY": {"BYMONTH", "BYMONTHDAY", "BYDAY"},
}
_OFTEN_ENOUGH = {"BYMONTHDAY": 28, "BYSETPOS": 4}
"""Up to here every month has one."""
_OLDEST = datetime(1970, 1, 1)  # noqa: DTZ001  wall-clock time of whatever zone the entry names


@dataclass(frozen=True, slots=True)
class FoundDays:
    """An entry that covers these days; its title is for its owner's eyes and kept nowhere."""

    title: str
    kind: AwayKind
    is_likely: bool
    """Its title says that it is about being away or on call."""
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Reading:
    days: tuple[FoundDays, ...]
    """By their first day."""
    short: int
    """Entries left out because they last less than `SHORTEST`."""
    unread: int
    """Entries that could not be read."""
    more: int
    """Ranges that were found after the first `MOST_FOUND`."""


class _Unread(ValueError):
    """An entry that cannot be read, or whose repetition might never end."""


@dataclass(frozen=True, slots=True)
class _Entry:
    event: Event
    start: date
    """A moment, or a date of a whole-day entry."""
    end: date
    title: str
    instead_of: date | None
    """The repetition of a series in whose place it stands."""


@dataclass(slots=True)
class _Budget:
    repeats: int = _MOST_REPEATS

    def spend(self) -> None:
        self.repeats -= 1
        if self.repeats < 0:
            raise DomainError("This calendar repeats too much to be read. Save a shorter span of it.", field="calendar")


def read_calendar(data: bytes, *, zone: str, today: date) -> Reading:
    """The ranges of days that entries of the file cover on the calendar of `zone`, from today for 400 days.

    Raises DomainError when it is no calendar file, too large, or holds too many entries.
    """
    entries, unread = _read_entries(_list_blocks(data))
    replaced = _list_replaced(entries)
    window = (today, today + AHEAD)
    budget, short, found = _Budget(), 0, []
    for entry in entries:
        if _line(entry.event, "STATUS").upper() == "CANCELLED":
            continue
        if _is_short(entry):
            short += 1
            continue
        try:
            found += _find_days(entry, replaced, ZoneInfo(zone), window, budget)
        except (ValueError, OverflowError, TypeError, AttributeError, KeyError):
            unread += 1  # whatever a library makes of odd input: the entry is left out and counted
    days = _join(found)
    fitting = [one for one in days if one.last - one.first < LONGEST]
    return Reading(
        tuple(fitting[:MOST_FOUND]), short, unread + len(days) - len(fitting), max(0, len(fitting) - MOST_FOUND)
    )


def _list_blocks(data: bytes) -> list[str]:
    """The text of every entry with the lines that are needed of it."""
    if len(data) > LARGEST:
        raise DomainError("This file is larger than 1 MB. Save a shorter span of the calendar.", field="calendar")
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\0", "")
    text = re.sub(r"\n[ \t]", "", text)
    if "BEGIN:VCALENDAR" not in text.upper():
        raise DomainError("This is no calendar file. Save the calendar as iCalendar (.ics).", field="calendar")
    blocks: list[str] = []
    inside: list[str] = []
    kept: list[str] = []
    for line in text.split("\n"):
        name = line.upper().strip()
        if name.startswith("BEGIN:"):
            inside.append(name.removeprefix("BEGIN:"))
            kept = kept if inside[-1] != "VEVENT" else []
        elif name.startswith("END:"):
            if inside and inside.pop() == "VEVENT":
                blocks.append("\r\n".join(["BEGIN:VEVENT", *kept, "END:VEVENT", ""]))
        elif inside and inside[-1] == "VEVENT" and _name_of(line) in _KEPT:
            kept.append(line)
        if len(blocks) > MOST_EVENTS:
            message = f"This file has more than {MOST_EVENTS:,} entries. Save a shorter span of the calendar."
            raise DomainError(message, field="calendar")
    return blocks


def _name_of(line: str) -> str:
    found = _NAME.match(line)
    return found.group().upper() if found else ""


def _read_entries(blocks: Iterable[str]) -> tuple[list[_Entry], int]:
    """The entries, and how many could not be read."""
    entries, unread = [], 0
    for block in blocks:
        try:
            event = cast(Event, Event.from_ical(block))
            start, end = event.start, event.end
            if end < start:
                raise _Unread
            title = excerpt(_line(event, "SUMMARY")) or "Without a title"
            instead_of = cast(Any, event["RECURRENCE-ID"]).dt if "RECURRENCE-ID" in event else None
            entries.append(_Entry(event, start, end, title, instead_of))
        except (ValueError, OverflowError, TypeError, AttributeError, KeyError, IndexError):
            unread += 1
    return entries, unread


def _line(event: Event, name: str) -> str:
    """A property as text; of one that stands there twice the first."""
    value = event.get(name, "")
    return str(value[0] if isinstance(value, list) else value).strip()


def _list_replaced(entries: Iterable[_Entry]) -> dict[str, list[date]]:
    """When repetitions would be that an entry of their own replaces, by the series."""
    replaced: dict[str, list[date]] = {}
    for entry in entries:
        if entry.instead_of is not None:
            replaced.setdefault(_line(entry.event, "UID"), []).append(entry.instead_of)
    return replaced


def _is_short(entry: _Entry) -> bool:
    return isinstance(entry.start, datetime) and entry.end - entry.start < SHORTEST


def _find_days(
    entry: _Entry, replaced: dict[str, list[date]], zone: ZoneInfo, window: tuple[date, date], budget: _Budget
) -> list[FoundDays]:
    kind = AwayKind.ON_CALL if _ON_CALL.search(entry.title) else AwayKind.AWAY
    is_likely = kind is AwayKind.ON_CALL or _AWAY.search(entry.title) is not None
    found = []
    for start in _list_starts(entry, replaced, window, budget):
        first, last = _days_of(start, entry, zone)
        if last >= window[0] and first <= window[1]:
            found.append(FoundDays(entry.title, kind, is_likely, first, last))
    return found


def _days_of(start: date, entry: _Entry, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last day that one repetition covers; a whole-day entry ends before its last day begins."""
    end = start + (entry.end - entry.start)
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return start, max(start, end - timedelta(days=1))
    if start.tzinfo is not None:
        start, end = start.astimezone(zone), end.astimezone(zone)
    return start.date(), max(start.date(), (end - timedelta(microseconds=1)).date())


def _list_starts(
    entry: _Entry, replaced: dict[str, list[date]], window: tuple[date, date], budget: _Budget
) -> Iterator[date]:
    """When the entry begins, once or each time it repeats."""
    event, start = entry.event, entry.start
    if "RRULE" not in event or entry.instead_of is not None:
        yield start
        return
    wall = _wall(start, start)
    but = {_wall(one, start) for one in [*_list_exceptions(event), *replaced.get(_line(event, "UID"), [])]}
    for moment in _repeat(event["RRULE"], wall, start, window, budget):
        if moment not in but:
            yield moment.replace(tzinfo=start.tzinfo) if isinstance(start, datetime) else moment.date()


def _wall(moment: date, like: date) -> datetime:
    """The moment on the clock by which the entry `like` repeats."""
    if not isinstance(moment, datetime):
        return datetime.combine(moment, like.time() if isinstance(like, datetime) else time(0))
    zone = like.tzinfo if isinstance(like, datetime) else None
    return (moment.astimezone(zone) if moment.tzinfo and zone else moment).replace(tzinfo=None)


def _list_exceptions(event: Event) -> Iterator[date]:
    value = event.get("EXDATE", [])
    for part in value if isinstance(value, list) else [value]:
        yield from (one.dt for one in part.dts)


def _repeat(rule: Any, wall: datetime, start: date, window: tuple[date, date], budget: _Budget) -> Iterator[datetime]:
    if isinstance(rule, list) or wall < _OLDEST:
        raise _Unread
    parts = {str(name).upper(): list(values) for name, values in rule.items()}
    until = parts.pop("UNTIL", None)
    _refuse_endless(parts)
    latest = datetime.combine(window[1], time.max)
    if until:
        latest = min(latest, _wall(until[0], start) if isinstance(until[0], datetime) else _end_of(until[0]))
    if "COUNT" not in parts:
        wall = _skip(wall, parts, window[0])
    text = ";".join(f"{name}={','.join(str(value) for value in values)}" for name, values in parts.items())
    for moment in rrulestr(text, dtstart=wall):
        budget.spend()
        if moment > latest:
            return
        yield moment


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max)


def _refuse_endless(parts: dict[str, list[Any]]) -> None:
    """Let only those rules through that come true again and again, whatever their other parts say."""
    frequency = str(parts.get("FREQ", [""])[0]).upper()
    interval = int(parts.get("INTERVAL", [1])[0])
    by = {name for name in parts if name not in ("FREQ", "INTERVAL", "COUNT", "WKST")}
    if frequency not in _PLAIN_BY or by - _PLAIN_BY[frequency] or not 1 <= interval <= 1000:
        raise _Unread
    is_every = interval == 1
    if frequency == "DAILY" and by and not is_every:
        raise _Unread
    if {"BYDAY", "BYMONTHDAY"} <= by or ("BYSETPOS" in by and "BYDAY" not in by):
        raise _Unread
    for name, most in _OFTEN_ENOUGH.items():
        if any(not 1 <= abs(int(value)) <= most for value in parts.get(name, [])):
            raise _Unread
    if any(not 1 <= int(value) <= 12 for value in parts.get("BYMONTH", [])):
        raise _Unread
    for value in parts.get("BYDAY", []):
        number = re.fullmatch(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)", str(value).upper())
        if number is None or (number[1] and (frequency in ("DAILY", "WEEKLY") or not 1 <= abs(int(number[1])) <= 4)):
            raise _Unread
    if "BYSETPOS" in by and any(len(str(value)) > 2 for value in parts["BYDAY"]):
        raise _Unread


def _skip(wall: datetime, parts: dict[str, list[Any]], first: date) -> datetime:
    """A later beginning of an old series that repeats by days or weeks, in step with the first."""
    length = {"DAILY": 1, "WEEKLY": 7}.get(str(parts["FREQ"][0]).upper())
    if length is None:
        return wall
    step = length * int(parts.get("INTERVAL", [1])[0])
    steps = ((first - LONGEST) - wall.date()).days // step
    return wall + timedelta(days=step * max(0, steps))


def _join(found: Iterable[FoundDays]) -> list[FoundDays]:
    """Ranges of the same title that touch become one; by their first day."""
    joined: list[FoundDays] = []
    for one in sorted(set(found), key=lambda one: (one.title, one.first, one.last)):
        last = joined[-1] if joined else None
        if last and last.title == one.title and one.first <= last.last + timedelta(days=1):
            joined[-1] = FoundDays(one.title, one.kind, one.is_likely, last.first, max(last.last, one.last))
        else:
            joined.append(one)
    return sorted(joined, key=lambda one: (one.first, one.last, one.title))
