"""When two people could meet: starts of a whole meeting in a reference week, on a grid of quarter hours in UTC.

A week is 672 bits of an integer; bit t is the t-th quarter hour after Monday 00:00 UTC. The reference weeks stand one
above the other in one integer, each with another day above it for what runs over its end. What one person has free, and
where a whole meeting fits, are such integers, so what two people share is one AND.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache, cached_property, reduce
from itertools import accumulate
from operator import xor
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cohort.mentoring.matching.lanes import SMALL, Row, least_of, single
from cohort.mentoring.matching.people import Mentor, Person, Window
from cohort.mentoring.matching.rules import Rules

SLOT_MINUTES = 15
SLOTS = 7 * 24 * 60 // SLOT_MINUTES
SLOT_SECONDS = 60 * SLOT_MINUTES
DAY = SLOTS // 7
STRIDE = SLOTS + DAY
KEPT = 1000
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


class _Clock(dict[int, int]):
    """For a minute of the week the slot at which a zone's clocks show it, as one bit in each reference week; of a time
    that comes twice, the first."""

    def __init__(self, zone_name: str, reference_dates: tuple[date, ...]) -> None:
        super().__init__()
        self._mondays = [datetime.combine(monday(day), time(), zone(zone_name)) for day in reference_dates]

    def __missing__(self, minute: int) -> int:
        moments = enumerate(first + timedelta(minutes=minute) for first in self._mondays)
        slots = (STRIDE * week + (60 * minute - _seconds(local)) // SLOT_SECONDS % SLOTS for week, local in moments)
        self[minute] = sum(1 << slot for slot in slots)
        return self[minute]


_clock = cache(_Clock)


@cache
def _first(slots: int, weeks: int) -> int:
    """The first slots of each week."""
    return sum((1 << slots) - 1 << STRIDE * week for week in range(weeks))


def _seconds(moment: datetime) -> int:
    return int((moment.utcoffset() or timedelta()).total_seconds())


def free_slots(windows: Iterable[Window], zone_name: str, reference_dates: tuple[date, ...]) -> int:
    """The quarter hours that lie in the windows, in the weeks of the dates; each week wraps."""
    clock, free = _clock(zone_name, reference_dates), 0
    for window in windows:
        first = clock[1440 * window.weekday + window.start]
        free |= (first << (window.end - window.start) // SLOT_MINUTES) - first
    weeks = len(reference_dates)
    return free & _first(SLOTS, weeks) | free >> SLOTS & _first(DAY, weeks)


def whole_starts(free: int, minutes: int, weeks: int) -> int:
    """The slots where a meeting of that many minutes, at most a day, fits into `free`, across the end of a week too."""
    starts, fits, needed = free | (free & _first(DAY, weeks)) << SLOTS, 1, minutes // SLOT_MINUTES
    while 2 * fits < needed:
        starts &= starts >> fits
        fits *= 2
    return starts & starts >> needed - fits & _first(SLOTS, weeks)


def starts_of(person: Person, rules: Rules) -> int:
    """Where a whole meeting fits into what the person has free."""
    free = free_slots(person.availability, person.timezone or rules.default_timezone, rules.reference_dates)
    return whole_starts(free, rules.meeting_minutes, len(rules.reference_dates))


class Calendar:
    """The starts that one mentee shares with each mentor, the fewest of the reference weeks."""

    def __init__(self, mentors: Sequence[Mentor], rules: Rules) -> None:
        self._rules = rules
        self._weeks = len(rules.reference_dates)
        self._mentors = [starts_of(mentor, rules) for mentor in mentors]
        self._rows: dict[str, Row] = {}

    def row(self, mentee: Person) -> Row:
        """The numbers of starts, in small lanes. Answers are kept for a while: score and hard rule ask for the same."""
        if mentee.id not in self._rows:
            if len(self._rows) >= KEPT:
                self._rows.clear()
            self._rows[mentee.id] = self._counted(mentee)
        return self._rows[mentee.id]

    @cached_property
    def _tally(self) -> list[Row]:
        """For each slot how many starts each mentor has before it: any run is then one subtraction."""
        turning = [0] * (self._weeks * STRIDE)
        for place, mine in enumerate(self._mentors):
            one = single(1, place, SMALL)
            for slot in _turns(mine):
                turning[slot] |= one
        return list(accumulate(accumulate(turning, xor), initial=0))

    def _counted(self, mentee: Person) -> Row:
        if not self._mentors:
            return 0
        tally, counts = self._tally, [0] * self._weeks
        turns = iter(_turns(starts_of(mentee, self._rules)))
        for end, begin in zip(turns, turns, strict=True):
            counts[begin // STRIDE] += tally[end] - tally[begin]
        return reduce(lambda one, other: least_of(one, other, len(self._mentors), SMALL), counts)

    def shared(self, mentee: Person) -> Sequence[int]:
        """The numbers of starts, mentor by mentor: quicker than a row where there are few."""
        mine = starts_of(mentee, self._rules)
        return [min(self._by_week(mine & theirs)) for theirs in self._mentors]

    def _by_week(self, slots: int) -> list[int]:
        return [(slots >> STRIDE * week & WHOLE_WEEK).bit_count() for week in range(self._weeks)]


def _turns(slots: int) -> list[int]:
    """The end and the begin of each unbroken run of slots, the last run first."""
    turns, found = slots ^ slots << 1, []
    while turns:
        slot = turns.bit_length() - 1
        found.append(slot)
        turns ^= 1 << slot
    return found


def minutes_apart(one: str, other: str, rules: Rules) -> int:
    """How far two zones are apart at 12:00 UTC of the first reference Monday, the short way round: 0 to 720."""
    noon = datetime.combine(monday(rules.reference_dates[0]), time(12), UTC)
    ahead = [_seconds(noon.astimezone(zone(name))) // 60 for name in (one, other)]
    apart = abs(ahead[0] - ahead[1]) % 1440
    return min(apart, 1440 - apart)
