"""Reading the attendance that a meeting tool has noted: bytes in, presences out. Who they are is not its business.

Teams writes a table for each join, older ones bare, newer ones below a summary; Zoom writes one below the facts of the
meeting, or bare. The table is found by its header, and ends where a line is empty.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cohort.cohorts.roster_file import DELIMITERS, Table, TableRow, read_table
from cohort.people.addresses import address_key

ADDRESS_HEADERS = (
    "email",
    "user email",
    "email address",
    "e-mail",
    "attendee email",
    "participant email",
    "participant id (upn)",
    "upn",
)
NAME_HEADERS = ("name", "full name", "name (original name)", "participant", "user name", "display name")
DURATION_HEADERS = (
    "duration",
    "in-meeting duration",
    "total duration (minutes)",
    "duration (minutes)",
    "time in session (minutes)",
    "attendance duration",
)
LONGEST = timedelta(days=30)
"""More than any meeting lasts."""

_UNITS = re.compile(
    r"(?:(?P<days>\d{1,3}) ?d(?:ays?)?)? ?(?:(?P<hours>\d{1,4}) ?h(?:(?:ou)?rs?)?)? ?"
    r"(?:(?P<minutes>\d{1,5}) ?m(?:in(?:ute)?s?)?)? ?(?:(?P<seconds>\d{1,6}) ?s(?:ec(?:ond)?s?)?)?"
)
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)")
_MINUTES = re.compile(r"\d{1,5}(?:[.,]\d{1,3})?")

NO_TABLE = (
    "No table with an e-mail address and a duration was found. Export the attendance report of the meeting, and choose "
    "the file as it is."
)


@dataclass(frozen=True, slots=True)
class Presence:
    """How long somebody was in the meeting, over all the times they joined."""

    name: str
    addresses: tuple[str, ...]
    """As addresses are compared; none where the tool knew none."""
    lasted: timedelta


@dataclass(frozen=True, slots=True)
class Meeting:
    presences: tuple[Presence, ...] = ()
    notices: tuple[str, ...] = ()
    problem: str | None = None
    """Why the file could not be read; then there are no presences."""


@dataclass(frozen=True, slots=True)
class _Columns:
    names: tuple[int, ...]
    addresses: tuple[int, ...]
    duration: int


def read_meeting(data: bytes) -> Meeting:
    """The presences in an export of Teams or Zoom. Never raises for what is in the file."""
    first = read_table(data)
    for table in (first, *(read_table(data, delimiter=sign) for sign in DELIMITERS if not first.problem)):
        found = _find_columns(table)
        if found is not None:
            return _read(*found, table.notices)
    return Meeting(problem=first.problem or NO_TABLE)


def duration_of(text: str) -> timedelta | None:
    """`1h 32m 5s`, `01:32:05` and a bare number of minutes; None for what is no duration."""
    words = " ".join(text.lower().split())
    if found := _CLOCK.fullmatch(words):
        hours, minutes, seconds = map(int, found.groups())
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if _MINUTES.fullmatch(words):
        return timedelta(minutes=float(words.replace(",", ".")))
    parts = _UNITS.fullmatch(words)
    if not words or parts is None:
        return None
    return timedelta(**{unit: int(number) for unit, number in parts.groupdict().items() if number})


def _find_columns(table: Table) -> tuple[_Columns, Sequence[TableRow]] | None:
    """The header of the participants and the rows below it; one with names first, because Zoom's head has none."""
    lines = [TableRow(1, table.header), *table.rows] if table.header else []
    heads = [(columns, place) for place, line in enumerate(lines) if (columns := _columns_of(line.cells))]
    for columns, place in sorted(heads, key=lambda head: not head[0].names):
        return columns, lines[place + 1 :]
    return None


def _columns_of(cells: Sequence[str]) -> _Columns | None:
    heads = [" ".join(cell.casefold().split()) for cell in cells]
    addresses = tuple(heads.index(head) for head in ADDRESS_HEADERS if head in heads)
    durations = [heads.index(head) for head in DURATION_HEADERS if head in heads]
    if not addresses or not durations:
        return None
    return _Columns(tuple(heads.index(head) for head in NAME_HEADERS if head in heads), addresses, durations[0])


def _read(columns: _Columns, rows: Iterable[TableRow], notices: Sequence[str]) -> Meeting:
    found: dict[str, Presence] = {}
    unreadable = []
    for row in rows:
        if not any(cell.strip() for cell in row.cells):
            break
        lasted = duration_of(_cell(row, columns.duration))
        name = next(filter(None, (_cell(row, place) for place in columns.names)), "")
        addresses = dict.fromkeys(
            address_key(text) for place in columns.addresses if "@" in (text := _cell(row, place))
        )
        if lasted is None or not (name or addresses):
            unreadable.append(row.number)
            continue
        key = next(iter(addresses), name)
        before = found.get(key, Presence(name, (), timedelta()))
        together = tuple(dict.fromkeys((*before.addresses, *addresses)))
        found[key] = Presence(before.name or name, together, min(before.lasted + lasted, LONGEST))
    if unreadable:
        shown = ", ".join(map(str, unreadable[:10])) + (" and more" if len(unreadable) > 10 else "")
        notices = (*notices, f"Left out, because no name or no duration can be read in them: rows {shown}.")
    return Meeting(tuple(found.values()), tuple(notices))


def _cell(row: TableRow, place: int) -> str:
    return row.cells[place].strip() if place < len(row.cells) else ""
