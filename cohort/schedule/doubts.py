"""What staff should look at in a plan before they use it. Nothing is moved or left out because of a warning."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from cohort.clock import in_zone
from cohort.schedule.items import SITTINGS, Kind, PlannedItem

WORKDAYS_ONLY = frozenset(SITTINGS) | {Kind.PREWORK_DUE, Kind.ASSIGNMENT_DUE, Kind.MILESTONE}
"""Kinds that people meet or hand something in for. The rest, a last day for a mentor session too, may fall anywhere."""

BEFORE_START = frozenset({Kind.ASSESSMENT_OPENS, Kind.ASSESSMENT_CLOSES, Kind.PREWORK_DUE})
"""Kinds that are meant to come before the first day: a baseline, and the pre-work of a first-day workshop."""


@dataclass(frozen=True, slots=True)
class PlanWarning:
    code: str
    id: str | None
    """The item it concerns; None when it concerns the cohort as a whole."""
    message: str
    other: str | None = None
    """What it collides with: the id of another item, or days as `2027-02-15..2027-02-19`."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The days a cohort runs, first and last included, and the periods in which nothing should happen."""

    first: date
    last: date
    zone: str
    blackouts: Sequence[tuple[date, date]]


def list_warnings(items: Sequence[PlannedItem], frame: Frame) -> tuple[PlanWarning, ...]:
    """Warnings about the cohort first, then by item in the order of `items`, which is that of time."""
    found = [*_about_start(frame)]
    for item in items:
        if item.at is None:
            found.append(PlanWarning("no-date", item.id, f"{item.title} has no date until the matches are published."))
        else:
            found.extend(_about_day(item, in_zone(item.at, frame.zone), frame))
    return (*found, *_about_overlaps(items, frame), *_about_order(items, frame))


def write_day(day: date) -> str:
    """'Wed 17 Feb 2027'."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def _about_start(frame: Frame) -> Iterator[PlanWarning]:
    if frame.first.weekday() != 0:
        monday = frame.first + timedelta(days=(-frame.first.weekday()) % 7)
        message = f"The start, {write_day(frame.first)}, is not a Monday; the next one is {write_day(monday)}."
        yield PlanWarning("start-not-monday", None, message)


def _about_day(item: PlannedItem, local: datetime, frame: Frame) -> Iterator[PlanWarning]:
    day = local.date()
    name = f"{item.title} ({item.kind}) on {write_day(day)}"
    for first, last in frame.blackouts:
        if first <= day <= last:
            period = f"{write_day(first)} to {write_day(last)}"
            yield PlanWarning("blackout", item.id, f"{name} falls in the blackout {period}.", f"{first}..{last}")
            break
    if day.weekday() >= 5 and item.kind in WORKDAYS_ONLY:
        yield PlanWarning("weekend", item.id, f"{name} falls on a weekend.")
    if day < frame.first and item.kind not in BEFORE_START:
        yield PlanWarning("before-start", item.id, f"{name} comes before the cohort starts.")
    if day > frame.last:
        yield PlanWarning("after-end", item.id, f"{name} comes after the last day, {write_day(frame.last)}.")
    if item.day is not None and day != item.day:
        message = f"{name}: the calendar skips {write_day(item.day)} there, so it is taken as the day after."
        yield PlanWarning("clock-change", item.id, message)
    elif local.time() != item.clock:
        message = f"{name}: the clocks skip {item.clock:%H:%M} then, so it is taken as {local:%H:%M}."
        yield PlanWarning("clock-change", item.id, message)


def _about_overlaps(items: Sequence[PlannedItem], frame: Frame) -> Iterator[PlanWarning]:
    """Two sittings at the same time, reported at the later one."""
    sittings = [(item, item.at, item.ends_at) for item in items if item.kind in SITTINGS and item.at and item.ends_at]
    for number, (earlier, _, ends_at) in enumerate(sittings):
        for later, at, _ in islice(sittings, number + 1, None):
            if at >= ends_at:
                break
            day = write_day(in_zone(at, frame.zone).date())
            message = f"{later.title} ({later.kind}) begins on {day} before {earlier.title} ({earlier.kind}) is over."
            yield PlanWarning("overlap", later.id, message, earlier.id)


_FOLLOWS = {
    Kind.PREWORK_DUE: Kind.WORKSHOP,
    Kind.CHECKIN_OPENS: Kind.CHECKIN_CLOSES,
    Kind.ASSESSMENT_OPENS: Kind.ASSESSMENT_CLOSES,
    Kind.MODULE_OPENS: Kind.MODULE_CLOSES,
}
"""What comes first, and what comes after it under the same key."""


def _about_order(items: Sequence[PlannedItem], frame: Frame) -> Iterator[PlanWarning]:
    """Pre-work that is due after its workshop has begun, and what closes before it opens."""
    by_id = {(item.kind, item.key): item for item in items}
    for first in items:
        then = by_id.get((_FOLLOWS[first.kind], first.key)) if first.kind in _FOLLOWS else None
        if then and first.at and then.at and first.at > then.at:
            day = write_day(in_zone(first.at, frame.zone).date())
            message = f"{first.title} ({first.kind}) on {day} comes after {then.title} ({then.kind})."
            yield PlanWarning("order", first.id, message, then.id)
