"""Mentors and mentees from their files: each cell becomes a value or an error with its row, column and code."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

from cohort.mentoring.matching.factors import listed
from cohort.mentoring.matching.meeting import zone
from cohort.mentoring.matching.people import GRADES, PRIORITIES, SEATS, Mentee, Mentor, Window, key
from cohort.mentoring.matching.reading import Cells, Faults, Table, read_table, small_number

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WINDOW = re.compile(
    r"([a-z]{3})(?:-([a-z]{3}))?\s+([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})", re.ASCII | re.IGNORECASE
)
INTEGER = re.compile(r"[+-]?[0-9]+")
MIDNIGHT = 24 * 60
LEVELS = range(1, 6)
AREA_PRIORITIES = range(1, 4)

Value = TypeVar("Value")


class _Row:
    """One row, read cell by cell; what cannot be read is a fault and gets an empty value."""

    def __init__(self, cells: Cells, number: int, faults: Faults) -> None:
        self.cells = cells
        self._number = number
        self._faults = faults

    def items(self, column: str) -> tuple[str, ...]:
        return listed(self.cells[column])

    def fault(self, column: str, code: str, message: str) -> None:
        self._faults.add(self._number, column, code, message)

    def number(self, column: str, allowed: range, code: str) -> int | None:
        """The number in the cell, None when it is empty or wrong."""
        text = self.cells[column]
        value = small_number(text)
        if text and value not in allowed:
            self.fault(column, code, f"Write a whole number from {allowed[0]} to {allowed[-1]}.")
            return None
        return value

    def required_number(self, column: str, allowed: range, code: str) -> int:
        if column in self.cells and not self.cells[column]:
            self.fault(column, code, f"Write a whole number from {allowed[0]} to {allowed[-1]}.")
        return self.number(column, allowed, code) or 0

    def timezone(self) -> str:
        name = self.cells["timezone"]
        if name and not _is_zone(name):
            self.fault("timezone", "bad_timezone", f"Write UTC, UTC+HH:MM or an IANA name instead of “{name}”.")
            return ""
        return name

    def each(self, column: str, read: Callable[[str], Iterable[Value]], code: str) -> tuple[Value, ...]:
        """What `read` makes of each item; an item it refuses with ValueError is a fault."""
        values: list[Value] = []
        for item in self.items(column):
            try:
                values += read(item)
            except ValueError as refusal:
                self.fault(column, code, str(refusal))
        return tuple(values)


def _is_zone(name: str) -> bool:
    try:
        zone(name)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def read_window(text: str) -> Sequence[Window]:
    """`Mon-Wed 09:00-12:00` as a window for each of its days. ValueError when it is not written like that."""
    found = WINDOW.fullmatch(text)
    if not found:
        raise ValueError(f"Write “{text}” like Mon 09:00-12:00.")
    first, last, *clock = found.groups()
    days = [day.lower() for day in (first, last or first)]
    if not set(days) <= set(DAYS) or DAYS.index(days[0]) > DAYS.index(days[1]):
        raise ValueError(f"The days of “{text}” are not a range from Mon to Sun.")
    start, end = _minutes(*clock[:2]), _minutes(*clock[2:])
    if start is None or end is None or start >= end:
        raise ValueError(f"The hours of “{text}” are not quarter hours with the end after the start.")
    return [Window(day, start, end) for day in range(DAYS.index(days[0]), DAYS.index(days[1]) + 1)]


def _minutes(hours: str, minutes: str) -> int | None:
    """Minutes after midnight, None for what no clock shows in quarter hours; 24:00 is the end of the day."""
    total = 60 * int(hours) + int(minutes)
    return total if int(minutes) in range(0, 60, 15) and total <= MIDNIGHT else None


def _levelled(allowed: range, default: int) -> Callable[[str], Sequence[tuple[str, int]]]:
    """A reader of `name` and `name:level`."""

    @lru_cache(maxsize=4096)
    def read(item: str) -> Sequence[tuple[str, int]]:
        name, colon, last = item.rpartition(":")
        if not (colon and INTEGER.fullmatch(last.strip())):
            return [(item, default)]
        level = small_number(last.strip().removeprefix("+"))
        if level not in allowed or level is None or not name.strip():
            raise ValueError(f"Write “{item}” with a name and a level from {allowed[0]} to {allowed[-1]}.")
        return [(name.strip(), level)]

    return read


_read_strength = _levelled(LEVELS, 3)
_read_growth = _levelled(AREA_PRIORITIES, 1)


def read_mentors(data: bytes, faults: Faults, columns: Iterable[str]) -> list[Mentor]:
    """The mentors of the file, not to be used when a fault was added; `columns` are read for custom factors."""
    table = read_table(data, ("mentor_id", "name", "company", "capacity"), faults)
    return [_mentor(row, columns) for row in _checked_rows(table, "mentor_id", faults)]


def read_mentees(data: bytes, faults: Faults, columns: Iterable[str]) -> list[Mentee]:
    """The mentees of the file, in the manner of the mentors."""
    table = read_table(data, ("mentee_id", "name", "company"), faults)
    return [_mentee(row, columns) for row in _checked_rows(table, "mentee_id", faults)]


def _checked_rows(table: Table | None, id_column: str, faults: Faults) -> list[_Row]:
    rows = [_Row(cells, number, faults) for number, cells in enumerate(table.rows if table else (), 1)]
    ids: set[str] = set()
    emails: set[str] = set()
    for row in rows:
        if table and id_column in table.columns:
            _check_unique(row, id_column, ids)
        email = key(row.cells["email"])
        if email in emails:
            row.fault("email", "duplicate_email", "Somebody in a row above has this email.")
        if email:
            emails.add(email)
    return rows


def _check_unique(row: _Row, column: str, seen: set[str]) -> None:
    person_id = row.cells[column]
    if not person_id:
        row.fault(column, "empty_id", "Give this row an id.")
    elif person_id in seen:
        row.fault(column, "duplicate_id", f"A row above has the id “{person_id}” too.")
    seen.add(person_id)


def _mentor(row: _Row, columns: Iterable[str]) -> Mentor:
    return Mentor(
        id=row.cells["mentor_id"],
        name=row.cells["name"],
        company=row.cells["company"],
        email=row.cells["email"],
        manager=row.items("manager"),
        seniority=row.number("seniority", GRADES, "bad_seniority"),
        timezone=row.timezone(),
        availability=row.each("availability", read_window, "bad_window"),
        languages=row.items("languages"),
        columns={column: row.cells[column] for column in columns},
        capacity=row.required_number("capacity", SEATS, "bad_capacity"),
        strengths=row.each("strengths", _read_strength, "bad_item"),
        topics=row.items("topics"),
        ranked_mentees=row.items("ranked_mentees"),
        vetoed_mentees=row.items("vetoed_mentees"),
    )


def _mentee(row: _Row, columns: Iterable[str]) -> Mentee:
    return Mentee(
        id=row.cells["mentee_id"],
        name=row.cells["name"],
        company=row.cells["company"],
        email=row.cells["email"],
        manager=row.items("manager"),
        seniority=row.number("seniority", GRADES, "bad_seniority"),
        timezone=row.timezone(),
        availability=row.each("availability", read_window, "bad_window"),
        languages=row.items("languages"),
        columns={column: row.cells[column] for column in columns},
        growth=row.each("growth", _read_growth, "bad_item"),
        goals=row.items("goals"),
        ranked_mentors=row.items("ranked_mentors"),
        vetoed_mentors=row.items("vetoed_mentors"),
        priority=row.number("priority", PRIORITIES, "bad_priority") or 0,
    )
