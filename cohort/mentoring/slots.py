"""When two people could meet in the next weeks: inside the weekly hours of both, on days when neither is away. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from cohort.clock import from_local, in_zone, monday_of
from cohort.cohorts.availability import DAYS, parse_availability

AHEAD = timedelta(days=14)
NOTICE = timedelta(days=1)
SUGGESTED = 3
_A_DAY = timedelta(days=1)
_GRID = timedelta(minutes=15)

Span = tuple[datetime, datetime]
Days = tuple[date, date]
"""First and last, both included."""


@dataclass(frozen=True, slots=True)
class Week:
    """The hours somebody is free, by the clocks of `zone`, and the days on which they are not."""

    availability: str
    zone: str
    away: Sequence[Days] = ()


def suggest_starts(one: Week, other: Week, *, minutes: int, busy: Iterable[Span] = (), now: datetime) -> list[datetime]:
    """Up to three starts of a whole meeting: the earliest, on days of their own as far as there are such."""
    length = timedelta(minutes=minutes)
    first, last = now + NOTICE, now + AHEAD
    shared = _overlaps(list(_free(one, first, last)), list(_free(other, first, last)))
    free = [span for span in _without(shared, _merged(busy)) if span[1] - span[0] >= length]
    earliest: dict[date, datetime] = {}
    for start, _ in free:
        earliest.setdefault(in_zone(start, one.zone).date(), start)
    found = sorted(earliest.values())[:SUGGESTED]
    more = (start for span in free for start in _starts(span, length) if start not in found)
    return sorted([*found, *(start for start, _ in zip(more, range(SUGGESTED - len(found)), strict=False))])


def weekly_hours(availability: str, zone: str, reader_zone: str, *, week_of: date) -> list[tuple[str, str]]:
    """The hours of somebody by the clocks of a reader in that week: ('Tuesday', '15:00–18:00'), days in their order."""
    monday = monday_of(week_of)
    windows = parse_availability(availability)
    spans = _merged(_span(monday + timedelta(days=day), start, end, zone) for day, start, end in windows)
    hours: dict[int, list[tuple[time, str]]] = {}
    for start, end in spans:
        for begin, finish in _by_day(in_zone(start, reader_zone), in_zone(end, reader_zone)):
            words = f"{begin:%H:%M}–{'24:00' if finish.date() > begin.date() else f'{finish:%H:%M}'}"
            hours.setdefault(begin.weekday(), []).append((begin.time(), words))
    return [(DAYS[day].capitalize(), ", ".join(words for _, words in sorted(hours[day]))) for day in sorted(hours)]


def _span(day: date, start: int, end: int, zone: str) -> Span:
    """From and to so many minutes after midnight by the clocks of `zone`; 1440 is the midnight after."""
    begin, finish = (
        from_local(day + timedelta(days=minutes // (24 * 60)), time(*divmod(minutes % (24 * 60), 60)), zone)
        for minutes in (start, end)
    )
    return begin, finish


def _by_day(start: datetime, end: datetime) -> Iterator[Span]:
    """A span of one person's clocks, cut at midnight."""
    while start.date() < end.date():
        midnight = datetime.combine(start.date() + _A_DAY, time(), start.tzinfo)
        yield start, midnight
        start = midnight
    if start < end:
        yield start, end


def _free(week: Week, first: datetime, last: datetime) -> Iterator[Span]:
    """When somebody is free between two moments, in order."""
    windows = parse_availability(week.availability)
    day, until = in_zone(first, week.zone).date(), in_zone(last, week.zone).date()
    spans = []
    while day <= until:
        if not any(begin <= day <= end for begin, end in week.away):
            spans += [_span(day, start, end, week.zone) for on, start, end in windows if on == day.weekday()]
        day += _A_DAY
    for start, end in _merged(spans):
        begin = max(start, _on_grid(first))
        if begin < min(end, last):
            yield begin, min(end, last)


def _on_grid(moment: datetime) -> datetime:
    """The first quarter hour from `moment` on."""
    whole = moment.replace(minute=0, second=0, microsecond=0)
    return whole + -(-(moment - whole) // _GRID) * _GRID


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _overlaps(ones: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    both = ((max(a, c), min(b, d)) for a, b in ones for c, d in others)
    return sorted((start, end) for start, end in both if start < end)


def _without(spans: Sequence[Span], taken: Sequence[Span]) -> Iterator[Span]:
    for start, end in spans:
        inside = [(max(a, start), min(b, end)) for a, b in taken if a < end and b > start]
        edges = [start, *(edge for span in inside for edge in span), end]
        yield from ((a, b) for a, b in list(pairwise(edges))[::2] if a < b)


def _starts(span: Span, length: timedelta) -> Iterator[datetime]:
    start, end = span
    while start + length <= end:
        yield start
        start += length
