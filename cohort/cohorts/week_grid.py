"""A week as half hours to tick. What the grid cannot show, earlier, later or by the quarter hour, stays text."""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from cohort.cohorts.availability import DAYS, Window, clock_of

STEP = 30
"""Minutes; nobody meets for less."""
FIRST, LAST = 7 * 60, 21 * 60
STARTS = range(FIRST, LAST, STEP)


class Slot(NamedTuple):
    """One half hour of the week to tick."""

    value: str
    words: str
    """`Tuesday 09:00 to 09:30`"""
    is_ticked: bool


class Row(NamedTuple):
    """The same half hour on every day of the week."""

    time: str
    is_full_hour: bool
    slots: tuple[Slot, ...]


class Shown(NamedTuple):
    """Hours as the grid and the text box beside it show them."""

    ticked: list[str]
    others: list[Window]


def all_values() -> Iterator[str]:
    return (_value(day, start) for day in range(7) for start in STARTS)


def show(windows: Iterable[Window]) -> Shown:
    shown = Shown([], [])
    for window in windows:
        if _fits(window):
            shown.ticked.extend(_value(window.day, start) for start in range(window.start, window.end, STEP))
        else:
            shown.others.append(window)
    return shown


def windows_of(ticked: Iterable[str]) -> list[Window]:
    """The half hours by their values."""
    slots = (map(int, value.split("-")) for value in ticked)
    return [Window(day, start, start + STEP) for day, start in slots]


def rows(ticked: Collection[str]) -> Iterator[Row]:
    ticked = set(ticked)
    for start in STARTS:
        words = f"{clock_of(start)} to {clock_of(start + STEP)}"
        slots = ((_value(day, start), f"{name.capitalize()} {words}") for day, name in enumerate(DAYS))
        yield Row(clock_of(start), start % 60 == 0, tuple(Slot(value, said, value in ticked) for value, said in slots))


def _value(day: int, start: int) -> str:
    return f"{day}-{start}"


def _fits(window: Window) -> bool:
    return window.start >= FIRST and window.end <= LAST and window.start % STEP == window.end % STEP == 0
