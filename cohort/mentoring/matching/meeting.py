"""When two people could meet: starts of a whole meeting in a reference week, on a grid of quarter hours in UTC.

A week is an integer of 672 bits; bit t is the t-th quarter hour after Monday 00:00 UTC. What one person has free, and
where a whole meeting fits, are such integers, so what two people share is one AND.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache, cached_property, reduce
from itertools import chain
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cohort.mentoring.matching.lanes import SMALL, Row, least_of, single
from cohort.mentoring.matching.people import Mentor, Person, Window
from cohort.mentoring.matching.rules import Rules

SLOT_MINUTES = 15
SLOTS = 7 * 24 * 60 // SLOT_MINUTES
WHOLE_WEEK = (1 << SLOTS) - 1
FIXED_OFFSET = re.compile(r"UTC(?:([+-])([0-9]{2}):([0-9]{2}))?")
LONGEST_OFFSET = 14 * 60
OTHER_FILES = ("posix", "right/", "localtime")
"""What else lies among the zones on some machines: copies, clocks with leap seconds, the machine's own zone."""


@cache
def zone(name: str) -> tzinfo:
    """The zone of an IANA name or of `UTC+HH:MM`. ValueError when it is neither."""
    fixed = FIXED_OFFSET.fullmatch(name)
    if fixed:
        sign, hours, minutes = fixed.groups(default="0")
        return _fixed_zone(-1 if sign == "-" else 1, int(hours), int(minutes))
    if name.startswith(OTHER_FILES):
        raise ValueError(f"{name} is not the name of a time zone.")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as missing:  # OSError: part of a name, such as Europe
        raise ValueError(f"{name} is not the name of a time zone.") from missing


def _fixed_zone(sign: int, hours: int, minutes: int) -> tzinfo:
    if minutes not in range(0, 60, SLOT_MINUTES) or 60 * hours + minutes > LONGEST_OFFSET:
        raise ValueError("An offset is counted in quarter hours and at most 14:00.")
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


@cache
def _first_slot(weekday: int, minute: int, zone_name: str, first_day: date) -> int:
    """The slot in UTC at which the zone's clocks show that time; of a time that comes twice, the first."""
    day = first_day + timedelta(days=weekday)
    local = datetime.combine(day, time(minute // 60, minute % 60), zone(zone_name))
    return ((weekday * 1440 + minute) * 60 - _seconds(local)) // (SLOT_MINUTES * 60) % SLOTS


def _seconds(moment: datetime) -> int:
    return int((moment.utcoffset() or timedelta()).total_seconds())


def free_slots(windows: Iterable[Window], zone_name: str, first_day: date) -> int:
    """The quarter hours of the week from `first_day`, a Monday, that lie in the windows; the week wraps."""
    free = 0
    for window in windows:
        first = _first_slot(window.weekday, window.start, zone_name, first_day)
        run = ((1 << (window.end - window.start) // SLOT_MINUTES) - 1) << first
        free |= run & WHOLE_WEEK | run >> SLOTS
    return free


def whole_starts(free: int, minutes: int) -> int:
    """The slots at which a meeting of that many minutes fits into `free`, across the end of the week too."""
    starts = free
    for later in range(1, minutes // SLOT_MINUTES):
        starts &= free >> later | (free << SLOTS - later) & WHOLE_WEEK
    return starts


def starts_by_week(person: Person, rules: Rules) -> tuple[int, ...]:
    """One integer of starts for each reference week."""
    return _starts(person.availability, person.timezone or rules.default_timezone, rules)


def _starts(windows: tuple[Window, ...], zone_name: str, rules: Rules) -> tuple[int, ...]:
    weeks = (free_slots(windows, zone_name, monday(day)) for day in rules.reference_dates)
    return tuple(whole_starts(free, rules.meeting_minutes) for free in weeks)


class Calendar:
    """The starts that one mentee shares with each mentor, the fewest of the reference weeks."""

    def __init__(self, mentors: Sequence[Mentor], rules: Rules) -> None:
        self._rules = rules
        self._mentors = [starts_by_week(mentor, rules) for mentor in mentors]
        self._runs: dict[str, list[list[tuple[int, int]]]] = {}
        self._last: tuple[Person | None, Row] = None, 0

    def row(self, mentee: Person) -> Row:
        """The numbers of starts, in small lanes. The last answer is kept: score and hard rule ask for the same."""
        if self._last[0] is not mentee:
            self._last = mentee, self._counted(mentee)
        return self._last[1]

    @cached_property
    def _tallies(self) -> list[list[Row]]:
        return [_tally(week) for week in zip(*self._mentors, strict=True)]

    def _counted(self, mentee: Person) -> Row:
        if not self._mentors:
            return 0
        if mentee.id not in self._runs:
            self._runs[mentee.id] = [list(_runs(week)) for week in starts_by_week(mentee, self._rules)]
        weeks = zip(self._tallies, self._runs[mentee.id], strict=True)
        counts = [sum([tally[end] - tally[begin] for begin, end in runs]) for tally, runs in weeks]
        return reduce(lambda one, other: least_of(one, other, len(self._mentors), SMALL), counts)

    def shared(self, mentee: Person) -> Sequence[int]:
        """The numbers of starts, mentor by mentor: quicker than a row where there are few."""
        mine = starts_by_week(mentee, self._rules)
        return [min((one & other).bit_count() for one, other in zip(mine, each, strict=True)) for each in self._mentors]


def _runs(slots: int) -> Iterator[tuple[int, int]]:
    """Begin and end of each unbroken run of slots."""
    turns = slots ^ slots << 1
    while turns:
        begin = (turns & -turns).bit_length() - 1
        turns &= turns - 1
        end = (turns & -turns).bit_length() - 1
        turns &= turns - 1
        yield begin, end


def _tally(starts: Sequence[int]) -> list[Row]:
    """For each slot of the week how many starts each mentor has before it: any run is then one subtraction."""
    turning: dict[int, Row] = {}
    for place, mine in enumerate(starts):
        for slot in chain(*_runs(mine)):
            turning[slot] = turning.get(slot, 0) | single(1, place, SMALL)
    free, total, tally = 0, 0, [0]
    for slot in range(SLOTS):
        free ^= turning.get(slot, 0)
        total = total + free if free else total
        tally.append(total)
    return tally


def minutes_apart(one: str, other: str, rules: Rules) -> int:
    """How far two zones are apart at 12:00 UTC of the first reference Monday, the short way round: 0 to 720."""
    noon = datetime.combine(monday(rules.reference_dates[0]), time(12), UTC)
    ahead = [_seconds(noon.astimezone(zone(name))) // 60 for name in (one, other)]
    apart = abs(ahead[0] - ahead[1]) % 1440
    return min(apart, 1440 - apart)
