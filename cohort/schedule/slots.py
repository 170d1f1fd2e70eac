"""Other slots for a sitting: the same time of day on the next working days, the calmest first. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from cohort.clock import from_local
from cohort.schedule.clashes import Busy, Clash, list_clashes
from cohort.schedule.moving import compare, move
from cohort.schedule.plan import Arrangement, plan_dates

LOOKED_AT = 10
OFFERED = 3


@dataclass(frozen=True, slots=True)
class Slot:
    at: datetime
    """Wall-clock time in the cohort's zone, without a zone of its own."""
    clashes: tuple[Clash, ...]


def suggest_slots(arrangement: Arrangement, item_id: str, *, busy: Busy, now: datetime) -> list[Slot]:
    """The best three of the next ten working days after the item's own day, or after today where that has passed."""
    spot = arrangement.spots[item_id]
    if spot.day is None:
        return []
    before = plan_dates(arrangement)
    slots = []
    for day in islice(_workdays_after(max(spot.day, now.date())), LOOKED_AT):
        at = datetime.combine(day, spot.clock)
        if from_local(day, spot.clock, arrangement.zone) <= now:
            continue
        after = plan_dates(move(arrangement, item_id, at))
        found = list_clashes(before, after, compare(before, after), busy=busy, now=now)
        slots.append(Slot(at, tuple(clash for clash in found if clash.item == item_id)))
    return sorted(sorted(slots, key=lambda slot: (len(slot.clashes), slot.at))[:OFFERED], key=lambda slot: slot.at)


def _workdays_after(day: date) -> Iterator[date]:
    while True:
        day += timedelta(days=1)
        if day.weekday() < 5:
            yield day
