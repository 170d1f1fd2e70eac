"""Mentors and mentees from their files: each cell becomes a value or an error with its row, column and code."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from cohort.mentoring.matching.factors import listed
from cohort.mentoring.matching.meeting import zone
from cohort.mentoring.matching.people import GRADES, PRIORITIES, SEATS, Mentee, Mentor, Window, key
from cohort.mentoring.matching.reading import Faults, Table, read_table, small_number

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WINDOW = re.compile(
    r"([a-z]{3})(?:-([a-z]{3}))?\s+([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})", re.ASCII | re.IGNORECASE
)
INTEGER = re.compile(r"[+-]?[0-9]+")
MIDNIGHT = 24 * 60
LEVELS = range(1, 6)
AREA_PRIORITIES = range(1, 4)

Value = TypeVar("Value")
Somebody = TypeVar("Somebody", Mentor, Mentee)


class _Sheet:
    """A roster, read column by column, a value for each row; what cannot be read is a fault and gets an empty value."""

    def __init__(self, table: Table, faults: Faults) -> None:
        self._table = table
        self._faults = faults
        self.texts = table.cells

    def _fault(self, row: int, column: str, code: str, message: str) -> None:
        self._faults.add(row, column, code, message)

    def ids(self, column: str) -> Sequence[str]:
        """Texts of which none may be missing and none repeated, where the file has the column."""
        seen: set[str] = set()
        for row, text in enumerate(self._table.columns.get(column, ()), 1):
            if not text:
                self._fault(row, column, "empty_id", "Give this row an id.")
            elif text in seen:
                self._fault(row, column, "duplicate_id", f"A row above has the id “{text}” too.")
            seen.add(text)
        return self.texts(column)

    def emails(self) -> Sequence[str]:
        seen: set[str] = {""}
        for row, text in enumerate(map(key, self.texts("email")), 1):
            if text and text in seen:
                self._fault(row, "email", "duplicate_email", "Somebody in a row above has this email.")
            seen.add(text)
        return self.texts("email")

    def items(self, column: str) -> list[tuple[str, ...]]:
        return list(map(listed, self.texts(column)))

    def numbers(self, column: str, allowed: range, code: str, *, required: bool = False) -> list[int | None]:
        """None for a cell that is empty or wrong."""
        found = list(map(small_number, self.texts(column)))
        required = required and column in self._table.columns
        for row, text in enumerate(self.texts(column), 1):
            if found[row - 1] not in allowed and (text or required):
                self._fault(row, column, code, f"Write a whole number from {allowed[0]} to {allowed[-1]}.")
                found[row - 1] = None
        return found

    def zones(self) -> list[str]:
        return [self._zone(row, name) for row, name in enumerate(self.texts("timezone"), 1)]

    def _zone(self, row: int, name: str) -> str:
        if name and not _is_zone(name):
            self._fault(row, "timezone", "bad_timezone", f"Write UTC, UTC+HH:MM or an IANA name instead of “{name}”.")
            return ""
        return name

    def each(self, column: str, read: Callable[[str], Iterable[Value]], code: str) -> list[tuple[Value, ...]]:
        """What `read` makes of each item; an item it refuses with ValueError is a fault."""
        found = []
        for row, items in enumerate(map(listed, self.texts(column)), 1):
            values: list[Value] = []
            for item in items:
                try:
                    values += read(item)
                except ValueError as refusal:
                    self._fault(row, column, code, str(refusal))
            found.append(tuple(values))
        return found

    def person(self, id_column: str, custom: Iterable[str]) -> dict[str, Iterable[object]]:
        """What mentors and mentees have in common, by field."""
        custom = list(custom)
        cells = zip(*map(self.texts, custom), strict=True) if custom else [()] * self._table.size
        return {
            "id": self.ids(id_column),
            "email": self.emails(),
            "name": self.texts("name"),
            "company": self.texts("company"),
            "manager": self.items("manager"),
            "seniority": self.numbers("seniority", GRADES, "bad_seniority"),
            "timezone": self.zones(),
            "availability": self.each("availability", read_window, "bad_window"),
            "languages": self.items("languages"),
            "columns": [dict(zip(custom, row, strict=True)) for row in cells],
        }


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
    sheet = _Sheet(read_table(data, ("mentor_id", "name", "company", "capacity"), faults), faults)
    fields = {
        **sheet.person("mentor_id", columns),
        "capacity": [seats or 0 for seats in sheet.numbers("capacity", SEATS, "bad_capacity", required=True)],
        "strengths": sheet.each("strengths", _read_strength, "bad_item"),
        "topics": sheet.items("topics"),
        "ranked_mentees": sheet.items("ranked_mentees"),
        "vetoed_mentees": sheet.items("vetoed_mentees"),
    }
    return _people(Mentor, fields)


def read_mentees(data: bytes, faults: Faults, columns: Iterable[str]) -> list[Mentee]:
    """The mentees of the file, in the manner of the mentors."""
    sheet = _Sheet(read_table(data, ("mentee_id", "name", "company"), faults), faults)
    fields = {
        **sheet.person("mentee_id", columns),
        "growth": sheet.each("growth", _read_growth, "bad_item"),
        "goals": sheet.items("goals"),
        "ranked_mentors": sheet.items("ranked_mentors"),
        "vetoed_mentors": sheet.items("vetoed_mentors"),
        "priority": [priority or 0 for priority in sheet.numbers("priority", PRIORITIES, "bad_priority")],
    }
    return _people(Mentee, fields)


def _people(kind: Callable[..., Somebody], fields: Mapping[str, Iterable[object]]) -> list[Somebody]:
    return [kind(**dict(zip(fields, values, strict=True))) for values in zip(*fields.values(), strict=True)]
