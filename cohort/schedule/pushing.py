"""What a blackout does with the items it hits. Pure, as `schedule.moving`."""

from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import count

from cohort.errors import DomainError
from cohort.schedule.moving import MOST_DAYS, adjust, carry, further
from cohort.schedule.plan import Arrangement


class Push(StrEnum):
    """What is done with items that a new blackout hits."""

    NOTHING = "nothing"
    NEXT_DAY = "next-day"
    """Each goes to the first day after it that is no Saturday or Sunday."""
    WEEKS = "weeks"
    """The first, and all that is later, goes by the fewest whole weeks that clear it."""


def black_out(arrangement: Arrangement, first: date, last: date, push: Push = Push.NOTHING) -> Arrangement:
    """Add days on which nothing should happen, and do with the items there what `push` says."""
    if last < first:
        raise DomainError("The blackout ends before it begins: write the earlier day first.", field="last")
    if (last - first).days > MOST_DAYS:
        raise DomainError(f"A blackout may last {MOST_DAYS:,} days at most.", field="last")
    days = tuple(sorted({*arrangement.blackouts, (first, last)}))
    closed = replace(arrangement, blackouts=days)
    because = f"because of the blackout {_write_days(first, last)}"
    match push:
        case Push.NEXT_DAY:
            return _push_to_next_day(closed, first, last, because)
        case Push.WEEKS:
            return _push_by_weeks(closed, first, last, because)
        case _:
            return closed


def open_up(arrangement: Arrangement, first: date, last: date) -> Arrangement:
    """Take a blackout away. What it moved stays where it is."""
    left = tuple(days for days in arrangement.blackouts if days != (first, last))
    if len(left) == len(arrangement.blackouts):
        raise DomainError("There is no such blackout any more.")
    return replace(arrangement, blackouts=left)


def _push_to_next_day(arrangement: Arrangement, first: date, last: date, because: str) -> Arrangement:
    """Anchors first: what hangs on a pushed item follows it, and is pushed itself only if it still lies there."""
    target = last + timedelta(days=1)
    while target.weekday() >= 5:
        target += timedelta(days=1)
    for item_id in [item_id for item_id in arrangement.spots if _may_be_pushed(arrangement, item_id)]:
        day, own = arrangement.spots[item_id].day, arrangement.adjustment(item_id)
        if day is not None and first <= day <= last:
            arrangement = adjust(arrangement, item_id, further(own, (target - day).days, because))
    return arrangement


def _push_by_weeks(arrangement: Arrangement, first: date, last: date, because: str) -> Arrangement:
    """From the first item there that can move, until neither that nor anything that moved with it lies there."""
    hit = [
        (spot.wall, spot.day, item_id)
        for item_id, spot in arrangement.spots.items()
        if spot.wall and spot.day and first <= spot.day <= last and _may_be_pushed(arrangement, item_id)
    ]
    for begins, day, item_id in sorted(hit):
        for weeks in count((last - day).days // 7 + 1):
            pushed = carry(arrangement, begins, 7 * weeks, because)
            moved = [new.day for it, new in pushed.spots.items() if new.day != arrangement.spots[it].day]
            if not any(first <= it <= last for it in moved if it):
                break
        if pushed.spots[item_id].day != day:
            return pushed
    return arrangement


def _may_be_pushed(arrangement: Arrangement, item_id: str) -> bool:
    own = arrangement.adjustment(item_id)
    return own.pinned_on is None and not own.is_dropped


def _write_days(first: date, last: date) -> str:
    """'15–21 Feb', '29 Mar – 2 Apr', '1 May'"""
    if first == last:
        return f"{first.day} {first:%b}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {last:%b}"
    return f"{first.day} {first:%b} – {last.day} {last:%b}"
