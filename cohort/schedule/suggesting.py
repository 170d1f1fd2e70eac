"""What falls into days on which somebody is away or on call, and which day would do instead. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from cohort.clock import from_local, in_zone

_FARTHEST = 400
"""So many days are looked at for one that is free."""
_SATURDAY = 5


class Spell(Protocol):
    @property
    def first(self) -> date: ...
    @property
    def last(self) -> date: ...


Found = TypeVar("Found", bound=Spell)


def find_spell(at: datetime, spells: Iterable[Found], *, zone: str) -> Found | None:
    """The days of `spells` that the moment falls into, on the calendar of the person's `zone`; of several the last."""
    on = in_zone(at, zone).date()
    hit = [spell for spell in spells if spell.first <= on <= spell.last]
    return max(hit, key=lambda spell: spell.last, default=None)


def next_free_day(
    at: datetime, spells: Sequence[Spell], *, zone: str, host: str, breaks: Sequence[tuple[date, date]]
) -> date | None:
    """The first working day after `at` on which the same wall time of the cohort falls into none of `spells`.

    The day is one of the calendar in the cohort's zone `host`, without weekends and the cohort's `breaks`; None when
    none of the next 400 is.
    """
    there = in_zone(at, host)
    for number in range(1, _FARTHEST):
        day = there.date() + timedelta(days=number)
        if day.weekday() >= _SATURDAY or any(first <= day <= last for first, last in breaks):
            continue
        moment = from_local(day, there.time(), host)
        if in_zone(moment, zone).weekday() < _SATURDAY and find_spell(moment, spells, zone=zone) is None:
            return day
    return None
